// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/gguf.h"

#include <QtTest>

#include <QTemporaryDir>

#include <cmath>

using namespace qs;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

template <typename T> std::string raw(T value)
{
    return {reinterpret_cast<const char *>(&value), sizeof value};
}
std::string u32(std::uint32_t value)
{
    return raw(value);
}
std::string u64(std::uint64_t value)
{
    return raw(value);
}
std::string text(const std::string &value)
{
    return u64(value.size()) + value;
}
std::string start(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3)
{
    return "GGUF" + u32(version) + u64(tensors) + u64(entries);
}
std::string tensor(const std::string &name, const std::vector<std::uint64_t> &ne, std::uint32_t type,
                   std::uint64_t offset)
{
    std::string out = text(name) + u32(static_cast<std::uint32_t>(ne.size()));
    for (const std::uint64_t extent : ne)
        out += u64(extent);
    return out + u32(type) + u64(offset);
}
/// A string entry.
std::string entry(const std::string &key, const std::string &value)
{
    return text(key) + u32(8) + text(value);
}
std::string withData(std::string header, std::size_t dataBytes, std::size_t alignment = 32)
{
    header.resize((header.size() + alignment - 1) / alignment * alignment, '\0');
    return header + std::string(dataBytes, '\x11');
}

/// Exactly as large as the text, so that a sanitizer sees every step beyond it.
Result<GgufHeader> parse(const std::string &bytes)
{
    const std::vector<char> exact(bytes.begin(), bytes.end());
    return parseGgufHeader(std::as_bytes(std::span(exact)), exact.size());
}

std::string minimalFile()
{
    const auto hex = readFile(std::string(QS_SOURCE_DIR) + "/tests/cases/ggml/minimal.gguf.hex");
    return hex.ok() ? QByteArray::fromHex(QByteArray::fromStdString(*hex)).toStdString() : std::string();
}

/// Every type of value, arrays in arrays, blocks, all numbers of dimensions, an alignment of its own.
std::string richFile()
{
    std::string header = start(4, 16);
    header += entry("general.architecture", "llama") + text("general.alignment") + u32(4) + u32(64);
    header += text("u8") + u32(0) + raw(std::uint8_t {200});
    header += text("i8") + u32(1) + raw(std::int8_t {-3});
    header += text("u16") + u32(2) + raw(std::uint16_t {60000});
    header += text("i16") + u32(3) + raw(std::int16_t {-300});
    header += text("i32") + u32(5) + raw(std::int32_t {-70000});
    header += text("f32") + u32(6) + u32(0x7FC00123); // a NaN with a payload
    header += text("bool") + u32(7) + raw(std::uint8_t {1});
    header += text("u64") + u32(10) + u64(1ULL << 63);
    header += text("i64") + u32(11) + raw(std::int64_t {-5});
    header += text("f64") + u32(12) + raw(0.1);
    header += text("strings") + u32(9) + u32(8) + u64(3) + text("") + text("a\0b") + text("\xE4\xB8\xAD");
    header += text("bools") + u32(9) + u32(7) + u64(2) + raw(std::uint8_t {0}) + raw(std::uint8_t {1});
    header += text("nested") + u32(9) + u32(9) + u64(2) + u32(0) + u64(2) + "ab" + u32(9) + u64(0);
    header += text("none") + u32(9) + u32(12) + u64(0);
    header += tensor("vector", {3}, 0, 0) + tensor("blocks", {256, 2}, 12, 64)
        + tensor("cube", {32, 1, 2}, 8, 384) + tensor("four", {1, 2, 1, 2}, 30, 512);
    return withData(header, 64 + 320 + 128 + 64, 64);
}

class Scratch
{
public:
    fs::path path(const char *name) const { return m_folder.filePath(name).toStdString(); }
    fs::path write(const char *name, const std::string &bytes) const
    {
        if (!writeFileAtomically(path(name), bytes).ok())
            qFatal("cannot write");
        return path(name);
    }
    QStringList files() const { return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden); }

