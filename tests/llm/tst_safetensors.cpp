// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensors.h"
#include "core/llm/safetensorswriter.h"
#include "tests/support/imagewriter.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <algorithm>
#include <filesystem>

using namespace qs;
using namespace qs::test;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

std::string little(std::uint64_t value)
{
    std::string bytes;
    for (int i = 0; i < 8; ++i, value >>= 8)
        bytes += static_cast<char>(value & 0xFF);
    return bytes;
}

std::string fileOf(const std::string &header, const std::string &data)
{
    return little(header.size()) + header + data;
}

// The example of huggingface's writer (safetensors 0.4.5), byte for byte.
const std::string kGoldenText
    = R"({"__metadata__":{"format":"pt"},"b.weight":{"dtype":"I32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("a.scales":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},)"
      R"("c":{"dtype":"U8","shape":[3],"data_offsets":[28,31]}})";
const std::string kGolden
    = fileOf(kGoldenText + std::string(5, ' '),
             "\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6\0\0\0"s + "\x00\x38\x00\xbc"s + "\0\1\2"s);

std::vector<NamedTensor> goldenTensors()
{
    const std::vector<std::int32_t> b {1, 2, 3, 4, 5, 6};
    const std::vector<std::uint16_t> a {0x3800, 0xBC00};
    const std::vector<std::uint8_t> c {0, 1, 2};
    return {{"c", Tensor::fromValues<std::uint8_t>(DType::UInt8, {3}, c)},
            {"a.scales", Tensor::fromValues<std::uint16_t>(DType::Float16, {2}, a)},
            {"b.weight", Tensor::fromValues<std::int32_t>(DType::Int32, {2, 3}, b)}};
}

Tensor ramp(DType type, Shape shape)
{
    Tensor tensor(type, std::move(shape));
    std::byte next {0};
    for (std::byte &byte : tensor.mutableBytes())
        byte = next = static_cast<std::byte>(static_cast<int>(next) + 7);
    return tensor;
}

bool sameBytes(const Tensor &a, const Tensor &b)
{
    return a.type() == b.type() && a.shape() == b.shape()
        && std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin(), b.bytes().end());
}

} // namespace

class TestSafetensors : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void writesAsTheReference();
    void readsTheReference();
    void readsEveryType();
    void readsUnaligned();
    void malformed_data();
    void malformed();
    void truncations();
    void exactLines_data();
    void exactLines();
    void headerBomb();
    void folder();
    void shards();
    void groupsStayTogether();
    void openSizes();
    void badIndex_data();
    void badIndex();
    void cyclicIndex();
    void badWrites();
    void leavesNothingBehind();

private:
    std::string path(const std::string &name) const { return (m_folder / name).string(); }
    std::string write(const std::string &name, const std::string &bytes) const
    {
        writeBytes(path(name), bytes);
        return path(name);
    }
    std::vector<std::string> filesThere() const
    {
        std::vector<std::string> names;
        for (const auto &entry : fs::directory_iterator(m_folder))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

    QTemporaryDir m_root;
    fs::path m_folder;
    int m_count = 0;
};

void TestSafetensors::init()
{
    m_folder = fs::path(m_root.path().toStdString()) / std::to_string(++m_count);
    fs::create_directory(m_folder);
}

void TestSafetensors::writesAsTheReference()
{
    const Status written = writeSafetensors(path("x.safetensors"), goldenTensors());
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().message().c_str());
    QCOMPARE(QByteArray::fromStdString(readFile(path("x.safetensors")).value()),
             QByteArray::fromStdString(kGolden));
    QCOMPARE(kGolden.size(), std::size_t {255});
}

void TestSafetensors::readsTheReference()
{
    const auto file = SafetensorsFile::open(write("x.safetensors", kGolden)).value();
    QCOMPARE(file->header().metadata.at("format"), "pt"s);
    QCOMPARE(file->header().entries.size(), std::size_t {3});
    const Tensor b = file->tensor(file->header().entries[0]);
    QCOMPARE(file->header().entries[0].name, "b.weight"s);
    QVERIFY(b.shape() == Shape({2, 3}));
    QCOMPARE(b.data<std::int32_t>()[5], 6);
    const Tensor a = toFloat32(file->tensor(file->header().entries[1])).value();
    QCOMPARE(a.floats()[0], 0.5F);
    QCOMPARE(a.floats()[1], -1.F);
    file->forget(file->header().entries[0]);
    QCOMPARE(b.data<std::int32_t>()[0], 1);
}

