// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/base64.h"
#include "core/passes/constantgrid.h"
#include "core/plan/weightrange.h"
#include "core/refinements/patches.h"
#include "core/refinements/softrounding.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <cmath>

using namespace qs;

namespace {

/// Positions whose numbers rise and fall together, as neighbouring channels do.
std::vector<float> correlatedPositions(std::size_t count, std::size_t size, std::size_t stride, unsigned seed)
{
    Random random(seed);
    std::vector<float> positions(count * stride);
    for (std::size_t p = 0; p < count; ++p) {
        const float common = random.normal();
        for (std::size_t k = 0; k < size; ++k)
            positions[p * stride + k] = common + 0.5F * random.normal();
    }
    return positions;
}

/// Kernels of rows with values in steps of their grid.
RowsToRound rowsOf(const std::vector<float> &values, std::size_t size, std::size_t stride)
{
    RowsToRound rows;
    rows.count = values.size() / size;
    rows.down.resize(Gram::kRows * stride);
    rows.step.resize(Gram::kRows * stride);
    for (std::size_t i = 0; i < values.size(); ++i) {
        rows.down[i / size * stride + i % size] = std::floor(values[i]) - values[i];
        rows.step[i / size * stride + i % size] = 1;
    }
    return rows;
}

std::vector<float> randomValues(std::size_t count, float low, float high, unsigned seed)
{
    const Tensor tensor = randomTensor({static_cast<std::int64_t>(count)}, seed, low, high);
    return {tensor.floats().begin(), tensor.floats().end()};
}

/// Sum over positions of (error of the weights times the position)^2: the definition, without a Gram matrix.
double outputError(std::span<const float> errors, const std::vector<float> &positions, std::size_t stride)
{
    double sum = 0;
    for (std::size_t p = 0; p < positions.size(); p += stride) {
        double output = 0;
        for (std::size_t k = 0; k < errors.size(); ++k)
            output += static_cast<double>(errors[k]) * static_cast<double>(positions[p + k]);
        sum += output * output;
    }
    return sum / static_cast<double>(positions.size() / stride);
}

} // namespace

class tst_Rounding : public QObject
{
    Q_OBJECT

private slots:
    void secondMoments();
    void nearTheBestOfAllChoices();
    void fourBitsOnOtherPositions();
    void saturatedWeightsStay();
    void sameEveryTime();
    void patchesMakeTheConvolution_data();
    void patchesMakeTheConvolution();
    void chosenRoundingIsCarriedOut();
    void leastErrorClipsAnOutlier();
    void base64();
};

void tst_Rounding::secondMoments()
{
    Gram gram(2);
    std::vector<float> positions(2 * gram.stride());
    positions[0] = 1;
    positions[1] = 2;
    positions[gram.stride()] = 3;
    positions[gram.stride() + 1] = 4;
    Gram centred = gram;
    gram.add(positions);
    gram.finish(false);
    // (1 + 9) / 2, (2 + 12) / 2, (4 + 16) / 2; as many numbers as positions: 0.101 of the diagonal's mean.
    QVERIFY(std::abs(gram.row(0)[0] - (5.F + 0.7575F)) < 1e-4F);
    QCOMPARE(gram.row(0)[1], 7.F);
    QVERIFY(std::abs(gram.row(1)[1] - (10.F + 0.7575F)) < 1e-4F);
    centred.add(positions);
    centred.finish(true);
    QVERIFY(std::abs(centred.row(0)[0] - 1.101F) < 1e-4F);
    QCOMPARE(centred.row(1)[0], 1.F);
}

void tst_Rounding::nearTheBestOfAllChoices()
{
    constexpr std::size_t kSize = 10;
    Gram gram(kSize);
    const auto positions = correlatedPositions(400, kSize, gram.stride(), 5);
    gram.add(positions);
    gram.finish(false);
    const std::vector<float> values = randomValues(Gram::kRows * kSize, -50.F, 50.F, 6);
    const RowsToRound rows = rowsOf(values, kSize, gram.stride());
    const RoundedRows rounded = roundSoftly(rows, gram, 300);
    double nearest = 0;
    double best = 0;
    double chosen = 0;
    for (std::size_t r = 0; r < Gram::kRows; ++r) {
        const auto errorOf = [&](auto up) {
            std::vector<float> errors(kSize);
            for (std::size_t k = 0; k < kSize; ++k)
                errors[k] = rows.down[r * gram.stride() + k] + (up(k) ? 1.F : 0.F);
            return outputError(errors, positions, gram.stride());
        };
        double least = 1e30;
        for (unsigned choice = 0; choice < 1U << kSize; ++choice)
            least = std::min(least, errorOf([&](std::size_t k) { return (choice >> k & 1U) != 0; }));
        best += least;
        nearest += errorOf([&](std::size_t k) { return rows.down[r * gram.stride() + k] < -0.5F; });
        chosen += errorOf([&](std::size_t k) { return rounded.up[r * gram.stride() + k] != 0; });
    }
    QVERIFY2(chosen < 0.5 * nearest, qPrintable(QStringLiteral("%1 of %2").arg(chosen).arg(nearest)));
    QVERIFY2(chosen < 1.25 * best, qPrintable(QStringLiteral("%1, best %2").arg(chosen).arg(best)));
}

