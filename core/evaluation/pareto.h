// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace qs {

/// A choice that costs something (bytes, milliseconds) and is worth something (accuracy).
struct Tradeoff
{
    double cost = 0;
    double quality = 0;
};

/// Indices of the choices that no other one beats (cheaper and not worse, or better and not dearer), in order
/// of cost. Of equal choices the first stays; NaN never does.
std::vector<std::size_t> paretoFront(std::span<const Tradeoff> choices);

} // namespace qs
