// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/quantmath.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

using namespace qs;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct LimitCase
{
    QuantScheme scheme;
    QuantLimits limits;
    std::int32_t middle;
};

template <typename T> void compareWithScalar(ScaleZeroPoint params, QuantLimits limits)
{
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(-300 * params.scale, 300 * params.scale);
    for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 1000U}) {
        std::vector<float> x(size);
        for (std::size_t i = 0; i < size; ++i)
            x[i] = i % 3 == 0 ? (float(i % 500) - 250.5F) * params.scale : uniform(random);
        const std::vector<float> special {kNan, -kNan, kInf, -kInf, -0.F, 3e38F, -3e38F, 1e-42F};
        std::copy_n(special.begin(), std::min(size, special.size()), x.begin());
        std::vector<T> q(size);
        quantizeTo(x, params, limits, std::span<T>(q));
        std::vector<float> back(size);
        dequantizeTo(std::span<const T>(q), params, back);
        for (std::size_t i = 0; i < size; ++i) {
            QCOMPARE(int(q[i]), quantize(x[i], params, limits));
            QCOMPARE(back[i], dequantize(q[i], params));
        }
    }
}

} // namespace

class TestQuantMath : public QObject
{
    Q_OBJECT
private slots:
    void limits()
    {
        const std::vector<LimitCase> cases {
            {{DType::UInt8, false}, {0, 255}, 0},
            {{DType::UInt8, true}, {1, 255}, 128},
            {{DType::UInt8, false, 7}, {0, 127}, 0},
            {{DType::UInt8, true, 7}, {1, 127}, 64},
            {{DType::Int8, false}, {-128, 127}, 0},
            {{DType::Int8, true}, {-127, 127}, 0},
            {{DType::Int8, false, 7}, {-64, 64}, 0},
            {{DType::Int8, true, 7}, {-64, 64}, 0},
            {{DType::UInt8, false, 4}, {0, 15}, 0},
            {{DType::UInt8, true, 4}, {1, 15}, 8},
            {{DType::Int8, false, 4}, {-8, 7}, 0},
            {{DType::Int8, true, 4}, {-7, 7}, 0},
            {{DType::Int8, false, 2}, {-2, 1}, 0},
            {{DType::Int8, true, 2}, {-1, 1}, 0},
            {{DType::UInt8, true, 2}, {1, 3}, 2},
            {{DType::Int8, true, 8}, {-127, 127}, 0},
            {{DType::UInt16, false}, {0, 65535}, 0},
            {{DType::UInt16, true}, {1, 65535}, 32768},
            {{DType::Int16, false}, {-32768, 32767}, 0},
            {{DType::Int16, true}, {-32767, 32767}, 0},
            {{DType::Int16, true, 15}, {-16384, 16384}, 0},
            {{DType::UInt4, false}, {0, 15}, 0},
            {{DType::UInt4, true}, {1, 15}, 8},
            {{DType::Int4, false}, {-8, 7}, 0},
            {{DType::Int4, true}, {-7, 7}, 0},
            {{DType::Int4, false, 3}, {-4, 3}, 0},
            {{DType::Int4, true, 3}, {-3, 3}, 0},
            {{DType::Int32, false}, {INT32_MIN, INT32_MAX}, 0},
            {{DType::Int32, true}, {-INT32_MAX, INT32_MAX}, 0},
        };
        for (const LimitCase &c : cases) {
            QCOMPARE(limitsOf(c.scheme).min, c.limits.min);
            QCOMPARE(limitsOf(c.scheme).max, c.limits.max);
            QCOMPARE(bitsOf(limitsOf(c.scheme)), bitsOf(c.scheme));
            const ScaleZeroPoint symmetric = chooseScale({-1, 0.5F}, {c.scheme.type, true, c.scheme.bits});
            if (c.scheme.symmetric) {
                QCOMPARE(symmetric.zeroPoint, c.middle);
                // Both ends are representable without clipping.
                QCOMPARE(quantize(-1, symmetric, c.limits), c.limits.min);
                QCOMPARE(quantize(1, symmetric, c.limits), c.limits.max);
            }
        }
        QCOMPARE(typeLimits(DType::UInt8).max, 255);
        QCOMPARE(typeLimits(DType::Int4).min, -8);
    }

