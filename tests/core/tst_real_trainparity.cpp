// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The trainer computes what ONNX Runtime computes, for every shared model.
#include "core/model/modelio.h"
#include "core/model/shapes.h"
#include "core/passes/passpipeline.h"
#include "core/trainer/traingraphbuilder.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/modelrun.h"

#include <QFile>
#include <QTest>

#include <cmath>

using namespace qs;

class TestRealTrainParity : public QObject
{
    Q_OBJECT

private slots:
    void sameOutputs_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<qint64>("unknown"); // size of dimensions the model leaves open
        QTest::newRow("resnet20") << "resnet20_cifar10.onnx" << qint64(2);
        QTest::newRow("resnet20 on JPEG") << "resnet20_cifar10_jpegft.onnx" << qint64(2);
    }

    void sameOutputs()
    {
        QFETCH(QString, file);
        QFETCH(qint64, unknown);
        const auto engine = trainingEngine();
        if (!engine.ok())
            QSKIP(engine.error().message().c_str());
        const std::string path = QS_SHARED_DIR "/models/" + file.toStdString();
        if (!QFile::exists(QString::fromStdString(path)))
            QSKIP("../shared is not there");
        JobContext job;
        const auto model = loadModel(path, job);
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
        const auto prepared
            = runPasses(*model, builtinPasses(), PassPhase::Prepare, {.shapes = ShapeMap()}, job);
        QVERIFY(prepared.ok());
        const auto graph = makeTrainGraph(*prepared->model, nullptr);
        QVERIFY2(graph.ok(), graph.ok() ? "" : graph.error().message().c_str());
        const auto trainable = (*engine)->open(*graph, {});
        QVERIFY2(trainable.ok(), trainable.ok() ? "" : trainable.error().message().c_str());

        const std::vector<NamedTensor> inputs = randomInputs(**model, 7, unknown);
        std::vector<Tensor> fed;
        for (const NamedTensor &input : inputs)
            fed.push_back(input.tensor);
        const auto outputs = (*trainable)->run(fed, TrainMode::Float, graph->outputs);
        QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
        const std::vector<Tensor> expected = runModel(**model, inputs);
        QCOMPARE(outputs->size(), expected.size());
        for (std::size_t o = 0; o < expected.size(); ++o) {
            const auto wanted = expected[o].floats();
            const auto got = (*outputs)[o].floats();
            QVERIFY((*outputs)[o].shape() == expected[o].shape());
            float largest = 1.F;
            double worst = 0;
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                largest = std::max(largest, std::abs(wanted[i]));
                worst = std::max(worst, double(std::abs(wanted[i] - got[i])));
            }
            QVERIFY2(worst <= 1e-4 * double(largest), qPrintable(QString::number(worst)));
        }
    }
};

QTEST_GUILESS_MAIN(TestRealTrainParity)
#include "tst_real_trainparity.moc"
