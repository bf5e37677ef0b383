// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/sha256.h"
#include "core/llm/ggmlhalf.h"
#include "core/llm/ggmltype.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace qs;

namespace {

/// Bytes that ggml_quantize_chunk made of the rows that the file's note describes.
const nlohmann::json &golden()
{
    static const nlohmann::json json = [] {
        const auto text = readFile(std::string(QS_SOURCE_DIR) + "/tests/cases/ggml/blocks.json");
        return text.ok() ? nlohmann::json::parse(*text) : nlohmann::json();
    }();
    return json;
}

std::vector<float> goldenRow()
{
    std::vector<float> x(256);
    for (int i = 0; i < 256; ++i)
        x[static_cast<std::size_t>(i)] = static_cast<float>((i * 37 + 11) % 101 - 50) / 64.F;
    return x;
}
std::vector<float> goldenImportance()
{
    std::vector<float> q(256);
    for (int i = 0; i < 256; ++i)
        q[static_cast<std::size_t>(i)] = static_cast<float>(1 + i % 7);
    return q;
}

std::string hexOf(std::span<const std::byte> bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()))
        .toHex()
        .toStdString();
}

std::vector<std::byte> quantized(const GgmlTraits &traits, const std::vector<float> &x,
                                 std::int64_t rowLength, const float *importance = nullptr)
{
    const auto size = static_cast<std::int64_t>(x.size());
    std::vector<std::byte> bytes(static_cast<std::size_t>(traits.bytesFor(size)));
    traits.quantize(x.data(), bytes.data(), size / rowLength, rowLength, importance);
    return bytes;
}

std::vector<float> dequantized(const GgmlTraits &traits, const std::vector<std::byte> &bytes)
{
    const auto blocks = static_cast<std::int64_t>(bytes.size()) / traits.blockBytes;
    std::vector<float> x(static_cast<std::size_t>(blocks * traits.blockElements));
    traits.dequantize(bytes.data(), x.data(), static_cast<std::int64_t>(x.size()));
    return x;
}

/// Sum of w * error^2, or of error^2.
double squareError(const std::vector<float> &x, const std::vector<float> &y, const std::vector<float> &w = {})
{
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        sum += (w.empty() ? 1.0 : double(w[i % w.size()])) * std::pow(double(x[i]) - double(y[i]), 2);
    return sum;
}

std::vector<float> normalValues(std::size_t size, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0.F, 0.05F);
    std::vector<float> x(size);
    std::generate(x.begin(), x.end(), [&] { return normal(generator); });
    return x;
}

const GgmlTraits &traitsOf(const char *name)
{
    return *findGgmlType(std::string_view(name));
}

} // namespace

class tst_Ggml : public QObject
{
    Q_OBJECT
private slots:
    void goldenBlocks_data();
    void goldenBlocks();
    void handMadeBlocks_data();
    void handMadeBlocks();
    void bytesRoundHalfAwayFromZero();
    void sixBitScales();
    void zerosStayZero();
    void signOfZeroMinimum();
    void rowsAreIndependent();
    void errorFallsWithBits();
    void importanceLowersWeightedError();
    void halves();
    void bfloats();
    void types();
    void soundness();
};

void tst_Ggml::goldenBlocks_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<bool>("isWeighted");
    QCOMPARE(golden()["types"].size(), std::size_t {20});
    for (const auto &[key, value] : golden()["types"].items()) {
        const QString name = QString::fromStdString(key);
        QTest::newRow(key.c_str()) << name.section('+', 0, 0) << name.endsWith("+imatrix");
    }
}

void tst_Ggml::goldenBlocks()
{
    QFETCH(QString, type);
    QFETCH(bool, isWeighted);
    const GgmlTraits *traits = findGgmlType(std::string_view(type.toStdString()));
    QVERIFY(traits);
    const auto &expected = golden()["types"][(isWeighted ? type + "+imatrix" : type).toStdString()];
    const std::vector<float> importance = goldenImportance();
    const auto bytes = quantized(*traits, goldenRow(), 256, isWeighted ? importance.data() : nullptr);
    QCOMPARE(hexOf(bytes), expected["hex"].get<std::string>());
    if (isWeighted)
        return;
    const std::vector<float> back = dequantized(*traits, bytes);
    const auto text = std::string_view(reinterpret_cast<const char *>(back.data()), back.size() * 4);
    QCOMPARE(sha256Hex(text), expected["dequant_f32_le_sha256"].get<std::string>());
}

