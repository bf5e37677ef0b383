// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Static quantization with fewer bits than the types have: what ONNX Runtime makes of it, and the very
// integers, against arithmetic written out here.
#include "core/lint/lint.h"
#include "core/model/quantizedview.h"
#include "core/report/layerrows.h"
#include "core/run/readplan.h"
#include "core/run/run.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

/// Two layers on pictures of 5 x 5 with two channels: 3 x 3 with padding and a bias, Relu, then 1 x 1.
constexpr const char *kTwoLayers = R"(g (float[1,2,5,5] x) => (float[1,2,5,5] y)
<float[3,2,3,3] w, float[3] b = {0.3, -0.2, 0.1}, float[2,3,1,1] v = {0.9, -0.35, 0.5, 0.2, 0.61, -1.4}>
{ t = Conv <pads = [1, 1, 1, 1]> (x, w, b)  r = Relu(t)  y = Conv(r, v) })";
constexpr int kSide = 5;

ModelPtr twoLayers()
{
    auto proto = std::make_unique<onnx::ModelProto>(protoFromText(kTwoLayers));
    for (auto &initializer : *proto->mutable_graph()->mutable_initializer()) {
        if (initializer.name() != "w")
            continue;
        const Tensor values = randomTensor({3, 2, 3, 3}, 7);
        initializer.clear_float_data();
        initializer.set_raw_data(values.floats().data(), values.size() * sizeof(float));
    }
    return *Model::create(std::move(proto));
}

Recipe fewBits(int weights, int activations)
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.parameters["weight_bits"] = weights;
    recipe.parameters["activation_bits"] = activations;
    recipe.parameters["bias_correction"] = false;
    return recipe;
}

DatasetPtr pictures()
{
    std::vector<Sample> samples;
    for (unsigned i = 0; i < 4; ++i)
        samples.push_back({std::to_string(i), {{"x", randomTensor({1, 2, kSide, kSide}, 20 + i)}}, {}});
    return std::make_shared<MemoryDataset>(std::move(samples));
}

Result<QuantizedPtr> quantizeOn(const ModelPtr &model, const Recipe &recipe, const DatasetPtr &data)
{
    JobContext job;
    QuantizeOptions options;
    options.calibration = data;
    return quantize(model, recipe, *makeOnnxRuntimeEngine(), options, job);
}

std::vector<float> floatsOf(const Model &model, const std::string &name)
{
    const auto constant = model.constant(name);
    const auto values = (*constant)->floats();
    return {values.begin(), values.end()};
}

/// round half to even, then saturate.
int onGrid(double x, int zero, int low, int high)
{
    return std::clamp(static_cast<int>(std::nearbyint(x)) + zero, low, high);
}

/// Conv on integers, computed from the float weights: \a out x \a in x k x k in 4 bits with a scale a
/// channel.
struct IntegerConv
{
    int out, in, side;
    std::vector<float> weight;
    std::vector<float> bias;

    std::vector<int> run(const std::vector<int> &x, ScaleZeroPoint from, ScaleZeroPoint to) const
    {
        const int inner = in * side * side;
        std::vector<int> result;
        for (int o = 0; o < out; ++o) {
            float most = 0;
            for (int i = 0; i < inner; ++i)
                most = std::max(most, std::abs(weight[static_cast<std::size_t>(o * inner + i)]));
            const auto scale = static_cast<float>(static_cast<double>(most) / 7);
            const float product = from.scale * scale;
            const int shift = bias.empty()
                ? 0
                : static_cast<int>(std::nearbyint(static_cast<double>(bias[static_cast<std::size_t>(o)])
                                                  / static_cast<double>(product)));
            for (int row = 0; row < kSide; ++row) {
                for (int column = 0; column < kSide; ++column) {
                    int sum = shift;
                    for (int i = 0; i < inner; ++i) {
                        const int r = row + i / side % side - side / 2;
                        const int c = column + i % side - side / 2;
                        if (r < 0 || r >= kSide || c < 0 || c >= kSide)
                            continue;
                        const int q = onGrid(
                            static_cast<double>(weight[static_cast<std::size_t>(o * inner + i)] / scale), 0,
                            -7, 7);
                        const int plane = i / (side * side);
                        sum += q
                            * (x[static_cast<std::size_t>((plane * kSide + r) * kSide + c)] - from.zeroPoint);
                    }
                    const float scaled = static_cast<float>(sum) * (product / to.scale);
                    result.push_back(onGrid(static_cast<double>(scaled), to.zeroPoint, 0, 15));
                }
            }
        }
        return result;
    }
};

