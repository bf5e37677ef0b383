// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/divergence.h"
#include "core/calibration/observer.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace qs;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kMax = std::numeric_limits<float>::max();

using Values = std::vector<float>;

TensorStatistics statisticsOf(const Values &x)
{
    TensorStatistics statistics;
    statistics.extent = extentOf(x).range;
    statistics.movingAverage = {statistics.extent.min / 2, statistics.extent.max / 2};
    statistics.histogram.emplace();
    statistics.histogram->add(x);
    return statistics;
}

Range rangeOf(const char *observer, const TensorStatistics &statistics, const QuantScheme &scheme = {})
{
    const ObserverDescriptor *descriptor = builtinObservers().find(observer);
    return descriptor->make(ParamSet(descriptor->params))->range(statistics, scheme);
}

Range percentileRange(double percentile, const Values &x, const QuantScheme &scheme = {})
{
    const ObserverDescriptor *descriptor = builtinObservers().find("percentile");
    ParamSet params(descriptor->params);
    [&] { QVERIFY(params.set("percentile", percentile).ok()); }();
    return descriptor->make(params)->range(statisticsOf(x), scheme);
}

Values gaussian(std::size_t size)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    Values x(size);
    std::ranges::generate(x, [&] { return normal(random); });
    return x;
}

Values laplace(std::size_t size)
{
    std::mt19937 random(1);
    std::exponential_distribution<float> exponential;
    Values x(size);
    std::ranges::generate(x, [&] { return random() % 2 == 0 ? exponential(random) : -exponential(random); });
    return x;
}

Values relu(Values x)
{
    std::ranges::transform(x, x.begin(), [](float v) { return std::max(v, 0.F); });
    return x;
}

/// Best clip of a symmetric density by integrating the squared error itself, for scale = clip / \a top.
double bestClip(double (*density)(double), int top, double from, double to)
{
    double best = 0;
    double bestError = 1e9;
    for (double clip = from; clip < to; clip += 0.01) {
        const double scale = clip / top;
        double error = 0;
        constexpr double kStep = 2e-3;
        for (double x = kStep / 2; x < 25; x += kStep) {
            const double d = x - std::min(std::round(x / scale), double(top)) * scale;
            error += d * d * density(x);
        }
        if (error < bestError) {
            bestError = error;
            best = clip;
        }
    }
    return best;
}

double normalDensity(double x)
{
    return std::exp(-x * x / 2);
}
double laplaceDensity(double x)
{
    return std::exp(-x);
}

/// The divergence as its definition says, over bins kept in plain vectors.
double naiveDivergence(const Histogram &histogram, Range range, int codes)
{
    const double width = histogram.binWidth();
    std::vector<double> counts(histogram.counts().begin(), histogram.counts().end());
    const auto zero = static_cast<std::ptrdiff_t>(-histogram.lowerEdge() / width);
    if (zero >= 0 && zero < std::ssize(counts)) {
        const auto z = static_cast<std::size_t>(zero);
        counts[z] = std::min(counts[z], std::max(z > 0 ? counts[z - 1] : 0, counts[z + 1]));
    }
    const double low = range.min < 0 ? std::ceil(double(range.min) / width) - 1 : 0; // in bins
    const double high = range.max > 0 ? std::floor(double(range.max) / width) + 1 : 0;
    const double step = (high - low) / (codes - 1);
    std::vector<double> p(counts.size(), 0);
    std::vector<double> cell(static_cast<std::size_t>(codes), 0);
    std::vector<std::size_t> cellOf(counts.size(), 0);
    std::size_t first = counts.size();
    std::size_t last = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const double middle = std::round(histogram.edge(static_cast<int>(i)) / width) + 0.5;
        if (middle < low || middle > high)
            continue;
        first = std::min(first, i);
        last = i;
        for (int code = 0; code + 1 < codes && low + (code + 0.5) * step <= middle; ++code)
            cellOf[i] = static_cast<std::size_t>(code) + 1;
        p[i] = counts[i];
        cell[cellOf[i]] += counts[i];
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (i < first)
            p[first] += counts[i];
        if (i > last)
            p[last] += counts[i];
    }
    std::vector<double> used(cell.size(), 0);
    for (std::size_t i = first; i <= last; ++i)
        used[cellOf[i]] += p[i] > 0 ? 1 : 0;
    const double total = std::accumulate(p.begin(), p.end(), 0.0);
    const double inside = std::accumulate(cell.begin(), cell.end(), 0.0) + 0.5 * codes;
    double divergence = 0;
    for (std::size_t i = first; i <= last; ++i) {
        if (p[i] > 0) {
            const double q = (cell[cellOf[i]] + 0.5) / used[cellOf[i]] / inside;
            divergence += p[i] / total * std::log(p[i] / total / q);
        }
    }
    return divergence;
}

} // namespace

