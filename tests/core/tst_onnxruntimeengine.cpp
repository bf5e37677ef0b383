// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/model/modelio.h"
#include "core/runtime/channelblock.h"
#include "tests/support/blocks.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <set>
#include <thread>

using namespace qs;
namespace fs = std::filesystem;

namespace {

const char *const kLinear = "g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1,2,3,4,5,6,7,8}> "
                            "{ t = MatMul(x, w)  y = Relu(t) }";

std::unique_ptr<InferenceSession> open(const Model &model, const SessionOptions &options = {})
{
    auto session = makeOnnxRuntimeEngine()->open(model, options);
    if (!session.ok())
        qFatal("%s", session.error().message().c_str());
    return std::move(*session);
}

NamedTensor floats(const std::string &name, const Shape &shape, const std::vector<float> &values)
{
    return {name, Tensor::fromFloats(shape, values)};
}

std::vector<Tensor> run(InferenceSession &session, const std::vector<NamedTensor> &inputs)
{
    auto outputs = session.run(inputs, JobContext());
    if (!outputs.ok())
        qFatal("%s", outputs.error().message().c_str());
    return std::move(*outputs);
}

template <typename T> std::vector<T> values(const Tensor &tensor)
{
    return {tensor.data<T>().begin(), tensor.data<T>().end()};
}

} // namespace

class tst_OnnxRuntimeEngine : public QObject
{
    Q_OBJECT
private slots:
    void runsAndTells();
    void tapsReturnAnyValue();
    void watchedValuesAreThoseOfTaps();
    void watchedBlocks();
    void watchedBlocksWithoutAPlaceToWrite();
    void watchedBlocksReadInABranch();
    void watchersEndTheRun();
    void tapsOfAnyElementType();
    void resultsOutliveTheSession();
    void wrongInputsAreNamed_data();
    void wrongInputsAreNamed();
    void badModelsAreOneLine();
    void badValuesAtRunTimeAreOneLine();
    void stopsInMidRun();
    void runsAgainAfterAStop();
    void weightsAreHandedOverFromAllPlaces();
    void subGraphsRun();
    void outputsThatAreNoTensors();
    void listsTheKernelsThatWillRun();
    void writesTheOptimizedModel();
    void threadsAreAsAsked();
};

void tst_OnnxRuntimeEngine::runsAndTells()
{
    const auto session = open(*modelFromText(kLinear));
    QCOMPARE(session->inputs().size(), std::size_t {1});
    QCOMPARE(session->inputs()[0].name, std::string("x"));
    QVERIFY(session->inputs()[0].type == DType::Float32);
    QCOMPARE(session->inputs()[0].shape, (Shape {-1, 4}));
    QCOMPARE(session->outputs().size(), std::size_t {1});
    QCOMPARE(session->outputs()[0].shape, (Shape {-1, 2}));
    const auto outputs = run(*session, {floats("x", {2, 4}, {-1, 0, 0, 0.5f, 0, -1, 0, 0})});
    QCOMPARE(outputs[0].shape(), (Shape {2, 2}));
    QCOMPARE(values<float>(outputs[0]), (std::vector<float> {2.5f, 2, 0, 0}));
    QVERIFY(makeOnnxRuntimeEngine()->version().starts_with("ONNX Runtime 1."));
}

