// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Codes and bytes against golden ones: tests/cases/llm has what AutoGPTQ, AutoAWQ and bitsandbytes themselves
// made of the weights that are computed here.
#include "core/base/atomicfile.h"
#include "core/base/random.h"
#include "core/base/sha256.h"
#include "core/llm/awq.h"
#include "core/llm/blas.h"
#include "core/llm/floatmath.h"
#include "core/llm/gptq.h"
#include "core/llm/hqq.h"
#include "core/llm/packing.h"
#include "core/llm/rtn.h"

#include <nlohmann/json.hpp>

#include <QtTest>

using namespace qs;
using Json = nlohmann::json;

namespace {

Json golden(const char *name)
{
    const std::string path = std::string(QS_SOURCE_DIR) + "/tests/cases/llm/" + name;
    return Json::parse(readFile(path).value());
}

/// The golden files' weights: ((53 o + 37 i + 11) mod 101 - 50) / 64.
Matrix goldenWeight(std::int64_t out, std::int64_t in)
{
    Matrix weight(out, in);
    for (std::int64_t o = 0; o < out; ++o) {
        for (std::int64_t i = 0; i < in; ++i)
            weight.row(o)[i] = static_cast<float>((o * 53 + i * 37 + 11) % 101 - 50) / 64.F;
    }
    return weight;
}

Matrix randomWeight(std::int64_t out, std::int64_t in, std::uint64_t seed)
{
    Random random(seed);
    Matrix weight(out, in);
    for (float &value : weight.values)
        value = random.normal() * 0.05F;
    return weight;
}

/// Rows of words as the golden files write them: 32-bit words in hex.
std::vector<std::vector<std::string>> hexRows(const Tensor &tensor)
{
    std::vector<std::vector<std::string>> rows;
    const auto cols = static_cast<std::size_t>(tensor.shape()[1]);
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        const auto word = static_cast<std::uint32_t>(tensor.data<std::int32_t>()[i]);
        if (i % cols == 0)
            rows.emplace_back();
        rows.back().push_back(QString::asprintf("%08x", word).toStdString());
    }
    return rows;
}

std::vector<std::vector<std::string>> halfHexRows(const Tensor &tensor)
{
    std::vector<std::vector<std::string>> rows;
    const auto cols = static_cast<std::size_t>(tensor.shape()[1]);
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        if (i % cols == 0)
            rows.emplace_back();
        rows.back().push_back(QString::asprintf("%04x", tensor.data<std::uint16_t>()[i]).toStdString());
    }
    return rows;
}

using HexRows = std::vector<std::vector<std::string>>;

std::string hexOf(std::span<const std::byte> bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()))
        .toHex()
        .toStdString();
}

double squaredError(const Matrix &a, const Matrix &b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i)
        sum += std::pow(double(a.values[i]) - double(b.values[i]), 2);
    return sum;
}

/// sum over tokens of |x (a - b)^T|^2.
double outputError(const Matrix &x, const Matrix &a, const Matrix &b)
{
    Matrix difference = a;
    for (std::size_t i = 0; i < a.values.size(); ++i)
        difference.values[i] -= b.values[i];
    Matrix y(x.rows, a.rows);
    multiplyTransposed(panelOf(x), panelOf(difference), panelOf(y));
    return double(squaredNorm(y.values));
}

} // namespace

class TestWeightFormats : public QObject
{
    Q_OBJECT

private slots:
    void gptqBytes_data();
    void gptqBytes();
    void gptqThreeBits();
    void gptqRoundTrip();
    void gptqZeros();
    void gptqRefuses();
    void gptqRuns_data();
    void gptqRuns();
    void gptqLessensTheError();
    void gptqOddInputs();
    void awqBytes();
    void awqRefuses();
    void tables();
    void dynamicMapBits();
    void nf4Bytes();
    void doubleQuantization();
    void shortBlocks();
    void int8Rows();
    void hqq();
    void schemes();
    void zeroWeights();
};