/// Values of \a model by name, as its integer kernels make them.
std::vector<int> tapped(const Model &model, const std::string &value, const Tensor &x)
{
    SessionOptions options;
    options.taps = {value};
    const auto session = makeOnnxRuntimeEngine()->open(model, options);
    if (!session.ok())
        qFatal("%s", session.error().message().c_str());
    const std::vector<NamedTensor> inputs {{"x", x}};
    const auto outputs = (*session)->run(inputs, {});
    for (std::size_t i = 0; outputs.ok() && i < outputs->size(); ++i) {
        if ((*session)->outputs()[i].name == value) {
            const auto bytes = (*outputs)[i].data<std::uint8_t>();
            return {bytes.begin(), bytes.end()};
        }
    }
    qFatal("no %s", value.c_str());
}

bool has(const std::vector<Finding> &findings, const std::string &code)
{
    return std::ranges::any_of(findings, [&](const Finding &f) { return f.code == code; });
}

} // namespace

class tst_FewerBits : public QObject
{
    Q_OBJECT

private slots:
    void kernels_data();
    void kernels();
    void integersAreThoseOfTheArithmetic();
    void clipHoldsWhatQuantizeLinearLetsThrough();
    void signedActivations();
    void integerOperatorsInTheFile();
    void ownFilesAreUnderstood();
    void driftSeesTheNarrowGrid();
    void theSmallerNumberOfBitsWins();
    void storageIsTold();
    void refusals();
    void oldModelsAreRaised();
};

void tst_FewerBits::kernels_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("kernels");
    const char *const conv3 = "float[3,3,1,1] w = {1, 2, 3, -4, 5, 6, 2, -2, 1}, float[3] b = {0.5, 0, -1}";
    const auto row = [&](const char *name, const QString &body, const char *kernels) {
        QTest::newRow(name) << body.arg(QString::fromUtf8(conv3)) << QString::fromUtf8(kernels);
    };
    // A Clip for each activation that is computed, none for those that are moved.
    row("conv-relu-conv",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) r = Relu(t) y = Conv(r, w) }",
        "Clip 3, QLinearConv 2");
    row("conv-relu6",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float lo = {0}, float hi = {6}>"
        " { t = Conv(x, w, b) r = Clip(t, lo, hi) y = Conv(r, w) }",
        "Clip 3, QLinearConv 2");
    row("residual",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) u = Conv(t, w) s = Add(t, u) r "
        "= Relu(s) y = Conv(r, w) }",
        "Clip 5, QLinearConv 3, com.microsoft.QLinearAdd 1");
    row("concat",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float[3,6,1,1] v = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, "
        "5, 6, 1, 2, 3, 4, 5, 6}>"
        " { t = Conv(x, w, b) u = Conv(t, w) c = Concat <axis = 1> (t, u) y = Conv(c, v) }",
        "Clip 5, QLinearConv 3, com.microsoft.QLinearConcat 1");
    row("maxpool",
        "g (float[N,3,4,4] x) => (float[N,3,2,2] y) <%1> { t = Conv(x, w, b) p = MaxPool <kernel_shape = [2, "
        "2], strides = [2, 2]> (t) y = Conv(p, w) }",
        "Clip 3, MaxPool 1, QLinearConv 2");
    row("moves",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, int64[4] shape = {0, 3, 4, 4}>"
        " { t = Conv(x, w, b) u = Transpose <perm = [0, 1, 3, 2]> (t) v = Reshape(u, shape) y = Conv(v, w) }",
        "Clip 3, QLinearConv 2, Reshape 1, Transpose 1");
    row("classifier",
        "g (float[N,3,4,4] x) => (float[N,2] y) <%1, float[2,3] f = {1, 2, 3, 4, 5, 6}, float[2] h = {1, 2}>"
        " { t = Conv(x, w, b) p = GlobalAveragePool(t) q = Flatten(p) y = Gemm <transB = 1> (q, f, h) }",
        "Clip 3, Flatten 1, QLinearConv 1, com.microsoft.QGemm 1, com.microsoft.QLinearGlobalAveragePool 1");
    row("silu",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) s = Sigmoid(t) m = Mul(t, s) y "
        "= Conv(m, w) }",
        "Clip 5, QLinearConv 2, com.microsoft.QLinearMul 1, com.microsoft.QLinearSigmoid 1");
    row("matmul-rank3",
        "g (float[N,3,4,4] x) => (float[N,3,4,2] y) <%1, float[4,2] f = {1, 2, 3, 4, 5, 6, 7, 8}>"
        " { y = MatMul(x, f) }",
        "Clip 1, com.microsoft.MatMulIntegerToFloat 1");
}