void tst_OnnxRuntimeEngine::tapsReturnAnyValue()
{
    SessionOptions options;
    options.taps = {"t", "x", "w", "y", "t"};
    const auto session = open(*modelFromText(kLinear), options);
    QCOMPARE(session->outputs().size(), std::size_t {6});
    QCOMPARE(session->outputs()[1].name, std::string("t"));
    QVERIFY(session->outputs()[1].type == DType::Float32);
    const NamedTensor input = floats("x", {1, 4}, {-1, 0, 0, -0.5f});
    const auto outputs = run(*session, {input});
    QCOMPARE(values<float>(outputs[0]), (std::vector<float> {0, 0}));
    QCOMPARE(values<float>(outputs[1]), (std::vector<float> {-4.5f, -6})); // before the Relu
    QCOMPARE(outputs[2].bytes().data(), input.tensor.bytes().data());
    QCOMPARE(outputs[3].shape(), (Shape {4, 2}));
    QCOMPARE(values<float>(outputs[4]), values<float>(outputs[0]));
    QCOMPARE(values<float>(outputs[5]), values<float>(outputs[1]));

    options.taps = {"lost"};
    const auto refused = makeOnnxRuntimeEngine()->open(*modelFromText(kLinear), options);
    QVERIFY(refused.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(refused.error().message(), std::string("value 'lost': is not in the model"));
}

void tst_OnnxRuntimeEngine::watchedValuesAreThoseOfTaps()
{
    const ModelPtr model = modelFromText(R"(g (float[n,4] x) => (float[n,2] y)
        <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float s = {0.5}, uint8 z = {10}> {
        t = MatMul(x, w)
        u = QuantizeLinear(t, s, z)
        shape = Shape(t)
        y = Relu(t)
    })");
    // In an order other than that of the nodes.
    const std::vector<std::string> names {"y", "shape", "x", "t", "w", "u"};
    const auto tapped = open(*model, {.taps = names});
    const auto watched = open(*model, {.threads = 1, .watched = names});
    QCOMPARE(watched->outputs().size(), std::size_t {1});
    const NamedTensor input = floats("x", {3, 4}, {-1, 0, 0, 0.5f, 0, -1, 0, 0, 1, 2, 3, 4});
    const auto expected = run(*tapped, {input});

    const auto check = [&] {
        std::vector<int> seen(names.size());
        bool equal = true;
        const auto watcher = [&](std::size_t i, const WatchedValue &shown) -> Status {
            const Tensor &value = shown.tensor;
            ++seen[i];
            equal = equal && value.type() == expected[i + 1].type()
                && value.shape() == expected[i + 1].shape()
                && std::ranges::equal(value.bytes(), expected[i + 1].bytes());
            return Done {};
        };
        const auto outputs = watched->run(std::vector {input}, watcher, JobContext());
        return outputs.ok() && equal && seen == std::vector<int>(names.size(), 1)
            && values<float>((*outputs)[0]) == values<float>(expected[0]);
    };
    QVERIFY(check());
    // Several threads at a time, and a run that nobody watches.
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { good += check() && check() ? 1 : 0; });
    }
    QCOMPARE(good.load(), 4);
    QCOMPARE(values<float>(run(*watched, {input})[0]), values<float>(expected[0]));
}

