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

#include <atomic>
#include <cmath>
#include <numeric>
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

/// Parameters of the strategy's own, with defaults.
TrainingSettings defaultSettings()
{
    const auto settings = trainingSettings(ParamSet(trainingParams()));
    if (!settings.ok())
        qFatal("%s", settings.error().message().c_str());
    return *settings;
}

/// A job that remembers the codes of what was reported.
JobContext listening(std::vector<std::string> &codes)
{
    return JobContext().withSinks({}, [&codes](const Finding &finding) { codes.push_back(finding.code); });
}

/// Pictures that hold NaN once they were read \a sound times.
class SpoiledDataset : public MemoryDataset
{
public:
    SpoiledDataset(std::vector<Sample> samples, int sound)
        : MemoryDataset(std::move(samples))
        , m_sound(sound)
    { }
    Result<Sample> sample(std::size_t index) const override
    {
        Result<Sample> sample = MemoryDataset::sample(index);
        if (++m_read > m_sound)
            std::ranges::fill(sample->inputs[0].tensor.mutableData<float>(), NAN);
        return sample;
    }

private:
    int m_sound;
    mutable std::atomic<int> m_read = 0;
};

/// The graph of \a model without what tells how it was made.
std::string graphBytes(const Model &model)
{
    return model.proto().graph().SerializeAsString();
}

} // namespace

Q_DECLARE_METATYPE(std::optional<qs::Layout>)

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
    void settingsMatter_data();
    void settingsMatter();
    void patienceEndsTraining();
    void lastEpochIsKeptWithoutValidation();
    void frozenRangesStay_data();
    void frozenRangesStay();
    void warmUpRises();
    void weightDecayShrinksWeights();
    void temperatureOfTheDivergence_data();
    void temperatureOfTheDivergence();
    void needNotBeDeterministic();
    void resumedRunEndsTheSame();
    void damagedCheckpointIsAnError();
    void foreignCheckpointIsNotUsed();
    void checkpointIsThereFromTheStart();
    void divergenceKeepsTheBest_data();
    void divergenceKeepsTheBest();
    void samplesNeedNotFitIntoMemory();
    void damagedSamplesAreLeftOut_data();
    void damagedSamplesAreLeftOut();
    void damagedSampleDoesNotEndTraining();
    void finishingKeepsTheBest();
    void absorbedReluKeepsItsGrid();
    void refusedBeforeTheWork_data();
    void refusedBeforeTheWork();
    void ratesRiseAndFall();
    void heldBackSamplesAreSpreadAndFixed();
    void augmentationMovesPixels();
    void augmentationIsTheSameInBothLayouts();
    void augmentationIsForPictures_data();
    void augmentationIsForPictures();

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

void tst_Training::settingsMatter_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("optimizer");
    QTest::newRow("momentum") << "momentum" << 0.5 << "sgd";
    QTest::newRow("weight decay") << "weight_decay" << 0.5 << "adamw";
    QTest::newRow("weight decay, SGD") << "weight_decay" << 0.5 << "sgd";
    QTest::newRow("warm-up") << "warm_up" << 0.5 << "adamw";
    QTest::newRow("temperature") << "temperature" << 4. << "adamw";
    QTest::newRow("held back") << "validation_share" << 0.25 << "adamw";
    QTest::newRow("freeze") << "freeze_ranges_after" << 0.25 << "adamw";
    QTest::newRow("weight of layers") << "distill_layers_weight" << 50. << "adamw";
    QTest::newRow("momentum of AdamW") << "momentum" << 0.5 << "adamw"; // the only one without effect
}

/// Each reaches what is trained.
void tst_Training::settingsMatter()
{
    QFETCH(QString, key);
    QFETCH(double, value);
    QFETCH(QString, optimizer);
    const DatasetPtr data = pictures(*m_model, 32, true);
    Recipe recipe = recipeOf("qat",
                             {{"epochs", 2},
                              {"batch_size", 8},
                              {"learning_rate", 0.01},
                              {"optimizer", optimizer.toStdString()},
                              {"validation_share", 0},
                              {"distill_layers", "^conv2$"}});
    const auto before = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(before);
    recipe.parameters[key.toStdString()] = value;
    const auto after = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(after);
    const bool isSame = graphBytes(*(*before)->prepared) == graphBytes(*(*after)->prepared);
    QCOMPARE(isSame, key == "momentum" && optimizer == "adamw");
}