void tst_FewerBits::kernels()
{
    QFETCH(QString, text);
    QFETCH(QString, kernels);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto result = quantizeModel(model, fewBits(4, 4));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QStringList sorted = QString::fromStdString(kernelsOf(*(*result)->model)).split(QStringLiteral(", "));
    QStringList expected = kernels.split(QStringLiteral(", "));
    sorted.sort();
    expected.sort();
    QCOMPARE(sorted.join(QStringLiteral(", ")), expected.join(QStringLiteral(", ")));
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.severity == Severity::Info || finding.code == "synthetic-calibration",
                 finding.detail.str().c_str());
    // Four bits less are a step 16 times (24 dB) as wide.
    const auto whole = quantizeModel(model, fewBits(8, 8));
    QVERIFY(whole.ok());
    const double loss
        = syntheticSqnrDb(*model, *(*whole)->model) - syntheticSqnrDb(*model, *(*result)->model);
    QVERIFY2(loss > 12 && loss < 36, qPrintable(QStringLiteral("%1 dB lost").arg(loss)));
}

void tst_FewerBits::integersAreThoseOfTheArithmetic()
{
    const ModelPtr model = twoLayers();
    const auto result = quantizeOn(model, fewBits(4, 4), pictures());
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Quantized &made = **result;
    QCOMPARE(kernelsOf(*made.model), std::string("Clip 3, QLinearConv 2"));

    for (const char *name : {"w", "v"}) {
        const auto stored = made.model->constant(std::string(name) + "_quantized");
        QVERIFY(stored.ok() && stored->has_value() && (*stored)->type() == DType::Int8);
        const auto q = (*stored)->data<std::int8_t>();
        QVERIFY(std::ranges::all_of(q, [](std::int8_t i) { return i >= -7 && i <= 7; }));
        QVERIFY(std::ranges::any_of(q, [](std::int8_t i) { return i == 7 || i == -7; }));
    }

    // The grid of the input: its extent over 15 steps.
    float low = 0;
    float high = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const Tensor picture = pictures()->sample(i)->inputs[0].tensor;
        for (const float x : picture.floats()) {
            low = std::min(low, x);
            high = std::max(high, x);
        }
    }
    const auto gridOf = [&](const char *name) { return made.plan.tensors.at(name).params.at(0); };
    const ScaleZeroPoint input = gridOf("x");
    QCOMPARE(input.scale, static_cast<float>((double(high) - double(low)) / 15));
    QCOMPARE(input.zeroPoint, int(std::nearbyint(-double(low) / ((double(high) - double(low)) / 15))));
    QCOMPARE(gridOf("r").zeroPoint, 0); // of a Relu

    const IntegerConv first {3, 2, 3, floatsOf(*model, "w"), floatsOf(*model, "b")};
    const IntegerConv second {2, 3, 1, floatsOf(*model, "v"), {}};
    for (const unsigned seed : {20U, 55U, 56U}) {
        const Tensor x = randomTensor({1, 2, kSide, kSide}, seed, -1.5F, 1.5F); // partly beyond the grid
        std::vector<int> integers;
        for (const float value : x.floats())
            integers.push_back(onGrid(static_cast<double>(value / input.scale), input.zeroPoint, 0, 15));
        QCOMPARE(tapped(*made.model, "x_QuantizeLinear_Output", x), integers);
        integers = first.run(integers, input, gridOf("r"));
        QCOMPARE(tapped(*made.model, "r_QuantizeLinear_Output", x), integers);
        integers = second.run(integers, gridOf("r"), gridOf("y"));
        QCOMPARE(tapped(*made.model, "y_QuantizeLinear_Output", x), integers);
        const auto y = runModel(*made.model, std::vector<NamedTensor> {{"x", x}}).at(0);
        for (std::size_t i = 0; i < integers.size(); ++i)
            QCOMPARE(y.floats()[i],
                     static_cast<float>(integers[i] - gridOf("y").zeroPoint) * gridOf("y").scale);
    }
}

