// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/editindex.h"

#include "core/model/layernames.h"
#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cassert>

namespace qs {
namespace {

bool before(const Use &a, const Use &b)
{
    return a.node != b.node ? a.node < b.node : a.input < b.input;
}

} // namespace

void EditIndex::addUse(const std::string &value, const Use &use)
{
    if (value.empty())
        return;
    std::vector<Use> &uses = m_uses[value];
    uses.insert(std::upper_bound(uses.begin(), uses.end(), use, before), use);
    m_reserved.insert(value);
}

void EditIndex::dropUse(const std::string &value, const Use &use)
{
    if (value.empty())
        return;
    std::vector<Use> &uses = m_uses[value];
    const auto it = std::lower_bound(uses.begin(), uses.end(), use, before);
    assert(it != uses.end() && *it == use);
    uses.erase(it);
}

void EditIndex::setName(Entry &entry, const std::string &name)
{
    if (!entry.name.empty())
        --m_nodesCalled[entry.name];
    entry.name = name;
    if (!name.empty()) {
        ++m_nodesCalled[name];
        m_reserved.insert(name);
    }
}

bool EditIndex::setOuterValues(NodeId id, Entry &entry, std::set<std::string> values)
{
    if (entry.outerValues == values)
        return false;
    for (const std::string &value : entry.outerValues)
        dropUse(value, {id, -1});
    entry.outerValues = std::move(values);
    for (const std::string &value : entry.outerValues)
        addUse(value, {id, -1});
    return true;
}

void EditIndex::add(NodeId id, const onnx::NodeProto &node)
{
    assert(static_cast<std::size_t>(id.index) == m_entries.size());
    Entry &entry = m_entries.emplace_back();
    entry.alive = true;
    setName(entry, node.name());
    for (int i = 0; i < node.input_size(); ++i)
        addUse(node.input(i), {id, i});
    for (const std::string &output : node.output())
        moveProducer(id, {}, output);
    setOuterValues(id, entry, outerValues(node));
    forEachInnerName(node, [&](const std::string &name) { m_reserved.insert(name); });
}

void EditIndex::remove(NodeId id, const onnx::NodeProto &node)
{
    Entry &entry = m_entries[static_cast<std::size_t>(id.index)];
    assert(entry.alive);
    for (int i = 0; i < node.input_size(); ++i)
        dropUse(node.input(i), {id, i});
    for (const std::string &output : node.output())
        moveProducer(id, output, {});
    setOuterValues(id, entry, {});
    setName(entry, {});
    entry.alive = false;
}

bool EditIndex::isAlive(NodeId id) const
{
    return id.isValid() && static_cast<std::size_t>(id.index) < m_entries.size()
        && m_entries[static_cast<std::size_t>(id.index)].alive;
}

void EditIndex::moveUse(const Use &use, const std::string &from, const std::string &to)
{
    dropUse(from, use);
    addUse(to, use);
}

void EditIndex::moveProducer(NodeId id, const std::string &from, const std::string &to)
{
    // A value may be given to another node before its old maker loses it; the newest maker counts.
    if (const auto it = m_producers.find(from); it != m_producers.end() && it->second == id)
        m_producers.erase(it);
    if (!to.empty()) {
        m_producers[to] = id;
        m_reserved.insert(to);
    }
}

void EditIndex::renameOuter(NodeId id, onnx::NodeProto &node, const std::string &from, const std::string &to)
{
    renameOuterValue(node, from, to);
    setOuterValues(id, m_entries[static_cast<std::size_t>(id.index)], outerValues(node));
}

bool EditIndex::settle(const std::deque<onnx::NodeProto> &nodes)
{
    bool changed = false;
    for (const NodeId id : std::exchange(m_touched, {})) {
        Entry &entry = m_entries[static_cast<std::size_t>(id.index)];
        if (!entry.alive)
            continue;
        const onnx::NodeProto &node = nodes[static_cast<std::size_t>(id.index)];
        setName(entry, node.name());
        changed = setOuterValues(id, entry, outerValues(node)) || changed;
        forEachInnerName(node, [&](const std::string &name) { m_reserved.insert(name); });
    }
    return changed;
}

std::optional<NodeId> EditIndex::producer(const std::string &value) const
{
    const auto it = m_producers.find(value);
    return it == m_producers.end() ? std::nullopt : std::optional(it->second);
}

const std::vector<Use> &EditIndex::uses(const std::string &value) const
{
    static const std::vector<Use> kNone;
    const auto it = m_uses.find(value);
    return it == m_uses.end() ? kNone : it->second;
}

std::vector<NodeId> EditIndex::predecessors(NodeId id, const onnx::NodeProto &node) const
{
    std::vector<NodeId> needs;
    const auto need = [&](const std::string &value) {
        if (const auto it = m_producers.find(value); it != m_producers.end())
            needs.push_back(it->second);
    };
    for (const std::string &input : node.input())
        need(input);
    for (const std::string &value : m_entries[static_cast<std::size_t>(id.index)].outerValues)
        need(value);
    return needs;
}

std::string EditIndex::layerName(NodeId id, const onnx::NodeProto &node) const
{
    return layerNameFor(node, id, [&](const std::string &name) {
        const auto it = m_nodesCalled.find(name);
        return it == m_nodesCalled.end() ? 0 : it->second;
    });
}

std::string EditIndex::uniqueName(const std::string &base)
{
    std::string name = base;
    int &suffix = m_nextSuffix[base];
    while (!m_reserved.insert(name).second || name.empty())
        name = base + "_" + std::to_string(++suffix);
    return name;
}

} // namespace qs