private:
    QTemporaryDir m_folder;
};

/// Reads \a in and writes all of it to \a out.
Status copyFile(const fs::path &in, const fs::path &out)
{
    QS_TRY(const GgufFilePtr file, GgufFile::open(in));
    QS_TRY(GgufWriter writer, GgufWriter::create(out, file->header()));
    for (const GgufTensorInfo &info : file->header().tensors) {
        // In two pieces, as a quantizer that works through a tensor would.
        const auto bytes = file->bytes(info);
        QS_CHECK(writer.append(bytes.first(bytes.size() / 3)));
        QS_CHECK(writer.append(bytes.subspan(bytes.size() / 3)));
    }
    QS_CHECK(writer.finish());
    return Done {};
}

std::string messageOf(const Status &status)
{
    return status.ok() ? "no error" : status.error().message();
}

} // namespace

class tst_Gguf : public QObject
{
    Q_OBJECT
private slots:
    void minimal();
    void everyValue();
    void sameBytesAgain_data();
    void sameBytesAgain();
    void olderVersion();
    void rowsAreDecoded();
    void malformed_data();
    void malformed();
    void exactLines_data();
    void exactLines();
    void claimsTakeNoMemory();
    void openNamesTheFile();
    void writerRefuses();
    void nothingIsLeftBehind();
};

void tst_Gguf::minimal()
{
    const std::string bytes = minimalFile();
    QCOMPARE(bytes.size(), std::size_t {256});
    const Scratch scratch;
    const auto file = GgufFile::open(scratch.write("m.gguf", bytes));
    QVERIFY2(file.ok(), file.ok() ? "" : file.error().message().c_str());
    const GgufHeader &header = (*file)->header();
    QCOMPARE(header.dataStart, std::uint64_t {192});
    QCOMPARE(header.architecture(), std::string("llama"));
    const auto *list = header.get<GgufArray>("x.list");
    QVERIFY(list && std::get<std::vector<std::int32_t>>(list->items) == (std::vector<std::int32_t> {1, -1}));
    QCOMPARE(header.tensors.size(), std::size_t {2});
    const GgufTensorInfo &a = header.tensors[0];
    QCOMPARE(a.name, std::string("a"));
    QVERIFY(a.shape == (Shape {2, 2}));
    QCOMPARE(a.rows(), std::int64_t {2});
    std::vector<float> values(4);
    QVERIFY((*file)->rows(a, 0, 2, values).ok());
    QVERIFY(values == (std::vector<float> {1, 2, 3, 4}));
    values.resize(3);
    QVERIFY((*file)->rows(*header.findTensor("b"), 0, 1, values).ok());
    QVERIFY(values == (std::vector<float> {5, 6, 7}));
    QVERIFY(!header.findTensor("c"));
}

void tst_Gguf::everyValue()
{
    const auto header = parse(richFile());
    QVERIFY2(header.ok(), header.ok() ? "" : header.error().message().c_str());
    QCOMPARE(header->alignment, std::uint64_t {64});
    QCOMPARE(*header->get<std::uint8_t>("u8"), std::uint8_t {200});
    QCOMPARE(*header->get<std::int8_t>("i8"), std::int8_t {-3});
    QCOMPARE(*header->get<std::uint16_t>("u16"), std::uint16_t {60000});
    QCOMPARE(*header->get<std::int16_t>("i16"), std::int16_t {-300});
    QCOMPARE(*header->get<std::int32_t>("i32"), -70000);
    QVERIFY(std::isnan(*header->get<float>("f32")));
    QCOMPARE(*header->get<bool>("bool"), true);
    QCOMPARE(*header->get<std::uint64_t>("u64"), std::uint64_t {1} << 63);
    QCOMPARE(*header->get<std::int64_t>("i64"), std::int64_t {-5});
    QCOMPARE(*header->get<double>("f64"), 0.1);
    QVERIFY(std::get<std::vector<bool>>(header->get<GgufArray>("bools")->items)
            == (std::vector<bool> {false, true}));
    const auto &nested = std::get<std::vector<GgufArray>>(header->get<GgufArray>("nested")->items);
    QCOMPARE(nested.size(), std::size_t {2});
    QVERIFY(std::get<std::vector<std::uint8_t>>(nested[0].items) == (std::vector<std::uint8_t> {'a', 'b'}));
    QCOMPARE(nested[1].size(), std::size_t {0});
    QCOMPARE(*header->number("u16"), std::uint64_t {60000});
    QVERIFY(!header->number("i8"));
    QVERIFY(!header->number("bool"));
    QVERIFY(!header->get<std::uint32_t>("u8"));
    QCOMPARE(header->tensors[1].byteSize, std::uint64_t {288});
    QCOMPARE(header->tensors[3].elements(), std::int64_t {4});
}