void tst_Training::patienceEndsTraining()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    Recipe recipe = recipeOf(
        "qat", {{"epochs", 6}, {"batch_size", 8}, {"learning_rate", 0}, {"scale_learning_rate", 0}});
    const auto isNews = [](const Finding &finding) { return finding.code == "training-ended-early"; };
    const auto never = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(never);
    QCOMPARE((*never)->training->epochs.size(), std::size_t(7));
    QVERIFY(!std::ranges::any_of((*never)->findings, isNews));
    for (const int patience : {1, 2}) {
        recipe.parameters["patience"] = patience;
        const auto early = quantizeWith(m_model, recipe, data);
        QS_VERIFY_OK(early);
        QCOMPARE((*early)->training->epochs.size(), std::size_t(1 + patience));
        QCOMPARE((*early)->training->bestEpoch, 0);
        QVERIFY(std::ranges::any_of((*early)->findings, isNews));
    }
}

/// Nothing changes, so that no epoch is better than none: held-back samples keep epoch 0.
void tst_Training::lastEpochIsKeptWithoutValidation()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    Recipe recipe = recipeOf("qat",
                             {{"epochs", 3},
                              {"batch_size", 8},
                              {"learning_rate", 0},
                              {"scale_learning_rate", 0},
                              {"validation_share", 0.25}});
    const auto with = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(with);
    QCOMPARE((*with)->training->bestEpoch, 0);
    QCOMPARE((*with)->training->validationSamples, std::int64_t(8));
    recipe.parameters["validation_share"] = 0;
    const auto without = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(without);
    QCOMPARE((*without)->training->bestEpoch, 3);
    QCOMPARE((*without)->training->validationSamples, std::int64_t(0));
    QCOMPARE((*without)->training->samples, std::int64_t(32));
}

void tst_Training::frozenRangesStay_data()
{
    QTest::addColumn<QString>("ranges");
    QTest::newRow("learned") << "learned";
    QTest::newRow("moving average") << "moving_average";
}

/// Half of four epochs: ranges move in the first two, weights in all.
void tst_Training::frozenRangesStay()
{
    QFETCH(QString, ranges);
    const auto result = quantizeWith(m_model,
                                     recipeOf("qat",
                                              {{"epochs", 4},
                                               {"batch_size", 8},
                                               {"ranges", ranges.toStdString()},
                                               {"freeze_ranges_after", 0.5}}),
                                     pictures(*m_model, 32, true));
    QS_VERIFY_OK(result);
    const std::vector<TrainingEpoch> &epochs = (*result)->training->epochs;
    QVERIFY(!epochs[0].ranges.empty());
    QVERIFY(epochs[1].ranges != epochs[0].ranges);
    QVERIFY(epochs[2].ranges != epochs[1].ranges);
    QVERIFY(epochs[3].ranges == epochs[2].ranges);
    QVERIFY(epochs[4].ranges == epochs[2].ranges);
    QVERIFY(epochs[3].validationLoss != epochs[2].validationLoss);
}

/// Warm-up over the whole training: the rate at the end of each epoch lies on a straight line, at the middle
/// of its last step.
void tst_Training::warmUpRises()
{
    const auto result = quantizeWith(m_model,
                                     recipeOf("qat",
                                              {{"epochs", 3},
                                               {"batch_size", 8},
                                               {"learning_rate", 0.01},
                                               {"warm_up", 1},
                                               {"validation_share", 0}}),
                                     pictures(*m_model, 32, true));
    QS_VERIFY_OK(result);
    for (std::size_t epoch = 1; epoch <= 3; ++epoch)
        QCOMPARE((*result)->training->epochs[epoch].learningRate, 0.01 * (double(4 * epoch) - 0.5) / 12);
}

