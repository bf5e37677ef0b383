// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The command line program itself: exit codes, JSON, what it leaves behind, and what it says about broken
// files.
#include "core/data/npyfile.h"
#include "core/model/modelio.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <csignal>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

using namespace qs;

namespace {

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
    if (!process.waitForFinished(120000))
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

/// What a failed command says on stderr, warnings left out; must be a single line.
QByteArray errorLine(const Outcome &outcome)
{
    QByteArray found;
    for (const QByteArray &line : outcome.err.split('\n')) {
        if (line.startsWith("quantstudio-cli: "))
            found += (found.isEmpty() ? "" : "\n") + line.mid(17);
    }
    return found;
}

} // namespace

class tst_Cli : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void wrongUsageIsTwo_data();
    void wrongUsageIsTwo();
    void languageModelsRefuseOtherOptions_data();
    void languageModelsRefuseOtherOptions();
    void listsEverything_data();
    void listsEverything();
    void inspects();
    void inspectsUnknownOperators();
    void quantizesEvaluatesDriftsBenches();
    void aSlowerFileIsSaidToBe();
    void severalTargetsGiveAFileEach();
    void advises();
    void recipeGivesTheSameBytes();
    void lints();
    void lintErrorsAreOne();
    void comparesModelsInOtherForms_data();
    void comparesModelsInOtherForms();
    void writesAReport();
    void brokenModels_data();
    void brokenModels();
    void brokenData_data();
    void brokenData();
    void outputThatCannotBeWritten();
    void sourcesAreNotOverwritten_data();
    void sourcesAreNotOverwritten();
    void failsBeforeTheWork_data();
    void failsBeforeTheWork();
    void fullDiskLeavesTheOldFile();
    void unreadableModel();
    void namesAreMadePrintable();
    void cancelIs130AndLeavesNothing();

private:
    QString path(const QString &name) const { return m_dir.filePath(name); }
    void write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    }
    QStringList quantizeArguments(const QString &out) const
    {
        return {"quantize",      path("net.onnx"), "-o",       out,
                "--strategy",    "static",         "--target", "x86-vnni",
                "--calibration", path("data.npz"), "--json"};
    }
    QStringList leftovers() const { return QDir(m_dir.path()).entryList({"*.part-*"}); }

    QTemporaryDir m_dir;
};

void tst_Cli::initTestCase()
{
    QVERIFY(m_dir.isValid());
    const ModelPtr model = modelFromText(R"(g (float[N,3,8,8] x) => (float[N,4] y)
        <float[4,3,1,1] w = {0.1, 0.2, 0.3, -0.4, 0.5, 0.6, 0.2, -0.2, 0.1, 0.3, 0.3, -0.7}, float[4] b = {0.5, 0, -1, 0.2},
         float[4,4] f = {1, -2, 3, 4, -5, 6, 7, 8, 1, 2, -3, 4, 5, 6, 7, -8}>
        { t = Conv(x, w, b)  r = Relu(t)  p = GlobalAveragePool(r)  q = Flatten(p)  y = MatMul(q, f) })");
    JobContext job;
    QVERIFY(saveModel(*model, path("net.onnx").toStdString(), {}, job).ok());
    const ModelPtr named = modelFromText(R"(g (float[N,3,8,8] x) => (float[N,16] y)
        <float[32,3,1,1] w, float[32] b, float[32,16] f>
        { [conv] t = Conv(x, w, b) [relu] r = Relu(t) [pool] p = GlobalAveragePool(r) [flat] q = Flatten(p)
          [product] y = MatMul(q, f) })");
    QVERIFY(saveModel(*named, path("named.onnx").toStdString(), {}, job).ok());
    std::vector<std::int64_t> labels(12);
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = static_cast<std::int64_t>(i % 4);
    const std::vector<NamedTensor> arrays {
        {"x", randomTensor({12, 3, 8, 8}, 3)},
        {"labels", Tensor::fromValues<std::int64_t>(DType::Int64, {12}, labels)}};
    QVERIFY(writeNpz(path("data.npz").toStdString(), arrays).ok());
}

