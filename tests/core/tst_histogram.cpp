// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/histogram.h"
#include "core/tensor/pickvalues.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <numeric>
#include <random>

using namespace qs;

namespace {

Histogram histogramOf(std::span<const float> x)
{
    Histogram histogram;
    histogram.add(x);
    return histogram;
}

std::vector<float> gaussian(std::size_t size, float sigma = 1, std::uint32_t seed = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, sigma);
    std::vector<float> x(size);
    std::generate(x.begin(), x.end(), [&] { return normal(random); });
    return x;
}

/// Checks every count against a plain loop over the values, in double.
void checkCounts(const Histogram &histogram, std::span<const float> x)
{
    std::vector<std::uint64_t> expected(Histogram::kBins, 0);
    std::uint64_t finite = 0;
    for (const float v : x) {
        if (!std::isfinite(v))
            continue;
        ++finite;
        const double u = double(v) / histogram.binWidth();
        const double bin = v < 0 ? -1 - std::floor(-u) : std::floor(u);
        const double place = bin - histogram.lowerEdge() / histogram.binWidth();
        QVERIFY(place >= 0 && place < Histogram::kBins);
        ++expected[static_cast<std::size_t>(place)];
    }
    QCOMPARE(histogram.total(), finite);
    QCOMPARE(histogram.counts(), expected);
    QCOMPARE(histogram.extent(), extentOf(x).range);
}

} // namespace

class TestHistogram : public QObject
{
    Q_OBJECT
private slots:
    // Lengths around those of a vector; NaN, infinities and the ends of the range among the values.
    void picksValues()
    {
        constexpr float kInf = std::numeric_limits<float>::infinity();
        const Range range {-1.F, 1.5F};
        for (const std::size_t size : {0, 1, 15, 16, 17, 63, 64, 65, 200}) {
            std::vector<float> x = gaussian(size, 1.5F, static_cast<std::uint32_t>(size));
            const float special[] = {std::nanf(""), range.min, kInf, range.max, -kInf};
            for (std::size_t i = 0; i < std::size(special) && i * 13 < size; ++i)
                x[i * 13] = special[i];
            std::vector<float> outside;
            std::vector<float> inside;
            for (const float v : x) {
                if (v < range.min || v > range.max)
                    outside.push_back(v);
                else if (!std::isnan(v))
                    inside.push_back(v);
            }
            std::vector<float> out(size + kPickSlack);
            const auto picked = [&](std::size_t count) {
                return std::vector<float>(out.begin(), out.begin() + std::ptrdiff_t(count));
            };
            QCOMPARE(picked(pickOutside(x.data(), size, range, out.data())), outside);
            QCOMPARE(picked(pickInside(x.data(), size, range, out.data())), inside);
        }
    }

