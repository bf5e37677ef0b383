// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Each refinement on a small network where it must help, in the real runtime.
#include "core/evaluation/drift.h"
#include "core/model/modelio.h"
#include "core/refinements/refinement.h"
#include "core/refinements/rescaling.h"
#include "core/run/carryout.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <span>

using namespace qs;

namespace {

/// Pointwise, depthwise, pointwise, as in a MobileNet; \a activation stands between them.
std::string separable(const std::string &activation)
{
    return R"(g (float[N,4,8,8] x) => (float[N,4,6,6] y)
        <float[8,4,1,1] w1, float[8] b1, float[8,1,3,3] w2, float[8] b2, float[4,8,1,1] w3, float[4] b3,
         float zero = {0}, float six = {0.5}>
        { t1 = Conv(x, w1, b1)  a1 = )"
        + activation + R"((t1)  t2 = Conv <group = 8> (a1, w2, b2)  a2 = )" + activation
        + R"((t2)  y = Conv(a2, w3, b3) })";
}

std::string withClips(std::string text)
{
    for (const char *value : {"t1", "t2"}) {
        const std::string from = std::string("Relu(") + value + ")";
        text.replace(text.find(from), from.size(), std::string("Clip(") + value + ", zero, six)");
    }
    return text;
}

/// Weights of \a name: random, output channel c times \a spread[c].
void setWeight(GraphEdit &edit, const std::string &name, const std::vector<float> &spread, unsigned seed)
{
    const Shape shape = edit.constant(name).value()->shape();
    const Tensor random = randomTensor(shape, seed, -0.5F, 0.5F);
    std::vector<float> values(random.floats().begin(), random.floats().end());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] *= spread[i * static_cast<std::size_t>(shape[0]) / values.size()];
    edit.setInitializer(name, Tensor::fromFloats(shape, values));
}

/// The separable network with channels whose ranges differ by up to 100 times.
ModelPtr unevenNetwork(const std::string &text)
{
    const ModelPtr plain = modelFromText(text.c_str());
    GraphEdit edit(*plain);
    const std::vector<float> spread {1, 0.01F, 3, 0.1F, 0.02F, 2, 0.3F, 0.05F};
    std::vector<float> inverse;
    for (const float s : spread)
        inverse.push_back(0.3F / s);
    setWeight(edit, "w1", spread, 1);
    setWeight(edit, "w2", inverse, 2);
    setWeight(edit, "w3", std::vector<float>(4, 1.F), 3);
    return *edit.finish();
}

Recipe perTensor(std::initializer_list<const char *> flags)
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.parameters["per_channel"] = false;
    for (const char *flag : flags)
        recipe.parameters[flag] = true;
    return recipe;
}

DatasetPtr syntheticData(const Model &model)
{
    JobContext job;
    return *openDataset({.path = "synthetic", .limit = 8, .preprocessing = {}}, model.graph().inputs(), job);
}

double largestDifferenceOnData(const Model &a, const Model &b)
{
    double largest = 0;
    const DatasetPtr data = syntheticData(a);
    for (std::size_t i = 0; i < data->size(); ++i) {
        const auto inputs = data->sample(i)->inputs;
        const Tensor x = runModel(a, inputs).at(0);
        const Tensor y = runModel(b, inputs).at(0);
        for (std::size_t k = 0; k < x.size(); ++k)
            largest = std::max(largest, std::abs(static_cast<double>(x.floats()[k] - y.floats()[k])));
    }
    return largest;
}

const Finding *findFinding(const Quantized &quantized, const std::string &code)
{
    const auto it = std::find_if(quantized.findings.begin(), quantized.findings.end(),
                                 [&](const Finding &f) { return f.code == code; });
    return it == quantized.findings.end() ? nullptr : &*it;
}

} // namespace

class tst_Refinements : public QObject
{
    Q_OBJECT

private slots:
    void describeThemselves();
    void equalizingHelpsPerTensorWeights();
    void equalizingByHand();
    void equalizingKeepsClips();
    void equalizingLeavesSharedValuesAlone();
    void driftUndoesTheUnits();
    void planAndPreparedModelGiveTheSameBytes();
    void badRescalesAreRefused();
    void mseWeightRangesClipOutliers();
    void concatRoundsOnce();
    void concatKeepsWhatClips();
    void adaRoundHelps();
    void sequentialCorrectionTakesOutWhatClippingDoes();
    void smoothQuantFoldsIntoLayerNorm();
    void smoothQuantInsertsMul();
};