void tst_Cli::wrongUsageIsTwo_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList {};
    QTest::newRow("unknown-verb") << QStringList {"transmogrify"};
    QTest::newRow("missing-output") << QStringList {"quantize", "x.onnx"};
    QTest::newRow("unknown-option") << QStringList {"inspect", "x.onnx", "--colour"};
    QTest::newRow("bad-number") << QStringList {"bench", "x.onnx", "--threads", "many"};
    const QStringList quantize {"quantize", "x.onnx", "-o", "y.onnx"};
    const QStringList evaluate {"evaluate", "x.onnx"};
    QTest::newRow("no-strategy") << quantize;
    QTest::newRow("empty-strategy") << quantize + QStringList {"--strategy", ""};
    QTest::newRow("empty-output") << QStringList {"quantize", "x.onnx", "-o", "", "--strategy", "static"};
    QTest::newRow("no-data") << evaluate;
    for (const QString option : {"--samples", "--training-samples", "--evaluation-limit"})
        QTest::newRow(qPrintable("negative " + option))
            << quantize + QStringList {"--strategy", "static", option, "-3"};
    QTest::newRow("negative --limit") << evaluate + QStringList {"--data", "synthetic", "--limit", "-1"};
    QTest::newRow("negative --limit of drift") << QStringList {"drift", "x.onnx", "y.onnx", "--limit", "-1"};
}

void tst_Cli::wrongUsageIsTwo()
{
    QFETCH(QStringList, arguments);
    const Outcome outcome = cli(arguments);
    QCOMPARE(outcome.code, 2);
    QVERIFY(!outcome.err.isEmpty() && outcome.out.isEmpty());
    if (QByteArray(QTest::currentDataTag()).startsWith("negative"))
        QVERIFY2(outcome.err.contains("is less than 0"), outcome.err.constData());
}

// What a verb would not read for a language model is wrong usage, and the first such option is named; what
// it does read gets as far as opening the folder, which is none.
void tst_Cli::languageModelsRefuseOtherOptions_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("refused");
    const auto quantize = [&](const QStringList &more) {
        return QStringList {"quantize", path("language"), "-o", path("out"), "--strategy", "rtn"} + more;
    };
    for (const char *option : {"--recipe", "--exclude", "--target", "--evaluation", "--report", "--samples",
                               "--training", "--preprocess", "--cache", "--evaluation-limit"})
        QTest::newRow(option) << quantize({option, "3"}) << QByteArray(option);
    QTest::newRow("the first") << quantize({"--cache", "x", "--target", "x86-vnni"}) << QByteArray("--cache");
    QTest::newRow("evaluate") << QStringList {"evaluate", path("language"), "--data", "x"}
                              << QByteArray("--data");
    QTest::newRow("drift") << QStringList {"drift", path("language"), path("language"), "--limit", "3"}
                           << QByteArray("--limit");
    QTest::newRow("read") << quantize(
        {"--set", "bits=4", "--threads", "1", "--resume", "--json", "--calibration", "text.txt"})
                          << QByteArray();
    QTest::newRow("evaluate, read") << QStringList {"evaluate", path("language"), "--text", "x", "--limit",
                                                    "1",        "--no-latency"}
                                    << QByteArray();
}

void tst_Cli::languageModelsRefuseOtherOptions()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, refused);
    QVERIFY(QDir(m_dir.path()).mkpath("language"));
    write("language/config.json", "{}");
    const Outcome outcome = cli(arguments);
    if (refused.isEmpty()) {
        QCOMPARE(outcome.code, 1);
        QVERIFY2(errorLine(outcome).contains("config.json"), outcome.err.constData());
        return;
    }
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.err.startsWith(refused + ": is not for language models, which take --"),
             outcome.err.constData());
    QVERIFY(outcome.out.isEmpty());
}

