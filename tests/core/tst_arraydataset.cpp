// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"
#include "core/data/npyfile.h"
#include "core/data/tensorconvert.h"

#include <QtTest>

#include <numeric>

using namespace qs;

namespace {

template <typename T> NamedTensor numbers(const char *name, DType type, Shape shape)
{
    std::vector<T> values(static_cast<std::size_t>(elementCount(shape)));
    std::iota(values.begin(), values.end(), T {});
    return {name, Tensor::fromValues<T>(type, std::move(shape), values)};
}

NamedTensor floats(const char *name, Shape shape)
{
    return numbers<float>(name, DType::Float32, std::move(shape));
}

NamedTensor ints(const char *name, Shape shape)
{
    return numbers<std::int64_t>(name, DType::Int64, std::move(shape));
}

NamedTensor labels(std::vector<std::int64_t> values)
{
    return {
        "labels",
        Tensor::fromValues<std::int64_t>(DType::Int64, {static_cast<std::int64_t>(values.size())}, values)};
}

ValueInfo input(const char *name, Shape shape, DType type = DType::Float32)
{
    return {name, type, std::move(shape), true};
}

std::vector<float> floatsOf(const Tensor &tensor)
{
    return {tensor.floats().begin(), tensor.floats().end()};
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

struct Opened
{
    Result<DatasetPtr> dataset;
    std::vector<Finding> findings;

    const Dataset &operator*() const { return *dataset.value(); }
    std::string error() const { return dataset.ok() ? "no error" : dataset.error().message(); }
};

/// Writes \a tensors to an .npz and opens it; the archive's file stays readable while it is open.
Opened open(const std::vector<NamedTensor> &tensors, const std::vector<ValueInfo> &inputs,
            std::size_t limit = 0)
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("data.npz").toStdString();
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &f) { findings.push_back(f); });
    if (const Status written = writeNpz(path, tensors); !written.ok())
        return {written.error(), {}};
    auto dataset = openDataset({path, limit, std::nullopt}, inputs, job);
    return {std::move(dataset), std::move(findings)};
}

} // namespace

class TestArrayDataset : public QObject
{
    Q_OBJECT

private slots:
    void archiveFeedsInputsByName();
    void unnamedArrayFeedsTheFirstInput();
    void numberedArraysFeedInOrder();
    void folderOfArrays();
    void slashesMayBeUnderscores();
    void labelsAreFound();
    void badLabelsAreErrors();
    void limitIsSpreadOverLabels();
    void fixedBatchGroupsRows();
    void wholeSamples();
    void misfitsNameBothSides();
    void typesAreConverted();
    void conversionsMustFit();
    void convertTensorTable();
    void fingerprints();
};

void TestArrayDataset::archiveFeedsInputsByName()
{
    const Opened opened = open({ints("mask", {4, 3}), floats("extra", {2}), ints("ids", {4, 3})},
                               {input("ids", {-1, -1}, DType::Int64), input("mask", {-1, 3}, DType::Int64)});
    QVERIFY2(opened.dataset.ok(), opened.error().c_str());
    QCOMPARE((*opened).size(), std::size_t {4});
    QVERIFY(!(*opened).hasLabels());
    QCOMPARE((*opened).sampleId(2), std::string("#2"));
    QVERIFY(contains((*opened).description().str(), "data.npz, 4 samples"));
    const Sample sample = (*opened).sample(2).value();
    QCOMPARE(sample.inputs[0].name, std::string("ids"));
    QCOMPARE(sample.inputs[1].name, std::string("mask"));
    QCOMPARE(sample.inputs[0].tensor.shape(), (Shape {1, 3}));
    QCOMPARE(sample.inputs[0].tensor.data<std::int64_t>()[0], std::int64_t {6});
    QVERIFY((*opened).sourceFile(0).empty());
    QCOMPARE(opened.findings.size(), std::size_t {1});
    QCOMPARE(opened.findings.front().subject, std::string("extra"));
}

void TestArrayDataset::unnamedArrayFeedsTheFirstInput()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("pictures.npy").toStdString();
    QVERIFY(writeNpy(path, floats("", {5, 2, 2}).tensor).ok());
    JobContext job;
    const auto dataset = openDataset({path, 2, std::nullopt}, {input("x", {1, 2, 2})}, job);
    QVERIFY(dataset.ok());
    QCOMPARE((*dataset)->size(), std::size_t {2});
    QCOMPARE((*dataset)->sampleId(1), std::string("#2"));
    QCOMPARE(floatsOf((*dataset)->sample(1)->inputs.front().tensor), (std::vector<float> {8, 9, 10, 11}));
    QVERIFY(contains((*dataset)->description().str(), "2 of 5 samples"));

    const auto two
        = openDataset({path, 0, std::nullopt}, {input("x", {1, 2, 2}), input("size", {1, 2})}, job);
    QVERIFY(!two.ok() && contains(two.error().message(), "'x' (float32 1x2x2)"));
}

