// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/symlog.h"

#include <algorithm>
#include <cmath>

namespace qs {

double Symlog::forward(double x) const
{
    return std::copysign(std::log10(1 + std::abs(x) / threshold), x);
}

double Symlog::inverse(double y) const
{
    return std::copysign(threshold * (std::pow(10, std::abs(y)) - 1), y);
}

Symlog Symlog::forValues(std::span<const double> values)
{
    std::vector<double> magnitudes;
    for (const double value : values)
        if (std::isfinite(value) && value != 0)
            magnitudes.push_back(std::abs(value));
    if (magnitudes.empty())
        return {};
    const auto low = magnitudes.begin() + static_cast<std::ptrdiff_t>(magnitudes.size() / 10);
    std::nth_element(magnitudes.begin(), low, magnitudes.end());
    const double largest = *std::max_element(magnitudes.begin(), magnitudes.end());
    return {std::pow(10, std::floor(std::log10(std::max(*low, largest * 1e-5))) - 1)};
}

double SymlogTicker::getTickStep(const QCPRange &range)
{
    return range.size() / 10; // the smallest distance of two labels
}

QVector<double> SymlogTicker::createTickVector(double tickStep, const QCPRange &range)
{
    QVector<double> positive;
    const double furthest = std::max(std::abs(range.lower), std::abs(range.upper));
    double last = 0;
    for (int power = static_cast<int>(std::lround(std::log10(m_scale.threshold)));; ++power) {
        const double tick = m_scale.forward(std::pow(10, power));
        if (tick > furthest)
            break;
        if (tick - last < tickStep)
            continue;
        positive << tick;
        last = tick;
    }
    QVector<double> ticks;
    for (auto it = positive.crbegin(); it != positive.crend(); ++it)
        ticks << -*it;
    ticks << 0;
    ticks << positive;
    return ticks;
}

QString SymlogTicker::getTickLabel(double tick, const QLocale &locale, QChar, int)
{
    return locale.toString(m_scale.inverse(tick), 'g', 6);
}

} // namespace qs