void tst_OnnxRuntimeEngine::watchedBlocks()
{
    // Convolutions of a multiple of 16, of a multiple of 8 and of 5 channels, what follows them, and others.
    const ModelPtr model = modelFromText(R"(g (float[n,3,9,9] x) => (float[n,10] y)
        <float[32,3,3,3] w0, float[24,32,1,1] w1, float[24] b1, float[5,24,1,1] w2, float[5,10] v> {
            c0 = Conv <strides = [2, 2]> (x, w0)
            r0 = Relu(c0)
            c1 = Conv(r0, w1, b1)
            s1 = Sigmoid(c1)
            m1 = MaxPool <kernel_shape = [2, 2]> (s1)
            c2 = Conv(m1, w2)
            g2 = GlobalAveragePool(c2)
            f2 = Flatten(g2)
            y = MatMul(f2, v)
        })");
    const std::vector<std::string> names {"r0", "c1", "s1", "m1", "c2", "g2", "y", "x"};
    const auto tapped = open(*model, {.taps = names});
    const auto watched = open(*model, {.threads = 1, .watched = names, .watchesBlocks = true});
    const std::int64_t block = channelBlock(*makeOnnxRuntimeEngine());
    QVERIFY(block == 0 || block == 8 || block == 16);
    const std::vector<NamedTensor> inputs = randomInputs(*model, 4, 2);
    const auto expected = run(*tapped, inputs);
    std::set<std::string> blocked;
    std::size_t seen = 0;
    const auto watcher = [&](std::size_t i, const WatchedValue &value) -> Status {
        ++seen;
        const Tensor &wanted = expected[i + 1];
        if (value.block > 1)
            blocked.insert(names[i]);
        const Tensor shown = unblocked(value);
        const auto isNear = [](float a, float b) { return std::abs(a - b) < 1e-5F; };
        return shown.shape() == wanted.shape() && std::ranges::equal(shown.floats(), wanted.floats(), isNear)
            ? Status(Done {})
            : Error {ErrorCode::Runtime, names[i], "differs"};
    };
    for (int i = 0; i < 2; ++i) {
        const auto outputs = watched->run(inputs, watcher, JobContext());
        QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
        QCOMPARE(outputs->size(), std::size_t {1});
    }
    QCOMPARE(seen, 2 * names.size());
    // Or else the test looked at nothing.
    QCOMPARE(blocked.contains("r0"), block > 0);
    QCOMPARE(blocked.contains("s1"), block > 0);
    QVERIFY(!blocked.contains("y") && !blocked.contains("x"));
}

void tst_OnnxRuntimeEngine::watchedBlocksWithoutAPlaceToWrite()
{
    const ModelPtr model = modelFromText(R"(g (float[1,3,4,4] x) => (float[1,16,4,4] y)
        <float[16,3,1,1] w> { c = Conv(x, w) y = Relu(c) })");
    const QByteArray before = qgetenv("TMPDIR");
    qputenv("TMPDIR", "/proc"); // nobody makes folders there
    const auto watched = open(*model, {.watched = {"y"}, .watchesBlocks = true});
    before.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before);
    int seen = 0;
    const auto watcher = [&](std::size_t, const WatchedValue &value) -> Status {
        seen += value.block == 1 && value.tensor.shape() == Shape {1, 16, 4, 4} ? 1 : 0;
        return Done {};
    };
    QVERIFY(watched->run(randomInputs(*model, 1), watcher, JobContext()).ok());
    QCOMPARE(seen, 1);
}

/// A branch reads what the main graph's convolution makes, and nobody else does but a watcher.
void tst_OnnxRuntimeEngine::watchedBlocksReadInABranch()
{
    const ModelPtr model = modelFromText(R"(g (float[1,3,4,4] x, bool is) => (float[1,16,4,4] y)
        <float[16,3,1,1] w> {
            c = Conv(x, w)
            y = If (is) <then_branch = a () => (float[1,16,4,4] t) { t = Relu(c) },
                         else_branch = b () => (float[1,16,4,4] e) { e = Neg(c) }>
        })");
    const auto watched = open(*model, {.watched = {"c"}, .watchesBlocks = true});
    const auto plain = open(*model);
    const bool isTrue[] = {true};
    const std::vector<NamedTensor> inputs {{"x", randomTensor({1, 3, 4, 4}, 2)},
                                           {"is", Tensor::fromValues<bool>(DType::Bool, {}, isTrue)}};
    int seen = 0;
    const auto watcher = [&](std::size_t, const WatchedValue &) -> Status {
        ++seen;
        return Done {};
    };
    const auto outputs = watched->run(inputs, watcher, JobContext());
    QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
    QCOMPARE(values<float>(outputs->front()), values<float>(run(*plain, inputs)[0]));
    QCOMPARE(seen, 1);
}

