// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/modelrun.h"

#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace qs {
namespace {

[[noreturn]] void fail(const Error &error)
{
    std::fprintf(stderr, "test support: %s\n", error.message().c_str());
    std::exit(1);
}

Tensor randomIndices(const Shape &shape, unsigned seed, std::int64_t limit)
{
    std::mt19937 generator(seed);
    Tensor tensor(DType::Int64, shape);
    for (std::int64_t &value : tensor.mutableData<std::int64_t>())
        value = static_cast<std::int64_t>(generator()) % (limit > 0 ? limit : 2);
    return tensor;
}

} // namespace

Tensor randomTensor(const Shape &shape, unsigned seed, float low, float high)
{
    std::mt19937 generator(seed);
    Tensor tensor(DType::Float32, shape);
    for (float &value : tensor.mutableData<float>())
        value
            = low + (high - low) * static_cast<float>(generator()) / static_cast<float>(std::mt19937::max());
    return tensor;
}

std::vector<NamedTensor> randomInputs(const Model &model, unsigned seed,
                                      std::span<const std::int64_t> unknown)
{
    std::vector<NamedTensor> inputs;
    for (const ValueInfo &input : model.graph().inputs()) {
        Shape shape = input.shape;
        std::size_t used = 0;
        for (std::int64_t &size : shape) {
            if (size < 0)
                size = unknown[std::min(used++, unknown.size() - 1)];
        }
        inputs.push_back({input.name,
                          input.type == DType::Int64 ? randomIndices(shape, seed, input.indexLimit)
                                                     : randomTensor(shape, seed)});
        ++seed;
    }
    return inputs;
}

std::vector<NamedTensor> randomInputs(const Model &model, unsigned seed, std::int64_t unknown)
{
    return randomInputs(model, seed, {&unknown, 1});
}

std::vector<Tensor> runModel(const Model &model, std::span<const NamedTensor> inputs)
{
    auto session = makeOnnxRuntimeEngine()->open(model, {.threads = 1, .optimization = Optimization::None});
    if (!session.ok())
        fail(session.error());
    auto outputs = (*session)->run(inputs, {});
    if (!outputs.ok())
        fail(outputs.error());
    return *outputs;
}

double largestDifference(const Model &a, const Model &b, unsigned seed)
{
    const auto inputs = randomInputs(a, seed);
    const auto first = runModel(a, inputs);
    const auto second = runModel(b, inputs);
    double largest = first.size() == second.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < first.size() && i < second.size(); ++i) {
        if (first[i].shape() != second[i].shape())
            return INFINITY;
        for (std::size_t j = 0; j < first[i].size(); ++j)
            largest = std::max(largest,
                               static_cast<double>(std::abs(first[i].floats()[j] - second[i].floats()[j])));
    }
    return largest;
}

std::string operatorsOf(const Model &model)
{
    std::string text;
    for (const NodeId id : model.graph().topologicalOrder())
        text += (text.empty() ? "" : " ") + model.graph().node(id).op_type();
    return text;
}

PassResult runPass(const ModelPtr &model, const std::string &id, const Plan *plan)
{
    const auto pass = builtinPasses().require(id, "pass");
    if (!pass.ok())
        fail(pass.error());
    PassRegistry single;
    single.add(**pass);
    JobContext job;
    const ShapeMap shapes = inferShapes(*model, nullptr, job);
    auto result = runPasses(model, single, (*pass)->phase, {shapes, plan}, job);
    if (!result.ok())
        fail(result.error());
    return *result;
}

} // namespace qs
