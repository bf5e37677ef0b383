// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the parameters of a training do.
#include "core/trainer/trainingengine.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"
#include "tests/support/tinycnn.h"
#include "tests/support/trainingrun.h"

#include <QTest>

#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;
using namespace qs::test;

class tst_TrainingSettings : public QObject
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
    void ratesRiseAndFall();
    void settingsMatter_data();
    void settingsMatter();
    void patienceEndsTraining();
    void lastEpochIsKeptWithoutValidation();
    void frozenRangesStay_data();
    void frozenRangesStay();
    void normalizationFollowsBatches();
    void normalizationMustBeThere();
    void warmUpRises();
    void weightDecayShrinksWeights();
    void temperatureOfTheDivergence_data();
    void temperatureOfTheDivergence();
    void needNotBeDeterministic();

private:
    ModelPtr m_model;
};

void tst_TrainingSettings::ratesRiseAndFall()
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

void tst_TrainingSettings::settingsMatter_data()
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
    QTest::newRow("batch normalization") << "freeze_batch_norm_after" << 0.5 << "adamw";
    QTest::newRow("weight of layers") << "distill_layers_weight" << 50. << "adamw";
    QTest::newRow("momentum of AdamW") << "momentum" << 0.5 << "adamw"; // the only one without effect
}

/// Each reaches what is trained.
void tst_TrainingSettings::settingsMatter()
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

void tst_TrainingSettings::patienceEndsTraining()
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
void tst_TrainingSettings::lastEpochIsKeptWithoutValidation()
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

void tst_TrainingSettings::frozenRangesStay_data()
{
    QTest::addColumn<QString>("ranges");
    QTest::newRow("learned") << "learned";
    QTest::newRow("moving average") << "moving_average";
}

/// Half of four epochs: ranges move in the first two, weights in all.
void tst_TrainingSettings::frozenRangesStay()
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

/// In half of the epochs; what is measured and exported has no statistics of batches.
void tst_TrainingSettings::normalizationFollowsBatches()
{
    const auto result = quantizeWith(m_model,
                                     recipeOf("qat",
                                              {{"epochs", 8},
                                               {"batch_size", 16},
                                               {"learning_rate", 0.02},
                                               {"weight_bits", 3},
                                               {"activation_bits", 4},
                                               {"freeze_batch_norm_after", 0.5}}),
                                     pictures(*m_model, 96, true));
    QS_VERIFY_OK(result);
    const TrainingHistory &history = *(*result)->training;
    QCOMPARE(history.epochs.size(), std::size_t(9));
    const double before = history.epochs.front().validationLoss;
    QVERIFY(history.epochs[4].validationLoss < before); // still following
    QVERIFY(history.epochs[static_cast<std::size_t>(history.bestEpoch)].validationLoss < 0.8 * before);
    QVERIFY(*history.sameTop1 >= 0.98);
}

void tst_TrainingSettings::normalizationMustBeThere()
{
    const ModelPtr model = modelFromText(R"(g (float[N,4] x) => (float[N,4] y)
        <float[4,4] w> { t = MatMul(x, w) y = Relu(t) })");
    const auto result = quantizeWith(model, recipeOf("qat", {{"freeze_batch_norm_after", 0.5}}),
                                     pictures(*model, 8, false));
    QVERIFY(!result.ok());
    QVERIFY2(result.error().message().find("no batch normalization") != std::string::npos,
             result.error().message().c_str());
}

/// Warm-up over the whole training: the rate at the end of each epoch lies on a straight line, at the middle
/// of its last step.
void tst_TrainingSettings::warmUpRises()
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

void tst_TrainingSettings::weightDecayShrinksWeights()
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

void tst_TrainingSettings::temperatureOfTheDivergence_data()
{
    QTest::addColumn<double>("temperature");
    QTest::newRow("1") << 1.;
    QTest::newRow("4") << 4.;
    QTest::newRow("half") << 0.5;
}

/// The loss before training is that of static quantization, worked out from what ONNX Runtime computes: the
/// mean Kullback-Leibler divergence of the classes' probabilities at that temperature, times its square
/// (Hinton et al. 2015).
void tst_TrainingSettings::temperatureOfTheDivergence()
{
    QFETCH(double, temperature);
    // Large numbers give sure predictions, on which the temperature matters.
    std::vector<Sample> samples;
    for (unsigned i = 0; i < 32; ++i) {
        NamedTensor input = randomInputs(*m_model, i, 1)[0];
        std::vector<float> values(input.tensor.floats().begin(), input.tensor.floats().end());
        for (float &value : values)
            value *= 100.F;
        input.tensor = Tensor::fromFloats(input.tensor.shape(), values);
        samples.push_back({"#" + std::to_string(i), {input}, {}});
    }
    const DatasetPtr data = std::make_shared<MemoryDataset>(samples);
    const auto result = quantizeWith(m_model,
                                     recipeOf("qat",
                                              {{"epochs", 0},
                                               {"weight_bits", 3},
                                               {"activation_bits", 4},
                                               {"temperature", temperature},
                                               {"validation_share", 0}}),
                                     data);
    QS_VERIFY_OK(result);
    const auto logProbabilities = [](const Tensor &scores, double divisor) {
        std::vector<double> logs(scores.floats().begin(), scores.floats().end());
        double sum = 0;
        for (double &score : logs)
            sum += std::exp(score /= divisor);
        for (double &score : logs)
            score -= std::log(sum);
        return logs;
    };
    const auto divergenceAt = [&](double divisor) {
        double sum = 0;
        for (const Sample &sample : samples) {
            const auto teacher = logProbabilities(runModel(*m_model, sample.inputs)[0], divisor);
            const auto student = logProbabilities(runModel(*(*result)->model, sample.inputs)[0], divisor);
            for (std::size_t c = 0; c < teacher.size(); ++c)
                sum += std::exp(teacher[c]) * (teacher[c] - student[c]);
        }
        return sum / double(samples.size()) * divisor * divisor;
    };
    const double got = (*result)->training->epochs.front().validationLoss;
    const double wanted = divergenceAt(temperature);
    QVERIFY2(std::abs(got - wanted) < 0.01 * wanted,
             qPrintable(QStringLiteral("%1, not %2").arg(got).arg(wanted)));
    QVERIFY(std::abs(got - divergenceAt(2 * temperature)) > 0.05 * wanted);
}

/// Other kernels may be used; on one thread and so small a network they round alike.
void tst_TrainingSettings::needNotBeDeterministic()
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

QTEST_GUILESS_MAIN(tst_TrainingSettings)
#include "tst_trainingsettings.moc"