void TestWeightFormats::gptqBytes_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("bits");
    QTest::addColumn<bool>("isSymmetric");
    QTest::newRow("4 bit, symmetric") << "bits4_sym" << 4 << true;
    QTest::newRow("4 bit, asymmetric") << "bits4_asym" << 4 << false;
    QTest::newRow("8 bit, symmetric") << "bits8_sym" << 8 << true;
}

void TestWeightFormats::gptqBytes()
{
    QFETCH(QString, key);
    QFETCH(int, bits);
    QFETCH(bool, isSymmetric);
    const Json expected = golden("gptq.json")[key.toStdString()];
    const Matrix weight = goldenWeight(32, 32);
    const GroupedWeights codes = quantizeRtn(weight, {bits, 16, isSymmetric, false});
    const GptqTensors tensors = packGptq(codes, GptqFormat::V1).value();
    QVERIFY(hexRows(tensors.qweight) == expected["qweight"].get<HexRows>());
    QVERIFY(hexRows(tensors.qzeros) == expected["qzeros_v1"].get<HexRows>());
    QVERIFY(halfHexRows(tensors.scales) == expected["scales_f16_hex"].get<HexRows>());
    QCOMPARE(tensors.groupOf.data<std::int32_t>()[16], 1);
    for (std::int64_t group = 0; group < 2; ++group) {
        for (std::int64_t row = 0; row < 32; ++row)
            QCOMPARE(codes.zeros.row(row)[group],
                     expected["zeros"][static_cast<std::size_t>(group)][static_cast<std::size_t>(row)]
                         .get<float>());
    }
    const Matrix back = dequantize(unpackGptq(tensors, bits, 32, 32, GptqFormat::V1).value());
    for (std::size_t i = 0; i < back.values.size(); ++i) // half a step, the clipped end, the rounded scale
        QVERIFY(std::fabs(back.values[i] - weight.values[i])
                < 1.01F * (1.5625F / static_cast<float>((1 << bits) - 1)));
}

// The three words of 32 numbers, bit by bit as AutoGPTQ's packer lays them out.
void TestWeightFormats::gptqThreeBits()
{
    GroupedWeights weights({3, 32, true, true}, 32, 32);
    for (std::size_t i = 0; i < weights.codes.size(); ++i)
        weights.codes[i] = static_cast<std::uint8_t>((i * 5 + i / 32) % 8);
    for (float &zero : weights.zeros.values)
        zero = 4;
    const GptqTensors tensors = packGptq(weights, GptqFormat::V1).value();
    QVERIFY(tensors.qweight.shape() == Shape({3, 32}) && tensors.qzeros.shape() == Shape({1, 3}));
    for (std::size_t out = 0; out < 32; ++out) {
        std::array<std::uint32_t, 3> words {};
        for (std::uint32_t k = 0; k < 32; ++k) {
            const std::uint32_t code = weights.codes[out * 32 + k];
            if (k < 10) {
                words[0] |= code << (3 * k);
            } else if (k == 10) {
                words[0] |= code << 30;
                words[1] |= code >> 2;
            } else if (k < 21) {
                words[1] |= code << (3 * (k - 11) + 1);
            } else if (k == 21) {
                words[1] |= code << 31;
                words[2] |= code >> 1;
            } else {
                words[2] |= code << (3 * (k - 22) + 2);
            }
        }
        for (std::size_t w = 0; w < 3; ++w)
            QCOMPARE(static_cast<std::uint32_t>(tensors.qweight.data<std::int32_t>()[w * 32 + out]),
                     words[w]);
    }
    const GroupedWeights back = unpackGptq(tensors, 3, 32, 32, GptqFormat::V1).value();
    QVERIFY(back.codes == weights.codes && back.zeros.values == weights.zeros.values);
}

void TestWeightFormats::gptqRoundTrip()
{
    for (const int bits : {2, 3, 4, 8}) {
        for (const GptqFormat format : {GptqFormat::V1, GptqFormat::V2}) {
            const GroupedWeights weights
                = quantizeRtn(randomWeight(64, 96, 3), {bits, 32, format == GptqFormat::V1, true});
            const GptqTensors tensors = packGptq(weights, format).value();
            const GroupedWeights back = unpackGptq(tensors, bits, 64, 96, format).value();
            QVERIFY(back.codes == weights.codes && back.zeros.values == weights.zeros.values);
            QVERIFY(back.scales.values == weights.scales.values && back.groupOf == weights.groupOf);
        }
    }
}