void tst_Training::weightDecayShrinksWeights()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    const auto energy = [&](double decay) {
        const auto result = quantizeWith(
            m_model,
            recipeOf("qat",
                     {{"epochs", 3}, {"batch_size", 8}, {"weight_decay", decay}, {"validation_share", 0}}),
            data);
        double sum = 0;
        if (!result.ok())
            return sum;
        for (const onnx::TensorProto &initializer : (*result)->prepared->proto().graph().initializer()) {
            const auto tensor = (*result)->prepared->constant(initializer.name());
            if (initializer.dims_size() > 1)
                for (const float weight : (*tensor)->floats())
                    sum += double(weight) * double(weight);
        }
        return sum;
    };
    const double plain = energy(0);
    const double decayed = energy(1);
    // 12 steps of AdamW, at half the rate of 0.001 on average, each taking off that share of every weight.
    QVERIFY2(decayed > 0 && decayed < 0.995 * plain && decayed > 0.95 * plain,
             qPrintable(QStringLiteral("%1 of %2").arg(decayed).arg(plain)));
}

void tst_Training::temperatureOfTheDivergence_data()
{
    QTest::addColumn<double>("temperature");
    QTest::newRow("1") << 1.;
    QTest::newRow("4") << 4.;
    QTest::newRow("half") << 0.5;
}

/// The loss before training is that of static quantization, worked out from what ONNX Runtime computes: the
/// mean Kullback-Leibler divergence of the classes' probabilities at that temperature, times its square
/// (Hinton et al. 2015).
void tst_Training::temperatureOfTheDivergence()
{
    QFETCH(double, temperature);
    const DatasetPtr data = pictures(*m_model, 32, false);
    const auto result = quantizeWith(m_model,
                                     recipeOf("qat",
                                              {{"epochs", 0},
                                               {"weight_bits", 3},
                                               {"activation_bits", 4},
                                               {"temperature", temperature},
                                               {"validation_share", 0}}),
                                     data);
    QS_VERIFY_OK(result);
    const auto logProbabilities = [&](const Model &model, const Sample &sample) {
        const Tensor scores = runModel(model, sample.inputs)[0];
        std::vector<double> logs(scores.floats().begin(), scores.floats().end());
        double sum = 0;
        for (double &score : logs)
            sum += std::exp(score /= temperature);
        for (double &score : logs)
            score -= std::log(sum);
        return logs;
    };
    double wanted = 0;
    for (std::size_t i = 0; i < data->size(); ++i) {
        const auto teacher = logProbabilities(*m_model, *data->sample(i));
        const auto student = logProbabilities(*(*result)->model, *data->sample(i));
        for (std::size_t c = 0; c < teacher.size(); ++c)
            wanted += std::exp(teacher[c]) * (teacher[c] - student[c]) / double(data->size());
    }
    wanted *= temperature * temperature;
    const double got = (*result)->training->epochs.front().validationLoss;
    QVERIFY2(wanted > 1e-4 && std::abs(got - wanted) < 0.01 * wanted,
             qPrintable(QStringLiteral("%1, not %2").arg(got).arg(wanted)));
}

