// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The window's file commands, and how it keeps its layout.
#include "app/mainwindow.h"

#include "widgets/dialogs/messagebanner.h"
#include "widgets/panels/modelsection.h"
#include "widgets/panels/panel.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QScreen>
#include <QStyle>
#include <QUrl>

namespace qs {

namespace {

constexpr QSize kPreferredSize {1440, 900};
/// From this width on, the histogram has a place of its own beside the other views.
constexpr int kWideLayout = 1280;

bool isData(const QFileInfo &info)
{
    return info.isDir() || info.suffix().compare(QLatin1String("npy"), Qt::CaseInsensitive) == 0
        || info.suffix().compare(QLatin1String("npz"), Qt::CaseInsensitive) == 0;
}

}

QString MainWindow::folder() const
{
    return m_composition.settings().value(settings::lastFolder);
}

void MainWindow::rememberFolder(const QString &path)
{
    m_composition.settings().setValue(settings::lastFolder, QFileInfo(path).absolutePath());
}

void MainWindow::chooseModel()
{
    const QString path = m_composition.dialogs().openFile(this, tr("Open model"), folder(), modelFilters());
    if (!path.isEmpty())
        openAny(path);
}

void MainWindow::chooseProject()
{
    const QString path
        = m_composition.dialogs().openFile(this, tr("Open project"), folder(), projectFilters());
    if (!path.isEmpty())
        openAny(path);
}

void MainWindow::chooseAddedModel()
{
    const QString path
        = m_composition.dialogs().openFile(this, tr("Add a quantized model"), folder(), modelFilters());
    if (path.isEmpty())
        return;
    rememberFolder(path);
    m_workflow.addModel(path);
}

void MainWindow::openAny(const QString &path)
{
    const QFileInfo info(path);
    if (const QString model = CheckpointWorkflow::checkpointAt(path); !model.isEmpty()) {
        openLanguageModel(model);
        return;
    }
    if (takeText(path))
        return;
    if (info.isDir() && m_checkpoint.checkpoint()) {
        openLanguageModel(path); // says what it lacks; pictures are of no use to a language model
        return;
    }
    if (!isData(info)) {
        rememberFolder(path);
        afterSaving([this, path] { m_workflow.open(path); });
        return;
    }
    // The first data calibrates, the next measures.
    if (m_session.recipe().calibration.path.empty()) {
        Recipe recipe = m_session.recipe();
        recipe.calibration.path = info.absoluteFilePath().toStdString();
        m_session.setRecipe(std::move(recipe));
        m_banner->show(MessageBanner::Kind::Success, tr("Calibration data: %1").arg(info.fileName()));
    } else {
        DataSpec evaluation = m_session.evaluationData();
        evaluation.path = info.absoluteFilePath().toStdString();
        m_session.setEvaluationData(std::move(evaluation));
        m_banner->show(MessageBanner::Kind::Success, tr("Evaluation data: %1").arg(info.fileName()));
    }
}

bool MainWindow::save(bool askPath)
{
    const OpenedModelPtr opened = m_session.model();
    const OpenedCheckpointPtr &language = m_checkpoint.checkpoint();
    if (!opened && !language)
        return false;
    QString path = language ? m_checkpoint.projectPath() : m_session.projectPath();
    if (path.isEmpty() || askPath) {
        const QFileInfo model(
            QString::fromStdString((language ? language->path : opened->model->path()).string()));
        const QString suggestion = path.isEmpty() ? model.absolutePath() + QLatin1Char('/')
                + (model.isDir() ? model.fileName() : model.completeBaseName()) + QStringLiteral(".qsproj")
                                                  : path;
        path = m_composition.dialogs().saveFile(this, tr("Save project"), suggestion, projectFilters());
        if (path.isEmpty())
            return false;
        if (QFileInfo(path).suffix().isEmpty())
            path += QStringLiteral(".qsproj");
        rememberFolder(path);
    }
    if (language)
        m_checkpoints.saveProject(path);
    else
        m_workflow.saveProject(path);
    return true;
}

void MainWindow::chooseExport()
{
    const OpenedModelPtr opened = m_session.model();
    if (!opened || !m_session.currentRun())
        return;
    const QFileInfo model(QString::fromStdString(opened->model->path().string()));
    const QString start = folder().isEmpty() ? model.absolutePath() : folder();
    QString path = m_composition.dialogs().saveFile(
        this, tr("Export the quantized model"),
        start + QLatin1Char('/') + model.completeBaseName() + QStringLiteral("_int8.onnx"), modelFilters());
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += QStringLiteral(".onnx");
    rememberFolder(path);
    m_workflow.exportModel(path);
}

void MainWindow::chooseReportFolder()
{
    const QString path = m_composition.dialogs().chooseFolder(this, tr("Folder for the report"), folder());
    if (!path.isEmpty())
        m_workflow.exportReport(path);
}

void MainWindow::closeModel()
{
    afterSaving([this] {
        m_session.clear();
        m_checkpoint.close();
    });
}

bool MainWindow::hasUnsavedRuns() const
{
    return (m_session.isModified() && !m_session.runs().empty()) || m_checkpoint.isModified();
}

void MainWindow::afterSaving(std::function<void()> next)
{
    if (!hasUnsavedRuns()) {
        next();
        return;
    }
    const QString project = m_checkpoint.checkpoint() ? m_checkpoint.projectPath() : m_session.projectPath();
    const QString document = !project.isEmpty() ? QFileInfo(project).fileName()
        : m_checkpoint.checkpoint()
        ? QString::fromStdString(m_checkpoint.checkpoint()->name())
        : QString::fromStdString(m_session.model()->model->path().filename().string());
    switch (m_composition.dialogs().askToSave(this, document)) {
    case DialogService::SaveAnswer::Save:
        if (save(false))
            m_afterSave = std::move(next);
        return;
    case DialogService::SaveAnswer::Discard:
        m_session.setModified(false);
        m_checkpoint.setModified(false);
        next();
        return;
    case DialogService::SaveAnswer::Cancel:
        return;
    }
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (hasUnsavedRuns()) {
        event->ignore();
        // Later: Qt takes no close() from within one, and discarding answers at once.
        afterSaving([this] { QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection); });
        return;
    }
    saveLayout();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    const bool wanted = std::any_of(urls.begin(), urls.end(), [this](const QUrl &url) {
        const QFileInfo info(url.toLocalFile());
        const QString suffix = info.suffix().toLower();
        return isData(info) || suffix == QLatin1String("onnx") || suffix == QLatin1String("qsproj")
            || !CheckpointWorkflow::checkpointAt(url.toLocalFile()).isEmpty()
            || (m_checkpoint.checkpoint() && suffix == QLatin1String("txt"));
    });
    if (wanted)
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    event->acceptProposedAction();
    for (const QUrl &url : event->mimeData()->urls())
        if (url.isLocalFile())
            openAny(url.toLocalFile());
}