void TestWeightFormats::gptqZeros()
{
    GroupedWeights weights = quantizeRtn(randomWeight(32, 32, 3), {4, 32, true, true});
    const auto word = [&](GptqFormat format) {
        return static_cast<std::uint32_t>(packGptq(weights, format).value().qzeros.data<std::int32_t>()[0]);
    };
    QCOMPARE(word(GptqFormat::V1), 0x77777777U);
    QCOMPARE(word(GptqFormat::V2), 0x88888888U);
    const GptqTensors second = packGptq(weights, GptqFormat::V2).value();
    QVERIFY(detectGptqFormat(second, 4, true, GptqFormat::V1) == GptqFormat::V2);
    QVERIFY(detectGptqFormat(second, 4, false, GptqFormat::V1) == GptqFormat::V1);
    QVERIFY(detectGptqFormat(packGptq(weights, GptqFormat::V1).value(), 4, true, GptqFormat::V1)
            == GptqFormat::V1);
    weights.zeros.values[3] = 0;
    QVERIFY(!packGptq(weights, GptqFormat::V1).ok());
    QVERIFY(packGptq(weights, GptqFormat::V2).ok());
}

void TestWeightFormats::gptqRefuses()
{
    QVERIFY(!packGptq(quantizeRtn(randomWeight(32, 32, 3), {5, 32, true, true}), GptqFormat::V1).ok());
    QVERIFY(!packGptq(quantizeRtn(randomWeight(33, 32, 3), {4, 32, true, true}), GptqFormat::V1).ok());
    const GroupedWeights weights = quantizeRtn(randomWeight(32, 64, 3), {4, 32, true, true});
    const GptqTensors good = packGptq(weights, GptqFormat::V1).value();
    const auto refuses = [&](auto change) {
        GptqTensors bad = good;
        change(bad);
        const auto read = unpackGptq(bad, 4, 32, 64, GptqFormat::V1);
        return !read.ok() && !read.error().detail.empty();
    };
    QVERIFY(refuses([](GptqTensors &t) { t.qweight = Tensor(DType::Int32, {8, 33}); }));
    QVERIFY(refuses([](GptqTensors &t) { t.qweight = Tensor(DType::Float32, {8, 32}); }));
    QVERIFY(refuses([](GptqTensors &t) { t.qzeros = Tensor(DType::Int32, {2, 5}); }));
    QVERIFY(refuses([](GptqTensors &t) { t.scales = Tensor(DType::Float16, {3, 32}); }));
    QVERIFY(refuses([](GptqTensors &t) { t.scales = Tensor(DType::Float16, {}); }));
    QVERIFY(refuses([](GptqTensors &t) { t.groupOf = Tensor(DType::Int32, {63}); }));
    QVERIFY(refuses([](GptqTensors &t) {
        t.groupOf = Tensor(DType::Int32, {64});
        t.groupOf.mutableData<std::int32_t>()[5] = 2;
    }));
    QVERIFY(refuses([](GptqTensors &t) {
        t.groupOf = Tensor(DType::Int32, {64});
        t.groupOf.mutableData<std::int32_t>()[5] = -1;
    }));
    QVERIFY(!unpackGptq(good, 5, 32, 64, GptqFormat::V1).ok());
}

void TestWeightFormats::gptqRuns_data()
{
    QTest::addColumn<bool>("usesActOrder");
    QTest::addColumn<bool>("hasStaticGroups");
    QTest::addColumn<bool>("isSymmetric");
    for (const bool isSymmetric : {true, false}) {
        const char *kind = isSymmetric ? "sym" : "asym";
        QTest::addRow("act0_static0_%s", kind) << false << false << isSymmetric;
        QTest::addRow("act1_static0_%s", kind) << true << false << isSymmetric;
        QTest::addRow("act1_static1_%s", kind) << true << true << isSymmetric;
    }
}