class TestObservers : public QObject
{
    Q_OBJECT
private slots:
    void ids()
    {
        for (const char *id : {"minmax", "moving-average", "percentile", "entropy", "mse"}) {
            const ObserverDescriptor *descriptor = builtinObservers().find(id);
            QVERIFY(descriptor);
            QVERIFY(!descriptor->title.empty() && !descriptor->help.empty());
        }
        QVERIFY(!builtinObservers().find("minmax")->needsHistogram);
        QVERIFY(builtinObservers().find("mse")->needsHistogram);
    }

    // Every observer, whatever the data: finite, contains zero, within the extent.
    void contract_data()
    {
        QTest::addColumn<Values>("x");
        QTest::newRow("nothing") << Values {};
        QTest::newRow("zeros") << Values(100, 0.F);
        QTest::newRow("constant") << Values(100, 3.7F);
        QTest::newRow("negative constant") << Values(100, -1e-3F);
        QTest::newRow("one value") << Values {-5};
        QTest::newRow("two values") << Values {-1, 2};
        QTest::newRow("denormals") << Values {1e-42F, -1e-43F, 0};
        QTest::newRow("whole range") << Values {-kMax, kMax, 1, -1};
        QTest::newRow("far from zero") << Values {1000, 1000.5F, 1001};
        QTest::newRow("gauss") << gaussian(10000);
        QTest::newRow("relu") << relu(gaussian(10000));
        Values outlier = gaussian(10000);
        outlier[77] = 1e30F;
        QTest::newRow("outlier") << outlier;
        Values negative = relu(gaussian(1000));
        std::ranges::transform(negative, negative.begin(), std::negate {});
        QTest::newRow("negative") << negative;
    }
    void contract()
    {
        QFETCH(Values, x);
        TensorStatistics withHistogram = statisticsOf(x);
        TensorStatistics without = withHistogram;
        without.histogram.reset();
        for (const ObserverDescriptor &observer : builtinObservers().all()) {
            for (const TensorStatistics &statistics : {withHistogram, without}) {
                for (const DType type : {DType::UInt8, DType::Int8, DType::Int16, DType::Int4}) {
                    for (const int bits : {0, 1, 2, 3}) {
                        const int fewer = (bits & 2) != 0 ? bitsOf(type) - 1 : 0;
                        const QuantScheme scheme {type, (bits & 1) != 0, fewer};
                        const Range range
                            = observer.make(ParamSet(observer.params))->range(statistics, scheme);
                        QVERIFY(std::isfinite(range.min) && std::isfinite(range.max));
                        QVERIFY(range.min <= 0 && range.max >= 0);
                        QVERIFY(range.min >= std::min(statistics.extent.min, 0.F));
                        QVERIFY(range.max <= std::max(statistics.extent.max, 0.F));
                        // A scale that the formats can hold.
                        QVERIFY(std::isnormal(chooseScale(range, scheme).scale));
                    }
                }
            }
        }
    }