void tst_Cli::listsEverything_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("strategies") << "strategies"
                                << QStringList {"static", "dynamic", "weight-only", "gguf", "gptq",    "awq",
                                                "hqq",    "rtn",     "nf4",         "fp4",  "llm-int8"};
    QTest::newRow("targets") << "targets"
                             << QStringList {"x86-vnni",        "x86-avx2", "arm-xnnpack", "arm-qnnpack",
                                             "onnxruntime-cpu", "tensorrt", "qnn-htp",     "openvino"};
    QTest::newRow("observers") << "observers"
                               << QStringList {"minmax", "moving-average", "percentile", "entropy", "mse"};
    QTest::newRow("presets") << "presets"
                             << QStringList {"imagenet-torch",     "imagenet-tf", "imagenet-caffe",
                                             "normalize-imagenet", "unit",        "raw"};
}

void tst_Cli::listsEverything()
{
    QFETCH(QString, what);
    QFETCH(QStringList, expected);
    const Outcome outcome = cli({"list", what, "--json"});
    QCOMPARE(outcome.code, 0);
    QStringList ids;
    const QJsonArray entries = outcome.json()[what].toArray();
    for (const QJsonValue &entry : entries)
        ids += entry.toObject()["id"].toString();
    for (const QString &id : expected)
        QVERIFY2(ids.contains(id), qPrintable(id + " is missing"));
}

void tst_Cli::inspects()
{
    const Outcome outcome = cli({"inspect", path("net.onnx"), "--json"});
    QCOMPARE(outcome.code, 0);
    QCOMPARE(outcome.json()["opset"].toInt(), 13);
    QCOMPARE(outcome.json()["layers"].toArray().size(), 5);
    QCOMPARE(outcome.json()["layers"].toArray()[0].toObject()["macs"].toInt(), 4 * 3 * 8 * 8);
}

void tst_Cli::inspectsUnknownOperators()
{
    const ModelPtr model = modelFromText(R"(g (float[N,3,8,8] x) => (float[N,M] y)
        <float[4,3,1,1] w> { [first] t = Conv(x, w)  [second] u = Mystery(t)  [third] y = Relu(u) })");
    JobContext job;
    QVERIFY(saveModel(*model, path("unknown.onnx").toStdString(), {}, job).ok());
    const Outcome outcome = cli({"inspect", path("unknown.onnx"), "--json"});
    QCOMPARE(outcome.code, 0);
    const QJsonArray layers = outcome.json()["layers"].toArray();
    QCOMPARE(layers[0]["macs"].toInt(), 4 * 3 * 8 * 8);
    QCOMPARE(layers[0]["output_shapes"][0].toArray(), (QJsonArray {1, 4, 8, 8}));
    QVERIFY(layers[1]["output_shapes"][0].isNull());
    const QByteArray text = cli({"inspect", path("unknown.onnx")}).out;
    QVERIFY2(text.contains("1x4x8x8") && text.contains("?") && !text.contains("scalar"), text.constData());
}

