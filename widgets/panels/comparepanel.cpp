// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/comparepanel.h"

#include "core/model/graphview.h"
#include "widgets/dialogs/dialogservice.h"
#include "widgets/models/changedsamplesmodel.h"
#include "widgets/models/runmodel.h"
#include "widgets/panels/tableview.h"
#include "widgets/plots/paretoplot.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace qs {

namespace {
constexpr int kWidestName = 220;
constexpr int kWidestSample = 240;
constexpr QSize kPicture {ChangedSamplesModel::kThumbnailSize.width() / 2,
                          ChangedSamplesModel::kThumbnailSize.height() / 2};

/// Pictures as high as a row: at their own size, as they are drawn otherwise, they would be cut off.
class PictureDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->features |= QStyleOptionViewItem::HasDecoration; // its room, until it is loaded
        option->decorationSize = kPicture;
    }
};

}

ComparePanel::ComparePanel(Workflow &workflow, DialogService &dialogs, QWidget *parent)
    : Panel(QStringLiteral("compare"), parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_dialogs(dialogs)
    , m_runs(new RunModel(this))
    , m_table(makeTable(QStringLiteral("runTable")))
    , m_tabs(new QTabWidget)
    , m_cost(new QComboBox)
    , m_quality(new QComboBox)
    , m_pareto(new ParetoPlot)
    , m_samples(new ChangedSamplesModel(this))
    , m_sampleTable(makeTable(QStringLiteral("sampleTable")))
{
    m_table->setSortingEnabled(false); // the row says which run it is
    m_table->setModel(m_runs);
    // Figures first, or they would be out of sight; a run's name says how it was made.
    QHeaderView *header = m_table->horizontalHeader();
    for (const int column : {RunModel::StrategyColumn, RunModel::TargetColumn})
        header->moveSection(header->visualIndex(column), RunModel::ColumnCount - 1);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_sampleTable->setSortingEnabled(false);
    m_sampleTable->setModel(m_samples);
    m_sampleTable->setItemDelegateForColumn(ChangedSamplesModel::SampleColumn,
                                            new PictureDelegate(m_sampleTable));
    m_sampleTable->verticalHeader()->setDefaultSectionSize(kPicture.height() + 4);
    connect(m_samples, &QAbstractItemModel::modelReset, this, [this] {
        fitTableColumns(*m_sampleTable, {{ChangedSamplesModel::SampleColumn, kWidestSample}});
    });

    m_tabs->setDocumentMode(true);
    m_tabs->addTab(makeParetoPage(), QString());
    m_tabs->addTab(m_sampleTable, QString());
    auto *splitter = new QSplitter;
    splitter->setObjectName(QStringLiteral("compareSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(m_tabs);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({600, 400}); // shares, or the plot's size hint would take most of it
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                if (!m_selecting && index.row() > 0)
                    m_session.setCurrentRun(index.row() - 1);
            });
    connect(m_table, &QTableView::customContextMenuRequested, this, [this](const QPoint &position) {
        QMenu menu;
        fillMenu(menu);
        if (!menu.isEmpty())
            menu.exec(m_table->viewport()->mapToGlobal(position));
    });
    connect(m_pareto, &ParetoPlot::runSelected, this, [this](int run) {
        if (run >= 0)
            m_session.setCurrentRun(run);
    });
    for (const auto signal : {&Session::runAdded, &Session::runReplaced, &Session::runRemoved})
        connect(&m_session, signal, this, &ComparePanel::refreshRuns);
    connect(&m_session, &Session::runsReset, this, &ComparePanel::refreshRuns);
    connect(&m_session, &Session::currentRunChanged, this, &ComparePanel::showCurrent);
    retranslate();
    refreshRuns();
}

QWidget *ComparePanel::makeParetoPage()
{
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 4, 6, 0);
    bar->addWidget(m_quality);
    bar->addWidget(m_cost);
    bar->addStretch();
    auto *page = new QWidget;
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_pareto, 1);
    connect(m_cost, &QComboBox::activated, this,
            [this](int index) { m_pareto->setCost(static_cast<ParetoCost>(index)); });
    connect(m_quality, &QComboBox::activated, this,
            [this](int index) { m_pareto->setQuality(static_cast<ParetoQuality>(index)); });
    connect(m_pareto, &ParetoPlot::axesChanged, this, [this] {
        m_cost->setCurrentIndex(static_cast<int>(m_pareto->cost()));
        m_quality->setCurrentIndex(static_cast<int>(m_pareto->quality()));
    });
    return page;
}

