// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/histogrampanel.h"

#include "core/model/graphview.h"
#include "widgets/models/layerlinks.h"
#include "widgets/panels/setuppanel.h"
#include "widgets/plots/histogramplot.h"

#include <onnx/onnx_pb.h>

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace qs {

namespace {

/// Constant inputs of \a layer with the rank of a weight.
std::vector<std::string> weightsOf(const Model &model, const std::string &layer)
{
    std::vector<std::string> names;
    const auto node = model.graph().findLayer(layer);
    if (!node)
        return names;
    for (const std::string &input : model.graph().node(*node).input())
        if (const onnx::TensorProto *tensor = model.graph().initializer(input);
            tensor && tensor->dims_size() >= 2)
            names.push_back(input);
    return names;
}

Result<std::shared_ptr<const Histogram>> constantHistogram(const Model &model, const std::string &name)
{
    QS_TRY(const std::optional<Tensor> tensor, model.constant(name));
    if (!tensor)
        return Error {ErrorCode::NotFound, name, "not constant"};
    QS_TRY(const Tensor floats, toFloat32(*tensor));
    auto histogram = std::make_shared<Histogram>();
    histogram->add(floats.floats());
    return std::shared_ptr<const Histogram>(std::move(histogram));
}

/// One range that holds those of all channels.
std::optional<Range> hull(const std::vector<Range> &ranges)
{
    if (ranges.empty())
        return std::nullopt;
    Range all = ranges.front();
    for (const Range &range : ranges)
        all = {std::min(all.min, range.min), std::max(all.max, range.max)};
    return all;
}

}

HistogramPanel::HistogramPanel(Workflow &workflow, QWidget *parent)
    : Panel(QStringLiteral("histogram"), parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_plot(new HistogramPlot)
    , m_tensor(new QComboBox)
    , m_logarithmic(new QCheckBox)
    , m_apply(new QPushButton)
    , m_reset(new QPushButton)
{
    m_tensor->setObjectName(QStringLiteral("tensor"));
    m_tensor->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_tensor->setMinimumContentsLength(6); // it grows; the window must fit a small screen
    m_apply->setObjectName(QStringLiteral("applyLimits"));
    m_reset->setObjectName(QStringLiteral("resetLimits"));
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 4, 6, 0);
    bar->addWidget(m_tensor, 1);
    bar->addWidget(m_logarithmic);
    bar->addWidget(m_reset);
    bar->addWidget(m_apply);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_plot, 1);
    m_plot->setLogarithmic(true);
    m_logarithmic->setChecked(true);
    connect(m_tensor, &QComboBox::activated, this, &HistogramPanel::showTensor);
    connect(m_logarithmic, &QCheckBox::toggled, m_plot, &HistogramPlot::setLogarithmic);
    connect(m_plot, &HistogramPlot::logarithmicChanged, m_logarithmic, &QCheckBox::setChecked);
    connect(m_plot, &HistogramPlot::limitsChanged, this, &HistogramPanel::refreshButtons);
    connect(m_apply, &QPushButton::clicked, this, &HistogramPanel::apply);
    connect(m_reset, &QPushButton::clicked, this, &HistogramPanel::removeOverride);
    connect(&workflow, &Workflow::runningChanged, this, &HistogramPanel::refreshButtons);
    connect(&m_session, &Session::recipeChanged, this, &HistogramPanel::refreshButtons);
    connect(&m_session, &Session::modelChanged, this, &HistogramPanel::refreshEntries);
    connect(&m_session, &Session::currentRunChanged, this, &HistogramPanel::refreshEntries);
    connect(&m_session, &Session::selectedLayerChanged, this, &HistogramPanel::refreshEntries);
    retranslate();
}

void HistogramPanel::retranslate()
{
    m_tensor->setToolTip(tr("Which tensor of the selected layer to show"));
    m_logarithmic->setText(tr("Logarithmic"));
    m_logarithmic->setToolTip(tr("Logarithmic counts, to see the tails"));
    m_apply->setText(tr("Apply"));
    m_reset->setText(tr("Automatic"));
    refreshEntries();
}

std::vector<HistogramPanel::Entry> HistogramPanel::entries() const
{
    std::vector<Entry> found;
    const OpenedModelPtr opened = m_session.model();
    const Layer *layer = opened ? findLayer(opened->layers, m_session.selectedLayer()) : nullptr;
    if (!layer)
        return found;
    for (const std::string &output : layer->outputs)
        found.push_back({Kind::Output, output});
    // The values of the two together are those after the activation.
    if (const Layer *activation = fusedActivation(opened->layers, *layer))
        for (const std::string &output : activation->outputs)
            found.push_back({Kind::Activated, output});
    for (const std::string &input : layer->inputs)
        found.push_back({Kind::Input, input});
    for (const std::string &weight : weightsOf(*opened->prepared, layer->name))
        found.push_back({Kind::Weight, weight});
    return found;
}

QString HistogramPanel::entryText(const Entry &entry) const
{
    const QString name = QString::fromStdString(entry.tensor);
    switch (entry.kind) {
    case Kind::Output:
        return tr("Output %1").arg(name);
    case Kind::Activated:
        return tr("After the activation: %1").arg(name); // what differs comes first: the list is narrow
    case Kind::Input:
        return tr("Input %1").arg(name);
    case Kind::Weight:
        return tr("Weight %1").arg(name);
    }
    return name;
}