void tst_Ggml::handMadeBlocks_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<float>("first");
    QTest::addColumn<float>("step");
    QTest::addColumn<QString>("hex");
    // x[i] = first + step * (i % 16) + (i >= 16 ? half of the range : 0), worked out by hand from gguf.md.
    // Q4_0: -8 is the peak, d = 1 (3c00), code = x + 8 = i % 16: nibbles i | i << 4.
    QTest::newRow("Q4_0") << "Q4_0" << -8.F << 1.F << "003c00112233445566778899aabbccddeeff";
    // Q4_1: min -8, max 7, d = 1, m = -8 (c800), codes as above.
    QTest::newRow("Q4_1") << "Q4_1" << -8.F << 1.F << "003c00c800112233445566778899aabbccddeeff";
    // Q5_0: -16 … -1 and 0 … 15: peak -16, d = 1, codes i; the second half has bit 4: qh = ffff0000.
    QTest::newRow("Q5_0") << "Q5_0" << -16.F << 1.F << "003c0000ffff00112233445566778899aabbccddeeff";
    // Q5_1: 0 … 15.5 in halves: d = 0.5 (3800), m = 0.
    QTest::newRow("Q5_1") << "Q5_1" << 0.F << 0.5F << "003800000000ffff00112233445566778899aabbccddeeff";
}

void tst_Ggml::handMadeBlocks()
{
    QFETCH(QString, type);
    QFETCH(float, first);
    QFETCH(float, step);
    QFETCH(QString, hex);
    std::vector<float> x(32);
    for (std::size_t i = 0; i < 32; ++i) {
        const bool isSecond = i >= 16 && type.startsWith("Q5");
        x[i] = first + step * static_cast<float>(i % 16 + (isSecond ? 16 : 0));
    }
    const GgmlTraits &traits = *findGgmlType(std::string_view(type.toStdString()));
    const auto bytes = quantized(traits, x, 32);
    QCOMPARE(QString::fromStdString(hexOf(bytes)), hex);
    QVERIFY(dequantized(traits, bytes) == x);
}

void tst_Ggml::bytesRoundHalfAwayFromZero()
{
    std::vector<float> x(32, 0.F); // d = 1, so codes are the rounded values
    x[0] = 127.F;
    x[1] = 0.5F;
    x[2] = -0.5F;
    x[3] = 2.5F;
    x[4] = -2.5F;
    x[5] = 0.49999997F;
    x[6] = -126.5F;
    QCOMPARE(hexOf(quantized(traitsOf("Q8_0"), x, 32)),
             "003c"
             "7f01ff03fd0081"
                 + std::string(50, '0'));
}

void tst_Ggml::sixBitScales()
{
    // Scale s_j and minimum m_j of group j, chosen so that every bit of the 12 bytes matters.
    const int scales[8] = {1, 2, 33, 63, 17, 34, 51, 60};
    const int minima[8] = {5, 0, 62, 21, 49, 18, 3, 40};
    std::vector<std::byte> block(144, std::byte {0x71}); // codes 1 (even groups) and 7 (odd groups)
    const unsigned char head[4] = {0x00, 0x38, 0x00, 0x34}; // d = 0.5, dmin = 0.25
    std::memcpy(block.data(), head, 4);
    for (int j = 0; j < 4; ++j) {
        block[std::size_t(4 + j)] = std::byte(scales[j] | (scales[j + 4] >> 4) << 6);
        block[std::size_t(8 + j)] = std::byte(minima[j] | (minima[j + 4] >> 4) << 6);
        block[std::size_t(12 + j)] = std::byte((scales[j + 4] & 15) | (minima[j + 4] & 15) << 4);
    }
    const std::vector<float> x = dequantized(traitsOf("Q4_K"), block);
    for (std::size_t i = 0; i < 256; ++i) {
        const std::size_t j = i / 32;
        const double expected = 0.5 * scales[j] * (j % 2 ? 7 : 1) - 0.25 * minima[j];
        QCOMPARE(double(x[i]), expected);
    }
}

void tst_Ggml::zerosStayZero()
{
    for (const GgmlTraits &traits : ggmlTypes()) {
        if (!traits.quantize)
            continue;
        const std::vector<float> zeros(512, 0.F);
        std::vector<float> importance(512, 1.F);
        for (const float *weights : {static_cast<const float *>(nullptr), std::as_const(importance).data()}) {
            const auto bytes = quantized(traits, zeros, 512, weights);
            QVERIFY2(dequantized(traits, bytes) == zeros, traits.name.data());
            QVERIFY(isFinite(traits, bytes));
        }
        // Columns without any importance must not make anything but finite numbers.
        importance.assign(512, 0.F);
        const auto bytes = quantized(traits, normalValues(512, 1), 512, importance.data());
        QVERIFY2(isFinite(traits, bytes), traits.name.data());
    }
}