void tst_OnnxRuntimeEngine::watchersEndTheRun()
{
    const auto session = open(*modelFromText(kLinear), {.watched = {"t"}});
    const std::vector<NamedTensor> inputs {floats("x", {1, 4}, {0, 0, 0, 0})};
    const auto refused = session->run(
        inputs,
        [](std::size_t, const WatchedValue &) {
            return Error {ErrorCode::Format, "t", "is not to my liking"};
        },
        JobContext());
    QVERIFY(refused.error().code == ErrorCode::Format);
    QCOMPARE(refused.error().message(), std::string("t: is not to my liking"));
    const auto thrower = [](std::size_t, const WatchedValue &) -> Status { throw std::length_error("t"); };
    QVERIFY_THROWS_EXCEPTION(std::length_error, (void)session->run(inputs, thrower, JobContext()));
    QCOMPARE(run(*session, inputs).size(), std::size_t {1});

    const auto lost = makeOnnxRuntimeEngine()->open(*modelFromText(kLinear), {.watched = {"lost"}});
    QCOMPARE(lost.error().message(), std::string("value 'lost': is not in the model"));
}

void tst_OnnxRuntimeEngine::tapsOfAnyElementType()
{
    const ModelPtr model = modelFromText(R"(g (float[3] x) => (float[3] y)
        <float s = {0.5}, uint8 zu = {10}, int8 zi = {-1}> {
        u = QuantizeLinear(x, s, zu)
        i = QuantizeLinear(x, s, zi)
        b = Greater(x, s)
        h = Cast <to = 10> (x)
        l = Cast <to = 7> (x)
        shape = Shape(x)
        y = DequantizeLinear(u, s, zu)
    })");
    SessionOptions options;
    options.optimization = Optimization::None;
    options.taps = {"u", "i", "b", "h", "l", "shape"};
    const auto session = open(*model, options);
    const auto outputs = run(*session, {floats("x", {3}, {1, -2, 200})});
    QCOMPARE(values<float>(outputs[0]), (std::vector<float> {1, -2, 122.5f})); // (255 - 10) * 0.5
    QVERIFY(outputs[1].type() == DType::UInt8);
    QCOMPARE(values<std::uint8_t>(outputs[1]), (std::vector<std::uint8_t> {12, 6, 255}));
    QCOMPARE(values<std::int8_t>(outputs[2]), (std::vector<std::int8_t> {1, -5, 127}));
    QVERIFY(outputs[3].type() == DType::Bool);
    QCOMPARE(values<std::uint8_t>(outputs[3]), (std::vector<std::uint8_t> {1, 0, 1}));
    QCOMPARE(values<std::uint16_t>(outputs[4]), (std::vector<std::uint16_t> {0x3c00, 0xc000, 0x5a40}));
    QCOMPARE(values<std::int64_t>(outputs[5]), (std::vector<std::int64_t> {1, -2, 200}));
    QCOMPARE(values<std::int64_t>(outputs[6]), (std::vector<std::int64_t> {3}));
    QVERIFY(session->outputs()[2].type == DType::Int8);
}

void tst_OnnxRuntimeEngine::resultsOutliveTheSession()
{
    auto session = open(*modelFromText(kLinear));
    const auto first = run(*session, {floats("x", {1, 4}, {1, 0, 0, 0})});
    const auto second = run(*session, {floats("x", {1, 4}, {0, 1, 0, 0})});
    session.reset();
    QCOMPARE(values<float>(first[0]), (std::vector<float> {1, 2}));
    QCOMPARE(values<float>(second[0]), (std::vector<float> {3, 4}));
}

void tst_OnnxRuntimeEngine::wrongInputsAreNamed_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("error");
    const std::vector<const char *> errors = {
        "input 'x': was not given",
        "input 'z': the model has no such input",
        "input 'x': was given twice",
        "input 'x': wants float32 but was given int64",
        "input 'x': wants shape ?x4 but was given 1x3",
        "input 'x': wants shape ?x4 but was given 4",
    };
    for (int i = 0; i < static_cast<int>(errors.size()); ++i)
        QTest::newRow(errors[static_cast<std::size_t>(i)]) << i << errors[static_cast<std::size_t>(i)];
}

