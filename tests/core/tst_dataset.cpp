// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/data/datasetsubset.h"
#include "core/data/presets.h"
#include "core/data/sampling.h"
#include "tests/support/imagewriter.h"
#include "tests/support/listdataset.h"

#include <QtTest>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

using Indices = std::vector<std::size_t>;

ValueInfo input(const char *name, DType type, Shape shape)
{
    return {name, type, std::move(shape), true};
}

const std::vector<ValueInfo> kPicture {input("x", DType::Float32, {-1, 3, 4, 4})};

Result<DatasetPtr> open(const QString &path, std::size_t limit = 0, const char *preset = "unit",
                        const std::vector<ValueInfo> &inputs = kPicture)
{
    JobContext job;
    DataSpec spec {path.toStdString(), limit, std::nullopt};
    if (preset)
        spec.preprocessing = presetById(preset).value();
    return openDataset(spec, inputs, job);
}

std::string errorOf(const Result<DatasetPtr> &result)
{
    return result.ok() ? std::string("no error") : result.error().message();
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

void writePicture(const QString &path)
{
    writeBytes(path.toStdString(), makePng(gradient(4, 4, 3)));
}

std::vector<std::string> ids(const Dataset &dataset)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < dataset.size(); ++i)
        names.push_back(dataset.sampleId(i));
    return names;
}

std::string labels(const Dataset &dataset)
{
    std::string text;
    for (std::size_t i = 0; i < dataset.size(); ++i)
        text += (text.empty() ? "" : " ") + std::to_string(dataset.label(i).value_or(-1));
    return text;
}

} // namespace

class TestDataset : public QObject
{
    Q_OBJECT

private slots:
    void spreadsEvenly();
    void spreadsOverClasses();
    void smallClassesGiveAll();
    void randomIsTheSameEverywhere();
    void classFoldersAreLabels();
    void leadingIntegersAreLabels();
    void flatFolderHasNoLabels();
    void deeperFoldersBelongToTheirClass();
    void otherFilesAreIgnored();
    void limitIsSpreadAndRepeatable();
    void onePicture();
    void fingerprintFollowsTheFiles();
    void errorsAreClear();
    void samplesFitTheModel();
    void syntheticIsDeterministic();
    void syntheticIsPlausible();
    void readerSkipsDamagedSamples();
    void readerGivesUp();
    void readerStops();
    void subsets();
};

void TestDataset::spreadsEvenly()
{
    QCOMPARE(spreadEvenly(10, 5), (Indices {0, 2, 4, 6, 8}));
    QCOMPARE(spreadEvenly(10, 4), (Indices {0, 2, 5, 7}));
    QCOMPARE(spreadEvenly(3, 0), (Indices {0, 1, 2}));
    QCOMPARE(spreadEvenly(3, 9), (Indices {0, 1, 2}));
    QCOMPARE(spreadEvenly(0, 2), Indices {});
}

void TestDataset::spreadsOverClasses()
{
    const std::vector<Indices> classes {{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}};
    QCOMPARE(spreadOverClasses(classes, 6), (Indices {0, 4, 8, 2, 6, 10}));
    // Seven: two each, and one more from the first class.
    QCOMPARE(spreadOverClasses(classes, 7), (Indices {0, 4, 8, 1, 6, 10, 2}));
    QCOMPARE(spreadOverClasses(classes, 2), (Indices {0, 4}));
    QCOMPARE(spreadOverClasses(classes, 0).size(), std::size_t {12});
    QCOMPARE(spreadOverClasses(classes, 99).size(), std::size_t {12});
}

void TestDataset::smallClassesGiveAll()
{
    const std::vector<Indices> classes {{0}, {}, {1, 2, 3, 4, 5, 6}, {7, 8, 9, 10}};
    const Indices chosen = spreadOverClasses(classes, 7);
    QCOMPARE(chosen.size(), std::size_t {7});
    const auto between = [&](std::size_t first, std::size_t last) {
        return std::count_if(chosen.begin(), chosen.end(),
                             [&](std::size_t i) { return i >= first && i <= last; });
    };
    QCOMPARE(between(0, 0), 1);
    QCOMPARE(between(1, 6), 3);
    QCOMPARE(between(7, 10), 3);
}