void TestSafetensors::readsEveryType()
{
    std::vector<NamedTensor> tensors;
    for (const char *name : {"BOOL", "F4", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
                             "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64"})
        tensors.push_back({name, ramp(safetensorsType(name).value(), {3, 2})});
    tensors.push_back({"scalar", ramp(DType::UInt8, {})});
    tensors.push_back({"nothing", ramp(DType::Float32, {4, 0})});
    QVERIFY(writeSafetensors(path("x.safetensors"), tensors).ok());
    const SafetensorsSet set = SafetensorsSet::open(path("x.safetensors")).value();
    QCOMPARE(set.names().size(), tensors.size());
    for (const NamedTensor &expected : tensors)
        QVERIFY2(sameBytes(set.tensor(expected.name).value(), expected.tensor), expected.name.c_str());
    QCOMPARE(set.files().front()->header().entries.front().name, "U64"s);
}

void TestSafetensors::readsUnaligned()
{
    const std::string header
        = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
    const auto set
        = SafetensorsSet::open(write("x.safetensors", fileOf(header, "\x2a\x00\x00\x80\x3f"s))).value();
    QCOMPARE(set.tensor("b").value().floats()[0], 1.F);
}

void TestSafetensors::malformed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *name, const std::string &bytes, const char *reason) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << reason;
    };
    const auto header = [&](const char *name, const std::string &text, std::size_t data, const char *reason) {
        row(name, fileOf(text, std::string(data, 'x')), reason);
    };
    row("empty", "", "is empty");
    row("short", "abc", "too short");
    row("length beyond the file", little(1000) + "{}", "truncated");
    row("length beyond the limit", little(100'000'001) + "{}", "a header of 100000001 bytes");
    row("length that wraps", little(UINT64_MAX - 3) + "{}", "a header of 18446744073709551612 bytes");
    row("no brace", fileOf(" {}", ""), "does not start with '{'");
    row("no JSON", fileOf("{\"a\"", ""), "no valid JSON at byte");
    row("bad UTF-8", fileOf("{\"\xff\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}}", ""),
        "no valid JSON");
    row("two documents", fileOf("{}{}", ""), "no valid JSON");
    row("trailing bytes", fileOf("{}", "x"), "1 bytes after the last tensor");
    header("list", "[]", 0, "does not start");
    header("tensor is a list", R"({"a":[1]})", 0, "an array where 'a' should be described");
    header("unknown type", R"({"a":{"dtype":"F7","shape":[1],"data_offsets":[0,1]}})", 1,
           "tensor 'a' has the unknown element type 'F7'");
    header("missing offsets", R"({"a":{"dtype":"U8","shape":[1]}})", 1, "tensor 'a' lacks");
    header("unexpected key", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", 1,
           "unexpected key 'x'");
    header("nested bomb", R"({"a":{"dtype":"U8","shape":[[[[[1]]]]],"data_offsets":[0,1]}})", 1,
           "an array as 'shape'");
    header("size of another type", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
           "tensor 'a' has 4 bytes, but F32 2 takes 8");
    header(
        "overlap",
        R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
        6, "tensor 'b' overlaps");
    header(
        "gap",
        R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}})",
        6, "tensor 'b' leaves a gap");
    header("beyond the end", R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", 4,
           "offsets 0 to 9, the file has 4 bytes");
    header("backwards", R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[4,0]}})", 4, "offsets 4 to 0");
    header("huge",
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551614,18446744073709551615]}})",
           4, "the file has 4 bytes");
    header("beyond 64 bit", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}})", 4,
           "no whole number");
    header("shape overflows", R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
           4, "overflows");
    header("bits overflow", R"({"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}})", 4,
           "overflows");
    header("half a byte", R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", 1,
           "no whole number of bytes");
    header("negative", R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,4]}})", 4, "a negative number");
    header("fraction", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4.0]}})", 4, "no whole number");
    header(
        "name twice",
        R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
        2, "'a' is there twice");
    header("key twice", R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1,
           "'dtype' is there twice in tensor 'a'");
    header("metadata is no text", R"({"__metadata__":{"format":1}})", 0,
           "a number as 'format' of __metadata__");
    header("metadata is nested", R"({"__metadata__":{"a":{}}})", 0, "an object as 'a'");
    header("line break in a name", R"({"a\nb\u001b[31m":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", 1,
           "tensor 'a?b?[31m' has 1");
}

void TestSafetensors::malformed()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    const std::string file = write("bad.safetensors", bytes.toStdString());
    const auto opened = SafetensorsFile::open(file);
    QVERIFY(!opened.ok());
    const QString message = QString::fromStdString(opened.error().message());
    QVERIFY2(message.startsWith(QString::fromStdString(file)), qPrintable(message));
    QVERIFY2(message.contains(reason), qPrintable(message));
    QVERIFY(std::all_of(message.begin(), message.end(), [](QChar c) { return c.unicode() >= 0x20; }));
}