void tst_OnnxRuntimeEngine::wrongInputsAreNamed()
{
    QFETCH(int, kind);
    QFETCH(QString, error);
    const NamedTensor good = floats("x", {1, 4}, {1, 2, 3, 4});
    const std::vector<std::vector<NamedTensor>> inputs = {
        {},
        {good, floats("z", {1}, {1})},
        {good, good},
        {{"x", Tensor(DType::Int64, {1, 4})}},
        {floats("x", {1, 3}, {1, 2, 3})},
        {floats("x", {4}, {1, 2, 3, 4})},
    };
    const auto session = open(*modelFromText(kLinear));
    const auto outputs = session->run(inputs[static_cast<std::size_t>(kind)], JobContext());
    QVERIFY(!outputs.ok());
    QVERIFY(outputs.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(QString::fromStdString(outputs.error().message()), error);
}

void tst_OnnxRuntimeEngine::badModelsAreOneLine()
{
    const auto refused = makeOnnxRuntimeEngine()->open(
        *modelFromText("g (float[2] x) => (float[2] y) { y = NoSuchOperator(x) }"), {});
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().code == ErrorCode::Runtime);
    const QString message = QString::fromStdString(refused.error().message());
    QVERIFY2(message.contains("NoSuchOperator") && !message.contains('\n'), qPrintable(message));
}

void tst_OnnxRuntimeEngine::badValuesAtRunTimeAreOneLine()
{
    const auto session
        = open(*modelFromText("g (float[N] x, int64[M] i) => (float[K] y) { y = Gather(x, i) }"));
    const std::int64_t index = 99;
    const auto outputs = session->run(
        std::vector<NamedTensor> {
            floats("x", {2}, {1, 2}),
            {"i", Tensor::fromValues(DType::Int64, {1}, std::span<const std::int64_t>(&index, 1))}},
        JobContext());
    QVERIFY(!outputs.ok());
    QVERIFY(outputs.error().code == ErrorCode::Runtime);
    const QString message = QString::fromStdString(outputs.error().message());
    QVERIFY2(message.contains("99") && !message.contains('\n'), qPrintable(message));
}

namespace {

/// About 800 billion multiplications: minutes, unless it is stopped.
ModelPtr endlessModel()
{
    std::string text = "g (float[1000,1000] x) => (float[1000,1000] v400) { v0 = MatMul(x, x) ";
    for (int i = 1; i <= 400; ++i)
        text += "v" + std::to_string(i) + " = MatMul(v" + std::to_string(i - 1) + ", x) ";
    text += "}";
    return modelFromText(text.c_str());
}

bool stopsWhile(InferenceSession &session, const std::vector<NamedTensor> &inputs)
{
    std::stop_source stop;
    const JobContext job(stop.get_token(), {});
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        stop.request_stop();
    });
    try {
        (void)session.run(inputs, job);
    } catch (const Cancelled &) {
        return true;
    }
    return false;
}

} // namespace

void tst_OnnxRuntimeEngine::stopsInMidRun()
{
    const auto session = open(*endlessModel());
    const std::vector<NamedTensor> inputs = {{"x", Tensor(DType::Float32, {1000, 1000})}};
    QVERIFY(stopsWhile(*session, inputs));
    std::stop_source stopped;
    stopped.request_stop();
    QVERIFY_EXCEPTION_THROWN((void)session->run(inputs, JobContext(stopped.get_token(), {})), Cancelled);
}