void tst_Refinements::describeThemselves()
{
    for (const RefinementDescriptor &refinement : builtinRefinements().all()) {
        QVERIFY(!refinement.params.empty());
        QCOMPARE(refinement.params.front().key, refinement.id);
        QVERIFY(std::holds_alternative<bool>(refinement.params.front().defaultValue));
        QVERIFY(static_cast<bool>(refinement.rescale) != static_cast<bool>(refinement.refine));
    }
    QVERIFY(builtinRefinements().find("equalize"));
}

void tst_Refinements::equalizingHelpsPerTensorWeights()
{
    const ModelPtr model = unevenNetwork(separable("Relu"));
    const auto plain = quantizeModel(model, perTensor({}));
    const auto equalized = quantizeModel(model, perTensor({"equalize"}));
    QVERIFY(plain.ok());
    QVERIFY2(equalized.ok(), equalized.ok() ? "" : equalized.error().message().c_str());
    QVERIFY(largestDifferenceOnData(*model, *(*equalized)->prepared) < 1e-4);
    const double before = syntheticSqnrDb(*model, *(*plain)->model);
    const double after = syntheticSqnrDb(*model, *(*equalized)->model);
    QVERIFY2(after > before + 10, qPrintable(QStringLiteral("%1 dB, was %2 dB").arg(after).arg(before)));
    QVERIFY(findFinding(**equalized, "equalized"));
    QVERIFY(!findFinding(**equalized, "model-changed-by-refinement"));
    QCOMPARE((*equalized)->plan.rescales.size(), std::size_t {2});
    // Recorded like a pass.
    QVERIFY(std::any_of((*equalized)->passes.begin(), (*equalized)->passes.end(),
                        [](const PassReport &r) { return r.pass == "equalize" && r.changes == 2; }));
}

void tst_Refinements::equalizingByHand()
{
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[2,1,1,1] w = {8, -0.5}, float[2] b = {1, 1}, float[1,2,1,1] v = {-2, 2}>
        { t = Conv(x, w, b)  r = Relu(t)  y = Conv(r, v) })");
    const auto result = quantizeModel(model, perTensor({"equalize"}));
    QVERIFY(result.ok());
    QCOMPARE((*result)->plan.rescales.size(), std::size_t {1});
    const Rescale &rescale = (*result)->plan.rescales.front();
    QCOMPARE(rescale.tensors, (std::vector<std::string> {"t", "r"}));
    // Equal ranges would be 2 and 0.5; both layers and the activations between them have a say.
    const std::vector<float> &f = rescale.factors;
    QCOMPARE(f.size(), std::size_t {2});
    QVERIFY2(f[0] > 2 * f[1] && f[0] < 4 * f[1], qPrintable(QStringLiteral("%1, %2").arg(f[0]).arg(f[1])));
    const Model &prepared = *(*result)->prepared;
    const auto values = [&](const char *name) {
        const Tensor tensor = *prepared.constant(name).value();
        return std::vector<float>(tensor.floats().begin(), tensor.floats().end());
    };
    QCOMPARE(values("w"), (std::vector<float> {8 / f[0], -0.5F / f[1]}));
    QCOMPARE(values("b"), (std::vector<float> {1 / f[0], 1 / f[1]}));
    QCOMPARE(values("v"), (std::vector<float> {-2 * f[0], 2 * f[1]}));
}

