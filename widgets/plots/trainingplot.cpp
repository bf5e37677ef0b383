// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trainingplot.h"

#include "widgets/models/numbertext.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kGrabPixels = 8;
constexpr double kSymbol = 6;

double widthOf(const Range &range)
{
    return double(range.max) - double(range.min);
}

/// Bounds of what \a graphs hold, with a margin.
QCPRange boundsOf(const std::vector<QCPGraph *> &graphs, bool zeroBelow)
{
    bool any = false;
    QCPRange bounds;
    for (QCPGraph *graph : graphs) {
        bool found = false;
        const QCPRange range = graph->getValueRange(found);
        if (!found)
            continue;
        bounds = any ? bounds.expanded(range) : range;
        any = true;
    }
    if (!any)
        return {0, 1};
    if (zeroBelow)
        bounds.lower = 0; // before the margin, which a single point gets too
    const double margin = std::max(bounds.size() * 0.08, 1e-9);
    return {zeroBelow ? 0 : bounds.lower - margin, bounds.upper + margin};
}

} // namespace

TrainingPlot::TrainingPlot(QWidget *parent)
    : PlotWidget(parent)
    , m_best(new QCPItemStraightLine(&plot()))
{
    for (int c = 0; c < CurveCount; ++c) {
        const bool accuracy = c == TrainAccuracy || c == HeldAccuracy;
        m_curves[c] = plot().addGraph(plot().xAxis, accuracy ? plot().yAxis2 : plot().yAxis);
        if (c == HeldLoss || c == HeldAccuracy)
            m_curves[c]->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, kSymbol));
    }
    m_best->setLayer(QStringLiteral("background"));
    addLegendAbove();
    initialize();
}

void TrainingPlot::setHistory(std::shared_ptr<const TrainingHistory> history)
{
    m_history = std::move(history);
    QStringList tensors;
    if (m_history && !m_history->epochs.empty()) {
        for (const auto &[tensor, range] : m_history->epochs.front().ranges)
            tensors.append(QString::fromStdString(tensor));
    }
    if (tensors != layerNames())
        setLayerNames(tensors);
    rebuild();
}

void TrainingPlot::setMode(Mode mode)
{
    if (std::exchange(m_mode, mode) != mode)
        rebuild();
}

int TrainingPlot::curveCount() const
{
    int count = 0;
    for (int g = 0; g < plot().graphCount(); ++g)
        count += plot().graph(g)->visible() && !plot().graph(g)->data()->isEmpty() ? 1 : 0;
    return count;
}

QString TrainingPlot::accuracyText(double share)
{
    return tr("%1 %").arg(fixedText(100 * share, 2));
}

void TrainingPlot::rebuild()
{
    const bool empty = !m_history || m_history->epochs.empty();
    for (QCPGraph *graph : m_ranges)
        plot().removeGraph(graph);
    m_ranges.clear();
    const bool curves = m_mode == Mode::Curves;
    for (QCPGraph *curve : m_curves)
        curve->data()->clear();
    m_best->setVisible(!empty);
    if (!empty) {
        m_best->point1->setCoords(m_history->bestEpoch, 0);
        m_best->point2->setCoords(m_history->bestEpoch, 1);
        if (curves)
            fillCurves();
        else
            fillRanges();
    }
    const bool hasAccuracy = curves && !m_curves[HeldAccuracy]->data()->isEmpty();
    plot().yAxis2->setVisible(hasAccuracy);
    for (QCPGraph *curve : m_curves) {
        const bool shown = curves && !curve->data()->isEmpty();
        curve->setVisible(shown);
        if (shown)
            curve->addToLegend();
        else
            curve->removeFromLegend();
    }
    if (!empty) {
        limitAxis(plot().xAxis, {-0.25, std::max(1, m_history->plannedEpochs) + 0.25}, 0.5);
        if (curves)
            fitCurves();
        else
            fitRanges();
    }
    showLegend(curves);
    retranslate();
    refreshColours();
    updateSelection();
    setEmpty(empty);
}

