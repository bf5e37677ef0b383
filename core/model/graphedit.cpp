// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit_p.h"
#include "core/model/valueinfo.h"

#include <algorithm>

namespace qs {

NodeId GraphEdit::addNode(const onnx::NodeProto &node)
{
    d->settle();
    d->nodes.push_back(node);
    const NodeId id {static_cast<std::int32_t>(d->nodes.size()) - 1};
    d->index.add(id, d->nodes.back());
    d->changedStructure();
    return id;
}

void GraphEdit::removeNode(NodeId id)
{
    d->settle();
    d->index.remove(id, node(id));
    d->changedStructure();
}

onnx::NodeProto &GraphEdit::mutableNode(NodeId id)
{
    assert(isAlive(id));
    d->settle();
    d->index.touch(id);
    ++d->revision;
    return d->at(id);
}

void GraphEdit::setInput(NodeId id, int input, const std::string &value)
{
    assert(isAlive(id) && input >= 0);
    onnx::NodeProto &node = d->at(id);
    while (node.input_size() <= input)
        node.add_input();
    if (node.input(input) == value)
        return;
    d->settle();
    d->index.moveUse({id, input}, node.input(input), value);
    node.set_input(input, value);
    d->changedStructure();
}

void GraphEdit::setOutput(NodeId id, int output, const std::string &value)
{
    assert(isAlive(id) && output >= 0);
    onnx::NodeProto &node = d->at(id);
    while (node.output_size() <= output)
        node.add_output();
    if (node.output(output) == value)
        return;
    d->settle();
    d->index.moveProducer(id, node.output(output), value);
    node.set_output(output, value);
    d->changedStructure();
}

void GraphEdit::replaceUses(const std::string &from, const std::string &to)
{
    if (from == to)
        return;
    for (const Use &use : uses(from)) {
        if (use.input >= 0) {
            d->at(use.node).set_input(use.input, to);
            d->index.moveUse(use, from, to);
        } else {
            d->index.renameOuter(use.node, d->at(use.node), from, to);
        }
    }
    d->changedStructure();
}

void GraphEdit::setInitializer(const std::string &name, const Tensor &tensor)
{
    auto proto = std::make_shared<const onnx::TensorProto>(tensorToProto(name, tensor));
    d->initializers.insert_or_assign(name, std::move(proto));
    d->orderInitializer(name);
    d->index.reserve(name);
    ++d->revision;
}

void GraphEdit::removeInitializer(const std::string &name)
{
    if (d->initializers.erase(name) == 0)
        return;
    d->eraseGraphInput(name);
    ++d->revision;
}

void GraphEdit::addGraphInput(const std::string &name, DType type, const Shape &shape)
{
    assert(!producer(name) && !initializer(name) && !isGraphInput(name));
    onnx::ValueInfoProto &input = *d->shell.mutable_graph()->add_input();
    input.set_name(name);
    writeTensorType(type, shape, *input.mutable_type());
    d->index.reserve(name);
    d->changedStructure();
}

void GraphEdit::setOpset(const std::string &domain, std::int64_t version)
{
    ++d->revision;
    for (auto &import : *d->shell.mutable_opset_import()) {
        if (isSameDomain(import.domain(), domain)) {
            import.set_version(version);
            return;
        }
    }
    auto *import = d->shell.add_opset_import();
    import->set_domain(domain);
    import->set_version(version);
}

std::int64_t GraphEdit::irVersion() const
{
    return d->shell.ir_version();
}

void GraphEdit::setIrVersion(std::int64_t version)
{
    d->shell.set_ir_version(version);
    ++d->revision;
    if (version < kInitializersNeedNoInput)
        return;
    auto &inputs = *d->shell.mutable_graph()->mutable_input();
    inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                                [&](const auto &input) { return d->initializers.count(input.name()) > 0; }),
                 inputs.end());
}

void GraphEdit::setMetadata(const std::string &key, const std::string &value)
{
    ++d->revision;
    for (auto &entry : *d->shell.mutable_metadata_props()) {
        if (entry.key() == key) {
            entry.set_value(value);
            return;
        }
    }
    auto *entry = d->shell.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
}

void GraphEdit::removeValueInfo(const std::string &value)
{
    auto &infos = *d->shell.mutable_graph()->mutable_value_info();
    const int before = infos.size();
    infos.erase(
        std::remove_if(infos.begin(), infos.end(), [&](const auto &info) { return info.name() == value; }),
        infos.end());
    if (infos.size() != before)
        ++d->revision;
}

std::string GraphEdit::uniqueName(const std::string &base)
{
    d->settle();
    return d->index.uniqueName(base);
}

std::uint64_t GraphEdit::revision() const
{
    return d->revision;
}

} // namespace qs
