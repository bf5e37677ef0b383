// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/gridlegend.h"

#include <QPainter>

#include <algorithm>

namespace qs {
namespace {

constexpr int kPatch = 12;
constexpr int kInner = 5; ///< between a patch and its text
constexpr int kOuter = 14; ///< between one text and the next patch
constexpr int kStrip = 120;

} // namespace

GridLegend::GridLegend(QWidget *parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void GridLegend::setPatches(std::vector<Patch> patches)
{
    m_patches = std::move(patches);
    m_low.clear();
    m_high.clear();
    contentChanged();
}

void GridLegend::setStrip(const ColorScale &scale, const QString &low, const QString &high)
{
    m_patches.clear();
    m_scale = scale;
    m_low = low;
    m_high = high;
    contentChanged();
}

void GridLegend::contentChanged()
{
    setAccessibleDescription(texts().join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

QStringList GridLegend::texts() const
{
    QStringList texts;
    for (const Patch &patch : m_patches)
        texts << patch.text;
    if (!m_low.isEmpty() || !m_high.isEmpty())
        texts << m_low << m_high;
    return texts;
}

int GridLegend::patchWidth(const Patch &patch) const
{
    return kPatch + kInner + fontMetrics().horizontalAdvance(patch.text) + kOuter;
}

int GridLegend::lineHeight() const
{
    return fontMetrics().height() + 4;
}

std::vector<QRect> GridLegend::places(int width) const
{
    std::vector<QRect> rects;
    int x = 0;
    int y = 0;
    for (const Patch &patch : m_patches) {
        const int wanted = patchWidth(patch);
        if (x > 0 && x + wanted - kOuter > width) {
            x = 0;
            y += lineHeight();
        }
        rects.emplace_back(x, y, wanted, lineHeight());
        x += wanted;
    }
    return rects;
}

int GridLegend::heightForWidth(int width) const
{
    const std::vector<QRect> rects = places(width);
    return rects.empty() ? lineHeight() : rects.back().bottom() + 1;
}

QSize GridLegend::sizeHint() const
{
    int width = m_patches.empty() ? kStrip + 2 * kInner + fontMetrics().horizontalAdvance(m_low + m_high) : 0;
    for (const Patch &patch : m_patches)
        width += patchWidth(patch);
    return {width, lineHeight()};
}

QSize GridLegend::minimumSizeHint() const
{
    int widest = m_patches.empty() ? sizeHint().width() : 0;
    for (const Patch &patch : m_patches)
        widest = std::max(widest, patchWidth(patch));
    return {widest, lineHeight()};
}

void GridLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const auto drawPatch = [&](const QRect &place, const QColor &color) {
        const QRect patch(place.left(), place.top() + (place.height() - kPatch) / 2, kPatch, kPatch);
        painter.fillRect(patch, color);
        painter.setPen(palette().color(QPalette::Mid));
        painter.drawRect(patch.adjusted(0, 0, -1, -1));
        painter.setPen(palette().color(QPalette::WindowText));
    };
    const std::vector<QRect> rects = places(width());
    for (std::size_t i = 0; i < rects.size(); ++i) {
        drawPatch(rects[i], m_patches[i].color);
        painter.drawText(rects[i].adjusted(kPatch + kInner, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         m_patches[i].text);
    }
    if (!m_patches.empty() || (m_low.isEmpty() && m_high.isEmpty()))
        return;
    const int from = fontMetrics().horizontalAdvance(m_low) + kInner;
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, m_low);
    for (int x = 0; x < kStrip; ++x) {
        const double share = double(x) / (kStrip - 1);
        painter.fillRect(from + x, (height() - kPatch) / 2, 1, kPatch,
                         mapColor(m_scale.map, m_scale.reversed ? 1 - share : share));
    }
    painter.drawText(rect().adjusted(from + kStrip + kInner, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     m_high);
}

} // namespace qs