void tst_FewerBits::clipHoldsWhatQuantizeLinearLetsThrough()
{
    const auto result = quantizeOn(twoLayers(), fewBits(8, 3), pictures());
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Tensor wide = randomTensor({1, 2, kSide, kSide}, 9, -8.F, 8.F);
    for (const std::string tensor : {"x", "r", "y"}) {
        const auto whole = tapped(*(*result)->model, tensor + "_QuantizeLinear_Unclipped", wide);
        const auto held = tapped(*(*result)->model, tensor + "_QuantizeLinear_Output", wide);
        QVERIFY(std::ranges::max(held) <= 7 && std::ranges::min(held) >= 0);
        QVERIFY2(std::ranges::max(whole) > 7 || tensor == "y", tensor.c_str());
    }
    // Weights keep all of their bits.
    const auto weights = (*result)->model->constant("v_quantized");
    QVERIFY(std::ranges::any_of((*weights)->data<std::int8_t>(), [](int i) { return std::abs(i) == 127; }));
}

void tst_FewerBits::signedActivations()
{
    Recipe recipe = fewBits(4, 4);
    recipe.target = "onnxruntime-cpu";
    recipe.parameters["activation_type"] = "int8";
    const auto result = quantizeOn(twoLayers(), recipe, pictures());
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Model &model = *(*result)->model;
    const auto limit = [&](const char *name) { return int((*model.constant(name))->data<std::int8_t>()[0]); };
    QCOMPARE(limit("r_lowest"), -8);
    QCOMPARE(limit("r_highest"), 7);
    QCOMPARE((*result)->plan.tensors.at("r").params.at(0).zeroPoint, -8); // Relu: 0 is the lowest
    // On x86 the runtime makes unsigned pairs of signed ones first, but not with a Clip between the two.
    QCOMPARE(kernelsOf(model), std::string("Clip 3, Conv 2"));
    QVERIFY(has((*result)->findings, "float-kernel"));
    recipe.parameters["symmetric_activations"] = true;
    const auto symmetric = quantizeOn(twoLayers(), recipe, pictures());
    QVERIFY2(symmetric.ok(), symmetric.ok() ? "" : symmetric.error().message().c_str());
    const auto lowest = (*symmetric)->model->constant("x_lowest");
    QCOMPARE(int((*lowest)->data<std::int8_t>()[0]), -7);
}

void tst_FewerBits::integerOperatorsInTheFile()
{
    const auto pairs = quantizeOn(twoLayers(), fewBits(4, 4), pictures());
    Recipe recipe = fewBits(4, 4);
    recipe.parameters["format"] = "qoperator";
    const auto operators = quantizeOn(twoLayers(), recipe, pictures());
    QVERIFY2(operators.ok(), operators.ok() ? "" : operators.error().message().c_str());
    QCOMPARE(operatorsOf(*(*operators)->model),
             std::string("QuantizeLinear Clip QLinearConv Clip QLinearConv Clip DequantizeLinear"));
    const Tensor x = randomTensor({1, 2, kSide, kSide}, 3);
    for (const char *value :
         {"x_QuantizeLinear_Output", "r_QuantizeLinear_Output", "y_QuantizeLinear_Output"})
        QCOMPARE(tapped(*(*operators)->model, value, x), tapped(*(*pairs)->model, value, x));
}

