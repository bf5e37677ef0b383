// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include <compare> // after the others: moc 6.4 fails on <concepts> when no other standard header came before

namespace qs {

/// An index that cannot be mixed up with an index of another kind.
template <typename Tag> struct StrongId
{
    std::int32_t index = -1;

    bool isValid() const { return index >= 0; }
    auto operator<=>(const StrongId &) const = default;
};

/// Position of a node in its graph.
using NodeId = StrongId<struct NodeTag>;

} // namespace qs

template <typename Tag> struct std::hash<qs::StrongId<Tag>>
{
    std::size_t operator()(qs::StrongId<Tag> id) const noexcept
    {
        return std::hash<std::int32_t> {}(id.index);
    }
};