void TestDataset::randomIsTheSameEverywhere()
{
    // SplitMix64 of seed 0 starts with 0xE220A8397B1DCDAF (its reference implementation), which stream 0
    // hands on as the seed of four more words; xoshiro256** makes the first number of them.
    const auto splitMix = [](std::uint64_t &state) {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31);
    };
    std::uint64_t state = 0;
    QCOMPARE(splitMix(state), std::uint64_t {0xE220A8397B1DCDAF});
    state = 0xE220A8397B1DCDAF;
    splitMix(state);
    const std::uint64_t second = splitMix(state);
    QCOMPARE(Random(0).next(), std::rotl(second * 5, 7) * 9);

    Random random(5, 1);
    double sum = 0;
    double squares = 0;
    constexpr int kCount = 20000;
    for (int i = 0; i < kCount; ++i) {
        const double value = random.normal();
        sum += value;
        squares += value * value;
    }
    QVERIFY(std::abs(sum / kCount) < 0.03);
    QVERIFY(std::abs(squares / kCount - 1.0) < 0.05);
    QVERIFY(Random(5, 1).next() != Random(5, 2).next());
    QVERIFY(Random(5, 1).next() != Random(6, 1).next());
}

void TestDataset::classFoldersAreLabels()
{
    QTemporaryDir folder;
    for (const char *name : {"dog/b.png", "dog/a.png", "cat/z.png"})
        writePicture(folder.filePath(name));
    QDir(folder.path()).mkdir("cow"); // empty, and yet class 1
    const auto dataset = open(folder.path());
    QVERIFY2(dataset.ok(), errorOf(dataset).c_str());
    QCOMPARE(ids(**dataset), (std::vector<std::string> {"cat/z.png", "dog/a.png", "dog/b.png"}));
    QCOMPARE(labels(**dataset), std::string("0 2 2"));
    QVERIFY((*dataset)->hasLabels());
    QVERIFY(!(*dataset)->isSynthetic());
    const Sample sample = (*dataset)->sample(1).value();
    QCOMPARE(sample.id, std::string("dog/a.png"));
    QVERIFY(sample.label == 2);
    QCOMPARE(sample.inputs.front().name, std::string("x"));
    QCOMPARE(sample.inputs.front().tensor.shape(), (Shape {1, 3, 4, 4}));
    QCOMPARE(fs::path((*dataset)->sourceFile(1)), fs::path(folder.filePath("dog/a.png").toStdString()));
    QVERIFY(contains((*dataset)->description().str(), "3 images"));
}

void TestDataset::leadingIntegersAreLabels()
{
    QTemporaryDir folder;
    for (const char *name : {"007_cock/a.png", "120 crab/a.png", "3/a.png"})
        writePicture(folder.filePath(name));
    QCOMPARE(labels(**open(folder.path())), std::string("3 7 120"));
    writePicture(folder.filePath("other/a.png")); // one without: positions for all
    QCOMPARE(labels(**open(folder.path())), std::string("0 1 2 3"));
    QCOMPARE((*open(folder.path()))->sampleId(2), std::string("3/a.png"));
}

void TestDataset::flatFolderHasNoLabels()
{
    QTemporaryDir folder;
    for (const char *name : {"b.png", "a.png", "c.PNG"})
        writePicture(folder.filePath(name));
    QDir(folder.path()).mkdir("empty");
    const auto dataset = open(folder.path());
    QCOMPARE(ids(**dataset), (std::vector<std::string> {"a.png", "b.png", "c.PNG"}));
    QVERIFY(!(*dataset)->hasLabels());
    QVERIFY(!(*dataset)->sample(0)->label);
}

