// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/editindex.h"
#include "core/model/graphedit.h"

#include <onnx/onnx_pb.h>

#include <deque>
#include <unordered_set>

namespace qs {

// From this IR version on, an initializer that is listed as a graph input can be overridden by the caller, so
// runtimes do not treat it as a constant; before, every initializer had to be listed.
inline constexpr std::int64_t kInitializersNeedNoInput = 4;

/// "" and "ai.onnx" are the same domain.
inline bool isSameDomain(const std::string &a, const std::string &b)
{
    const auto isOnnx = [](const std::string &domain) { return domain.empty() || domain == "ai.onnx"; };
    return a == b || (isOnnx(a) && isOnnx(b));
}

struct GraphEdit::Private
{
    explicit Private(const Model &model);

    ModelPtr base; ///< keeps the initializers that were not changed
    onnx::ModelProto shell; ///< everything but nodes and initializers
    std::deque<onnx::NodeProto> nodes; ///< by id; a deque, so that references stay valid
    mutable EditIndex index;
    std::vector<std::string> initializerOrder; ///< each name once, also those that were removed
    std::unordered_set<std::string> orderedInitializers;
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
    void orderInitializer(const std::string &name)
    {
        if (orderedInitializers.insert(name).second)
            initializerOrder.push_back(name);
    }
    void eraseGraphInput(const std::string &name);
    std::unique_ptr<onnx::ModelProto> assemble() const;
};

} // namespace qs