void tst_Ggml::signOfZeroMinimum()
{
    // The minimum is the first of the zeros: -0 is stored as 8000.
    std::vector<float> x(32, 1.F);
    x[3] = -0.F;
    x[5] = 0.F;
    QCOMPARE(hexOf(quantized(traitsOf("Q4_1"), x, 32)).substr(4, 4), std::string("0080"));
    std::swap(x[3], x[5]);
    QCOMPARE(hexOf(quantized(traitsOf("Q4_1"), x, 32)).substr(4, 4), std::string("0000"));
}

void tst_Ggml::rowsAreIndependent()
{
    for (const GgmlTraits &traits : ggmlTypes()) {
        if (!traits.quantize)
            continue;
        const std::size_t row = traits.blockElements == 256 ? 768 : 352; // not a multiple of eight blocks
        const std::vector<float> x = normalValues(3 * row, 7);
        std::vector<float> importance = normalValues(row, 8);
        for (float &v : importance)
            v = std::abs(v);
        const auto together = quantized(traits, x, std::int64_t(row), importance.data());
        std::vector<std::byte> alone;
        for (std::size_t r = 0; r < 3; ++r) {
            const std::vector<float> one(x.begin() + std::ptrdiff_t(r * row),
                                         x.begin() + std::ptrdiff_t((r + 1) * row));
            const auto bytes = quantized(traits, one, std::int64_t(row), importance.data());
            alone.insert(alone.end(), bytes.begin(), bytes.end());
        }
        QVERIFY2(together == alone, traits.name.data());
    }
}

void tst_Ggml::errorFallsWithBits()
{
    const std::vector<float> x = normalValues(1 << 16, 3);
    double power = 0;
    for (const float v : x)
        power += double(v) * double(v);
    const auto relative = [&](const char *name) {
        const GgmlTraits &traits = traitsOf(name);
        return squareError(x, dequantized(traits, quantized(traits, x, 512))) / power;
    };
    // A uniform grid of b bits over +-range has an error of range^2 / (3 * 4^b); these types are finer than
    // one of their bits over the range of 256 normal values (about 3 sigma) and coarser than one of a bit
    // more.
    const auto uniform = [](double bits) { return 9.0 / 3.0 / std::pow(4.0, bits); };
    const struct
    {
        const char *name;
        double bits;
    } types[] = {{"Q2_K", 2}, {"Q3_K", 3}, {"Q4_K", 4}, {"Q5_K", 5}, {"Q6_K", 6}, {"Q8_0", 8}};
    for (const auto &type : types) {
        const double error = relative(type.name);
        QVERIFY2(error < uniform(type.bits), type.name);
        QVERIFY2(error > uniform(type.bits + 1.5), type.name);
    }
    QVERIFY(relative("Q4_K") < relative("Q4_1"));
    QVERIFY(relative("Q4_1") < relative("Q4_0"));
    QVERIFY(relative("Q5_1") < relative("Q5_0"));
    // Rounding to n significant bits errs by 2^-n of the number at most.
    for (const auto &[name, bits] : {std::pair {"F16", 11}, std::pair {"BF16", 8}}) {
        const auto back = dequantized(traitsOf(name), quantized(traitsOf(name), x, 512));
        for (std::size_t i = 0; i < x.size(); ++i)
            QVERIFY(std::abs(x[i] - back[i]) <= std::max(std::ldexp(std::abs(x[i]), -bits), 0x1p-25F));
    }
    QVERIFY(dequantized(traitsOf("F32"), quantized(traitsOf("F32"), x, 512)) == x);
}

void tst_Ggml::importanceLowersWeightedError()
{
    const std::vector<float> x = normalValues(1 << 15, 4);
    std::vector<float> importance = normalValues(512, 5);
    for (float &v : importance)
        v = v * v * v * v + 1e-9F; // a few columns matter most
    for (const char *name : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"}) {
        const GgmlTraits &traits = traitsOf(name);
        const auto plain = dequantized(traits, quantized(traits, x, 512));
        const auto weighted = dequantized(traits, quantized(traits, x, 512, importance.data()));
        QVERIFY2(squareError(x, weighted, importance) < squareError(x, plain, importance), name);
    }
}

