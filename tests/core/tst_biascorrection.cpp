// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/biascorrection.h"
#include "core/run/run.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <cmath>

using namespace qs;

namespace {

/// Scale 1 for every channel, so that the rounding errors can be read off.
TensorPlan unitPlan(std::size_t channels)
{
    TensorPlan plan;
    plan.role = TensorRole::Weight;
    plan.scheme = {DType::Int8, true};
    plan.params.assign(channels, ScaleZeroPoint {1.F, 0});
    return plan;
}

std::vector<float> shiftOf(const Shape &shape, std::vector<float> weight, const WeightLayout &layout,
                           std::vector<double> means, std::size_t channels)
{
    return biasShift(Tensor::fromFloats(shape, weight), unitPlan(channels), layout, means);
}

} // namespace

class tst_BiasCorrection : public QObject
{
    Q_OBJECT

private slots:
    void dense();
    void depthwise();
    void grouped();
    void gemm();
    void gemmInputFirst();
    void whatDoesNotFitIsLeftAlone();
    void takesTheMeanErrorOut();
};

void tst_BiasCorrection::dense()
{
    // Errors: 1.25 -> 1: -0.25, 2.25 -> 2: -0.25; 0.75 -> 1: +0.25, 3 -> 3: 0. Means 2 and 4.
    QCOMPARE(shiftOf({2, 2, 1, 1}, {1.25F, 2.25F, 0.75F, 3.F}, {}, {2, 4}, 2),
             (std::vector<float> {0.25F * 2 + 0.25F * 4, -0.25F * 2}));
}

void tst_BiasCorrection::depthwise()
{
    // A kernel of two taps: errors add up.
    QCOMPARE(shiftOf({2, 1, 1, 2}, {1.25F, 1.25F, 0.75F, 1.F}, {.groups = 2}, {2, 4}, 2),
             (std::vector<float> {0.5F * 2, -0.25F * 4}));
}

void tst_BiasCorrection::grouped()
{
    // Outputs 0, 1 read inputs 0, 1; outputs 2, 3 read inputs 2, 3.
    QCOMPARE(shiftOf({4, 2, 1, 1}, {1.25F, 1, 1, 1.25F, 1.25F, 1, 1, 1.25F}, {.groups = 2}, {1, 2, 4, 8}, 4),
             (std::vector<float> {0.25F, 0.5F, 1.F, 2.F}));
}

void tst_BiasCorrection::gemm()
{
    QCOMPARE(shiftOf({1, 3}, {1.25F, 1, 0.75F}, {}, {1, 2, 4}, 1), (std::vector<float> {0.25F - 1.F}));
}

void tst_BiasCorrection::gemmInputFirst()
{
    QCOMPARE(shiftOf({3, 1}, {1.25F, 1, 0.75F}, {.inputFirst = true}, {1, 2, 4}, 1),
             (std::vector<float> {0.25F - 1.F}));
    QCOMPARE(shiftOf({2, 2}, {1.25F, 1, 1, 1.25F}, {.inputFirst = true}, {1, 2}, 2),
             (std::vector<float> {0.25F, 0.5F}));
}

void tst_BiasCorrection::whatDoesNotFitIsLeftAlone()
{
    QVERIFY(shiftOf({2, 2, 1, 1}, {1, 2, 3, 4}, {}, {1, 2, 3}, 2).empty());
    QVERIFY(shiftOf({2, 1, 1, 1}, {1, 2}, {.groups = 3}, {1, 2, 3}, 2).empty());
    QVERIFY(shiftOf({2, 2, 1, 1}, {1, 2, 3, 4}, {}, {1, 2}, 3).empty());
    QVERIFY(shiftOf({4}, {1, 2, 3, 4}, {}, {1}, 1).empty());
}

/// One large weight makes the grid coarse for the small ones, whose errors meet inputs that are never
/// negative.
void tst_BiasCorrection::takesTheMeanErrorOut()
{
    const ModelPtr model = modelFromText(R"(g (float[N,4,8,8] x) => (float[N,1,8,8] y)
        <float[4,4,1,1] v = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, float[4] a = {0.5, 0.5, 0.5, 0.5},
         float[1,4,1,1] w = {12.7, 0.045, 0.145, 0.245}, float[1] b = {0}>
        { t = Conv(x, v, a)  r = Relu(t)  y = Conv(r, w, b) })");
    const auto meanError = [&](bool corrected) {
        Recipe recipe;
        recipe.target = "x86-vnni";
        recipe.parameters = {{"observer", "minmax"}, {"bias_correction", corrected}};
        recipe.calibration.path = "synthetic";
        recipe.calibration.limit = 16;
        JobContext job;
        const auto engine = makeOnnxRuntimeEngine();
        const auto result = quantize(model, recipe, *engine, {}, job);
        const DatasetPtr data = *openDataset(recipe.calibration, model->graph().inputs(), job);
        double sum = 0;
        for (std::size_t i = 0; i < 16; ++i) {
            const auto inputs = data->sample(i)->inputs;
            const Tensor x = runModel(*model, inputs).at(0);
            const Tensor y = runModel(*(*result)->model, inputs).at(0);
            for (std::size_t k = 0; k < x.size(); ++k)
                sum += static_cast<double>(y.floats()[k] - x.floats()[k])
                    / static_cast<double>(16 * x.size());
        }
        return std::abs(sum);
    };
    const double plain = meanError(false);
    const double corrected = meanError(true);
    QVERIFY2(corrected < 0.25 * plain, qPrintable(QStringLiteral("%1 of %2").arg(corrected).arg(plain)));
}

QTEST_GUILESS_MAIN(tst_BiasCorrection)
#include "tst_biascorrection.moc"