void tst_Gguf::sameBytesAgain_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("minimal") << QByteArray::fromStdString(minimalFile());
    // The gaps between the tensors are zeros in every written file.
    std::string rich = richFile();
    const auto header = parse(rich);
    QVERIFY(header.ok());
    for (const GgufTensorInfo &info : header->tensors) {
        const std::size_t end = header->dataStart + info.offset + info.byteSize;
        std::fill(rich.begin() + std::ptrdiff_t(end), rich.begin() + std::ptrdiff_t((end + 63) / 64 * 64),
                  '\0');
    }
    QTest::newRow("rich") << QByteArray::fromStdString(rich);
    QTest::newRow("no tensors") << QByteArray::fromStdString(
        withData(start(0, 1) + entry("general.architecture", "llama"), 0));
}

void tst_Gguf::sameBytesAgain()
{
    QFETCH(QByteArray, bytes);
    const Scratch scratch;
    const fs::path in = scratch.write("in.gguf", bytes.toStdString());
    const Status copied = copyFile(in, scratch.path("out.gguf"));
    QVERIFY2(copied.ok(), messageOf(copied).c_str());
    QCOMPARE(QByteArray::fromStdString(*readFile(scratch.path("out.gguf"))), bytes);
}

void tst_Gguf::olderVersion()
{
    std::string bytes = minimalFile();
    bytes[4] = 2;
    const Scratch scratch;
    QVERIFY(copyFile(scratch.write("in.gguf", bytes), scratch.path("out.gguf")).ok());
    QCOMPARE(*readFile(scratch.path("out.gguf")), minimalFile()); // the same layout, and 3 is written
}

void tst_Gguf::rowsAreDecoded()
{
    // Two rows of one Q8_0 block: scale 0.5 (3800), codes 0 … 31; scale 2 (4000), codes -1.
    std::string data = "\x00\x38"s;
    for (char code = 0; code < 32; ++code)
        data += code;
    data += "\x00\x40"s + std::string(32, '\xFF');
    std::string bytes = withData(start(1, 0) + tensor("w", {32, 2}, 8, 0), 0) + data;
    const Scratch scratch;
    const auto file = GgufFile::open(scratch.write("q.gguf", bytes));
    QVERIFY(file.ok());
    const GgufTensorInfo &info = (*file)->header().tensors.front();
    std::vector<float> values(32);
    QVERIFY((*file)->rows(info, 0, 1, values).ok());
    for (std::size_t i = 0; i < 32; ++i)
        QCOMPARE(values[i], 0.5F * static_cast<float>(i));
    QVERIFY((*file)->rows(info, 1, 1, values).ok());
    QVERIFY(values == std::vector<float>(32, -2.F));
    bytes = withData(start(1, 0) + tensor("w", {256}, 23, 0), 160);
    const auto other = GgufFile::open(scratch.write("iq.gguf", bytes));
    QVERIFY(other.ok());
    values.resize(256);
    const Status decoded = (*other)->rows((*other)->header().tensors.front(), 0, 1, values);
    QVERIFY(!decoded.ok() && decoded.error().code == ErrorCode::Unsupported);
    QVERIFY(decoded.error().detail.find("IQ4_XS") != std::string::npos);
}