void tst_Cli::quantizesEvaluatesDriftsBenches()
{
    const Outcome quantized = cli(quantizeArguments(path("int8.onnx")));
    QVERIFY2(quantized.code == 0, quantized.err.constData());
    for (const char *key : {"output", "size_bytes", "strategy", "target", "seconds", "quantized_nodes",
                            "float_nodes", "findings"})
        QVERIFY2(quantized.json().contains(QLatin1String(key)), key);
    QCOMPARE(quantized.json()["calibration"].toObject(),
             (QJsonObject {{"samples", 12}, {"skipped", 0}, {"synthetic", false}}));
    QCOMPARE(quantized.json()["size_bytes"].toInt(), static_cast<int>(QFileInfo(path("int8.onnx")).size()));

    const Outcome evaluated = cli({"evaluate", path("int8.onnx"), "--data", path("data.npz"), "--reference",
                                   path("net.onnx"), "--json"});
    QVERIFY2(evaluated.code == 0, evaluated.err.constData());
    for (const char *key :
         {"samples", "top1", "top1_ci95", "agreement", "output_sqnr_db", "size_bytes", "latency_ms"})
        QVERIFY2(evaluated.json().contains(QLatin1String(key)), key);
    QCOMPARE(evaluated.json()["samples"].toInt(), 12);
    QVERIFY(evaluated.json()["output_sqnr_db"].toDouble() > 20);

    const Outcome drift
        = cli({"drift", path("net.onnx"), path("int8.onnx"), "--data", path("data.npz"), "--json"});
    QVERIFY2(drift.code == 0, drift.err.constData());
    const QJsonArray layers = drift.json()["layers"].toArray();
    QVERIFY(!layers.isEmpty());
    for (const char *key : {"name", "op", "sqnr_db", "cosine", "max_abs", "clipped_percent"})
        QVERIFY2(layers[0].toObject().contains(QLatin1String(key)), key);

    const Outcome bench = cli({"bench", path("net.onnx"), path("int8.onnx"), "--seconds", "0.1", "--json"});
    QVERIFY2(bench.code == 0, bench.err.constData());
    QCOMPARE(bench.json()["models"].toArray().size(), 2);
}

void tst_Cli::aSlowerFileIsSaidToBe()
{
    const auto isSaid = [](const Outcome &outcome) {
        const QJsonArray findings = outcome.json()["findings"].toArray();
        return std::ranges::any_of(findings, [](const QJsonValue &finding) {
            return finding.toObject()["code"] == QLatin1String("slower-than-float");
        });
    };
    // Grids around each of sixty small sums cost more than the sums.
    QByteArray text = "g (float[1,64,32,32] x) => (float[1,64,32,32] y) { a0 = Sigmoid(x) ";
    for (int i = 0; i < 60; ++i)
        text += "a" + QByteArray::number(i + 1) + " = Add(a" + QByteArray::number(i) + ", x) ";
    text += "y = Sigmoid(a60) }";
    JobContext job;
    QVERIFY(saveModel(*modelFromText(text.constData()), path("sums.onnx").toStdString(), {}, job).ok());
    for (const char *name : {"net.onnx", "sums.onnx"}) {
        const Outcome outcome
            = cli({"quantize", path(name), "-o", path("timed.onnx"), "--strategy", "static", "--target",
                   "x86-vnni", "--calibration", "synthetic", "--samples", "2", "--json"});
        QVERIFY2(outcome.code == 0, outcome.err.constData());
        const double median = outcome.json()["latency_ms"].toDouble();
        const double reference = outcome.json()["reference_latency_ms"].toDouble();
        QVERIFY(median > 0 && reference > 0);
        QVERIFY2(isSaid(outcome) == (median > 1.02 * reference),
                 qPrintable(QStringLiteral("%1 and %2 ms").arg(median).arg(reference)));
        QCOMPARE(outcome.err.contains("slower-than-float"), isSaid(outcome));
    }
    QStringList arguments = quantizeArguments(path("timed.onnx"));
    const Outcome untimed = cli(arguments + QStringList {"--no-latency"});
    QVERIFY2(untimed.code == 0, untimed.err.constData());
    QVERIFY(!untimed.json().contains(QLatin1String("latency_ms")));
    // What runs elsewhere is not timed here.
    arguments[arguments.indexOf(QStringLiteral("--target")) + 1] = QStringLiteral("tensorrt");
    const Outcome foreign = cli(arguments);
    QVERIFY2(foreign.code == 0, foreign.err.constData());
    QVERIFY(!foreign.json().contains(QLatin1String("latency_ms")));
}

