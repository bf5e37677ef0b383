// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/mainwindow.h"
#include "tests/support/nodialogs.h"
#include "widgets/dialogs/messagebanner.h"

#include <QApplication>
#include <QDir>
#include <QDropEvent>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <QWindow>

namespace qs::test {

/// Answers as a test tells it to, and counts the questions.
class ScriptedDialogs : public NoDialogs
{
public:
    SaveAnswer askToSave(QWidget *, const QString &document) override
    {
        ++asked;
        askedAbout = document;
        return answer;
    }

    SaveAnswer answer = SaveAnswer::Cancel;
    int asked = 0;
    QString askedAbout;
};

/// The program's window as main() makes it, with settings, cache and answers of its own; for programs that
/// link qs_app. A second start() is what the next start of the program finds.
class WindowFixture
{
protected:
    static constexpr int kLong = 60000; ///< ms; a run of the example takes seconds
    static QString example(const QString &name)
    {
        return QStringLiteral(QS_SOURCE_DIR "/resources/example/") + name;
    }

    void start(QSize size = {1440, 900})
    {
        auto dialogs = std::make_unique<ScriptedDialogs>();
        m_dialogs = dialogs.get();
        m_composition = std::make_unique<Composition>(
            std::make_unique<QSettings>(m_folder.filePath("settings.ini"), QSettings::IniFormat),
            std::move(dialogs), m_folder.filePath("cache").toStdString());
        QVERIFY(QDir().mkpath(m_folder.filePath("cache")));
        m_composition->settings().setValue(settings::driftSamples, 16); // enough to see something
        m_window = std::make_unique<MainWindow>(*qApp, *m_composition);
        m_window->setLanguage(QStringLiteral("en"));
        if (size.isValid()) {
            m_window->resize(size);
            m_window->resetLayout();
        }
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }

    void stop()
    {
        m_window.reset();
        m_composition.reset();
    }

    MainWindow &window() { return *m_window; }
    Actions &actions() { return m_window->actions(); }
    MessageBanner &banner() { return m_window->banner(); }
    Session &session() { return m_composition->session(); }
    Workflow &workflow() { return m_composition->workflow(); }
    JobRunner &jobs() { return m_composition->jobs(); }
    CheckpointSession &checkpoint() { return m_composition->checkpoint(); }
    CheckpointWorkflow &checkpoints() { return m_composition->checkpointWorkflow(); }
    ScriptedDialogs &dialogs() { return *m_dialogs; }

    template <typename W> W &find(const char *name = nullptr)
    {
        W *found = m_window->findChild<W *>(QString::fromLatin1(name));
        if (!found)
            qFatal("the window has no %s '%s'", W::staticMetaObject.className(), name ? name : "");
        return *found;
    }

    /// Moves \a paths over the window at \a position and lets them go, through the same event handlers as the
    /// desktop's; false = the window would not take them.
    bool drop(const QStringList &paths, QPoint position)
    {
        QMimeData data;
        QList<QUrl> urls;
        for (const QString &path : paths)
            urls << QUrl::fromLocalFile(path);
        data.setUrls(urls);
        data.setText(paths.join(QLatin1Char('\n'))); // file managers offer both
        const Qt::DropActions all = Qt::CopyAction | Qt::MoveAction | Qt::LinkAction;
        QDragEnterEvent enter(position, all, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window->windowHandle(), &enter);
        QDragMoveEvent move(position, all, &data, Qt::LeftButton, {});
        move.setAccepted(
            enter.isAccepted()); // as QGuiApplication does: who took the entrance takes the moves
        move.setDropAction(enter.dropAction());
        QCoreApplication::sendEvent(m_window->windowHandle(), &move);
        if (!enter.isAccepted() || !move.isAccepted()) {
            QDragLeaveEvent leave;
            QCoreApplication::sendEvent(m_window->windowHandle(), &leave);
            return false;
        }
        QDropEvent dropped(position, all, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window->windowHandle(), &dropped);
        return dropped.isAccepted();
    }
    bool drop(const QStringList &paths) { return drop(paths, middleOf(*m_window->centralWidget())); }
    QPoint middleOf(const QWidget &widget) { return widget.mapTo(m_window.get(), widget.rect().center()); }

    /// Whether a click at its middle would reach it: Qt calls a dock behind another one's tab visible too.
    bool isShown(const QWidget &widget)
    {
        const QWidget *hit = m_window->childAt(middleOf(widget));
        return widget.isVisible() && hit && (hit == &widget || widget.isAncestorOf(hit));
    }

    void openExample()
    {
        QSignalSpy opened(&workflow(), &Workflow::opened);
        window().openAny(example("shapes.onnx"));
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kLong);
    }

    /// A run on a few pictures: real figures, in a second.
    void runShortly()
    {
        Recipe recipe = session().recipe();
        recipe.calibration.path = example("calibration").toStdString();
        recipe.calibration.limit = 20;
        session().setRecipe(recipe);
        DataSpec evaluation = session().evaluationData();
        evaluation.path = example("evaluation").toStdString();
        evaluation.limit = 20;
        session().setEvaluationData(evaluation);
        QSignalSpy ended(&workflow(), &Workflow::runEnded);
        actions().run->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        QCOMPARE(ended.at(0).at(0).value<JobState>(), JobState::Finished);
    }

    QTemporaryDir m_folder;
    ScriptedDialogs *m_dialogs = nullptr; ///< of the composition
    std::unique_ptr<Composition> m_composition;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace qs::test
