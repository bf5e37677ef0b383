// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/axis.h"

#include "core/report/text.h"

#include <algorithm>
#include <cmath>

namespace qs {

Axis linearAxis(double low, double high)
{
    if (!std::isfinite(low) || !std::isfinite(high) || high - low < 1e-12 * std::max(std::abs(high), 1e-30)) {
        const double middle = std::isfinite(low) ? low : 0;
        const double margin = std::max(std::abs(middle) * 0.1, 1e-6);
        low = middle - margin;
        high = middle + margin;
    }
    const double rough = (high - low) / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double fraction = rough / power;
    const double step = power * (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10);
    const double first = std::floor(low / step + 1e-9);
    const double last = std::ceil(high / step - 1e-9);
    const double start = first * step;
    const double length = (last - first) * step;
    Axis axis;
    axis.position = [start, length](double v) { return std::clamp((v - start) / length, 0.0, 1.0); };
    const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 9);
    for (double i = first; i <= last; ++i)
        axis.ticks.push_back({i * step, fixed(i == 0 ? 0 : i * step, decimals)});
    return axis;
}

Axis symmetricLogAxis(std::vector<double> values)
{
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    std::vector<double> sizes;
    for (const double v : values) {
        if (v != 0)
            sizes.push_back(std::abs(v));
    }
    if (sizes.empty())
        return linearAxis(-1, 1);
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2),
                     sizes.end());
    const double unit = sizes[sizes.size() / 2] / 10;
    const auto bend = [unit](double v) { return std::copysign(std::log10(1 + std::abs(v) / unit), v); };
    const double low = std::min(*std::min_element(values.begin(), values.end()), 0.0);
    const double high = std::max(*std::max_element(values.begin(), values.end()), 0.0);
    const double start = bend(low);
    const double length = bend(high) - start;
    Axis axis;
    axis.position = [=](double v) { return std::clamp((bend(v) - start) / length, 0.0, 1.0); };
    axis.ticks.push_back({0, "0"});
    double power = std::pow(10, std::ceil(std::log10(unit)));
    // Ticks closer than a label is high would overlap.
    double lastPosition = axis.position(0);
    for (double v = power; v <= high; v *= 10) {
        if (axis.position(v) - lastPosition > 0.06) {
            axis.ticks.push_back({v, compact(v)});
            lastPosition = axis.position(v);
        }
    }
    lastPosition = axis.position(0);
    for (double v = power; v <= -low; v *= 10) {
        if (lastPosition - axis.position(-v) > 0.06) {
            axis.ticks.insert(axis.ticks.begin(), {-v, "−" + compact(v)});
            lastPosition = axis.position(-v);
        }
    }
    return axis;
}

} // namespace qs
