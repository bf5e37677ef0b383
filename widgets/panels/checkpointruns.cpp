// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/checkpointruns.h"

#include "widgets/dialogs/dialogservice.h"
#include "widgets/models/checkpointrunmodel.h"
#include "widgets/panels/tableview.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <QTableView>

namespace qs {
namespace {

constexpr int kWidestName = 240;
constexpr int kWidestType = 220;

} // namespace

CheckpointRuns::CheckpointRuns(CheckpointWorkflow &workflow, DialogService &dialogs, QWidget *parent)
    : QWidget(parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_dialogs(dialogs)
    , m_model(new CheckpointRunModel(this))
    , m_sorter(new CheckpointRunSorter(this))
    , m_table(makeTable(QStringLiteral("checkpointTable")))
    , m_title(new QLabel)
    , m_measure(new QPushButton)
    , m_add(new QPushButton)
    , m_remove(new QPushButton)
{
    m_sorter->setSourceModel(m_model);
    m_table->setModel(m_sorter);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // as they were made
    m_measure->setObjectName(QStringLiteral("measureRuns"));
    m_add->setObjectName(QStringLiteral("addCheckpoint"));
    m_remove->setObjectName(QStringLiteral("removeRun"));
    auto *menu = new QMenu(m_add);
    m_addFile = menu->addAction(QString(), this, &CheckpointRuns::addFile);
    m_addFolder = menu->addAction(QString(), this, &CheckpointRuns::addFolder);
    m_add->setMenu(menu);
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 4, 8, 4);
    bar->addWidget(m_title, 1);
    for (QPushButton *button : {m_measure, m_add, m_remove}) {
        button->setAutoDefault(false);
        bar->addWidget(button);
    }
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_table, 1);

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                const CheckpointRunPtr run = m_model->runAt(m_sorter->mapToSource(index).row());
                if (!m_selecting && run)
                    m_session.setCurrentRun(run->id);
            });
    connect(m_measure, &QPushButton::clicked, &workflow, &CheckpointWorkflow::measure);
    connect(m_remove, &QPushButton::clicked, this, &CheckpointRuns::removeCurrent);
    connect(new QShortcut(QKeySequence::Delete, m_table, nullptr, nullptr, Qt::WidgetShortcut),
            &QShortcut::activated, this, &CheckpointRuns::removeCurrent);
    connect(&m_session, &CheckpointSession::runsChanged, this, &CheckpointRuns::refreshRuns);
    connect(&m_session, &CheckpointSession::currentRunChanged, this, &CheckpointRuns::showCurrent);
    connect(&m_session, &CheckpointSession::recipeChanged, this, &CheckpointRuns::refreshButtons);
    connect(&workflow, &CheckpointWorkflow::runningChanged, this, &CheckpointRuns::refreshButtons);
    retranslate();
    refreshRuns();
}

void CheckpointRuns::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void CheckpointRuns::retranslate()
{
    m_title->setText(tr("Runs"));
    m_measure->setText(tr("&Measure"));
    m_measure->setToolTip(
        tr("Measure all runs on the evaluation text that were not measured on as many windows of it yet"));
    m_add->setText(tr("&Add"));
    m_add->setToolTip(tr("Compare a checkpoint of the same model that any tool has quantized"));
    m_addFile->setText(tr("GGUF file…"));
    m_addFolder->setText(tr("Folder…"));
    m_remove->setText(tr("Remove"));
    m_remove->setToolTip(tr("Take the selected run off the table; its files stay (Del)"));
    m_model->retranslate();
    refreshButtons();
}

void CheckpointRuns::refreshRuns()
{
    m_selecting = true;
    m_model->setRuns(m_session.runs());
    m_selecting = false;
    fitTableColumns(
        *m_table,
        {{CheckpointRunModel::NameColumn, kWidestName}, {CheckpointRunModel::TypeColumn, kWidestType}});
    showCurrent();
}

void CheckpointRuns::showCurrent()
{
    const CheckpointRunPtr run = m_session.currentRun();
    m_selecting = true;
    const QModelIndex index = m_sorter->mapFromSource(m_model->index(run ? m_model->rowOf(run->id) : -1, 0));
    if (index.isValid())
        m_table->selectRow(index.row());
    else
        m_table->clearSelection();
    m_selecting = false;
    refreshButtons();
}

void CheckpointRuns::refreshButtons()
{
    const CheckpointRunPtr run = m_session.currentRun();
    m_measure->setEnabled(m_workflow.canMeasure());
    m_add->setEnabled(m_session.checkpoint() && !m_workflow.isRunning());
    m_remove->setEnabled(run && run->id != 0 && !m_workflow.isRunning());
}

void CheckpointRuns::addFile()
{
    add(m_dialogs.openFile(window(), tr("Add a GGUF file"),
                           m_workflow.services().settings.value(settings::lastFolder),
                           {QStringLiteral("%1 (*.gguf)").arg(tr("GGUF files"))}));
}

void CheckpointRuns::addFolder()
{
    add(m_dialogs.chooseFolder(window(), tr("Add a quantized folder"),
                               m_workflow.services().settings.value(settings::lastFolder)));
}

void CheckpointRuns::add(const QString &path)
{
    if (!path.isEmpty())
        m_workflow.addCheckpoint(path);
}

void CheckpointRuns::removeCurrent()
{
    const CheckpointRunPtr run = m_session.currentRun();
    if (run && m_remove->isEnabled())
        m_session.removeRun(run->id);
}

} // namespace qs
