// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Blocks of 4 and 8 bits against the bytes of ONNX Runtime's own quantizer, and MatMulNBits in the runtime
// against float arithmetic on the dequantized weights.
#include "core/tensor/blockquant.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/runtimeversion.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace qs;

namespace {

/// W[n][k] = ((53 n + 37 k + 11) mod 101 - 50) / 64, exact in binary.
std::vector<float> matrix(int rows, int columns)
{
    std::vector<float> values;
    for (int n = 0; n < rows; ++n) {
        for (int k = 0; k < columns; ++k)
            values.push_back(static_cast<float>((n * 53 + k * 37 + 11) % 101 - 50) / 64.F);
    }
    return values;
}

QByteArray hex(const std::vector<std::uint8_t> &bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()))
        .toHex();
}

} // namespace

class tst_WeightOnly : public QObject
{
    Q_OBJECT

private slots:
    void bytesAreTheRuntimesOwn_data();
    void bytesAreTheRuntimesOwn();
    void searchNeverLoses();
    void runsAsDequantized_data();
    void runsAsDequantized();
    void gemmKeepsItsBias();
    void targetWithoutKernelsIsAnError();
    void nothingToQuantizeIsAnError();
};

void tst_WeightOnly::bytesAreTheRuntimesOwn_data()
{
    QTest::addColumn<int>("bits");
    QTest::addColumn<bool>("symmetric");
    QTest::addColumn<QByteArray>("codes");
    QTest::addColumn<QByteArray>("zeroPoints");
    QTest::addColumn<float>("firstScale");
    // ONNX Runtime 1.21 quantize_matmul_4bits on 3 x 40 in blocks of 16, the last one partial.
    QTest::newRow("4-symmetric")
        << 4 << true
        << QByteArray("813ef9b5602df8a35f1bd7934f0ac6823ef9b560000000000ac6823df9b5602c286cb0f5"
                      "398dc2064b9fe207000000008dc2064a9fd3175b602ce8a35f1bd782c2064a9f00000000")
        << QByteArray() << 0.08984375F;
    QTest::newRow("4-asymmetric")
        << 4 << false
        << QByteArray("823ef9b5702de8a46f1bd7934e0ac6823ef9b560000000000ac6823df9b5612cd7934f0a"
                      "c6723df9b5601df800000000713ef9b5602ce8a4602ce8945f1bd7823df9b56000000000")
        << QByteArray("888878878787") << 0.09479166567325592F;
    QTest::newRow("8-symmetric")
        << 8 << true
        << QByteArray(
               "137ae12f96fd4bb20067ce1c83ea389ffb57b61271cf2c8ae945a4005fbd1a78dd2e93f84aae00650000000000000"
               "000a4"
               "005fbd1a78d73392f14dac0866c5218021c56608ac4df19233d7781abd5f00aa3cfa8c1edc6e00000000000000000"
               "0d778"
               "1abd5f00a445e98a2ccf7112b6570063c51b7de03598fb50b3086bcd23851ac16100a747ee8d0000000000000000")
        << QByteArray() << 0.005615234375F;
    QTest::newRow("8-asymmetric")
        << 8 << false
        << QByteArray(
               "147be33097ff4cb30068cf1c84eb38a0ff58b91272d32c8ced46a60060c01a7ae33098ff4cb400680000000000000"
               "000ae"
               "0065c91b80e4379bff52b6096dd12477db2e92f749ad0064c81b7fe4369aff52c20070e01e8eff000000000000000"
               "0147b"
               "e33097ff4cb30068cf1c84eb38a00064c91b7fe4369aff51b6086cd12387e33098ff4cb400680000000000000000")
        << QByteArray("81828488777c738276") << 0.0055759805254638195F;
}

void tst_WeightOnly::bytesAreTheRuntimesOwn()
{
    QFETCH(int, bits);
    QFETCH(bool, symmetric);
    QFETCH(QByteArray, codes);
    QFETCH(QByteArray, zeroPoints);
    QFETCH(float, firstScale);
    const BlockCodes blocks
        = quantizeBlocks(matrix(3, 40), 3, 40, {.bits = bits, .blockSize = 16, .symmetric = symmetric});
    QCOMPARE(hex(blocks.codes), codes);
    QCOMPARE(hex(blocks.zeroPoints), zeroPoints);
    QVERIFY(blocks.scales.front() == firstScale);
}