void TestArrayDataset::numberedArraysFeedInOrder()
{
    std::vector<NamedTensor> arrays;
    std::vector<ValueInfo> inputs;
    for (int i = 0; i < 11; ++i) {
        arrays.push_back(floats("", {3, i + 1}));
        arrays.back().name = "arr_" + std::to_string(i);
        inputs.push_back(input("", {-1, i + 1}));
        inputs.back().name = "in" + std::to_string(i);
    }
    std::swap(arrays[1], arrays[10]); // arr_10 comes after arr_2
    const Opened opened = open(arrays, inputs);
    QVERIFY2(opened.dataset.ok(), opened.error().c_str());
    QCOMPARE((*opened).sample(0)->inputs[10].tensor.shape(), (Shape {1, 11}));
    const Opened named = open({floats("a", {3, 1}), floats("b", {3, 1})}, {inputs[0], inputs[1]});
    QVERIFY(contains(named.error(), "no array for input 'in0'"));
}

void TestArrayDataset::folderOfArrays()
{
    QTemporaryDir folder;
    const auto path = [&](const char *name) { return folder.filePath(name).toStdString(); };
    QVERIFY(writeNpy(path("ids.npy"), ints("", {4, 2}).tensor).ok());
    QVERIFY(writeNpy(path("mask.npy"), ints("", {4, 2}).tensor).ok());
    QVERIFY(writeNpy(path("labels.npy"), labels({3, 1, 3, 1}).tensor).ok());
    JobContext job;
    const std::vector<ValueInfo> inputs {input("ids", {-1, 2}, DType::Int64),
                                         input("mask", {-1, 2}, DType::Int64)};
    const auto dataset = openDataset({folder.path().toStdString(), 0, std::nullopt}, inputs, job);
    QVERIFY2(dataset.ok(), dataset.ok() ? "" : dataset.error().message().c_str());
    QVERIFY((*dataset)->hasLabels());
    QVERIFY((*dataset)->label(0) == 1 && (*dataset)->label(1) == 3); // round the classes
    QCOMPARE((*dataset)->sampleId(0), std::string("#1"));

    QFile::resize(folder.filePath("mask.npy"), 100);
    const auto damaged = openDataset({folder.path().toStdString(), 0, std::nullopt}, inputs, job);
    QVERIFY(!damaged.ok() && contains(damaged.error().message(), "mask.npy"));
}

void TestArrayDataset::slashesMayBeUnderscores()
{
    QVERIFY(open({floats("model_in_x", {2, 3})},
                 {
                     input("model/in/x", {-1, 3}),
                 })
                .dataset.ok());
    QVERIFY(
        open({floats("input.1", {2, 3}), floats("other", {2, 3})}, {input("input.1", {-1, 3})}).dataset.ok());
}

void TestArrayDataset::labelsAreFound()
{
    const std::vector<ValueInfo> inputs {input("x", {-1, 2})};
    const Opened plain = open({floats("x", {3, 2}), labels({5, 5, 5})}, inputs);
    QVERIFY((*plain).hasLabels());
    QVERIFY((*plain).label(1) == 5);
    QVERIFY((*plain).sample(2)->label == 5);
    QVERIFY(plain.findings.empty());
    const Opened column = open(
        {floats("x", {3, 2}), {"label", numbers<std::uint8_t>("", DType::UInt8, {3, 1}).tensor}}, inputs);
    QVERIFY((*column).label(2) == 2);
    // An input of that name is an input.
    const Opened asInput
        = open({floats("x", {3, 2}), labels({5, 5, 5})}, {inputs[0], input("labels", {-1}, DType::Int64)});
    QVERIFY(!(*asInput).hasLabels());
}

void TestArrayDataset::badLabelsAreErrors()
{
    const std::vector<ValueInfo> inputs {input("x", {-1, 2})};
    QVERIFY(contains(open({floats("x", {3, 2}), labels({5, 5})}, inputs).error(), "one label for each of 3"));
    QVERIFY(contains(open({floats("x", {3, 2}), floats("labels", {3, 2})}, inputs).error(), "one label"));
    const std::vector<float> halves {0.5F, 1, 2};
    QVERIFY(contains(open({floats("x", {3, 2}), {"labels", Tensor::fromFloats({3}, halves)}}, inputs).error(),
                     "0.5"));
}

