// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufquantize.h"

#include <QtTest>

#include <QTemporaryDir>

#include <cmath>
#include <limits>
#include <random>

using namespace qs;
namespace fs = std::filesystem;

namespace {

std::vector<float> normalValues(std::size_t size, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0.F, 0.05F);
    std::vector<float> x(size);
    std::generate(x.begin(), x.end(), [&] { return normal(generator); });
    return x;
}

struct Content
{
    GgufTensorInfo info;
    std::vector<float> values;
};

/// Two layers of a model, a matrix larger than what is worked on at a time (2^23 elements), a stack of
/// experts.
std::vector<Content> contents()
{
    std::vector<Content> all;
    const auto add = [&](const char *name, GgmlType type, Shape shape) {
        const auto size = static_cast<std::size_t>(elementCount(shape));
        all.push_back(
            {{name, type, std::move(shape)}, normalValues(size, static_cast<unsigned>(all.size()))});
    };
    add("token_embd.weight", GgmlType::F32, {512, 17000});
    add("blk.0.attn_norm.weight", GgmlType::F32, {512});
    add("blk.0.attn_v.weight", GgmlType::F16, {512, 70});
    add("blk.0.ffn_up_exps.weight", GgmlType::BF16, {512, 100, 3});
    add("blk.1.ffn_down.weight", GgmlType::F32, {288, 40});
    add("output.weight", GgmlType::F32, {512, 30});
    return all;
}

class Scratch
{
public:
    fs::path path(const char *name) const { return m_folder.filePath(name).toStdString(); }
    QStringList files() const
    {
        return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
    }

    GgufFilePtr write(const char *name, const std::vector<Content> &all,
                      const std::vector<GgufEntry> &metadata = {}) const
    {
        GgufHeader header;
        header.metadata
            = {{"general.architecture", std::string("llama")}, {"llama.block_count", std::uint32_t {2}}};
        header.metadata.insert(header.metadata.end(), metadata.begin(), metadata.end());
        for (const Content &content : all)
            header.tensors.push_back(content.info);
        auto writer = GgufWriter::create(path(name), header);
        if (!writer.ok())
            qFatal("%s", writer.error().message().c_str());
        for (const Content &content : all) {
            const GgmlTraits &traits = ggmlTraits(content.info.type);
            std::vector<std::byte> bytes(static_cast<std::size_t>(traits.bytesFor(content.info.elements())));
            traits.quantize(content.values.data(), bytes.data(), content.info.rows(),
                            content.info.rowLength(), nullptr);
            if (!writer->append(bytes).ok())
                qFatal("cannot write");
        }
        if (!writer->finish().ok())
            qFatal("cannot write");
        return *GgufFile::open(path(name));
    }

private:
    QTemporaryDir m_folder;
};

GgufQuantizeOptions optionsOf(const char *mix)
{
    GgufQuantizeOptions options;
    options.mix = *requireGgufMix(mix);
    return options;
}

template <typename T> QString messageOf(const Result<T> &result)
{
    return result.ok() ? QString("no error") : QString::fromStdString(result.error().message());
}

} // namespace

class tst_GgufQuantize : public QObject
{
    Q_OBJECT
private slots:
    void everyTensor();
    void threadsChangeNothing();
    void importanceIsUsed();
    void importanceOfZero();
    void cancelLeavesNothing();
    void progressEndsAtAll();
    void refuses_data();
    void refuses();
    void quantizedAgain();
};

void tst_GgufQuantize::everyTensor()
{
    const Scratch scratch;
    const auto all = contents();
    const GgufFilePtr in = scratch.write("in.gguf", all, {{"general.name", std::string("two layers")}});
    JobContext job;
    const auto result = quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), optionsOf("Q4_K_M"), job);
    QVERIFY2(result.ok(), qPrintable(messageOf(result)));
    QCOMPARE(scratch.files(), (QStringList {"in.gguf", "out.gguf"}));
    const auto out = GgufFile::open(scratch.path("out.gguf"));
    QVERIFY(out.ok());
    const GgufHeader &header = (*out)->header();
    QCOMPARE(*header.get<std::string>("general.name"), std::string("two layers"));
    QCOMPARE(*header.get<std::uint32_t>("general.file_type"), 15U);
    QCOMPARE(*header.get<std::uint32_t>("general.quantization_version"), 2U);
    const GgmlType types[]
        = {GgmlType::Q4_K, GgmlType::F32, GgmlType::Q6_K, GgmlType::Q4_K, GgmlType::Q8_0, GgmlType::Q6_K};
    double bytes = 0;
    double elements = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const GgufTensorInfo &info = header.tensors[i];
        const GgmlTraits &traits = ggmlTraits(types[i]);
        QVERIFY2(info.type == types[i], info.name.c_str());
        // Each tensor is what coding its floats at one go gives; F16 and BF16 were rounded before.
        std::vector<float> x(all[i].values.size());
        QVERIFY(in->rows(in->header().tensors[i], 0, info.rows(), x).ok());
        std::vector<std::byte> expected(static_cast<std::size_t>(traits.bytesFor(info.elements())));
        traits.quantize(x.data(), expected.data(), info.rows(), info.rowLength(), nullptr);
        const auto found = (*out)->bytes(info);
        QVERIFY2(std::equal(found.begin(), found.end(), expected.begin(), expected.end()), info.name.c_str());
        std::vector<float> y(x.size());
        traits.dequantize(expected.data(), y.data(), info.elements());
        double squares = 0;
        double errors = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            squares += double(x[k]) * double(x[k]);
            errors += std::pow(double(x[k]) - double(y[k]), 2);
        }
        const GgufQuantizedTensor &report = result->tensors[i];
        QVERIFY(std::abs(report.relativeError - errors / squares) <= 1e-9 * errors / squares);
        QVERIFY(report.from == all[i].info.type && report.to == types[i]);
        QCOMPARE(report.bitsPerWeight(), traits.bitsPerWeight());
        bytes += double(expected.size());
        elements += double(x.size());
    }
    QCOMPARE(result->bitsPerWeight(), 8 * bytes / elements);
    QCOMPARE(result->byteSize, std::uint64_t(fs::file_size(scratch.path("out.gguf"))));
}