/// Other kernels may be used; on one thread and so small a network they round alike.
void tst_Training::needNotBeDeterministic()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    Recipe recipe = recipeOf("qat", {{"epochs", 2}, {"batch_size", 8}});
    const auto strict = quantizeWith(m_model, recipe, data);
    recipe.parameters["deterministic"] = false;
    const auto loose = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(strict);
    QS_VERIFY_OK(loose);
    const double wanted = (*strict)->training->epochs.back().validationLoss;
    QVERIFY(std::abs((*loose)->training->epochs.back().validationLoss - wanted) < 0.01 * wanted);
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

    const auto resumed = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
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
    QS_VERIFY_OK(quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint}));
    const std::size_t places[] = {0, 20, 100, bytes->size() / 2, bytes->size() - 1};
    for (const std::size_t place : places) {
        std::string damaged = *bytes;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
        QVERIFY(writeFileAtomically(checkpoint, damaged).ok());
        const auto result = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
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
    const auto hours = readFile(checkpoint);
    QS_VERIFY_OK(hours);
    const Recipe recipe = recipeOf("qat", {{"epochs", 1}, {"seed", 9}});
    const auto refused = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
    QVERIFY(!refused.ok() && refused.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(refused.error().message().find("of another training") != std::string::npos,
             refused.error().message().c_str());
    QVERIFY(*readFile(checkpoint) == *hours);

    const auto isNews = [](const Finding &finding) { return finding.code == "other-checkpoint"; };
    const TrainingOptions replacing {.checkpoint = checkpoint, .replacesOther = true};
    const auto other = quantizeWith(m_model, recipe, data, replacing);
    QS_VERIFY_OK(other);
    QVERIFY(std::ranges::any_of((*other)->findings, isNews));
    QVERIFY(*readFile(checkpoint) != *hours);

    QVERIFY(writeFileAtomically(checkpoint, "damaged").ok());
    const auto third = quantizeWith(m_model, recipe, data, replacing);
    QS_VERIFY_OK(third);
    QVERIFY(std::ranges::any_of((*third)->findings, isNews));
    QS_VERIFY_OK(loadCheckpoint(checkpoint));
}

/// A kill before the end of the first epoch does not start from nothing again.
void tst_Training::checkpointIsThereFromTheStart()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    bool isThere = false;
    TrainingOptions options {.checkpoint = checkpoint};
    JobContext job({}, [&](const Progress &progress) {
        if (progress.stage == "train" && progress.done == 1)
            isThere = std::filesystem::exists(checkpoint);
    });
    QuantizeOptions how {.threads = 1, .calibration = pictures(*m_model, 16, true), .training = options};
    QS_VERIFY_OK(quantize(m_model, recipeOf("qat", {{"epochs", 1}}), *makeOnnxRuntimeEngine(), how, job));
    QVERIFY(isThere);
}

void tst_Training::divergenceKeepsTheBest_data()
{
    QTest::addColumn<double>("learningRate");
    QTest::addColumn<int>("sound"); ///< samples read before there is NaN in them
    QTest::addColumn<double>("held");
    QTest::addColumn<int>("epochs"); ///< after epoch 0
    // The last layer is float, so that nothing keeps its weights in bounds.
    QTest::newRow("rate too large") << 1e38 << 1'000'000 << 0.25 << 0;
    // Opening reads a sample of each part, measuring all that are held back, an epoch all others.
    QTest::newRow("in the third epoch") << 1e-3 << 2 + 12 + 2 * 48 + 10 << 0.25 << 2;
    QTest::newRow("while measuring") << 1e-3 << 2 + 12 + 2 * 48 - 3 << 0.25 << 1;
    QTest::newRow("none held back") << 1e-3 << 1 + 48 + 2 * 96 + 10 << 0. << 2;
}