void tst_Rounding::fourBitsOnOtherPositions()
{
    constexpr std::size_t kSize = 72;
    Gram gram(kSize);
    gram.add(correlatedPositions(2000, kSize, gram.stride(), 1));
    gram.finish(false);
    // Values of a grid of 4 bits: -7 to 7.
    const std::vector<float> values = randomValues(Gram::kRows * kSize, -6.9F, 6.9F, 2);
    const RowsToRound rows = rowsOf(values, kSize, gram.stride());
    const RoundedRows rounded = roundSoftly(rows, gram, 300);
    const auto others = correlatedPositions(500, kSize, gram.stride(), 3);
    double nearest = 0;
    double chosen = 0;
    for (std::size_t r = 0; r < Gram::kRows; ++r) {
        std::vector<float> a(kSize);
        std::vector<float> b(kSize);
        for (std::size_t k = 0; k < kSize; ++k) {
            const float down = rows.down[r * gram.stride() + k];
            a[k] = down + (down < -0.5F ? 1.F : 0.F);
            b[k] = down + (rounded.up[r * gram.stride() + k] ? 1.F : 0.F);
        }
        nearest += outputError(a, others, gram.stride());
        chosen += outputError(b, others, gram.stride());
    }
    QVERIFY2(chosen < 0.5 * nearest, qPrintable(QStringLiteral("%1 of %2").arg(chosen).arg(nearest)));
    QVERIFY(rounded.error <= rounded.nearestError);
}

void tst_Rounding::saturatedWeightsStay()
{
    Gram gram(3);
    gram.add(correlatedPositions(50, 3, gram.stride(), 9));
    gram.finish(false);
    RowsToRound rows = rowsOf({0.4F, 0.4F, 0.4F}, 3, gram.stride());
    rows.step[1] = 0;
    rows.down[1] = -3;
    const RoundedRows rounded = roundSoftly(rows, gram, 100);
    QCOMPARE(int(rounded.up[1]), 0);
    // The two others make up for what the second one lacks.
    QCOMPARE(int(rounded.up[0]), 1);
    QCOMPARE(int(rounded.up[2]), 1);
}

void tst_Rounding::sameEveryTime()
{
    Gram gram(40);
    gram.add(correlatedPositions(100, 40, gram.stride(), 7));
    gram.finish(true);
    const RowsToRound rows = rowsOf(randomValues(320, -9.F, 9.F, 8), 40, gram.stride());
    QVERIFY(roundSoftly(rows, gram, 50).up == roundSoftly(rows, gram, 50).up);
}

void tst_Rounding::patchesMakeTheConvolution_data()
{
    QTest::addColumn<QString>("text");
    const auto conv = [](const char *name, const char *weight, const char *attributes, int channels) {
        QTest::newRow(name) << QStringLiteral("g (float[2,%1,7,6] x) => (float[A,B,C,D] y) <float%2 w> "
                                              "{ y = Conv <%3> (x, w) }")
                                   .arg(channels)
                                   .arg(QLatin1String(weight), QLatin1String(attributes));
    };
    conv("plain", "[5,4,3,3]", "kernel_shape = [3, 3]", 4);
    conv("padded, strided", "[5,4,3,2]", "strides = [2, 1], pads = [1, 0, 2, 1]", 4);
    conv("dilated", "[3,2,2,3]", "dilations = [2, 2], pads = [1, 1, 1, 1]", 2);
    conv("depthwise, same", "[4,1,3,3]", "group = 4, strides = [2, 2], auto_pad = \"SAME_UPPER\"", 4);
    conv("grouped, same lower", "[6,2,2,2]", "group = 2, auto_pad = \"SAME_LOWER\"", 4);
    QTest::newRow("gemm") << QStringLiteral("g (float[3,4] x) => (float[3,5] y) <float[4,5] w> "
                                            "{ y = Gemm(x, w) }");
    QTest::newRow("gemm, transposed") << QStringLiteral("g (float[3,4] x) => (float[3,5] y) <float[5,4] w> "
                                                        "{ y = Gemm <transB = 1> (x, w) }");
    QTest::newRow("matmul") << QStringLiteral("g (float[2,3,4] x) => (float[2,3,5] y) <float[4,5] w> "
                                              "{ y = MatMul(x, w) }");
}