    void brokenStatisticsGiveNoInfiniteRange()
    {
        TensorStatistics statistics;
        statistics.extent = {NAN, kInf};
        statistics.movingAverage = {-kInf, NAN};
        for (const ObserverDescriptor &observer : builtinObservers().all())
            QCOMPARE(observer.make(ParamSet(observer.params))->range(statistics, {}), (Range {0, 0}));
    }

    void minmaxAndMovingAverage()
    {
        const TensorStatistics statistics = statisticsOf({-2, 6, 1});
        QCOMPARE(rangeOf("minmax", statistics), (Range {-2, 6}));
        QCOMPARE(rangeOf("minmax", statisticsOf({2, 6})), (Range {0, 6}));
        QCOMPARE(rangeOf("moving-average", statistics), (Range {-1, 3}));
    }

    void percentiles()
    {
        Values x(100000);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = (float(i) + 0.5F) / 1000 - 20; // uniform on [-20, 80]
        const auto close = [](Range range, double low, double high) {
            return std::abs(double(range.min) - low) < 0.02 && std::abs(double(range.max) - high) < 0.02;
        };
        QVERIFY(close(percentileRange(100, x), -20, 80));
        QVERIFY(close(percentileRange(90, x), -15, 75)); // five percent an end
        // |x| is uniform up to 20 with double density: 10 % of all lie above 70.
        QVERIFY(close(percentileRange(90, x, {DType::Int8, true}), -20, 70));
        // One-sided: all of the tail at that side, not half of it.
        for (float &v : x)
            v += 20;
        QVERIFY(close(percentileRange(90, x), 0, 90));
        for (float &v : x)
            v = -v;
        QVERIFY(close(percentileRange(90, x), -90, 0));
        // More than the tail below zero is never cut off above it.
        Values mostlyPositive(1000, 5.F);
        mostlyPositive[0] = -1;
        QCOMPARE(percentileRange(99, mostlyPositive), (Range {0, 5}));
    }

    // ACIQ (Banner et al. 2018) gives 2.55 sigma / 5.03 b for 4 bits and 3.92 sigma / 9.89 b for 8, for
    // 2^bits steps; our symmetric grids have one code less, so the exact optimum is integrated here.
    void mseFindsTheBestClip_data()
    {
        QTest::addColumn<Values>("x");
        QTest::addColumn<int>("type");
        QTest::addColumn<double>("best");
        QTest::addColumn<double>("aciq");
        const Values normal = gaussian(2000000);
        const Values exponential = laplace(2000000);
        const int s4 = int(DType::Int4);
        const int s8 = int(DType::Int8);
        QTest::newRow("gauss 4") << normal << s4 << bestClip(normalDensity, 7, 2, 3) << 2.55;
        QTest::newRow("gauss 8") << normal << s8 << bestClip(normalDensity, 127, 3.5, 4.5) << 3.92;
        QTest::newRow("laplace 4") << exponential << s4 << bestClip(laplaceDensity, 7, 4, 6) << 5.03;
        QTest::newRow("laplace 8") << exponential << s8 << bestClip(laplaceDensity, 127, 9, 11) << 9.89;
    }
    void mseFindsTheBestClip()
    {
        QFETCH(Values, x);
        QFETCH(int, type);
        QFETCH(double, best);
        QFETCH(double, aciq);
        const QuantScheme scheme {static_cast<DType>(type), true};
        const double clip = double(rangeOf("mse", statisticsOf(x), scheme).max);
        QVERIFY2(std::abs(clip / best - 1) < 0.02, qPrintable(QString("%1, best is %2").arg(clip).arg(best)));
        QVERIFY2(std::abs(clip / aciq - 1) < 0.06, qPrintable(QString("%1, ACIQ %2").arg(clip).arg(aciq)));
    }

    void mseIsNeverWorseThanMinmax_data() { contract_data(); }
    void mseIsNeverWorseThanMinmax()
    {
        QFETCH(Values, x);
        const TensorStatistics statistics = statisticsOf(x);
        for (const QuantScheme scheme :
             {QuantScheme {}, QuantScheme {DType::Int8, true}, QuantScheme {DType::Int4, false}}) {
            const auto error = [&](const char *id) {
                return expectedQuantizationMse(*statistics.histogram,
                                               chooseScale(rangeOf(id, statistics, scheme), scheme),
                                               limitsOf(scheme));
            };
            QVERIFY(error("mse") <= error("minmax"));
        }
    }