void tst_FewerBits::ownFilesAreUnderstood()
{
    for (const char *format : {"qdq", "qoperator"}) {
        Recipe recipe = fewBits(4, 4);
        recipe.parameters["format"] = format;
        const auto result = quantizeOn(twoLayers(), recipe, pictures());
        QVERIFY(result.ok());
        const Model &model = *(*result)->model;
        const auto engine = makeOnnxRuntimeEngine();
        JobContext job;
        for (const Finding &finding : lintModel(model,
                                                {.target = builtinTargets().find("x86-vnni"),
                                                .engine = engine.get(),
                                                .source = (*result)->source.get()},
                                                job))
            QVERIFY2(finding.severity == Severity::Info, finding.detail.str().c_str());

        const QuantizedView view = viewQuantized(model);
        std::vector<std::string> activations;
        for (const QuantizedTensor &tensor : view.tensors) {
            if (tensor.role != OperandRole::Data)
                continue;
            activations.push_back(tensor.layer);
            QCOMPARE(tensor.bits, 4);
            const ScaleZeroPoint params {tensor.scales.at(0), tensor.zeroPoints.at(0)};
            QCOMPARE(tensor.range, (Range {dequantize(0, params), dequantize(15, params)}));
        }
        QCOMPARE(activations.size(), std::size_t(3));
        QCOMPARE(view.layers.size(), std::size_t(2));
        QVERIFY(std::ranges::all_of(view.layers, [](const auto &l) { return l.precision == "W8A4"; }));

        const auto plan = readPlan(*(*result)->prepared, model);
        QVERIFY(plan.ok());
        QCOMPARE(limitsOf(plan->tensors.at("r").scheme), (QuantLimits {0, 15}));
    }
}

void tst_FewerBits::driftSeesTheNarrowGrid()
{
    // Twice as far as calibration saw: the values beyond the grid are told, and measured as clipped.
    std::vector<Sample> samples {{"0", {{"x", randomTensor({1, 2, kSide, kSide}, 77, -2.F, 2.F)}}, {}}};
    const MemoryDataset wide(std::move(samples));
    for (const char *format : {"qdq", "qoperator"}) {
        Recipe recipe = fewBits(8, 4);
        recipe.parameters["format"] = format;
        const auto result = quantizeOn(twoLayers(), recipe, pictures());
        QVERIFY(result.ok());
        JobContext job;
        const auto drift = measureDrift(*(*result)->source, *(*result)->model, wide, *makeOnnxRuntimeEngine(),
                                        {.threads = 1}, job);
        QVERIFY2(drift.ok(), drift.ok() ? "" : drift.error().message().c_str());
        const auto layer = std::ranges::find(drift->layers, "r", &LayerDrift::tensor);
        QVERIFY(layer != drift->layers.end());
        QVERIFY(layer->alone.has_value());

        // By hand: the float values of r, and how many lie beyond 15 steps.
        const Tensor x = wide.sample(0)->inputs[0].tensor;
        SessionOptions options;
        options.taps = {"r"};
        const auto session = makeOnnxRuntimeEngine()->open(*(*result)->source, options);
        QVERIFY(session.ok());
        const std::vector<NamedTensor> inputs {{"x", x}};
        const auto outputs = (*session)->run(inputs, job);
        QVERIFY(outputs.ok());
        const std::size_t position = (*session)->outputs()[0].name == "r" ? 0 : 1;
        const float end = 15 * (*result)->plan.tensors.at("r").params.at(0).scale;
        const auto r = (*outputs)[position].floats();
        const auto beyond = std::ranges::count_if(r, [&](float v) { return v > end; });
        QVERIFY(beyond > 0);
        QVERIFY(std::abs(layer->alone->clippedPercent
                         - 100.0 * static_cast<double>(beyond) / static_cast<double>(r.size()))
                < 1e-6);
        const float most = *std::ranges::max_element(r);
        QVERIFY(layer->accumulated.maxAbs >= static_cast<double>(most - end) - 1e-5);
    }
}

