// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/driftbars.h"

#include "widgets/models/numbertext.h"
#include "widgets/plots/driftlayers.h"

#include <QActionGroup>
#include <QMenu>

#include <algorithm>
#include <cmath>

namespace qs {

DriftBars::DriftBars(QWidget *parent)
    : PlotWidget(parent)
    , m_marker(new QCPItemRect(&plot()))
    , m_accumulated(new QCPBars(plot().xAxis, plot().yAxis))
    , m_alone(new QCPBars(plot().xAxis, plot().yAxis))
{
    auto *group = new QCPBarsGroup(&plot());
    group->setSpacingType(QCPBarsGroup::stAxisRectRatio);
    group->setSpacing(0);
    for (QCPBars *bars : {m_accumulated, m_alone}) {
        bars->setWidth(0.4);
        bars->setBarsGroup(group);
        bars->setPen(Qt::NoPen);
        bars->addToLegend();
    }
    m_marker->setLayer(QStringLiteral("background"));
    m_marker->setVisible(false);
    useLayerTicks(plot().xAxis);
    addLegendAbove();
    initialize();
}

void DriftBars::setDrift(std::shared_ptr<const Drift> drift)
{
    m_drift = std::move(drift);
    setLayerNames(driftLayerNames(m_drift.get()));
    rebuild();
}

void DriftBars::setMetric(Metric metric)
{
    if (metric == m_metric)
        return;
    m_metric = metric;
    rebuild();
}

double DriftBars::value(const DriftMetrics &metrics) const
{
    switch (m_metric) {
    case Metric::Sqnr:
        return metrics.sqnrDb;
    case Metric::Cosine:
        return 1 - metrics.cosine;
    case Metric::MaxAbs:
        return metrics.maxAbs;
    case Metric::Clipped:
        return metrics.clippedPercent;
    }
    return 0;
}

QString DriftBars::label(Metric metric) const
{
    switch (metric) {
    case Metric::Sqnr:
        return tr("SQNR (dB)");
    case Metric::Cosine:
        return tr("1 − cosine similarity");
    case Metric::MaxAbs:
        return tr("Largest error");
    case Metric::Clipped:
        return tr("Clipped values (%)");
    }
    return {};
}

void DriftBars::rebuild()
{
    const bool empty = !m_drift || m_drift->layers.empty();
    double low = 0;
    double high = 0;
    const auto note = [&](const DriftMetrics &metrics) {
        const double v = value(metrics);
        if (std::isfinite(v)) {
            low = std::min(low, v);
            high = std::max(high, v);
        }
    };
    if (!empty) {
        for (const LayerDrift &layer : m_drift->layers) {
            note(layer.accumulated);
            if (layer.alone)
                note(*layer.alone);
        }
    }
    const double margin = high > low ? (high - low) * 0.06 : 1;
    const double top = high + margin;
    QVector<QCPBarsData> accumulated;
    QVector<QCPBarsData> alone;
    const auto add = [&](QVector<QCPBarsData> &bars, int index, const DriftMetrics &metrics) {
        const double v = value(metrics);
        if (!std::isnan(v)) // equal tensors have an infinite ratio: as high as it goes
            bars.append({static_cast<double>(index), std::isinf(v) ? top : v});
    };
    for (int i = 0; !empty && i < static_cast<int>(m_drift->layers.size()); ++i) {
        const LayerDrift &layer = m_drift->layers[static_cast<std::size_t>(i)];
        add(accumulated, i, layer.accumulated);
        if (layer.alone)
            add(alone, i, *layer.alone);
    }
    m_accumulated->data()->set(accumulated, true);
    m_alone->data()->set(alone, true);
    if (!empty) {
        limitAxis(plot().xAxis, {-0.5, static_cast<double>(m_drift->layers.size()) - 0.5}, 4);
        limitAxis(plot().yAxis, {low < 0 ? low - margin : 0, top}, (top - low) * 1e-4);
    }
    retranslate();
    updateSelection();
    setEmpty(empty);
}

void DriftBars::retranslate()
{
    setTitle(tr("Drift by layer"));
    setEmptyText(tr("Measure the drift of a run to see which layers lose the most."));
    setAxisTitle(plot().xAxis, tr("Layer, in order of execution"));
    setAxisTitle(plot().yAxis, label(m_metric));
    m_accumulated->setName(tr("All layers quantized (accumulated)"));
    m_alone->setName(tr("Only this layer quantized"));
}

void DriftBars::applyTheme(const PlotTheme &theme)
{
    plot().xAxis->grid()->setZeroLinePen(Qt::NoPen);
    m_accumulated->setBrush(theme.blue);
    m_alone->setBrush(theme.orange);
    m_marker->setPen(QPen(theme.highlight, 1));
    QColor fill = theme.highlight;
    fill.setAlpha(45);
    m_marker->setBrush(fill);
}

void DriftBars::updateSelection()
{
    const int index = layerIndex(selectedLayer());
    m_marker->setVisible(index >= 0);
    if (index >= 0)
        placeColumn(*m_marker, index);
}

int DriftBars::indexAt(QPointF position) const
{
    if (isEmpty() || !plot().axisRect()->rect().contains(position.toPoint()))
        return -1;
    const auto index = static_cast<int>(std::lround(plot().xAxis->pixelToCoord(position.x())));
    return index >= 0 && index < layerNames().size() ? index : -1;
}

QString DriftBars::describe(QPointF position) const
{
    const int index = indexAt(position);
    if (index < 0)
        return {};
    const LayerDrift &layer = m_drift->layers[static_cast<std::size_t>(index)];
    const auto metrics = [](const DriftMetrics &m) {
        return tr("SQNR %1, cosine %2, largest error %3, clipped %4")
            .arg(decibelText(m.sqnrDb), fixedText(m.cosine, 5), numberText(m.maxAbs),
                 percentText(m.clippedPercent));
    };
    return tipTitle(QString::fromStdString(layer.name))
        + tipLine(tr("Operator"), QString::fromStdString(layer.op))
        + tipLine(tr("All layers quantized"), metrics(layer.accumulated))
        + tipLine(tr("Only this layer"), layer.alone ? metrics(*layer.alone) : tr("not quantized"));
}

QPointF DriftBars::cursorPosition() const
{
    const int index = layerIndex(selectedLayer());
    return index < 0 ? QPointF()
                     : QPointF(plot().xAxis->coordToPixel(index), plot().axisRect()->center().y());
}

void DriftBars::clicked(QPointF position)
{
    if (const int index = indexAt(position); index >= 0)
        selectByUser(layerNames()[index]);
}

void DriftBars::addActions(QMenu &menu)
{
    auto *group = new QActionGroup(&menu);
    for (const Metric metric : {Metric::Sqnr, Metric::Cosine, Metric::MaxAbs, Metric::Clipped}) {
        QAction *action = menu.addAction(label(metric));
        action->setCheckable(true);
        action->setChecked(metric == m_metric);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, metric] {
            setMetric(metric);
            emit metricChanged(metric);
        });
    }
}

} // namespace qs