void tst_OnnxRuntimeEngine::runsAgainAfterAStop()
{
    SessionOptions options;
    options.threads = 1;
    const auto session = open(*modelFromText(R"(g (float[400,400] x, int64 n, bool c) => (float[400,400] y) {
        y = Loop(n, c, x) <body = b (int64 i, bool ci, float[400,400] a) => (bool co, float[400,400] o) {
            co = Identity(ci)
            o = MatMul(a, x)
        }>
    })"),
                              options);
    const auto inputs = [](std::int64_t rounds) {
        Tensor x(DType::Float32, {400, 400});
        for (std::size_t i = 0; i < 400; ++i)
            x.mutableData<float>()[i * 401] = 2; // twice the identity
        const std::uint8_t yes = 1;
        return std::vector<NamedTensor> {
            {"x", x},
            {"n", Tensor::fromValues(DType::Int64, {}, std::span<const std::int64_t>(&rounds, 1))},
            {"c", Tensor::fromValues(DType::Bool, {}, std::span<const std::uint8_t>(&yes, 1))}};
    };
    QVERIFY(stopsWhile(*session, inputs(1'000'000))); // also inside a loop's body
    QCOMPARE(run(*session, inputs(2))[0].floats()[401], 8.0f);
}

void tst_OnnxRuntimeEngine::weightsAreHandedOverFromAllPlaces()
{
    // A large weight as bytes, as floats, in a file, in a sub-graph and in a Constant node.
    std::string text = R"(g (float[1] x, bool c) => (float[64,64] y) <float[64,64] raw, float[64,64] typed> {
        k = Constant <value = float[1] {4}> ()
        s = If(c) <then_branch = t () => (float[64,64] p) <float[64,64] inner> { p = Add(inner, x) },
                   else_branch = e () => (float[64,64] q) { q = Add(raw, x) }>
        a = Add(raw, typed)
        b = Add(a, k)
        y = Add(b, s)
    })";
    onnx::ModelProto proto = protoFromText(text.c_str());
    const auto fillTensor = [](onnx::TensorProto &tensor, float value, bool raw) {
        tensor.clear_float_data();
        const std::vector<float> all(64 * 64, value);
        if (raw)
            tensor.set_raw_data(all.data(), all.size() * sizeof(float));
        else
            tensor.mutable_float_data()->Add(all.begin(), all.end());
    };
    fillTensor(*proto.mutable_graph()->mutable_initializer(0), 1, true);
    fillTensor(*proto.mutable_graph()->mutable_initializer(1), 2, false);
    for (auto &attribute : *proto.mutable_graph()->mutable_node(1)->mutable_attribute()) {
        if (attribute.name() == "then_branch")
            fillTensor(*attribute.mutable_g()->mutable_initializer(0), 8, true);
    }
    const ModelPtr embedded = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "m.onnx";
    SaveOptions split;
    split.externalThreshold = 0;
    JobContext job;
    QVERIFY(saveModel(*embedded, path, split, job).ok());
    const ModelPtr external = *loadModel(path, job);
    QVERIFY(external->externalData());
    const std::uint8_t yes = 1;
    const std::vector<NamedTensor> inputs
        = {floats("x", {1}, {16}),
           {"c", Tensor::fromValues(DType::Bool, {}, std::span<const std::uint8_t>(&yes, 1))}};
    for (const ModelPtr &model : {embedded, external}) {
        const auto outputs = run(*open(*model), inputs);
        QCOMPARE(outputs[0].floats()[0], 1.0f + 2 + 4 + 8 + 16);
        QCOMPARE(outputs[0].floats()[64 * 64 - 1], 1.0f + 2 + 4 + 8 + 16);
    }
}

void tst_OnnxRuntimeEngine::subGraphsRun()
{
    const ModelPtr model = modelFromText(R"(g (float[2] x, bool c) => (float[2] y) {
        a = Relu(x)
        y = If(c) <then_branch = t () => (float[2] p) { p = Neg(a) }, else_branch = e () => (float[2] q) { q = Abs(x) }>
    })");
    SessionOptions options;
    options.taps = {"a"};
    const auto session = open(*model, options);
    const std::uint8_t yes = 1;
    const auto outputs
        = run(*session,
              {floats("x", {2}, {-1, 3}),
               {"c", Tensor::fromValues(DType::Bool, {}, std::span<const std::uint8_t>(&yes, 1))}});
    QCOMPARE(values<float>(outputs[0]), (std::vector<float> {0, -3}));
    QCOMPARE(values<float>(outputs[1]), (std::vector<float> {0, 3}));
}

