// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The trainer computes what ONNX Runtime computes, for every shared model.
#include "core/model/modelio.h"
#include "core/model/shapes.h"
#include "core/passes/passpipeline.h"
#include "core/runtime/inferenceengine.h"
#include "core/trainer/traingraphbuilder.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/modelrun.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace qs;

namespace {

/// Sizes of the dimensions a model leaves open, batch first; as the models' README gives them.
using Sizes = std::vector<std::int64_t>;

/// Largest difference of \a got from \a wanted, relative to the largest number wanted or \a atLeast.
double relativeDifference(const Tensor &got, const Tensor &wanted, double atLeast = 0)
{
    double largest = atLeast;
    double worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double difference = std::abs(double(wanted.floats()[i]) - double(got.floats()[i]));
        worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
        largest = std::max(largest, std::abs(double(wanted.floats()[i])));
    }
    return worst / largest;
}

/// What went into the Sigmoid or Softmax that made output \a value; -1 when neither did. Those outputs can be
/// all near 0 or 1, where they say little.
int beforeSquashing(const TrainGraph &graph, int value)
{
    const auto made = std::ranges::find_if(graph.nodes, [value](const TrainNode &node) {
        return std::ranges::find(node.outputs, value) != node.outputs.end();
    });
    return made != graph.nodes.end() && (made->op == "Sigmoid" || made->op == "Softmax") ? made->inputs[0]
                                                                                         : -1;
}

/// The value \a name of \a model in ONNX Runtime.
Tensor tapped(const Model &model, const std::vector<NamedTensor> &inputs, const std::string &name)
{
    auto session = makeOnnxRuntimeEngine()->open(
        model, {.threads = 1, .optimization = Optimization::None, .taps = {name}});
    if (!session.ok())
        qFatal("%s", session.error().message().c_str());
    auto values = (*session)->run(inputs, JobContext());
    if (!values.ok())
        qFatal("%s", values.error().message().c_str());
    return values->back();
}

} // namespace

Q_DECLARE_METATYPE(Sizes)

class TestRealTrainParity : public QObject
{
    Q_OBJECT

private slots:
    void sameOutputs_data();
    void sameOutputs();
};

void TestRealTrainParity::sameOutputs_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<Sizes>("open");
    const auto row
        = [](const char *file, const Sizes &open = {2}) { QTest::newRow(file) << QString(file) << open; };
    row("resnet20_cifar10");
    row("resnet20_cifar10_jpegft");
    row("resnet56_cifar10");
    row("mobilenet_v1_0.75_224");
    row("mobilenet_v2_1.0_224");
    row("squeezenet_v1.0");
    row("mnist_cntk");
    row("ultraface_rfb320");
    row("fastestdet_coco");
    row("ppocr_v4_det", {2, 96, 128});
    row("ppocr_v4_rec", {2, 320});
    row("ppocr_v2_cls", {2, 48, 192});
    row("bert-small-agnews", {3, 24});
    row("llama-tiny", {2, 20});
}

void TestRealTrainParity::sameOutputs()
{
    QFETCH(QString, file);
    QFETCH(Sizes, open);
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
    const std::string path = QS_SHARED_DIR "/models/" + file.toStdString() + ".onnx";
    if (!QFile::exists(QString::fromStdString(path)))
        QSKIP("../shared is not there");
    JobContext job;
    const auto model = loadModel(path, job);
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
    const auto prepared = runPasses(*model, builtinPasses(), PassPhase::Prepare, {.shapes = ShapeMap()}, job);
    QVERIFY(prepared.ok());
    const auto graph = makeTrainGraph(*prepared->model, nullptr);
    QVERIFY2(graph.ok(), graph.ok() ? "" : graph.error().message().c_str());
    const auto trainable = (*engine)->open(*graph, {});
    QVERIFY2(trainable.ok(), trainable.ok() ? "" : trainable.error().message().c_str());

    const std::vector<NamedTensor> inputs = randomInputs(**model, 7, open);
    std::vector<Tensor> fed;
    for (const NamedTensor &input : inputs)
        fed.push_back(input.tensor);
    const auto outputs = (*trainable)->run(fed, TrainMode::Float, graph->outputs);
    QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
    const std::vector<Tensor> expected = runModel(**model, inputs);
    QCOMPARE(outputs->size(), expected.size());
    double worst = 0;
    for (std::size_t o = 0; o < expected.size(); ++o) {
        QCOMPARE(toString((*outputs)[o].shape()), toString(expected[o].shape()));
        const int before = beforeSquashing(*graph, graph->outputs[o]);
        worst = std::max(worst, relativeDifference((*outputs)[o], expected[o], before < 0 ? 0. : 1.));
        if (before < 0)
            continue;
        const int wanted[] = {before};
        const auto scores = (*trainable)->run(fed, TrainMode::Float, wanted);
        QVERIFY2(scores.ok(), scores.ok() ? "" : scores.error().message().c_str());
        const std::string &name = graph->values[static_cast<std::size_t>(before)].name;
        worst = std::max(worst, relativeDifference((*scores)[0], tapped(*prepared->model, inputs, name)));
    }
    qInfo("largest difference %.2g of the largest output", worst);
    QVERIFY(worst <= 1e-4);

    // Without a plan there is nothing to simulate.
    const auto simulated = (*trainable)->run(fed, TrainMode::Simulated, graph->outputs);
    QVERIFY2(simulated.ok(), simulated.ok() ? "" : simulated.error().message().c_str());
    for (std::size_t o = 0; o < expected.size(); ++o)
        QVERIFY(std::ranges::equal((*simulated)[o].floats(), (*outputs)[o].floats()));
}

QTEST_GUILESS_MAIN(TestRealTrainParity)
#include "tst_real_trainparity.moc"