    // The extremes are in the bulk and hardly ever in a sample of it.
    void samplesReachTheExtent()
    {
        std::vector<float> x(64 * 1024, 0.5F);
        x[777] = -1.F;
        x[7'777] = 2.F;
        Histogram histogram;
        histogram.add(x, extentOf(x), {32, {-10.F, 10.F}, 1, {}});
        QCOMPARE(histogram.extent(), (Range {-1.F, 2.F}));
        QCOMPARE(histogram.total(), std::uint64_t(64 * 1024 + 2));
        const auto again = Histogram::fromJson(histogram.toJson());
        QVERIFY2(again.ok(), again.ok() ? "" : again.error().message().c_str());
        QVERIFY(*again == histogram);
    }

    // Parts whose extent is known are looked through only where they reach beyond the bulk.
    void samplesByParts()
    {
        std::vector<float> x = gaussian(64 * 1024);
        for (std::size_t i = 0; i < 8; ++i)
            x[5 * 1024 + i * 100] = 50.F + float(i);
        x.back() = -60.F;
        std::vector<Range> parts;
        for (std::size_t i = 0; i < 64; ++i)
            parts.push_back(extentOf(std::span(x).subspan(i * 1024, 1024)).range);
        HistogramSampling sampling {16, {-10.F, 10.F}, 3, {}};
        Histogram without;
        without.add(x, extentOf(x), sampling);
        sampling.parts = parts;
        Histogram with;
        with.add(x, extentOf(x), sampling);
        QVERIFY(with == without);
        QCOMPARE(with.fractionOutside({-55.F, 48.F}) * double(with.total()), 9.0);
    }

    void countsEveryValue_data()
    {
        QTest::addColumn<std::vector<float>>("x");
        const auto row = [](const char *name, std::vector<float> x) { QTest::newRow(name) << std::move(x); };
        row("one", {3.25F});
        row("zero", {0.F, -0.F, 0.F});
        row("constant", std::vector<float>(5000, -1.7F));
        row("gauss", gaussian(100003));
        std::vector<float> relu = gaussian(50000);
        std::ranges::transform(relu, relu.begin(), [](float v) { return std::max(v, 0.F); });
        row("relu", relu);
        std::vector<float> outlier = gaussian(20000);
        outlier[0] = 1e30F;
        row("huge outlier first", outlier);
        std::ranges::reverse(outlier);
        row("huge outlier last", outlier);
        row("denormals", gaussian(10000, 1e-40F));
        row("far from zero", {1000.F, 1000.0001F, 1000.5F, 999.F});
        row("whole range",
            {std::numeric_limits<float>::lowest(), -1e-45F, 1e-45F, 0.F, -1.F,
             std::numeric_limits<float>::max()});
        row("non-finite", {1.F, NAN, INFINITY, -2.F, -INFINITY, 0.5F});
        std::vector<float> mixed = gaussian(9001);
        for (std::size_t i = 0; i < mixed.size(); i += 7)
            mixed[i] = i % 2 == 0 ? NAN : -INFINITY;
        row("many non-finite", mixed);
        row("edges", {-1.F, -0.5F, -0.25F, 0.25F, 0.5F, 1.F, 0.F});
    }
    void countsEveryValue()
    {
        QFETCH(std::vector<float>, x);
        Histogram histogram;
        QCOMPARE(histogram.add(x), extentOf(x));
        checkCounts(histogram, x);

        // One by one, backwards, in two parts merged either way: always the same histogram.
        Histogram single;
        for (std::size_t i = x.size(); i-- > 0;)
            single.add(std::span(x).subspan(i, 1));
        QVERIFY(single == histogram);
        for (const std::size_t cut : {std::size_t {0}, x.size() / 3, x.size() - 1}) {
            Histogram left = histogramOf(std::span(x).first(cut));
            Histogram right = histogramOf(std::span(x).subspan(cut));
            Histogram copy = right;
            copy.merge(left);
            left.merge(right);
            QVERIFY(left == histogram);
            QVERIFY(copy == histogram);
        }

        const Result<Histogram> loaded
            = Histogram::fromJson(nlohmann::json::parse(histogram.toJson().dump()));
        QVERIFY(loaded.ok());
        QVERIFY(*loaded == histogram);
    }

    void binsAreFine()
    {
        // At least half of the bins are in use whatever the range is.
        for (const float sigma : {1e-20F, 0.3F, 1.F, 777.F, 1e30F}) {
            const Histogram histogram = histogramOf(gaussian(50000, sigma));
            const double width = double(histogram.extent().max) - double(histogram.extent().min);
            QVERIFY(histogram.binWidth() <= width / (Histogram::kBins / 2 - 2));
        }
    }

    void negationMirrors()
    {
        std::vector<float> x = gaussian(3000);
        x.push_back(0.5F);
        x.push_back(-8.F);
        x.push_back(8.F);
        const Histogram histogram = histogramOf(x);
        for (float &v : x)
            v = -v;
        std::vector<std::uint64_t> counts = histogramOf(x).counts();
        const auto zero = static_cast<std::size_t>(-histogram.lowerEdge() / histogram.binWidth());
        for (std::size_t i = 0; i < zero; ++i)
            QCOMPARE(counts[zero + i], histogram.counts()[zero - 1 - i]);
    }

    void quantiles()
    {
        std::vector<float> x(100001);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = float(i) / 1000 - 20; // uniform on [-20, 80]
        const Histogram histogram = histogramOf(x);
        for (const double f : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99999, 1.0})
            QVERIFY(std::abs(histogram.quantile(f) - (f * 100 - 20)) < 0.01);
        QCOMPARE(histogram.quantile(0), -20.0);
        QCOMPARE(histogram.quantile(1), 80.0);
        QVERIFY(std::abs(histogram.fractionOutside({-10, 60}) - 0.3) < 1e-4);
        QCOMPARE(histogram.fractionOutside({-20, 80}), 0.0);
        QCOMPARE(histogram.fractionOutside({-30, -20.5F}), 1.0);
        QCOMPARE(histogram.fractionOutside({90, 100}), 1.0);

        const Histogram constant = histogramOf(std::vector<float>(10, 5.3F));
        QCOMPARE(constant.quantile(0.5), double(5.3F));
        QCOMPARE(constant.fractionOutside({0, 5.3F}), 0.0);
        QCOMPARE(constant.fractionOutside({0, 5.2F}), 1.0);
        QCOMPARE(Histogram().quantile(0.5), 0.0);
        QCOMPARE(Histogram().fractionOutside({0, 1}), 0.0);
    }