void tst_Refinements::equalizingKeepsClips()
{
    const ModelPtr model = unevenNetwork(withClips(separable("Relu")));
    const auto result = quantizeModel(model, perTensor({"equalize"}));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    // Clips bind in this network, and yet nothing changes.
    const auto inputs = syntheticData(*model)->sample(0)->inputs;
    const auto engine = makeOnnxRuntimeEngine();
    JobContext job;
    const auto session = *engine->open(*model, {.taps = {"t1"}});
    const Tensor t1 = (*session->run(inputs, job)).at(1);
    QVERIFY(std::any_of(t1.floats().begin(), t1.floats().end(), [](float v) { return v > 0.55F; }));
    QVERIFY(largestDifferenceOnData(*model, *(*result)->prepared) < 1e-4);
    const auto plain = quantizeModel(model, perTensor({}));
    const double before = syntheticSqnrDb(*model, *(*plain)->model);
    const double after = syntheticSqnrDb(*model, *(*result)->model);
    QVERIFY2(after > before + 3, qPrintable(QStringLiteral("%1 dB, was %2 dB").arg(after).arg(before)));
}

void tst_Refinements::equalizingLeavesSharedValuesAlone()
{
    // r is read by an Add as well; s is a graph output.
    const auto result
        = quantizeModel(modelFromText(R"(g (float[N,2,4,4] x) => (float[N,2,4,4] y, float[N,2,4,4] s)
        <float[2,2,1,1] u, float[2,2,1,1] v, float[2,2,1,1] w>
        { t = Conv(x, u)  r = Relu(t)  q = Conv(r, v)  s = Add(q, r)  y = Conv(s, w) })"),
                        perTensor({"equalize"}));
    QVERIFY(result.ok());
    QVERIFY((*result)->plan.rescales.empty());
    QVERIFY(findFinding(**result, "nothing-to-equalize"));
}

void tst_Refinements::driftUndoesTheUnits()
{
    const ModelPtr model = unevenNetwork(separable("Relu"));
    Recipe recipe = perTensor({"equalize"});
    recipe.parameters["per_channel"] = true;
    const auto result = quantizeModel(model, recipe);
    QVERIFY(result.ok());
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const DatasetPtr data = syntheticData(*model);
    const auto worst = [&](const Model &reference, const Model &quantized) {
        const auto drift = measureDrift(reference, quantized, *data, *engine, {}, job);
        double least = 1e9;
        for (const LayerDrift &layer : drift->layers) {
            least = std::min(least, layer.accumulated.sqnrDb);
            if (layer.alone)
                least = std::min(least, layer.alone->sqnrDb);
        }
        return least;
    };
    QVERIFY(worst(*model, *(*result)->model) > 25);
    QVERIFY(worst(*(*result)->prepared, *(*result)->model) > 25);
    GraphEdit edit(*(*result)->model);
    edit.setMetadata(kRescaleKey, "[]");
    QVERIFY(worst(*model, **edit.finish()) < 10); // what it would be without the units
}

void tst_Refinements::planAndPreparedModelGiveTheSameBytes()
{
    const ModelPtr model = unevenNetwork(separable("Relu"));
    const auto result
        = quantizeModel(model, perTensor({"equalize", "adaround", "sequential_bias_correction"}));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Quantized &quantized = **result;
    JobContext job;
    const ShapeMap shapes = inferShapes(*model, nullptr, job);
    const PassResult prepared
        = *runPasses(model, builtinPasses(), PassPhase::Prepare, {.shapes = shapes}, job);
    // What JSON keeps of the factors is all there is to them.
    const auto rescales = rescalesFromJson(nlohmann::json::parse(toJson(quantized.plan.rescales).dump()));
    QVERIFY(rescales.ok());
    QVERIFY(*rescales == quantized.plan.rescales);
    const ModelPtr refined = *applyRescales(prepared.model, *rescales);
    const auto again
        = carryOut(refined, inferShapes(*refined, nullptr, job), quantized.plan, quantized.recipe, job);
    QVERIFY(again.ok());
    QVERIFY(serializeModel(*again->model) == serializeModel(*quantized.model));
}