void tst_Ggml::halves()
{
    for (unsigned bits = 0; bits < 0x7C00; ++bits) {
        const int exponent = static_cast<int>(bits >> 10);
        const double value = exponent == 0 ? std::ldexp(double(bits & 1023), -24)
                                           : std::ldexp(double(1024 + (bits & 1023)), exponent - 25);
        const auto half = static_cast<std::uint16_t>(bits);
        QCOMPARE(double(floatFromHalf(half)), value);
        QCOMPARE(halfFromFloat(static_cast<float>(value)), half);
        QCOMPARE(halfFromFloat(static_cast<float>(-value)), static_cast<std::uint16_t>(bits | 0x8000));
        // Half way to the next one (65536 after the last): to the even one; a hair beyond: to the nearer one.
        const double next = bits == 0x7BFF ? 65536.0 : double(floatFromHalf(std::uint16_t(bits + 1)));
        const auto middle = static_cast<float>((value + next) / 2);
        QCOMPARE(halfFromFloat(middle), static_cast<std::uint16_t>(bits + (bits & 1)));
        QCOMPARE(halfFromFloat(std::nextafter(middle, 0.F)), half);
        QCOMPARE(halfFromFloat(std::nextafter(middle, 1e9F)), static_cast<std::uint16_t>(bits + 1));
    }
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    QCOMPARE(floatFromHalf(0x7C00), kInfinity);
    QCOMPARE(floatFromHalf(0xFC00), -kInfinity);
    QVERIFY(std::isnan(floatFromHalf(0x7C01)));
    QCOMPARE(halfFromFloat(kInfinity), std::uint16_t {0x7C00});
    QCOMPARE(halfFromFloat(1e30F), std::uint16_t {0x7C00});
    QCOMPARE(halfFromFloat(std::numeric_limits<float>::quiet_NaN()), std::uint16_t {0x7E00});
    QCOMPARE(halfFromFloat(std::numeric_limits<float>::denorm_min()), std::uint16_t {0});
}

void tst_Ggml::bfloats()
{
    QCOMPARE(bfloatFromFloat(1.F), std::uint16_t {0x3F80});
    QCOMPARE(bfloatFromFloat(std::bit_cast<float>(0x3F808000U)), std::uint16_t {0x3F80}); // tie, to even
    QCOMPARE(bfloatFromFloat(std::bit_cast<float>(0x3F818000U)), std::uint16_t {0x3F82});
    QCOMPARE(bfloatFromFloat(std::bit_cast<float>(0x3F808001U)), std::uint16_t {0x3F81});
    QCOMPARE(bfloatFromFloat(std::bit_cast<float>(0x7F7FFFFFU)), std::uint16_t {0x7F80}); // to infinity
    QCOMPARE(bfloatFromFloat(std::bit_cast<float>(0xFF800000U)), std::uint16_t {0xFF80});
    QVERIFY(std::isnan(floatFromBfloat(bfloatFromFloat(std::bit_cast<float>(0x7F800001U)))));
    QCOMPARE(floatFromBfloat(0xC040), -3.F);
}

void tst_Ggml::types()
{
    QCOMPARE(traitsOf("q4_k").name, std::string_view("Q4_K"));
    QVERIFY(traitsOf("BF16").type == GgmlType::BF16);
    QVERIFY(!findGgmlType(std::string_view("Q4")));
    for (const std::uint32_t dead : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U, 43U, 0xFFFFFFFFU})
        QVERIFY(!findGgmlType(dead));
    // Bits per weight, from the table of the file format.
    const std::pair<const char *, double> bits[]
        = {{"F32", 32},   {"F16", 16},   {"BF16", 16},     {"Q4_0", 4.5},   {"Q4_1", 5},
           {"Q5_0", 5.5}, {"Q5_1", 6},   {"Q8_0", 8.5},    {"Q2_K", 2.625}, {"Q3_K", 3.4375},
           {"Q4_K", 4.5}, {"Q5_K", 5.5}, {"Q6_K", 6.5625}, {"IQ4_NL", 4.5}, {"IQ4_XS", 4.25}};
    for (const auto &[name, expected] : bits)
        QCOMPARE(traitsOf(name).bitsPerWeight(), expected);
    QCOMPARE(traitsOf("Q6_K").bytesFor(512), std::int64_t {420});
}

void tst_Ggml::soundness()
{
    for (const GgmlTraits &traits : ggmlTypes()) {
        if (!traits.quantize)
            continue;
        auto bytes = quantized(traits, normalValues(512, 9), 512);
        QVERIFY2(isFinite(traits, bytes), traits.name.data());
        if (!traits.isQuantized)
            continue;
        for (const std::int64_t at : traits.scaleAt) {
            if (at < 0)
                continue;
            auto damaged = bytes;
            const auto last = static_cast<std::size_t>(std::int64_t(bytes.size()) - traits.blockBytes + at);
            damaged[last] = std::byte {0};
            damaged[last + 1] = std::byte {0xFC};
            QVERIFY2(!isFinite(traits, damaged), traits.name.data());
        }
    }
    const std::vector<float> infinite {1.F, std::numeric_limits<float>::infinity()};
    QVERIFY(!isFinite(traitsOf("F32"), std::as_bytes(std::span(infinite))));
    QVERIFY(!isFinite(traitsOf("F16"), quantized(traitsOf("F16"), infinite, 2)));
    QVERIFY(!isFinite(traitsOf("BF16"), quantized(traitsOf("BF16"), infinite, 2)));
}

QTEST_APPLESS_MAIN(tst_Ggml)
#include "tst_ggml.moc"