    // Against quantizing the very values.
    void expectedError()
    {
        const std::vector<float> x = gaussian(200000);
        const Histogram histogram = histogramOf(x);
        const QuantScheme schemes[] {{}, {DType::Int8, true}, {DType::Int4, true}, {DType::Int16, true}};
        for (const QuantScheme &scheme : schemes) {
            for (const Range range : {Range {-5, 5}, Range {-2, 3}, Range {-0.5F, 0.1F}}) {
                const ScaleZeroPoint params = chooseScale(range, scheme);
                const QuantLimits limits = limitsOf(scheme);
                double sum = 0;
                for (const float v : x) {
                    const double error = double(dequantize(quantize(v, params, limits), params)) - double(v);
                    sum += error * error;
                }
                const double measured = sum / double(x.size());
                const double expected = expectedQuantizationMse(histogram, params, limits);
                QVERIFY2(std::abs(expected / measured - 1) < 0.02,
                         qPrintable(QString("%1 expected %2").arg(measured).arg(expected)));
            }
        }
        // Closed forms: exact codes have no error, a constant half a step off has s^2/4.
        const std::vector<float> codes {1.F, 2.F, 3.F};
        QVERIFY(expectedQuantizationMse(histogramOf(codes), {1.F, 0}, {0, 255}) < 1e-5);
        const std::vector<float> half(100, 0.5F);
        QCOMPARE(expectedQuantizationMse(histogramOf(half), {1.F, 0}, {0, 255}), 0.25);
        const std::vector<float> clipped(100, 10.F);
        QCOMPARE(expectedQuantizationMse(histogramOf(clipped), {1.F, 0}, {0, 7}), 9.0);
        QCOMPARE(expectedQuantizationMse(Histogram(), {1.F, 0}, {0, 7}), 0.0);
    }

    void jsonIsCompact()
    {
        const std::string text = histogramOf(gaussian(1000000)).toJson().dump();
        QVERIFY2(text.size() < 12000, qPrintable(QString::number(text.size())));
        QCOMPARE(Histogram().toJson().dump(), std::string("{}"));
        QVERIFY(Histogram::fromJson(nlohmann::json::object()).value().isEmpty());
    }

    void damagedJson_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text :
             {"[]", "null", R"({"min":0})", R"({"min":0,"max":"1","counts":[1]})",
              R"({"min":1,"max":0,"counts":[1]})", R"({"min":0,"max":1e300,"counts":[1]})",
              R"({"min":0,"max":1,"counts":[1.5]})", R"({"min":0,"max":1,"counts":[1,-3000]})",
              R"({"min":0,"max":1,"counts":[-9223372036854775808]})", R"({"min":0,"max":1,"counts":[1]})",
              R"({"min":1,"max":1,"counts":[0]})", R"({"min":1,"max":1,"counts":[18446744073709551615,1]})"})
            QTest::newRow(text) << text;
    }
    void damagedJson()
    {
        QFETCH(QString, text);
        const Result<Histogram> loaded = Histogram::fromJson(nlohmann::json::parse(text.toStdString()));
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ErrorCode::Format);
    }
};

QTEST_GUILESS_MAIN(TestHistogram)
#include "tst_histogram.moc"