void TestDataset::deeperFoldersBelongToTheirClass()
{
    QTemporaryDir folder;
    for (const char *name : {"n01/images/a.png", "n01/b.png", "n02/images/deep/c.png", "loose.png"})
        writePicture(folder.filePath(name));
    fs::create_directory_symlink(folder.filePath("n01").toStdString(),
                                 folder.filePath("n01/images/circle").toStdString());
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &f) { findings.push_back(f); });
    const auto dataset
        = openDataset({folder.path().toStdString(), 0, presetById("unit").value()}, kPicture, job).value();
    QCOMPARE(ids(*dataset),
             (std::vector<std::string> {"n01/b.png", "n02/images/deep/c.png", "n01/images/a.png"}));
    QCOMPARE(labels(*dataset), std::string("0 1 0"));
    QCOMPARE(findings.size(), std::size_t {1});
    QCOMPARE(findings.front().code, std::string("pictures-without-class"));
}

void TestDataset::otherFilesAreIgnored()
{
    QTemporaryDir folder;
    writePicture(folder.filePath("a.png"));
    writePicture(folder.filePath("._a.png"));
    writePicture(folder.filePath(".thumbnails/a.png"));
    writeBytes(folder.filePath("labels.tsv").toStdString(), "a.png\tone");
    fs::create_symlink("nowhere.png", folder.filePath("dangling.png").toStdString());
    QCOMPARE(ids(**open(folder.path())), std::vector<std::string> {"a.png"});
}

void TestDataset::limitIsSpreadAndRepeatable()
{
    QTemporaryDir folder;
    for (int c = 0; c < 5; ++c) {
        for (int i = 0; i < 8; ++i)
            writePicture(folder.filePath(QString("class%1/%2.png").arg(c).arg(i)));
    }
    const auto first = open(folder.path(), 20).value();
    QCOMPARE(first->size(), std::size_t {20});
    QCOMPARE(labels(*first).substr(0, 19), std::string("0 1 2 3 4 0 1 2 3 4"));
    QCOMPARE(first->sampleId(5), std::string("class0/2.png")); // 0, 2, 4, 6 of 8
    QCOMPARE(ids(*open(folder.path(), 20).value()), ids(*first));
    QVERIFY(contains(first->description().str(), "20 of 40 images"));
    QCOMPARE(open(folder.path(), 1000).value()->size(), std::size_t {40});
}

void TestDataset::onePicture()
{
    QTemporaryDir folder;
    writePicture(folder.filePath("a.png"));
    const auto dataset = open(folder.filePath("a.png")).value();
    QCOMPARE(ids(*dataset), std::vector<std::string> {"a.png"});
    QVERIFY(dataset->sample(0).ok());
}

void TestDataset::fingerprintFollowsTheFiles()
{
    QTemporaryDir folder;
    for (const char *name : {"a.png", "b.png"})
        writePicture(folder.filePath(name));
    const std::string before = open(folder.path()).value()->fingerprint();
    QCOMPARE(before.size(), std::size_t {64});
    QCOMPARE(open(folder.path()).value()->fingerprint(), before);
    QVERIFY(open(folder.path(), 1).value()->fingerprint() != before);
    QVERIFY(open(folder.path(), 0, "raw").value()->fingerprint() != before);
    writeBytes(folder.filePath("a.png").toStdString(), makePng(gradient(5, 5, 3)));
    QVERIFY(open(folder.path()).value()->fingerprint() != before);
}

void TestDataset::errorsAreClear()
{
    QTemporaryDir folder;
    QVERIFY(contains(errorOf(open("/nowhere/at/all")), "/nowhere/at/all"));
    QVERIFY(contains(errorOf(open(folder.path())), "no pictures"));
    writeBytes(folder.filePath("data.csv").toStdString(), "1,2");
    QVERIFY(contains(errorOf(open(folder.filePath("data.csv"))), "is no data"));
    writePicture(folder.filePath("a.png"));
    const std::string untold = errorOf(open(folder.path(), 0, nullptr));
    QVERIFY2(contains(untold, "imagenet-torch") && contains(untold, "ocr-rec"), untold.c_str());
    const std::string two = errorOf(
        open(folder.path(), 0, "unit",
             {input("image", DType::Float32, {1, 3, 4, 4}), input("scale", DType::Float32, {1, 2})}));
    QVERIFY2(contains(two, "image, scale"), two.c_str());
    QVERIFY(contains(errorOf(open(folder.path(), 0, "unit", {input("ids", DType::Int64, {1, 8})})), "'ids'"));
    QVERIFY(contains(errorOf(open(folder.path(), 0, "unit", {})), "no inputs"));
}