void tst_Refinements::badRescalesAreRefused()
{
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[2,1,1,1] w = {8, -0.5}, float[1,2,1,1] v = {-2, 2}> { t = Conv(x, w)  y = Conv(t, v) })");
    QVERIFY(applyRescales(model, {{.tensors = {"t"}, .factors = {2, 3}}}).ok());
    QVERIFY(!applyRescales(model, {{.tensors = {"t"}, .factors = {2}}}).ok());
    QVERIFY(!applyRescales(model, {{.tensors = {"q"}, .factors = {2, 3}}}).ok());
    QVERIFY(!applyRescales(model, {{.tensors = {}, .factors = {2, 3}}}).ok());
    for (const char *text :
         {R"([{"tensors": ["t"], "axis": 1, "factors": [0]}])",
          R"([{"tensors": ["t"], "axis": 1, "factors": [-1]}])",
          R"([{"tensors": [], "axis": 1, "factors": [1]}])", R"([{"axis": 1, "factors": [1]}])", "[3]",
          R"([{"tensors": ["t"], "axis": -7, "factors": [1]}])"})
        QVERIFY2(!rescalesFromJson(nlohmann::json::parse(text)).ok(), text);
}

/// Sum of squares that weights lose on a symmetric grid of \a largestCode codes a side up to \a limit.
static double roundingError(std::span<const float> weights, double limit, int largestCode)
{
    const double step = limit / largestCode;
    double sum = 0;
    for (const float weight : weights) {
        const double code
            = std::clamp(std::nearbyint(double(weight) / step), -double(largestCode), double(largestCode));
        sum += std::pow(double(weight) - code * step, 2);
    }
    return sum;
}

void tst_Refinements::mseWeightRangesClipOutliers()
{
    const ModelPtr plain = modelFromText(R"(g (float[N,32] x) => (float[N,64] y) <float[32,64] w>
        { y = MatMul(x, w) })");
    Tensor weight = randomTensor({32, 64}, 11);
    std::vector<float> values(weight.floats().begin(), weight.floats().end());
    values[100] = 4; // the others end at 1
    GraphEdit edit(*plain);
    edit.setInitializer("w", Tensor::fromFloats({32, 64}, values));
    const ModelPtr model = *edit.finish();

    Recipe recipe = perTensor({});
    recipe.parameters["weight_bits"] = 4;
    const auto widest = quantizeModel(model, recipe);
    recipe.parameters["weight_range"] = "mse";
    const auto searched = quantizeModel(model, recipe);
    QVERIFY2(widest.ok() && searched.ok(), searched.ok() ? "" : searched.error().message().c_str());
    const TensorPlan &plan = (*searched)->plan.tensors.at("w");
    QCOMPARE((*widest)->plan.tensors.at("w").params.at(0).scale, 4.F / 7.F);
    // As good as the best of a thousand limits, though the search tries fewer.
    double least = 1e30;
    for (int i = 1; i <= 1000; ++i)
        least = std::min(least, roundingError(values, 4.0 * i / 1000, 7));
    const double limit = 7 * double(plan.params.at(0).scale);
    const double error = roundingError(values, limit, 7);
    QVERIFY2(error <= 1.05 * least, qPrintable(QStringLiteral("%1 of %2").arg(error).arg(least)));
    QVERIFY2(limit < 2, qPrintable(QString::number(limit)));
    QVERIFY(error < 0.3 * roundingError(values, 4, 7));
    const double before = syntheticSqnrDb(*model, *(*widest)->model);
    const double after = syntheticSqnrDb(*model, *(*searched)->model);
    QVERIFY2(after > before + 2, qPrintable(QStringLiteral("%1 dB, was %2 dB").arg(after).arg(before)));
}

void tst_Refinements::concatRoundsOnce()
{
    const ModelPtr model = modelFromText(R"(g (float[N,4,8,8] x) => (float[N,2,8,8] y)
        <float[4,4,1,1] u, float[4,4,1,1] v, float[2,8,1,1] w>
        { a = Conv(x, u)  r = Relu(a)  b = Conv(x, v)  s = Relu(b)
          c = Concat <axis = 1> (r, s)  y = Conv(c, w) })");
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const auto concatDb = [&](bool once) {
        Recipe recipe = syntheticRecipe("x86-vnni");
        recipe.parameters["concat_grids"] = once;
        const auto result = quantizeModel(model, recipe);
        const auto &tensors = (*result)->plan.tensors;
        if ((tensors.at("r").params == tensors.at("s").params) != once)
            return 0.0;
        const auto drift = measureDrift(*model, *(*result)->model, *syntheticData(*model), *engine, {}, job);
        for (const LayerDrift &layer : drift->layers) {
            if (layer.tensor == "c")
                return layer.accumulated.sqnrDb;
        }
        return 0.0;
    };
    const double twice = concatDb(false);
    const double once = concatDb(true);
    QVERIFY2(twice > 20 && once > twice + 0.1,
             qPrintable(QStringLiteral("%1 dB, was %2 dB").arg(once).arg(twice)));
}