void tst_Gguf::malformed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, const std::string &bytes, const char *why) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << why;
    };
    const std::string arch = entry("general.architecture", "llama");
    const auto one = [&](const std::vector<std::uint64_t> &ne, std::uint32_t type, std::uint64_t offset = 0,
                         const std::string &name = "w") {
        return withData(start(1, 1) + arch + tensor(name, ne, type, offset), 256);
    };
    constexpr std::uint64_t kHuge = ~std::uint64_t {0};
    row("empty", "", "is empty");
    row("other file", "PK\3\4 something", "is no GGUF file");
    row("only magic", "GGUF", "ends in its header");
    row("version 1", start(0, 0, 1), "version 1");
    row("version 4", start(0, 0, 4), "version 4");
    row("big-endian", start(0, 0, 0x03000000), "big-endian");
    row("many entries", start(0, kHuge), "claims 18446744073709551615 metadata entries");
    row("many tensors", start(kHuge, 1) + arch, "claims 18446744073709551615 tensors");
    row("missing entry", start(0, 2) + arch, "ends in its metadata");
    row("long key", start(0, 1) + u64(kHuge) + "abcdefgh", "ends in its metadata");
    row("no key", start(0, 1) + entry("", "x"), "without a key");
    row("key of 70000 bytes", start(0, 1) + entry(std::string(70000, 'k'), "x"), "70000 bytes");
    row("same key", start(0, 2) + arch + arch, "'general.architecture' twice");
    row("long string", start(0, 1) + text("k") + u32(8) + u64(1ULL << 40) + "x", "length of 'k'");
    row("unknown type", start(0, 1) + text("k") + u32(13) + u64(0), "unknown type 13");
    row("bool 2", start(0, 1) + text("k") + u32(7) + "\2", "neither 0 nor 1");
    row("array of bool 2", start(0, 1) + text("k") + u32(9) + u32(7) + u64(1) + "\2", "neither 0 nor 1");
    row("array of unknown", start(0, 1) + text("k") + u32(9) + u32(99) + u64(1), "unknown type 99");
    row("array too long", start(0, 1) + text("k") + u32(9) + u32(10) + u64(kHuge / 8 + 1), "length of 'k'");
    row("strings too many", start(0, 1) + text("k") + u32(9) + u32(8) + u64(1ULL << 60), "length of 'k'");
    row("bools too many", start(0, 1) + text("k") + u32(9) + u32(7) + u64(kHuge), "length of 'k'");
    row("arrays too many", start(0, 1) + text("k") + u32(9) + u32(9) + u64(kHuge), "length of 'k'");
    std::string deep;
    for (int i = 0; i < 20; ++i)
        deep += u32(9) + u64(1);
    row("arrays too deep", start(0, 1) + text("k") + u32(9) + deep, "too deep");
    const auto aligned = [](std::uint32_t type, const std::string &value) {
        return start(0, 1) + text("general.alignment") + u32(type) + value;
    };
    row("alignment 0", aligned(4, u32(0)), "no power of two");
    row("alignment 48", aligned(4, u32(48)), "no power of two");
    row("alignment 2 GiB", aligned(4, u32(1U << 31)), "no power of two");
    row("alignment of 64 bits", aligned(10, u64(32)), "no power of two");
    row("no dimension", one({}, 0), "0 dimensions");
    row("five dimensions", one({1, 1, 1, 1, 1}, 0), "5 dimensions");
    row("many dimensions", withData(start(1, 0) + text("w") + u32(~0U), 256), "4294967295 dimensions");
    row("dimension 0", one({0, 4}, 0), "dimension that is 0");
    row("dimension 2^63", one({1ULL << 63}, 0), "too large");
    row("overflowing product", one({1ULL << 32, 1ULL << 32, 2}, 0), "larger than any file");
    row("overflowing bytes", one({1ULL << 62, 1}, 0), "larger than any file");
    row("dead type", one({32}, 4), "unknown type 4");
    row("type -1", one({32}, ~0U), "unknown type 4294967295");
    row("half a block", one({48}, 2), "no multiple of the 32");
    row("half a super-block", one({128, 2}, 12), "no multiple of the 256");
    row("offset not 0", one({4}, 0, 32), "starts at byte 32 of the data, not at 0");
    row("long name", one({4}, 0, 0, std::string(64, 'n')), "name of 64 bytes");
    row("beyond the end", one({65}, 0), "ends before the data of tensor 'w'");
    row("far beyond the end", one({1ULL << 40}, 0), "ends before the data of tensor 'w'");
    const auto two = [&](const char *name, std::uint64_t offset) {
        return withData(start(2, 0) + tensor("w", {4}, 0, 0) + tensor(name, {4}, 0, offset), 256);
    };
    row("same name", two("w", 32), "two tensors 'w'");
    row("overlap", two("v", 0), "starts at byte 0 of the data, not at 32");
    row("not aligned", two("v", 16), "starts at byte 16 of the data, not at 32");
    row("gap", two("v", 64), "starts at byte 64 of the data, not at 32");
    row("huge offset", two("v", kHuge - 31), "starts at byte 18446744073709551584");
    row("no data", (start(1, 0) + tensor("w", {4}, 0, 0)), "ends in its header");
    row("cut list", one({4}, 0).substr(0, 100), "ends in its list of tensors");
    row("tricky name", two("a\nb\x1b[31m", 16), "tensor 'a");
}

