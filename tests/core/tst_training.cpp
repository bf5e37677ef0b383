// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small networks are trained the whole way: what must stay as it was, what must improve, what ends
// it early. See also tst_trainingcheckpoint, tst_trainingdata and tst_trainingsettings.
#include "core/trainer/trainingengine.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"
#include "tests/support/tinycnn.h"
#include "tests/support/trainingrun.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cmath>
#include <onnx/onnx_pb.h>
#include <set>

using namespace qs;
using namespace qs::test;

namespace {

/// Parameters of the strategy's own, with defaults.
TrainingSettings defaultSettings()
{
    const auto settings = trainingSettings(ParamSet(trainingParams()));
    if (!settings.ok())
        qFatal("%s", settings.error().message().c_str());
    return *settings;
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
            spoil(sample->inputs[0].tensor);
        return sample;
    }

private:
    static void spoil(Tensor &picture)
    {
        const std::vector<float> nan(picture.size(), NAN);
        picture = Tensor::fromFloats(picture.shape(), nan);
    }

    int m_sound;
    mutable std::atomic<int> m_read = 0;
};

} // namespace

class tst_Training : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto engine = trainingEngine();
        if (!engine.ok())
            QSKIP(engine.error().message().c_str());
        m_model = makeTinyCnn();
    }
    void noEpochsGiveTheStaticModel();
    void trainingLowersTheLoss_data();
    void trainingLowersTheLoss();
    void sameSeedSameBytes();
    void divergenceKeepsTheBest_data();
    void divergenceKeepsTheBest();
    void samplesNeedNotFitIntoMemory();
    void damagedSampleDoesNotEndTraining();
    void finishingKeepsTheBest();
    void absorbedReluKeepsItsGrid();
    void batchNormalizationKeepsItsStatistics();
    void refusedBeforeTheWork_data();
    void refusedBeforeTheWork();

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

/// One that cannot be folded: scale and bias are trained, mean and variance are those of the model.
void tst_Training::batchNormalizationKeepsItsStatistics()
{
    const ModelPtr model = modelFromText(R"(g (float[N,3,8,8] x) => (float[N,4] y)
        <float[3] s = {1, 2, 0.5}, float[3] b = {0.1, 0, -0.1}, float[3] m = {0, 0.1, 0.2},
         float[3] v = {1, 0.5, 2}, float[4,3,3,3] w, float[4] a> {
        n = BatchNormalization(x, s, b, m, v)
        c = Conv(n, w, a)
        r = Relu(c)
        p = GlobalAveragePool(r)
        y = Flatten(p) })");
    const auto result = quantizeWith(
        model,
        recipeOf("qat", {{"epochs", 2}, {"batch_size", 8}, {"weight_bits", 4}, {"validation_share", 0}}),
        pictures(*model, 32, false));
    QS_VERIFY_OK(result);
    for (const char *name : {"s", "b", "m", "v", "w", "a"}) {
        const auto before = model->constant(name);
        const auto after = (*result)->prepared->constant(name);
        QVERIFY2(before.ok() && after.ok() && *before && *after, name);
        const bool isSame = std::ranges::equal((*before)->floats(), (*after)->floats());
        QVERIFY2(isSame == (name[0] == 'm' || name[0] == 'v'), name);
    }
    QVERIFY(*(*result)->training->sameTop1 >= 0.9);
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

QTEST_GUILESS_MAIN(tst_Training)
#include "tst_training.moc"
