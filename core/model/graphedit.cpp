// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit.h"

#include "core/model/editindex.h"
#include "core/model/protocopy.h"
#include "core/model/tensorview.h"
#include "core/model/toposort.h"
#include "core/model/valueinfo.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <deque>

namespace qs {
namespace {

const std::string &canonicalDomain(const std::string &domain)
{
    static const std::string kOnnx;
    return domain == "ai.onnx" ? kOnnx : domain;
}

// From this version on, an initializer that is listed as a graph input can be overridden by the caller, so
// runtimes do not treat it as a constant; before, every initializer had to be listed.
constexpr std::int64_t kInitializersNeedNoInput = 4;

} // namespace

struct GraphEdit::Private
{
    explicit Private(const Model &model);

    ModelPtr base; ///< keeps the initializers that were not changed
    onnx::ModelProto shell; ///< everything but nodes and initializers
    std::deque<onnx::NodeProto> nodes; ///< by id; a deque, so that references stay valid
    mutable EditIndex index;
    std::vector<std::string> initializerOrder;
    std::unordered_map<std::string, std::shared_ptr<const onnx::TensorProto>> initializers;
    std::unordered_map<std::string, ValueInfo> outputs;
    std::uint64_t revision = 0;
    mutable std::vector<NodeId> order;
    mutable bool orderIsCurrent = false;

    onnx::NodeProto &at(NodeId id) { return nodes[static_cast<std::size_t>(id.index)]; }
    void changedStructure()
    {
        ++revision;
        orderIsCurrent = false;
    }
    void settle() const
    {
        if (index.settle(nodes))
            orderIsCurrent = false;
    }
    void eraseGraphInput(const std::string &name);
    std::unique_ptr<onnx::ModelProto> assemble() const;
};

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
        initializerOrder.push_back(initializer.name());
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

bool GraphEdit::isGraphOutput(const std::string &value) const
{
    return d->outputs.count(value) > 0;
}

const ValueInfo *GraphEdit::graphOutput(const std::string &name) const
{
    const auto it = d->outputs.find(name);
    return it == d->outputs.end() ? nullptr : &it->second;
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
        if (canonicalDomain(import.domain()) == canonicalDomain(domain))
            return import.version();
    }
    return 0;
}

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
    if (d->initializers.insert_or_assign(name, std::move(proto)).second)
        d->initializerOrder.push_back(name);
    d->index.reserve(name);
    ++d->revision;
}

void GraphEdit::removeInitializer(const std::string &name)
{
    if (d->initializers.erase(name) == 0)
        return;
    std::erase(d->initializerOrder, name);
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
        if (canonicalDomain(import.domain()) == canonicalDomain(domain)) {
            import.set_version(version);
            return;
        }
    }
    auto *import = d->shell.add_opset_import();
    import->set_domain(canonicalDomain(domain));
    import->set_version(version);
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

std::unique_ptr<onnx::ModelProto> GraphEdit::Private::assemble() const
{
    auto proto = std::make_unique<onnx::ModelProto>(shell);
    onnx::GraphProto &graph = *proto->mutable_graph();
    for (const NodeId id : order)
        *graph.add_node() = nodes[static_cast<std::size_t>(id.index)];
    for (const std::string &name : initializerOrder)
        *graph.add_initializer() = *initializers.at(name);
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