void tst_WeightOnly::searchNeverLoses()
{
    const std::vector<float> weight = matrix(7, 100);
    for (const bool symmetric : {true, false}) {
        BlockScheme scheme {.bits = 4, .blockSize = 32, .symmetric = symmetric};
        const auto error = [&] {
            const std::vector<float> back
                = dequantizeBlocks(quantizeBlocks(weight, 7, 100, scheme), 7, 100, scheme);
            double sum = 0;
            for (std::size_t i = 0; i < weight.size(); ++i)
                sum += std::pow(static_cast<double>(weight[i] - back[i]), 2);
            return sum;
        };
        const double plain = error();
        scheme.searched = true;
        QVERIFY(error() <= plain);
    }
}

void tst_WeightOnly::runsAsDequantized_data()
{
    QTest::addColumn<QString>("bits");
    QTest::addColumn<bool>("symmetric");
    for (const char *bits : {"4", "8"}) {
        QTest::addRow("%s-symmetric", bits) << QString::fromUtf8(bits) << true;
        QTest::addRow("%s-asymmetric", bits) << QString::fromUtf8(bits) << false;
    }
}

void tst_WeightOnly::runsAsDequantized()
{
    QFETCH(QString, bits);
    QFETCH(bool, symmetric);
    constexpr int kIn = 40;
    constexpr int kOut = 3;
    if (bits == QStringLiteral("8") && isRuntimeOlderThan(23))
        QSKIP("ONNX Runtime before 1.23 has no MatMulNBits of 8 bits");
    const ModelPtr shell
        = modelFromText("g (float[N,40] x) => (float[N,3] y) <float[40,3] w> { y = MatMul(x, w) }");
    GraphEdit edit(*shell);
    const std::vector<float> rows = matrix(kOut, kIn);
    std::vector<float> turned;
    for (std::size_t k = 0; k < kIn; ++k) {
        for (std::size_t n = 0; n < kOut; ++n)
            turned.push_back(rows[n * kIn + k]);
    }
    edit.setInitializer("w", Tensor::fromFloats({kIn, kOut}, turned));
    const ModelPtr model = *edit.finish();
    Recipe recipe = syntheticRecipe("x86-vnni", "weight-only");
    recipe.parameters
        = {{"bits", bits.toStdString()}, {"block_size", "16"}, {"symmetric", symmetric}, {"search", false}};
    const auto result = quantizeModel(model, recipe);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(kernelsOf(*(*result)->model), std::string("com.microsoft.MatMulNBits 1"));
    const BlockScheme scheme {.bits = bits.toInt(), .blockSize = 16, .symmetric = symmetric};
    const std::vector<float> weight
        = dequantizeBlocks(quantizeBlocks(rows, kOut, kIn, scheme), kOut, kIn, scheme);
    const std::vector<NamedTensor> inputs = randomInputs(*model, 5);
    const Tensor y = runModel(*(*result)->model, inputs).at(0);
    const auto x = inputs.front().tensor.floats();
    for (std::size_t i = 0; i < y.size(); ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < kIn; ++k)
            sum += static_cast<double>(x[i / kOut * kIn + k])
                * static_cast<double>(weight[i % kOut * kIn + k]);
        QVERIFY(std::abs(static_cast<double>(y.floats()[i]) - sum) < 1e-4);
    }
}

void tst_WeightOnly::gemmKeepsItsBias()
{
    if (isRuntimeOlderThan(23))
        QSKIP("ONNX Runtime before 1.23 has no MatMulNBits of 8 bits");
    const ModelPtr model = modelFromText(R"(g (float[N,2] x) => (float[N,2] y)
        <float[2,2] w = {8, -8, 4, 2}, float[2] b = {100, -100}> { y = Gemm <transB = 1> (x, w, b) })");
    Recipe recipe = syntheticRecipe("x86-vnni", "weight-only");
    recipe.parameters = {{"bits", "8"}, {"symmetric", false}};
    const auto result = quantizeModel(model, recipe);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QVERIFY(largestDifference(*model, *(*result)->model) < 0.2);
}

void tst_WeightOnly::targetWithoutKernelsIsAnError()
{
    const auto result = quantizeModel(
        modelFromText(
            "g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }"),
        syntheticRecipe("tensorrt", "weight-only"));
    QVERIFY(!result.ok() && result.error().code == ErrorCode::Unsupported);
}

void tst_WeightOnly::nothingToQuantizeIsAnError()
{
    const auto result = quantizeModel(modelFromText("g (float[N,2] x) => (float[N,2] y) { y = Relu(x) }"),
                                      syntheticRecipe("x86-vnni", "weight-only"));
    QVERIFY(!result.ok() && result.error().code == ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(tst_WeightOnly)
#include "tst_weightonly.moc"