void TrainingPlot::fillCurves()
{
    for (const TrainingEpoch &epoch : m_history->epochs) {
        const double x = epoch.epoch;
        // A mean over an epoch stands in its middle, what was measured after it at its end.
        if (epoch.loss)
            m_curves[TrainLoss]->addData(x - 0.5, *epoch.loss);
        if (epoch.accuracy)
            m_curves[TrainAccuracy]->addData(x - 0.5, 100 * *epoch.accuracy);
        m_curves[HeldLoss]->addData(x, epoch.validationLoss);
        if (epoch.validationAccuracy)
            m_curves[HeldAccuracy]->addData(x, 100 * *epoch.validationAccuracy);
    }
    if (m_history->stepsPerEpoch > 0) {
        for (std::size_t i = 0; i < m_history->stepLosses.size(); ++i)
            m_curves[Steps]->addData((double(i) * m_history->stepStride + 0.5)
                                         / double(m_history->stepsPerEpoch),
                                     double(m_history->stepLosses[i]));
    }
}

void TrainingPlot::fillRanges()
{
    for (const auto &[tensor, start] : m_history->epochs.front().ranges) {
        QCPGraph *graph = plot().addGraph(plot().xAxis, plot().yAxis);
        graph->removeFromLegend();
        for (const TrainingEpoch &epoch : m_history->epochs) {
            const auto it = epoch.ranges.find(tensor);
            if (it != epoch.ranges.end() && widthOf(start) > 0 && widthOf(it->second) > 0)
                graph->addData(epoch.epoch, std::log2(widthOf(it->second) / widthOf(start)));
        }
        m_ranges.push_back(graph);
    }
}

void TrainingPlot::fitCurves()
{
    // Single steps scatter far above; the means decide what is shown.
    const QCPRange loss = boundsOf({m_curves[TrainLoss], m_curves[HeldLoss]}, true);
    limitAxis(plot().yAxis, loss, loss.size() * 1e-3);
    QCPRange accuracy = boundsOf({m_curves[TrainAccuracy], m_curves[HeldAccuracy]}, false);
    constexpr double kLeastPoints = 1; // over less, all ticks would read the same
    if (accuracy.size() < kLeastPoints)
        accuracy = {accuracy.center() - kLeastPoints / 2, accuracy.center() + kLeastPoints / 2};
    limitAxis(plot().yAxis2, {std::max(0.0, accuracy.lower), std::min(100.5, accuracy.upper)}, 0.1);
}

void TrainingPlot::fitRanges()
{
    QCPRange bounds = boundsOf(m_ranges, false);
    constexpr double kLeast = 0.1; // a tenth of a doubling; less is noise
    bounds = {std::min(bounds.lower, -kLeast), std::max(bounds.upper, kLeast)};
    limitAxis(plot().yAxis, bounds, 0.01);
}

void TrainingPlot::retranslate()
{
    setTitle(m_mode == Mode::Curves ? tr("Training") : tr("Learned ranges"));
    setEmptyText(tr("Runs of quantization-aware training show here how they went."));
    setAxisTitle(plot().xAxis, tr("Epoch"));
    setAxisTitle(plot().yAxis,
                 m_mode == Mode::Curves ? tr("Loss") : tr("Width of the range, log₂ of its start"));
    setAxisTitle(plot().yAxis2, tr("Accuracy (%)"));
    m_curves[Steps]->setName(tr("Loss of a step"));
    m_curves[TrainLoss]->setName(tr("Loss, training"));
    m_curves[HeldLoss]->setName(tr("Loss, held back"));
    m_curves[TrainAccuracy]->setName(tr("Accuracy, training"));
    m_curves[HeldAccuracy]->setName(tr("Accuracy, held back"));
}

void TrainingPlot::applyTheme(const PlotTheme &)
{
    refreshColours();
}