// Whole runs of AutoGPTQ: every code, group, scale and zero, and the loss.
void TestWeightFormats::gptqRuns()
{
    QFETCH(bool, usesActOrder);
    QFETCH(bool, hasStaticGroups);
    QFETCH(bool, isSymmetric);
    const Json expected = golden("gptq.json")["algorithm"]["runs"][QTest::currentDataTag()];
    Matrix inputs(256, 64);
    for (std::int64_t t = 0; t < inputs.rows; ++t) {
        for (std::int64_t i = 0; i < inputs.cols; ++i)
            inputs.row(t)[i] = static_cast<float>(double((t * t * 29 + i * 17 * t + i * i * 3 + 5) % 97 - 48)
                                                  / 32 * (1 + double(i % 5) * 0.5));
    }
    Matrix weight(8, 64);
    for (std::int64_t o = 0; o < weight.rows; ++o) {
        for (std::int64_t i = 0; i < weight.cols; ++i)
            weight.row(o)[i] = static_cast<float>((o * 53 + i * 37 + o * i * 7 + 11) % 101 - 50) / 512.F;
    }
    SecondMoments moments(64);
    moments.add(inputs);
    GptqOptions options;
    options.scheme = {4, 32, isSymmetric, false};
    options.usesActOrder = usesActOrder;
    options.hasStaticGroups = hasStaticGroups;
    const GptqFactor factor = factorize(moments, options).value();
    QCOMPARE(factor.damping, 0.01);
    const GptqResult result = quantizeGptq(weight, factor, options);
    for (std::size_t o = 0; o < 8; ++o) {
        for (std::size_t i = 0; i < 64; ++i)
            QCOMPARE(int(result.weights.codes[o * 64 + i]), expected["codes"][o][i].get<int>());
        for (std::size_t group = 0; group < 2; ++group) {
            const auto row = static_cast<std::int64_t>(o);
            QVERIFY(std::fabs(
                        result.weights.scales.row(row)[group] / expected["scales"][group][o].get<float>() - 1)
                    < 1e-5F);
            QCOMPARE(result.weights.zeros.row(row)[group], expected["zeros"][group][o].get<float>());
        }
    }
    QVERIFY(result.weights.groupOf == expected["g_idx"].get<std::vector<std::int32_t>>());
    // Theirs is with moments times 2 / 256.
    QVERIFY(std::fabs(result.loss * 2 / 256 / expected["loss"].get<double>() - 1) < 1e-4);
}

void TestWeightFormats::gptqLessensTheError()
{
    Random random(5);
    Matrix mixing = randomWeight(300, 300, 9);
    Matrix plain(900, 300);
    for (float &value : plain.values)
        value = random.normal();
    Matrix inputs(900, 300); // correlated, with columns of different sizes
    multiply(panelOf(std::as_const(plain)), panelOf(std::as_const(mixing)), panelOf(inputs));
    for (std::int64_t row = 0; row < inputs.rows; ++row) {
        for (std::int64_t i = 0; i < inputs.cols; ++i)
            inputs.row(row)[i] *= i % 50 == 0 ? 8.F : 1.F;
    }
    inputs.resize(900, 300);
    const Matrix weight = randomWeight(70, 300, 2);
    SecondMoments moments(300);
    moments.add(inputs);
    const auto run = [&](bool actOrder, bool isStatic) {
        GptqOptions options;
        options.scheme = {3, 64, true, true};
        options.usesActOrder = actOrder;
        options.hasStaticGroups = isStatic;
        return outputError(
            inputs, weight,
            dequantize(quantizeGptq(weight, factorize(moments, options).value(), options).weights));
    };
    const double rounded = outputError(inputs, weight, dequantize(quantizeRtn(weight, {3, 64, true, true})));
    QVERIFY(run(false, false) < 0.7 * rounded);
    QVERIFY(run(true, false) < 0.6 * rounded);
    QVERIFY(run(true, true) < 0.6 * rounded);
}

