// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/worstcolormap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace qs {

WorstColorMap::WorstColorMap(QCPAxis *keyAxis, QCPAxis *valueAxis)
    : QCPColorMap(keyAxis, valueAxis)
{
    setInterpolate(false);
    setTightBoundary(false);
}

WorstColorMap::Span WorstColorMap::visible(const QCPRange &range, int cells)
{
    const int first = std::clamp(static_cast<int>(std::floor(range.lower + 0.5)), 0, cells - 1);
    const int last = std::clamp(static_cast<int>(std::ceil(range.upper - 0.5)), first, cells - 1);
    return {first, last - first + 1};
}

void WorstColorMap::draw(QCPPainter *painter)
{
    if (data()->isEmpty())
        return;
    const Span columns = visible(keyAxis()->range(), data()->keySize());
    const Span rows = visible(valueAxis()->range(), data()->valueSize());
    const QPointF topLeft(keyAxis()->coordToPixel(columns.first - 0.5),
                          valueAxis()->coordToPixel(rows.first - 0.5));
    const QPointF bottomRight(keyAxis()->coordToPixel(columns.first + columns.count - 0.5),
                              valueAxis()->coordToPixel(rows.first + rows.count - 0.5));
    const QRectF target(topLeft, bottomRight);
    const double ratio = parentPlot()->bufferDevicePixelRatio();
    const QSize pixels(std::max(1, static_cast<int>(target.width() * ratio)),
                       std::max(1, static_cast<int>(target.height() * ratio)));
    if (columns.count <= pixels.width() && rows.count <= pixels.height()) {
        QCPColorMap::draw(painter);
        return;
    }
    painter->drawImage(target, pooled(columns, rows, pixels.boundedTo({columns.count, rows.count})));
}

QImage WorstColorMap::pooled(Span columns, Span rows, QSize size) const
{
    const auto width = static_cast<std::size_t>(size.width());
    std::vector<double> worst(width * static_cast<std::size_t>(size.height()),
                              std::numeric_limits<double>::quiet_NaN());
    for (int row = 0; row < rows.count; ++row) {
        double *line = worst.data()
            + width * static_cast<std::size_t>(static_cast<std::int64_t>(row) * size.height() / rows.count);
        for (int column = 0; column < columns.count; ++column) {
            const double value = mMapData->cell(columns.first + column, rows.first + row);
            double &pixel = line[static_cast<std::int64_t>(column) * size.width() / columns.count];
            if (std::isnan(pixel) || (m_highIsWorse ? value > pixel : value < pixel))
                pixel = value;
        }
    }
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    QCPColorGradient colors = gradient();
    for (int y = 0; y < size.height(); ++y)
        colors.colorize(worst.data() + width * static_cast<std::size_t>(y), dataRange(),
                        reinterpret_cast<QRgb *>(image.scanLine(y)), size.width());
    return image;
}

} // namespace qs
