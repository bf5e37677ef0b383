// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/rangespanel.h"

#include "widgets/models/layerlinks.h"
#include "widgets/plots/rangeplot.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace qs {

RangesPanel::RangesPanel(Workflow &workflow, QWidget *parent)
    : Panel(QStringLiteral("ranges"), parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_plot(new RangePlot)
    , m_mode(new QComboBox)
    , m_symlog(new QCheckBox)
{
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 4, 6, 0);
    bar->addWidget(m_mode);
    bar->addWidget(m_symlog);
    bar->addStretch();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_plot, 1);
    m_mode->setObjectName(QStringLiteral("rangeMode"));
    m_plot->setSymlog(true);
    m_symlog->setChecked(true);
    connect(m_mode, &QComboBox::activated, this, [this](int index) {
        m_plot->setMode(static_cast<RangePlot::Mode>(index));
        requestChannels();
    });
    connect(m_plot, &RangePlot::modeChanged, this, [this](RangePlot::Mode mode) {
        m_mode->setCurrentIndex(static_cast<int>(mode));
        requestChannels();
    });
    connect(m_symlog, &QCheckBox::toggled, m_plot, &RangePlot::setSymlog);
    connect(m_plot, &RangePlot::symlogChanged, m_symlog, &QCheckBox::setChecked);
    connect(m_plot, &PlotWidget::layerSelected, this,
            [this](const QString &layer) { m_session.selectLayer(layer.toStdString()); });
    connect(m_plot, &PlotWidget::layerActivated, this, &RangesPanel::layerActivated);
    connect(&m_session, &Session::modelChanged, this, &RangesPanel::refresh);
    connect(&m_session, &Session::currentRunChanged, this, &RangesPanel::refresh);
    connect(&m_session, &Session::selectedLayerChanged, this, &RangesPanel::selectionChanged);
    retranslate();
    refresh();
}

void RangesPanel::retranslate()
{
    m_mode->clear();
    m_mode->addItems({tr("Activations by layer"), tr("Weights by channel")});
    m_mode->setCurrentIndex(static_cast<int>(m_plot->mode()));
    m_symlog->setText(tr("Logarithmic"));
    m_symlog->setToolTip(tr("Logarithmic on both sides of zero"));
}

void RangesPanel::refresh()
{
    const OpenedModelPtr opened = m_session.model();
    const RunPtr run = m_session.currentRun();
    if (opened && run && run->quantized->statistics)
        m_plot->setLayers(layerRanges(opened->layers, *run->quantized->statistics, &run->quantized->plan));
    else
        m_plot->setLayers({});
    selectionChanged();
}

void RangesPanel::selectionChanged()
{
    std::string layer = m_session.selectedLayer();
    if (const OpenedModelPtr opened = m_session.model())
        layer = shownLayer(opened->layers, layer,
                           [this](const std::string &name) { return m_plot->hasLayer(name); });
    m_plot->setSelectedLayer(QString::fromStdString(layer));
    requestChannels();
}

void RangesPanel::requestChannels()
{
    const OpenedModelPtr opened = m_session.model();
    const std::string layer = m_session.selectedLayer();
    if (!opened || layer.empty() || m_plot->mode() != RangePlot::Mode::Channels) {
        m_plot->setChannels({}, {});
        return;
    }
    // A run's weights may be in other units than the model's (equalized channels).
    const RunPtr run = m_session.currentRun();
    const ModelPtr model = run && run->quantized->prepared ? run->quantized->prepared : opened->prepared;
    const auto work = [model, layer](JobContext &) { return weightRanges(*model, layer); };
    m_workflow.services().jobs.start(
        {.title = QS_TR_NOOP("Job", "Weight ranges"), .key = "weight-ranges", .hidden = true}, work, this,
        [this, layer](const Outcome<std::vector<Range>> &outcome) {
            // A layer without weights is no failure; the plot says that there are none.
            m_plot->setChannels(QString::fromStdString(layer),
                                outcome.isFinished() ? outcome.value() : std::vector<Range>());
        });
}

} // namespace qs
