// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"

#include <string>

namespace qs::test {

/// \a bytes with one to three kinds of damage in their first \a part bytes (0 = all): a byte or a punctuation
/// mark changed, a number of 4 or 8 bytes or in digits replaced by an odd one, a piece missing or there
/// twice.
std::string damaged(std::string bytes, std::size_t part, Random &random);

/// Lets the program have \a bytes more of memory than it has now, so that a huge allocation fails. Does
/// nothing under sanitizers, which need all addresses there are.
void limitMemory(std::size_t bytes);

} // namespace qs::test
