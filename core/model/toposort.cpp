// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/toposort.h"

#include <unordered_map>

namespace qs {
namespace {

enum class Mark { Open, Done };

struct Frame
{
    NodeId node;
    std::vector<NodeId> needs;
    std::size_t next = 0;
};

} // namespace

TopologicalOrder sortTopologically(std::span<const NodeId> nodes,
                                   const std::function<std::vector<NodeId>(NodeId)> &predecessors)
{
    TopologicalOrder result;
    result.order.reserve(nodes.size());
    std::unordered_map<NodeId, Mark> marks;
    marks.reserve(nodes.size());
    // An explicit stack: a chain of a hundred thousand nodes must not overflow the real one.
    std::vector<Frame> stack;
    for (const NodeId start : nodes) {
        if (marks.count(start) > 0)
            continue;
        marks[start] = Mark::Open;
        stack.push_back({start, predecessors(start), 0});
        while (!stack.empty()) {
            Frame &frame = stack.back();
            if (frame.next == frame.needs.size()) {
                marks[frame.node] = Mark::Done;
                result.order.push_back(frame.node);
                stack.pop_back();
                continue;
            }
            const NodeId need = frame.needs[frame.next++];
            const auto mark = marks.find(need);
            if (mark == marks.end()) {
                marks[need] = Mark::Open;
                stack.push_back({need, predecessors(need), 0});
            } else if (mark->second == Mark::Open) {
                result.onCycle = need;
            }
        }
    }
    return result;
}

} // namespace qs