void TestDataset::samplesFitTheModel()
{
    QTemporaryDir folder;
    writePicture(folder.filePath("a.png"));
    const auto packed = open(folder.path(), 0, "unit", {input("x", DType::Float32, {2, 8, 8, 3})}).value();
    QCOMPARE(packed->sample(0)->inputs.front().tensor.shape(), (Shape {2, 8, 8, 3}));
}

void TestDataset::syntheticIsDeterministic()
{
    const auto one = open("synthetic", 3, nullptr).value();
    const auto two = open("synthetic", 3, nullptr).value();
    QVERIFY(one->isSynthetic());
    QVERIFY(contains(one->description().str(), "synthetic"));
    QVERIFY(!one->hasLabels());
    QCOMPARE(one->size(), std::size_t {3});
    QCOMPARE(one->fingerprint(), two->fingerprint());
    const auto values = [](const Dataset &d, std::size_t i) {
        const Tensor tensor = d.sample(i)->inputs.front().tensor;
        return std::vector<float>(tensor.floats().begin(), tensor.floats().end());
    };
    QCOMPARE(values(*one, 1), values(*two, 1));
    QVERIFY(values(*one, 0) != values(*one, 1));
    // Pins the generator: a change of it would silently change everybody's synthetic runs.
    QCOMPARE(values(*one, 0).front(), Random(0, 0).normal());
}

void TestDataset::syntheticIsPlausible()
{
    const auto first = [](const std::vector<ValueInfo> &inputs, const char *preset = nullptr) {
        return open("synthetic", 0, preset, inputs).value()->sample(0).value().inputs;
    };
    const auto shape
        = [&](Shape s) { return first({input("x", DType::Float32, std::move(s))})[0].tensor.shape(); };
    QCOMPARE(shape({-1, 3, -1, -1}), (Shape {1, 3, 224, 224}));
    QCOMPARE(shape({-1, -1, -1, 3}), (Shape {1, 224, 224, 3}));
    QCOMPARE(shape({-1, 3, 48, -1}), (Shape {1, 3, 48, 320}));
    QCOMPARE(shape({-1, 7}), (Shape {1, 7}));
    QCOMPARE(first({input("x", DType::Float32, {-1, 3, -1, -1})}, "ocr-cls")[0].tensor.shape(),
             (Shape {1, 3, 48, 192}));

    const auto bert
        = first({input("input_ids", DType::Int64, {-1, -1}), input("attention_mask", DType::Int64, {-1, -1}),
                 input("token_type_ids", DType::Int64, {-1, -1})});
    QCOMPARE(bert[0].tensor.shape(), bert[1].tensor.shape());
    for (const std::int64_t id : bert[0].tensor.data<std::int64_t>())
        QVERIFY(id >= 0 && id < 1000);
    const auto mask = bert[1].tensor.data<std::int64_t>();
    QCOMPARE(mask.front(), std::int64_t {1});
    QVERIFY(std::is_sorted(mask.rbegin(), mask.rend()));
    for (const std::int64_t type : bert[2].tensor.data<std::int64_t>())
        QCOMPARE(type, std::int64_t {0});

    const auto picture = first({input("x", DType::Float32, {1, 3, 8, 8})}, "unit");
    for (const float value : picture[0].tensor.floats())
        QVERIFY(value >= 0.F && value <= 1.F);
    JobContext job;
    QVERIFY(!openDataset({"synthetic", 0, {}}, {input("x", DType::String, {1})}, job).ok());
    QVERIFY(!openDataset({"synthetic", 0, {}}, {input("x", DType::Float32, {1 << 20, 1 << 20})}, job).ok());
}