void MainWindow::showPanel(const QString &id)
{
    for (const auto &[panel, dock] : m_docks) {
        if (panel->objectName() == id) {
            dock->show();
            dock->raise();
        }
    }
}

void MainWindow::resetLayout()
{
    QDockWidget *setup = nullptr;
    QDockWidget *histogram = nullptr;
    QDockWidget *first = nullptr;
    std::vector<QDockWidget *> others;
    for (const auto &[panel, dock] : m_docks)
        removeDockWidget(dock);
    for (const auto &[panel, dock] : m_docks) {
        dock->setFloating(false);
        dock->show();
        if (panel->objectName() == QLatin1String("setup")) {
            addDockWidget(Qt::LeftDockWidgetArea, dock);
            setup = dock;
        } else if (panel->objectName() == QLatin1String("histogram")) {
            histogram = dock;
        } else if (first) {
            others.push_back(dock);
        } else {
            addDockWidget(Qt::BottomDockWidgetArea, dock);
            first = dock;
        }
    }
    const bool wide = width() >= kWideLayout;
    // Beside the first one while it stands alone: what is split from tabs becomes one more tab.
    if (wide)
        splitDockWidget(first, histogram, Qt::Horizontal);
    for (QDockWidget *dock : others)
        tabifyDockWidget(first, dock);
    if (!wide)
        tabifyDockWidget(first, histogram);
    first->raise();
    const int left = wide ? 340 : 290;
    resizeDocks({setup}, {left}, Qt::Horizontal);
    resizeDocks({first}, {height() * 42 / 100}, Qt::Vertical);
    if (wide)
        resizeDocks({first, histogram}, {(width() - left) * 62 / 100, (width() - left) * 38 / 100},
                    Qt::Horizontal);
    if (!m_otherLayout.isEmpty())
        hideOtherDocks();
}

void MainWindow::restoreLayout()
{
    const Settings &settings = m_composition.settings();
    // The frame comes on top of what resize() sets.
    const QSize frame(0, style()->pixelMetric(QStyle::PM_TitleBarHeight));
    const QSize available = QGuiApplication::primaryScreen()->availableSize() - frame;
    resize(kPreferredSize.boundedTo(available));
    restoreGeometry(settings.value(settings::geometry));
    resetLayout();
    restoreState(settings.value(settings::layout), kLayoutVersion);
}

void MainWindow::saveLayout()
{
    Settings &settings = m_composition.settings();
    settings.setValue(settings::geometry, saveGeometry());
    settings.setValue(settings::layout, m_otherLayout.isEmpty() ? saveState(kLayoutVersion) : m_otherLayout);
}

} // namespace qs