void tst_Cli::severalTargetsGiveAFileEach()
{
    QStringList arguments = quantizeArguments(path("several.onnx"));
    arguments[arguments.indexOf(QStringLiteral("--target")) + 1] = QStringLiteral("x86-vnni,tensorrt");
    const Outcome outcome = cli(arguments);
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonArray exports = outcome.json()["exports"].toArray();
    QCOMPARE(exports.size(), 2);
    for (const QJsonValue &item : exports) {
        const QString target = item["target"].toString();
        QCOMPARE(item["output"].toString(), path("several." + target + ".onnx"));
        QVERIFY(QFileInfo(item["output"].toString()).size() > 0);
    }
    QVERIFY(!QFileInfo::exists(path("several.onnx")));
}

void tst_Cli::advises()
{
    const Outcome outcome = cli({"advise", path("net.onnx"), "--target", "x86-vnni", "--json"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.json()["strategy"].toString(), QStringLiteral("static"));
    QVERIFY(!outcome.json()["reasons"].toArray().isEmpty());

    const Outcome portable = cli({"advise", path("net.onnx"), "--target", "tensorrt", "--cross-platform"});
    QVERIFY2(portable.out.startsWith("--strategy static --target onnxruntime-cpu\n"),
             portable.out.constData());
    const Outcome strict = cli({"advise", path("net.onnx"), "--training", "--largest-drop", "0.2", "--json"});
    QCOMPARE(strict.json()["strategy"].toString(), QStringLiteral("qat"));
    const Outcome readyMade = cli({"advise", path("net.onnx"), "--no-tuning", "--json"});
    QVERIFY(readyMade.json()["ready_made"].toBool());
    QCOMPARE(readyMade.json()["strategy"].toString(), QString());
}

void tst_Cli::recipeGivesTheSameBytes()
{
    const Outcome first = cli(quantizeArguments(path("first.onnx")));
    QCOMPARE(first.code, 0);
    write("recipe.json", QJsonDocument(first.json()["recipe"].toObject()).toJson());
    const Outcome second = cli(
        {"quantize", path("net.onnx"), "-o", path("second.onnx"), "--recipe", path("recipe.json"), "--json"});
    QVERIFY2(second.code == 0, second.err.constData());
    QFile a(path("first.onnx"));
    QFile b(path("second.onnx"));
    QVERIFY(a.open(QIODevice::ReadOnly) && b.open(QIODevice::ReadOnly));
    QVERIFY(a.readAll() == b.readAll());
}

void tst_Cli::lints()
{
    const Outcome quantized = cli(quantizeArguments(path("linted.onnx")));
    QCOMPARE(quantized.code, 0);
    const Outcome outcome = cli({"lint", path("linted.onnx"), "--reference", path("net.onnx"), "--json"});
    QCOMPARE(outcome.code, 0);
    const QJsonObject json = outcome.json();
    QCOMPARE(json["target"].toString(), QStringLiteral("x86-vnni")); // as the recipe in it says
    QCOMPARE(json["errors"].toInt(-1), 0);
    QCOMPARE(json["warnings"].toInt(-1), 0);
    QVERIFY(json["findings"].isArray());

    // uint8 and zero points are what TensorRT refuses.
    const Outcome elsewhere = cli({"lint", path("linted.onnx"), "--target", "tensorrt"});
    QCOMPARE(elsewhere.code, 1);
    QVERIFY(elsewhere.out.contains("activation-zero-point"));
    QVERIFY(!elsewhere.err.contains("quantstudio-cli:"));

    const Outcome plain = cli({"lint", path("net.onnx"), "--json"});
    QCOMPARE(plain.code, 0);
    QVERIFY(plain.json()["target"].isNull());
    QCOMPARE(cli({"lint", path("net.onnx"), "--target", "abacus"}).code, 1);
}

void tst_Cli::lintErrorsAreOne()
{
    const ModelPtr model = modelFromText("g (float[1,4] x) => (float[1,4] y) { y = NoSuchOperator(x) }");
    JobContext job;
    QVERIFY(saveModel(*model, path("broken.onnx").toStdString(), {}, job).ok());
    const Outcome outcome = cli({"lint", path("broken.onnx"), "--json"});
    QCOMPARE(outcome.code, 1);
    QCOMPARE(outcome.json()["errors"].toInt(), 1);
    const QJsonObject finding = outcome.json()["findings"].toArray().first().toObject();
    QCOMPARE(finding["code"].toString(), QStringLiteral("does-not-load"));
    QCOMPARE(finding["severity"].toString(), QStringLiteral("error"));
}

void tst_Cli::comparesModelsInOtherForms_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("form");
    QTest::addColumn<QString>("layer"); // a layer that must be compared
    QTest::newRow("QDQ") << QStringList {"--strategy", "static", "--calibration", path("data.npz")} << "QDQ"
                         << "conv";
    QTest::newRow("QOperator") << QStringList {"--strategy",     "static", "--calibration",
                                               path("data.npz"), "--set",  "format=qoperator"}
                               << "QOperator"
                               << "conv";
    QTest::newRow("dynamic") << QStringList {"--strategy", "dynamic"} << "dynamic"
                             << "product";
}