// Dead columns become the middle code; inputs that depend on each other still have a factor, by damping.
void TestWeightFormats::gptqOddInputs()
{
    Matrix inputs(4, 64);
    for (std::int64_t row = 0; row < 4; ++row) {
        for (std::int64_t i = 0; i < 64; ++i)
            inputs.row(row)[i] = i % 8 == 3 ? 0.F : static_cast<float>(row + 1); // rank 1
    }
    SecondMoments moments(64);
    GptqOptions options;
    options.scheme = {4, 32, true, true};
    QVERIFY(!factorize(moments, options).ok()); // no data yet
    moments.add(inputs);
    const GptqFactor factor = factorize(moments, options).value();
    const Matrix weight = randomWeight(32, 64, 1);
    const Matrix result = dequantize(quantizeGptq(weight, factor, options).weights);
    for (std::int64_t i = 3; i < 64; i += 8)
        QCOMPARE(result.row(5)[i], 0.F);
    QVERIFY(outputError(inputs, weight, result)
            < outputError(inputs, weight, dequantize(quantizeRtn(weight, options.scheme))) + 1e-3);
    inputs.values[0] = std::numeric_limits<float>::quiet_NaN();
    moments.add(inputs);
    QVERIFY(!factorize(moments, options).ok());
}

void TestWeightFormats::awqBytes()
{
    const Json expected = golden("awq.json");
    const Matrix weight = goldenWeight(32, 64);
    const GroupedWeights codes = roundAwq(weight, {4, 32, false, true});
    for (std::size_t i = 0; i < 64; ++i) {
        for (std::size_t o = 0; o < 32; ++o)
            QCOMPARE(int(codes.codes[o * 64 + i]), expected["codes_in_major"][i][o].get<int>());
    }
    const AwqTensors tensors = packAwq(codes).value();
    QVERIFY(hexRows(tensors.qweight) == expected["qweight"].get<HexRows>());
    QVERIFY(hexRows(tensors.qzeros) == expected["qzeros"].get<HexRows>());
    QVERIFY(halfHexRows(tensors.scales) == expected["scales_f16_hex"].get<HexRows>());
    const GroupedWeights back = unpackAwq(tensors, 32, 64).value();
    QVERIFY(back.codes == codes.codes && back.zeros.values == codes.zeros.values);
    QVERIFY(dequantize(back).values == dequantize(codes).values);
}

void TestWeightFormats::awqRefuses()
{
    QVERIFY(!packAwq(quantizeRtn(randomWeight(32, 32, 3), {3, 32, false, true}, awqParams)).ok());
    QVERIFY(!packAwq(quantizeRtn(randomWeight(30, 32, 3), {4, 32, false, true}, awqParams)).ok());
    QVERIFY(!packAwq(quantizeRtn(randomWeight(32, 40, 3), {4, 32, false, true}, awqParams)).ok());
    GroupedWeights weights = quantizeRtn(randomWeight(32, 64, 3), {4, 32, false, true}, awqParams);
    std::swap(weights.groupOf[0], weights.groupOf[63]);
    QVERIFY(!packAwq(weights).ok());
    AwqTensors bad = packAwq(quantizeRtn(randomWeight(32, 64, 3), {4, 32, false, true}, awqParams)).value();
    QVERIFY(!unpackAwq(bad, 32, 65).ok() && !unpackAwq(bad, 40, 64).ok());
    bad.scales = Tensor();
    QVERIFY(!unpackAwq(bad, 32, 64).ok());
}

void TestWeightFormats::tables()
{
    const Json expected = golden("bitsandbytes.json");
    QCOMPARE(hexOf(std::as_bytes(std::span(tableOf(TableKind::Nf4)))),
             expected["nf4"]["quant_map_f32_hex_le"].get<std::string>());
    QCOMPARE(hexOf(std::as_bytes(std::span(tableOf(TableKind::Fp4)))),
             expected["fp4"]["quant_map_f32_hex_le"].get<std::string>());
}

