// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A language model through the command line: from a Hugging Face folder to checkpoints and their quality.
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

namespace {

const QString kModel = QStringLiteral(QS_SHARED_DIR "/models/llama-tiny");
const QString kValid = QStringLiteral(QS_SHARED_DIR "/data/llama-tiny/valid.txt");
const QString kTrain = QStringLiteral(QS_SHARED_DIR "/data/llama-tiny/train-sample.txt");

struct Outcome
{
    int code = -1;
    QByteArray out;
    QByteArray err;

    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

Outcome cli(const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), arguments);
    if (!process.waitForFinished(300000))
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

} // namespace

class tst_RealLlmCli : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QDir(kModel).exists())
            QSKIP("the shared models and data are not here");
    }
    void advises();
    void ggufHasTheSizeOfLlamaCpps();
    void ggufIsMeasured();
    void checkpointsAreMeasured_data();
    void checkpointsAreMeasured();
    void checkpointsAreListedAndCompared();
    void whatIsMissingIsSaid();

private:
    QTemporaryDir m_dir;
};

void tst_RealLlmCli::advises()
{
    const Outcome outcome = cli({"advise", kModel, "--json"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.json()["strategy"].toString(), QStringLiteral("gguf"));
    const int told = outcome.json()["sizes"].toObject()["gguf"].toInt();
    QVERIFY2(std::abs(told - 4367680) <= 128, qPrintable(QString::number(told))); // the README's table
    const Outcome served = cli({"advise", kModel, "--gpu"});
    QVERIFY2(served.out.startsWith("--strategy awq\n"), served.out.constData());
    QVERIFY(served.out.contains("6.8 million parameters"));
}

void tst_RealLlmCli::ggufHasTheSizeOfLlamaCpps()
{
    const QString out = m_dir.filePath("q4km.gguf");
    const Outcome outcome
        = cli({"quantize", kModel, "-o", out, "--strategy", "gguf", "--set", "type=Q4_K_M", "--json"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.json()["size_bytes"].toInt(), 4367680); // the README's table
    QCOMPARE(QFileInfo(out).size(), 4367680);
    QVERIFY(outcome.json()["tensors"].toArray().size() > 50);
}

void tst_RealLlmCli::ggufIsMeasured()
{
    const QString out = m_dir.filePath("q4km-importance.gguf");
    const Outcome quantized = cli({"quantize", kModel, "-o", out, "--strategy", "gguf", "--calibration",
                                   kTrain, "--set", "windows=16", "--json"});
    QVERIFY2(quantized.code == 0, quantized.err.constData());
    const Outcome measured
        = cli({"evaluate", out, "--text", kValid, "--reference", kModel, "--limit", "40", "--json"});
    QVERIFY2(measured.code == 0, measured.err.constData());
    // The float model has 3.829134 on these windows, and Q4_K_M loses some 0.005.
    QVERIFY(std::abs(measured.json()["reference_nll"].toDouble() - 3.829134) < 2e-6);
    const double increase = measured.json()["nll_difference"].toDouble();
    QVERIFY2(increase > 0 && increase < 0.01, qPrintable(QString::number(increase)));
    QVERIFY(measured.json()["kld_mean"].toDouble() < 0.0056);

    // For people: the percentiles, and the three tensors that drift tells first.
    const QJsonArray worst = cli({"drift", kModel, out, "--json"}).json()["layers"].toArray();
    QCOMPARE(measured.json()["weights"].toObject()["layers"].toArray(), worst);
    const QString text = QString::fromUtf8(
        cli({"evaluate", out, "--text", kValid, "--reference", kModel, "--limit", "2"}).out);
    for (const char *part : {" mean, ", " median, ", " at 90 %, ", " at 99 %, ", " at 99.9 %\n", "\nworst "})
        QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
    const QStringList lines = text.trimmed().split('\n');
    QVERIFY(worst.size() > 3 && lines.size() > 3);
    for (int i = 0; i < 3; ++i) {
        const QString name = worst[i]["name"].toString();
        const QString error = QString::number(worst[i]["relative_error"].toDouble(), 'f', 5);
        const QString &line = lines[lines.size() - 3 + i];
        QVERIFY2(line.contains(name) && line.contains(error), qPrintable(line));
    }

    QFile other(m_dir.filePath("other.gguf"));
    QVERIFY(other.open(QFile::WriteOnly) && other.write("text") == 4);
    other.close();
    const Outcome refused = cli({"evaluate", other.fileName(), "--text", kValid});
    QCOMPARE(refused.code, 1);
    QVERIFY(refused.err.contains("other.gguf: is no language model"));
}

void tst_RealLlmCli::checkpointsAreMeasured_data()
{
    QTest::addColumn<QString>("strategy");
    QTest::addColumn<double>("largestIncrease"); ///< of the mean negative log likelihood, nats
    // Rounding to nearest loses 0.0153 on the whole text, so these are not what an unquantized folder gives.
    QTest::newRow("gptq") << "gptq" << 0.02;
    QTest::newRow("awq") << "awq" << 0.02;
    QTest::newRow("nf4") << "nf4" << 0.02;
    QTest::newRow("llm-int8") << "llm-int8" << 0.001;
}

void tst_RealLlmCli::checkpointsAreMeasured()
{
    QFETCH(QString, strategy);
    QFETCH(double, largestIncrease);
    const QString out = m_dir.filePath(strategy);
    QStringList arguments {"quantize", kModel, "-o", out, "--strategy", strategy, "--json"};
    if (strategy == QLatin1String("gptq") || strategy == QLatin1String("awq"))
        arguments += {"--calibration", kTrain, "--set", "windows=16"};
    const Outcome quantized = cli(arguments);
    QVERIFY2(quantized.code == 0, quantized.err.constData());
    QVERIFY(quantized.json()["bits_per_weight"].toDouble() < 8.5);
    const Outcome measured
        = cli({"evaluate", out, "--text", kValid, "--reference", kModel, "--limit", "20", "--json"});
    QVERIFY2(measured.code == 0, measured.err.constData());
    for (const char *key : {"tokens", "nll", "perplexity", "perplexity_error", "kld_mean", "same_top"})
        QVERIFY2(measured.json().contains(QLatin1String(key)), key);
    QCOMPARE(measured.json()["scored"].toInt(), 20 * 256);
    QVERIFY(measured.json()["kld_mean"].toDouble() > 0);
    const double increase = measured.json()["nll_difference"].toDouble();
    QVERIFY2(increase < largestIncrease, qPrintable(QString::number(increase)));
}

void tst_RealLlmCli::checkpointsAreListedAndCompared()
{
    const QString nf4 = m_dir.filePath("listed");
    QCOMPARE(cli({"quantize", kModel, "-o", nf4, "--strategy", "nf4"}).code, 0);
    const QString gguf = m_dir.filePath("listed.gguf");
    QCOMPARE(cli({"quantize", kModel, "-o", gguf, "--strategy", "gguf", "--set", "type=Q8_0"}).code, 0);

    const QJsonObject plain = cli({"inspect", kModel, "--json"}).json();
    QCOMPARE(plain["parameters"].toInt(), 6819072); // the README's table
    QCOMPARE(plain["bits_per_weight"].toDouble(), 16.0);
    QCOMPARE(plain["quantization"].toString(), QString());
    const QJsonObject quantized = cli({"inspect", nf4, "--json"}).json();
    QCOMPARE(quantized["parameters"].toInt(), 6819072);
    QCOMPARE(quantized["quantization"].toString(), QString("bitsandbytes, nf4, double"));
    QCOMPARE(quantized["types"]["nf4 double"]["tensors"].toInt(), 42);
    const QJsonObject file = cli({"inspect", gguf, "--json"}).json();
    QCOMPARE(file["quantization"].toString(), QString("Q8_0"));
    QCOMPARE(file["types"]["Q8_0"]["tensors"].toInt(), 44);

    const QJsonObject drift = cli({"drift", kModel, gguf, "--json"}).json();
    const QJsonArray layers = drift["layers"].toArray();
    QCOMPARE(layers.size(), 57);
    QVERIFY(layers[0]["sqnr_db"].toDouble() > 40 && layers[0]["sqnr_db"].toDouble() < 55);
    QVERIFY(layers[0]["relative_error"].toDouble() >= layers[1]["relative_error"].toDouble());
    QVERIFY(cli({"drift", kModel, nf4}).out.contains("nf4 double"));
    QVERIFY(cli({"drift", kModel, m_dir.filePath("none")}).err.contains("none: is no language model"));
}

void tst_RealLlmCli::whatIsMissingIsSaid()
{
    const Outcome noText = cli({"evaluate", kModel});
    QCOMPARE(noText.code, 2);
    QVERIFY(noText.err.contains("--text"));
    const Outcome noCalibration
        = cli({"quantize", kModel, "-o", m_dir.filePath("never"), "--strategy", "gptq"});
    QCOMPARE(noCalibration.code, 1);
    QVERIFY(noCalibration.err.contains("needs calibration text"));
    QVERIFY(!QFileInfo::exists(m_dir.filePath("never")));
}

QTEST_GUILESS_MAIN(tst_RealLlmCli)
#include "tst_real_llmcli.moc"