void tst_Training::divergenceKeepsTheBest()
{
    QFETCH(double, learningRate);
    QFETCH(int, sound);
    QFETCH(double, held);
    QFETCH(int, epochs);
    Recipe recipe = recipeOf("qat", {{"epochs", 0}});
    recipe.exclude = {"^fc$"};
    const DatasetPtr data = pictures(*m_model, 48, true);
    const auto start = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(start);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < data->size(); ++i)
        samples.push_back(*data->sample(i));
    TrainingSettings settings = defaultSettings();
    settings.epochs = 5;
    settings.batchSize = 8;
    settings.learningRate = learningRate;
    settings.optimizer.kind = OptimizerKind::Sgd;
    settings.validationShare = held;
    const TrainingInput input {(*start)->prepared,
                               (*start)->plan,
                               {},
                               std::make_shared<SpoiledDataset>(samples, sound),
                               settings,
                               1,
                               {}};
    QTemporaryDir folder;
    const TrainingOptions options {.checkpoint = folder.filePath("net.training").toStdString(),
                                   .sampleMemory = 0};
    std::vector<std::string> codes;
    JobContext job = listening(codes);
    const auto trained = train(input, options, job);
    QS_VERIFY_OK(trained);
    QCOMPARE(std::ranges::count(codes, "training-diverged"), std::ptrdiff_t(1));
    QCOMPARE(trained->history.epochs.size(), std::size_t(epochs) + 1);
    if (held == 0.)
        QCOMPARE(trained->history.bestEpoch, epochs); // the last that was whole
    else
        QVERIFY(trained->history.bestEpoch <= epochs);
    for (const TrainingEpoch &epoch : trained->history.epochs)
        QVERIFY(std::isfinite(epoch.validationLoss));
    for (const float loss : trained->history.stepLosses)
        QVERIFY(std::isfinite(loss));
    for (const float score : runModel(*trained->prepared, randomInputs(*m_model, 5, 4))[0].floats())
        QVERIFY(std::isfinite(score));
    QS_VERIFY_OK(loadCheckpoint(options.checkpoint));
}

/// Large data is decoded in every epoch: nothing else may differ.
void tst_Training::samplesNeedNotFitIntoMemory()
{
    const DatasetPtr data = pictures(*m_model, 32, true);
    const Recipe recipe
        = recipeOf("qat", {{"epochs", 2}, {"batch_size", 8}, {"augmentation", "flip, crop:2"}});
    const auto kept = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(kept);
    const auto anew = quantizeWith(m_model, recipe, data, {.sampleMemory = 0});
    QS_VERIFY_OK(anew);
    QVERIFY(graphBytes(*(*kept)->model) == graphBytes(*(*anew)->model));
}

/// Found only while training, where not all samples were decoded before it.
void tst_Training::damagedSamplesAreLeftOut_data()
{
    QTest::addColumn<quint64>("memory");
    QTest::newRow("in memory") << quint64(1 << 30);
    QTest::newRow("decoded anew") << quint64(0);
}

void tst_Training::damagedSamplesAreLeftOut()
{
    QFETCH(quint64, memory);
    const DatasetPtr all = pictures(*m_model, 40, true);
    std::vector<Sample> samples;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < all->size(); ++i) {
        samples.push_back(*all->sample(i));
        indices.push_back(i);
    }
    const auto open = [&](std::set<std::size_t> damaged, JobContext &job) {
        return TrainingData::open(std::make_shared<MemoryDataset>(samples, std::move(damaged)), indices,
                                  m_model->graph().inputs(), memory, job);
    };
    const auto readAll = [](TrainingData &data, JobContext &job) -> Result<std::int64_t> {
        std::vector<std::size_t> positions(data.size());
        std::iota(positions.begin(), positions.end(), std::size_t {0});
        QS_TRY(const auto batches, data.batches(positions, nullptr, job));
        std::int64_t rows = 0;
        for (const TrainBatch &batch : batches) {
            if (batch.labels.size() != static_cast<std::size_t>(batch.rows))
                return Error {};
            rows += batch.rows;
        }
        return rows;
    };
    std::vector<std::string> codes;
    JobContext job = listening(codes);
    auto data = open({3, 17, 39}, job);
    QS_VERIFY_OK(data);
    for (int epoch = 0; epoch < 2; ++epoch) {
        const auto rows = readAll(*data, job);
        QS_VERIFY_OK(rows);
        QCOMPARE(*rows, std::int64_t(37));
    }
    QCOMPARE(codes, std::vector<std::string>(3, "sample-skipped")); // once each

    auto tooMany = open({3, 5, 8, 17, 39}, job); // an eighth
    QVERIFY(!tooMany.ok() || !readAll(*tooMany, job).ok());
}

