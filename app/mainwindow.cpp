// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mainwindow.h"

#include "app/icons.h"
#include "app/statusline.h"
#include "widgets/controls/theme.h"
#include "widgets/dialogs/messagebanner.h"
#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"
#include "widgets/panels/comparepanel.h"
#include "widgets/panels/driftpanel.h"
#include "widgets/panels/findingspanel.h"
#include "widgets/panels/histogrampanel.h"
#include "widgets/panels/jobspanel.h"
#include "widgets/panels/layerspanel.h"
#include "widgets/panels/modelsection.h"
#include "widgets/panels/rangespanel.h"
#include "widgets/panels/setuppanel.h"
#include "widgets/panels/trainingpanel.h"
#include "widgets/panels/weightspanel.h"
#include "widgets/panels/welcomepanel.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDesktopServices>
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>
#include <QMenuBar>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QToolBar>
#include <QUrl>
#include <QVBoxLayout>

namespace qs {

namespace {

ThemeKind themeKind(const QString &value)
{
    if (value == QLatin1String("light"))
        return ThemeKind::Light;
    return value == QLatin1String("dark") ? ThemeKind::Dark : ThemeKind::System;
}

/// Takes the base line off the tab bars of docks, whenever Qt makes one: bars that a new layout has left over
/// are hidden only in so far as they have no tabs, and go on drawing the line where they were.
class BaseLineRemover : public QObject
{
public:
    using QObject::QObject;
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::ChildPolished)
            if (auto *bar = qobject_cast<QTabBar *>(static_cast<QChildEvent *>(event)->child()))
                bar->setDrawBase(false);
        return false;
    }
};

/// Says what the button of Qt's called \a name in \a dock does; Qt names it once, in the first language.
void explain(const QDockWidget &dock, const QString &name, const QString &help)
{
    if (auto *button = dock.findChild<QAbstractButton *>(name)) {
        button->setToolTip(help);
        button->setAccessibleName(help);
    }
}

}

MainWindow::MainWindow(QApplication &application, Composition &composition, QWidget *parent)
    : QMainWindow(parent)
    , m_application(application)
    , m_composition(composition)
    , m_session(composition.session())
    , m_workflow(composition.workflow())
    , m_checkpoint(composition.checkpoint())
    , m_checkpoints(composition.checkpointWorkflow())
    , m_language(application)
    , m_actions(this)
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(QIcon(QStringLiteral(":/icons/quantstudio.svg")));
    setAcceptDrops(true);
    installEventFilter(new BaseLineRemover(this));
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);

    Settings &settings = composition.settings();
    m_language.set(settings.value(settings::language));
    applyTheme(application, themeKind(settings.value(settings::theme)));
    makeCentral();
    addDock(new SetupPanel(m_workflow, composition.dialogs()), Qt::LeftDockWidgetArea);
    auto *drift = addDock(new DriftPanel(m_session), Qt::BottomDockWidgetArea);
    auto *ranges = addDock(new RangesPanel(m_workflow), Qt::BottomDockWidgetArea);
    addDock(new ComparePanel(m_workflow, composition.dialogs()), Qt::BottomDockWidgetArea);
    auto *findings = addDock(new FindingsPanel(m_workflow.services()), Qt::BottomDockWidgetArea);
    addDock(new TrainingPanel(m_workflow), Qt::BottomDockWidgetArea);
    addDock(new JobsPanel(composition.jobs()), Qt::BottomDockWidgetArea);
    addDock(new HistogramPanel(m_workflow), Qt::BottomDockWidgetArea);
    m_weights = addDock(new WeightsPanel(m_checkpoints, composition.dialogs()), Qt::BottomDockWidgetArea);
    const auto showHistogram = [this] { showPanel(QStringLiteral("histogram")); };
    connect(m_layers, &LayersPanel::layerActivated, this, showHistogram);
    connect(drift, &DriftPanel::layerActivated, this, showHistogram);
    connect(ranges, &RangesPanel::layerActivated, this, showHistogram);
    connect(findings, &FindingsPanel::titleChanged, this, &MainWindow::retranslate);
    makeMenus();
    makeToolBar();
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(new StatusLine(composition.jobs()), 1);
    connectActions();
    connectWorkflow();
    connectCheckpoint();
    m_actions.setTheme(settings.value(settings::theme));
    m_actions.setLanguage(m_language.code());
    m_actions.refreshIcons(palette());
    retranslate();
    restoreLayout();
}