    void mseTreatsBothEndsApart()
    {
        // SiLU: a short lobe below zero, a long tail above.
        Values x = gaussian(200000);
        for (float &v : x)
            v = 3 * v / (1 + std::exp(-3 * v));
        const Range range = rangeOf("mse", statisticsOf(x));
        QVERIFY(range.min < -0.23F && range.min >= -0.28F); // to half a step
        QVERIFY(range.max < 0.99F * extentOf(x).range.max && range.max > 7);
    }

    void divergenceFollowsItsDefinition()
    {
        for (const Values &x : {gaussian(20000), relu(gaussian(20000)), laplace(300)}) {
            const TensorStatistics statistics = statisticsOf(x);
            const Divergence divergence(*statistics.histogram);
            const Range extent = statistics.extent;
            for (const float share : {1.F, 0.8F, 0.5F, 0.3F}) {
                const Range range {std::min(extent.min, 0.F) * share, extent.max * share};
                const double value = divergence(range, 256);
                QVERIFY(value >= 0);
                const double naive = naiveDivergence(*statistics.histogram, range, 256);
                QVERIFY2(std::abs(value - naive) <= 1e-9 + 1e-6 * naive,
                         qPrintable(QString("%1 naive %2").arg(value).arg(naive)));
            }
            QVERIFY(std::isinf(divergence({extent.min / 100, extent.max / 100}, 256)));
        }
    }

    void entropyIsNeverWorseThanMinmax_data() { contract_data(); }
    void entropyIsNeverWorseThanMinmax()
    {
        QFETCH(Values, x);
        const TensorStatistics statistics = statisticsOf(x);
        const Divergence divergence(*statistics.histogram);
        const auto symmetricRange = [](Range range) {
            const float t = std::max(-range.min, range.max);
            return Range {-t, t};
        };
        const QuantScheme int8 {DType::Int8, true};
        QVERIFY(divergence(rangeOf("entropy", statistics), 256)
                <= divergence(rangeOf("minmax", statistics), 256));
        QVERIFY(divergence(symmetricRange(rangeOf("entropy", statistics, int8)), 255)
                <= divergence(symmetricRange(statistics.extent), 255));
    }

    void entropyCutsOutliersAndNothingElse()
    {
        // A uniform distribution loses by any clipping.
        Values uniform(100000);
        for (std::size_t i = 0; i < uniform.size(); ++i)
            uniform[i] = float(i) / 50000 - 1;
        const Range whole = rangeOf("entropy", statisticsOf(uniform));
        QVERIFY(whole.min < -0.99F && whole.max > 0.98F);

        Values x = gaussian(500000);
        const Range without = rangeOf("entropy", statisticsOf(x));
        QVERIFY(without.min < -3.5F && without.max > 3.5F);
        x[1000] = 30;
        const Range with = rangeOf("entropy", statisticsOf(x));
        QVERIFY(with.min < -3.5F && with.max > 3.5F && with.max < 7);
    }

    // The peak of exact zeros after a ReLU must not pull the clip: same threshold as without the zeros.
    void entropyIgnoresThePeakAtZero()
    {
        const Values peak = relu(gaussian(1000000));
        Values positive;
        std::ranges::copy_if(peak, std::back_inserter(positive), [](float v) { return v > 0; });
        const double a = double(rangeOf("entropy", statisticsOf(peak)).max);
        const double b = double(rangeOf("entropy", statisticsOf(positive)).max);
        QVERIFY2(std::abs(a / b - 1) < 0.01, qPrintable(QString("%1 %2").arg(a).arg(b)));
        QVERIFY(a > 3.5);
    }
};

QTEST_GUILESS_MAIN(TestObservers)
#include "tst_observers.moc"
