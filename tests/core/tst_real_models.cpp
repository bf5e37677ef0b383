// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/concreteinputs.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <numeric>

using namespace qs;
namespace fs = std::filesystem;

namespace {

fs::path modelFolder()
{
    return fs::path(QS_SHARED_DIR) / "models";
}

ModelPtr load(const fs::path &path)
{
    JobContext job;
    const auto model = loadModel(path, job);
    if (!model.ok())
        qFatal("%s", model.error().message().c_str());
    return *model;
}

std::string contentOf(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Multiply-accumulates of Conv, Gemm and MatMul for one sample, from the papers or the layer shapes.
const std::map<std::string, double> kMillionMacs = {
    {"mobilenet_v1_0.75_224", 325}, // Howard et al. 2017, table 6
    {"mobilenet_v2_1.0_224", 300}, // Sandler et al. 2018, table 4
    {"resnet20_cifar10", 40.8}, // akamaster/pytorch_resnet_cifar10
    {"resnet56_cifar10", 125.5},    {"squeezenet_v1.0", 861}, // Canziani et al. 2016, at 227 x 227
};

/// Float numbers in initializers and constants, from the models' README.
const std::map<std::string, std::int64_t> kParameters = {
    {"mobilenet_v1_0.75_224", 2601978}, {"mobilenet_v2_1.0_224", 3487818}, {"squeezenet_v1.0", 1248424},
    {"resnet20_cifar10", 271098},       {"resnet56_cifar10", 857082},      {"mnist_cntk", 5994},
    {"ultraface_rfb320", 300412},       {"fastestdet_coco", 240305},       {"ppocr_v4_det", 1171841},
    {"ppocr_v4_rec", 2690296},          {"ppocr_v2_cls", 133664},
};

} // namespace

class tst_RealModels : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void loadsSavesAndRuns_data();
    void loadsSavesAndRuns();
};

void tst_RealModels::initTestCase()
{
    if (!fs::exists(modelFolder()))
        QSKIP("the shared models are not here");
}

void tst_RealModels::loadsSavesAndRuns_data()
{
    QTest::addColumn<QString>("path");
    for (const auto &entry : fs::directory_iterator(modelFolder())) {
        if (entry.path().extension() == ".onnx")
            QTest::newRow(entry.path().stem().c_str()) << QString::fromStdString(entry.path().string());
    }
}

void tst_RealModels::loadsSavesAndRuns()
{
    QFETCH(QString, path);
    const fs::path source = path.toStdString();
    JobContext job;
    const ModelPtr model = load(source);

    // Nothing is lost: the saved file is the same message, and saving it again gives the same bytes.
    QTemporaryDir folder;
    const fs::path copy = fs::path(folder.path().toStdString()) / "copy.onnx";
    QVERIFY(saveModel(*model, copy, {}, job).ok());
    onnx::ModelProto original;
    QVERIFY(original.ParseFromString(contentOf(source)));
    QCOMPARE(contentOf(copy), original.SerializeAsString());
    QCOMPARE(load(copy)->fingerprint(), model->fingerprint());
    SaveOptions external;
    external.externalThreshold = 0;
    const fs::path split = fs::path(folder.path().toStdString()) / "split.onnx";
    QVERIFY(saveModel(*model, split, external, job).ok());
    const ModelPtr splitModel = load(split);

    const auto engine = makeOnnxRuntimeEngine();
    const ShapeMap shapes = inferShapes(*model, engine.get(), job);
    for (const NodeId id : model->graph().topologicalOrder()) {
        for (const std::string &output : model->graph().node(id).output()) {
            const auto it = shapes.find(output);
            QVERIFY2(it != shapes.end() && elementCount(it->second.shape) >= 0, output.c_str());
        }
    }

    std::vector<ValueInfo> inputs = model->graph().inputs();
    for (ValueInfo &input : inputs)
        input.shape = shapes.at(input.name).shape;
    const std::vector<NamedTensor> sample = syntheticInputs(inputs);
    std::vector<std::vector<Tensor>> results;
    for (const ModelPtr &variant : {model, splitModel}) {
        auto session = engine->open(*variant, {});
        QVERIFY2(session.ok(), session.ok() ? "" : session.error().message().c_str());
        auto outputs = (*session)->run(sample, job);
        QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
        results.push_back(std::move(*outputs));
    }
    for (std::size_t i = 0; i < results[0].size(); ++i) {
        const std::string &name = model->graph().outputs()[i].name;
        QCOMPARE(results[0][i].shape(), shapes.at(name).shape);
        QVERIFY(std::ranges::equal(results[0][i].bytes(), results[1][i].bytes()));
    }

    const std::vector<Layer> layers = makeLayerTable(*model, shapes);
    std::int64_t macs = 0;
    std::int64_t parameters = 0;
    for (const Layer &layer : layers) {
        macs += layer.macs;
        parameters += layer.parameters;
        QVERIFY2(!layer.isWeighted || layer.macs > 0, layer.name.c_str());
    }

    qInfo("%.1f M MACs, %lld parameters", static_cast<double>(macs) / 1e6,
          static_cast<long long>(parameters));
    if (const auto known = kParameters.find(source.stem().string()); known != kParameters.end())
        QCOMPARE(parameters, known->second);
    const auto expected = kMillionMacs.find(source.stem().string());
    if (expected != kMillionMacs.end()) {
        const double ratio = static_cast<double>(macs) / 1e6 / expected->second;
        QVERIFY2(ratio > 0.98 && ratio < 1.02, std::to_string(ratio).c_str());
    }
}

QTEST_GUILESS_MAIN(tst_RealModels)
#include "tst_real_models.moc"
