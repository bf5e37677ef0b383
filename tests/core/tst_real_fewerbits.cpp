// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What fewer bits cost a trained network, and what AdaRound takes back.
#include "core/data/presets.h"
#include "core/model/modelio.h"
#include "core/run/run.h"

#include <QDir>
#include <QTest>

using namespace qs;

namespace {

constexpr std::size_t kPictures = 2000;

struct Outcome
{
    double reference = 0; ///< top-1, percent
    double top1 = 0;
    double agreement = 0; ///< with the float model, percent
    std::map<std::string, int> operators;
    std::string warnings;
};

std::string shared(const char *name)
{
    return std::string(QS_SHARED_DIR "/") + name;
}

} // namespace

class tst_RealFewerBits : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QDir(QStringLiteral(QS_SHARED_DIR)).exists())
            QSKIP("the shared models and data are not here");
    }
    void fewerBitsCostAndRoundingTakesBack();

private:
    static Result<Outcome> run(int weights, int activations, bool adaround);
};

Result<Outcome> tst_RealFewerBits::run(int weights, int activations, bool adaround)
{
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    QS_TRY(const ModelPtr model, loadModel(shared("models/resnet20_cifar10_jpegft.onnx"), job));
    Recipe recipe;
    recipe.target = "x86-vnni";
    recipe.parameters = {{"weight_bits", weights}, {"activation_bits", activations}, {"adaround", adaround}};
    recipe.calibration.path = shared("data/cifar10-dev");
    recipe.calibration.limit = 200;
    QS_TRY(recipe.calibration.preprocessing, findPreprocessing("normalize-imagenet"));
    QS_TRY(const QuantizedPtr made, quantize(model, recipe, *engine, {}, job));
    QS_TRY(const DatasetPtr data,
           openDataset({shared("data/cifar10-test"), kPictures, recipe.calibration.preprocessing},
                       model->graph().inputs(), job));
    QS_TRY(const Evaluation evaluation,
           evaluate(*made->model, model.get(), *data, *engine, {.latency = false}, job));
    Outcome outcome {evaluation.referenceTop1->value * 100,
                     evaluation.top1->value * 100,
                     evaluation.agreement->value * 100,
                     {},
                     {}};
    QS_TRY(outcome.operators, optimizedOperators(*engine, *made->model, Optimization::All));
    for (const Finding &finding : made->findings) {
        if (finding.severity != Severity::Info)
            outcome.warnings += finding.code + " " + finding.subject + ": " + finding.detail.str() + "\n";
    }
    qInfo("W%dA%d%s: top-1 %.2f %% of %.2f %%, agreement %.2f %%", weights, activations,
          adaround ? " AdaRound" : "", outcome.top1, outcome.reference, outcome.agreement);
    return outcome;
}

void tst_RealFewerBits::fewerBitsCostAndRoundingTakesBack()
{
    const auto w8a8 = run(8, 8, false);
    QVERIFY2(w8a8.ok(), w8a8.ok() ? "" : w8a8.error().message().c_str());
    const auto w4a8 = run(4, 8, false);
    QVERIFY2(w4a8.ok(), w4a8.ok() ? "" : w4a8.error().message().c_str());
    const auto rounded = run(4, 8, true);
    QVERIFY2(rounded.ok(), rounded.ok() ? "" : rounded.error().message().c_str());
    const auto w4a4 = run(4, 4, false);
    QVERIFY2(w4a4.ok(), w4a4.ok() ? "" : w4a4.error().message().c_str());

    const auto w3a8 = run(3, 8, false);
    QVERIFY2(w3a8.ok(), w3a8.ok() ? "" : w3a8.error().message().c_str());
    const auto w3a8Rounded = run(3, 8, true);
    QVERIFY2(w3a8Rounded.ok(), w3a8Rounded.ok() ? "" : w3a8Rounded.error().message().c_str());
    QVERIFY(w8a8->reference - w8a8->top1 < 1);
    QVERIFY(w8a8->top1 - w4a8->top1 > 0.5 && w8a8->agreement - w4a8->agreement > 2);
    QVERIFY(rounded->top1 > w4a8->top1 && rounded->agreement - w4a8->agreement > 1);
    QVERIFY(w4a8->top1 - w4a4->top1 > 1.5 && w4a8->agreement - w4a4->agreement > 4);
    QVERIFY(w4a8->top1 - w3a8->top1 > 4);
    QVERIFY(w3a8Rounded->top1 - w3a8->top1 > 3 && w3a8Rounded->top1 < w8a8->top1);
    for (const auto *outcome : {&*w4a8, &*w4a4}) {
        QVERIFY2(outcome->warnings.empty(), outcome->warnings.c_str());
        for (const char *op : {"Conv", "Gemm", "Add", "com.microsoft.FusedConv", "com.microsoft.nchwc.Conv"})
            QVERIFY2(!outcome->operators.contains(op), op);
    }
    QVERIFY(!w4a8->operators.contains("Clip") && w4a4->operators.contains("Clip"));
}

QTEST_GUILESS_MAIN(tst_RealFewerBits)
#include "tst_real_fewerbits.moc"