MainWindow::~MainWindow() = default;

void MainWindow::makeCentral()
{
    m_banner = new MessageBanner;
    m_welcome = new WelcomePanel(m_composition.settings());
    m_layers = new LayersPanel(m_workflow);
    m_central = new QStackedWidget;
    m_central->addWidget(m_welcome);
    m_central->addWidget(m_layers);
    auto *central = new QWidget;
    auto *layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_central, 1);
    central->setMinimumSize(320, 160);
    setCentralWidget(central);
    connect(m_welcome, &WelcomePanel::openModelRequested, this, &MainWindow::chooseModel);
    connect(m_welcome, &WelcomePanel::openProjectRequested, this, &MainWindow::chooseProject);
    connect(m_welcome, &WelcomePanel::fileRequested, this, &MainWindow::openAny);
    connect(m_banner, &MessageBanner::actionTriggered, this, [this] {
        if (m_bannerAction)
            m_bannerAction();
    });
}

template <typename P> P *MainWindow::addDock(P *panel, Qt::DockWidgetArea area)
{
    auto *dock = new QDockWidget;
    dock->setObjectName(QStringLiteral("dock.") + panel->objectName());
    dock->setWidget(panel);
    addDockWidget(area, dock);
    m_docks.emplace_back(panel, dock);
    return panel;
}

void MainWindow::makeMenus()
{
    m_fileMenu = menuBar()->addMenu(QString());
    m_fileMenu->addAction(m_actions.openModel);
    m_fileMenu->addAction(m_actions.openLanguageModel);
    m_fileMenu->addAction(m_actions.openLanguageFolder);
    m_fileMenu->addAction(m_actions.openProject);
    m_recentMenu = m_fileMenu->addMenu(QString());
    m_fileMenu->addSeparator();
    m_fileMenu->addAction(m_actions.save);
    m_fileMenu->addAction(m_actions.saveAs);
    m_fileMenu->addSeparator();
    m_fileMenu->addAction(m_actions.exportModel);
    m_fileMenu->addAction(m_actions.exportReport);
    m_fileMenu->addSeparator();
    m_fileMenu->addAction(m_actions.close);
    m_fileMenu->addAction(m_actions.quit);
    m_runMenu = menuBar()->addMenu(QString());
    m_runMenu->addAction(m_actions.run);
    m_runMenu->addAction(m_actions.cancel);
    m_runMenu->addSeparator();
    m_runMenu->addAction(m_actions.addModel);
    m_viewMenu = menuBar()->addMenu(QString());
    for (const auto &[panel, dock] : m_docks)
        m_viewMenu->addAction(dock->toggleViewAction());
    m_viewMenu->addSeparator();
    m_viewMenu->addAction(m_actions.resetLayout);
    m_viewMenu->addSeparator();
    m_themeMenu = m_viewMenu->addMenu(QString());
    m_themeMenu->addActions(m_actions.themes->actions());
    m_languageMenu = m_viewMenu->addMenu(QString());
    m_languageMenu->addActions(m_actions.languages->actions());
    m_helpMenu = menuBar()->addMenu(QString());
    m_helpMenu->addAction(m_actions.about);
    refreshRecentMenu();
}

