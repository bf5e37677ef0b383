// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/shapes.h"

#include "core/model/concreteinputs.h"
#include "core/model/constanttype.h"
#include "core/model/graphview.h"
#include "core/model/inferredshapes.h"
#include "core/model/valueinfo.h"
#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

#include <array>

namespace qs {
namespace {

// Sizes to try one after the other where the model leaves its input open: some networks need larger pictures,
// and some have no place for 16 tokens.
constexpr std::array kOpenDimensions
    = {OpenDimensions {224, 16}, OpenDimensions {640, 64}, OpenDimensions {32, 4}};

bool isKnown(const ShapeMap &shapes, const std::string &value)
{
    const auto it = shapes.find(value);
    return it != shapes.end() && elementCount(it->second.shape) >= 0;
}

/// What is known without running: inputs, constants, what is inferred, what the file notes.
ShapeMap knownShapes(const Model &model, const std::vector<ValueInfo> &inputs, const InferenceEngine &engine,
                     JobContext &job)
{
    ShapeMap shapes = inferredShapes(model, inputs, engine, job);
    for (const auto &proto : model.proto().graph().value_info()) {
        const ValueInfo info = readValueInfo(proto);
        if (info.hasShape)
            shapes.try_emplace(info.name, TensorType {info.type, info.shape});
    }
    for (const ValueInfo &output : model.graph().outputs()) {
        if (output.hasShape)
            shapes.try_emplace(output.name, TensorType {output.type, output.shape});
    }
    for (const ValueInfo &input : inputs) {
        if (input.hasShape)
            shapes[input.name] = {input.type, input.shape};
    }
    for (const auto &initializer : model.proto().graph().initializer()) {
        if (const auto type = constantType(model, initializer.name()))
            shapes[initializer.name()] = *type;
    }
    return shapes;
}

/// Node outputs that \a shapes does not tell; constants are added to it on the way.
std::vector<std::string> unknownValues(const Model &model, ShapeMap &shapes)
{
    std::vector<std::string> unknown;
    for (const NodeId id : model.graph().topologicalOrder()) {
        for (const std::string &output : model.graph().node(id).output()) {
            if (output.empty() || isKnown(shapes, output))
                continue;
            if (const auto type = constantType(model, output))
                shapes[output] = *type;
            else
                unknown.push_back(output);
        }
    }
    return unknown;
}

bool runForShapes(const Model &model, const std::vector<ValueInfo> &inputs,
                  const std::vector<std::string> &unknown, const InferenceEngine &engine, JobContext &job,
                  ShapeMap &shapes)
{
    SessionOptions options;
    options.taps = unknown;
    options.optimization = Optimization::None; // the values of the graph as it is, at the least cost
    const auto session = engine.open(model, options);
    if (!session.ok())
        return false;
    const auto results = (*session)->run(syntheticInputs(inputs), job);
    if (!results.ok() || results->size() < unknown.size())
        return false;
    const std::size_t first = results->size() - unknown.size();
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        const Tensor &tensor = (*results)[first + i];
        if (!tensor.isNull())
            shapes[unknown[i]] = {tensor.type(), tensor.shape()};
    }
    return true;
}

} // namespace

ShapeMap inferShapes(const Model &model, const InferenceEngine *engine, JobContext &job)
{
    const std::unique_ptr<InferenceEngine> own = engine ? nullptr : makeOnnxRuntimeEngine();
    std::optional<ShapeMap> firstGuess;
    for (const OpenDimensions &open : kOpenDimensions) {
        job.throwIfStopped();
        const std::vector<ValueInfo> inputs = concreteInputs(model, open);
        ShapeMap shapes = knownShapes(model, inputs, engine ? *engine : *own, job);
        const std::vector<std::string> unknown = unknownValues(model, shapes);
        if (unknown.empty() || !engine || runForShapes(model, inputs, unknown, *engine, job, shapes))
            return shapes;
        if (!firstGuess)
            firstGuess = std::move(shapes);
        if (!hasOpenDimensions(model))
            break;
    }
    return *firstGuess;
}

} // namespace qs