void TestDataset::readerSkipsDamagedSamples()
{
    QTemporaryDir folder;
    for (int i = 0; i < 30; ++i)
        writePicture(folder.filePath(QString("%1.png").arg(i, 2, 10, QChar('0'))));
    for (const char *name : {"04.png", "17.png", "29.png"})
        writeBytes(folder.filePath(name).toStdString(), makePng(gradient(4, 4, 3)).substr(0, 50));
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &f) { findings.push_back(f); });
    const auto dataset = open(folder.path()).value();
    SampleReader reader(*dataset, job);
    std::vector<std::size_t> seen;
    while (true) {
        const auto next = reader.next();
        QVERIFY(next.ok());
        if (!*next)
            break;
        seen.push_back((*next)->first);
        QCOMPARE((*next)->second.id, dataset->sampleId(seen.back()));
    }
    QCOMPARE(seen.size(), std::size_t {27});
    QCOMPARE(reader.skipped(), std::size_t {3});
    QCOMPARE(findings.size(), std::size_t {3});
    QCOMPARE(findings[1].subject, std::string("17.png"));
    QCOMPARE(findings[1].code, std::string("sample-skipped"));
    QVERIFY(contains(findings[1].detail.str(), "truncated"));
}

void TestDataset::readerGivesUp()
{
    const auto outcome = [](int total, int damaged) {
        QTemporaryDir folder;
        for (int i = 0; i < total; ++i)
            writePicture(folder.filePath(QString("%1.png").arg(i)));
        for (int i = 0; i < damaged; ++i)
            writeBytes(folder.filePath(QString("%1.png").arg(i)).toStdString(), "no picture");
        JobContext job;
        const auto dataset = open(folder.path()).value();
        SampleReader reader(*dataset, job);
        while (true) {
            const auto next = reader.next();
            if (!next.ok())
                return next.error().message();
            if (!*next)
                return std::string();
        }
    };
    QCOMPARE(outcome(3, 1), std::string()); // one is never too many
    QVERIFY(contains(outcome(3, 2), "2 of 3"));
    QCOMPARE(outcome(20, 2), std::string());
    QVERIFY(contains(outcome(20, 3), "3 of 20"));
    QVERIFY(contains(outcome(1, 1), "1 of 1"));
}

void TestDataset::readerStops()
{
    const auto dataset = open("synthetic", 3, nullptr).value();
    std::stop_source stop;
    JobContext job(stop.get_token(), JobContext::ProgressSink {});
    SampleReader reader(*dataset, job);
    QVERIFY(reader.next().ok());
    stop.request_stop();
    QVERIFY_EXCEPTION_THROWN((void)reader.next(), Cancelled);
}

void TestDataset::subsets()
{
    const auto list = std::make_shared<ListDataset>();
    for (int i = 0; i < 7; ++i)
        list->add("x", {1, 1}, {static_cast<float>(i)}, i * 10);
    const auto values = [](const Dataset &data) {
        std::vector<float> all;
        for (std::size_t i = 0; i < data.size(); ++i)
            all.push_back(data.sample(i).value().inputs.front().tensor.floats().front());
        return all;
    };
    const DatasetPtr some = someSamples(list, 3);
    QVERIFY(values(*some) == (std::vector<float> {0, 2, 4}));
    QCOMPARE(some->label(2).value(), std::int64_t {40});
    QCOMPARE(some->sampleId(1), std::string("#2"));
    QVERIFY(some->hasLabels() && !some->isSynthetic());
    QCOMPARE(some->description().str(), std::string("list, 3 of them"));
    QVERIFY(someSamples(list, 0) == list && someSamples(list, 7) == list);
    QVERIFY(values(*everyNthSample(list, 0, 2)) == (std::vector<float> {0, 2, 4, 6}));
    QVERIFY(values(*everyNthSample(list, 1, 2)) == (std::vector<float> {1, 3, 5}));
    // What is not the same choice has not the same fingerprint.
    std::set<std::string> prints {list->fingerprint(), some->fingerprint()};
    prints.insert(everyNthSample(list, 0, 2)->fingerprint());
    prints.insert(everyNthSample(list, 1, 2)->fingerprint());
    prints.insert(everyNthSample(list, 1, 3)->fingerprint());
    QCOMPARE(prints.size(), std::size_t {5});
}

QTEST_GUILESS_MAIN(TestDataset)
#include "tst_dataset.moc"
