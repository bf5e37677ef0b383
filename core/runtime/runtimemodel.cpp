// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/runtimemodel.h"

#include "core/model/externaldata.h"
#include "core/model/protocopy.h"
#include "core/model/subgraphs.h"
#include "core/model/tensorview.h"
#include "core/runtime/watchoperator.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

// Smaller ones stay inside: the runtime's shape inference reads shapes, axes and the like before it sees
// files.
constexpr std::size_t kSmallestFile = 4096;

Status embed(const ExternalData &external, onnx::TensorProto &tensor)
{
    QS_TRY(const auto bytes, external.bytes(tensor));
    tensor.set_raw_data(bytes.data(), bytes.size());
    tensor.clear_external_data();
    tensor.clear_data_location();
    return Done {};
}

Status addInitializer(const onnx::TensorProto &from, const ExternalData *external, onnx::TensorProto &to,
                      RuntimeModel &result)
{
    std::span<const std::byte> bytes;
    if (isExternal(from)) {
        if (!external)
            return Error {ErrorCode::Format, "tensor '" + from.name() + "'", "its file was not opened"};
        QS_TRY(bytes, external->bytes(from));
    } else if (from.has_raw_data()) {
        bytes = std::as_bytes(std::span(from.raw_data()));
    }
    if (bytes.size() < kSmallestFile) {
        to = from;
        return isExternal(to) ? embed(*external, to) : Status(Done {});
    }
    copyTensorHeader(from, to);
    const std::string file = "initializer-" + std::to_string(result.files.size());
    setExternalData(to, file, 0, bytes.size());
    result.fileNames.push_back(file);
    result.files.push_back(bytes);
    return Done {};
}

} // namespace

Result<RuntimeModel> makeRuntimeModel(const Model &model, std::span<const std::string> extraOutputs,
                                      std::span<const std::string> watched)
{
    RuntimeModel result;
    const auto proto = copyWithoutInitializers(model.proto());
    const ExternalData *external = model.externalData().get();
    if (external) {
        // The runtime replaces only initializers of the main graph by files in memory.
        Status status = Done {};
        forEachTensor(*proto, [&](onnx::TensorProto &tensor) {
            if (status.ok() && isExternal(tensor))
                status = embed(*external, tensor);
        });
        QS_CHECK(status);
    }
    onnx::GraphProto &graph = *proto->mutable_graph();
    for (const auto &initializer : model.proto().graph().initializer())
        QS_CHECK(addInitializer(initializer, external, *graph.add_initializer(), result));
    for (const std::string &name : extraOutputs)
        graph.add_output()->set_name(name);
    if (!watched.empty())
        addWatchOperators(watched, *proto);
    if (!proto->SerializePartialToString(&result.graph))
        return Error {ErrorCode::Unsupported, model.path().string(),
                      "the graph without its weights is over the 2 GiB that protobuf can write"};
    return result;
}

} // namespace qs
