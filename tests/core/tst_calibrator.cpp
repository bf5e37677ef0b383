// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/calibrator.h"
#include "core/calibration/tensorcollector.h"
#include "tests/support/blocks.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/replayengine.h"
#include "tests/support/textmodel.h"

#include <QTemporaryDir>
#include <QtTest>

#include <array>
#include <atomic>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

using namespace qs;
namespace fs = std::filesystem;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

ModelPtr chain()
{
    return modelFromText(
        "g (float[N,3,2,2] x) => (float[N,3,2,2] y) { a = Neg(x)  b = Relu(a)  y = Exp(b) }");
}

/// Gaussian samples, each with another spread.
MemoryDataset gaussianData(std::size_t count)
{
    std::vector<Sample> samples;
    std::mt19937 random(11);
    for (std::size_t i = 0; i < count; ++i) {
        std::normal_distribution<float> normal(0.1F * float(i % 5), 0.5F + float(i % 7));
        std::vector<float> x(12);
        std::ranges::generate(x, [&] { return normal(random); });
        samples.push_back({"#" + std::to_string(i), {{"x", Tensor::fromFloats({1, 3, 2, 2}, x)}}, {}});
    }
    return MemoryDataset(std::move(samples));
}

std::vector<float> valuesOf(std::span<const NamedTensor> inputs, const std::string &value)
{
    const auto x = inputs.front().tensor.floats();
    std::vector<float> result(x.begin(), x.end());
    for (float &v : result) {
        v = value == "x" ? v : -v;
        if (value == "b" || value == "y")
            v = std::max(v, 0.F);
        if (value == "y")
            v = std::exp(v);
    }
    return result;
}

Result<Tensor> evaluate(std::span<const NamedTensor> inputs, const std::string &value)
{
    return Tensor::fromFloats(inputs.front().tensor.shape(), valuesOf(inputs, value));
}

const std::vector<StatRequest> kAll {
    {"a", true, true}, {"b", false, true}, {"y", true, false}, {"x", false, false}};

struct Outcome
{
    Result<StatisticsPtr> result = Error {};
    std::vector<Finding> findings;
};

Outcome run(const Model &model, const Dataset &data, const InferenceEngine &engine,
            const CalibrationOptions &options = {}, std::span<const StatRequest> requests = kAll)
{
    Outcome outcome;
    std::mutex mutex;
    JobContext job({}, {}, [&](const Finding &finding) {
        const std::lock_guard lock(mutex);
        outcome.findings.push_back(finding);
    });
    outcome.result = calibrate(model, data, requests, engine, options, job);
    return outcome;
}

int countCode(const std::vector<Finding> &findings, const std::string &code)
{
    return static_cast<int>(std::ranges::count(findings, code, &Finding::code));
}

} // namespace

class TestCalibrator : public QObject
{
    Q_OBJECT
private slots:
    void requestsAreMerged()
    {
        const std::vector<StatRequest> requests {
            {"b", true, false}, {"a", false, false}, {"b", false, true}, {"a", false, false}};
        QCOMPARE(mergeRequests(requests),
                 (std::vector<StatRequest> {{"b", true, true}, {"a", false, false}}));
        QVERIFY(mergeRequests({}).empty());
    }

