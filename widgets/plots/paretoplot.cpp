// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/paretoplot.h"

#include "widgets/models/numbertext.h"

#include <QKeyEvent>
#include <QMenu>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kGrabPixels = 12;
constexpr double kSymbol = 9;
constexpr double kMegabyte = 1e6;

double overlap(const QRectF &a, const QRectF &b)
{
    const QRectF both = a.intersected(b);
    return both.isEmpty() ? 0 : both.width() * both.height();
}

} // namespace

ParetoPlot::ParetoPlot(QWidget *parent)
    : PlotWidget(parent)
    , m_all(nullptr)
{
    for (auto &graph : m_series) {
        graph = plot().addGraph();
        graph->setLineStyle(QCPGraph::lsNone);
    }
    m_series[Front]->setLineStyle(QCPGraph::lsStepLeft);
    m_all = plot().addGraph();
    m_all->setLineStyle(QCPGraph::lsNone);
    m_qualityBars = new QCPErrorBars(plot().xAxis, plot().yAxis);
    m_qualityBars->setErrorType(QCPErrorBars::etValueError);
    m_costBars = new QCPErrorBars(plot().xAxis, plot().yAxis);
    m_costBars->setErrorType(QCPErrorBars::etKeyError);
    plot().addLayer(QStringLiteral("errors"), plot().layer(QStringLiteral("main")), QCustomPlot::limBelow);
    for (QCPErrorBars *bars : {m_qualityBars, m_costBars}) {
        bars->setLayer(QStringLiteral("errors"));
        bars->setDataPlottable(m_all);
        bars->setSymbolGap(kSymbol);
        bars->setWhiskerWidth(6);
    }
    for (const auto series : {Reference, Runs, Front})
        m_series[series]->addToLegend();
    connect(&plot(), &QCustomPlot::afterLayout, this, &ParetoPlot::placeLabels);
    addLegendAbove();
    initialize();
}

void ParetoPlot::setRuns(std::vector<RunPtr> runs)
{
    m_runs = std::move(runs);
    if (!m_qualityChosen)
        m_quality = bestQuality(m_runs);
    if (m_selectedRun >= static_cast<int>(m_runs.size()))
        m_selectedRun = -1;
    rebuild();
}

void ParetoPlot::setCost(ParetoCost cost)
{
    if (cost == m_cost)
        return;
    m_cost = cost;
    rebuild();
}

void ParetoPlot::setQuality(ParetoQuality quality)
{
    m_qualityChosen = true;
    if (quality == m_quality)
        return;
    m_quality = quality;
    rebuild();
}

double ParetoPlot::axisCost(double cost) const
{
    return m_cost == ParetoCost::Size ? cost / kMegabyte : cost;
}

QString ParetoPlot::nameOf(const ParetoPoint &point) const
{
    return point.run < 0 ? tr("FP32") : QString::fromStdString(point.name);
}

void ParetoPlot::rebuild()
{
    m_points = paretoPoints(m_runs, m_cost, m_quality);
    std::stable_sort(m_points.begin(), m_points.end(),
                     [](const ParetoPoint &a, const ParetoPoint &b) { return a.cost < b.cost; });
    for (QCPItemText *label : m_labels)
        plot().removeItem(label);
    m_labels.clear();
    for (const ParetoPoint &point : m_points) {
        auto *label = new QCPItemText(&plot());
        label->setText(nameOf(point));
        label->position->setType(QCPItemPosition::ptAbsolute);
        label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        m_labels.push_back(label);
    }
    fillSeries();
    updateMarker();
    fitAxes();
    retranslate();
    applyTheme(theme());
    setEmpty(m_points.empty());
}

void ParetoPlot::fillSeries()
{
    for (QCPGraph *graph : m_series)
        graph->data()->clear();
    QVector<QCPGraphData> all;
    QVector<QCPErrorBarsData> qualityErrors;
    QVector<QCPErrorBarsData> costErrors;
    double bestOnFront = -std::numeric_limits<double>::infinity();
    for (const ParetoPoint &point : m_points) {
        const double cost = axisCost(point.cost);
        all.append({cost, point.quality});
        qualityErrors.append({point.quality - point.qualityLow, point.qualityHigh - point.quality});
        costErrors.append({0, axisCost(point.costHigh) - cost});
        m_series[point.run < 0 ? Reference : Runs]->addData(cost, point.quality);
        if (point.onFront && point.quality > bestOnFront) {
            m_series[Front]->addData(cost, point.quality);
            bestOnFront = point.quality;
        }
    }
    m_all->data()->set(all, true);
    m_qualityBars->data()->clear();
    m_qualityBars->setData(
        QSharedPointer<QCPErrorBarsDataContainer>(new QCPErrorBarsDataContainer(qualityErrors)));
    m_costBars->setData(QSharedPointer<QCPErrorBarsDataContainer>(new QCPErrorBarsDataContainer(costErrors)));
}