void tst_GgufQuantize::threadsChangeNothing()
{
    const Scratch scratch;
    const GgufFilePtr in = scratch.write("in.gguf", contents());
    JobContext job;
    std::vector<double> errors[2];
    for (const int threads : {1, 5}) {
        GgufQuantizeOptions options = optionsOf("Q8_0");
        options.threads = threads;
        const auto result
            = quantizeGguf(GgufFileSource(in), scratch.path(threads == 1 ? "one" : "five"), options, job);
        QVERIFY2(result.ok(), qPrintable(messageOf(result)));
        for (const GgufQuantizedTensor &tensor : result->tensors)
            errors[threads == 1].push_back(tensor.relativeError);
    }
    QVERIFY(*readFile(scratch.path("one")) == *readFile(scratch.path("five")));
    QVERIFY(errors[0] == errors[1]);
}

void tst_GgufQuantize::importanceIsUsed()
{
    const Scratch scratch;
    const auto all = contents();
    const GgufFilePtr in = scratch.write("in.gguf", all);
    std::vector<float> weights = normalValues(3 * 512, 77);
    for (float &w : weights)
        w = w * w + 1e-4F;
    ImportanceMatrix matrix;
    matrix.entries["blk.0.ffn_up_exps.weight"] = {weights, {5, 6, 7}};
    matrix.entries["token_embd.weight"] = {std::vector<float>(512, 1.F), {1}}; // never used
    GgufQuantizeOptions options = optionsOf("Q4_K_M");
    options.importance = &matrix;
    JobContext job;
    const auto result = quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), options, job);
    QVERIFY2(result.ok(), qPrintable(messageOf(result)));
    const auto out = GgufFile::open(scratch.path("out.gguf"));
    QVERIFY(out.ok());
    const GgufTensorInfo &info = *(*out)->header().findTensor("blk.0.ffn_up_exps.weight");
    std::vector<float> x(3 * 100 * 512);
    QVERIFY(in->rows(in->header().tensors[3], 0, 300, x).ok());
    const GgmlTraits &traits = ggmlTraits(GgmlType::Q4_K);
    std::vector<std::byte> expected(info.byteSize);
    for (int e = 0; e < 3; ++e) // each expert with weights of its own
        traits.quantize(x.data() + e * 51200, expected.data() + traits.bytesFor(e * 51200), 100, 512,
                        weights.data() + e * 512);
    const auto found = (*out)->bytes(info);
    QVERIFY(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
    for (const GgufQuantizedTensor &tensor : result->tensors)
        QCOMPARE(tensor.usedImportance, tensor.name == "blk.0.ffn_up_exps.weight");
    matrix.entries["output.weight"] = {std::vector<float>(100, 1.F), {1}};
    const auto wrong = quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), options, job);
    QVERIFY2(messageOf(wrong).contains("has 512 inputs, but the importance matrix has 100"),
             qPrintable(messageOf(wrong)));
}

void tst_GgufQuantize::importanceOfZero()
{
    // Columns that nothing passed through must not lose their values.
    const Scratch scratch;
    const std::vector<Content> all {
        {{"blk.0.ffn_up.weight", GgmlType::F32, {512, 8}}, normalValues(4096, 1)}};
    const GgufFilePtr in = scratch.write("in.gguf", all);
    JobContext job;
    for (const bool isAllZero : {true, false}) {
        ImportanceMatrix matrix;
        std::vector<float> weights(512, 0.F);
        if (!isAllZero)
            std::fill(weights.begin() + 256, weights.end(), 1.F);
        matrix.entries["blk.0.ffn_up.weight"] = {weights, {1}};
        GgufQuantizeOptions options = optionsOf("Q4_0");
        options.importance = &matrix;
        const auto result = quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), options, job);
        QVERIFY2(result.ok(), qPrintable(messageOf(result)));
        QVERIFY2(result->tensors[0].relativeError < 0.01,
                 qPrintable(QString::number(result->tensors[0].relativeError)));
    }
}

