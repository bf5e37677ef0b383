// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A trained BERT on real news: what dynamic and static INT8 cost it, and what stays float.
#include "core/model/modelio.h"
#include "core/run/run.h"

#include <QDir>
#include <QTest>

#include <algorithm>

using namespace qs;

namespace {

const std::string kModel = QS_SHARED_DIR "/models/bert-small-agnews.onnx";
const std::string kTest = QS_SHARED_DIR "/data/agnews/test.npz";
const std::string kCalibration = QS_SHARED_DIR "/data/agnews/calibration.npz";
/// Of 4560; the bench takes all of them.
constexpr std::size_t kSamples = 600;

} // namespace

class tst_RealTransformer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QDir(QStringLiteral(QS_SHARED_DIR)).exists())
            QSKIP("the shared models and data are not here");
    }
    void accuracy_data();
    void accuracy();
};

void tst_RealTransformer::accuracy_data()
{
    QTest::addColumn<QString>("strategy");
    QTest::addColumn<double>("largestDrop"); // of top-1, 0..1
    QTest::addColumn<double>("largestSize"); // of FP32
    QTest::addColumn<int>("leastInteger"); // products with constant matrices, of 26
    QTest::newRow("dynamic") << "dynamic" << 0.003 << 0.26 << 26;
    QTest::newRow("static") << "static" << 0.01 << 0.30 << 26;
}

void tst_RealTransformer::accuracy()
{
    QFETCH(QString, strategy);
    QFETCH(double, largestDrop);
    QFETCH(double, largestSize);
    QFETCH(int, leastInteger);
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const auto model = loadModel(kModel, job);
    QVERIFY(model.ok());
    Recipe recipe;
    recipe.strategy = strategy.toStdString();
    recipe.target = "x86-vnni";
    recipe.calibration.path = kCalibration;
    recipe.calibration.limit = 128;
    const auto result = quantize(*model, recipe, *engine, {}, job);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Quantized &quantized = **result;

    const auto data = openDataset({.path = kTest, .limit = kSamples, .preprocessing = {}},
                                  quantized.source->graph().inputs(), job);
    QVERIFY2(data.ok(), data.ok() ? "" : data.error().message().c_str());
    const auto evaluation = evaluate(*quantized.model, quantized.source.get(), **data, *engine,
                                     {.latency = false, .latencyOptions = {}}, job);
    QVERIFY(evaluation.ok());
    const double drop = evaluation->referenceTop1->value - evaluation->top1->value;
    const double size = double(evaluation->sizeBytes) / double(evaluation->referenceSizeBytes);
    qInfo("%s: top-1 %.2f %% of %.2f %%, agreement %.2f %%, SQNR %.1f dB, size %.3f, %d nodes in integers, "
          "%d in "
          "float",
          qPrintable(strategy), evaluation->top1->value * 100, evaluation->referenceTop1->value * 100,
          evaluation->agreement->value * 100, *evaluation->outputSqnrDb, size, quantized.quantizedNodes,
          quantized.floatNodes);
    QVERIFY(evaluation->referenceTop1->value > 0.85); // it was read right
    QVERIFY(drop <= largestDrop);
    QVERIFY(size <= largestSize);

    // What stays float says why; products with constant matrices do not stay float.
    int products = 0;
    for (const NodePlan &node : quantized.plan.nodes) {
        products += node.op == "MatMul" && node.isQuantized() ? 1 : 0;
        QVERIFY2(node.isQuantized() || !node.reason.empty(), node.layer.c_str());
    }
    QVERIFY2(products >= leastInteger, qPrintable(QString::number(products)));
    for (const Finding &finding : quantized.findings)
        QVERIFY2(finding.code != "float-kernel", finding.detail.str().c_str());
}

QTEST_GUILESS_MAIN(tst_RealTransformer)
#include "tst_real_transformer.moc"
