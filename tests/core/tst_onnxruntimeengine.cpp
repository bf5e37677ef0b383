// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/inferenceengine.h"
#include "tests/support/textmodel.h"

#include <QTest>

using namespace qs;

class tst_OnnxRuntimeEngine : public QObject
{
    Q_OBJECT
private slots:
    void runs();
};

void tst_OnnxRuntimeEngine::runs()
{
    const ModelPtr model
        = modelFromText("g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1,2,3,4,5,6,7,8}> "
                        "{ t = MatMul(x, w)  y = Relu(t) }");
    const auto engine = makeOnnxRuntimeEngine();
    SessionOptions options;
    options.taps = {"t", "x", "w", "y"};
    auto session = engine->open(*model, options);
    QVERIFY2(session.ok(), session.ok() ? "" : session.error().message().c_str());
    const std::vector<float> values {-1, 0, 0, 0.5f};
    const NamedTensor input {"x", Tensor::fromFloats({1, 4}, values)};
    const auto outputs = (*session)->run({&input, 1}, JobContext());
    QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
    QCOMPARE(outputs->size(), std::size_t {5});
    QCOMPARE((*outputs)[0].floats()[0], 2.5f);
    QCOMPARE((*outputs)[1].floats()[1], 2.0f);
    QCOMPARE((*outputs)[2].bytes().data(), input.tensor.bytes().data());
    QCOMPARE((*outputs)[3].size(), std::size_t {8});
}

QTEST_GUILESS_MAIN(tst_OnnxRuntimeEngine)
#include "tst_onnxruntimeengine.moc"