void TestWeightFormats::dynamicMapBits()
{
    const Json expected = golden("bitsandbytes.json")["dynamic_map_256"];
    const auto bytes = std::as_bytes(std::span(dynamicMap()));
    QCOMPARE(hexOf(bytes), expected["f32_le_hex"].get<std::string>());
    QCOMPARE(Sha256().update(bytes).hexDigest(), expected["sha256_of_1024_bytes"].get<std::string>());
}

void TestWeightFormats::nf4Bytes()
{
    const Json expected = golden("bitsandbytes.json");
    std::vector<float> x(128);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(static_cast<int>((i * 37 + 11) % 101) - 50) / 64.F;
    for (const auto &[kind, key] : {std::pair {TableKind::Nf4, "nf4"}, std::pair {TableKind::Fp4, "fp4"}}) {
        const TableWeights weights = quantizeTable(x, kind, false);
        QCOMPARE(hexOf(std::as_bytes(std::span(weights.packed))),
                 expected[key]["packed_hex"].get<std::string>());
        QVERIFY(weights.absMax == expected[key]["absmax"].get<std::vector<float>>());
        QVERIFY(!weights.nested);
    }
    const TableWeights weights = quantizeTable(x, TableKind::Nf4, false);
    QCOMPARE(tableState(weights, 2, 64, DType::Float16),
             std::string(R"({"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [2, 64]})"));
    std::vector<float> back(128);
    dequantizeTable(weights, tableOf(TableKind::Nf4), back);
    QCOMPARE(back[0], -0.6961928009986877F * 0.78125F); // codes 1, 7: 0x17
    QCOMPARE(back[1], 0.F);
}

void TestWeightFormats::doubleQuantization()
{
    const Json expected = golden("bitsandbytes.json")["nf4_double"];
    std::vector<float> x(512);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(static_cast<int>((i * 37 + 11) % 101) - 50) / 64.F
            * static_cast<float>(1 + i / 64);
    const TableWeights weights = quantizeTable(x, TableKind::Nf4, true);
    QCOMPARE(hexOf(std::as_bytes(std::span(weights.packed))), expected["packed_hex"].get<std::string>());
    QVERIFY(weights.nested->codes == expected["absmax_u8"].get<std::vector<std::uint8_t>>());
    QVERIFY(weights.nested->absMax == expected["nested_absmax"].get<std::vector<float>>());
    QCOMPARE(weights.nested->offset, expected["nested_offset"].get<float>());
    QCOMPARE(weights.absMax[7], 6.25F); // 1.0 * 2.73828125 + 3.51171875
    TableWeights other = weights;
    other.nested->offset = 0.05188632011413574F;
    QCOMPARE(
        tableState(other, 128, 256, DType::BFloat16),
        std::string(
            R"({"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [128, 256], )"
            R"("nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.05188632011413574})"));
}

// Blocks that cross rows, a short last block, an odd count, and a block of zeros (code 7).
void TestWeightFormats::shortBlocks()
{
    std::vector<float> x(67, 0.F);
    x[64] = 2;
    x[65] = -2;
    x[66] = 1.5F;
    const TableWeights weights = quantizeTable(x, TableKind::Nf4, false);
    QCOMPARE(weights.packed.size(), std::size_t {34});
    QCOMPARE(int(weights.packed[0]), 0x77);
    QCOMPARE(int(weights.packed[32]), 0xF0); // 1, -1
    QCOMPARE(int(weights.packed[33]), 0xE0); // 0.75 is nearest to 0.723
    QVERIFY(weights.absMax == std::vector<float>({0, 2}));
}