void TestArrayDataset::limitIsSpreadOverLabels()
{
    const Opened opened
        = open({floats("x", {8, 1}), labels({0, 0, 0, 0, 1, 1, 1, 1})}, {input("x", {-1, 1})}, 4);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < (*opened).size(); ++i)
        ids.push_back((*opened).sampleId(i));
    QCOMPARE(ids, (std::vector<std::string> {"#0", "#4", "#2", "#6"}));
}

void TestArrayDataset::fixedBatchGroupsRows()
{
    const Opened opened
        = open({floats("x", {11, 2}), floats("y", {11, 1}), labels(std::vector<std::int64_t>(11, 1))},
               {input("x", {4, 2}), input("y", {-1, 1})});
    QCOMPARE((*opened).size(), std::size_t {2});
    QCOMPARE((*opened).sampleId(1), std::string("#4-#7"));
    QVERIFY(!(*opened).hasLabels());
    const Sample sample = (*opened).sample(1).value();
    QCOMPARE(sample.inputs[0].tensor.shape(), (Shape {4, 2}));
    QCOMPARE(floatsOf(sample.inputs[1].tensor), (std::vector<float> {4, 5, 6, 7}));
    QCOMPARE(opened.findings.size(), std::size_t {2}); // labels unused, three rows left out
    QVERIFY(contains(open({floats("x", {3, 2})}, {input("x", {4, 2})}).error(), "less than one batch"));
    QVERIFY(contains(
        open({floats("x", {8, 2}), floats("y", {8, 1})}, {input("x", {4, 2}), input("y", {2, 1})}).error(),
        "different batches"));
}

void TestArrayDataset::wholeSamples()
{
    // Each row is an input with its own batch dimension, or of an input that has none.
    const Opened batch = open({floats("x", {5, 2, 3})}, {input("x", {2, 3})});
    QCOMPARE((*batch).size(), std::size_t {5});
    QCOMPARE((*batch).sample(1)->inputs.front().tensor.shape(), (Shape {2, 3}));
    QCOMPARE(floatsOf((*batch).sample(1)->inputs.front().tensor), (std::vector<float> {6, 7, 8, 9, 10, 11}));
    const Opened scalar = open({floats("x", {5})}, {input("x", {})});
    QCOMPARE((*scalar).sample(3)->inputs.front().tensor.shape(), Shape {});
    QVERIFY(contains(
        open({floats("x", {4, 2}), floats("y", {4, 3})}, {input("x", {2, 2}), input("y", {3})}).error(),
        "several rows"));
}

void TestArrayDataset::misfitsNameBothSides()
{
    const auto error
        = [](const NamedTensor &array, const ValueInfo &value) { return open({array}, {value}).error(); };
    const std::string shape = error(floats("x", {5, 3, 30, 32}), input("x", {-1, 3, 32, 32}));
    QVERIFY2(contains(shape, "'x' (float32 5x3x30x32)") && contains(shape, "'x' (float32 ?x3x32x32)"),
             shape.c_str());
    QVERIFY(contains(error(floats("x", {5, 3}), input("x", {-1, 3, 1})), "does not fit"));
    QVERIFY(contains(error(floats("x", {}), input("x", {-1})), "does not fit"));
    QVERIFY(contains(error(floats("x", {5, 3}), input("x", {-1, 3}, DType::String)), "does not fit"));
    QVERIFY(contains(error(floats("x", {0, 3}), input("x", {-1, 3})), "holds 0 rows"));
    const std::string missing
        = open({floats("a", {5, 3}), floats("b", {5, 3})}, {input("x", {-1, 3})}).error();
    QVERIFY2(contains(missing, "'x'") && contains(missing, "'a' (float32 5x3), 'b'"), missing.c_str());
    QVERIFY(contains(
        open({floats("x", {5, 3}), floats("y", {4, 3})}, {input("x", {-1, 3}), input("y", {-1, 3})}).error(),
        "different numbers of samples"));
}

void TestArrayDataset::typesAreConverted()
{
    const Opened wide = open({numbers<double>("x", DType::Float64, {2, 2})}, {input("x", {-1, 2})});
    QCOMPARE(floatsOf((*wide).sample(1)->inputs.front().tensor), (std::vector<float> {2, 3}));
    const Opened narrow
        = open({numbers<std::int32_t>("x", DType::Int32, {2, 2})}, {input("x", {-1, 2}, DType::Int64)});
    QCOMPARE((*narrow).sample(1)->inputs.front().tensor.data<std::int64_t>()[1], std::int64_t {3});
    const Opened bytes = open({numbers<std::uint8_t>("x", DType::UInt8, {2, 2})}, {input("x", {-1, 2})});
    QCOMPARE(floatsOf((*bytes).sample(0)->inputs.front().tensor), (std::vector<float> {0, 1}));
}