void MainWindow::makeToolBar()
{
    QToolBar *bar = addToolBar(QString());
    bar->setObjectName(QStringLiteral("toolbar"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setIconSize({20, 20});
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->addAction(m_actions.openModel);
    bar->addAction(m_actions.save);
    bar->addSeparator();
    bar->addAction(m_actions.run);
    bar->addAction(m_actions.cancel);
    bar->addSeparator();
    bar->addAction(m_actions.exportModel);
    bar->addAction(m_actions.exportReport);
}

void MainWindow::connectActions()
{
    connect(m_actions.openModel, &QAction::triggered, this, &MainWindow::chooseModel);
    connect(m_actions.openProject, &QAction::triggered, this, &MainWindow::chooseProject);
    connect(m_actions.addModel, &QAction::triggered, this, &MainWindow::chooseAddedModel);
    connect(m_actions.save, &QAction::triggered, this, [this] { save(false); });
    connect(m_actions.saveAs, &QAction::triggered, this, [this] { save(true); });
    connect(m_actions.exportModel, &QAction::triggered, this, &MainWindow::chooseExport);
    connect(m_actions.exportReport, &QAction::triggered, this, &MainWindow::chooseReportFolder);
    connect(m_actions.close, &QAction::triggered, this, &MainWindow::closeModel);
    connect(m_actions.quit, &QAction::triggered, this, &QWidget::close);
    connect(m_actions.run, &QAction::triggered, this,
            [this] { m_checkpoint.checkpoint() ? m_checkpoints.run() : m_workflow.run(); });
    connect(m_actions.cancel, &QAction::triggered, &m_workflow, &Workflow::cancelRun);
    connect(m_actions.cancel, &QAction::triggered, &m_checkpoints, &CheckpointWorkflow::cancelRun);
    connect(m_actions.resetLayout, &QAction::triggered, this, &MainWindow::resetLayout);
    connect(m_actions.clearRecent, &QAction::triggered, &m_composition.settings(),
            &Settings::clearRecentFiles);
    connect(m_actions.about, &QAction::triggered, this, [this] { m_composition.dialogs().showAbout(this); });
    connect(m_actions.themes, &QActionGroup::triggered, this, [this](QAction *action) {
        m_composition.settings().setValue(settings::theme, action->data().toString());
        setTheme(action->data().toString());
    });
    connect(m_actions.languages, &QActionGroup::triggered, this, [this](QAction *action) {
        m_composition.settings().setValue(settings::language, action->data().toString());
        setLanguage(action->data().toString());
    });
    connect(&m_composition.settings(), &Settings::recentFilesChanged, this, &MainWindow::refreshRecentMenu);
}

void MainWindow::connectWorkflow()
{
    connect(&m_session, &Session::modelChanged, this, [this] {
        m_banner->dismiss();
        m_central->setCurrentWidget(m_session.model() ? static_cast<QWidget *>(m_layers) : m_welcome);
        refreshActions();
        refreshTitle();
    });
    connect(&m_session, &Session::recipeChanged, this, &MainWindow::refreshActions);
    connect(&m_session, &Session::currentRunChanged, this, &MainWindow::refreshActions);
    connect(&m_session, &Session::projectPathChanged, this, &MainWindow::refreshTitle);
    connect(&m_session, &Session::modifiedChanged, this, &QWidget::setWindowModified);
    connect(&m_workflow, &Workflow::openingChanged, m_welcome, &WelcomePanel::setBusy);
    connect(&m_workflow, &Workflow::runningChanged, this, [this](bool running) {
        if (running)
            m_banner->dismiss();
        refreshActions();
    });
    connect(&m_workflow, &Workflow::failed, this, [this](const Error &error) {
        m_afterSave = nullptr;
        m_banner->show(MessageBanner::Kind::Error, errorText(error));
    });
    connect(&m_workflow, &Workflow::saved, this, [this](const QString &path) {
        m_banner->show(MessageBanner::Kind::Success, tr("Saved %1").arg(QFileInfo(path).fileName()));
        if (const auto next = std::exchange(m_afterSave, nullptr))
            next();
    });
    connect(&m_workflow, &Workflow::exported, this, [this](const QString &path) {
        const QFileInfo info(path);
        const QString shown = QDir::toNativeSeparators(path);
        const QString target
            = info.isDir() ? info.filePath() + QStringLiteral("/index.html") : info.absolutePath();
        m_bannerAction = [target] { QDesktopServices::openUrl(QUrl::fromLocalFile(target)); };
        m_banner->show(
            MessageBanner::Kind::Success,
            info.isDir()
                ? tr("Report written to %1").arg(shown)
                : tr("Exported to %1 (%2)").arg(shown, bytesText(static_cast<std::uint64_t>(info.size()))),
            info.isDir() ? tr("Open the report") : tr("Open the folder"));
    });
}

void MainWindow::setTheme(const QString &value)
{
    applyTheme(m_application, themeKind(value));
    m_actions.setTheme(value);
}

void MainWindow::setLanguage(const QString &code)
{
    m_language.set(code);
    m_actions.setLanguage(m_language.code());
}

void MainWindow::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    else if (event->type() == QEvent::PaletteChange)
        m_actions.refreshIcons(palette());
    QMainWindow::changeEvent(event);
}

void MainWindow::retranslate()
{
    if (!m_helpMenu)
        return;
    m_actions.retranslate();
    m_fileMenu->setTitle(tr("&File"));
    m_recentMenu->setTitle(tr("Open &recent"));
    m_runMenu->setTitle(tr("&Run"));
    m_viewMenu->setTitle(tr("&View"));
    m_themeMenu->setTitle(tr("&Theme"));
    m_languageMenu->setTitle(tr("&Language"));
    m_helpMenu->setTitle(tr("&Help"));
    for (const auto &[panel, dock] : m_docks) {
        dock->setWindowTitle(panel->title());
        explain(*dock, QStringLiteral("qt_dockwidget_floatbutton"), tr("Detach this panel, or put it back"));
        explain(*dock, QStringLiteral("qt_dockwidget_closebutton"),
                tr("Hide this panel; the View menu shows it again"));
    }
    refreshTitle();
    refreshActions();
}

void MainWindow::refreshTitle()
{
    QString document;
    if (!m_session.projectPath().isEmpty())
        document = QFileInfo(m_session.projectPath()).fileName();
    else if (const OpenedModelPtr opened = m_session.model())
        document = QString::fromStdString(opened->model->path().filename().string());
    else if (!m_checkpoint.projectPath().isEmpty())
        document = QFileInfo(m_checkpoint.projectPath()).fileName();
    else if (m_checkpoint.checkpoint())
        document = QString::fromStdString(m_checkpoint.checkpoint()->name());
    setWindowTitle(document.isEmpty() ? tr("Quantization Studio")
                                      : tr("%1[*] — Quantization Studio").arg(document));
}

void MainWindow::refreshActions()
{
    m_actions.retranslate(); // what they do
    if (m_checkpoint.checkpoint()) {
        refreshCheckpoint();
        return;
    }
    const bool open = m_session.model() != nullptr;
    const QString noModel = obstacleText(Workflow::Obstacle::NoModel);
    const QString noRun = open ? tr("There is no run yet.") : noModel;
    enable(*m_actions.save, open, noModel);
    enable(*m_actions.saveAs, open, noModel);
    enable(*m_actions.close, open, noModel);
    enable(*m_actions.exportModel, m_session.currentRun() != nullptr, noRun);
    enable(*m_actions.exportReport, !m_session.runs().empty(), noRun);
    enable(*m_actions.addModel, m_workflow.canAddModel(),
           m_workflow.isRunning() ? obstacleText(Workflow::Obstacle::Running)
                                  : tr("Open a float model first."));
    enable(*m_actions.run, m_workflow.obstacle() == Workflow::Obstacle::None,
           obstacleText(m_workflow.obstacle()));
    enable(*m_actions.cancel, m_workflow.isRunning(), tr("Nothing runs."));
}

void MainWindow::enable(QAction &action, bool on, const QString &why)
{
    action.setEnabled(on);
    if (!on)
        action.setToolTip(action.toolTip() + QLatin1Char('\n') + why);
}

void MainWindow::refreshRecentMenu()
{
    m_recentMenu->clear();
    const QStringList files = m_composition.settings().recentFiles();
    for (const QString &path : files) {
        // In a menu a single & would mark a shortcut key.
        QString text = QDir::toNativeSeparators(path);
        QAction *action = m_recentMenu->addAction(text.replace(QLatin1Char('&'), QLatin1String("&&")));
        connect(action, &QAction::triggered, this, [this, path] { openAny(path); });
    }
    m_recentMenu->setEnabled(!files.isEmpty());
    m_recentMenu->addSeparator();
    m_recentMenu->addAction(m_actions.clearRecent);
}

} // namespace qs