    // What a runtime shows in blocks of channels is the same picture, whatever fills up the last block.
    void blocksAreTheSamePicture_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("block");
        QTest::addColumn<bool>("isFinite");
        for (const int channels : {16, 32, 24, 5}) {
            for (const int block : {8, 16}) {
                for (const bool isFinite : {true, false})
                    QTest::addRow("%d-in-%d%s", channels, block, isFinite ? "" : "-nan")
                        << channels << block << isFinite;
            }
        }
    }
    void blocksAreTheSamePicture()
    {
        QFETCH(int, channels);
        QFETCH(int, block);
        QFETCH(bool, isFinite);
        const auto collect = [&](bool inBlocks, bool wantsChannels) {
            TensorCollector collector({"t", true, wantsChannels}, 1);
            SummaryReducer reducer;
            for (unsigned sample = 0; sample < 3; ++sample) {
                const Tensor random = randomTensor({2, channels, 5, 7}, sample, -2.F, 3.F);
                std::vector<float> values(random.floats().begin(), random.floats().end());
                if (!isFinite) {
                    values[3] = std::numeric_limits<float>::quiet_NaN();
                    values.back() = kInf;
                }
                const Tensor picture = Tensor::fromFloats(random.shape(), values);
                // Beyond every value: it must not be seen.
                const auto summary = collector.add(
                    inBlocks ? blocked(picture, block, 100.F) : WatchedValue {picture}, sample);
                if (!summary.ok())
                    qFatal("%s", summary.error().message().c_str());
                reducer.add(*summary);
            }
            TensorStatistics statistics = reducer.statistics();
            collector.finish(statistics);
            return statistics;
        };
        for (const bool wantsChannels : {true, false}) {
            const TensorStatistics expected = collect(false, wantsChannels);
            const TensorStatistics found = collect(true, wantsChannels);
            QCOMPARE(found.extent, expected.extent);
            QCOMPARE(found.movingAverage, expected.movingAverage);
            QCOMPARE(found.count, expected.count);
            QCOMPARE(found.nan, expected.nan);
            QCOMPARE(found.nan, isFinite ? 0U : 3U);
            QCOMPARE(found.infinite, expected.infinite);
            QVERIFY(*found.histogram == *expected.histogram);
            QVERIFY(found.channels == expected.channels);
            QCOMPARE(found.channels.size(), std::size_t(wantsChannels ? channels : 0));
            const auto isNear = [](double a, double b) { return std::abs(a - b) < 1e-6; };
            QVERIFY(isNear(found.mean, expected.mean) && isNear(found.meanSquare, expected.meanSquare));
            QVERIFY(std::ranges::equal(found.channelMeans, expected.channelMeans, isNear));
            QVERIFY(std::ranges::equal(found.channelMeanSquares, expected.channelMeanSquares, isNear));
        }
    }

    // Histograms of large tensors take a share, but every value of the tails, in blocks too.
    void sampledBlocksKeepTheirTails()
    {
        constexpr std::int64_t kSide = 128;
        const Tensor random = randomTensor({1, 24, kSide, kSide}, 7);
        std::vector<float> values(random.floats().begin(), random.floats().end());
        for (std::size_t i = 0; i < 60; ++i)
            values[i * 6'000 + 11] = 20.F + float(i % 3);
        const Tensor picture = Tensor::fromFloats(random.shape(), values);
        for (const int block : {8, 16}) {
            TensorCollector collector({"t", true, true}, 32);
            const auto summary = collector.add(blocked(picture, block, 100.F), 0);
            QVERIFY(summary.ok());
            TensorStatistics statistics;
            collector.finish(statistics);
            const Histogram &histogram = *statistics.histogram;
            std::uint64_t far = 0;
            for (int i = 0; i < Histogram::kBins; ++i)
                far += histogram.edge(i) > 10 ? histogram.counts()[std::size_t(i)] : 0;
            QCOMPARE(far, 60U);
            const double share = double(histogram.total()) / double(values.size());
            QVERIFY2(share > 0.97 && share < 1.03, std::to_string(share).c_str());
        }
    }

    // Everything against plain loops over all values, for any number of threads.
    void collectsEverything_data()
    {
        QTest::addColumn<int>("threads");
        for (const int threads : {1, 2, 3, 8})
            QTest::newRow(std::to_string(threads).c_str()) << threads;
    }
    void collectsEverything()
    {
        QFETCH(int, threads);
        const MemoryDataset data = gaussianData(40);
        const ModelPtr model = chain();
        std::vector<Progress> progress;
        JobContext job({}, [&](const Progress &p) { progress.push_back(p); });
        const Result<StatisticsPtr> result
            = calibrate(*model, data, kAll, ReplayEngine(evaluate), {threads, {}}, job);
        QVERIFY(result.ok());
        QCOMPARE((*result)->samples, 40U);
        QCOMPARE((*result)->tensors.size(), 4U);
        QCOMPARE(progress.back().stage, std::string("calibrate"));
        QCOMPARE(progress.back().done, 40);
        QCOMPARE(progress.back().total, 40);
        for (const StatRequest &request : kAll) {
            const TensorStatistics &tensor = (*result)->tensors.at(request.tensor);
            std::vector<float> all;
            std::vector<Range> channels(3, Range {kInf, -kInf});
            Range average;
            for (std::size_t i = 0; i < data.size(); ++i) {
                const std::vector<float> x = valuesOf(data.sample(i)->inputs, request.tensor);
                all.insert(all.end(), x.begin(), x.end());
                for (std::size_t k = 0; k < x.size(); ++k) {
                    Range &channel = channels[k / 4];
                    channel = {std::min(channel.min, x[k]), std::max(channel.max, x[k])};
                }
                const auto [low, high] = std::ranges::minmax(x);
                average = i == 0 ? Range {low, high}
                                 : Range {float(0.99 * double(average.min) + 0.01 * double(low)),
                                          float(0.99 * double(average.max) + 0.01 * double(high))};
            }
            const auto [low, high] = std::ranges::minmax(all);
            QCOMPARE(tensor.extent, (Range {low, high}));
            QCOMPARE(tensor.movingAverage, average);
            QCOMPARE(tensor.count, all.size());
            QCOMPARE(tensor.nan + tensor.infinite, 0U);
            double sum = 0;
            double squares = 0;
            for (const float v : all) {
                sum += double(v);
                squares += double(v) * double(v);
            }
            QVERIFY(std::abs(tensor.mean - sum / double(all.size())) <= 1e-12 * std::abs(tensor.mean));
            QVERIFY(std::abs(tensor.meanSquare / (squares / double(all.size())) - 1) < 1e-12);
            QCOMPARE(tensor.histogram.has_value(), request.histogram);
            if (request.histogram) {
                Histogram histogram;
                histogram.add(all);
                QVERIFY(*tensor.histogram == histogram);
            }
            QCOMPARE(tensor.channels, request.channels ? channels : std::vector<Range> {});
        }
    }

    void summariesOfAnySize()
    {
        std::mt19937 random(3);
        std::normal_distribution<float> normal(1, 2);
        for (std::size_t size = 1; size < 400; size += size < 70 ? 1 : 37) {
            std::vector<float> x(5 * size);
            std::ranges::generate(x, [&] { return normal(random); });
            x[0] = -0.F;
            x[size] = 1e25F; // its square is no float
            x[3 * size] = std::numeric_limits<float>::quiet_NaN();
            x[5 * size - 1] = -kInf;
            std::array<ValueSummary, 5> slices;
            summarizeSlices(x, slices);
            for (std::size_t s = 0; s < slices.size(); ++s) {
                const std::span<const float> slice = std::span(x).subspan(s * size, size);
                double sum = 0;
                double squares = 0;
                for (const float v : slice) {
                    sum += std::isfinite(v) ? double(v) : 0;
                    squares += std::isfinite(v) ? double(v) * double(v) : 0;
                }
                QVERIFY(slices[s].extent == extentOf(slice));
                QVERIFY(std::abs(slices[s].sum - sum) <= 1e-6 * std::sqrt(squares * double(size)));
                QVERIFY(std::abs(slices[s].sumOfSquares - squares) <= 1e-6 * squares);
                QVERIFY(summarize(slice).sum == slices[s].sum);
            }
        }
        QVERIFY(summarize({}).extent == Extent {});
    }

    // Large tensors of many samples: everything but the histogram is still of all values, and the histogram
    // has a share of each sample's bulk, which stands for the whole, and all of its tails.
    void largeTensorsAreCountedInPart()
    {
        constexpr std::size_t kSize = 3 * 100'000;
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(32);
        // Sample i holds i / 32 everywhere but for one large value.
        std::atomic<int> calls = 0;
        const ReplayEngine engine(
            [&](std::span<const NamedTensor>, const std::string &value) -> Result<Tensor> {
                const int i = value == "a" ? calls++ : 0;
                std::vector<float> x(kSize, static_cast<float>(i) / 32);
                x[static_cast<std::size_t>(i) * 5000 + 7] = 100.F + static_cast<float>(i);
                return Tensor::fromFloats({1, 3, 100, 1000}, x);
            });
        const std::vector<StatRequest> requests {{"a", true, true}};
        const Outcome outcome = run(*model, data, engine, {1, {}}, requests);
        const TensorStatistics &tensor = (*outcome.result)->tensors.at("a");
        QCOMPARE(tensor.count, 32 * kSize);
        QCOMPARE(tensor.extent, (Range {0, 131}));
        QCOMPARE(tensor.histogram->extent(), tensor.extent);
        // The mean of i / 32 is 31 / 64; the large values add 3696 in all, and take the place of 15.5.
        const double expected = 31.0 / 64 + (3696 - 15.5) / (32.0 * kSize);
        QVERIFY(std::abs(tensor.mean - expected) < 1e-7);
        const auto counted = static_cast<double>(tensor.histogram->total());
        QVERIFY2(std::abs(counted / (32.0 * kSize) - 1) < 1e-3, std::to_string(counted).c_str());
        QCOMPARE(std::lround(tensor.histogram->fractionOutside({-1, 50}) * counted), 32L);
        QVERIFY(std::abs(tensor.histogram->quantile(0.25) - 0.25) < 0.07);
        QVERIFY(std::abs(tensor.histogram->quantile(0.75) - 0.75) < 0.07);

        calls = 0;
        const Outcome few = run(*model, gaussianData(15), engine, {1, {}}, requests);
        QCOMPARE((*few.result)->tensors.at("a").histogram->total(), 15 * kSize);
    }

    void sameBitsWhateverTheTiming()
    {
        const MemoryDataset data = gaussianData(60);
        const ModelPtr model = chain();
        const Outcome reference = run(*model, data, ReplayEngine(evaluate), {1, {}});
        std::atomic<unsigned> seed = 1;
        const ReplayEngine slow([&](std::span<const NamedTensor> inputs, const std::string &value) {
            thread_local std::mt19937 random(seed++);
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
            return evaluate(inputs, value);
        });
        for (const int threads : {2, 4, 7}) {
            const Outcome outcome = run(*model, data, slow, {threads, {}});
            QVERIFY(**outcome.result == **reference.result);
        }
    }

    void channelShapes()
    {
        const ModelPtr model = modelFromText("g (float[N] x) => (float[N] y) { y = Neg(x) }");
        struct Case
        {
            Shape shape;
            std::vector<Range> channels;
        };
        const std::vector<float> values {1, 2, 3, -4, 5, 6};
        for (const Case &c :
             {Case {{6}, {}}, Case {{1, 6}, {{1, 1}, {2, 2}, {3, 3}, {-4, -4}, {5, 5}, {6, 6}}},
              Case {{3, 2}, {{1, 5}, {-4, 6}}}, Case {{2, 3, 1}, {{-4, 1}, {2, 5}, {3, 6}}},
              Case {{1, 2, 1, 3}, {{1, 3}, {-4, 6}}}, Case {{1, 0, 3}, {}}}) {
            const bool none = elementCount(c.shape) == 0;
            const MemoryDataset data(
                {{"s", {{"x", Tensor::fromFloats(c.shape, none ? std::vector<float> {} : values)}}, {}}});
            const Outcome outcome = run(
                *model, data, ReplayEngine([](std::span<const NamedTensor> inputs, const std::string &) {
                    return Result<Tensor>(inputs.front().tensor);
                }),
                {}, std::vector<StatRequest> {{"y", true, true}});
            const TensorStatistics &tensor = (*outcome.result)->tensors.at("y");
            QCOMPARE(tensor.channels, c.channels);
            QCOMPARE(tensor.count, none ? 0U : 6U);
            QCOMPARE(tensor.extent, none ? Range {} : (Range {-4, 6}));
        }
    }

    void nonFiniteValuesAreNamedAndLeftOut()
    {
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(8);
        const ReplayEngine engine(
            [](std::span<const NamedTensor> inputs, const std::string &value) -> Result<Tensor> {
                std::vector<float> x = valuesOf(inputs, value);
                if (value == "b")
                    x[2] = NAN;
                if (value == "y") {
                    x.assign(x.size(), NAN);
                    x[0] = -kInf;
                }
                return Tensor::fromFloats({1, 3, 2, 2}, x);
            });
        const Outcome outcome = run(*model, data, engine);
        const auto &tensors = (*outcome.result)->tensors;
        QCOMPARE(tensors.at("b").nan, 8U);
        QCOMPARE(tensors.at("b").count, 8U * 11);
        QVERIFY(std::isfinite(tensors.at("b").extent.max) && std::isfinite(tensors.at("b").mean));
        QVERIFY(std::isfinite(tensors.at("b").movingAverage.min));
        const TensorStatistics &y = tensors.at("y");
        QCOMPARE(y.count, 0U);
        QCOMPARE(y.infinite, 8U);
        QCOMPARE(y.nan, 88U);
        QCOMPARE(y.extent, (Range {0, 0}));
        QCOMPARE(y.mean, 0.0);
        QVERIFY(y.histogram->isEmpty());
        QCOMPARE(countCode(outcome.findings, "nan-in-activations"), 1);
        QCOMPARE(countCode(outcome.findings, "inf-in-activations"), 1);
        for (const Finding &finding : outcome.findings)
            QCOMPARE(finding.subject, std::string(finding.code == "nan-in-activations" ? "b" : "y"));
    }

    void badInputDataIsNamed()
    {
        const ModelPtr model = chain();
        const MemoryDataset data(
            {{"s", {{"x", Tensor::fromFloats({1, 3, 2, 2}, std::vector<float>(12, NAN))}}, {}}});
        const Outcome outcome = run(*model, data, ReplayEngine(evaluate));
        QCOMPARE(outcome.findings.size(), 1U);
        QCOMPARE(outcome.findings.front().subject, std::string("x"));
    }

    void damagedSamplesAreSkipped()
    {
        const MemoryDataset good = gaussianData(40);
        std::vector<Sample> samples;
        for (std::size_t i = 0; i < 40; ++i)
            samples.push_back(*good.sample(i));
        const ModelPtr model = chain();
        const Outcome outcome = run(*model, MemoryDataset(samples, {3, 20}), ReplayEngine(evaluate));
        QCOMPARE((*outcome.result)->samples, 38U);
        QCOMPARE((*outcome.result)->skippedSamples, 2U);
        QCOMPARE(outcome.findings.size(), 2U);
        samples.erase(samples.begin() + 20);
        samples.erase(samples.begin() + 3);
        const Outcome rest = run(*model, MemoryDataset(samples), ReplayEngine(evaluate));
        QVERIFY((*rest.result)->tensors == (*outcome.result)->tensors);
    }

    void noUsableSample()
    {
        const ModelPtr model = chain();
        QVERIFY(!run(*model, MemoryDataset({}), ReplayEngine(evaluate)).result.ok());
        std::vector<Sample> one {*gaussianData(1).sample(0)};
        QVERIFY(!run(*model, MemoryDataset(one, {0}), ReplayEngine(evaluate)).result.ok());
    }

    void theEarliestFailureIsReported()
    {
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(30);
        const float bad = data.sample(7)->inputs[0].tensor.floats()[0];
        const ReplayEngine engine(
            [&](std::span<const NamedTensor> inputs, const std::string &value) -> Result<Tensor> {
                const float first = inputs.front().tensor.floats()[0];
                if (first == bad) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                    return Error {ErrorCode::Runtime, "sample 7", "refused"};
                }
                for (std::size_t i = 8; i < 30; ++i) {
                    if (first == data.sample(i)->inputs[0].tensor.floats()[0])
                        return Error {ErrorCode::Runtime, "later", "refused"};
                }
                return evaluate(inputs, value);
            });
        for (const int threads : {1, 4})
            QCOMPARE(run(*model, data, engine, {threads, {}}).result.error().subject,
                     std::string("sample 7"));
    }

    void typesOfTensors()
    {
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(3);
        const auto engineFor = [](DType type) {
            return ReplayEngine([type](std::span<const NamedTensor>, const std::string &) -> Result<Tensor> {
                if (type == DType::Int64)
                    return Tensor::fromValues<std::int64_t>(type, {2}, std::vector<std::int64_t> {-3, 9});
                return Tensor(type, {2});
            });
        };
        const Outcome integers = run(*model, data, engineFor(DType::Int64));
        QCOMPARE((*integers.result)->tensors.at("a").extent, (Range {-3, 9}));
        const Outcome strings = run(*model, data, engineFor(DType::String));
        QCOMPARE(strings.result.error().code, ErrorCode::Unsupported);
        QVERIFY(strings.result.error().message().find("'a'") != std::string::npos);
    }

    void stops()
    {
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(50);
        for (const int threads : {1, 4}) {
            std::stop_source stop;
            std::atomic<int> calls = 0;
            const ReplayEngine engine([&](std::span<const NamedTensor> inputs, const std::string &value) {
                if (++calls == 30)
                    stop.request_stop();
                return evaluate(inputs, value);
            });
            JobContext job(stop.get_token(), {});
            QVERIFY_EXCEPTION_THROWN((void)calibrate(*model, data, kAll, engine, {threads, {}}, job),
                                     Cancelled);
            QVERIFY(calls < 100);
        }
    }

    void exceptionsReachTheCaller()
    {
        const ReplayEngine engine([](std::span<const NamedTensor>, const std::string &) -> Result<Tensor> {
            throw std::bad_alloc();
        });
        JobContext job;
        QVERIFY_EXCEPTION_THROWN((void)calibrate(*chain(), gaussianData(9), kAll, engine, {4, {}}, job),
                                 std::bad_alloc);
    }

    void cache()
    {
        QTemporaryDir folder;
        const fs::path cacheFolder = fs::path(folder.path().toStdString()) / "new" / "cache";
        const CalibrationOptions options {2, cacheFolder};
        const ModelPtr model = chain();
        const MemoryDataset data = gaussianData(10);
        std::atomic<int> calls = 0;
        const ReplayEngine engine([&](std::span<const NamedTensor> inputs, const std::string &value) {
            ++calls;
            std::vector<float> x = valuesOf(inputs, value);
            x[0] = value == "b" ? NAN : x[0];
            return Result<Tensor>(Tensor::fromFloats({1, 3, 2, 2}, x));
        });
        const Outcome first = run(*model, data, engine, options);
        const int once = calls;
        QVERIFY(once > 0);
        QCOMPARE((*first.result)->fingerprint.size(), 64U);
        const Outcome second = run(*model, data, engine, options);
        QCOMPARE(calls.load(), once);
        QVERIFY(**second.result == **first.result);
        QCOMPARE(second.findings, first.findings); // a cached NaN is still news

        // The order of the requests does not matter, what is asked for does, and so does the data.
        std::vector<StatRequest> requests(kAll.rbegin(), kAll.rend());
        QVERIFY(run(*model, data, engine, options, requests).result.ok());
        QCOMPARE(calls.load(), once);
        requests.front().histogram = true;
        QVERIFY(run(*model, data, engine, options, requests).result.ok());
        QVERIFY(calls > once);
        const int twice = calls;
        QVERIFY(run(*model, gaussianData(11), engine, options).result.ok());
        QVERIFY(calls > twice);

        // Damaged files are reported and replaced.
        for (const auto &entry : fs::directory_iterator(cacheFolder))
            std::ofstream(entry.path()) << "{";
        const Outcome third = run(*model, data, engine, options);
        QCOMPARE(countCode(third.findings, "calibration-cache-ignored"), 1);
        QVERIFY(**third.result == **first.result);
        const Outcome fourth = run(*model, data, engine, options);
        QCOMPARE(countCode(fourth.findings, "calibration-cache-ignored"), 0);

        // A cache that cannot be written costs a warning, not the result.
        const fs::path file = fs::path(folder.path().toStdString()) / "file";
        std::ofstream(file) << "x";
        const Outcome fifth = run(*model, data, engine, {2, file});
        QVERIFY(fifth.result.ok());
        QCOMPARE(countCode(fifth.findings, "calibration-cache-not-written"), 1);
    }

    void cachedStatisticsTellOfSkippedSamples()
    {
        const QTemporaryDir folder;
        const CalibrationOptions options {2, folder.path().toStdString()};
        const MemoryDataset whole = gaussianData(30);
        std::vector<Sample> samples;
        for (std::size_t i = 0; i < whole.size(); ++i)
            samples.push_back(*whole.sample(i));
        const MemoryDataset data(samples, {4, 17});
        const ReplayEngine engine(evaluate);
        const Outcome first = run(*chain(), data, engine, options);
        QCOMPARE(countCode(first.findings, "sample-skipped"), 2);
        const Outcome second = run(*chain(), data, engine, options);
        QCOMPARE((*second.result)->skippedSamples, std::size_t {2});
        QCOMPARE(countCode(second.findings, "sample-skipped"), 1);
        QCOMPARE(second.findings.front().detail.str(),
                 std::string("2 samples could not be read when these statistics were collected"));
    }

    // The real runtime: an intermediate value, an input, a constant and an output.
    void withTheRuntime()
    {
        const ModelPtr model = modelFromText("g (float[1,2] x) => (float[1,2] y)"
                                             "<float[2] w = {10, -20}> { a = Mul(x, w)  y = Relu(a) }");
        const MemoryDataset data(
            {{"s", {{"x", Tensor::fromFloats({1, 2}, std::vector<float> {1, 2})}}, {}},
             {"t", {{"x", Tensor::fromFloats({1, 2}, std::vector<float> {3, -1})}}, {}}});
        const auto engine = makeOnnxRuntimeEngine();
        const std::vector<StatRequest> requests {
            {"x", true, true}, {"w", false, false}, {"a", false, true}, {"y", true, false}};
        const Outcome outcome = run(*model, data, *engine, {}, requests);
        QVERIFY2(outcome.result.ok(), outcome.result.ok() ? "" : outcome.result.error().message().c_str());
        const auto &tensors = (*outcome.result)->tensors;
        QCOMPARE(tensors.at("x").extent, (Range {-1, 3}));
        QCOMPARE(tensors.at("x").channels, (std::vector<Range> {{1, 3}, {-1, 2}}));
        QCOMPARE(tensors.at("w").extent, (Range {-20, 10}));
        QCOMPARE(tensors.at("a").channels, (std::vector<Range> {{10, 30}, {-40, 20}}));
        QCOMPARE(tensors.at("a").channelMeans, (std::vector<double> {20, -10}));
        QCOMPARE(tensors.at("a").channelMeanSquares, (std::vector<double> {500, 1000}));
        QVERIFY(tensors.at("y").channelMeans.empty());
        QCOMPARE(tensors.at("y").extent, (Range {0, 30}));
        QCOMPARE(tensors.at("y").mean, 15.0);
        QVERIFY(!run(*model, data, *engine, {}, std::vector<StatRequest> {{"nowhere"}}).result.ok());
    }
};

QTEST_GUILESS_MAIN(TestCalibrator)
#include "tst_calibrator.moc"
