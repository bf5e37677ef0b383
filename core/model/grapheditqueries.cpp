// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit_p.h"
#include "core/model/tensorview.h"
#include "core/model/toposort.h"

#include <algorithm>

namespace qs {

std::vector<NodeId> GraphEdit::nodes() const
{
    d->settle();
    if (d->orderIsCurrent)
        return d->order;
    std::vector<NodeId> alive;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(d->nodes.size()); ++i) {
        if (d->index.isAlive({i}))
            alive.push_back({i});
    }
    d->order = sortTopologically(alive, [&](NodeId id) {
                   return d->index.predecessors(id, d->nodes[static_cast<std::size_t>(id.index)]);
               }).order;
    d->orderIsCurrent = true;
    return d->order;
}

const onnx::NodeProto &GraphEdit::node(NodeId id) const
{
    assert(isAlive(id));
    return d->at(id);
}

bool GraphEdit::isAlive(NodeId id) const
{
    return d->index.isAlive(id);
}

std::string GraphEdit::layerName(NodeId id) const
{
    d->settle();
    return d->index.layerName(id, node(id));
}

std::optional<NodeId> GraphEdit::producer(const std::string &value) const
{
    return d->index.producer(value);
}

std::vector<Use> GraphEdit::uses(const std::string &value) const
{
    d->settle();
    return d->index.uses(value);
}

bool GraphEdit::isGraphInput(const std::string &value) const
{
    if (d->initializers.count(value) > 0)
        return false;
    const auto &inputs = d->shell.graph().input();
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const auto &input) { return input.name() == value; });
}

bool GraphEdit::hasOpenInputs() const
{
    const auto isOpen = [](const auto &dimension) { return !dimension.has_dim_value(); };
    return std::ranges::any_of(d->shell.graph().input(), [&](const onnx::ValueInfoProto &input) {
        const auto &type = input.type().tensor_type();
        return isGraphInput(input.name())
            && (!type.has_shape() || std::ranges::any_of(type.shape().dim(), isOpen));
    });
}

bool GraphEdit::isGraphOutput(const std::string &value) const
{
    return d->outputs.count(value) > 0;
}

const ValueInfo *GraphEdit::graphOutput(const std::string &name) const
{
    const auto it = d->outputs.find(name);
    return it == d->outputs.end() ? nullptr : &it->second;
}

std::vector<std::string> GraphEdit::initializerNames() const
{
    std::vector<std::string> names;
    for (const std::string &name : d->initializerOrder) {
        if (d->initializers.contains(name))
            names.push_back(name);
    }
    return names;
}

const onnx::TensorProto *GraphEdit::initializer(const std::string &name) const
{
    const auto it = d->initializers.find(name);
    return it == d->initializers.end() ? nullptr : it->second.get();
}

Result<std::optional<Tensor>> GraphEdit::constant(const std::string &name) const
{
    const ExternalData *external = d->base->externalData().get();
    if (const auto it = d->initializers.find(name); it != d->initializers.end()) {
        // Both the proto and the file that it may refer to are to live as long as the tensor.
        auto owner = std::make_shared<std::pair<ModelPtr, std::shared_ptr<const onnx::TensorProto>>>(
            d->base, it->second);
        QS_TRY(Tensor tensor, viewTensor(*it->second, external, std::move(owner)));
        return std::optional(std::move(tensor));
    }
    const std::optional<NodeId> maker = producer(name);
    if (maker && isOp(node(*maker), "Constant")) {
        // The node may still be changed through mutableNode(), so its bytes are not shared.
        QS_TRY(Tensor tensor, constantNodeValue(node(*maker), external, nullptr));
        return std::optional(std::move(tensor));
    }
    return std::optional<Tensor>();
}

std::int64_t GraphEdit::opset(const std::string &domain) const
{
    for (const auto &import : d->shell.opset_import()) {
        if (isSameDomain(import.domain(), domain))
            return import.version();
    }
    return 0;
}

} // namespace qs
