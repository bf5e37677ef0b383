// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit_p.h"
#include "core/model/protocopy.h"
#include "core/model/valueinfo.h"

#include <algorithm>

namespace qs {

GraphEdit::Private::Private(const Model &model)
    : base(model.shared_from_this())
{
    const onnx::GraphProto &graph = model.proto().graph();
    copyFields(model.proto(), shell, {onnx::ModelProto::kGraphFieldNumber});
    copyFields(graph, *shell.mutable_graph(),
               {onnx::GraphProto::kNodeFieldNumber, onnx::GraphProto::kInitializerFieldNumber});
    for (const auto &node : graph.node()) {
        nodes.push_back(node);
        index.add({static_cast<std::int32_t>(nodes.size()) - 1}, node);
    }
    for (const auto &initializer : graph.initializer()) {
        orderInitializer(initializer.name());
        initializers.emplace(initializer.name(),
                             std::shared_ptr<const onnx::TensorProto>(base, &initializer));
        index.reserve(initializer.name());
    }
    for (const auto &sparse : graph.sparse_initializer())
        index.reserve(sparse.values().name());
    for (const auto &input : graph.input())
        index.reserve(input.name());
    for (const auto &output : graph.output()) {
        outputs.emplace(output.name(), readValueInfo(output));
        index.reserve(output.name());
    }
}

void GraphEdit::Private::eraseGraphInput(const std::string &name)
{
    auto &inputs = *shell.mutable_graph()->mutable_input();
    inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                                [&](const onnx::ValueInfoProto &input) { return input.name() == name; }),
                 inputs.end());
}

GraphEdit::GraphEdit(const Model &model)
    : d(std::make_unique<Private>(model))
{ }

GraphEdit::~GraphEdit() = default;

std::unique_ptr<onnx::ModelProto> GraphEdit::Private::assemble() const
{
    auto proto = std::make_unique<onnx::ModelProto>(shell);
    onnx::GraphProto &graph = *proto->mutable_graph();
    for (const NodeId id : order)
        *graph.add_node() = nodes[static_cast<std::size_t>(id.index)];
    for (const std::string &name : initializerOrder) {
        if (const auto it = initializers.find(name); it != initializers.end())
            *graph.add_initializer() = *it->second;
    }
    auto &infos = *graph.mutable_value_info();
    infos.erase(std::remove_if(infos.begin(), infos.end(),
                               [&](const auto &info) {
                                   return !index.producer(info.name())
                                       && initializers.count(info.name()) == 0;
                               }),
                infos.end());
    if (proto->ir_version() >= kInitializersNeedNoInput)
        return proto;
    std::unordered_map<std::string, onnx::ValueInfoProto *> listed;
    for (auto &input : *graph.mutable_input())
        listed.emplace(input.name(), &input);
    for (const auto &initializer : graph.initializer()) {
        auto it = listed.find(initializer.name());
        onnx::ValueInfoProto &input = it != listed.end() ? *it->second : *graph.add_input();
        input.set_name(initializer.name());
        writeTensorType(static_cast<DType>(initializer.data_type()),
                        {initializer.dims().begin(), initializer.dims().end()}, *input.mutable_type());
    }
    return proto;
}

Result<ModelPtr> GraphEdit::finish() const
{
    nodes(); // brings the order up to date
    return Model::create(d->assemble(), d->base->externalData());
}

} // namespace qs
