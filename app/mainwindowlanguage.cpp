// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does for language models.
#include "app/mainwindow.h"

#include "widgets/dialogs/messagebanner.h"
#include "widgets/models/errortext.h"
#include "widgets/panels/setuppanel.h"
#include "widgets/panels/weightspanel.h"
#include "widgets/panels/welcomepanel.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QStackedWidget>

namespace qs {

void MainWindow::connectCheckpoint()
{
    connect(m_actions.openLanguageModel, &QAction::triggered, this, &MainWindow::chooseLanguageModel);
    connect(m_actions.openLanguageFolder, &QAction::triggered, this, &MainWindow::chooseLanguageFolder);
    connect(m_weights, &WeightsPanel::openRequested, this, &MainWindow::chooseLanguageModel);
    connect(m_welcome, &WelcomePanel::openLanguageModelRequested, this, &MainWindow::chooseLanguageModel);
    connect(&m_checkpoints, &CheckpointWorkflow::openingChanged, m_welcome, &WelcomePanel::setBusy);
    connect(&m_checkpoints, &CheckpointWorkflow::failed, this, [this](const Error &error) {
        m_afterSave = nullptr;
        m_banner->show(MessageBanner::Kind::Error, errorText(error));
    });
    connect(&m_checkpoints, &CheckpointWorkflow::saved, this, [this](const QString &path) {
        m_banner->show(MessageBanner::Kind::Success, tr("Saved %1").arg(QFileInfo(path).fileName()));
        if (const auto next = std::exchange(m_afterSave, nullptr))
            next();
    });
    connect(&m_checkpoint, &CheckpointSession::projectPathChanged, this, &MainWindow::refreshTitle);
    connect(&m_checkpoint, &CheckpointSession::modifiedChanged, this, &QWidget::setWindowModified);
    connect(&m_checkpoints, &CheckpointWorkflow::runningChanged, this, [this](bool running) {
        if (running)
            m_banner->dismiss();
        refreshActions();
    });
    connect(&m_checkpoint, &CheckpointSession::recipeChanged, this, &MainWindow::refreshActions);
    connect(&m_checkpoint, &CheckpointSession::checkpointChanged, this, [this] {
        // One model at a time: the new one takes the other's place.
        if (m_checkpoint.checkpoint())
            m_session.clear();
        m_banner->dismiss();
        setLanguageLayout(m_checkpoint.checkpoint() != nullptr);
        if (m_checkpoint.checkpoint())
            showPanel(m_weights->objectName()); // it may have been closed
        refreshActions();
        refreshTitle();
    });
    connect(&m_session, &Session::modelChanged, this, [this] {
        if (m_session.model())
            m_checkpoint.close();
    });
}

void MainWindow::refreshCheckpoint()
{
    const bool running = m_checkpoints.isRunning();
    const QString written = tr("A run of a language model writes its file by itself.");
    enable(*m_actions.save, true, {});
    enable(*m_actions.saveAs, true, {});
    for (QAction *action : {m_actions.exportModel, m_actions.exportReport})
        enable(*action, false, written);
    enable(*m_actions.addModel, false, tr("Use Add in the panel Weights."));
    m_actions.close->setEnabled(true);
    enable(*m_actions.run, m_checkpoints.obstacle() == CheckpointWorkflow::Obstacle::None,
           running ? obstacleText(Workflow::Obstacle::Running)
                   : tr("This strategy needs a calibration text."));
    enable(*m_actions.cancel, running, tr("Nothing runs."));
}

void MainWindow::setLanguageLayout(bool on)
{
    if (on == !m_otherLayout.isEmpty())
        return;
    if (on) {
        m_otherLayout = saveState(kLayoutVersion);
        hideOtherDocks();
    } else {
        m_central->show();
        centralWidget()->setMinimumSize(320, 160);
        restoreState(std::exchange(m_otherLayout, QByteArray()), kLayoutVersion);
    }
}

void MainWindow::hideOtherDocks()
{
    m_central->hide();
    centralWidget()->setMinimumSize(0, 0);
    for (const auto &[panel, dock] : m_docks)
        dock->setVisible(panel == m_weights);
    for (const auto &[panel, dock] : m_docks)
        if (panel == m_weights)
            resizeDocks({dock}, {height()}, Qt::Vertical);
}

void MainWindow::chooseLanguageModel()
{
    const QString path = m_composition.dialogs().openFile(
        this, tr("Open language model"), folder(),
        {QStringLiteral("%1 (*.gguf config.json)").arg(tr("Language models")),
         QCoreApplication::translate("Filters", "All files (*)")});
    if (path.isEmpty())
        return;
    const QString model = CheckpointWorkflow::checkpointAt(path);
    openLanguageModel(model.isEmpty() ? path : model);
}

void MainWindow::chooseLanguageFolder()
{
    const QString path
        = m_composition.dialogs().chooseFolder(this, tr("Open language model folder"), folder());
    if (!path.isEmpty())
        openLanguageModel(path);
}

void MainWindow::openLanguageModel(const QString &path)
{
    rememberFolder(path);
    afterSaving([this, path] { m_checkpoints.open(path); });
}

bool MainWindow::takeText(const QString &path)
{
    const QFileInfo info(path);
    if (!m_checkpoint.checkpoint() || info.suffix().compare(QLatin1String("txt"), Qt::CaseInsensitive) != 0)
        return false;
    CheckpointRecipe recipe = m_checkpoint.recipe();
    const bool calibrates = recipe.calibration.empty(); // the first text calibrates, the next measures
    (calibrates ? recipe.calibration : recipe.evaluation) = info.absoluteFilePath().toStdString();
    m_checkpoint.setRecipe(std::move(recipe));
    m_banner->show(
        MessageBanner::Kind::Success,
        (calibrates ? tr("Calibration text: %1") : tr("Evaluation text: %1")).arg(info.fileName()));
    return true;
}

} // namespace qs