/// Whole trainings with such samples; one of them in the middle of a batch that is resumed.
void tst_Training::damagedSampleDoesNotEndTraining()
{
    QTemporaryDir folder;
    const DatasetPtr all = pictures(*m_model, 48, true);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < all->size(); ++i)
        samples.push_back(*all->sample(i));
    const Recipe recipe = recipeOf("qat", {{"epochs", 3}, {"batch_size", 8}, {"learning_rate", 0.003}});
    const auto damaged = std::make_shared<MemoryDataset>(samples, std::set<std::size_t> {7, 30});
    QuantizeOptions options {.threads = 1, .calibration = all, .trainingData = damaged};
    options.training.sampleMemory = 0;
    JobContext job;
    const auto whole = quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, job);
    QS_VERIFY_OK(whole);
    const auto isNews = [](const Finding &finding) { return finding.code == "sample-skipped"; };
    QCOMPARE(std::ranges::count_if((*whole)->findings, isNews), std::ptrdiff_t(2));

    std::stop_source stop;
    JobContext broken(stop.get_token(), [&](const Progress &progress) {
        if (progress.stage == "train" && progress.done == 9)
            stop.request_stop();
    });
    options.training.checkpoint = folder.filePath("net.training").toStdString();
    QVERIFY_THROWS_EXCEPTION(Cancelled,
                             (void)quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, broken));
    const auto resumed = quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, job);
    QS_VERIFY_OK(resumed);
    QVERIFY(graphBytes(*(*whole)->model) == graphBytes(*(*resumed)->model));
    for (std::size_t e = 1; e < 4; ++e)
        QCOMPARE((*resumed)->training->epochs[e].loss, (*whole)->training->epochs[e].loss);
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

void tst_Training::refusedBeforeTheWork_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("said");
    QTest::newRow("operator without gradient") << "optimizer"
                                               << "adamw"
                                               << "Shrink (odd)";
    QTest::newRow("no labels") << "supervision"
                               << "labels"
                               << "no labels";
    QTest::newRow("no such layer") << "distill_layers"
                                   << "^nothing$"
                                   << "matches no layer";
    QTest::newRow("no such layer, from labels") << "distill_layers"
                                                << "^nothing$"
                                                << "matches no layer";
    QTest::newRow("no expression") << "distill_layers"
                                   << "(("
                                   << "no regular expression";
    QTest::newRow("no pictures") << "augmentation"
                                 << "crop"
                                 << "is for pictures";
    QTest::newRow("unknown augmentation") << "augmentation"
                                          << "flip, wave"
                                          << "'wave'";
}

/// Calibration and what follows it takes minutes of a large model; none of it must come before the refusal.
void tst_Training::refusedBeforeTheWork()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, said);
    ModelPtr model = m_model;
    DatasetPtr data = pictures(*m_model, 8, QByteArray(QTest::currentDataTag()).endsWith("from labels"));
    if (said.startsWith("Shrink") || said == "is for pictures") {
        const std::string op = said.startsWith("Shrink") ? "Shrink" : "Relu";
        const std::string text = "g (float[N,4] x) => (float[N,4] y) <float[4,4] w> "
                                 "{ t = MatMul(x, w) [odd] y = "
            + op + "(t) }";
        model = modelFromText(text.c_str());
        std::vector<Sample> samples;
        for (unsigned i = 0; i < 8; ++i)
            samples.push_back({"#" + std::to_string(i), randomInputs(*model, i, 1), {}});
        data = std::make_shared<MemoryDataset>(std::move(samples));
    }
    std::set<std::string> stages;
    JobContext job({}, [&](const Progress &progress) { stages.insert(progress.stage); });
    Recipe recipe = recipeOf("qat", {{key.toStdString(), value.toStdString()}});
    if (data->hasLabels())
        recipe.parameters["supervision"] = "labels";
    const QuantizeOptions options {.threads = 1, .calibration = data};
    const auto result = quantize(model, recipe, *makeOnnxRuntimeEngine(), options, job);
    QVERIFY(!result.ok());
    QVERIFY2(result.error().message().find(said.toStdString()) != std::string::npos,
             result.error().message().c_str());
    QVERIFY(result.error().code
            == (said.startsWith("Shrink") ? ErrorCode::Unsupported : ErrorCode::InvalidArgument));
    stages.erase("prepare");
    QVERIFY2(stages.empty(), stages.empty() ? "" : stages.begin()->c_str());
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
        const Tensor result = augmented(picture, Layout::Nchw, settings, random);
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
        const Tensor result = augmented(picture, Layout::Nchw, settings, random);
        shifted
            = shifted || std::ranges::equal(result.floats(), std::vector<float> {5, 6, 0, 8, 9, 0, 0, 0, 0});
    }
    QVERIFY(shifted);
}