void TrainingPlot::refreshColours()
{
    const PlotTheme &colours = theme();
    QColor faint = colours.mutedText;
    faint.setAlpha(70);
    m_curves[Steps]->setPen(QPen(faint, 1));
    m_curves[TrainLoss]->setPen(QPen(colours.blue, 1.5, Qt::DashLine));
    m_curves[HeldLoss]->setPen(QPen(colours.blue, 2));
    m_curves[TrainAccuracy]->setPen(QPen(colours.orange, 1.5, Qt::DashLine));
    m_curves[HeldAccuracy]->setPen(QPen(colours.orange, 2));
    m_best->setPen(QPen(colours.green, 1.5, Qt::DotLine));
    plot().yAxis2->grid()->setVisible(false);
    QColor pale = colours.blue;
    pale.setAlpha(110);
    for (std::size_t i = 0; i < m_ranges.size(); ++i) {
        const bool selected = layerNames()[static_cast<qsizetype>(i)] == selectedLayer();
        m_ranges[i]->setPen(selected ? QPen(colours.highlight, 3) : QPen(pale, 1));
    }
}

void TrainingPlot::updateSelection()
{
    refreshColours();
    plot().replot(QCustomPlot::rpQueuedReplot);
}

const TrainingEpoch *TrainingPlot::epochAt(QPointF position) const
{
    if (isEmpty() || !plot().axisRect()->rect().contains(position.toPoint()))
        return nullptr;
    const long epoch = std::lround(plot().xAxis->pixelToCoord(position.x()));
    for (const TrainingEpoch &one : m_history->epochs) {
        if (one.epoch == epoch)
            return &one;
    }
    return nullptr;
}

QCPGraph *TrainingPlot::rangeAt(QPointF position) const
{
    QCPGraph *nearest = nullptr;
    double least = kGrabPixels;
    for (QCPGraph *graph : m_ranges) {
        const double distance = graph->selectTest(position, false);
        if (distance >= 0 && distance < least) {
            least = distance;
            nearest = graph;
        }
    }
    return nearest;
}

QString TrainingPlot::describe(QPointF position) const
{
    const TrainingEpoch *epoch = epochAt(position);
    if (m_mode == Mode::Ranges) {
        QCPGraph *graph = rangeAt(position);
        const auto it = std::find(m_ranges.begin(), m_ranges.end(), graph);
        if (!graph || it == m_ranges.end())
            return {};
        const QString tensor = layerNames()[it - m_ranges.begin()];
        QString tip = tipTitle(tensor);
        if (epoch) {
            const auto range = epoch->ranges.find(tensor.toStdString());
            if (range != epoch->ranges.end())
                tip += tipLine(tr("Epoch %1").arg(epoch->epoch),
                               tr("%1 … %2").arg(numberText(double(range->second.min)),
                                                 numberText(double(range->second.max))));
        }
        return tip;
    }
    if (!epoch)
        return {};
    const auto percent
        = [](const std::optional<double> &share) { return share ? accuracyText(*share) : unknownText(); };
    QString title = epoch->epoch == 0 ? tr("Before training") : tr("Epoch %1").arg(epoch->epoch);
    if (epoch->epoch == m_history->bestEpoch)
        title = tr("%1 (kept)").arg(title);
    return tipTitle(title)
        + tipLine(tr("Loss, training"), epoch->loss ? numberText(*epoch->loss) : unknownText())
        + tipLine(tr("Loss, held back"), numberText(epoch->validationLoss))
        + tipLine(tr("Accuracy, training"), percent(epoch->accuracy))
        + tipLine(tr("Accuracy, held back"), percent(epoch->validationAccuracy))
        + tipLine(tr("Learning rate"), numberText(epoch->learningRate, 2))
        + tipLine(tr("Time"), durationText(static_cast<std::int64_t>(epoch->seconds + 0.5)));
}

QPointF TrainingPlot::cursorPosition() const
{
    const int index = layerIndex(selectedLayer());
    if (m_mode != Mode::Ranges || index < 0 || index >= static_cast<int>(m_ranges.size()))
        return {};
    const auto points = m_ranges[static_cast<std::size_t>(index)]->data();
    if (points->isEmpty())
        return {};
    const auto last = points->constEnd() - 1;
    return {plot().xAxis->coordToPixel(last->key), plot().yAxis->coordToPixel(last->value)};
}

void TrainingPlot::clicked(QPointF position)
{
    const auto it = std::find(m_ranges.begin(), m_ranges.end(), rangeAt(position));
    if (m_mode == Mode::Ranges && it != m_ranges.end())
        selectByUser(layerNames()[it - m_ranges.begin()]);
}

} // namespace qs