void tst_OnnxRuntimeEngine::outputsThatAreNoTensors()
{
    onnx::ModelProto proto
        = protoFromText("g (float[2] x) => (float[2] y) { s = SequenceConstruct(x, x) y = Relu(x) }");
    SessionOptions options;
    options.taps = {"s", "y"};
    const auto session = open(**Model::create(std::make_unique<onnx::ModelProto>(proto)), options);
    QVERIFY(session->outputs()[1].type == DType::Undefined);
    const auto outputs = run(*session, {floats("x", {2}, {1, 2})});
    QVERIFY(outputs[1].isNull());
    QCOMPARE(values<float>(outputs[2]), (std::vector<float> {1, 2}));
}

void tst_OnnxRuntimeEngine::listsTheKernelsThatWillRun()
{
    const ModelPtr model = modelFromText(R"(g (float[1,1,4,4] x) => (float[1,1,2,2] y)
        <float s = {0.5}, uint8 z = {0}, int8[1,1,3,3] w = {1,1,1,1,1,1,1,1,1}, float ws = {0.1}, int8 wz = {0}> {
        xq = QuantizeLinear(x, s, z)
        xd = DequantizeLinear(xq, s, z)
        wd = DequantizeLinear(w, ws, wz)
        c = Conv(xd, wd)
        cq = QuantizeLinear(c, s, z)
        y = DequantizeLinear(cq, s, z)
    })");
    const auto engine = makeOnnxRuntimeEngine();
    const auto fused = optimizedOperators(*engine, *model, Optimization::Extended);
    QVERIFY2(fused.ok(), fused.ok() ? "" : fused.error().message().c_str());
    QCOMPARE(
        *fused,
        (std::map<std::string, int> {{"QLinearConv", 1}, {"QuantizeLinear", 1}, {"DequantizeLinear", 1}}));
    const auto plain = optimizedOperators(*engine, *model, Optimization::None);
    QCOMPARE(plain->at("Conv"), 1);
    QCOMPARE(plain->at("DequantizeLinear"), 3);
    const auto contrib
        = optimizedOperators(*engine,
                             *modelFromText("g (float[1,1,4,4] x) => (float[1,1,2,2] y) <float[1,1,3,3] w = "
                                            "{1,1,1,1,1,1,1,1,1}> { c = Conv(x, w) y = Relu(c) }"),
                             Optimization::Extended);
    QCOMPARE(*contrib, (std::map<std::string, int> {{"com.microsoft.FusedConv", 1}}));
}

void tst_OnnxRuntimeEngine::writesTheOptimizedModel()
{
    QTemporaryDir folder;
    SessionOptions options;
    options.optimizedModelPath = fs::path(folder.path().toStdString()) / "optimized.onnx";
    options.optimization = Optimization::Basic;
    open(*modelFromText("g (float[2] x) => (float[2] y) { a = Identity(x) y = Relu(a) }"), options);
    JobContext job;
    const auto optimized = loadModel(options.optimizedModelPath, job);
    QVERIFY2(optimized.ok(), optimized.ok() ? "" : optimized.error().message().c_str());
    QCOMPARE((*optimized)->graph().nodeCount(), 1);
}

void tst_OnnxRuntimeEngine::threadsAreAsAsked()
{
    SessionOptions options;
    options.threads = 3;
    QCOMPARE(open(*modelFromText(kLinear), options)->threads(), 3);
    QVERIFY(open(*modelFromText(kLinear))->threads() >= 1);
}

QTEST_GUILESS_MAIN(tst_OnnxRuntimeEngine)
#include "tst_onnxruntimeengine.moc"
