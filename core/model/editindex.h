// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"

#include <deque>
#include <set>
#include <unordered_set>

namespace qs {

/// Who makes and who uses a value while a graph is being changed: kept up to date change by change, so that a
/// query never goes over the whole graph.
class EditIndex
{
public:
    void add(NodeId id, const onnx::NodeProto &node);
    void remove(NodeId id, const onnx::NodeProto &node);
    bool isAlive(NodeId id) const;

    /// Input or output of a node changed from \a from to \a to (the node itself is changed by the caller).
    void moveUse(const Use &use, const std::string &from, const std::string &to);
    void moveProducer(NodeId id, const std::string &from, const std::string &to);
    /// Renames a value inside the sub-graphs of \a node.
    void renameOuter(NodeId id, onnx::NodeProto &node, const std::string &from, const std::string &to);

    /// \a id was handed out to be changed: its name and sub-graphs are read again at the next settle().
    void touch(NodeId id) { m_touched.push_back(id); }
    /// True when a sub-graph changed what it uses.
    bool settle(const std::deque<onnx::NodeProto> &nodes);

    std::optional<NodeId> producer(const std::string &value) const;
    const std::vector<Use> &uses(const std::string &value) const;
    std::vector<NodeId> predecessors(NodeId id, const onnx::NodeProto &node) const;
    std::string layerName(NodeId id, const onnx::NodeProto &node) const;

    void reserve(const std::string &name) { m_reserved.insert(name); }
    std::string uniqueName(const std::string &base);

private:
    /// What was read from a node that can change without a call here.
    struct Entry
    {
        bool alive = false;
        std::string name;
        std::set<std::string> outerValues;
    };

    void addUse(const std::string &value, const Use &use);
    void dropUse(const std::string &value, const Use &use);
    void setName(Entry &entry, const std::string &name);
    bool setOuterValues(NodeId id, Entry &entry, std::set<std::string> values);

    std::vector<Entry> m_entries;
    std::unordered_map<std::string, NodeId> m_producers;
    std::unordered_map<std::string, std::vector<Use>> m_uses;
    std::unordered_map<std::string, int> m_nodesCalled;
    std::unordered_set<std::string> m_reserved; ///< every name ever seen; they are never given out again
    std::unordered_map<std::string, int> m_nextSuffix;
    std::vector<NodeId> m_touched;
};

} // namespace qs