void TestArrayDataset::conversionsMustFit()
{
    const std::vector<std::int64_t> large {1, std::int64_t {1} << 40};
    const NamedTensor array {"ids", Tensor::fromValues<std::int64_t>(DType::Int64, {2, 1}, large)};
    // The first sample fits; the second is damaged.
    const Opened opened = open({array}, {input("ids", {-1, 1}, DType::Int32)});
    QVERIFY((*opened).sample(0).ok());
    const auto second = (*opened).sample(1);
    QVERIFY(!second.ok());
    QVERIFY2(contains(second.error().message(), "1099511627776")
                 && contains(second.error().message(), "'ids'"),
             second.error().message().c_str());
    const std::vector<float> halves {0.5F};
    QVERIFY(contains(
        open({{"ids", Tensor::fromFloats({1, 1}, halves)}}, {input("ids", {-1, 1}, DType::Int64)}).error(),
        "0.5"));
}

void TestArrayDataset::convertTensorTable()
{
    const auto fits = []<typename T>(DType from, T value, DType to) {
        const std::vector<T> values {value};
        return convertTensor(Tensor::fromValues<T>(from, {1}, values), to).ok();
    };
    QVERIFY(fits(DType::Int64, std::int64_t {127}, DType::Int8));
    QVERIFY(!fits(DType::Int64, std::int64_t {128}, DType::Int8));
    QVERIFY(!fits(DType::Int64, std::int64_t {-1}, DType::UInt64));
    QVERIFY(!fits(DType::UInt64, ~std::uint64_t {0}, DType::Int64));
    QVERIFY(!fits(DType::UInt64, ~std::uint64_t {0}, DType::Float64));
    QVERIFY(fits(DType::UInt64, std::uint64_t {1} << 63, DType::Float32));
    QVERIFY(fits(DType::Int32, 1 << 24, DType::Float32));
    QVERIFY(!fits(DType::Int32, (1 << 24) + 1, DType::Float32));
    QVERIFY(fits(DType::Float32, -128.F, DType::Int8));
    QVERIFY(!fits(DType::Float32, 128.F, DType::Int8));
    QVERIFY(!fits(DType::Float32, -0.5F, DType::Int8));
    QVERIFY(!fits(DType::Float32, std::nanf(""), DType::Int32));
    QVERIFY(!fits(DType::Float64, 9223372036854775808.0, DType::Int64));
    QVERIFY(fits(DType::Float64, -9223372036854775808.0, DType::Int64));
    QVERIFY(!fits(DType::Float64, 1e39, DType::Float32));
    QVERIFY(fits(DType::Float64, HUGE_VAL, DType::Float32));
    QVERIFY(fits(DType::Float64, 0.1, DType::Float32));
    QVERIFY(!fits(DType::Float32, 70000.F, DType::Float16));
    QVERIFY(fits(DType::Int8, std::int8_t {1}, DType::Bool));
    QVERIFY(!fits(DType::Int8, std::int8_t {2}, DType::Bool));
    QVERIFY(fits(DType::Bool, std::uint8_t {1}, DType::Float32));
    QVERIFY(!fits(DType::Float32, 1.F, DType::String));
    QVERIFY(!fits(DType::Float32, 1.F, DType::Int4));
}

void TestArrayDataset::fingerprints()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("x.npy").toStdString();
    const std::vector<ValueInfo> inputs {input("x", {-1, 2})};
    const auto fingerprint = [&](std::size_t limit) {
        JobContext job;
        return openDataset({path, limit, std::nullopt}, inputs, job).value()->fingerprint();
    };
    QVERIFY(writeNpy(path, floats("", {4, 2}).tensor).ok());
    const std::string before = fingerprint(0);
    QVERIFY(writeNpy(path, floats("", {4, 2}).tensor).ok()); // another time, the same bytes
    QCOMPARE(fingerprint(0), before);
    QCOMPARE(fingerprint(4), before);
    QVERIFY(fingerprint(3) != before);
    QVERIFY(writeNpy(path, Tensor(DType::Float32, {4, 2})).ok());
    QVERIFY(fingerprint(0) != before);
}

QTEST_GUILESS_MAIN(TestArrayDataset)
#include "tst_arraydataset.moc"