void tst_Cli::comparesModelsInOtherForms()
{
    QFETCH(QStringList, options);
    QFETCH(QString, form);
    QFETCH(QString, layer);
    const QString file = path(form + ".onnx");
    QCOMPARE(cli(QStringList {"quantize", path("named.onnx"), "-o", file} + options).code, 0);

    const QJsonObject quantized = cli({"inspect", file, "--json"}).json()["quantized"].toObject();
    QVERIFY(quantized["forms"].toArray().contains(form));
    const QByteArray text = cli({"inspect", file}).out;
    QVERIFY2(text.contains("quantized  ") && text.contains(form.toUtf8()), text.constData());

    const QJsonObject evaluation = cli({"evaluate", file, "--reference", path("named.onnx"), "--data",
                                        path("data.npz"), "--no-latency", "--json"})
                                       .json();
    QCOMPARE(evaluation["samples"].toInt(), 12);
    QVERIFY2(evaluation["output_sqnr_db"].toDouble() > 15,
             qPrintable(QString::number(evaluation["output_sqnr_db"].toDouble())));

    const QJsonObject drift
        = cli({"drift", path("named.onnx"), file, "--data", path("data.npz"), "--json"}).json();
    QStringList layers;
    for (const QJsonValue &value : drift["layers"].toArray()) {
        layers << value["name"].toString();
        if (value["name"].toString() == layer)
            QVERIFY2(value["sqnr_db"].toDouble() > 15, qPrintable(layer));
    }
    QVERIFY2(layers.contains(layer), qPrintable(layers.join(", ")));
}

void tst_Cli::writesAReport()
{
    QStringList arguments = quantizeArguments(path("reported.onnx"));
    arguments << "--evaluation" << path("data.npz") << "--report" << path("report");
    const Outcome outcome = cli(arguments);
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QVERIFY(QFileInfo(path("report/index.html")).size() > 2000);
    QVERIFY(QFile::exists(path("report/report.json")));
}

