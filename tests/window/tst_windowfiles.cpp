// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tinyllama.h"
#include "tests/support/windowfixture.h"
#include "widgets/panels/layerspanel.h"
#include "widgets/panels/welcomepanel.h"

#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QTableView>

#include <nlohmann/json.hpp>

using namespace qs;

/// Projects, recent files, drops, unsaved changes and files that cannot be read. Each test has a new window,
/// with the settings that the one before left.
class TestWindowFiles : public QObject, private test::WindowFixture
{
    Q_OBJECT

private slots:
    void init() { start(); }
    void cleanup() { stop(); }

    void aProjectComesBackThroughTheRecentFiles()
    {
        openExample();
        runShortly();
        session().selectLayer(session().model()->layers.at(3).name);
        const RunPtr run = session().currentRun();
        const Recipe recipe = session().recipe();
        const QString path = m_folder.filePath("odd & name.qsproj");
        dialogs().path = m_folder.filePath("odd & name"); // the suffix comes by itself
        save();
        QVERIFY(QFile::exists(path));
        QVERIFY(window().windowTitle().startsWith("odd & name.qsproj"));
        QVERIFY(!window().isWindowModified());

        actions().close->trigger();
        QCOMPARE(dialogs().asked, 0); // it is saved
        QVERIFY(!session().model());
        QVERIFY(isShown(find<WelcomePanel>("welcome")));
        QVERIFY(!window().windowTitle().contains("odd"));

        QSignalSpy opened(&workflow(), &Workflow::opened);
        recentAction(path)->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kLong);
        QCOMPARE(session().runs().size(), std::size_t(1));
        QCOMPARE(*session().currentRun()->evaluation, *run->evaluation);
        QCOMPARE(QString::fromStdString(toJson(session().currentRun()->quantized->plan).dump()),
                 QString::fromStdString(toJson(run->quantized->plan).dump()));
        QVERIFY(session().recipe() == recipe);
        QCOMPARE(session().selectedLayer(), session().model()->layers.at(3).name);
        QCOMPARE(find<LayersPanel>("layers").table().currentIndex().row(), 3);
        QVERIFY(!window().isWindowModified());
        QVERIFY(actions().exportModel->isEnabled());
    }

    void closingAsksToSave()
    {
        openExample();
        runShortly();
        QVERIFY(window().isWindowModified());
        dialogs().answer = DialogService::SaveAnswer::Cancel;
        QVERIFY(!window().close());
        QCOMPARE(dialogs().asked, 1);
        QCOMPARE(dialogs().askedAbout, QString("shapes.onnx"));
        QVERIFY(window().isVisible());
        QCOMPARE(session().runs().size(), std::size_t(1));

        // Saved in vain: the window must stay.
        dialogs().answer = DialogService::SaveAnswer::Save;
        dialogs().path = m_folder.filePath("settings.ini/a.qsproj"); // no folder
        QSignalSpy failed(&workflow(), &Workflow::failed);
        window().close();
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, kLong);
        QVERIFY(window().isVisible());
        QVERIFY(window().isWindowModified());
        QCOMPARE(banner().kind(), MessageBanner::Kind::Error);
        QVERIFY2(banner().text().contains("settings.ini"), qPrintable(banner().text()));

        dialogs().path.clear(); // the file dialog is cancelled
        window().close();
        QVERIFY(window().isVisible());

        dialogs().path = m_folder.filePath("kept.qsproj");
        window().close();
        QTRY_VERIFY_WITH_TIMEOUT(!window().isVisible(), kLong);
        QVERIFY(QFile::exists(dialogs().path));
    }

    void unsavedRunsMayGo()
    {
        openExample();
        runShortly();
        dialogs().answer = DialogService::SaveAnswer::Discard;
        QVERIFY(!window().close()); // asks first, closes then
        QTRY_VERIFY(!window().isVisible());
        QCOMPARE(dialogs().asked, 1);
    }

    void closingInMidRunEndsTheRun()
    {
        openExample();
        runShortly();
        dialogs().answer = DialogService::SaveAnswer::Discard;
        QSignalSpy ended(&workflow(), &Workflow::runEnded);
        actions().run->trigger();
        QVERIFY(workflow().isRunning());
        actions().close->trigger();
        QVERIFY(!session().model());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        QCOMPARE(ended.at(0).at(0).value<JobState>(), JobState::Cancelled);
        QVERIFY(session().runs().empty());
        QVERIFY2(!banner().isVisible(), qPrintable(banner().text()));
    }

    void anotherModelAsksFirst()
    {
        openExample();
        runShortly();
        dialogs().answer = DialogService::SaveAnswer::Cancel;
        QVERIFY(drop({example("shapes.onnx")}));
        QCOMPARE(dialogs().asked, 1);
        QTest::qWait(200);
        QCOMPARE(session().runs().size(), std::size_t(1));
    }

    void aDropBringsModelAndDataAtOnce()
    {
        QSignalSpy opened(&workflow(), &Workflow::opened);
        QVERIFY(drop({example("shapes.onnx"), example("calibration"), example("evaluation")}));
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kLong);
        QCOMPARE(session().recipe().calibration.path, example("calibration").toStdString());
        QCOMPARE(session().evaluationData().path, example("evaluation").toStdString());
        QVERIFY(actions().run->isEnabled());
    }

    void aDropOnAFieldIsForTheField()
    {
        openExample();
        QWidget &field = find<QWidget>("evaluationData");
        QVERIFY(drop({example("evaluation")}, middleOf(*field.findChild<QLineEdit *>())));
        QCOMPARE(session().evaluationData().path, example("evaluation").toStdString());
        QVERIFY(session().recipe().calibration.path.empty());
    }

    /// Editors would take the paths as text.
    void aDropOnAnEditorIsForTheWindow_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"exclude", "search", "log", "layerTable", "run"})
            QTest::newRow(name) << name;
    }

    void aDropOnAnEditorIsForTheWindow()
    {
        QFETCH(QString, name);
        openExample();
        if (name == "log")
            window().showPanel("jobs");
        QWidget &editor = find<QWidget>(name.toLatin1().constData());
        for (QWidget *outer = &editor; outer; outer = outer->parentWidget())
            if (auto *page = qobject_cast<QScrollArea *>(outer))
                page->ensureWidgetVisible(&editor);
        QTRY_VERIFY(isShown(editor));
        QVERIFY(drop({example("calibration")}, middleOf(editor)));
        QCOMPARE(session().recipe().calibration.path, example("calibration").toStdString());
        QVERIFY(!editor.property("plainText").toString().contains("calibration"));
        QVERIFY(!editor.property("text").toString().contains("calibration"));
    }

    void whatItCannotOpenIsNotTaken()
    {
        QFile(m_folder.filePath("letter.docx")).open(QIODevice::WriteOnly);
        QVERIFY(!drop({m_folder.filePath("letter.docx")}));
    }

    void aDamagedModelIsOneLineAndChangesNothing()
    {
        openExample();
        const OpenedModelPtr before = session().model();
        const QString path = m_folder.filePath("broken.onnx");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("this is no model");
        file.close();
        QSignalSpy failed(&workflow(), &Workflow::failed);
        dialogs().path = path;
        actions().openModel->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, kLong);
        QVERIFY(banner().isVisible());
        QCOMPARE(banner().kind(), MessageBanner::Kind::Error);
        QVERIFY2(banner().text().contains("broken.onnx"), qPrintable(banner().text()));
        QCOMPARE(session().model(), before);
        QVERIFY(window().windowTitle().startsWith("shapes.onnx"));
        QVERIFY(!m_composition->settings().recentFiles().contains(path));
    }

    /// Two models opened one right after the other: the second one counts, and nothing goes on "opening".
    void theLastOneOpenedCounts()
    {
        const QString folder
            = QString::fromStdString(test::makeTinyLlama(m_folder.filePath("tiny").toStdString()).string());
        QVERIFY(drop({example("shapes.onnx"), folder}));
        QTRY_VERIFY_WITH_TIMEOUT(checkpoint().checkpoint() && jobs().isIdle(), kLong);
        QVERIFY(!session().model());
        QVERIFY(!workflow().isOpening());
        actions().close->trigger();
        QTRY_VERIFY(!checkpoint().checkpoint());
        QVERIFY(find<WelcomePanel>("welcome").findChild<QWidget *>("welcomeOpenModel")->isEnabled());

        QVERIFY(drop({folder, example("shapes.onnx")}));
        QTRY_VERIFY_WITH_TIMEOUT(session().model() && jobs().isIdle(), kLong);
        QVERIFY(!checkpoint().checkpoint());
    }

    void recentFilesAreForgotten()
    {
        QVERIFY(recentMenu()->isEnabled());
        actions().clearRecent->trigger();
        QVERIFY(!recentMenu()->isEnabled());
        openExample();
        QVERIFY(recentAction(example("shapes.onnx")));
    }

private:
    void save()
    {
        QSignalSpy saved(&workflow(), &Workflow::saved);
        actions().save->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, kLong);
    }

    QMenu *recentMenu()
    {
        for (QMenu *menu : window().menuBar()->actions().at(0)->menu()->findChildren<QMenu *>())
            if (menu->actions().contains(actions().clearRecent))
                return menu;
        return nullptr;
    }

    QAction *recentAction(const QString &path)
    {
        QString text = path;
        text.replace("&", "&&");
        for (QAction *action : recentMenu()->actions())
            if (action->text() == text)
                return action;
        return nullptr;
    }
};

QTEST_MAIN(TestWindowFiles)
#include "tst_windowfiles.moc"
