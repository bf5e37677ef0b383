// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/watchoperator.h"

#include "core/model/graphview.h"
#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace qs {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

constexpr std::string_view kBlockedDomain = "com.microsoft.nchwc";

/// Behind a value in blocks, makes the usual layout of it.
bool isUnblocking(const onnx::NodeProto &node)
{
    return node.domain() == kBlockedDomain && node.op_type() == "ReorderOutput"
        && intAttribute(node, "channels", 0) > 0 && intAttribute(node, "channels_last", 0) == 0;
}

/// Operators are numbered in the order they have to be in.
int numberOf(const onnx::NodeProto &watch)
{
    const std::string &name = watch.output(0);
    int number = 0;
    std::from_chars(name.data() + std::string_view(kWatchDomain).size() + 1, name.data() + name.size(),
                    number);
    return number;
}

void setInt(onnx::NodeProto &node, std::string_view name, std::int64_t value)
{
    const auto it = std::ranges::find(*node.mutable_attribute(), name, &onnx::AttributeProto::name);
    assert(it != node.mutable_attribute()->end());
    it->set_i(value);
}

bool rewire(Nodes &nodes, std::int64_t block)
{
    std::map<std::string, const onnx::NodeProto *> unblocking;
    for (const onnx::NodeProto &node : nodes) {
        if (isUnblocking(node))
            unblocking[node.output(0)] = &node;
    }
    bool isChanged = false;
    for (onnx::NodeProto &node : nodes) {
        const auto it = node.domain() == kWatchDomain ? unblocking.find(node.input(0)) : unblocking.end();
        if (it == unblocking.end())
            continue;
        node.set_input(0, it->second->input(0));
        setInt(node, kWatchBlock, block);
        setInt(node, kWatchChannels, intAttribute(*it->second, "channels", 0));
        isChanged = true;
    }
    return isChanged;
}

void addRead(const onnx::NodeProto &node, std::set<std::string> &read)
{
    read.insert(node.input().begin(), node.input().end());
    forEachSubGraph(node, [&](const onnx::GraphProto &inner) {
        for (const onnx::NodeProto &each : inner.node())
            addRead(each, read);
        for (const auto &output : inner.output())
            read.insert(output.name());
    });
}

void dropUnread(onnx::GraphProto &graph, Nodes &nodes)
{
    std::set<std::string> read;
    for (const onnx::NodeProto &node : nodes)
        addRead(node, read);
    for (const auto &output : graph.output())
        read.insert(output.name());
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                               [&](const onnx::NodeProto &node) {
                                   return isUnblocking(node) && !read.contains(node.output(0));
                               }),
                nodes.end());
}

} // namespace

bool watchBlocks(onnx::ModelProto &model, std::int64_t block)
{
    onnx::GraphProto &graph = *model.mutable_graph();
    Nodes nodes;
    nodes.Swap(graph.mutable_node());
    const bool isChanged = rewire(nodes, block);
    dropUnread(graph, nodes);
    std::ranges::stable_sort(nodes.pointer_begin(), nodes.pointer_end(), {}, [](const onnx::NodeProto *node) {
        return node->domain() == kWatchDomain ? numberOf(*node) : std::numeric_limits<int>::max();
    });
    nodes.Swap(graph.mutable_node());
    return isChanged;
}

} // namespace qs