void TestWeightFormats::int8Rows()
{
    const Json expected = golden("bitsandbytes.json")["int8"];
    const auto w = expected["w"].get<std::vector<std::vector<float>>>();
    Matrix weight(2, 8);
    for (std::size_t row = 0; row < 2; ++row)
        std::copy(w[row].begin(), w[row].end(), weight.row(static_cast<std::int64_t>(row)));
    const Int8Rows rows = quantizeInt8Rows(weight);
    QVERIFY(rows.scales == expected["SCB"].get<std::vector<float>>());
    for (std::size_t i = 0; i < 16; ++i)
        QCOMPARE(int(rows.codes[i]), expected["weight"][i / 8][i % 8].get<int>());
    QCOMPARE(dequantize(rows).row(0)[5], 0.703125F);
    const Int8Rows zero = quantizeInt8Rows(Matrix(1, 8));
    QCOMPARE(zero.scales[0], 0.F);
    QCOMPARE(int(zero.codes[3]), 0);
}

void TestWeightFormats::hqq()
{
    // Weights with heavy tails, where forgiving outliers pays.
    Matrix weight = randomWeight(64, 256, 8);
    for (std::size_t i = 0; i < weight.values.size(); i += 37)
        weight.values[i] *= 4;
    const GroupScheme scheme {4, 64, false, true};
    const auto lpError = [&](const Matrix &other) {
        double sum = 0;
        for (std::size_t i = 0; i < weight.values.size(); ++i)
            sum += std::pow(std::fabs(double(weight.values[i]) - double(other.values[i])), 0.7);
        return sum;
    };
    const double rounded = lpError(dequantize(quantizeRtn(weight, scheme, awqParams)));
    HqqOptions options;
    QVERIFY(lpError(dequantize(quantizeHqq(weight, scheme, options))) <= rounded);
    options.hasWholeZeros = false;
    const double real = lpError(dequantize(quantizeHqq(weight, scheme, options)));
    QVERIFY2(real < 0.98 * rounded, qPrintable(QString("%1 of %2").arg(real).arg(rounded)));
}

void TestWeightFormats::schemes()
{
    QVERIFY(checkScheme({4, 128, true, true}).ok() && checkScheme({2, -1, true, true}).ok());
    QVERIFY(!checkScheme({1, 128, true, true}).ok() && !checkScheme({9, 128, true, true}).ok());
    QVERIFY(!checkScheme({4, 0, true, true}).ok() && !checkScheme({4, -2, true, true}).ok());
    // More bits and smaller groups are nearer; a group of -1 is the whole row.
    const Matrix weight = randomWeight(32, 256, 4);
    double last = 1e9;
    for (const int bits : {2, 3, 4, 5, 6, 8}) {
        const double error = squaredError(weight, dequantize(quantizeRtn(weight, {bits, 64, true, true})));
        QVERIFY(error < last / 2);
        last = error;
    }
    const GroupedWeights whole = quantizeRtn(weight, {4, -1, true, true});
    QCOMPARE(whole.scales.cols, 1);
    QVERIFY(squaredError(weight, dequantize(whole))
            > squaredError(weight, dequantize(quantizeRtn(weight, {4, 32, true, true}))));
    // 2 absmax / 15 and the zero in the middle; without negative weights, too.
    const std::vector<float> positive {0.5F, 1.5F};
    const GroupParams params = gptqParams(positive, {4, 2, true, false});
    QCOMPARE(params.scale, 0.2F);
    QCOMPARE(params.zero, 8.F);
    // One outlier of nine: shrinking the range pays in sum |e|^2.4.
    std::vector<float> outlier(64, 0.11F);
    outlier[5] = 1;
    QVERIFY(gptqParamsByError(outlier, {3, 64, true, false}).scale
            < gptqParams(outlier, {3, 64, true, false}).scale);
}

void TestWeightFormats::zeroWeights()
{
    const Matrix weight(32, 64);
    QVERIFY(dequantize(quantizeRtn(weight, {4, 32, true, true})).values == weight.values);
    QVERIFY(dequantize(quantizeRtn(weight, {4, 32, false, true}, awqParams)).values == weight.values);
    QVERIFY(dequantize(quantizeHqq(weight, {4, 32, false, true})).values == weight.values);
    QVERIFY(quantizeTable(weight.values, TableKind::Fp4, true).absMax == std::vector<float>(32, 0.F));
}

QTEST_APPLESS_MAIN(TestWeightFormats)
#include "tst_weightformats.moc"
