// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small networks are trained the whole way: what must stay as it was, what must improve, what survives a
// break.
#include "core/base/atomicfile.h"
#include "core/model/tensorview.h"
#include "core/run/run.h"
#include "core/trainer/trainingdata.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"
#include "tests/support/tinycnn.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

/// Random pictures for the tiny CNN; labels are what the float model itself says, so that it is always right.
DatasetPtr pictures(const Model &model, std::size_t count, bool labelled)
{
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < count; ++i) {
        Sample sample {"#" + std::to_string(i), randomInputs(model, static_cast<unsigned>(100 + i), 1), {}};
        if (labelled) {
            const Tensor scores = runModel(model, sample.inputs)[0];
            const auto values = scores.floats();
            sample.label = std::max_element(values.begin(), values.end()) - values.begin();
        }
        samples.push_back(std::move(sample));
    }
    return std::make_shared<MemoryDataset>(std::move(samples));
}

Recipe recipeOf(const std::string &strategy, const nlohmann::json &parameters)
{
    Recipe recipe;
    recipe.strategy = strategy;
    recipe.target = "x86-vnni";
    recipe.parameters = parameters;
    return recipe;
}

Result<QuantizedPtr> quantizeWith(const ModelPtr &model, const Recipe &recipe, const DatasetPtr &data,
                                  TrainingOptions training = {})
{
    JobContext job;
    QuantizeOptions options;
    options.threads = 1;
    options.calibration = data;
    options.training = std::move(training);
    return quantize(model, recipe, *makeOnnxRuntimeEngine(), options, job);
}

/// The graph of \a model without what tells how it was made.
std::string graphBytes(const Model &model)
{
    return model.proto().graph().SerializeAsString();
}

} // namespace

#define QS_VERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().message().c_str())

class tst_Training : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto engine = trainingEngine();
        if (!engine.ok())
            QSKIP(engine.error().message().c_str());
        m_model = test::makeTinyCnn();
    }
    void noEpochsGiveTheStaticModel();
    void trainingLowersTheLoss_data();
    void trainingLowersTheLoss();
    void sameSeedSameBytes();
    void resumedRunEndsTheSame();
    void damagedCheckpointIsAnError();
    void foreignCheckpointIsNotUsed();
    void finishingKeepsTheBest();
    void absorbedReluKeepsItsGrid();
    void labelsAskedForButNotThere();
    void operatorWithoutGradientIsNamed();
    void ratesRiseAndFall();
    void heldBackSamplesAreSpreadAndFixed();
    void augmentationMovesPixels();
    void unknownAugmentationIsAnError();

private:
    ModelPtr m_model;
};

void tst_Training::noEpochsGiveTheStaticModel()
{
    const DatasetPtr data = pictures(*m_model, 16, true);
    const auto plain = quantizeWith(m_model, recipeOf("static", nlohmann::json::object()), data);
    QS_VERIFY_OK(plain);
    const auto trained = quantizeWith(m_model, recipeOf("qat", {{"epochs", 0}}), data);
    QS_VERIFY_OK(trained);
    const std::vector<NamedTensor> inputs = randomInputs(*m_model, 5, 4);
    const Tensor a = runModel(*(*plain)->model, inputs)[0];
    const Tensor b = runModel(*(*trained)->model, inputs)[0];
    QVERIFY(std::ranges::equal(a.floats(), b.floats()));
    QVERIFY((*trained)->training->sameTop1 == 1.0);
}

void tst_Training::trainingLowersTheLoss_data()
{
    QTest::addColumn<QString>("supervision");
    QTest::addColumn<QString>("optimizer");
    QTest::addColumn<QString>("ranges");
    for (const char *supervision : {"labels", "distillation", "both"})
        QTest::addRow("%s", supervision) << supervision << "adamw"
                                         << "learned";
    QTest::addRow("sgd") << "distillation"
                         << "sgd"
                         << "learned";
    QTest::addRow("moving average") << "distillation"
                                    << "adamw"
                                    << "moving_average";
    QTest::addRow("frozen") << "distillation"
                            << "adamw"
                            << "frozen";
}

void tst_Training::trainingLowersTheLoss()
{
    QFETCH(QString, supervision);
    QFETCH(QString, optimizer);
    QFETCH(QString, ranges);
    const DatasetPtr data = pictures(*m_model, 96, true);
    const Recipe recipe = recipeOf("qat",
                                   {{"epochs", 8},
                                    {"batch_size", 8},
                                    {"learning_rate", 0.02},
                                    {"weight_bits", 3},
                                    {"activation_bits", 4},
                                    {"optimizer", optimizer.toStdString()},
                                    {"ranges", ranges.toStdString()},
                                    {"supervision", supervision.toStdString()}});
    const auto result = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(result);
    const TrainingHistory &history = *(*result)->training;
    QCOMPARE(history.epochs.size(), std::size_t(9));
    const double before = history.epochs.front().validationLoss;
    const double after = history.epochs[static_cast<std::size_t>(history.bestEpoch)].validationLoss;
    // The network's weights are random: what its labels say of the pictures leaves a large loss whatever is
    // done.
    const double enough = supervision == "distillation" ? 0.8 : 0.97;
    QVERIFY2(history.bestEpoch > 0 && after < enough * before,
             qPrintable(QStringLiteral("%1 -> %2").arg(before).arg(after)));
    QVERIFY(history.sameTop1 >= 0.98);
    const bool moved
        = history.epochs.front().ranges != history.epochs[static_cast<std::size_t>(history.bestEpoch)].ranges;
    QCOMPARE(moved, ranges != "frozen");
}

