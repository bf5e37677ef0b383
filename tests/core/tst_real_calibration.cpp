// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/calibrator.h"
#include "core/calibration/observer.h"
#include "core/data/presets.h"
#include "core/model/modelio.h"

#include <QtTest>

#include <onnx/onnx_pb.h>

#include <cmath>

using namespace qs;

namespace {

const std::string kShared = QS_SHARED_DIR;

ModelPtr resnet()
{
    JobContext job;
    return loadModel(kShared + "/models/resnet20_cifar10.onnx", job).value();
}

DatasetPtr pictures(const Model &model, std::size_t count)
{
    DataSpec spec {kShared + "/data/cifar10-dev", count, presetById("normalize-imagenet").value()};
    JobContext job;
    return openDataset(spec, model.graph().inputs(), job).value();
}

/// All float values between the layers.
std::vector<StatRequest> everything(const Model &model)
{
    std::vector<StatRequest> requests;
    for (const NodeId id : model.graph().topologicalOrder())
        requests.push_back({model.graph().node(id).output(0), true, true});
    return requests;
}

} // namespace

class TestRealCalibration : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(kShared + "/models/resnet20_cifar10.onnx"))
            QSKIP("the shared models are not here");
    }

    // Every statistic of every activation against the tapped tensors themselves.
    void equalsTheTappedTensors()
    {
        const ModelPtr model = resnet();
        const DatasetPtr data = pictures(*model, 20);
        const std::vector<StatRequest> requests = everything(*model);
        const auto engine = makeOnnxRuntimeEngine();
        JobContext job;
        const StatisticsPtr statistics = calibrate(*model, *data, requests, *engine, {1, {}}, job).value();
        QCOMPARE(statistics->samples, 20U);

        SessionOptions options;
        options.threads = 1;
        for (const StatRequest &request : requests)
            options.taps.push_back(request.tensor);
        const auto session = engine->open(*model, options).value();
        std::map<std::string, std::vector<float>> values;
        const std::size_t firstTap = model->graph().outputs().size();
        for (std::size_t i = 0; i < data->size(); ++i) {
            const std::vector<Tensor> outputs = session->run(data->sample(i)->inputs, job).value();
            QCOMPARE(outputs.size(), firstTap + requests.size());
            for (std::size_t t = 0; t < requests.size(); ++t) {
                const auto x = outputs[firstTap + t].floats();
                std::vector<float> &all = values[requests[t].tensor];
                all.insert(all.end(), x.begin(), x.end());
            }
        }
        for (const StatRequest &request : requests) {
            const TensorStatistics &tensor = statistics->tensors.at(request.tensor);
            const std::vector<float> &x = values.at(request.tensor);
            QCOMPARE(tensor.count, x.size());
            const auto [low, high] = std::ranges::minmax(x);
            QCOMPARE(tensor.extent, (Range {low, high}));
            QCOMPARE(tensor.histogram->total(), x.size());
            QCOMPARE(tensor.histogram->extent(), tensor.extent);
            Range all {tensor.channels.front()};
            for (const Range &channel : tensor.channels)
                all = {std::min(all.min, channel.min), std::max(all.max, channel.max)};
            QCOMPARE(all, tensor.extent);
            double squares = 0;
            for (const float v : x)
                squares += double(v) * double(v);
            QVERIFY(std::abs(tensor.meanSquare / (squares / double(x.size())) - 1) < 1e-6);
            // Any observer leaves the bulk of a trained network's activations inside. (The logits are too
            // few to tell.)
            for (const ObserverDescriptor &observer : builtinObservers().all()) {
                const Range range = observer.make(ParamSet(observer.params))->range(tensor, {});
                if (observer.id != "moving-average" && tensor.count > 10000)
                    QVERIFY(tensor.histogram->fractionOutside(range) < 0.01);
            }
        }
    }

    void threadsDoNotMatter()
    {
        const ModelPtr model = resnet();
        const DatasetPtr data = pictures(*model, 30);
        const auto engine = makeOnnxRuntimeEngine();
        JobContext job;
        const std::vector<StatRequest> requests = everything(*model);
        // Both with one thread a session: kernels may sum in another order with more.
        const StatisticsPtr one = calibrate(*model, *data, requests, *engine, {1, {}}, job).value();
        const StatisticsPtr four = calibrate(*model, *data, requests, *engine, {4, {}}, job).value();
        QVERIFY(*one == *four);
    }
};

QTEST_GUILESS_MAIN(TestRealCalibration)
#include "tst_real_calibration.moc"