void tst_Gguf::malformed()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, why);
    const auto header = parse(bytes.toStdString());
    QVERIFY(!header.ok());
    const QString detail = QString::fromStdString(header.error().detail);
    QVERIFY2(detail.contains(why), qPrintable(detail));
    for (const QChar c : detail)
        QVERIFY2(c.unicode() >= 32, qPrintable(detail)); // one line, nothing that a terminal would obey
}

// What damage is most often like, with the whole line one reads then.
void tst_Gguf::exactLines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("line");
    const auto row = [](const char *name, const std::string &bytes, const char *line) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << line;
    };
    const auto two = [&](const char *name, std::uint64_t offset) {
        return withData(start(2, 0) + tensor("w", {4}, 0, 0) + tensor(name, {4}, 0, offset), 256);
    };
    row("overlapping", two("x", 0),
        "tensor 'x' starts at byte 0 of the data, not at 32 behind the one before it");
    row("huge offset", two("x", 1ULL << 63),
        "tensor 'x' starts at byte 9223372036854775808 of the data, not at 32 behind the one before it");
    row("wrong size of the type", withData(start(1, 0) + tensor("w", {48}, 2, 0), 256),
        "tensor 'w' has rows of 48 elements, which is no multiple of the 32 in a block of Q4_0");
    row("truncated header", minimalFile().substr(0, 40), "claims 2 metadata entries in 16 bytes");
    row("truncated data", withData(start(1, 0) + tensor("w", {65}, 0, 0), 256),
        "the file ends before the data of tensor 'w' does: it has 320 bytes");
    row("header bomb", start(0, ~0ULL), "claims 18446744073709551615 metadata entries in 0 bytes");
    row("same name twice", two("w", 32), "has two tensors 'w'");
    const std::string arch = entry("general.architecture", "llama");
    row("same key twice", start(0, 2) + arch + arch, "has the metadata key 'general.architecture' twice");
}

void tst_Gguf::exactLines()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, line);
    const Scratch scratch;
    const fs::path file = scratch.write("bad.gguf", bytes.toStdString());
    const auto opened = GgufFile::open(file);
    QVERIFY(!opened.ok());
    QCOMPARE(QString::fromStdString(opened.error().message()),
             QString::fromStdString(file.string()) + ": " + line);
}