void ParetoPlot::fitAxes()
{
    if (m_points.empty())
        return;
    QCPRange costs(axisCost(m_points.front().cost), axisCost(m_points.front().cost));
    QCPRange qualities(m_points.front().quality, m_points.front().quality);
    for (const ParetoPoint &point : m_points) {
        costs.expand(axisCost(point.cost));
        costs.expand(axisCost(point.costHigh));
        qualities.expand(point.qualityLow);
        qualities.expand(point.qualityHigh);
    }
    const auto widened = [](QCPRange range, double share) {
        const double size = range.size() > 0 ? range.size() : std::max(std::abs(range.center()), 1.0) * 0.2;
        return QCPRange(range.lower - share * size, range.upper + share * size);
    };
    const QCPRange x = widened(costs, 0.12);
    const QCPRange y = widened(qualities, 0.12);
    limitAxis(plot().xAxis, x, x.size() * 1e-3);
    limitAxis(plot().yAxis, y, y.size() * 1e-3);
}

void ParetoPlot::retranslate()
{
    setTitle(tr("Accuracy against cost"));
    setEmptyText(tr("Evaluate a run to compare its accuracy with its size and latency."));
    setAxisTitle(plot().xAxis,
                 m_cost == ParetoCost::Size ? tr("Model size (MB)") : tr("Latency, median to p90 (ms)"));
    setAxisTitle(plot().yAxis,
                 m_quality == ParetoQuality::Top1            ? tr("Top-1 accuracy (%)")
                     : m_quality == ParetoQuality::Agreement ? tr("Agreement with FP32 (%)")
                                                             : tr("Output SQNR (dB)"));
    m_series[Reference]->setName(tr("Float model"));
    m_series[Runs]->setName(tr("Runs, with 95 % interval"));
    m_series[Front]->setName(tr("Pareto front"));
    for (std::size_t i = 0; i < m_points.size(); ++i)
        m_labels[i]->setText(nameOf(m_points[i]));
}

void ParetoPlot::applyTheme(const PlotTheme &theme)
{
    m_series[Front]->setPen(QPen(theme.green, 1.5, Qt::DashLine));
    m_series[Runs]->setScatterStyle(
        {QCPScatterStyle::ssCircle, QPen(theme.background, 1), theme.blue, kSymbol});
    m_series[Reference]->setScatterStyle(
        {QCPScatterStyle::ssDiamond, QPen(theme.background, 1), theme.orange, kSymbol + 3});
    m_series[Selected]->setScatterStyle(
        {QCPScatterStyle::ssCircle, QPen(theme.highlight, 2), Qt::NoBrush, kSymbol + 8});
    for (QCPErrorBars *bars : {m_qualityBars, m_costBars})
        bars->setPen(QPen(theme.axis, 1));
    for (QCPItemText *label : m_labels) {
        label->setFont(theme.smallFont);
        label->setColor(theme.text);
    }
}

QPointF ParetoPlot::pixelOf(const ParetoPoint &point) const
{
    return {plot().xAxis->coordToPixel(axisCost(point.cost)), plot().yAxis->coordToPixel(point.quality)};
}

/// Each name goes where it covers least of points, error bars and the names placed before it.
void ParetoPlot::placeLabels()
{
    const QRectF frame(plot().axisRect()->rect());
    const QFontMetricsF metrics(theme().smallFont);
    std::vector<QRectF> taken;
    for (const ParetoPoint &point : m_points) {
        const QPointF at = pixelOf(point);
        taken.push_back(QRectF(at, QSizeF()).adjusted(-kSymbol, -kSymbol, kSymbol, kSymbol));
        const double low = plot().yAxis->coordToPixel(point.qualityLow);
        const double high = plot().yAxis->coordToPixel(point.qualityHigh);
        taken.push_back(QRectF(at.x() - 3, high, 6, low - high));
        const double right = plot().xAxis->coordToPixel(axisCost(point.costHigh));
        taken.push_back(QRectF(at.x(), at.y() - 3, right - at.x(), 6));
    }
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const QPointF at = pixelOf(m_points[i]);
        const QSizeF size(metrics.horizontalAdvance(m_labels[i]->text()) + 2, metrics.height());
        const double gap = kSymbol;
        const double right = at.x() + gap;
        const double left = at.x() - gap - size.width();
        const double above = at.y() - gap - size.height();
        const double below = at.y() + gap;
        const std::array candidates {
            QPointF(right, above),
            QPointF(right, below),
            QPointF(left, above),
            QPointF(left, below),
            QPointF(right, at.y() - size.height() / 2),
            QPointF(left, at.y() - size.height() / 2),
            QPointF(at.x() - size.width() / 2, above - gap),
            QPointF(at.x() - size.width() / 2, below + gap),
        };
        QRectF best;
        double leastCovered = std::numeric_limits<double>::infinity();
        for (const QPointF &corner : candidates) {
            const QRectF rect(corner, size);
            double covered = 4 * (size.width() * size.height() - overlap(rect, frame));
            for (const QRectF &other : taken)
                covered += overlap(rect, other);
            if (covered < leastCovered) {
                leastCovered = covered;
                best = rect;
            }
        }
        taken.push_back(best);
        m_labels[i]->position->setPixelPosition(best.topLeft());
        m_labels[i]->setVisible(frame.contains(at));
    }
}

