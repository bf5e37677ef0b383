// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/gguf.h"
#include "core/llm/imatrix.h"

#include <QtTest>

#include <QTemporaryDir>

#include <cmath>
#include <limits>

using namespace qs;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

template <typename T> std::string raw(T value)
{
    return {reinterpret_cast<const char *>(&value), sizeof value};
}
std::string text(const std::string &value)
{
    return raw(static_cast<std::int32_t>(value.size())) + value;
}
std::string floats(std::initializer_list<float> values)
{
    std::string out = raw(static_cast<std::int32_t>(values.size()));
    for (const float value : values)
        out += raw(value);
    return out;
}

/// Two entries: sums 2 4 6 over 2 calls, and 5 over 5 calls.
std::string datFile()
{
    return raw(std::int32_t {2}) + text("blk.0.attn_q.weight") + raw(std::int32_t {2}) + floats({2, 4, 6})
        + text("output.weight") + raw(std::int32_t {5}) + floats({5});
}

struct Tensor4
{
    std::string name;
    Shape shape;
    std::vector<float> values;
};

class Scratch
{
public:
    fs::path path(const char *name) const { return m_folder.filePath(name).toStdString(); }
    fs::path write(const std::string &bytes) const
    {
        if (!writeFileAtomically(path("x.imatrix"), bytes).ok())
            qFatal("cannot write");
        return path("x.imatrix");
    }
    fs::path writeGguf(const std::vector<Tensor4> &tensors, const char *type = "imatrix") const
    {
        GgufHeader header;
        GgufArray datasets;
        datasets.items = std::vector<std::string> {"wiki.txt"};
        header.metadata = {{"general.type", std::string(type)},
                           {"imatrix.datasets", datasets},
                           {"imatrix.chunk_count", std::uint32_t {7}},
                           {"imatrix.chunk_size", std::uint32_t {512}}};
        for (const Tensor4 &tensor : tensors)
            header.tensors.push_back({tensor.name, GgmlType::F32, tensor.shape});
        auto writer = GgufWriter::create(path("x.imatrix"), header);
        for (const Tensor4 &tensor : tensors) {
            if (!writer->append(std::as_bytes(std::span(tensor.values))).ok())
                qFatal("cannot write");
        }
        if (!writer->finish().ok())
            qFatal("cannot write");
        return path("x.imatrix");
    }

private:
    QTemporaryDir m_folder;
};

QString errorOf(const fs::path &path)
{
    const auto matrix = readImatrix(path);
    return matrix.ok() ? QString("no error") : QString::fromStdString(matrix.error().message());
}

} // namespace

class tst_Imatrix : public QObject
{
    Q_OBJECT
private slots:
    void dat();
    void gguf();
    void roundTrips();
    void datBytes();
    void malformed();
    void damagedBytesNeverCrash();
};

void tst_Imatrix::dat()
{
    const Scratch scratch;
    auto matrix = readImatrix(scratch.write(datFile() + raw(std::int32_t {11}) + text("calibration.txt")));
    QVERIFY2(matrix.ok(), matrix.ok() ? "" : matrix.error().message().c_str());
    QCOMPARE(matrix->entries.size(), std::size_t {2});
    const ImportanceEntry *entry = matrix->find("blk.0.attn_q.weight");
    QVERIFY(entry && entry->values == (std::vector<float> {1, 2, 3})
            && entry->counts == (std::vector<float> {2}));
    QCOMPARE(entry->inputs(), std::size_t {3});
    QCOMPARE(matrix->find("output.weight")->values.front(), 1.F);
    QVERIFY(!matrix->find("token_embd.weight"));
    QCOMPARE(matrix->chunkCount, 11U);
    QCOMPARE(matrix->datasets, std::vector<std::string> {"calibration.txt"});
    matrix = readImatrix(scratch.write(datFile())); // as the first versions wrote it
    QVERIFY(matrix.ok() && matrix->chunkCount == 0 && matrix->datasets.empty());
}

void tst_Imatrix::gguf()
{
    const Scratch scratch;
    const auto matrix = readImatrix(scratch.writeGguf({{"a.weight.in_sum2", {2, 1}, {8, 2}},
                                                       {"a.weight.counts", {1, 1}, {4}},
                                                       {"b_exps.weight.in_sum2", {2, 3}, {1, 2, 3, 4, 0, 0}},
                                                       {"b_exps.weight.counts", {1, 3}, {1, 2, 0}}}));
    QVERIFY2(matrix.ok(), matrix.ok() ? "" : matrix.error().message().c_str());
    QVERIFY(matrix->find("a.weight")->values == (std::vector<float> {2, 0.5F}));
    // An expert without tokens says nothing: all of its inputs matter the same.
    QVERIFY(matrix->find("b_exps.weight")->values == (std::vector<float> {1, 2, 1.5F, 2, 1, 1}));
    QCOMPARE(matrix->find("b_exps.weight")->matrices(), std::size_t {3});
    QCOMPARE(matrix->chunkCount, 7U);
    QCOMPARE(matrix->chunkSize, 512U);
    QCOMPARE(matrix->datasets, std::vector<std::string> {"wiki.txt"});
}