// What damage is most often like, with the whole line one reads then.
void TestSafetensors::exactLines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("line");
    const auto row = [](const char *name, const std::string &bytes, const char *line) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << line;
    };
    const auto entries = [](const char *a, const char *b) {
        return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + a
            + R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
    };
    row("overlapping", fileOf(entries("[0,4]", "[2,6]"), "123456"),
        "damaged safetensors header: tensor 'b' overlaps the one before it");
    row("huge offsets", fileOf(entries("[0,4]", "[4,18446744073709551615]"), "12345678"),
        "damaged safetensors header: tensor 'b' has offsets 4 to 18446744073709551615, the file has 8 bytes "
        "of data");
    row("wrong size of the type", fileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
        "damaged safetensors header: tensor 'a' has 4 bytes, but F32 2 takes 8");
    row("truncated header", kGolden.substr(0, 100),
        "the file is truncated: its header has 216 bytes, 92 are there");
    row("truncated data", kGolden.substr(0, kGolden.size() - 1),
        "damaged safetensors header: tensor 'c' has offsets 28 to 31, the file has 30 bytes of data");
    row("header bomb", little(100'000'001) + "{}", "is no safetensors file: a header of 100000001 bytes");
    row("nested bomb", fileOf(R"({"a":{"dtype":"U8","shape":[)" + std::string(1'000'000, '['), ""),
        "damaged safetensors header: an array as 'shape' of tensor 'a'");
    row("same name twice",
        fileOf(
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            "12"),
        "damaged safetensors header: 'a' is there twice");
}

void TestSafetensors::exactLines()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, line);
    const std::string file = write("bad.safetensors", bytes.toStdString());
    const auto opened = SafetensorsFile::open(file);
    QVERIFY(!opened.ok());
    QCOMPARE(QString::fromStdString(opened.error().message()), QString::fromStdString(file) + ": " + line);
}

void TestSafetensors::truncations()
{
    for (std::size_t size = 0; size < kGolden.size(); ++size) {
        const auto opened = SafetensorsFile::open(write("t.safetensors", kGolden.substr(0, size)));
        QVERIFY2(!opened.ok(), qPrintable(QString::number(size)));
    }
}

// Deep nesting and many dimensions must end with a reason and not with the stack or the memory.
void TestSafetensors::headerBomb()
{
    const std::string deep = R"({"a":{"dtype":"U8","shape":)" + std::string(5'000'000, '[');
    QVERIFY(!SafetensorsFile::open(write("x.safetensors", fileOf(deep, ""))).ok());
    std::string wide = R"({"a":{"dtype":"U8","shape":[0)";
    for (int i = 0; i < 1'000'000; ++i)
        wide += ",9";
    wide += R"(],"data_offsets":[0,0]}})";
    const auto opened = SafetensorsFile::open(write("y.safetensors", fileOf(wide, "")));
    QVERIFY(opened.ok()); // legal: nothing times anything is nothing
    const std::string name = R"({")" + std::string(1'000'000, 'n') + R"(":{"dtype":"U8"}})";
    const auto named = SafetensorsFile::open(write("z.safetensors", fileOf(name, "")));
    QVERIFY(!named.ok() && named.error().message().size() < 400);
}

void TestSafetensors::folder()
{
    QVERIFY(SafetensorsSet::open(m_folder).error().code == ErrorCode::NotFound);
    write("gptq_model-4bit-128g.safetensors", kGolden);
    QVERIFY(SafetensorsSet::open(m_folder).value().contains("c"));
    write("other.safetensors", kGolden);
    QVERIFY(SafetensorsSet::open(m_folder).error().detail.starts_with("has several"));
    write("model.safetensors", fileOf("{}", ""));
    QVERIFY(SafetensorsSet::open(m_folder).value().names().empty());
    QVERIFY(SafetensorsSet::open(path("nowhere.safetensors")).error().code == ErrorCode::NotFound);
}

