// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Trained networks, real pictures, the real runtime: what static INT8 costs.
#include "core/data/presets.h"
#include "core/model/modelio.h"
#include "core/run/run.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace qs;

namespace {

struct Case
{
    const char *model;
    const char *preset;
    const char *calibration;
    std::size_t samples;
    const char *evaluation;
    double largestDrop; ///< of top-1, 0..1
    nlohmann::json parameters = nullptr; ///< other than the defaults
};

/// Turning weights by the second moments of their inputs, without the search in between.
const nlohmann::json kRounded {{"adaround", true}, {"adaround_iterations", 0}};
/// The same behind equalization: SqueezeNet was trained without batch normalization, its channels reach
/// differently far.
const nlohmann::json kRefined {{"equalize", true}, {"adaround", true}, {"adaround_iterations", 0}};

std::string shared(const char *name)
{
    return std::string(QS_SHARED_DIR "/") + name;
}

} // namespace

class tst_RealStatic : public QObject
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
    void otherNetworks_data();
    void otherNetworks();

private:
    static Result<QuantizedPtr> run(const Case &testCase);
};

Result<QuantizedPtr> tst_RealStatic::run(const Case &testCase)
{
    JobContext job;
    QS_TRY(const ModelPtr model, loadModel(shared(testCase.model), job));
    Recipe recipe;
    recipe.target = "x86-vnni";
    if (!testCase.parameters.is_null())
        recipe.parameters = testCase.parameters;
    recipe.calibration.path
        = std::string(testCase.calibration) == "synthetic" ? "synthetic" : shared(testCase.calibration);
    recipe.calibration.limit = testCase.samples;
    QS_TRY(recipe.calibration.preprocessing, findPreprocessing(testCase.preset));
    return quantize(model, recipe, *makeOnnxRuntimeEngine(), {}, job);
}

void tst_RealStatic::accuracy_data()
{
    QTest::addColumn<Case>("testCase");
    QTest::newRow("resnet20") << Case {"models/resnet20_cifar10.onnx",
                                       "normalize-imagenet",
                                       "data/cifar10-dev",
                                       200,
                                       "data/cifar10-test",
                                       0.003};
    QTest::newRow("resnet20_jpegft") << Case {"models/resnet20_cifar10_jpegft.onnx",
                                              "normalize-imagenet",
                                              "data/cifar10-dev",
                                              200,
                                              "data/cifar10-test",
                                              0.003};
    QTest::newRow("resnet56") << Case {"models/resnet56_cifar10.onnx",
                                       "normalize-imagenet",
                                       "data/cifar10-dev",
                                       200,
                                       "data/cifar10-test",
                                       0.003,
                                       kRounded};
    QTest::newRow("squeezenet") << Case {"models/squeezenet_v1.0.onnx",
                                         "imagenet-caffe",
                                         "data/imagenet-dev",
                                         100,
                                         "data/imagenet-dev",
                                         0.01,
                                         kRefined};
    QTest::newRow("mobilenet_v1") << Case {"models/mobilenet_v1_0.75_224.onnx",
                                           "imagenet-tf",
                                           "data/imagenet-dev",
                                           100,
                                           "data/imagenet-dev",
                                           0.01};
    QTest::newRow("mobilenet_v2") << Case {"models/mobilenet_v2_1.0_224.onnx",
                                           "imagenet-tf",
                                           "data/imagenet-dev",
                                           100,
                                           "data/imagenet-dev",
                                           0.01};
}

void tst_RealStatic::accuracy()
{
    QFETCH(Case, testCase);
    const auto result = run(testCase);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Quantized &quantized = **result;
    JobContext job;
    const auto data
        = openDataset({shared(testCase.evaluation), 0, quantized.recipe.calibration.preprocessing},
                      quantized.source->graph().inputs(), job);
    QVERIFY(data.ok());
    const auto evaluation = evaluate(*quantized.model, quantized.source.get(), **data,
                                     *makeOnnxRuntimeEngine(), {.latency = false}, job);
    QVERIFY(evaluation.ok());
    const double drop = evaluation->referenceTop1->value - evaluation->top1->value;
    qInfo("top-1 %.2f %% of %.2f %%, agreement %.2f %%, size %.3f", evaluation->top1->value * 100,
          evaluation->referenceTop1->value * 100, evaluation->agreement->value * 100,
          static_cast<double>(evaluation->sizeBytes) / static_cast<double>(evaluation->referenceSizeBytes));
    QVERIFY(drop <= testCase.largestDrop);
    QVERIFY(static_cast<double>(evaluation->sizeBytes)
            <= 0.30 * static_cast<double>(evaluation->referenceSizeBytes));

    const auto operators = optimizedOperators(*makeOnnxRuntimeEngine(), *quantized.model, Optimization::All);
    QVERIFY(operators.ok());
    for (const char *op : {"Conv", "Gemm", "Add", "MatMul", "com.microsoft.FusedConv",
                           "com.microsoft.FusedGemm", "com.microsoft.nchwc.Conv"})
        QVERIFY2(!operators->contains(op), op);
}

void tst_RealStatic::otherNetworks_data()
{
    QTest::addColumn<Case>("testCase");
    QTest::newRow("squeezenet") << Case {
        "models/squeezenet_v1.0.onnx", "imagenet-caffe", "data/imagenet-dev", 16, "", 0};
    QTest::newRow("mnist_cntk") << Case {"models/mnist_cntk.onnx", "unit", "data/mnist-test", 16, "", 0};
    QTest::newRow("ultraface") << Case {
        "models/ultraface_rfb320.onnx", "ultraface", "data/imagenet-dev", 4, "", 0};
    QTest::newRow("fastestdet") << Case {
        "models/fastestdet_coco.onnx", "bgr-unit", "data/imagenet-dev", 4, "", 0};
    QTest::newRow("ppocr_v4_det") << Case {
        "models/ppocr_v4_det.onnx", "ocr-det", "data/imagenet-dev", 4, "", 0};
    QTest::newRow("ppocr_v4_rec") << Case {"models/ppocr_v4_rec.onnx", "ocr-rec", "data/ocr-lines", 4, "", 0};
    QTest::newRow("ppocr_v2_cls") << Case {"models/ppocr_v2_cls.onnx", "ocr-cls", "data/ocr-lines", 4, "", 0};
}

void tst_RealStatic::otherNetworks()
{
    QFETCH(Case, testCase);
    const auto result = run(testCase);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.code != "float-kernel", finding.detail.str().c_str());
    // Every weighted node that stays float must say why.
    for (const NodePlan &node : (*result)->plan.nodes)
        QVERIFY(node.isQuantized() || !node.reason.empty());
}

QTEST_GUILESS_MAIN(tst_RealStatic)
#include "tst_real_static.moc"