void tst_Cli::brokenModels_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes"); // null = a folder or nothing at all
    QFile file(path("net.onnx"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray whole = file.readAll();
    QByteArray noise(5000, '\0');
    for (qsizetype i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<char>((i * 7919 + 13) % 251);
    QTest::newRow("missing") << "missing.onnx" << QByteArray();
    QTest::newRow("folder") << "." << QByteArray();
    QTest::newRow("zero-byte") << "zero.onnx" << QByteArray("");
    QTest::newRow("truncated") << "truncated.onnx" << whole.left(whole.size() * 2 / 3);
    QTest::newRow("random") << "random.onnx" << noise;
}

void tst_Cli::brokenModels()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    if (!bytes.isNull())
        write(name, bytes);
    for (const QStringList &arguments :
         {QStringList {"inspect", path(name)},
          QStringList {"quantize", path(name), "-o", path("never.onnx"), "--strategy", "static",
                       "--calibration", path("data.npz")}}) {
        const Outcome outcome = cli(arguments);
        QCOMPARE(outcome.code, 1);
        QVERIFY2(errorLine(outcome).contains(name.toUtf8()), outcome.err.constData());
        QVERIFY(!errorLine(outcome).contains('\n'));
        QVERIFY(outcome.out.isEmpty());
        QVERIFY(!QFile::exists(path("never.onnx")));
    }
}

void tst_Cli::brokenData_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("missing") << "nothing.npz";
    QTest::newRow("wrong-shape") << "wrong.npz";
    QTest::newRow("truncated") << "half.npz";
    QTest::newRow("empty-folder") << "empty";
}

void tst_Cli::brokenData()
{
    QFETCH(QString, name);
    QVERIFY(writeNpz(path("wrong.npz").toStdString(), {{"x", randomTensor({12, 5, 8, 8}, 3)}}).ok());
    QFile file(path("data.npz"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    write("half.npz", file.readAll().left(4000));
    QDir(m_dir.path()).mkdir("empty");
    const Outcome outcome = cli({"quantize", path("net.onnx"), "-o", path("never.onnx"), "--strategy",
                                 "static", "--calibration", path(name)});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(errorLine(outcome).contains(name.toUtf8()), outcome.err.constData());
    QVERIFY(!errorLine(outcome).contains('\n'));
    QVERIFY(!QFile::exists(path("never.onnx")));
    QVERIFY(leftovers().isEmpty());
}

void tst_Cli::outputThatCannotBeWritten()
{
    const Outcome outcome = cli(quantizeArguments(path("no-such-folder/out.onnx")));
    QCOMPARE(outcome.code, 1);
    QVERIFY2(errorLine(outcome).contains("no-such-folder/out.onnx"), outcome.err.constData());
    QVERIFY(outcome.out.isEmpty());
}

void tst_Cli::sourcesAreNotOverwritten_data()
{
    QTest::addColumn<QString>("output");
    QTest::addColumn<QString>("targets");
    QTest::newRow("same-name") << "precious.onnx"
                               << "x86-vnni";
    QTest::newRow("link") << "alias.onnx"
                          << "x86-vnni";
    QTest::newRow("one-of-several") << "precious.onnx"
                                    << "x86-vnni,tensorrt"; // of which net.tensorrt.onnx is the model
}

void tst_Cli::sourcesAreNotOverwritten()
{
    QFETCH(QString, output);
    QFETCH(QString, targets);
    const QString model = targets.contains(u',') ? path("precious.tensorrt.onnx") : path("precious.onnx");
    QVERIFY(QFile::exists(model) || QFile::copy(path("net.onnx"), model));
    QFile::link(model, path("alias.onnx"));
    QStringList arguments = quantizeArguments(path(output));
    arguments[1] = model;
    arguments[arguments.indexOf(QStringLiteral("--target")) + 1] = targets;
    const Outcome outcome = cli(arguments);
    QCOMPARE(outcome.code, 1);
    QVERIFY2(errorLine(outcome).contains("is the float model itself"), outcome.err.constData());
    QFile a(path("net.onnx"));
    QFile b(model);
    QVERIFY(a.open(QIODevice::ReadOnly) && b.open(QIODevice::ReadOnly));
    QVERIFY(a.readAll() == b.readAll());
}

void tst_Cli::failsBeforeTheWork_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("named");
    QTest::newRow("evaluation") << QStringList {"--evaluation", path("typo.npz")} << path("typo.npz");
    QTest::newRow("report") << QStringList {"--report", "/proc/foo"} << "/proc/foo";
    QTest::newRow("report-in-a-file") << QStringList {"--report", path("net.onnx/x")} << path("net.onnx/x");
}

void tst_Cli::failsBeforeTheWork()
{
    QFETCH(QStringList, options);
    QFETCH(QString, named);
    const Outcome outcome = cli(quantizeArguments(path("late.onnx")) + options);
    QCOMPARE(outcome.code, 1);
    QVERIFY2(errorLine(outcome).contains(named.toUtf8()), outcome.err.constData());
    QVERIFY(!errorLine(outcome).contains('\n'));
    QVERIFY(!QFile::exists(path("late.onnx")));
}

void tst_Cli::fullDiskLeavesTheOldFile()
{
    QDir(m_dir.path()).mkdir("disk");
    const QString disk = path("disk");
    if (QProcess::execute("mount", {"-t", "tmpfs", "-o", "size=4k", "tmpfs", disk}) != 0)
        QSKIP("a small file system can be mounted by root only");
    const QString out = disk + "/out.onnx";
    QFile old(out);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
    old.close();
    const Outcome outcome = cli(quantizeArguments(out));
    const bool kept = old.open(QIODevice::ReadOnly) && old.readAll() == "old";
    old.close();
    const QStringList files = QDir(disk).entryList(QDir::Files);
    QProcess::execute("umount", {disk});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(errorLine(outcome).contains("No space left"), outcome.err.constData());
    QVERIFY(kept);
    QCOMPARE(files, QStringList {"out.onnx"});
}

/// Root may read everything, unless its program starts without that right.
void tst_Cli::unreadableModel()
{
    constexpr int kNotPossible = 99;
    write("secret.onnx", "x");
    QFile::setPermissions(path("secret.onnx"), {});
    QProcess process;
    if (::geteuid() == 0)
        process.setChildProcessModifier([] {
            for (const int right : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}) {
                if (::prctl(PR_CAPBSET_DROP, right, 0, 0, 0) != 0)
                    ::_exit(kNotPossible);
            }
        });
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"), {"inspect", path("secret.onnx")});
    QVERIFY(process.waitForFinished(60000));
    if (process.exitCode() == kNotPossible)
        QSKIP("this root may not give up rights");
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("secret.onnx: Permission denied"));
}

