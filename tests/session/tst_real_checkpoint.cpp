// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpointworkflow.h"

#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace qs;

namespace {

const QString kModel = QStringLiteral(QS_SHARED_DIR "/models/llama-tiny");
const QString kText = QStringLiteral(QS_SHARED_DIR "/data/llama-tiny/valid.txt");

}

/// A real model through what the window does, against what llama.cpp says of it.
class TestRealCheckpoint : public QObject
{
    Q_OBJECT

private slots:
    void quantizesAndMeasuresAsLlamaCpp()
    {
        if (!QFile::exists(kModel) || !QFile::exists(kText))
            QSKIP("models/llama-tiny or data/llama-tiny is not in the folder of shared files");
        QTemporaryDir folder;
        Settings settings(std::make_unique<QSettings>(folder.filePath("settings.ini"), QSettings::IniFormat));
        JobRunner jobs;
        CheckpointSession session;
        CheckpointWorkflow workflow(
            {.session = session, .jobs = jobs, .settings = settings, .strategies = builtinLlmStrategies()});
        QSignalSpy opened(&workflow, &CheckpointWorkflow::opened);
        workflow.open(kModel);
        QTRY_COMPARE(opened.count(), 1);
        QCOMPARE(session.checkpoint()->view.parameters(), std::int64_t(6'819'072));
        QCOMPARE(session.checkpoint()->tokens, std::size_t(4096));

        CheckpointRecipe recipe = session.recipe();
        recipe.parameters = {{"type", "Q4_K_M"}};
        recipe.evaluation = kText.toStdString();
        recipe.windows = 40;
        recipe.output = folder.filePath("out.gguf").toStdString();
        session.setRecipe(recipe);
        QTRY_VERIFY(workflow.preview());
        // The file that llama.cpp's own quantizer makes has 4,367,680 bytes; its metadata may differ by a few
        // entries.
        QVERIFY(std::abs(double(workflow.preview()->byteSize) - 4'367'680) < 2000);
        QSignalSpy ended(&workflow, &CheckpointWorkflow::runEnded);
        workflow.run();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 600000);
        QCOMPARE(session.runs().size(), std::size_t(2));
        const CheckpointRun &original = *session.runs().front();
        const CheckpointRun &made = *session.runs().back();
        QVERIFY(std::abs(double(made.fileBytes) - 4'367'680) < 2000);
        QVERIFY(std::abs(double(made.fileBytes) - double(QFileInfo(folder.filePath("out.gguf")).size()))
                < 0.5);
        // llama.cpp on the same 40 windows.
        QVERIFY2(std::abs(original.quality->result.nll - 3.829134) < 5e-5,
                 qPrintable(QString::number(original.quality->result.nll, 'f', 6)));
        // On the whole text llama.cpp loses ln(46.215 / 45.982) = 0.0051 with this type.
        const double loss = made.quality->result.divergence->nllDifference;
        QVERIFY2(loss > 0.001 && loss < 0.010, qPrintable(QString::number(loss)));
    }
};

QTEST_GUILESS_MAIN(TestRealCheckpoint)
#include "tst_real_checkpoint.moc"
