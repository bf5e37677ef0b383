// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/trainingpanel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"
#include "widgets/models/simulationmodel.h"
#include "widgets/panels/tableview.h"
#include "widgets/plots/trainingplot.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace qs {
namespace {

enum View { Curves, Ranges, Simulation };
constexpr int kNameWidth = 320;

} // namespace

TrainingPanel::TrainingPanel(Workflow &workflow, QWidget *parent)
    : Panel(QStringLiteral("training"), parent)
    , m_workflow(workflow)
    , m_view(new QComboBox)
    , m_summary(new QLabel)
    , m_pause(new QPushButton)
    , m_finish(new QPushButton)
    , m_stack(new QStackedWidget)
    , m_plot(new TrainingPlot)
    , m_model(new SimulationModel(this))
    , m_table(makeTable(QStringLiteral("simulationTable")))
{
    auto *sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(m_model);
    sorted->setSortRole(SortRole);
    m_table->setModel(sorted);
    m_table->sortByColumn(SimulationModel::TensorColumn, Qt::AscendingOrder);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_view->setObjectName(QStringLiteral("trainingView"));
    m_pause->setObjectName(QStringLiteral("pauseTraining"));
    m_pause->setCheckable(true);
    m_finish->setObjectName(QStringLiteral("finishTraining"));
    m_summary->setObjectName(QStringLiteral("trainingSummary"));
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_summary->setWordWrap(true);
    m_stack->addWidget(m_plot);
    m_stack->addWidget(m_table);
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 4, 6, 0);
    bar->setSpacing(8);
    bar->addWidget(m_view);
    bar->addWidget(m_summary, 1);
    bar->addWidget(m_pause);
    bar->addWidget(m_finish);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_stack, 1);

    connect(m_view, &QComboBox::activated, this, &TrainingPanel::setView);
    connect(m_pause, &QPushButton::clicked, this,
            [this](bool paused) { m_workflow.services().jobs.setPaused(m_workflow.runJob(), paused); });
    connect(m_finish, &QPushButton::clicked, this, [this] {
        m_workflow.finishTraining();
        m_finish->setEnabled(false);
    });
    connect(&workflow, &Workflow::trainingChanged, this, &TrainingPanel::refresh);
    connect(&workflow.services().session, &Session::currentRunChanged, this, &TrainingPanel::refresh);
    connect(&workflow.services().jobs, &JobRunner::jobChanged, this, &TrainingPanel::refreshButtons);
    retranslate();
}

void TrainingPanel::retranslate()
{
    const int view = std::max(0, m_view->currentIndex());
    m_view->clear();
    m_view->addItems({tr("Loss and accuracy"), tr("Learned ranges"), tr("Simulation and export")});
    m_view->setCurrentIndex(view);
    m_view->setItemData(Simulation,
                        tr("By how much the integers of the exported model differ from those that training "
                           "simulated"),
                        Qt::ToolTipRole);
    m_finish->setText(tr("Finish now"));
    m_finish->setToolTip(tr("End the training and keep its best epoch"));
    m_model->retranslate();
    refresh();
}

void TrainingPanel::setView(int view)
{
    m_stack->setCurrentWidget(view == Simulation ? static_cast<QWidget *>(m_table) : m_plot);
    m_plot->setMode(view == Ranges ? TrainingPlot::Mode::Ranges : TrainingPlot::Mode::Curves);
}

void TrainingPanel::refresh()
{
    TrainingHistoryPtr shown = m_workflow.training();
    if (!shown) {
        const RunPtr run = m_workflow.services().session.currentRun();
        shown = run ? run->quantized->training : nullptr;
    }
    if (shown != m_history) {
        m_history = std::move(shown);
        m_plot->setHistory(m_history);
        m_model->setHistory(m_history);
        fitTableColumns(*m_table, {{SimulationModel::TensorColumn, kNameWidth}});
    }
    showSummary();
    refreshButtons();
}

void TrainingPanel::showSummary()
{
    m_summary->setText(summary());
    m_summary->setToolTip(m_summary->text());
}

void TrainingPanel::refreshButtons()
{
    const bool live = m_workflow.training() != nullptr;
    const JobStatus *job = m_workflow.services().jobs.find(m_workflow.runJob());
    const bool training = live && job && job->progress.stage == "train";
    m_pause->setVisible(live);
    m_finish->setVisible(live);
    m_pause->setEnabled(job && job->state == JobState::Running);
    const bool paused = job && job->paused;
    m_pause->setChecked(paused);
    m_pause->setText(paused ? tr("Continue") : tr("Pause"));
    m_pause->setToolTip(paused ? tr("Go on where the training rests")
                               : tr("Let the training rest; it goes on where it was"));
    if (live)
        showSummary();
    if (!training)
        m_finish->setEnabled(false);
    else if (!m_workflow.isFinishingTraining())
        m_finish->setEnabled(true);
}

QString TrainingPanel::liveText(const TrainingHistory &history) const
{
    const auto done = static_cast<int>(history.epochs.size()) - 1;
    const int now = std::min(done + 1, history.plannedEpochs);
    QString text = tr("Epoch %1 of %2").arg(now).arg(history.plannedEpochs);
    const TrainingEpoch &last = history.epochs.back();
    text += tr(", loss %1").arg(numberText(last.validationLoss, 3));
    if (last.validationAccuracy)
        text += tr(", accuracy %1").arg(TrainingPlot::accuracyText(*last.validationAccuracy));
    const JobStatus *job = m_workflow.services().jobs.find(m_workflow.runJob());
    if (job && job->paused)
        text += tr(", paused");
    else if (job && job->remainingMs && job->progress.stage == "train")
        text += tr(", %1 left").arg(durationText(*job->remainingMs / 1000));
    return text;
}

QString TrainingPanel::resultText(const TrainingHistory &history) const
{
    const TrainingEpoch &first = history.epochs.front();
    const auto best = std::min(static_cast<std::size_t>(history.bestEpoch), history.epochs.size() - 1);
    const TrainingEpoch &kept = history.epochs[best];
    QString text = history.bestEpoch == 0
        ? tr("No epoch was better than none: kept as calibrated")
        : tr("Kept epoch %1 of %2").arg(history.bestEpoch).arg(history.epochs.size() - 1);
    text += tr("; loss %1 → %2").arg(numberText(first.validationLoss, 3), numberText(kept.validationLoss, 3));
    if (first.validationAccuracy && kept.validationAccuracy)
        text += tr(", accuracy %1 → %2")
                    .arg(TrainingPlot::accuracyText(*first.validationAccuracy),
                         TrainingPlot::accuracyText(*kept.validationAccuracy));
    if (history.sameTop1)
        text += tr("; same top-1 as simulated on %1 of samples")
                    .arg(TrainingPlot::accuracyText(*history.sameTop1));
    if (history.exportedTop1 && history.simulatedTop1)
        text += tr("; top-1 %1 exported, %2 simulated")
                    .arg(TrainingPlot::accuracyText(*history.exportedTop1),
                         TrainingPlot::accuracyText(*history.simulatedTop1));
    return text;
}

QString TrainingPanel::summary() const
{
    if (!m_history || m_history->epochs.empty())
        return {};
    return m_workflow.training() ? liveText(*m_history) : resultText(*m_history);
}

} // namespace qs