/// Channels stay with their pixel wherever they are stored.
void tst_Training::augmentationIsTheSameInBothLayouts()
{
    constexpr std::int64_t kHeight = 5;
    constexpr std::int64_t kWidth = 4;
    const Tensor planar = randomTensor({1, 3, kHeight, kWidth}, 3);
    const auto channelsLast = [&](const Tensor &picture) {
        Tensor turned(DType::Float32, {1, kHeight, kWidth, 3});
        const auto to = turned.mutableData<float>();
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t i = 0; i < kHeight * kWidth; ++i)
                to[i * 3 + c] = picture.floats()[c * kHeight * kWidth + i];
        }
        return turned;
    };
    TrainingSettings settings;
    settings.flip = true;
    settings.crop = 2;
    int changed = 0;
    for (unsigned seed = 0; seed < 50; ++seed) {
        Random random(seed);
        Random same(seed);
        const Tensor wanted = channelsLast(augmented(planar, Layout::Nchw, settings, random));
        const Tensor got = augmented(channelsLast(planar), Layout::Nhwc, settings, same);
        QVERIFY(got.shape() == wanted.shape());
        QVERIFY(std::ranges::equal(got.floats(), wanted.floats()));
        changed += std::ranges::equal(got.floats(), channelsLast(planar).floats()) ? 0 : 1;
    }
    QVERIFY(changed > 40);
}

void tst_Training::augmentationIsForPictures_data()
{
    QTest::addColumn<Shape>("shape");
    QTest::addColumn<std::optional<Layout>>("known");
    QTest::addColumn<std::optional<Layout>>("layout"); ///< none = refused
    const std::optional<Layout> none;
    const std::optional<Layout> planar = Layout::Nchw;
    const std::optional<Layout> last = Layout::Nhwc;
    QTest::newRow("channels first") << Shape {-1, 3, 32, 32} << none << planar;
    QTest::newRow("channels last") << Shape {-1, 32, 32, 3} << none << last;
    QTest::newRow("channels last, told otherwise") << Shape {-1, 32, 32, 3} << planar << last;
    QTest::newRow("open, told") << Shape {-1, -1, -1, -1} << last << last;
    QTest::newRow("open") << Shape {-1, -1, -1, -1} << none << none;
    QTest::newRow("features") << Shape {-1, 8, 16, 16} << none << none;
    QTest::newRow("features, told") << Shape {-1, 8, 16, 16} << planar << none;
    QTest::newRow("rows") << Shape {-1, 128} << none << none;
}

void tst_Training::augmentationIsForPictures()
{
    QFETCH(Shape, shape);
    QFETCH(std::optional<Layout>, known);
    QFETCH(std::optional<Layout>, layout);
    ValueInfo input;
    input.name = "x";
    input.type = DType::Float32;
    input.shape = shape;
    input.hasShape = true;
    TrainingSettings settings;
    QVERIFY(augmentedLayout({input}, settings, known).ok()); // nothing is augmented
    settings.flip = true;
    const auto found = augmentedLayout({input}, settings, known);
    QCOMPARE(found.ok(), layout.has_value());
    if (layout)
        QVERIFY(*found == *layout);
    else
        QVERIFY(found.error().message().find("is for pictures") != std::string::npos);
    input.type = DType::Int64;
    QVERIFY(!augmentedLayout({input}, settings, known).ok());
}

QTEST_GUILESS_MAIN(tst_Training)
#include "tst_training.moc"