void TestSafetensors::shards()
{
    std::vector<SafetensorsDeclaration> tensors;
    for (const char *name : {"one", "two", "three", "four", "five"})
        tensors.push_back({name, DType::Float32, {10, 10}, {}, false});
    write("model.safetensors", kGolden); // of an earlier run: it would hide the shards
    auto writer = SafetensorsWriter::create(m_folder, tensors, {"model", 800, {{"format", "pt"}}}).value();
    for (const char *name : {"five", "two", "one", "three", "four"})
        QVERIFY(writer.write(name, ramp(DType::Float32, {10, 10})).ok());
    const std::vector<std::string> names = writer.finish().value();
    const std::vector<std::string> expected {
        "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors", "model.safetensors.index.json"};
    QVERIFY(names == expected);
    QVERIFY(filesThere() == expected);
    const auto index = nlohmann::json::parse(readFile(path("model.safetensors.index.json")).value());
    QCOMPARE(index["metadata"]["total_size"].get<int>(), 2000);
    QCOMPARE(index["weight_map"]["three"].get<std::string>(), expected[1]);
    const SafetensorsSet set = SafetensorsSet::open(m_folder).value();
    QCOMPARE(set.files().size(), std::size_t {3});
    QCOMPARE(set.byteSize(), std::uint64_t {2000});
    for (const SafetensorsDeclaration &tensor : tensors)
        QVERIFY(sameBytes(set.tensor(tensor.name).value(), ramp(DType::Float32, {10, 10})));
    QCOMPARE(set.tensor("six").error().message(),
             path("model.safetensors.index.json") + ": has no tensor 'six'");

    QVERIFY(writeSafetensors(path("model.safetensors"), goldenTensors()).ok());
    QVERIFY(!fs::exists(path("model.safetensors.index.json")));
    QVERIFY(SafetensorsSet::open(m_folder).value().contains("c"));
}

void TestSafetensors::groupsStayTogether()
{
    std::vector<SafetensorsDeclaration> tensors;
    for (const char *name : {"a.weight", "a.weight.absmax", "b.weight", "b.weight.absmax"})
        tensors.push_back({name, DType::UInt8, {60}, std::string(name, 1), false});
    auto writer = SafetensorsWriter::create(m_folder, tensors, {"model", 100, {}}).value();
    for (const SafetensorsDeclaration &tensor : tensors)
        QVERIFY(writer.write(tensor.name, ramp(DType::UInt8, {60})).ok());
    QVERIFY(writer.finish().ok());
    const SafetensorsSet set = SafetensorsSet::open(m_folder).value();
    QCOMPARE(set.files().size(), std::size_t {2});
    QCOMPARE(set.files()[0]->header().entries[1].name, "a.weight.absmax"s);
}

void TestSafetensors::openSizes()
{
    const std::vector<SafetensorsDeclaration> tensors {{"state", DType::UInt8, {500}, {}, true},
                                                       {"weight", DType::UInt8, {10}, {}, false},
                                                       {"wide", DType::Float32, {3}, {}, false}};
    auto writer = SafetensorsWriter::create(m_folder, tensors).value();
    QVERIFY(writer.write("state", ramp(DType::UInt8, {7})).ok());
    QVERIFY(writer.write("weight", ramp(DType::UInt8, {10})).ok());
    QVERIFY(writer.write("wide", ramp(DType::Float32, {3})).ok());
    QVERIFY(writer.finish().ok());
    const SafetensorsSet set = SafetensorsSet::open(m_folder).value();
    QVERIFY(sameBytes(set.tensor("state").value(), ramp(DType::UInt8, {7})));
    QVERIFY(sameBytes(set.tensor("weight").value(), ramp(DType::UInt8, {10})));
    QVERIFY(sameBytes(set.tensor("wide").value(), ramp(DType::Float32, {3})));
    QCOMPARE(set.byteSize(), std::uint64_t {29});
}