void tst_Training::sameSeedSameBytes()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    const Recipe recipe
        = recipeOf("qat", {{"epochs", 2}, {"batch_size", 8}, {"augmentation", "flip, crop:2"}});
    const auto first = quantizeWith(m_model, recipe, data);
    const auto second = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(first);
    QS_VERIFY_OK(second);
    QVERIFY(graphBytes(*(*first)->model) == graphBytes(*(*second)->model));
    Recipe other = recipe;
    other.parameters["seed"] = 2;
    const auto third = quantizeWith(m_model, other, data);
    QS_VERIFY_OK(third);
    QVERIFY(graphBytes(*(*first)->model) != graphBytes(*(*third)->model));
}

void tst_Training::resumedRunEndsTheSame()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 48, true);
    const Recipe recipe
        = recipeOf("qat", {{"epochs", 4}, {"batch_size", 8}, {"weight_bits", 4}, {"learning_rate", 0.003}});
    const auto whole = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(whole);

    // Cancelled in the middle of an epoch, as by Ctrl-C.
    std::stop_source stop;
    std::int64_t steps = 0;
    JobContext job(stop.get_token(), [&](const Progress &progress) {
        if (progress.stage == "train" && ++steps == 15)
            stop.request_stop();
    });
    QuantizeOptions options;
    options.threads = 1;
    options.calibration = data;
    options.training.checkpoint = checkpoint;
    QVERIFY_THROWS_EXCEPTION(Cancelled,
                             (void)quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, job));
    QVERIFY(std::filesystem::exists(checkpoint));

    const auto resumed = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint, .resume = true});
    QS_VERIFY_OK(resumed);
    QVERIFY(graphBytes(*(*whole)->model) == graphBytes(*(*resumed)->model));
    QCOMPARE((*resumed)->training->epochs.size(), std::size_t(5));
    const auto isNews = [](const Finding &finding) { return finding.code == "training-resumed"; };
    QVERIFY(std::ranges::any_of((*resumed)->findings, isNews));
}

void tst_Training::damagedCheckpointIsAnError()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 16, true);
    const Recipe recipe = recipeOf("qat", {{"epochs", 1}});
    QS_VERIFY_OK(quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint}));
    const auto bytes = readFile(checkpoint);
    QS_VERIFY_OK(bytes);
    QS_VERIFY_OK(loadCheckpoint(checkpoint));
    QS_VERIFY_OK(quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint, .resume = true}));
    const std::size_t places[] = {0, 20, 100, bytes->size() / 2, bytes->size() - 1};
    for (const std::size_t place : places) {
        std::string damaged = *bytes;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
        QVERIFY(writeFileAtomically(checkpoint, damaged).ok());
        const auto result = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint, .resume = true});
        QVERIFY(!result.ok() && result.error().code == ErrorCode::Format);
    }
    for (const std::size_t size : places) {
        QVERIFY(writeFileAtomically(checkpoint, bytes->substr(0, size)).ok());
        QVERIFY(!loadCheckpoint(checkpoint).ok());
    }
}

void tst_Training::foreignCheckpointIsNotUsed()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 16, true);
    QS_VERIFY_OK(quantizeWith(m_model, recipeOf("qat", {{"epochs", 1}}), data, {.checkpoint = checkpoint}));
    const auto other = quantizeWith(m_model, recipeOf("qat", {{"epochs", 1}, {"seed", 9}}), data,
                                    {.checkpoint = checkpoint, .resume = true});
    QS_VERIFY_OK(other);
    const auto isNews = [](const Finding &finding) { return finding.code == "other-checkpoint"; };
    QVERIFY(std::ranges::any_of((*other)->findings, isNews));
}

void tst_Training::finishingKeepsTheBest()
{
    std::stop_source finish;
    const DatasetPtr data = pictures(*m_model, 48, true);
    TrainingOptions options;
    options.finish = finish.get_token();
    options.watch = [&](const TrainingHistory &history) {
        if (history.epochs.size() == 3)
            finish.request_stop();
    };
    const auto result
        = quantizeWith(m_model, recipeOf("qat", {{"epochs", 50}, {"batch_size", 8}}), data, options);
    QS_VERIFY_OK(result);
    const TrainingHistory &history = *(*result)->training;
    QCOMPARE(history.epochs.size(), std::size_t(3));
    QVERIFY(history.bestEpoch <= 2);
}