const ParetoPoint *ParetoPlot::pointAt(QPointF position) const
{
    const ParetoPoint *nearest = nullptr;
    double distance = kGrabPixels;
    for (const ParetoPoint &point : m_points) {
        const QPointF offset = pixelOf(point) - position;
        if (const double d = std::hypot(offset.x(), offset.y()); d <= distance) {
            distance = d;
            nearest = &point;
        }
    }
    return nearest;
}

const ParetoPoint *ParetoPlot::selectedPoint() const
{
    const auto it = std::find_if(m_points.begin(), m_points.end(), [this](const ParetoPoint &p) {
        return p.run >= 0 && p.run == m_selectedRun;
    });
    return it == m_points.end() ? nullptr : &*it;
}

void ParetoPlot::updateMarker()
{
    m_series[Selected]->data()->clear();
    if (const ParetoPoint *point = selectedPoint())
        m_series[Selected]->addData(axisCost(point->cost), point->quality);
}

void ParetoPlot::setSelectedRun(int run)
{
    if (run == m_selectedRun)
        return;
    m_selectedRun = run;
    updateMarker();
    replot();
}

void ParetoPlot::selectByUser(int run)
{
    setSelectedRun(run);
    emit runSelected(run);
}

QString ParetoPlot::describe(QPointF position) const
{
    const ParetoPoint *point = pointAt(position);
    if (!point)
        return {};
    const bool decibels = m_quality == ParetoQuality::OutputSqnr;
    QString quality = decibels ? decibelText(point->quality) : percentText(point->quality);
    if (point->qualityLow < point->qualityHigh)
        quality = tr("%1 (95 % interval %2 to %3)")
                      .arg(quality, percentText(point->qualityLow), percentText(point->qualityHigh));
    QString text = tipTitle(nameOf(*point)) + tipLine(axisTitle(plot().yAxis), quality);
    if (m_cost == ParetoCost::Size)
        text += tipLine(tr("Model size"), bytesText(static_cast<std::uint64_t>(point->cost)));
    else
        text += tipLine(
            tr("Latency"),
            tr("median %1, p90 %2").arg(millisecondsText(point->cost), millisecondsText(point->costHigh)));
    if (point->onFront)
        text += QStringLiteral("<br>") + tr("No other run is better in both").toHtmlEscaped();
    return text;
}

QPointF ParetoPlot::cursorPosition() const
{
    const ParetoPoint *point = selectedPoint();
    return point ? pixelOf(*point) : QPointF();
}

void ParetoPlot::clicked(QPointF position)
{
    if (const ParetoPoint *point = pointAt(position); point && point->run >= 0)
        selectByUser(point->run);
}

bool ParetoPlot::activated(QPointF position)
{
    const ParetoPoint *point = pointAt(position);
    if (!point || point->run < 0)
        return false;
    emit runActivated(point->run);
    return true;
}

bool ParetoPlot::keyPressed(QKeyEvent *event)
{
    std::vector<int> runs; // in the order of the plot, left to right
    for (const ParetoPoint &point : m_points)
        if (point.run >= 0)
            runs.push_back(point.run);
    if (runs.empty())
        return false;
    const auto current = std::find(runs.begin(), runs.end(), m_selectedRun);
    switch (event->key()) {
    case Qt::Key_Left:
        selectByUser(current == runs.end() || current == runs.begin() ? runs.front() : *(current - 1));
        break;
    case Qt::Key_Right:
        selectByUser(current == runs.end()           ? runs.front()
                         : current + 1 == runs.end() ? runs.back()
                                                     : *(current + 1));
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (current != runs.end())
            emit runActivated(m_selectedRun);
        return true;
    default:
        return false;
    }
    plot().replot();
    describeCursor();
    return true;
}

void ParetoPlot::addChoice(QMenu &menu, const QString &title, bool current, std::function<void()> choose)
{
    QAction *action = menu.addAction(title);
    action->setCheckable(true);
    action->setChecked(current);
    connect(action, &QAction::triggered, this, [this, choose = std::move(choose)] {
        choose();
        emit axesChanged();
    });
}

void ParetoPlot::addActions(QMenu &menu)
{
    const auto addCost = [&](const QString &title, ParetoCost cost) {
        addChoice(menu, title, m_cost == cost, [this, cost] { setCost(cost); });
    };
    const auto addQuality = [&](const QString &title, ParetoQuality quality) {
        addChoice(menu, title, m_quality == quality, [this, quality] { setQuality(quality); });
    };
    addCost(tr("Size"), ParetoCost::Size);
    addCost(tr("Latency"), ParetoCost::Latency);
    menu.addSeparator();
    addQuality(tr("Top-1 accuracy"), ParetoQuality::Top1);
    addQuality(tr("Agreement with FP32"), ParetoQuality::Agreement);
    addQuality(tr("Output SQNR"), ParetoQuality::OutputSqnr);
}

} // namespace qs
