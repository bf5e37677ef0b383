// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogramplot.h"

#include "widgets/models/numbertext.h"

#include <QKeyEvent>
#include <QMenu>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr int kMostColumns = 512;
constexpr double kGrabPixels = 7;
constexpr double kHandleRatio = 0.04; ///< where the handle sits, from the top

QString schemeText(const QuantScheme &scheme)
{
    QString type = QString::fromUtf8(toString(scheme.type).data(),
                                     static_cast<qsizetype>(toString(scheme.type).size()));
    if (bitsOf(scheme) != bitsOf(scheme.type))
        type = HistogramPlot::tr("%1 (%2 bit)").arg(type).arg(bitsOf(scheme));
    return scheme.symmetric ? HistogramPlot::tr("%1, symmetric").arg(type)
                            : HistogramPlot::tr("%1, asymmetric").arg(type);
}

QColor withAlpha(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

QVector<QCPGraphData> steps(const Columns &columns, double scale)
{
    QVector<QCPGraphData> data;
    data.reserve(2 * columns.centers.size() + 2);
    double edge = -std::numeric_limits<double>::infinity();
    for (qsizetype i = 0; i < columns.centers.size(); ++i) {
        const double left = columns.centers[i] - columns.width / 2;
        if (left > edge + columns.width / 2 && i > 0)
            data.append({edge, 0}); // unused grid values in between
        data.append({left, scale * columns.percent[i]});
        edge = left + columns.width;
    }
    if (!data.isEmpty())
        data.append({edge, 0});
    return data;
}

} // namespace

HistogramPlot::HistogramPlot(QWidget *parent)
    : PlotWidget(parent)
    , m_heading(addTextStrip())
    , m_readout(addTextStrip())
    , m_valuesGraph(plot().addGraph())
    , m_quantizedGraph(plot().addGraph())
{
    for (QCPGraph *graph : {m_valuesGraph, m_quantizedGraph}) {
        graph->setLineStyle(QCPGraph::lsStepLeft);
        graph->setAdaptiveSampling(false);
        graph->addToLegend();
    }
    for (auto &rect : m_clipped) {
        rect = new QCPItemRect(&plot());
        rect->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
        rect->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
        rect->setPen(Qt::NoPen);
    }
    m_clipped[0]->topLeft->setType(QCPItemPosition::ptAxisRectRatio); // from the edge of the plot
    m_clipped[1]->bottomRight->setType(QCPItemPosition::ptAxisRectRatio);
    for (auto &line : m_lines) {
        line = new QCPItemLine(&plot());
        line->start->setTypeY(QCPItemPosition::ptAxisRectRatio);
        line->end->setTypeY(QCPItemPosition::ptAxisRectRatio);
        line->setHead(QCPLineEnding(QCPLineEnding::esDisc, 10));
    }
    m_readout->setElideMode(Qt::ElideRight);
    addLegendAbove();
    updateAxes();
    initialize();
}

void HistogramPlot::setContent(HistogramContent content)
{
    m_content = std::move(content);
    m_dragged = Limit::None;
    rebuild();
}

void HistogramPlot::clear()
{
    setContent({});
}

void HistogramPlot::rebuild()
{
    const bool empty = !m_content.values || m_content.values->isEmpty();
    if (empty) {
        m_columns = {};
        m_valuesGraph->data()->clear();
        m_quantizedGraph->data()->clear();
        retranslate();
        setEmpty(true);
        return;
    }
    m_columns = groupBins(*m_content.values, kMostColumns);
    m_valuesGraph->data()->set(steps(m_columns, 1), true);
    m_limits = effectiveLimits(m_content.limits.value_or(m_content.values->extent()), m_content.scheme);
    updateAxes();
    updateLimits();
    retranslate();
    setEmpty(false);
}