void TestSafetensors::badIndex_data()
{
    QTest::addColumn<QString>("index");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no JSON") << "{"
                             << "no valid JSON with a weight_map";
    QTest::newRow("no map") << "{}"
                            << "no valid JSON with a weight_map";
    QTest::newRow("deep") << QString(3'000'000, '[') << "no valid JSON with a weight_map";
    QTest::newRow("number") << R"({"weight_map":{"a":1}})"
                            << "no file name for 'a'";
    QTest::newRow("escapes") << R"({"weight_map":{"c":"../a.safetensors"}})"
                             << "no .safetensors file beside";
    QTest::newRow("absolute") << R"({"weight_map":{"c":"/etc/a.safetensors"}})"
                              << "no .safetensors file beside";
    QTest::newRow("NUL") << R"({"weight_map":{"c":"a\u0000.safetensors"}})"
                         << "no .safetensors file beside";
    QTest::newRow("itself") << R"({"weight_map":{"c":"model.safetensors.index.json"}})"
                            << "no .safetensors file beside";
    QTest::newRow("control characters") << R"({"weight_map":{"c":"a\u001b[31m\u0002.safetensors"}})"
                                        << "a?[31m?.safetensors";
    QTest::newRow("missing shard") << R"({"weight_map":{"c":"gone.safetensors"}})"
                                   << "No such file";
    QTest::newRow("a folder") << R"({"weight_map":{"c":"folder.safetensors"}})"
                              << "Is a directory";
    QTest::newRow("one too few")
        << R"({"weight_map":{"c":"s.safetensors","b.weight":"s.safetensors"}})"
        << "has tensor 'a.scales', which model.safetensors.index.json does not place";
    QTest::newRow("one too many")
        << R"({"weight_map":{"a.scales":"s.safetensors","c":"s.safetensors","b.weight":"s.safetensors","d":"s.safetensors"}})"
        << "names tensor 'd', which is not in 's.safetensors'";
    QTest::newRow("elsewhere")
        << R"({"weight_map":{"a.scales":"s.safetensors","c":"t.safetensors","b.weight":"s.safetensors"}})"
        << "has tensor 'c', which";
    QTest::newRow("twice")
        << R"({"weight_map":{"a.scales":"s.safetensors","c":"s.safetensors","c":"t.safetensors"}})"
        << "has 'c' twice";
}

void TestSafetensors::badIndex()
{
    QFETCH(QString, index);
    QFETCH(QString, reason);
    write("s.safetensors", kGolden);
    write("t.safetensors", kGolden);
    fs::create_directory(m_folder / "folder.safetensors");
    write("model.safetensors.index.json", index.toStdString());
    const auto opened = SafetensorsSet::open(m_folder);
    QVERIFY(!opened.ok());
    const QString message = QString::fromStdString(opened.error().message());
    QVERIFY2(message.contains(reason) && message.startsWith(QString::fromStdString(m_folder.string())),
             qPrintable(message));
    QVERIFY(std::all_of(message.begin(), message.end(), [](QChar c) { return c.unicode() >= 0x20; }));
}

// An index that names itself, or another one that names it, is followed nowhere.
void TestSafetensors::cyclicIndex()
{
    const std::string index = path("model.safetensors.index.json");
    for (const char *name : {"model.safetensors.index.json", "other.safetensors.index.json"}) {
        write("other.safetensors.index.json", R"({"weight_map":{"c":"model.safetensors.index.json"}})");
        write("model.safetensors.index.json", R"({"weight_map":{"c":")" + std::string(name) + "\"}}");
        QCOMPARE(SafetensorsSet::open(m_folder).error().message(),
                 index + ": gives 'c' the file '" + name
                     + "', which is no .safetensors file beside the index");
    }
}

void TestSafetensors::badWrites()
{
    const auto create = [&](std::vector<SafetensorsDeclaration> tensors) {
        return SafetensorsWriter::create(m_folder, tensors);
    };
    QVERIFY(!create({{"a", DType::UInt8, {1}, {}, false}, {"a", DType::UInt8, {1}, {}, false}}).ok());
    QVERIFY(!create({{"a\n", DType::UInt8, {1}, {}, false}}).ok());
    QVERIFY(!create({{"a", DType::UInt4, {2}, {}, false}}).ok());
    QVERIFY(!create({{"a", DType::UInt8, {-1}, {}, false}}).ok());
    QVERIFY(!create({{"__metadata__", DType::UInt8, {1}, {}, false}}).ok());
    auto writer = create({{"a", DType::UInt8, {2}, {}, false}, {"b", DType::UInt8, {2}, {}, false}}).value();
    QVERIFY(!writer.write("a", ramp(DType::UInt8, {3})).ok());
    QVERIFY(!writer.write("a", ramp(DType::Int8, {2})).ok());
    QVERIFY(!writer.write("x", ramp(DType::UInt8, {2})).ok());
    QVERIFY(writer.write("a", ramp(DType::UInt8, {2})).ok());
    QVERIFY(!writer.write("a", ramp(DType::UInt8, {2})).ok());
    QVERIFY(writer.finish().error().detail == "tensor 'b' was never written");
    QVERIFY(!SafetensorsWriter::create(m_folder / "nowhere", {}).ok());
}

void TestSafetensors::leavesNothingBehind()
{
    write("model.safetensors", kGolden);
    {
        const std::vector<SafetensorsDeclaration> tensors {{"a", DType::UInt8, {2}, {}, false}};
        auto writer = SafetensorsWriter::create(m_folder, tensors).value();
        QVERIFY(writer.write("a", ramp(DType::UInt8, {2})).ok());
    }
    QVERIFY(filesThere() == std::vector<std::string> {"model.safetensors"});
    QCOMPARE(readFile(path("model.safetensors")).value(), kGolden);
}

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
