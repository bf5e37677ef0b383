// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/temporaryfolder.h"
#include "core/model/subgraphs.h"
#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

void count(const onnx::GraphProto &graph, std::map<std::string, int> &counts)
{
    for (const auto &node : graph.node()) {
        const bool isOnnx = node.domain().empty() || node.domain() == "ai.onnx";
        ++counts[isOnnx ? node.op_type() : node.domain() + "." + node.op_type()];
        forEachSubGraph(node, [&](const onnx::GraphProto &inner) { count(inner, counts); });
    }
}

Result<std::unique_ptr<onnx::ModelProto>> optimize(const InferenceEngine &engine, const Model &model,
                                                   Optimization optimization)
{
    QS_TRY(const TemporaryFolder folder, TemporaryFolder::create());
    SessionOptions options;
    options.threads = 1;
    options.optimization = optimization;
    options.optimizedModelPath = folder.path() / "optimized.onnx";
    QS_CHECK(engine.open(model, options));
    // Only the nodes are of interest, so a weights file beside it is not opened.
    QS_TRY(const std::string bytes, readFile(options.optimizedModelPath));
    auto optimized = std::make_unique<onnx::ModelProto>();
    if (!optimized->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return Error {ErrorCode::Runtime, model.path().string(),
                      "the runtime's optimized model cannot be read"};
    return optimized;
}

} // namespace

Result<ModelPtr> optimizedModel(const InferenceEngine &engine, const Model &model, Optimization optimization)
{
    QS_TRY(auto optimized, optimize(engine, model, optimization));
    return Model::create(std::move(optimized), {}, model.path());
}

Result<std::map<std::string, int>> optimizedOperators(const InferenceEngine &engine, const Model &model,
                                                      Optimization optimization)
{
    QS_TRY(const auto optimized, optimize(engine, model, optimization));
    std::map<std::string, int> counts;
    count(optimized->graph(), counts);
    return counts;
}

} // namespace qs