void tst_GgufQuantize::cancelLeavesNothing()
{
    const Scratch scratch;
    const GgufFilePtr in = scratch.write("in.gguf", contents());
    std::stop_source stop;
    JobContext job(stop.get_token(), [&](const Progress &progress) {
        if (progress.done > 0)
            stop.request_stop();
    });
    bool isCancelled = false;
    try {
        (void)quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), optionsOf("Q4_K_M"), job);
    } catch (const Cancelled &) {
        isCancelled = true;
    }
    QVERIFY(isCancelled);
    QCOMPARE(scratch.files(), QStringList {"in.gguf"});
}

void tst_GgufQuantize::progressEndsAtAll()
{
    const Scratch scratch;
    const GgufFilePtr in = scratch.write("in.gguf", contents());
    Progress last;
    JobContext job({}, [&](const Progress &progress) {
        QVERIFY(progress.done >= last.done);
        last = progress;
    });
    QVERIFY(quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), optionsOf("Q6_K"), job).ok());
    QCOMPARE(last.stage, std::string("quantize"));
    QCOMPARE(last.done, last.total);
    QCOMPARE(last.total, std::int64_t {512 * (17000 + 1 + 70 + 300 + 30) + 288 * 40});
}

void tst_GgufQuantize::refuses_data()
{
    QTest::addColumn<float>("value");
    QTest::addColumn<QString>("mix");
    QTest::addColumn<QString>("why");
    QTest::newRow("NaN") << std::numeric_limits<float>::quiet_NaN() << "Q4_K_M"
                         << "'blk.0.ffn_up.weight' has values that are infinite or no numbers";
    QTest::newRow("infinity") << std::numeric_limits<float>::infinity() << "Q8_0"
                              << "infinite";
    QTest::newRow("too large for F16") << 70000.F << "F16"
                                       << "too large for type F16";
    QTest::newRow("too large for the scale") << 1e9F << "Q8_0"
                                             << "too large for type Q8_0";
    QTest::newRow("too large for a super-block") << 1e9F << "Q4_K_M"
                                                 << "too large for type Q4_K";
}

void tst_GgufQuantize::refuses()
{
    QFETCH(float, value);
    QFETCH(QString, mix);
    QFETCH(QString, why);
    const Scratch scratch;
    std::vector<Content> all {{{"output.weight", GgmlType::F32, {256, 2}}, normalValues(512, 1)},
                              {{"blk.0.ffn_up.weight", GgmlType::F32, {256, 2}}, normalValues(512, 1)}};
    all[1].values[300] = value;
    const GgufFilePtr in = scratch.write("in.gguf", all);
    JobContext job;
    const auto result
        = quantizeGguf(GgufFileSource(in), scratch.path("out.gguf"), optionsOf(qPrintable(mix)), job);
    QVERIFY2(messageOf(result).contains(why), qPrintable(messageOf(result)));
    QVERIFY(messageOf(result).startsWith(QString::fromStdString(scratch.path("in.gguf").string())));
    QCOMPARE(scratch.files(), QStringList {"in.gguf"});
}

void tst_GgufQuantize::quantizedAgain()
{
    const Scratch scratch;
    const GgufFilePtr in = scratch.write("in.gguf", contents());
    JobContext job;
    QVERIFY(quantizeGguf(GgufFileSource(in), scratch.path("q8.gguf"), optionsOf("Q8_0"), job).ok());
    const GgufFilePtr once = *GgufFile::open(scratch.path("q8.gguf"));
    GgufQuantizeOptions options = optionsOf("Q4_0");
    const auto refused = quantizeGguf(GgufFileSource(once), scratch.path("q4.gguf"), options, job);
    QVERIFY2(messageOf(refused).contains("is quantized already"), qPrintable(messageOf(refused)));
    options.allowRequantize = true;
    const auto done = quantizeGguf(GgufFileSource(once), scratch.path("q4.gguf"), options, job);
    QVERIFY2(done.ok(), qPrintable(messageOf(done)));
    // Into the same types is a copy.
    QVERIFY(quantizeGguf(GgufFileSource(once), scratch.path("same.gguf"), optionsOf("Q8_0"), job).ok());
    QVERIFY(*readFile(scratch.path("same.gguf")) == *readFile(scratch.path("q8.gguf")));

    const std::vector<Content> one {{{"blk.0.ffn_up.weight", GgmlType::F32, {32}}, normalValues(32, 1)}};
    const GgufFilePtr part
        = scratch.write("x-00001-of-00002.gguf", one, {{"split.count", std::uint16_t {2}}});
    const auto split = quantizeGguf(GgufFileSource(part), scratch.path("q4.gguf"), options, job);
    QVERIFY2(messageOf(split).contains("one of several parts"), qPrintable(messageOf(split)));
}

QTEST_APPLESS_MAIN(tst_GgufQuantize)
#include "tst_ggufquantize.moc"
