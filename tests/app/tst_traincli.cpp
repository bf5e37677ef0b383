// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Training from the command line, and what a kill in the middle of it costs.
#include "core/data/npyfile.h"
#include "core/model/modelio.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/modelrun.h"
#include "tests/support/tinycnn.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <csignal>
#include <set>

using namespace qs;

class tst_TrainCli : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void otherStrategiesTakeNoTrainingData();
    void tellsHowItWent();
    void textSaysWhatCameOut();
    void killedRunEndsInTheSameFile_data();
    void killedRunEndsInTheSameFile();
    void resumeNeedsSomethingToGoOnWith();
    void anotherTrainingIsNotWrittenOver();

private:
    QString path(const QString &name) const { return m_dir.filePath(name); }
    QStringList arguments(const QString &out) const
    {
        return {"quantize",
                path("net.onnx"),
                "-o",
                path(out),
                "--strategy",
                "qat",
                "--target",
                "x86-vnni",
                "--calibration",
                path("few.npz"),
                "--training",
                path("many.npz"),
                "--threads",
                "1",
                "--set",
                "epochs=60",
                "--set",
                "batch_size=8",
                "--set",
                "weight_bits=4",
                "--json"};
    }
    static QByteArray bytesOf(const QString &file)
    {
        QFile opened(file);
        return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
    }

    QTemporaryDir m_dir;
};

void tst_TrainCli::initTestCase()
{
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
    JobContext job;
    QVERIFY(saveModel(*test::makeTinyCnn(), path("net.onnx").toStdString(), {}, job).ok());
    const auto write = [this](const char *name, std::int64_t count) {
        std::vector<std::int64_t> labels(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < labels.size(); ++i)
            labels[i] = static_cast<std::int64_t>(i % 3);
        const std::vector<NamedTensor> arrays {
            {"image", randomTensor({count, 3, 16, 16}, 3)},
            {"labels", Tensor::fromValues<std::int64_t>(DType::Int64, {count}, labels)}};
        return writeNpz(path(QString::fromUtf8(name)).toStdString(), arrays).ok();
    };
    QVERIFY(write("few.npz", 8));
    QVERIFY(write("many.npz", 96));
}

void tst_TrainCli::otherStrategiesTakeNoTrainingData()
{
    QProcess process;
    QStringList wrong = arguments("none.onnx");
    wrong[5] = "static";
    wrong.resize(14); // without the settings of training
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), wrong);
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("does not train"));
}

void tst_TrainCli::tellsHowItWent()
{
    QProcess process;
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments("whole.onnx"));
    QVERIFY(process.waitForFinished(240000));
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(process.exitCode() == 0, errors.constData());
    const QJsonObject training
        = QJsonDocument::fromJson(process.readAllStandardOutput()).object()["training"].toObject();
    QCOMPARE(training["epochs"].toArray().size(), 61);
    QVERIFY(std::abs(training["simulated_top1"].toDouble(-1) - training["exported_top1"].toDouble(-2))
            < 0.02);
    QCOMPARE(training["samples"].toInt() + training["validation_samples"].toInt(), 96);
    QVERIFY(!QFile::exists(path("whole.onnx.training")));
}

void tst_TrainCli::textSaysWhatCameOut()
{
    QStringList plain = arguments("short.onnx");
    plain.removeAll("--json");
    QProcess process;
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"),
                  plain << "--set"
                        << "epochs=2");
    QVERIFY(process.waitForFinished(240000));
    QCOMPARE(process.exitCode(), 0);
    const QByteArray text = process.readAllStandardOutput();
    const QRegularExpression line(
        "\ntraining: (no epoch of 2 was better than none|epoch [12] of 2 was kept); "
        "loss [0-9.]+ → [0-9.]+; accuracy .* same class for [0-9.]+ % of 96 samples, "
        "the right one for [0-9.]+ % exported and [0-9.]+ % simulated\n");
    QVERIFY2(QString::fromUtf8(text).contains(line), text.constData());
}

void tst_TrainCli::killedRunEndsInTheSameFile_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::newRow("same command") << QStringList();
    QTest::newRow("--resume") << QStringList {"--resume"};
}

void tst_TrainCli::killedRunEndsInTheSameFile()
{
    QFETCH(QStringList, more);
    QVERIFY(QFile::exists(path("whole.onnx")));
    QFile::remove(path("broken.onnx"));
    QProcess killed;
    killed.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments("broken.onnx"));
    QVERIFY(killed.waitForStarted());
    // Some epochs on: each replaces the file.
    QElapsedTimer waited;
    waited.start();
    std::set<QDateTime> written;
    while (written.size() < 4 && killed.state() == QProcess::Running && waited.elapsed() < 120000) {
        const QFileInfo file(path("broken.onnx.training"));
        if (file.exists())
            written.insert(file.lastModified());
        QTest::qWait(2);
    }
    ::kill(static_cast<pid_t>(killed.processId()), SIGKILL);
    QVERIFY(killed.waitForFinished(10000));
    QCOMPARE(killed.exitStatus(), QProcess::CrashExit);
    QVERIFY(QFile::exists(path("broken.onnx.training")));
    QVERIFY(!QFile::exists(path("broken.onnx")));

    QProcess resumed;
    resumed.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments("broken.onnx") << more);
    QVERIFY(resumed.waitForFinished(240000));
    QCOMPARE(resumed.exitCode(), 0);
    QVERIFY(resumed.readAllStandardError().contains("training-resumed"));
    QCOMPARE(bytesOf(path("broken.onnx")), bytesOf(path("whole.onnx")));
    QVERIFY(!QFile::exists(path("broken.onnx.training")));
}

void tst_TrainCli::resumeNeedsSomethingToGoOnWith()
{
    QProcess process;
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments("none.onnx") << "--resume");
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 1);
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(errors.contains("none.onnx.training") && errors.contains("nothing to go on with"),
             errors.constData());
    QVERIFY(!QFile::exists(path("none.onnx")));
}

void tst_TrainCli::anotherTrainingIsNotWrittenOver()
{
    QProcess killed;
    killed.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments("other.onnx"));
    QVERIFY(killed.waitForStarted());
    QElapsedTimer waited;
    waited.start();
    while (!QFile::exists(path("other.onnx.training")) && waited.elapsed() < 120000)
        QTest::qWait(2);
    ::kill(static_cast<pid_t>(killed.processId()), SIGKILL);
    QVERIFY(killed.waitForFinished(10000));
    const QByteArray before = bytesOf(path("other.onnx.training"));
    QVERIFY(!before.isEmpty());
    QProcess other;
    other.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"),
                arguments("other.onnx") << "--set"
                                        << "seed=7");
    QVERIFY(other.waitForFinished(240000));
    QCOMPARE(other.exitCode(), 1);
    const QByteArray errors = other.readAllStandardError();
    QVERIFY2(errors.contains("of another training"), errors.constData());
    QCOMPARE(bytesOf(path("other.onnx.training")), before);
}

QTEST_GUILESS_MAIN(tst_TrainCli)
#include "tst_traincli.moc"