void ComparePanel::retranslate()
{
    m_tabs->setTabText(0, tr("Trade-off"));
    m_tabs->setTabText(1, tr("Changed predictions"));
    m_cost->clear();
    m_cost->addItems({tr("by size"), tr("by latency")});
    m_cost->setCurrentIndex(static_cast<int>(m_pareto->cost()));
    m_quality->clear();
    m_quality->addItems({tr("Top-1 accuracy"), tr("Agreement"), tr("Output SQNR")});
    m_quality->setCurrentIndex(static_cast<int>(m_pareto->quality()));
    m_runs->retranslate();
    m_samples->retranslate();
}

void ComparePanel::refreshRuns()
{
    m_selecting = true;
    m_runs->setRuns(m_session.runs());
    m_selecting = false;
    m_pareto->setRuns(m_session.runs());
    m_pareto->setQuality(bestQuality(m_session.runs()));
    m_quality->setCurrentIndex(static_cast<int>(m_pareto->quality()));
    fitTableColumns(*m_table, {{RunModel::NameColumn, kWidestName}});
    showCurrent();
}

void ComparePanel::showCurrent()
{
    const int run = m_session.currentRunIndex();
    m_selecting = true;
    if (run >= 0)
        m_table->selectRow(run + 1);
    else
        m_table->clearSelection();
    m_selecting = false;
    m_pareto->setSelectedRun(run);
    refreshSamples();
}

void ComparePanel::refreshSamples()
{
    const RunPtr run = m_session.currentRun();
    const OpenedModelPtr opened = m_session.model();
    const auto evaluation = run ? run->evaluation : nullptr;
    m_samples->setContent(evaluation, nullptr);
    if (!evaluation || !opened)
        return;
    DataSpec spec = m_session.evaluationData();
    if (spec.path.empty())
        spec = run->quantized->recipe.calibration;
    spec.preprocessing = run->quantized->recipe.calibration.preprocessing;
    const auto work = [spec, model = opened->model](JobContext &job) {
        return openDataset(spec, model->graph().inputs(), job);
    };
    m_workflow.services().jobs.start(
        {.title = QS_TR_NOOP("Job", "Thumbnails"), .key = "changed-samples", .hidden = true}, work, this,
        [this, evaluation](const Outcome<DatasetPtr> &outcome) {
            // Without the pictures the table still says which samples changed.
            if (outcome.isFinished())
                m_samples->setContent(evaluation, outcome.value());
        });
}

void ComparePanel::fillMenu(QMenu &menu)
{
    const int run = m_session.currentRunIndex();
    if (run < 0)
        return;
    connect(menu.addAction(tr("Rename…")), &QAction::triggered, this, &ComparePanel::rename);
    QAction *use = menu.addAction(tr("Use its settings"));
    use->setEnabled(
        !m_session.currentRun()->quantized->recipe.strategy.empty()); // not known of other tools' files
    connect(use, &QAction::triggered, this, [this] {
        if (const RunPtr current = m_session.currentRun())
            m_session.setRecipe(current->quantized->recipe);
    });
    QAction *remove = menu.addAction(tr("Remove"));
    remove->setEnabled(!m_workflow.isRunning());
    connect(remove, &QAction::triggered, this, [this, run] { m_session.removeRun(run); });
}

void ComparePanel::rename()
{
    const RunPtr run = m_session.currentRun();
    if (!run)
        return;
    const QString name
        = m_dialogs.askText(window(), tr("Rename the run"), tr("Name"), QString::fromStdString(run->name));
    m_session.renameRun(m_session.currentRunIndex(), name.toStdString());
}

} // namespace qs
