// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace qs {

struct AxisTick
{
    double value = 0;
    std::string label;
};

/// One axis of a chart.
struct Axis
{
    std::function<double(double)> position; ///< value → 0 (start) … 1 (end), clamped
    std::vector<AxisTick> ticks; ///< within the axis, ascending
};

/// Ends at round numbers (1, 2, 5 times a power of ten) around \a low and \a high, with about five ticks.
Axis linearAxis(double low, double high);

/// For values of very different size and both signs: linear around 0, logarithmic further out, ticks at
/// powers of ten. The linear part ends at a tenth of the median magnitude of \a values.
Axis symmetricLogAxis(std::vector<double> values);

} // namespace qs
