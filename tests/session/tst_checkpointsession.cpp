// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/checkpointfixture.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace qs;

class TestCheckpointSession : public QObject, private test::CheckpointFixture
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(writeModelAndText()); }
    void init() { start(); }
    void cleanup() { stop(); }

    void tellsWhatIsALanguageModel()
    {
        QCOMPARE(CheckpointWorkflow::checkpointAt(m_model), m_model);
        QCOMPARE(CheckpointWorkflow::checkpointAt(m_model + "/config.json"), m_model);
        QCOMPARE(CheckpointWorkflow::checkpointAt(m_model + "/model.safetensors"), m_model);
        QCOMPARE(CheckpointWorkflow::checkpointAt("/somewhere/a.GGUF"), QString("/somewhere/a.GGUF"));
        QVERIFY(CheckpointWorkflow::checkpointAt(m_folder.path()).isEmpty());
        QVERIFY(CheckpointWorkflow::checkpointAt("/somewhere/net.onnx").isEmpty());
    }

    void opens()
    {
        QSignalSpy changed(m_session.get(), &CheckpointSession::checkpointChanged);
        open();
        QCOMPARE(changed.count(), 1);
        const OpenedCheckpoint &opened = *m_session->checkpoint();
        QCOMPARE(opened.name(), std::string("tiny"));
        QCOMPARE(opened.view.architecture, std::string("llama"));
        QVERIFY(opened.tokens > 0);
        QVERIFY(opened.ggufHeader);
        QCOMPARE(m_session->runs().size(), std::size_t(1));
        QCOMPARE(m_session->currentRun()->id, 0);
        QCOMPARE(m_settings->recentFiles().front(), m_model);
        m_session->close();
        QVERIFY(m_session->runs().empty());
        QVERIFY(!m_session->currentRun());
    }

    void aFolderThatIsNoModelIsOneLine()
    {
        open();
        QSignalSpy failed(m_workflow.get(), &CheckpointWorkflow::failed);
        QDir(m_folder.path()).mkdir("nothing");
        m_workflow->open(m_folder.filePath("nothing"));
        QTRY_COMPARE(failed.count(), 1);
        const auto error = failed.first().first().value<Error>();
        QVERIFY2(error.message().find("config.json") != std::string::npos, error.message().c_str());
        QVERIFY(error.message().find('\n') == std::string::npos);
        QVERIFY(m_session->checkpoint()); // the one that was open stays
    }

    void aRunGrowsAndIsMeasured()
    {
        open();
        change([&](CheckpointRecipe &recipe) {
            recipe.parameters = {{"type", "Q8_0"}};
            recipe.evaluation = m_text.toStdString();
            recipe.windows = 3;
        });
        QCOMPARE(m_workflow->outputPath(), m_folder.filePath("tiny-Q8_0.gguf"));
        run();
        QCOMPARE(m_session->runs().size(), std::size_t(2));
        const CheckpointRunPtr original = m_session->runs().front();
        const CheckpointRunPtr made = m_session->runs().back();
        QCOMPARE(m_session->currentRun(), made);
        QCOMPARE(made->name, std::string("#1 gguf Q8_0"));
        QVERIFY(QFile::exists(m_folder.filePath("tiny-Q8_0.gguf")));
        QCOMPARE(made->view->format, std::string("GGUF"));
        QVERIFY(made->seconds > 0);
        QVERIFY(original->quality && !original->quality->result.divergence);
        QCOMPARE(original->quality->result.windows, std::int64_t(3));
        // Windows of 64 tokens, the model's context; the reference of the divergence is the original itself.
        QCOMPARE(made->quality->result.scored, std::int64_t(3 * 64));
        QVERIFY(std::abs(made->quality->result.divergence->referenceNll - original->quality->result.nll)
                < 1e-9);
        QVERIFY(made->quality->result.divergence->mean > 0);
        // Rounding to 8 bit in blocks of 32 leaves about 6.02 * 8 - 3 dB of normal weights (their peaks are 2
        // to 3 deviations), so 40 to 50.
        QVERIFY2(made->drift->total.sqnrDb() > 40 && made->drift->total.sqnrDb() < 50,
                 qPrintable(QString::number(made->drift->total.sqnrDb())));
        // The next one is called otherwise, and the original is not measured again.
        QCOMPARE(m_workflow->outputPath(), m_folder.filePath("tiny-Q8_0-2.gguf"));
        change([](CheckpointRecipe &recipe) { recipe.parameters = {{"type", "Q4_0"}}; });
        run();
        QCOMPARE(m_session->runs().front(), original);
        QVERIFY(m_session->runs().back()->quality->result.divergence->mean
                > made->quality->result.divergence->mean);
        m_session->removeRun(m_session->runs().back()->id);
        QCOMPARE(m_session->currentRun(), made);
        m_session->removeRun(0); // not the original
        QCOMPARE(m_session->runs().size(), std::size_t(2));
        QVERIFY(QFile::remove(m_folder.filePath("tiny-Q8_0.gguf")));
        QVERIFY(QFile::remove(m_folder.filePath("tiny-Q4_0.gguf")));
    }

    void measuresLaterAndOnlyWhatIsNotYet()
    {
        open();
        change([](CheckpointRecipe &recipe) { recipe.strategy = "nf4"; });
        QCOMPARE(m_workflow->outputPath(), m_folder.filePath("tiny-nf4"));
        run();
        QVERIFY(!m_session->runs().back()->quality);
        QVERIFY(!m_workflow->canMeasure());
        change([&](CheckpointRecipe &recipe) {
            recipe.evaluation = m_text.toStdString();
            recipe.windows = 0;
        });
        QVERIFY(m_workflow->canMeasure());
        measure();
        const CheckpointRunPtr measured = m_session->runs().back();
        QVERIFY(measured->quality && m_session->runs().front()->quality);
        QCOMPARE(measured->quality->result.windows, std::int64_t(6)); // of 400 tokens
        measure();
        QCOMPARE(m_session->runs().back(), measured);
        QVERIFY(QDir(m_folder.filePath("tiny-nf4")).removeRecursively());
    }

    void whatIsWrongIsSaidAndNothingIsLost()
    {
        open();
        change([&](CheckpointRecipe &recipe) {
            recipe.strategy = "awq";
            recipe.parameters = {{"group_size", 48}}; // 64 inputs
        });
        QVERIFY(m_workflow->obstacle() == CheckpointWorkflow::Obstacle::NoCalibrationText);
        m_workflow->run();
        QVERIFY(!m_workflow->isRunning());
        change([&](CheckpointRecipe &recipe) { recipe.calibration = m_text.toStdString(); });
        QSignalSpy failed(m_workflow.get(), &CheckpointWorkflow::failed);
        run();
        QCOMPARE(failed.count(), 1);
        const std::string message = failed.first().first().value<Error>().message();
        QVERIFY2(message.find("48") != std::string::npos, message.c_str());
        QVERIFY(message.find('\n') == std::string::npos);
        QCOMPARE(m_session->runs().size(), std::size_t(1));
        QCOMPARE(m_workflow->parameters().integer("group_size"), std::int64_t(48));
        // The model itself is no place to write to; a text that is not there is found out first.
        change([&](CheckpointRecipe &recipe) {
            recipe = {.strategy = "nf4", .evaluation = "/nowhere/text.txt", .output = m_model.toStdString()};
        });
        run();
        QCOMPARE(failed.count(), 2);
        QVERIFY(failed.last().first().value<Error>().message().find("the model itself") != std::string::npos);
        change([&](CheckpointRecipe &recipe) { recipe.output.clear(); });
        run();
        QCOMPARE(failed.count(), 3);
        QVERIFY(failed.last().first().value<Error>().message().find("/nowhere/text.txt")
                != std::string::npos);
        QVERIFY(!QFile::exists(m_folder.filePath("tiny-nf4")));
    }

    void addsOnlyTheSameModel()
    {
        const auto same
            = test::makeTinyLlama(m_folder.filePath("same").toStdString(), {.type = DType::Float32});
        const auto other = test::makeTinyLlama(m_folder.filePath("other").toStdString(), {.layers = 3});
        open();
        QSignalSpy ended(m_workflow.get(), &CheckpointWorkflow::runEnded);
        QSignalSpy failed(m_workflow.get(), &CheckpointWorkflow::failed);
        m_workflow->addCheckpoint(QString::fromStdString(other.string()));
        QTRY_COMPARE(ended.count(), 1);
        QCOMPARE(failed.count(), 1);
        QCOMPARE(m_session->runs().size(), std::size_t(1));
        m_workflow->addCheckpoint(QString::fromStdString(same.string()));
        QTRY_COMPARE(ended.count(), 2);
        QCOMPARE(failed.count(), 1);
        QCOMPARE(m_session->runs().size(), std::size_t(2));
        QVERIFY(m_session->runs().back()->strategy.empty());
        QVERIFY(m_session->runs().back()->drift->total.sqnrDb() > 60); // float16 is all that was lost
    }

    void rulesComeFromCells()
    {
        open();
        m_workflow->setTypes({{0, "q"}, {1, "q"}}, GgmlType::Q5_0);
        QTRY_COMPARE(m_workflow->parameters().text("tensor_types"), std::string("\\.attn_q\\.=Q5_0"));
        QTRY_VERIFY(m_workflow->preview() && !m_workflow->preview()->types.empty());
        QTRY_VERIFY(m_workflow->preview()->types.at("blk.1.attn_q.weight") == GgmlType::Q5_0);
        ParamSet wrong = m_workflow->parameters();
        QVERIFY(wrong.set("tensor_types", std::string("attn_q")).ok());
        m_workflow->setParameters(wrong);
        QTRY_VERIFY(m_workflow->previewError());
        QVERIFY(!m_workflow->preview());
    }

    void aCancelIsNoError()
    {
        open();
        QSignalSpy failed(m_workflow.get(), &CheckpointWorkflow::failed);
        QSignalSpy ended(m_workflow.get(), &CheckpointWorkflow::runEnded);
        change([&](CheckpointRecipe &recipe) { recipe.strategy = "hqq"; });
        m_workflow->run();
        QVERIFY(m_workflow->isRunning());
        m_workflow->cancelRun();
        QTRY_COMPARE(ended.count(), 1);
        QCOMPARE(failed.count(), 0);
        QCOMPARE(m_session->runs().size(), std::size_t(1));
        QVERIFY(!QFile::exists(m_folder.filePath("tiny-hqq-4bit")));
    }

private:
    void open()
    {
        QSignalSpy opened(m_workflow.get(), &CheckpointWorkflow::opened);
        m_workflow->open(m_model);
        QTRY_COMPARE(opened.count(), 1);
    }
    void change(const std::function<void(CheckpointRecipe &)> &edit)
    {
        CheckpointRecipe recipe = m_session->recipe();
        edit(recipe);
        m_session->setRecipe(std::move(recipe));
    }
    void await(void (CheckpointWorkflow::*work)())
    {
        QSignalSpy ended(m_workflow.get(), &CheckpointWorkflow::runEnded);
        (m_workflow.get()->*work)();
        QVERIFY(m_workflow->isRunning());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 60000);
    }
    void run() { await(&CheckpointWorkflow::run); }
    void measure() { await(&CheckpointWorkflow::measure); }
};

QTEST_GUILESS_MAIN(TestCheckpointSession)
#include "tst_checkpointsession.moc"