void tst_Refinements::concatKeepsWhatClips()
{
    // The Concat reaches below zero and above the limit: the grids that stand in for Relu and Clip may not.
    const ModelPtr model = modelFromText(R"(g (float[N,4,8,8] x) => (float[N,2,8,8] y)
        <float[4,4,1,1] u, float[4,4,1,1] v, float[2,8,1,1] w, float zero = {0}, float top = {0.25}>
        { a = Conv(x, u)  r = Clip(a, zero, top)  b = Conv(x, v)
          c = Concat <axis = 1> (r, b)  y = Conv(c, w) })");
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const auto &tensors = (*result)->plan.tensors;
    QVERIFY(tensors.at("r").params != tensors.at("c").params);
    QVERIFY(tensors.at("b").params == tensors.at("c").params);
    QVERIFY(syntheticSqnrDb(*model, *(*result)->model) > 20);
}

/// One large weight makes the grid coarse for the other rows; the output stays float and shows it.
void tst_Refinements::adaRoundHelps()
{
    const ModelPtr plain = modelFromText(R"(g (float[N,16] x) => (float[N,4] y)
        <float[32,16] w1, float[4,32] w2>
        { t = Gemm <transB = 1> (x, w1)  a = Relu(t)  y = Gemm <transB = 1> (a, w2) })");
    GraphEdit edit(*plain);
    setWeight(edit, "w2", {1, 0.03F, 0.03F, 0.03F}, 7);
    const ModelPtr model = *edit.finish();
    const auto errorOf = [&](bool adaround, int iterations) {
        Recipe recipe = perTensor({});
        recipe.calibration.limit = 256;
        recipe.parameters["adaround"] = adaround;
        recipe.parameters["adaround_samples"] = 256;
        recipe.parameters["adaround_iterations"] = iterations;
        const auto result = quantizeModel(model, recipe);
        if (!result.ok())
            qFatal("%s", result.error().message().c_str());
        if ((*result)->plan.tensors.at("w2").roundUp.empty() == adaround)
            qFatal("rounding is not what was asked for");
        double error = 0;
        for (unsigned seed = 0; seed < 40; ++seed) { // not what it was calibrated with
            const auto inputs = randomInputs(*model, seed, 4);
            const Tensor x = runModel(*model, inputs).at(0);
            const Tensor y = runModel(*(*result)->model, inputs).at(0);
            for (std::size_t k = 0; k < x.size(); ++k)
                error += k % 4 == 0 ? 0 : std::pow(static_cast<double>(x.floats()[k] - y.floats()[k]), 2);
        }
        return error;
    };
    const double nearest = errorOf(false, 0);
    const double soft = errorOf(true, 200);
    const double turned = errorOf(true, 0);
    QVERIFY2(soft < 0.6 * nearest, qPrintable(QStringLiteral("%1 of %2").arg(soft).arg(nearest)));
    QVERIFY2(turned < 0.7 * nearest, qPrintable(QStringLiteral("%1 of %2").arg(turned).arg(nearest)));
}

void tst_Refinements::sequentialCorrectionTakesOutWhatClippingDoes()
{
    const ModelPtr model = modelFromText(R"(g (float[N,2,8,8] x) => (float[N,1,8,8] y)
        <float[2,2,1,1] v = {1, 0.2, 0.3, 1}, float[2] a = {0.5, 0.5}, float[1,2,1,1] w = {1, 0.7},
         float[1] b = {0}> { t = Conv(x, v, a)  r = Relu(t)  y = Conv(r, w, b) })");
    const auto meanError = [&](bool sequential) {
        Recipe recipe = perTensor({});
        recipe.overrides = {{.tensor = "r", .range = Range {0.F, 0.6F}, .observer = {}, .keepFloat = false}};
        recipe.parameters["sequential_bias_correction"] = sequential;
        const auto result = quantizeModel(model, recipe);
        if (!result.ok())
            qFatal("%s", result.error().message().c_str());
        double sum = 0;
        const DatasetPtr data = syntheticData(*model);
        for (std::size_t i = 0; i < data->size(); ++i) {
            const auto inputs = data->sample(i)->inputs;
            const Tensor x = runModel(*model, inputs).at(0);
            const Tensor y = runModel(*(*result)->model, inputs).at(0);
            for (std::size_t k = 0; k < x.size(); ++k)
                sum += static_cast<double>(y.floats()[k] - x.floats()[k])
                    / static_cast<double>(data->size() * x.size());
        }
        return std::abs(sum);
    };
    const double plain = meanError(false);
    const double corrected = meanError(true);
    QVERIFY2(corrected < 0.25 * plain, qPrintable(QStringLiteral("%1 of %2").arg(corrected).arg(plain)));
}

