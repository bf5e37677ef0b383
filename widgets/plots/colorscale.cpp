// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/colorscale.h"

#include <qcustomplot.h>

#include <array>
#include <cmath>

namespace qs {
namespace {

// Every 17th of the 256 colours of the published tables; straight lines between them are off by less than 3
// %.
constexpr std::array<QRgb, 16> kViridis {0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e,
                                         0x2a788e, 0x23888e, 0x1f988b, 0x22a884, 0x35b779, 0x54c568,
                                         0x7ad151, 0xa5db36, 0xd2e21b, 0xfde725};
constexpr std::array<QRgb, 16> kCividis {0x002051, 0x022c65, 0x14386d, 0x2b446e, 0x42506e, 0x575c6e,
                                         0x696970, 0x787573, 0x868276, 0x948f78, 0xa49d78, 0xb6ab73,
                                         0xcaba6a, 0xe0c95d, 0xf2d950, 0xfdea45};

const std::array<QRgb, 16> &table(ColorMap map)
{
    return map == ColorMap::Viridis ? kViridis : kCividis;
}

} // namespace

QColor mapColor(ColorMap map, double position)
{
    const auto &stops = table(map);
    const double at = std::clamp(position, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
    const auto left = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double share = at - static_cast<double>(left);
    const QColor a(stops[left]);
    const QColor b(stops[left + 1]);
    const auto mix = [share](int x, int y) { return static_cast<int>(std::lround(x + share * (y - x))); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

QColor ColorScale::color(double value) const
{
    if (std::isnan(value))
        return {};
    const double width = high - low;
    const double position
        = width > 0 ? std::clamp((value - low) / width, 0.0, 1.0) : (value < low ? 0.0 : 1.0);
    return mapColor(map, reversed ? 1 - position : position);
}

QCPColorGradient ColorScale::gradient(const QColor &missing) const
{
    QCPColorGradient gradient;
    gradient.clearColorStops();
    constexpr int steps = 15;
    for (int i = 0; i <= steps; ++i) {
        const double position = static_cast<double>(i) / steps;
        gradient.setColorStopAt(position, mapColor(map, reversed ? 1 - position : position));
    }
    gradient.setNanHandling(QCPColorGradient::nhNanColor);
    gradient.setNanColor(missing);
    return gradient;
}

} // namespace qs