void tst_Rounding::patchesMakeTheConvolution()
{
    QFETCH(QString, text);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto inputs = randomInputs(*model, 3);
    const Tensor y = runModel(*model, inputs).at(0);
    const Tensor weight = *model->constant("w").value();
    const auto reader
        = PatchReader::make(model->graph().node(model->graph().topologicalOrder()[0]), weight.shape());
    QVERIFY(reader);
    Random random(1);
    const bool isConv = y.shape().size() == 4;
    const std::size_t plane = isConv ? static_cast<std::size_t>(y.shape()[2] * y.shape()[3]) : 1;
    const auto outputs = static_cast<std::size_t>(reader->outputs());
    std::size_t compared = 0;
    for (std::int64_t g = 0; g < reader->groups(); ++g) {
        const auto stride = static_cast<std::size_t>(reader->length()) + 3;
        const auto patches = reader->read(inputs[0].tensor, g, 100000, stride, random);
        for (std::size_t p = 0; p < patches.size() / stride; ++p) {
            const std::size_t perGroup = outputs / static_cast<std::size_t>(reader->groups());
            for (std::size_t row = static_cast<std::size_t>(g) * perGroup;
                 row < (static_cast<std::size_t>(g) + 1) * perGroup; ++row) {
                double sum = 0;
                for (std::int64_t k = 0; k < reader->length(); ++k)
                    sum += static_cast<double>(patches[p * stride + static_cast<std::size_t>(k)])
                        * static_cast<double>(
                               weight.floats()[reader->element(static_cast<std::int64_t>(row), k)]);
                const float expected = y.floats()[p / plane * outputs * plane + row * plane + p % plane];
                QVERIFY(std::abs(sum - static_cast<double>(expected)) < 1e-4);
                ++compared;
            }
        }
    }
    QCOMPARE(compared, y.size());
}

void tst_Rounding::chosenRoundingIsCarriedOut()
{
    TensorPlan plan;
    plan.role = TensorRole::Weight;
    plan.scheme = {DType::Int8, true};
    plan.axis = 0;
    plan.params = {{1.F, 0}, {0.5F, 0}};
    plan.roundUp = {0b00010101};
    const Tensor q = quantizeConstant(
        Tensor::fromFloats({2, 3}, std::vector<float> {1.4F, 1.4F, -1.6F, 0.7F, 90.F, -90.F}), plan);
    const auto data = q.data<std::int8_t>();
    // floor 1 + 1, floor 1, floor -2 + 1; floor(1.4) = 1, then 127 and -127 however they are rounded.
    QCOMPARE(std::vector<int>(data.begin(), data.end()), (std::vector<int> {2, 1, -1, 1, 127, -127}));
}

void tst_Rounding::leastErrorClipsAnOutlier()
{
    std::vector<float> values = randomValues(65536, -1.F, 1.F, 4);
    values[7] = 1.3F;
    const Tensor weight = Tensor::fromFloats({65536}, values);
    TensorPlan plan;
    plan.scheme = {DType::Int8, true};
    plan.ranges = {extentOf(weight.floats()).range};
    plan.params = {chooseScale(plan.ranges[0], plan.scheme)};
    const auto errorOf = [&] {
        const Tensor q = quantizeConstant(weight, plan);
        double sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            sum += std::pow(static_cast<double>(dequantize(q.data<std::int8_t>()[i], plan.params[0]))
                                - static_cast<double>(values[i]),
                            2);
        return sum;
    };
    const double before = errorOf();
    takeLeastErrorRanges(weight, plan);
    const double after = errorOf();
    // Uniform rounding errors are s^2 / 12: 65536 (1.3/127)^2 / 12 = 0.572 against 65536 (1/127)^2 / 12 +
    // 0.09.
    QVERIFY2(std::abs(before - 0.572) < 0.02, qPrintable(QString::number(before)));
    QVERIFY2(after < 0.45, qPrintable(QString::number(after)));
    QVERIFY(plan.ranges[0].max < 1.1F);
}

void tst_Rounding::base64()
{
    // RFC 4648, section 10.
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto &[plain, text] : vectors) {
        const std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
        QCOMPARE(toBase64(bytes), text);
        QVERIFY(fromBase64(text) == std::optional(bytes));
    }
    QVERIFY(!fromBase64("Zg="));
    QVERIFY(!fromBase64("Z!=="));
    QVERIFY(!fromBase64("=Zg="));
    QVERIFY(!fromBase64("===="));
}

QTEST_GUILESS_MAIN(tst_Rounding)
#include "tst_rounding.moc"