void tst_Gguf::claimsTakeNoMemory()
{
    // The claims would take terabytes; reading must fail before it asks for them.
    const std::string filler(1 << 16, '\0');
    for (const std::uint32_t type : {0U, 4U, 7U, 8U, 9U, 12U}) {
        const auto header
            = parse(start(0, 1) + text("k") + u32(9) + u32(type) + u64(std::uint64_t {1} << 40) + filler);
        QVERIFY(!header.ok());
    }
}

void tst_Gguf::openNamesTheFile()
{
    const Scratch scratch;
    const fs::path path = scratch.write("bad.gguf", "GGML old");
    const auto file = GgufFile::open(path);
    QVERIFY(!file.ok());
    QCOMPARE(file.error().message(), path.string() + ": is no GGUF file");
    QVERIFY(!GgufFile::open(scratch.path("absent.gguf")).ok());
    QVERIFY(!GgufFile::open(scratch.path("")).ok());
}

void tst_Gguf::writerRefuses()
{
    const Scratch scratch;
    const fs::path out = scratch.path("out.gguf");
    const auto create
        = [&](const std::vector<GgufTensorInfo> &tensors, const std::vector<GgufEntry> &metadata = {}) {
              GgufHeader header;
              header.tensors = tensors;
              header.metadata = metadata;
              const auto writer = GgufWriter::create(out, header);
              return writer.ok() ? std::string("no error") : writer.error().message();
          };
    const auto has = [](const std::string &message, const char *part) {
        return message.find(part) != std::string::npos;
    };
    QVERIFY(has(create({{"w", GgmlType::Q4_0, {48}}}), "no multiple"));
    QVERIFY(has(create({{"w", GgmlType::F32, {}}}), "0 dimensions"));
    QVERIFY(has(create({{"w", GgmlType::F32, {-1}}}), "dimension"));
    QVERIFY(has(create({{"w", GgmlType::F32, {4}}, {"w", GgmlType::F32, {4}}}), "two tensors 'w'"));
    QVERIFY(has(create({{std::string(64, 'n'), GgmlType::F32, {4}}}), "64 bytes"));
    QVERIFY(has(create({}, {{"k", 1.F}, {"k", 2.F}}), "twice"));
    QVERIFY(has(create({}, {{"general.alignment", std::uint32_t {3}}}), "power of two"));
    QVERIFY(has(create({{"w", GgmlType::F32, {std::int64_t {1} << 45}}}), "are free there"));
    QVERIFY(has(create({}, {}), "no error"));

    GgufHeader header;
    header.tensors = {{"w", GgmlType::F32, {4}}, {"v", GgmlType::F32, {4}}};
    auto writer = GgufWriter::create(out, header);
    QVERIFY(writer.ok());
    const std::vector<std::byte> bytes(16);
    QVERIFY(has(messageOf(writer->append(std::vector<std::byte>(17))), "tensor 'w'"));
    QVERIFY(writer->append(bytes).ok());
    const auto unfinished = writer->finish();
    QVERIFY(!unfinished.ok() && has(unfinished.error().message(), "tensor 'v' was not written"));
    QVERIFY(writer->append(bytes).ok());
    QVERIFY(has(messageOf(writer->append(bytes)), "more bytes"));
    const auto size = writer->finish();
    QVERIFY(size.ok());
    QCOMPARE(*size, std::uint64_t(fs::file_size(out)));
}

void tst_Gguf::nothingIsLeftBehind()
{
    const Scratch scratch;
    const fs::path out = scratch.write("out.gguf", "an older file");
    GgufHeader header;
    header.tensors = {{"w", GgmlType::F32, {4}}};
    {
        auto writer = GgufWriter::create(out, header);
        QVERIFY(writer.ok());
        QVERIFY(writer->append(std::vector<std::byte>(8)).ok());
    }
    QCOMPARE(scratch.files(), QStringList {"out.gguf"});
    QCOMPARE(*readFile(out), std::string("an older file"));
}

QTEST_APPLESS_MAIN(tst_Gguf)
#include "tst_gguf.moc"