    // Expected values: onnxruntime.quantization.quant_utils.compute_scale_zp (1.23), by hand where it
    // differs.
    void scales()
    {
        const QuantScheme u8;
        const QuantScheme s8 {DType::Int8, true};
        QCOMPARE(chooseScale({-1, 3}, u8), (ScaleZeroPoint {float(4.0 / 255), 64})); // 63.75
        QCOMPARE(chooseScale({0, 6}, u8), (ScaleZeroPoint {float(6.0 / 255), 0}));
        QCOMPARE(chooseScale({2, 6}, u8), (ScaleZeroPoint {float(6.0 / 255), 0})); // widened to 0
        QCOMPARE(chooseScale({-6, -2}, u8), (ScaleZeroPoint {float(6.0 / 255), 255}));
        QCOMPARE(chooseScale({-1, 3}, {DType::Int8, false}), (ScaleZeroPoint {float(4.0 / 255), -64}));
        QCOMPARE(chooseScale({-3, 2}, s8), (ScaleZeroPoint {float(3.0 / 127), 0}));
        QCOMPARE(chooseScale({-3, 2}, {DType::UInt8, true}), (ScaleZeroPoint {float(3.0 / 127), 128}));
        QCOMPARE(chooseScale({-1, 3}, {DType::UInt16, false}),
                 (ScaleZeroPoint {float(4.0 / 65535), 16384})); // 16383.75
        // Four bits: 15 steps from end to end, 14 when symmetric.
        QCOMPARE(chooseScale({-1, 3}, {DType::UInt8, false, 4}),
                 (ScaleZeroPoint {float(4.0 / 15), 4})); // 3.75
        QCOMPARE(chooseScale({-1, 3}, {DType::Int8, false, 4}), (ScaleZeroPoint {float(4.0 / 15), -4}));
        QCOMPARE(chooseScale({-3, 2}, {DType::Int8, true, 4}), (ScaleZeroPoint {float(3.0 / 7), 0}));
        QCOMPARE(chooseScale({-3, 2}, {DType::UInt8, true, 4}), (ScaleZeroPoint {float(3.0 / 7), 8}));
        // A tie of the zero point goes to the even code: -min/s = 127.5 and 0.5.
        QCOMPARE(chooseScale({-1, 1}, u8).zeroPoint, 128);
        QCOMPARE(chooseScale({-1, 509}, u8).zeroPoint, 0);
        // The whole float range: the difference overflows float32, not double.
        QCOMPARE(
            chooseScale({std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()}, u8).scale,
            float(2.0 * double(std::numeric_limits<float>::max()) / 255));
    }

    void degenerateRanges()
    {
        const QuantScheme symmetric {DType::UInt8, true};
        for (const Range range : {Range {0, 0}, Range {kNan, 1}, Range {0, kNan}, Range {-kInf, 1},
                                  Range {0, kInf}, Range {-1e-42F, 1e-42F}}) {
            QCOMPARE(chooseScale(range, {}), (ScaleZeroPoint {1.F, 0}));
            QCOMPARE(chooseScale(range, symmetric), (ScaleZeroPoint {1.F, 128}));
            QCOMPARE(chooseScale(range, {DType::Int8, true}), (ScaleZeroPoint {1.F, 0}));
        }
        QVERIFY(chooseScale({0, 1e-35F}, {}).scale >= std::numeric_limits<float>::min());
    }

    void roundingIsHalfToEven()
    {
        const ScaleZeroPoint params {0.5F, 10};
        const QuantLimits limits {0, 255};
        QCOMPARE(quantize(0.25F, params, limits), 10); // 0.5 -> 0
        QCOMPARE(quantize(0.75F, params, limits), 12); // 1.5 -> 2
        QCOMPARE(quantize(1.25F, params, limits), 12); // 2.5 -> 2
        QCOMPARE(quantize(-0.75F, params, limits), 8);
        QCOMPARE(quantize(1.75F, params, {0, 15}), 14); // 3.5 -> 4
        QCOMPARE(quantize(4.F, params, {0, 15}), 15); // 18
        QCOMPARE(quantize(1e30F, params, limits), 255);
        QCOMPARE(quantize(-kInf, params, limits), 0);
        QCOMPARE(quantize(kNan, params, limits), 10);
        QCOMPARE(quantize(3e9F, {1.F, 0}, typeLimits(DType::Int32)), INT32_MAX);
        QCOMPARE(quantize(-3e9F, {1.F, 0}, typeLimits(DType::Int32)), INT32_MIN);
        QCOMPARE(dequantize(INT32_MIN, {1.F, 1}), -2147483648.F);
    }

    void narrowing()
    {
        QCOMPARE(bitsOf(QuantScheme {DType::Int8, true}), 8);
        QCOMPARE(bitsOf(QuantScheme {DType::Int8, true, 4}), 4);
        QCOMPARE(withBits({DType::Int8, true}, 8), (QuantScheme {DType::Int8, true, 0}));
        QCOMPARE(withBits({DType::Int8, true}, 7), (QuantScheme {DType::Int8, true, 7}));
        QCOMPARE(withBits({DType::Int8, true, 7}, 4), (QuantScheme {DType::Int8, true, 4}));
        QCOMPARE(withBits({DType::Int8, true, 4}, 7), (QuantScheme {DType::Int8, true, 4}));
    }

