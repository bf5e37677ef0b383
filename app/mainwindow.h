// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/actions.h"
#include "app/composition.h"
#include "app/language.h"

#include <functional>

class QApplication;
class QDockWidget;
class QStackedWidget;

namespace qs {

class ComparePanel;
class DriftPanel;
class FindingsPanel;
class HistogramPanel;
class JobsPanel;
class LayersPanel;
class MessageBanner;
class Panel;
class RangesPanel;
class SetupPanel;
class WeightsPanel;
class WelcomePanel;

/// The window: docks around the layer table, menus, and what connects them. No logic of its own.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    MainWindow(QApplication &application, Composition &composition, QWidget *parent = nullptr);
    ~MainWindow() override;

    Actions &actions() { return m_actions; }
    MessageBanner &banner() { return *m_banner; }
    static constexpr int kLayoutVersion = 1;

    void setTheme(const QString &value); ///< "system", "light", "dark"
    void setLanguage(const QString &code);
    /// Model, project, or data (a folder or an array file), as if it had been dropped.
    void openAny(const QString &path);
    /// Brings the panel called \a id to the front.
    void showPanel(const QString &id);
    void resetLayout();
    /// Whatever is there; says in the banner what is wrong with it.
    void openLanguageModel(const QString &path);

protected:
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    template <typename P> P *addDock(P *panel, Qt::DockWidgetArea area);
    void makeCentral();
    void makeMenus();
    void makeToolBar();
    void connectActions();
    void connectWorkflow();
    void connectCheckpoint();
    void refreshCheckpoint();
    /// A language model has the window to itself; the other panels come back when it goes.
    void setLanguageLayout(bool on);
    void hideOtherDocks();
    void restoreLayout();
    void saveLayout();
    void retranslate();
    void refreshTitle();
    void refreshActions();
    /// A disabled action says \a why in its tool tip, which was set anew before.
    static void enable(QAction &action, bool on, const QString &why);
    void refreshRecentMenu();

    void chooseModel();
    void chooseProject();
    void chooseLanguageModel();
    void chooseLanguageFolder();
    bool takeText(const QString &path);
    void chooseAddedModel();
    /// Saves to the known path or asks for one; false = the user cancelled.
    bool save(bool askPath);
    void chooseExport();
    void chooseReportFolder();
    void closeModel();
    bool hasUnsavedRuns() const;
    /// Calls \a next now, or after saving, or never, as the user wishes.
    void afterSaving(std::function<void()> next);
    QString folder() const;
    void rememberFolder(const QString &path);

    QApplication &m_application;
    Composition &m_composition;
    Session &m_session;
    Workflow &m_workflow;
    CheckpointSession &m_checkpoint;
    CheckpointWorkflow &m_checkpoints;
    Language m_language;
    Actions m_actions;
    QStackedWidget *m_central;
    MessageBanner *m_banner;
    WelcomePanel *m_welcome;
    LayersPanel *m_layers;
    WeightsPanel *m_weights;
    std::vector<std::pair<Panel *, QDockWidget *>> m_docks;
    QMenu *m_fileMenu;
    QMenu *m_recentMenu;
    QMenu *m_runMenu;
    QMenu *m_viewMenu;
    QMenu *m_themeMenu;
    QMenu *m_languageMenu;
    QMenu *m_helpMenu;
    QByteArray m_otherLayout; ///< while a language model has the window; else empty
    std::function<void()> m_afterSave;
    std::function<void()> m_bannerAction;
};

} // namespace qs
