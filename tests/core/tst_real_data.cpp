// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"
#include "core/data/imagedecoder.h"
#include "core/data/presets.h"

#include <QtTest>

#include <filesystem>
#include <map>
#include <numeric>

using namespace qs;
namespace fs = std::filesystem;

namespace {

const fs::path kData = fs::path(QS_SHARED_DIR) / "data";

std::vector<ValueInfo> picture(std::int64_t channels, std::int64_t height, std::int64_t width)
{
    return {{"x", DType::Float32, {-1, channels, height, width}, true}};
}

Result<DatasetPtr> open(const char *name, const char *preset, const std::vector<ValueInfo> &inputs,
                        std::size_t limit = 0)
{
    JobContext job;
    DataSpec spec {(kData / name).string(), limit, std::nullopt};
    if (preset)
        spec.preprocessing = presetById(preset).value();
    return openDataset(spec, inputs, job);
}

std::map<std::int64_t, int> countLabels(const Dataset &dataset)
{
    std::map<std::int64_t, int> counts;
    for (std::size_t i = 0; i < dataset.size(); ++i)
        ++counts[dataset.label(i).value()];
    return counts;
}

std::array<std::uint64_t, 3> channelSums(const Image &image)
{
    std::array<std::uint64_t, 3> sums {};
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        sums[i % 3] += image.pixels[i];
    return sums;
}

} // namespace

class TestRealData : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void imageNetLabels();
    void imageNetPixels();
    void cifarIsSpreadOverClasses();
    void mnistIsGrey();
    void textLines();
    void arraysOfTokens_data();
    void arraysOfTokens();
};

void TestRealData::initTestCase()
{
    if (!fs::exists(kData))
        QSKIP("the shared data is not here");
}

void TestRealData::imageNetLabels()
{
    const auto dataset = open("imagenet-dev", "imagenet-torch", picture(3, 224, 224)).value();
    QCOMPARE(dataset->size(), std::size_t {500});
    const auto counts = countLabels(*dataset);
    QCOMPARE(counts.size(), std::size_t {500});
    QCOMPARE(counts.begin()->first, std::int64_t {0});
    QCOMPARE(counts.rbegin()->first, std::int64_t {998});
    for (std::size_t i = 0; i < dataset->size(); ++i)
        QCOMPARE(std::stoll(dataset->sampleId(i).substr(0, 3)), *dataset->label(i));
    QCOMPARE(open("imagenet-dev", "imagenet-torch", picture(3, 224, 224), 100).value()->label(1),
             std::int64_t {10});
}

void TestRealData::imageNetPixels()
{
    // Size, sums and one pixel as OpenCV 4.6's cv::imread gives them.
    const Image dog = loadImage(kData / "imagenet-dev/236_Doberman/n02107142_Doberman.jpg").value();
    QCOMPARE(dog.width, 341);
    QCOMPARE(dog.height, 256);
    QCOMPARE(channelSums(dog), (std::array<std::uint64_t, 3> {15907988, 15468269, 16823632}));
    QCOMPARE(int {dog.row(10)[20 * 3]}, 204);
    QCOMPARE(int {dog.row(10)[20 * 3 + 2]}, 220);

    // All 500 together: FNV-1a over the pixels in the order of file names, by cv::imread as well.
    std::vector<fs::path> files;
    for (const auto &entry : fs::recursive_directory_iterator(kData / "imagenet-dev")) {
        if (entry.is_regular_file())
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::uint64_t hash = 1469598103934665603U;
    for (const fs::path &file : files) {
        const Result<Image> decoded = loadImage(file);
        QVERIFY2(decoded.ok(), file.c_str());
        for (const std::uint8_t byte : decoded->pixels)
            hash = (hash ^ byte) * 1099511628211U;
    }
    QCOMPARE(files.size(), std::size_t {500});
    QCOMPARE(hash, std::uint64_t {0xd3d390aa670589f6});
}

void TestRealData::cifarIsSpreadOverClasses()
{
    const auto all = open("cifar10-dev", "normalize-imagenet", picture(3, 32, 32)).value();
    QCOMPARE(all->size(), std::size_t {10000});
    const auto some = open("cifar10-dev", "normalize-imagenet", picture(3, 32, 32), 200).value();
    QCOMPARE(some->size(), std::size_t {200});
    const auto counts = countLabels(*some);
    QCOMPARE(counts.size(), std::size_t {10});
    for (const auto &[label, count] : counts) {
        QVERIFY(label >= 0 && label < 10);
        QCOMPARE(count, 20);
    }
    QVERIFY(some->sampleId(0).starts_with("airplane/"));
    QVERIFY(some->sampleId(9).starts_with("truck/"));
    JobContext job;
    SampleReader reader(*some, job);
    for (std::size_t i = 0; i < some->size(); ++i)
        QVERIFY(reader.next().value().has_value());
    QVERIFY(!reader.next().value().has_value());
}

void TestRealData::mnistIsGrey()
{
    const auto dataset
        = open("mnist-test", "unit", {{"Input3", DType::Float32, {1, 1, 28, 28}, true}}).value();
    QCOMPARE(dataset->size(), std::size_t {600});
    const auto counts = countLabels(*dataset);
    QCOMPARE(counts.size(), std::size_t {10});
    const Sample sample = dataset->sample(0).value();
    QCOMPARE(sample.inputs.front().tensor.shape(), (Shape {1, 1, 28, 28}));
    QCOMPARE(sample.inputs.front().tensor.floats()[0], 0.F); // black corner
}

void TestRealData::textLines()
{
    const auto dataset = open("ocr-lines", "ocr-rec", picture(3, 48, -1)).value();
    QCOMPARE(dataset->size(), std::size_t {300});
    QVERIFY(!dataset->hasLabels());
    // 0000.jpg is 269 x 33: 48 * 269 / 33 = 391.3.
    QCOMPARE(dataset->sample(0)->inputs.front().tensor.shape(), (Shape {1, 3, 48, 391}));
}

void TestRealData::arraysOfTokens_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("deflated archive") << "agnews/test.npz";
    QTest::newRow("folder") << "agnews/test";
}

void TestRealData::arraysOfTokens()
{
    QFETCH(QString, path);
    const std::vector<ValueInfo> inputs {{"input_ids", DType::Int64, {-1, -1}, true},
                                         {"attention_mask", DType::Int64, {-1, -1}, true}};
    const auto dataset = open(path.toUtf8(), nullptr, inputs).value();
    // Counts and sums by Python's zipfile and struct.
    QCOMPARE(dataset->size(), std::size_t {4560});
    QCOMPARE(countLabels(*dataset),
             (std::map<std::int64_t, int> {{0, 1129}, {1, 1135}, {2, 1126}, {3, 1170}}));
    std::int64_t total = 0;
    for (std::size_t i = 0; i < dataset->size(); ++i) {
        const Sample sample = dataset->sample(i).value();
        const auto ids = sample.inputs[0].tensor.data<std::int64_t>();
        const std::int64_t sum = std::accumulate(ids.begin(), ids.end(), std::int64_t {0});
        total += sum;
        if (sample.id == "#2000") {
            QCOMPARE(sum, std::int64_t {60986});
            QVERIFY(sample.label == 2);
            QCOMPARE(ids[6], std::int64_t {4011});
        }
    }
    QCOMPARE(total, std::int64_t {270324780});
}

QTEST_GUILESS_MAIN(TestRealData)
#include "tst_real_data.moc"
