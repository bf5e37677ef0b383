// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace qs {

/// \a count of the numbers 0 to \a total - 1, evenly spaced from 0 on, ascending; all of them when \a count
/// is 0 or more than there are.
std::vector<std::size_t> spreadEvenly(std::size_t total, std::size_t count);

/// Which of a dataset's samples to take. \a classes holds the samples of each class. \a count of them (0 =
/// all) are chosen evenly: every class gives the same number, or all that it has where it has fewer; what
/// does not divide goes to evenly spaced classes, and inside a class the choice is evenly spaced. The order
/// goes round the classes, so that any stretch of it is a fair picture of the data. Deterministic.
std::vector<std::size_t> spreadOverClasses(const std::vector<std::vector<std::size_t>> &classes,
                                           std::size_t count);

} // namespace qs