    void vectorsEqualScalars()
    {
        compareWithScalar<std::int8_t>({0.037F, 0}, {-127, 127});
        compareWithScalar<std::int8_t>({1.F, -128}, {-128, 127});
        compareWithScalar<std::int8_t>({0.1F, 5}, {-64, 64});
        compareWithScalar<std::uint8_t>({0.037F, 128}, {1, 255});
        compareWithScalar<std::uint8_t>({0.5F, 0}, {0, 255});
        compareWithScalar<std::uint8_t>({1e-38F, 255}, {0, 255});
    }

    void zeroIsAlwaysExact()
    {
        std::mt19937 random(3);
        std::uniform_real_distribution<float> uniform(-10, 10);
        for (int i = 0; i < 1000; ++i) {
            const float a = uniform(random);
            const float b = uniform(random);
            for (const QuantScheme scheme :
                 {QuantScheme {}, QuantScheme {DType::Int8, true, 7}, QuantScheme {DType::Int16, false},
                  QuantScheme {DType::Int4, false, 3}, QuantScheme {DType::UInt8, false, 4},
                  QuantScheme {DType::Int8, false, 4}, QuantScheme {DType::UInt8, true, 4},
                  QuantScheme {DType::UInt4, true}}) {
                const ScaleZeroPoint params = chooseScale({std::min(a, b), std::max(a, b)}, scheme);
                const QuantLimits limits = limitsOf(scheme);
                QVERIFY(params.zeroPoint >= limits.min && params.zeroPoint <= limits.max);
                QCOMPARE(dequantize(quantize(0, params, limits), params), 0.F);
                // Inside the range nothing is off by more than half a step (a whole one at an end that the
                // rounding of the zero point moved).
                const float back = dequantize(quantize(a, params, limits), params);
                QVERIFY(std::abs(back - a) <= params.scale * 1.0001F);
            }
        }
    }

    void extents()
    {
        QCOMPARE(extentOf({}).finite, 0U);
        for (const std::size_t size : {1U, 5U, 64U, 1000U, 5000U}) {
            std::vector<float> x(size, -1.5F);
            x[size / 2] = -7;
            x[size - 1] = size > 1 ? 2.25F : -7;
            Extent extent = extentOf(x);
            QCOMPARE(extent.range, (Range {-7, size > 1 ? 2.25F : -7}));
            QCOMPARE(extent.finite, size);
            x[0] = kInf;
            if (size < 5)
                continue;
            x[1] = -kNan;
            x[3] = -kInf;
            extent = extentOf(x);
            QCOMPARE(extent.range, (Range {-7, 2.25F}));
            QCOMPARE(extent.finite, size - 3);
            QCOMPARE(extent.nan, 1U);
            QCOMPARE(extent.infinite, 2U);
        }
        const Extent none = extentOf(std::vector<float> {kNan, kInf});
        QCOMPARE(none.range, (Range {0, 0}));
        QCOMPARE(none.finite, 0U);
        const Extent edge = extentOf(std::vector<float> {std::numeric_limits<float>::lowest(), -0.F, 1e-45F});
        QCOMPARE(edge.range, (Range {std::numeric_limits<float>::lowest(), 1e-45F}));
        QVERIFY(!std::signbit(extentOf(std::vector<float> {-0.F}).range.min));
    }

    void bias()
    {
        int saturated = -1;
        const std::vector<float> values {1.F, -0.25F, 1e6F, kNan};
        const std::vector<float> scales {0.5F, 0.1F, 1e-9F, 1.F};
        QCOMPARE(quantizeBias(values, 0.5F, scales, saturated),
                 (std::vector<std::int32_t> {4, -5, INT32_MAX, 0}));
        QCOMPARE(saturated, 1);
        // One scale for all; 2.5 goes to the even neighbour.
        const std::vector<float> one {0.5F};
        QCOMPARE(quantizeBias(std::vector<float> {0.625F, 0.875F}, 0.5F, one, saturated),
                 (std::vector<std::int32_t> {2, 4}));
        QCOMPARE(saturated, 0);
        const std::vector<float> nothing {0.F};
        QCOMPARE(quantizeBias(std::vector<float> {0.F, -1.F}, 0.5F, nothing, saturated),
                 (std::vector<std::int32_t> {0, INT32_MIN}));
        QCOMPARE(saturated, 1);
    }
};

QTEST_GUILESS_MAIN(TestQuantMath)
#include "tst_quantmath.moc"
