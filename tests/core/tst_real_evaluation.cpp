// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/presets.h"
#include "core/evaluation/evaluation.h"
#include "core/model/modelio.h"

#include <QtTest>

#include <cmath>
#include <filesystem>

using namespace qs;
namespace fs = std::filesystem;

/// Accuracy of the float models in ../shared, measured there with another program: it comes out only when
/// decoding, resizing, cropping, colours and normalization are all as they should be.
class TestRealEvaluation : public QObject
{
    Q_OBJECT

private slots:
    void accuracy_data();
    void accuracy();
    void latencyIsInterleaved();
};

namespace {

const fs::path kShared = QS_SHARED_DIR;

Result<DatasetPtr> openData(const Model &model, const char *folder, const char *preset, bool keepSize,
                            std::size_t limit, JobContext &job)
{
    QS_TRY(Preprocessing preprocessing, findPreprocessing(preset));
    // The pictures of imagenet-dev have a shorter side of 256 already.
    if (keepSize)
        preprocessing.shorterSide = 256;
    DataSpec spec;
    spec.path = (kShared / "data" / folder).string();
    spec.limit = limit;
    spec.preprocessing = preprocessing;
    return openDataset(spec, model.graph().inputs(), job);
}

} // namespace

void TestRealEvaluation::accuracy_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("data");
    QTest::addColumn<QString>("preset");
    QTest::addColumn<quint64>("samples");
    QTest::addColumn<double>("top1"); // percent, as in models/README.md
    QTest::addColumn<double>("top5"); // 0: not stated
    QTest::newRow("resnet20") << "resnet20_cifar10.onnx"
                              << "cifar10-test"
                              << "normalize-imagenet" << quint64 {2000} << 80.45 << 0.0;
    QTest::newRow("mobilenet-v1") << "mobilenet_v1_0.75_224.onnx"
                                  << "imagenet-dev"
                                  << "imagenet-tf" << quint64 {500} << 83.40 << 94.60;
    QTest::newRow("mobilenet-v2") << "mobilenet_v2_1.0_224.onnx"
                                  << "imagenet-dev"
                                  << "imagenet-tf" << quint64 {500} << 86.20 << 97.20;
    QTest::newRow("squeezenet") << "squeezenet_v1.0.onnx"
                                << "imagenet-dev"
                                << "imagenet-caffe" << quint64 {500} << 62.00 << 81.40;
}

void TestRealEvaluation::accuracy()
{
    QFETCH(QString, model);
    QFETCH(QString, data);
    QFETCH(QString, preset);
    QFETCH(quint64, samples);
    QFETCH(double, top1);
    QFETCH(double, top5);
    const fs::path path = kShared / "models" / model.toStdString();
    if (!fs::exists(path) || !fs::exists(kShared / "data" / data.toStdString()))
        QSKIP("the shared models and data are not here");
    JobContext job;
    const auto loaded = loadModel(path, job);
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().message().c_str());
    const auto dataset = openData(**loaded, data.toUtf8().constData(), preset.toUtf8().constData(),
                                  data == "imagenet-dev", 0, job);
    QVERIFY2(dataset.ok(), dataset.ok() ? "" : dataset.error().message().c_str());
    const auto engine = makeOnnxRuntimeEngine();
    EvaluateOptions options;
    options.latency = false;
    QElapsedTimer timer;
    timer.start();
    const auto evaluation = evaluate(**loaded, nullptr, **dataset, *engine, options, job);
    QVERIFY2(evaluation.ok(), evaluation.ok() ? "" : evaluation.error().message().c_str());
    qInfo("%s: top-1 %.2f %%, top-5 %.2f %%, %lld ms", qPrintable(model), evaluation->top1->value * 100,
          evaluation->top5->value * 100, timer.elapsed());
    QCOMPARE(evaluation->samples, std::uint64_t {samples});
    QCOMPARE(evaluation->skipped, std::uint64_t {0});
    const double onePicture = 100.0 / double(samples) + 1e-9;
    QVERIFY2(std::abs(evaluation->top1->value * 100 - top1) <= onePicture,
             qPrintable(QString::number(evaluation->top1->value * 100)));
    QVERIFY2(top5 == 0 || std::abs(evaluation->top5->value * 100 - top5) <= onePicture,
             qPrintable(QString::number(evaluation->top5->value * 100)));
}

void TestRealEvaluation::latencyIsInterleaved()
{
    const fs::path path = kShared / "models" / "resnet20_cifar10.onnx";
    if (!fs::exists(path))
        QSKIP("the shared models and data are not here");
    JobContext job;
    const auto model = loadModel(path, job);
    QVERIFY(model.ok());
    const auto dataset = openData(**model, "cifar10-test", "normalize-imagenet", false, 10, job);
    QVERIFY2(dataset.ok(), dataset.ok() ? "" : dataset.error().message().c_str());
    const auto engine = makeOnnxRuntimeEngine();
    EvaluateOptions options;
    options.threads = 1;
    options.latencyOptions = {3, 40, 0.2, 400};
    const auto e = evaluate(**model, model->get(), **dataset, *engine, options, job);
    QVERIFY2(e.ok(), e.ok() ? "" : e.error().message().c_str());
    QCOMPARE(e->agreement->value, 1.0);
    QCOMPARE(e->outputSqnrDb, std::numeric_limits<double>::infinity());
    // The same model measured in turn takes the same time, whatever else the machine does.
    const double ratio = e->latency->medianMs / e->referenceLatency->medianMs;
    QVERIFY2(ratio > 0.67 && ratio < 1.5, qPrintable(QString::number(ratio)));
}

QTEST_GUILESS_MAIN(TestRealEvaluation)
#include "tst_real_evaluation.moc"
