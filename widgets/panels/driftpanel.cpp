// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/driftpanel.h"

#include "widgets/models/layerlinks.h"
#include "widgets/plots/driftbars.h"
#include "widgets/plots/driftheatmap.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace qs {

namespace {

/// Sets the texts of \a combo and keeps its choice where it still exists.
void fill(QComboBox &combo, const QStringList &texts)
{
    const QSignalBlocker blocker(combo);
    const int current = std::clamp(combo.currentIndex(), 0, static_cast<int>(texts.size()) - 1);
    combo.clear();
    combo.addItems(texts);
    combo.setCurrentIndex(current);
}

}

DriftPanel::DriftPanel(Session &session, QWidget *parent)
    : Panel(QStringLiteral("drift"), parent)
    , m_session(session)
    , m_view(new QComboBox)
    , m_metric(new QComboBox)
    , m_variant(new QComboBox)
    , m_colors(new QComboBox)
    , m_stack(new QStackedWidget)
    , m_heatmap(new DriftHeatmap)
    , m_bars(new DriftBars)
{
    m_view->setObjectName(QStringLiteral("driftView"));
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 4, 6, 0);
    for (QComboBox *combo : {m_view, m_metric, m_variant, m_colors}) {
        combo->setMinimumContentsLength(6);
        combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        combo->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
        bar->addWidget(combo);
    }
    bar->addStretch();
    m_stack->addWidget(m_heatmap);
    m_stack->addWidget(m_bars);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_stack, 1);

    connect(m_view, &QComboBox::activated, this, &DriftPanel::viewChosen);
    connect(m_metric, &QComboBox::activated, this, &DriftPanel::viewChosen);
    connect(m_variant, &QComboBox::activated, this, &DriftPanel::viewChosen);
    connect(m_colors, &QComboBox::activated, this, [this](int index) {
        m_heatmap->setColorMap(index == 0 ? ColorMap::Viridis : ColorMap::Cividis);
    });
    connect(m_heatmap, &DriftHeatmap::viewChanged, this, &DriftPanel::showHeatmapView);
    connect(m_bars, &DriftBars::metricChanged, this,
            [this](DriftBars::Metric metric) { m_metric->setCurrentIndex(static_cast<int>(metric)); });
    connect(m_heatmap, &DriftHeatmap::cellActivated, this, &DriftPanel::layerActivated);
    connect(m_bars, &PlotWidget::layerActivated, this, &DriftPanel::layerActivated);
    const auto select = [this](const QString &layer) { m_session.selectLayer(layer.toStdString()); };
    for (PlotWidget *plot : {static_cast<PlotWidget *>(m_heatmap), static_cast<PlotWidget *>(m_bars)}) {
        connect(plot, &PlotWidget::layerSelected, this, select);
    }
    connect(&session, &Session::selectedLayerChanged, this, &DriftPanel::showSelection);
    connect(&session, &Session::currentRunChanged, this, &DriftPanel::refresh);
    retranslate();
    refresh();
}

void DriftPanel::retranslate()
{
    fill(*m_view, {tr("Layers × samples"), tr("Layers × channels"), tr("Bar chart")});
    m_view->setToolTip(tr("What to compare the layers by"));
    fill(*m_variant, {tr("Accumulated"), tr("Layer alone")});
    m_variant->setToolTip(
        tr("Accumulated: the whole model is quantized. Layer alone: only this layer is, so that its "
           "own share shows"));
    fill(*m_colors, {tr("Viridis"), tr("Cividis")});
    m_colors->setToolTip(tr("Colour map; both can be read by colour-blind people and in grey"));
    fillMetrics();
}

void DriftPanel::fillMetrics()
{
    if (m_view->currentIndex() == BarsView)
        fill(*m_metric, {tr("SQNR"), tr("Cosine"), tr("Largest error"), tr("Clipped")});
    else
        fill(*m_metric, {tr("SQNR"), tr("Largest error")});
    m_metric->setToolTip(tr("SQNR: signal-to-quantization-noise ratio, more is better"));
    const bool samples = m_view->currentIndex() == SamplesView;
    m_metric->setVisible(!samples); // samples have SQNR only
    m_variant->setVisible(samples);
    m_colors->setVisible(m_view->currentIndex() != BarsView);
}

void DriftPanel::refresh()
{
    const RunPtr run = m_session.currentRun();
    const std::shared_ptr<const Drift> drift = run ? run->drift : nullptr;
    m_heatmap->setDrift(drift);
    m_bars->setDrift(drift);
    showSelection();
}

void DriftPanel::showSelection()
{
    std::string layer = m_session.selectedLayer();
    if (const OpenedModelPtr opened = m_session.model())
        layer = shownLayer(opened->layers, layer,
                           [this](const std::string &name) { return m_heatmap->hasLayer(name); });
    m_heatmap->setSelectedLayer(QString::fromStdString(layer));
    m_bars->setSelectedLayer(QString::fromStdString(layer));
}

void DriftPanel::viewChosen()
{
    fillMetrics();
    const int view = m_view->currentIndex();
    m_stack->setCurrentWidget(view == BarsView ? static_cast<QWidget *>(m_bars) : m_heatmap);
    if (view == BarsView) {
        m_bars->setMetric(static_cast<DriftBars::Metric>(m_metric->currentIndex()));
        return;
    }
    m_heatmap->setView(view == SamplesView ? DriftHeatmap::Mode::Samples : DriftHeatmap::Mode::Channels,
                       view == ChannelsView && m_metric->currentIndex() == 1 ? DriftHeatmap::Metric::MaxAbs
                                                                             : DriftHeatmap::Metric::Sqnr,
                       view == SamplesView && m_variant->currentIndex() == 1
                           ? DriftHeatmap::Variant::Alone
                           : DriftHeatmap::Variant::Accumulated);
}

void DriftPanel::showHeatmapView()
{
    m_view->setCurrentIndex(m_heatmap->mode() == DriftHeatmap::Mode::Samples ? SamplesView : ChannelsView);
    fillMetrics();
    m_metric->setCurrentIndex(m_heatmap->metric() == DriftHeatmap::Metric::MaxAbs ? 1 : 0);
    m_variant->setCurrentIndex(m_heatmap->variant() == DriftHeatmap::Variant::Alone ? 1 : 0);
}

} // namespace qs