namespace {

/// Two channels of the normalized activation are 60 times larger than the others, as in trained transformers.
ModelPtr transformerBlock(const char *text)
{
    const ModelPtr plain = modelFromText(text);
    GraphEdit edit(*plain);
    std::vector<float> gain(32, 1.F);
    gain[5] = 60;
    gain[20] = -60;
    edit.setInitializer("gain", Tensor::fromFloats({32}, gain));
    edit.setInitializer("w", randomTensor({32, 16}, 3, -0.1F, 0.1F));
    edit.setInitializer("v", randomTensor({32, 16}, 4, -0.1F, 0.1F));
    return *edit.finish();
}

} // namespace

void tst_Refinements::smoothQuantFoldsIntoLayerNorm()
{
    const ModelPtr model = transformerBlock(R"(<ir_version: 8, opset_import: ["" : 17]>
        g (float[N,6,32] x) => (float[N,6,16] y, float[N,6,16] z)
        <float[32] gain, float[32] shift, float[32,16] w, float[32,16] v>
        { n = LayerNormalization(x, gain, shift)  y = MatMul(n, w)  z = MatMul(n, v) })");
    Recipe recipe = syntheticRecipe("x86-vnni");
    const auto plain = quantizeModel(model, recipe);
    recipe.parameters["smoothquant"] = true;
    const auto smooth = quantizeModel(model, recipe);
    QVERIFY2(smooth.ok(), smooth.ok() ? "" : smooth.error().message().c_str());
    QCOMPARE(operatorsOf(*(*smooth)->prepared), operatorsOf(*(*plain)->prepared));
    QVERIFY(largestDifferenceOnData(*model, *(*smooth)->prepared) < 1e-4);
    const Rescale &rescale = (*smooth)->plan.rescales.at(0);
    QCOMPARE(rescale.axis, -1);
    QCOMPARE(rescale.tensors, std::vector<std::string> {"n"});
    const double before = syntheticSqnrDb(*model, *(*plain)->model);
    const double after = syntheticSqnrDb(*model, *(*smooth)->model);
    QVERIFY2(after > before + 3, qPrintable(QStringLiteral("%1 dB, was %2 dB").arg(after).arg(before)));
}

void tst_Refinements::smoothQuantInsertsMul()
{
    // The sum with n keeps n as it is.
    const ModelPtr model = transformerBlock(R"(<ir_version: 8, opset_import: ["" : 17]>
        g (float[N,6,32] x) => (float[N,6,16] y, float[N,6,32] z)
        <float[32] gain, float[32] shift, float[32,16] w, float[32,16] v>
        { n = LayerNormalization(x, gain, shift)  y = MatMul(n, w)  z = Add(n, x) })");
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.parameters["smoothquant"] = true;
    const auto smooth = quantizeModel(model, recipe);
    QVERIFY2(smooth.ok(), smooth.ok() ? "" : smooth.error().message().c_str());
    QCOMPARE(operatorsOf(*(*smooth)->prepared), std::string("LayerNormalization Mul MatMul Add"));
    QVERIFY(largestDifferenceOnData(*model, *(*smooth)->prepared) < 1e-4);
    QCOMPARE((*smooth)->plan.rescales.at(0).insertedAfter, std::string("n"));
}

QTEST_GUILESS_MAIN(tst_Refinements)
#include "tst_refinements.moc"