void tst_Training::absorbedReluKeepsItsGrid()
{
    const DatasetPtr data = pictures(*m_model, 48, true);
    const auto result = quantizeWith(
        m_model,
        recipeOf("qat",
                 {{"epochs", 4}, {"batch_size", 8}, {"scale_learning_rate", 0.5}, {"activation_bits", 4}}),
        data);
    QS_VERIFY_OK(result);
    for (const NodePlan &node : (*result)->plan.nodes) {
        if (node.form != NodeForm::Absorbed)
            continue;
        const TensorPlan &grid
            = (*result)->plan.tensors.at(node.layer == "relu1" ? "relu1_out" : "relu2_out");
        QCOMPARE(grid.params[0].zeroPoint, 0);
    }
    const auto isFloat = [](const Finding &finding) { return finding.code == "activation-not-absorbed"; };
    QVERIFY(!std::ranges::any_of((*result)->findings, isFloat));
}

void tst_Training::labelsAskedForButNotThere()
{
    const auto result
        = quantizeWith(m_model, recipeOf("qat", {{"supervision", "labels"}}), pictures(*m_model, 8, false));
    QVERIFY(!result.ok());
    QVERIFY2(result.error().message().find("no labels") != std::string::npos,
             result.error().message().c_str());
}

void tst_Training::operatorWithoutGradientIsNamed()
{
    const ModelPtr model = modelFromText(R"(g (float[N,4] x) => (float[N,4] y)
        <float[4,4] w> { t = MatMul(x, w) [odd] y = Shrink(t) })");
    std::vector<Sample> samples;
    for (unsigned i = 0; i < 8; ++i)
        samples.push_back({"#" + std::to_string(i), randomInputs(*model, i, 1), {}});
    const auto result = quantizeWith(model, recipeOf("qat", nlohmann::json::object()),
                                     std::make_shared<MemoryDataset>(std::move(samples)));
    QVERIFY(!result.ok() && result.error().code == ErrorCode::Unsupported);
    QVERIFY2(result.error().message().find("Shrink (odd)") != std::string::npos,
             result.error().message().c_str());
}

void tst_Training::ratesRiseAndFall()
{
    TrainingSettings settings;
    settings.learningRate = 1;
    settings.scaleRate = 0.1;
    settings.warmUp = 0.25;
    // 8 steps, taken at the middle of each: two of warm-up, then (1 + cos(pi t)) / 2.
    QCOMPARE(ratesAt(settings, 0, 8).weights, 0.25);
    QCOMPARE(ratesAt(settings, 1, 8).weights, 0.75);
    QCOMPARE(ratesAt(settings, 2, 8).weights, 0.5 * (1 + std::cos(M_PI * 0.0625 / 0.75)));
    QCOMPARE(ratesAt(settings, 7, 8).weights, 0.5 * (1 + std::cos(M_PI * 0.6875 / 0.75)));
    QCOMPARE(ratesAt(settings, 0, 8).scales, 0.025);
}

void tst_Training::heldBackSamplesAreSpreadAndFixed()
{
    const std::vector<bool> held = heldBack(1000, 0.1, 7);
    QCOMPARE(std::count(held.begin(), held.end(), true), std::ptrdiff_t(100));
    QVERIFY(held == heldBack(1000, 0.1, 7));
    QVERIFY(held != heldBack(1000, 0.1, 8));
    // Samples go round ten classes; no class may be held back as a whole, nor left out.
    for (std::size_t c = 0; c < 10; ++c) {
        int ofClass = 0;
        for (std::size_t i = c; i < held.size(); i += 10)
            ofClass += held[i] ? 1 : 0;
        QVERIFY(ofClass > 0 && ofClass < 50);
    }
    QCOMPARE(heldBack(1, 0.5, 1), std::vector<bool> {false});
}

void tst_Training::augmentationMovesPixels()
{
    const std::vector<float> values {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Tensor picture = Tensor::fromFloats({1, 1, 3, 3}, values);
    TrainingSettings settings;
    settings.flip = true;
    bool mirrored = false;
    bool kept = false;
    for (unsigned seed = 0; seed < 20; ++seed) {
        Random random(seed);
        const Tensor result = augmented(picture, settings, random);
        const auto got = result.floats();
        kept = kept || std::ranges::equal(got, values);
        mirrored = mirrored || std::ranges::equal(got, std::vector<float> {3, 2, 1, 6, 5, 4, 9, 8, 7});
    }
    QVERIFY(kept && mirrored);
    settings = {};
    settings.crop = 1;
    bool shifted = false;
    for (unsigned seed = 0; seed < 200; ++seed) {
        Random random(seed);
        const Tensor result = augmented(picture, settings, random);
        shifted
            = shifted || std::ranges::equal(result.floats(), std::vector<float> {5, 6, 0, 8, 9, 0, 0, 0, 0});
    }
    QVERIFY(shifted);
}

void tst_Training::unknownAugmentationIsAnError()
{
    const auto result = quantizeWith(m_model, recipeOf("qat", {{"augmentation", "flip, wave"}}),
                                     pictures(*m_model, 8, true));
    QVERIFY(!result.ok());
    QVERIFY(result.error().message().find("'wave'") != std::string::npos);
}

QTEST_GUILESS_MAIN(tst_Training)
#include "tst_training.moc"