void HistogramPanel::refreshEntries()
{
    const Entry *shown = current();
    const std::optional<Entry> before = shown ? std::optional(*shown) : std::nullopt;
    m_entries = entries();
    m_tensor->clear();
    // What was shown, else the first one that has something to show.
    int index = 0;
    int best = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Entry &entry = m_entries[i];
        m_tensor->addItem(entryText(entry));
        const bool known = entry.kind == Kind::Weight ? before == entry : histogramOf(entry) != nullptr;
        const int worth = (known ? 2 : 0) + (before == entry ? 1 : 0);
        if (worth > best) {
            best = worth;
            index = static_cast<int>(i);
        }
    }
    m_tensor->setCurrentIndex(m_entries.empty() ? -1 : index);
    m_tensor->setEnabled(!m_entries.empty());
    showTensor();
}

const HistogramPanel::Entry *HistogramPanel::current() const
{
    const int index = m_tensor->currentIndex();
    return index < 0 || index >= static_cast<int>(m_entries.size())
        ? nullptr
        : &m_entries[static_cast<std::size_t>(index)];
}

HistogramContent HistogramPanel::contentFor(const Entry &entry) const
{
    HistogramContent content;
    content.layer = QString::fromStdString(m_session.selectedLayer());
    content.tensor = QString::fromStdString(entry.tensor);
    const Target *target = m_workflow.services().targets.find(m_session.recipe().target);
    if (target)
        content.scheme = entry.kind == Kind::Weight ? target->weight : target->activation;
    if (const RunPtr run = m_session.currentRun()) {
        const auto &tensors = run->quantized->plan.tensors;
        if (const auto it = tensors.find(entry.tensor); it != tensors.end()) {
            content.scheme = it->second.scheme;
            content.limits = hull(it->second.ranges);
        }
    }
    return content;
}

std::shared_ptr<const Histogram> HistogramPanel::histogramOf(const Entry &entry) const
{
    const RunPtr run = m_session.currentRun();
    const StatisticsPtr statistics = run ? run->quantized->statistics : nullptr;
    if (!statistics)
        return nullptr;
    const auto it = statistics->tensors.find(entry.tensor);
    if (it == statistics->tensors.end() || !it->second.histogram)
        return nullptr;
    return {statistics, &*it->second.histogram};
}

void HistogramPanel::showTensor()
{
    const Entry *entry = current();
    if (!entry) {
        m_plot->clear();
    } else if (entry->kind == Kind::Weight) {
        showWeight(*entry);
    } else {
        HistogramContent content = contentFor(*entry);
        content.values = histogramOf(*entry);
        m_plot->setContent(std::move(content)); // without values it says that there are none
    }
    refreshButtons();
}

void HistogramPanel::showWeight(const Entry &entry)
{
    // A run's weights may be in other units than the model's (equalized channels); the plan is in those.
    const RunPtr run = m_session.currentRun();
    const ModelPtr model
        = run && run->quantized->prepared ? run->quantized->prepared : m_session.model()->prepared;
    const auto work = [model, name = entry.tensor](JobContext &) { return constantHistogram(*model, name); };
    m_workflow.services().jobs.start(
        {.title = QS_TR_NOOP("Job", "Weight histogram"), .key = "weight-histogram", .hidden = true}, work,
        this, [this, entry](const Outcome<std::shared_ptr<const Histogram>> &outcome) {
            if (!current() || *current() != entry)
                return; // the user went on
            if (!outcome.isFinished()) {
                m_plot->clear();
                return;
            }
            HistogramContent content = contentFor(entry);
            content.values = outcome.value();
            m_plot->setContent(std::move(content));
            refreshButtons();
        });
}

void HistogramPanel::refreshButtons()
{
    const Entry *entry = current();
    const bool activation = entry && entry->kind != Kind::Weight && !m_plot->isEmpty();
    const auto planned = m_plot->content().limits;
    const bool moved = activation && planned && m_plot->limits() != *planned;
    m_apply->setEnabled(moved && m_workflow.obstacle() == Workflow::Obstacle::None);
    m_reset->setEnabled(entry && m_session.overrideOf(entry->tensor));
    // While they are disabled, what they wait for.
    if (m_apply->isEnabled())
        m_apply->setToolTip(tr("Quantize with these clip limits; the calibration is not repeated"));
    else if (moved)
        m_apply->setToolTip(obstacleText(m_workflow.obstacle()));
    else if (activation && planned)
        m_apply->setToolTip(tr("Drag a clip limit in the plot first"));
    else
        m_apply->setToolTip(tr("Select an activation that a run has quantized"));
    m_reset->setToolTip(m_reset->isEnabled()
                            ? tr("Drop the limits set by hand and let the observer choose again")
                            : tr("The limits of this tensor were not set by hand"));
}

void HistogramPanel::apply()
{
    const Entry *entry = current();
    if (!entry)
        return;
    m_session.setOverride(
        {.tensor = entry->tensor, .range = m_plot->limits(), .observer = {}, .keepFloat = false});
    m_workflow.run();
}

void HistogramPanel::removeOverride()
{
    const Entry *entry = current();
    if (!entry)
        return;
    m_session.setOverride({.tensor = entry->tensor, .range = {}, .observer = {}, .keepFloat = false});
    m_workflow.run();
}

} // namespace qs
