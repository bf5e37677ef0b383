// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/session/checkpointproject.h"
#include "tests/support/checkpointfixture.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace qs;
namespace fs = std::filesystem;

class TestCheckpointProject : public QObject, private test::CheckpointFixture
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(writeModelAndText());
        start();
        open(m_model);
        CheckpointRecipe recipe = m_session->recipe();
        recipe.parameters = {{"type", "Q8_0"}};
        recipe.evaluation = m_text.toStdString();
        recipe.windows = 3;
        m_session->setRecipe(recipe);
        QVERIFY(!m_session->isModified());
        run();
        recipe.strategy = "nf4";
        recipe.parameters = nlohmann::json::object();
        m_session->setRecipe(recipe);
        run();
        m_session->setCurrentRun(1);
        m_made = m_session->runs();
        m_recipe = m_session->recipe();
        QCOMPARE(m_made.size(), std::size_t(3));
        QVERIFY(m_session->isModified());
        QSignalSpy saved(m_workflow.get(), &CheckpointWorkflow::saved);
        m_workflow->saveProject(m_folder.filePath("a.qsproj"));
        QTRY_COMPARE(saved.count(), 1);
        QVERIFY(!m_session->isModified());
        QCOMPARE(m_session->projectPath(), m_folder.filePath("a.qsproj"));
        stop();
    }
    void init() { start(); }
    void cleanup() { stop(); }

    /// After the program was closed: the table is there, with what was measured, and no model has run.
    void runsAreThereAgain()
    {
        const QString project = m_folder.filePath("a.qsproj");
        QCOMPARE(CheckpointWorkflow::checkpointAt(project), project);
        open(project);
        QCOMPARE(fs::path(m_model.toStdString()), m_session->checkpoint()->path);
        QCOMPARE(m_session->recipe(), m_recipe);
        QCOMPARE(m_session->projectPath(), project);
        QVERIFY(!m_session->isModified());
        QCOMPARE(m_session->currentRun()->id, 1);
        QCOMPARE(m_settings->recentFiles().front(), project);
        const auto &runs = m_session->runs();
        QCOMPARE(runs.size(), m_made.size());
        for (std::size_t i = 0; i < runs.size(); ++i) {
            const CheckpointRun &made = *m_made[i];
            QCOMPARE(runs[i]->id, made.id);
            QCOMPARE(runs[i]->name, made.name);
            QCOMPARE(runs[i]->strategy, made.strategy);
            QVERIFY(runs[i]->parameters == made.parameters);
            QCOMPARE(runs[i]->path, made.path);
            QCOMPARE(runs[i]->fileBytes, made.fileBytes);
            QCOMPARE(runs[i]->seconds, made.seconds);
            QCOMPARE(runs[i]->view->bitsPerWeight(), made.view->bitsPerWeight());
            QVERIFY(runs[i]->quality->isOf(m_text.toStdString(), 3));
            QVERIFY(toJson(runs[i]->quality->result) == toJson(made.quality->result));
            QCOMPARE(runs[i]->drift != nullptr, i > 0);
            if (i > 0)
                QVERIFY(toJson(*runs[i]->drift) == toJson(*made.drift));
        }
        // The next run has a number of its own, and is unsaved.
        run();
        QCOMPARE(m_session->runs().back()->id, 3);
        QVERIFY(m_session->isModified());
    }

    void moved()
    {
        const QString there = m_folder.filePath("moved");
        QVERIFY(QDir().mkpath(there));
        fs::copy(m_folder.path().toStdString(), (there + "/all").toStdString(), fs::copy_options::none);
        fs::copy(m_model.toStdString(), (there + "/all/tiny").toStdString(), fs::copy_options::recursive);
        open(there + "/all/a.qsproj");
        QCOMPARE(m_session->checkpoint()->path, fs::path((there + "/all/tiny").toStdString()));
        QVERIFY(QDir(there).removeRecursively());
    }

    void whatIsGoneOrChanged()
    {
        const QString gone = QString::fromStdString(m_made[2]->path.string());
        const QString changed = QString::fromStdString(m_made[1]->path.string());
        QVERIFY(QDir().rename(gone, gone + ".away"));
        fs::last_write_time(changed.toStdString(), fs::file_time_type::clock::now() + std::chrono::hours(1));
        std::vector<Finding> findings;
        JobContext job({}, {}, [&](const Finding &finding) { findings.push_back(finding); });
        const auto project = loadCheckpointProject(m_folder.filePath("a.qsproj").toStdString(), job);
        QVERIFY(QDir().rename(gone + ".away", gone));
        QVERIFY2(project.ok(), project.ok() ? "" : project.error().message().c_str());
        QCOMPARE(project->runs.size(), std::size_t(2));
        QCOMPARE(findings.size(), std::size_t(1));
        QCOMPARE(findings[0].code, std::string("run-left-out"));
        QCOMPARE(findings[0].subject, m_made[2]->name);
        QVERIFY(project->runs[0]->quality);
        QVERIFY(project->runs[1]->view && !project->runs[1]->quality && !project->runs[1]->drift);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("why");
        QTest::newRow("newer") << QByteArray("\"version\": 2") << QByteArray("\"version\": 3")
                               << QByteArray("written by a newer version");
        QTest::newRow("no number") << QByteArray("\"version\": 2") << QByteArray("\"version\": \"x\"")
                                   << QByteArray("damaged project file");
        QTest::newRow("twice the same run")
            << QByteArray("\"id\": 2") << QByteArray("\"id\": 1") << QByteArray("numbered wrongly");
        QTest::newRow("no recipe") << QByteArray("\"recipe\"") << QByteArray("\"other\"")
                                   << QByteArray("damaged project file");
        QTest::newRow("cut") << QByteArray("\"runs\"") << QByteArray("\"runs")
                             << QByteArray("no JSON object");
        QTest::newRow("no model") << QByteArray("tiny\"") << QByteArray("none\"") << QByteArray("none");
    }

    void refuses()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QByteArray, why);
        QByteArray text
            = QByteArray::fromStdString(readFile(m_folder.filePath("a.qsproj").toStdString()).value());
        QVERIFY(text.contains(from));
        text.replace(from, to);
        const fs::path file = m_folder.filePath("b.qsproj").toStdString();
        QVERIFY(writeFileAtomically(file, text.toStdString()).ok());
        JobContext job;
        const auto project = loadCheckpointProject(file, job);
        QVERIFY(!project.ok());
        QVERIFY2(project.error().message().find(why.toStdString()) != std::string::npos,
                 project.error().message().c_str());
        QVERIFY(project.error().message().find('\n') == std::string::npos);
    }

    void otherFilesAreNone()
    {
        const fs::path file = m_folder.filePath("c.qsproj").toStdString();
        QVERIFY(!isCheckpointProject(file));
        for (const char *text : {"", "{}", R"({"format": "quantstudio-project", "model": {}})"}) {
            QVERIFY(writeFileAtomically(file, text).ok());
            QVERIFY(!isCheckpointProject(file));
            QVERIFY(CheckpointWorkflow::checkpointAt(m_folder.filePath("c.qsproj")).isEmpty());
            JobContext job;
            QVERIFY(!loadCheckpointProject(file, job).ok());
        }
    }

private:
    void open(const QString &path)
    {
        QSignalSpy opened(m_workflow.get(), &CheckpointWorkflow::opened);
        m_workflow->open(path);
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, 20'000);
    }
    void run()
    {
        QSignalSpy ended(m_workflow.get(), &CheckpointWorkflow::runEnded);
        m_workflow->run();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 60'000);
        QVERIFY(ended.first().first().value<JobState>() == JobState::Finished);
    }

    std::vector<CheckpointRunPtr> m_made;
    CheckpointRecipe m_recipe;
};

QTEST_GUILESS_MAIN(TestCheckpointProject)
#include "tst_checkpointproject.moc"