void tst_Cli::namesAreMadePrintable()
{
    onnx::ModelProto proto = protoFromText(
        "g (float[N,3,8,8] x) => (float[N,4,8,8] y) <float[4,3,1,1] w> { y = Softmax <axis = 1> (x) }");
    proto.mutable_graph()->mutable_node(0)->set_name("a\x1B[2Jb");
    write("colours.onnx", QByteArray::fromStdString(proto.SerializeAsString()));
    const Outcome inspected = cli({"inspect", path("colours.onnx")});
    QCOMPARE(inspected.code, 0);
    QVERIFY2(inspected.out.contains("a?[2Jb") && !inspected.out.contains('\x1B'), inspected.out.constData());
    // Found in a second look, and told with its name.
    QStringList arguments = quantizeArguments(path("coloured.onnx")) + QStringList {"--exclude", "^a"};
    arguments[1] = path("colours.onnx");
    const Outcome quantized = cli(arguments);
    QVERIFY2(quantized.code == 0 && !quantized.err.contains('\x1B'), quantized.err.constData());
}

void tst_Cli::cancelIs130AndLeavesNothing()
{
    QProcess process;
    process.start(QStringLiteral(QS_BIN_DIR "/quantstudio-cli"),
                  {"bench", path("net.onnx"), "--seconds", "60", "--json"});
    QVERIFY(process.waitForStarted());
    QTest::qWait(500);
    QCOMPARE(process.state(), QProcess::Running); // else the process id below is 0: this program's own group
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(10000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(process.readAllStandardOutput().isEmpty());
    QVERIFY(leftovers().isEmpty());
}

QTEST_GUILESS_MAIN(tst_Cli)
#include "tst_cli.moc"
