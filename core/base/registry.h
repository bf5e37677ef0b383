// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <algorithm>
#include <string>
#include <vector>

namespace qs {

/// Ordered list of descriptors with unique `id`s. An object, not a global: tests fill their own.
template <typename Descriptor> class Registry
{
public:
    void add(Descriptor descriptor)
    {
        assert(!find(descriptor.id));
        m_items.push_back(std::move(descriptor));
    }

    const std::vector<Descriptor> &all() const { return m_items; }

    const Descriptor *find(const std::string &id) const
    {
        const auto it
            = std::find_if(m_items.begin(), m_items.end(), [&](const auto &d) { return d.id == id; });
        return it == m_items.end() ? nullptr : &*it;
    }

    /// The descriptor, or an error that lists the ids there are. \a kind names them ("strategy").
    Result<const Descriptor *> require(const std::string &id, const std::string &kind) const
    {
        if (const Descriptor *found = find(id))
            return found;
        std::string known;
        for (const Descriptor &d : m_items)
            known += (known.empty() ? "" : ", ") + d.id;
        return Error {ErrorCode::InvalidArgument, kind + " '" + id + "'", "not known; there are: " + known};
    }

private:
    std::vector<Descriptor> m_items;
};

} // namespace qs