void tst_FewerBits::theSmallerNumberOfBitsWins()
{
    const auto limits = [&](const char *target, int bits, bool reduced) {
        Recipe recipe = fewBits(bits, 8);
        recipe.target = target;
        recipe.parameters["reduce_range"] = reduced;
        const auto result = quantizeOn(twoLayers(), recipe, pictures());
        return result.ok() ? limitsOf((*result)->plan.tensors.at("w").scheme) : QuantLimits {};
    };
    QCOMPARE(limits("x86-vnni", 8, false), (QuantLimits {-127, 127}));
    QCOMPARE(limits("x86-vnni", 8, true), (QuantLimits {-64, 64}));
    QCOMPARE(limits("x86-vnni", 7, false), (QuantLimits {-64, 64}));
    QCOMPARE(limits("x86-vnni", 4, true), (QuantLimits {-7, 7}));
    QCOMPARE(limits("x86-avx2", 8, false), (QuantLimits {-64, 64}));
    QCOMPARE(limits("x86-avx2", 2, false), (QuantLimits {-1, 1}));
    QCOMPARE(limits("tensorrt", 4, false), (QuantLimits {-7, 7}));
}

void tst_FewerBits::storageIsTold()
{
    const auto four = quantizeOn(twoLayers(), fewBits(4, 8), pictures());
    QVERIFY(has((*four)->findings, "weights-stored-wider"));
    const auto told = std::ranges::find((*four)->findings, "weights-stored-wider", &Finding::code);
    QVERIFY(told->severity == Severity::Info);
    QVERIFY(told->detail.str().starts_with("the weights use 4 bits but are stored as int8"));
    const auto eight = quantizeOn(twoLayers(), fewBits(8, 8), pictures());
    QCOMPARE(schemeText((*four)->plan.tensors.at("w").scheme), std::string("int8 (4 bit) symmetric"));
    QCOMPARE(schemeText((*eight)->plan.tensors.at("w").scheme), std::string("int8 symmetric"));
    QVERIFY(!has((*eight)->findings, "weights-stored-wider"));
    QCOMPARE(kernelsOf(*(*eight)->model), std::string("QLinearConv 2"));
}

void tst_FewerBits::refusals()
{
    for (const char *target : {"tensorrt", "openvino", "qnn-htp"}) {
        Recipe recipe = fewBits(8, 4);
        recipe.target = target;
        const auto refused = quantizeOn(twoLayers(), recipe, pictures());
        QVERIFY(!refused.ok() && refused.error().code == ErrorCode::Unsupported);
        QCOMPARE(refused.error().message(),
                 "activation_bits 4: target '" + recipe.target
                     + "' takes no Clip of integers between quantizers");
    }
    // Sub-graphs keep the operator set as it is.
    const ModelPtr kept = modelFromText(R"(<ir_version: 6, opset_import: ["" : 11]>
        g (float[1,1,4,4] x, bool c) => (float[1,1,4,4] y) <float[1,1,1,1] w = {2}> { t = Conv(x, w)
        y = If (c) <then_branch = yes () => (float[1,1,4,4] a) { a = Identity(t) },
                    else_branch = no () => (float[1,1,4,4] n) { n = Neg(t) }> })");
    const auto refused = quantizeModel(kept, fewBits(8, 4));
    QVERIFY(!refused.ok() && refused.error().code == ErrorCode::Unsupported);
    QVERIFY2(refused.error().message().find("opset 12") != std::string::npos,
             refused.error().message().c_str());
}

void tst_FewerBits::oldModelsAreRaised()
{
    const auto result = quantizeModel(modelFromText(R"(<ir_version: 4, opset_import: ["" : 9]>
        g (float[1,1,4,4] x) => (float[1,1,4,4] y) <float[1,1,1,1] w = {2}> { y = Conv(x, w) })"),
                                      fewBits(4, 4));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QVERIFY((*result)->model->opset() >= 13);
    QCOMPARE(kernelsOf(*(*result)->model), std::string("Clip 2, QLinearConv 1"));
}

QTEST_GUILESS_MAIN(tst_FewerBits)
#include "tst_fewerbits.moc"