void HistogramPlot::updateAxes()
{
    QCPAxis *x = plot().xAxis;
    QCPAxis *y = plot().yAxis;
    y->setScaleType(m_logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    y->setTicker(m_logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                               : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    y->setNumberFormat(QStringLiteral("gb")); // 0.01 rather than 1E-02
    y->setNumberPrecision(6);
    if (m_columns.percent.isEmpty())
        return;
    const Range extent = m_content.values->extent();
    const double low = std::min(static_cast<double>(std::min(extent.min, m_limits.min)),
                                m_columns.centers.first() - m_columns.width / 2);
    const double high = std::max(static_cast<double>(std::max(extent.max, m_limits.max)),
                                 m_columns.centers.last() + m_columns.width / 2);
    const double margin = std::max((high - low) * 0.06, 1e-30);
    limitAxis(x, {low - margin, high + margin}, 8 * m_columns.width);

    double least = 100;
    double most = 0;
    for (const double percent : m_columns.percent) {
        most = std::max(most, percent);
        if (percent > 0)
            least = std::min(least, percent);
    }
    if (m_logarithmic)
        limitAxis(y, {std::pow(10, std::floor(std::log10(least)) - 0.3), std::max(most, least * 10) * 3}, 0);
    else
        limitAxis(y, {0, most * 1.15}, most * 1e-6);
}

bool HistogramPlot::isEdited() const
{
    const Range original = effectiveLimits(
        m_content.limits.value_or(m_content.values ? m_content.values->extent() : Range()), m_content.scheme);
    return m_limits != original;
}

/// Lines, shades, the quantized curve and the figures for the present limits.
void HistogramPlot::updateLimits()
{
    const std::array ends {static_cast<double>(m_limits.min), static_cast<double>(m_limits.max)};
    for (std::size_t i = 0; i < 2; ++i) {
        m_lines[i]->start->setCoords(ends[i], 1);
        m_lines[i]->end->setCoords(ends[i], kHandleRatio);
    }
    m_clipped[0]->topLeft->setCoords(0, 0);
    m_clipped[0]->bottomRight->setCoords(ends[0], 1);
    m_clipped[1]->topLeft->setCoords(ends[1], 0);
    m_clipped[1]->bottomRight->setCoords(1, 1);

    const bool measured = m_content.quantized && !m_content.quantized->isEmpty() && !isEdited();
    const Histogram &source = measured ? *m_content.quantized : *m_content.values;
    const Columns columns = quantizedColumns(source, m_limits, m_content.scheme, m_columns.width);
    // Drawn as a density: both curves enclose the same area.
    m_quantizedGraph->data()->set(steps(columns, m_columns.width / columns.width), true);
    m_prediction = predictClipping(*m_content.values, m_limits, m_content.scheme);
    updateTexts();
}

void HistogramPlot::updateTexts()
{
    const bool measured = m_content.quantized && !isEdited();
    m_quantizedGraph->setName(measured ? tr("Quantized (measured)") : tr("Quantized (predicted)"));
    if (m_columns.percent.isEmpty()) {
        m_readout->setText({});
        return;
    }
    m_readout->setText(tr("SQNR ≈ %1  ·  clipped %2  ·  %3 to %4  ·  step %5")
                           .arg(decibelText(m_prediction.sqnrDb), percentText(m_prediction.clippedPercent),
                                numberText(static_cast<double>(m_limits.min)),
                                numberText(static_cast<double>(m_limits.max)),
                                numberText(m_prediction.step)));
    setAccessibleDescription(m_readout->text());
}

void HistogramPlot::setLimits(Range limits)
{
    if (m_columns.percent.isEmpty())
        return;
    m_limits = effectiveLimits(limits, m_content.scheme);
    updateLimits();
    replot();
}

void HistogramPlot::setLogarithmic(bool on)
{
    if (on == m_logarithmic)
        return;
    m_logarithmic = on;
    updateAxes();
    replot();
}

void HistogramPlot::retranslate()
{
    setTitle(tr("Histogram"));
    setEmptyText(m_content.layer.isEmpty() ? tr("Select a layer to see how its values are distributed.")
                                           : tr("No statistics of %1 yet. Run a quantization that calibrates "
                                                "to see how its values are distributed.")
                                                 .arg(shortLayerName(m_content.layer)));
    m_valuesGraph->setName(tr("FP32"));
    m_heading->setText(m_columns.percent.isEmpty()
                           ? QString()
                           : tr("%1   (%2)").arg(m_content.tensor, schemeText(m_content.scheme)));
    setAxisTitle(plot().xAxis, tr("Value"));
    setAxisTitle(plot().yAxis,
                 m_columns.percent.isEmpty() ? tr("Values (%)")
                                             : tr("Values (% per %1)").arg(numberText(m_columns.width, 3)));
    updateTexts();
}

void HistogramPlot::applyTheme(const PlotTheme &theme)
{
    m_valuesGraph->setPen(QPen(theme.blue, 1));
    m_valuesGraph->setBrush(withAlpha(theme.blue, theme.dark ? 110 : 80));
    m_quantizedGraph->setPen(QPen(theme.orange, 1.5));
    for (auto *rect : m_clipped)
        rect->setBrush(withAlpha(theme.vermilion, theme.dark ? 55 : 38));
    m_heading->setFont(theme.font);
    m_heading->setColor(theme.text);
    m_readout->setFont(theme.font);
    m_readout->setColor(theme.text);
    styleLimits();
}

void HistogramPlot::styleLimits()
{
    for (std::size_t i = 0; i < 2; ++i) {
        const bool focused = (i == 0) == (m_focused == Limit::Minimum);
        m_lines[i]->setPen(QPen(theme().vermilion, focused && hasFocus() ? 3 : 2));
    }
}

HistogramPlot::Limit HistogramPlot::limitAt(QPointF position) const
{
    if (isEmpty() || !plot().axisRect()->rect().adjusted(-8, 0, 8, 0).contains(position.toPoint()))
        return Limit::None;
    const auto distance = [&](float value) {
        return std::abs(plot().xAxis->coordToPixel(static_cast<double>(value)) - position.x());
    };
    const double toMinimum = distance(m_limits.min);
    const double toMaximum = distance(m_limits.max);
    if (std::min(toMinimum, toMaximum) > kGrabPixels)
        return Limit::None;
    return toMinimum < toMaximum ? Limit::Minimum : Limit::Maximum;
}

double HistogramPlot::valueOf(Limit limit) const
{
    return static_cast<double>(limit == Limit::Minimum ? m_limits.min : m_limits.max);
}

void HistogramPlot::moveLimit(Limit limit, double value)
{
    const auto to = static_cast<float>(value);
    Range moved = m_limits;
    if (limit == Limit::Minimum)
        moved = {std::min(to, 0.F), m_content.scheme.symmetric ? std::max(-to, 0.F) : moved.max};
    else
        moved = {m_content.scheme.symmetric ? std::min(-to, 0.F) : moved.min, std::max(to, 0.F)};
    if (moved == m_limits || moved.min == moved.max)
        return;
    m_limits = moved;
    updateLimits();
    replot();
    emit limitsChanged(m_limits);
}

void HistogramPlot::mousePressed(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_dragged = limitAt(event->position());
    if (m_dragged == Limit::None)
        return;
    m_focused = m_dragged;
    m_limitsBefore = m_limits;
    styleLimits();
    plot().setInteraction(QCP::iRangeDrag, false);
}

void HistogramPlot::mouseMoved(QMouseEvent *event)
{
    if (m_dragged != Limit::None) {
        const QCPRange shown = plot().xAxis->range();
        moveLimit(m_dragged,
                  std::clamp(plot().xAxis->pixelToCoord(event->position().x()), shown.lower, shown.upper));
    } else if (event->buttons() == Qt::NoButton) {
        plot().setCursor(limitAt(event->position()) == Limit::None ? Qt::ArrowCursor : Qt::SizeHorCursor);
    }
}

void HistogramPlot::mouseReleased(QMouseEvent *)
{
    if (m_dragged == Limit::None)
        return;
    m_dragged = Limit::None;
    plot().setInteraction(QCP::iRangeDrag, true);
    if (m_limits != m_limitsBefore)
        emit limitsCommitted(m_limits);
}

bool HistogramPlot::keyPressed(QKeyEvent *event)
{
    const QCPRange shown = plot().xAxis->range();
    const double step = shown.size() / ((event->modifiers() & Qt::ShiftModifier) ? 20 : 200);
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
        m_focused = m_focused == Limit::Minimum ? Limit::Maximum : Limit::Minimum;
        styleLimits();
        plot().replot();
        break;
    case Qt::Key_Left:
    case Qt::Key_Right:
        moveLimit(m_focused, valueOf(m_focused) + (event->key() == Qt::Key_Left ? -step : step));
        m_keyMoved = true;
        plot().replot();
        break;
    default:
        return false;
    }
    describeCursor();
    return true;
}

void HistogramPlot::keyReleaseEvent(QKeyEvent *event)
{
    PlotWidget::keyReleaseEvent(event);
    if (event->isAutoRepeat() || !m_keyMoved)
        return;
    m_keyMoved = false;
    emit limitsCommitted(m_limits);
}

void HistogramPlot::focusInEvent(QFocusEvent *event)
{
    PlotWidget::focusInEvent(event);
    styleLimits();
    replot();
}

void HistogramPlot::focusOutEvent(QFocusEvent *event)
{
    PlotWidget::focusOutEvent(event);
    styleLimits();
    replot();
}

QString HistogramPlot::describe(QPointF position) const
{
    if (isEmpty() || m_dragged != Limit::None)
        return {};
    if (const Limit limit = limitAt(position); limit != Limit::None)
        return tipTitle(limit == Limit::Minimum ? tr("Lower clip limit") : tr("Upper clip limit"))
            + tipLine(tr("Value"), numberText(valueOf(limit))) + QStringLiteral("<br>")
            + tr("Drag it, or use the arrow keys").toHtmlEscaped();
    if (!plot().axisRect()->rect().contains(position.toPoint()))
        return {};
    const double left = m_columns.centers.first() - m_columns.width / 2;
    const double at = (plot().xAxis->pixelToCoord(position.x()) - left) / m_columns.width;
    if (at < 0 || at >= static_cast<double>(m_columns.percent.size()))
        return {};
    const auto column = static_cast<qsizetype>(at);
    const double center = m_columns.centers[column];
    return tipTitle(m_content.layer)
        + tipLine(
               tr("Values"),
               tr("%1 to %2")
                   .arg(numberText(center - m_columns.width / 2), numberText(center + m_columns.width / 2)))
        + tipLine(tr("Share"), percentText(m_columns.percent[column]));
}

QPointF HistogramPlot::cursorPosition() const
{
    return {plot().xAxis->coordToPixel(valueOf(m_focused)),
            plot().axisRect()->top() + kHandleRatio * plot().axisRect()->height()};
}

void HistogramPlot::addActions(QMenu &menu)
{
    QAction *logarithmic = menu.addAction(tr("Logarithmic shares"));
    logarithmic->setCheckable(true);
    logarithmic->setChecked(m_logarithmic);
    connect(logarithmic, &QAction::toggled, this, [this](bool on) {
        setLogarithmic(on);
        emit logarithmicChanged(on);
    });
}

} // namespace qs