void tst_Imatrix::roundTrips()
{
    const Scratch scratch;
    ImportanceMatrix matrix;
    matrix.entries["blk.0.ffn_down.weight"] = {{0.5F, 0.25F, 0, 8}, {64}};
    matrix.entries["blk.0.ffn_up_exps.weight"] = {{1, 2, 3, 4}, {16, 32}};
    matrix.datasets = {"a.txt", "b.txt"};
    matrix.chunkCount = 3;
    matrix.chunkSize = 256;
    QVERIFY(writeImatrix(scratch.path("m.gguf"), matrix).ok());
    const auto again = readImatrix(scratch.path("m.gguf"));
    QVERIFY2(again.ok(), again.ok() ? "" : again.error().message().c_str());
    QVERIFY(*again == matrix);

    QVERIFY(writeImatrix(scratch.path("m.dat"), matrix, ImatrixFormat::Dat).ok());
    const auto older = readImatrix(scratch.path("m.dat"));
    QVERIFY(older.ok());
    for (const auto &[name, entry] : matrix.entries)
        QVERIFY(older->find(name)->values == entry.values);
    QCOMPARE(older->datasets, std::vector<std::string> {"a.txt"});

    matrix.entries["bad"] = {{std::numeric_limits<float>::quiet_NaN()}, {1}};
    QVERIFY(!writeImatrix(scratch.path("m.gguf"), matrix).ok());
}

void tst_Imatrix::datBytes()
{
    ImportanceMatrix matrix;
    matrix.entries["blk.0.attn_q.weight"] = {{1, 2, 3}, {2}};
    matrix.entries["output.weight"] = {{1}, {5}};
    matrix.datasets = {"t"};
    matrix.chunkCount = 4;
    const Scratch scratch;
    QVERIFY(writeImatrix(scratch.path("m.dat"), matrix, ImatrixFormat::Dat).ok());
    QVERIFY(*readFile(scratch.path("m.dat")) == datFile() + raw(std::int32_t {4}) + text("t"));
}

void tst_Imatrix::malformed()
{
    const Scratch scratch;
    QVERIFY(errorOf(scratch.path("absent")).contains("No such file"));
    QVERIFY(errorOf(scratch.write("")).contains("no importance matrix"));
    QVERIFY(errorOf(scratch.write("text, not numbers")).contains("no importance matrix"));
    QVERIFY(errorOf(scratch.write(datFile().substr(0, 40))).contains("ends in entry 1 of 2"));
    const std::string one = raw(std::int32_t {1}) + text("w");
    QVERIFY(errorOf(scratch.write(one + raw(std::int32_t {0}) + floats({1}))).contains("never called"));
    QVERIFY(errorOf(scratch.write(one + raw(std::int32_t {1}) + floats({-1})))
                .contains("negative or not finite"));
    QVERIFY(errorOf(scratch.write(one + raw(std::int32_t {1}) + floats({INFINITY}))).contains("not finite"));
    QVERIFY(errorOf(scratch.write(one + raw(std::int32_t {1}) + raw(std::int32_t {1 << 30})))
                .contains("ends in entry 1"));
    QVERIFY(errorOf(scratch.write(one + raw(std::int32_t {1}) + raw(std::int32_t {-1})))
                .contains("ends in entry 1"));
    const std::string entry = text("w") + raw(std::int32_t {1}) + floats({1});
    QVERIFY(errorOf(scratch.write(raw(std::int32_t {2}) + entry + entry)).contains("'w' twice"));
    QVERIFY(errorOf(scratch.writeGguf({}, "model")).contains("is a GGUF file, but no importance matrix"));
    QVERIFY(errorOf(scratch.writeGguf({})).contains("without tensors"));
    QVERIFY(errorOf(scratch.writeGguf({{"w.in_sum2", {2}, {1, 2}}})).contains("'w' has no counts"));
    QVERIFY(errorOf(scratch.writeGguf({{"w.in_sum2", {2}, {1, 2}}, {"w.counts", {2}, {1, 1}}}))
                .contains("no counts that fit"));
    QVERIFY(errorOf(scratch.writeGguf({{"w.in_sum2", {2}, {1, 2}}, {"w.counts", {1}, {-1}}}))
                .contains("no number of tokens"));
}

void tst_Imatrix::damagedBytesNeverCrash()
{
    const Scratch scratch;
    const std::string good = datFile() + raw(std::int32_t {11}) + text("calibration.txt");
    int readable = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const char value : {'\0', '\x7f', '\xff'}) {
            std::string bytes = good;
            bytes[i] = value;
            const auto matrix = readImatrix(scratch.write(bytes));
            if (!matrix.ok())
                continue;
            ++readable;
            for (const auto &[name, entry] : matrix->entries)
                QVERIFY(!entry.values.empty() && entry.inputs() * entry.matrices() == entry.values.size());
        }
    }
    QVERIFY(readable > 50);
}

QTEST_APPLESS_MAIN(tst_Imatrix)
#include "tst_imatrix.moc"
