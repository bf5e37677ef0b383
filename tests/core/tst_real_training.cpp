// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A trained network with 4-bit weights and activations gets better by a short training, without labels, and
// what the runtime computes is what was simulated. tests/bench/bench_training trains longer.
#include "core/data/presets.h"
#include "core/evaluation/evaluation.h"
#include "core/model/modelio.h"
#include "core/run/run.h"

#include <QDir>
#include <QTest>

#include <cmath>

using namespace qs;

namespace {

std::string shared(const char *name)
{
    return std::string(QS_SHARED_DIR "/") + name;
}

} // namespace

class tst_RealTraining : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void shortTrainingHelps();
};

void tst_RealTraining::initTestCase()
{
    if (!QDir(QStringLiteral(QS_SHARED_DIR)).exists())
        QSKIP("the shared models and data are not here");
    prepareTraining(); // or other programs slow it down fourfold
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
}

void tst_RealTraining::shortTrainingHelps()
{
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const auto model = loadModel(shared("models/resnet20_cifar10_jpegft.onnx"), job);
    QVERIFY(model.ok());
    Recipe recipe;
    recipe.strategy = "qat";
    recipe.target = "x86-vnni";
    recipe.parameters
        = {{"weight_bits", 4},      {"activation_bits", 4},        {"supervision", "distillation"},
           {"learning_rate", 5e-4}, {"scale_learning_rate", 0.02}, {"epochs", 2},
           {"augmentation", "flip"}};
    const auto preprocessing = findPreprocessing("normalize-imagenet");
    QVERIFY(preprocessing.ok());
    recipe.calibration = {shared("data/cifar10-dev"), 200, *preprocessing};
    recipe.training = {shared("data/cifar10-dev"), 2500, {}};
    Recipe untrained = recipe;
    untrained.parameters["epochs"] = 0;
    const auto start = quantize(*model, untrained, *engine, {}, job);
    QVERIFY2(start.ok(), start.ok() ? "" : start.error().message().c_str());
    const auto trained = quantize(*model, recipe, *engine, {}, job);
    QVERIFY2(trained.ok(), trained.ok() ? "" : trained.error().message().c_str());
    const TrainingHistory &history = *(*trained)->training;
    const double startLoss = history.epochs.front().validationLoss;
    const double endLoss = history.epochs[static_cast<std::size_t>(history.bestEpoch)].validationLoss;
    qInfo("divergence from the float model on samples held back: %.4f before, %.4f after; simulated and "
          "exported "
          "choose the same class for %.2f %% of %d",
          startLoss, endLoss, 100 * history.sameTop1.value_or(0), static_cast<int>(history.checkedSamples));
    QVERIFY(history.bestEpoch > 0 && endLoss < 0.8 * startLoss);
    QVERIFY(history.checkedSamples == 500 && *history.sameTop1 >= 0.998);
    qInfo("right: %.1f %% simulated, %.1f %% exported", 100 * history.simulatedTop1.value_or(0),
          100 * history.exportedTop1.value_or(1));
    QVERIFY(std::abs(history.simulatedTop1.value() - history.exportedTop1.value()) <= 0.001);

    // Weights of 4 bits in int8, and the integer kernels of the runtime.
    const auto operators = optimizedOperators(*engine, *(*trained)->model, Optimization::All);
    QVERIFY(operators.ok());
    for (const char *op : {"Conv", "Gemm", "Add", "com.microsoft.FusedConv", "com.microsoft.nchwc.Conv"})
        QVERIFY2(!operators->contains(op), op);
    const auto data
        = openDataset({shared("data/cifar10-test"), 1000, *preprocessing}, (*model)->graph().inputs(), job);
    QVERIFY(data.ok());
    const auto measure = [&](const Model &quantized) {
        return evaluate(quantized, model->get(), **data, *engine, {.latency = false}, job);
    };
    const auto before = measure(*(*start)->model);
    const auto after = measure(*(*trained)->model);
    QVERIFY(before.ok() && after.ok());
    qInfo("top-1 %.1f %% → %.1f %% of %.1f %%, agreement %.1f %% → %.1f %%", 100 * before->top1->value,
          100 * after->top1->value, 100 * after->referenceTop1->value, 100 * before->agreement->value,
          100 * after->agreement->value);
    // On pictures that were not trained on.
    QVERIFY(after->agreement->value > 0.87);
    QVERIFY(after->agreement->value > before->agreement->value);
    QVERIFY(after->top1->value > before->top1->value);
}

QTEST_GUILESS_MAIN(tst_RealTraining)
#include "tst_real_training.moc"
