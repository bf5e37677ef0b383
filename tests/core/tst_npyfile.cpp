// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npyfile.h"
#include "core/data/zipreader.h"
#include "tests/support/imagewriter.h"

#include <QtTest>

#include <fstream>
#include <numeric>

#include <zlib.h>

using namespace qs;
using namespace qs::test;
using namespace std::string_literals;

namespace {

/// A .npy file with the header text as given.
std::string makeNpy(const std::string &dictionary, const std::string &elements, int version = 1)
{
    std::string bytes = "\x93NUMPY" + std::string(1, static_cast<char>(version)) + '\0';
    const std::size_t size = dictionary.size();
    bytes += static_cast<char>(size & 0xFF);
    bytes += static_cast<char>(size >> 8);
    if (version > 1)
        bytes += "\0\0"s;
    return bytes + dictionary + elements;
}

std::string dictionary(const std::string &type, const std::string &shape, const char *fortran = "False")
{
    return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <typename T> std::string bytesOf(std::initializer_list<T> values)
{
    return {reinterpret_cast<const char *>(std::data(values)), values.size() * sizeof(T)};
}

std::string little(std::uint64_t value, int size)
{
    std::string bytes;
    for (int i = 0; i < size; ++i, value >>= 8)
        bytes += static_cast<char>(value & 0xFF);
    return bytes;
}

struct Member
{
    std::string name;
    std::string content;
    bool isDeflated = false;
};

std::string deflated(const std::string &content)
{
    z_stream stream {};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, content.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef *>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

/// A zip archive without zip64 fields, sizes in the central directory only (as a streaming writer leaves it).
std::string makeZip(const std::vector<Member> &members, const std::string &comment = {})
{
    std::string zip;
    std::string directory;
    for (const Member &member : members) {
        const std::string packed = member.isDeflated ? deflated(member.content) : member.content;
        const auto crc = crc32(0, reinterpret_cast<const Bytef *>(member.content.data()),
                               static_cast<uInt>(member.content.size()));
        const std::string method = little(member.isDeflated ? 8 : 0, 2);
        const std::string sizes
            = little(crc, 4) + little(packed.size(), 4) + little(member.content.size(), 4);
        directory += "PK\x01\x02"s + little(20, 2) + little(20, 2) + little(8, 2) + method + little(0, 4)
            + sizes + little(member.name.size(), 2) + little(0, 2) + little(0, 2) + little(0, 2)
            + little(0, 2) + little(0, 4) + little(zip.size(), 4) + member.name;
        zip += "PK\x03\x04"s + little(20, 2) + little(8, 2) + method + little(0, 4) + little(0, 12)
            + little(member.name.size(), 2) + little(0, 2) + member.name + packed;
    }
    return zip + directory + "PK\x05\x06"s + little(0, 4) + little(members.size(), 2)
        + little(members.size(), 2) + little(directory.size(), 4) + little(zip.size(), 4)
        + little(comment.size(), 2) + comment;
}

class Files
{
public:
    std::string write(const std::string &name, const std::string &bytes)
    {
        const std::string path = m_folder.filePath(QString::fromStdString(name)).toStdString();
        writeBytes(path, bytes);
        return path;
    }
    std::string path(const char *name) const { return m_folder.filePath(name).toStdString(); }

private:
    QTemporaryDir m_folder;
};

/// One folder for all: some tests write a thousand files.
Files &scratch()
{
    static Files files;
    return files;
}

Result<Tensor> load(const std::string &bytes)
{
    JobContext job;
    QS_TRY(const NpyArray array, openNpy(scratch().write("x.npy", bytes), job));
    return array.read();
}

Result<std::vector<NpyArray>> loadZip(const std::string &bytes)
{
    JobContext job;
    return openNpz(scratch().write("x.npz", bytes), job);
}

template <typename T> std::string errorOf(const Result<T> &result)
{
    return result.ok() ? std::string("no error") : result.error().message();
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

std::vector<float> floatsOf(const Tensor &tensor)
{
    return {tensor.floats().begin(), tensor.floats().end()};
}

std::string readAll(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

class TestNpyFile : public QObject
{
    Q_OBJECT

private slots:
    void elementTypes_data();
    void elementTypes();
    void headerVersionsAndSpellings();
    void badHeaders_data();
    void badHeaders();
    void bigEndian();
    void fortranOrder();
    void rowsAreRead();
    void scalarsAndEmptyArrays();
    void truncatedFiles();
    void hugeClaimsAreRefused();
    void storedArchive();
    void deflatedArchive();
    void misalignedElements();
    void zip64Archive();
    void badArchives();
    void zipBombs();
    void writtenBytesAreNumPys();
    void writtenFilesAreRead();
    void archiveIsValidZip();
    void writerRefuses();
};

void TestNpyFile::elementTypes_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("size");
    const auto row = [](const char *name, DType type, int size) {
        QTest::newRow(name) << name << static_cast<int>(type) << size;
    };
    row("<f2", DType::Float16, 2);
    row("<f4", DType::Float32, 4);
    row("<f8", DType::Float64, 8);
    row("|i1", DType::Int8, 1);
    row("<i2", DType::Int16, 2);
    row("<i4", DType::Int32, 4);
    row("<i8", DType::Int64, 8);
    row("|u1", DType::UInt8, 1);
    row("<u2", DType::UInt16, 2);
    row("<u4", DType::UInt32, 4);
    row("<u8", DType::UInt64, 8);
    row("|b1", DType::Bool, 1);
}

void TestNpyFile::elementTypes()
{
    QFETCH(QString, name);
    QFETCH(int, type);
    QFETCH(int, size);
    const std::string elements = "0123456789ABCDEF0123456789ABCDEF";
    const Tensor tensor = load(makeNpy(dictionary(name.toStdString(), "(2,)"), elements)).value();
    QVERIFY(static_cast<int>(tensor.type()) == type);
    QCOMPARE(tensor.shape(), Shape {2});
    QCOMPARE(tensor.byteSize(), static_cast<std::size_t>(2 * size));
    QVERIFY(
        std::equal(tensor.bytes().begin(), tensor.bytes().end(), std::as_bytes(std::span(elements)).begin()));
}

void TestNpyFile::headerVersionsAndSpellings()
{
    const std::string elements = bytesOf<float>({1.F, 2.F});
    const std::vector<float> expected {1.F, 2.F};
    for (const int version : {1, 2, 3})
        QCOMPARE(floatsOf(*load(makeNpy(dictionary("<f4", "(2,)"), elements, version))), expected);
    for (const char *text : {"{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(2,)}",
                             "  { 'shape' : ( 2 , ) , 'fortran_order' : False , 'descr' : '<f4' }  \n",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,)}"})
        QCOMPARE(floatsOf(*load(makeNpy(text, elements))), expected);
    QCOMPARE(load(makeNpy(dictionary("<f4", "(1, 2,)"), elements))->shape(), (Shape {1, 2}));
}

void TestNpyFile::badHeaders_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *name, const std::string &bytes, const char *reason) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << reason;
    };
    const std::string elements(64, '\0');
    const auto text = [&](const char *name, const std::string &d, const char *reason) {
        row(name, makeNpy(d, elements), reason);
    };
    row("empty", "", "empty");
    row("not npy", "PK\x03\x04 something else", "no .npy");
    row("version", makeNpy(dictionary("<f4", "(2,)"), elements, 9), "version 9");
    row("cut", makeNpy(dictionary("<f4", "(2,)"), "").substr(0, 40), "truncated");
    row("only magic", "\x93NUMPY\x02\0\x10\0"s, "truncated");
    text("no dictionary", "['descr']", "dictionary");
    text("open", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", "comma");
    text("missing", "{'descr': '<f4', 'shape': (2,)}", "missing");
    text("twice", "{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}", "descr");
    text("unknown key", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", "more");
    text("tail", dictionary("<f4", "(2,)") + "x", "after");
    text("no tuple", dictionary("<f4", "(2)"), "tuple");
    text("list", dictionary("<f4", "[2]"), "tuple");
    text("negative", dictionary("<f4", "(-2,)"), "size");
    text("overlong", dictionary("<f4", "(99999999999999999999,)"), "size");
    text("order", dictionary("<f4", "(2,)", "None"), "True nor False");
    text("call", "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}", "string");
    text("objects", dictionary("|O", "(2,)"), "|O");
    text("strings", dictionary("<U8", "(2,)"), "<U8");
    text("complex", dictionary("<c8", "(2,)"), "<c8");
    text("dates", dictionary("<M8[ns]", "(2,)"), "<M8");
    text("float128", dictionary("<f16", "(2,)"), "<f16");
    text("no order", dictionary("|f4", "(2,)"), "|f4");
    text("nothing", dictionary("", "(2,)"), "''");
    text("records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "records");
}

void TestNpyFile::badHeaders()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    const std::string error = errorOf(load(bytes.toStdString()));
    QVERIFY2(contains(error, reason.toUtf8()), error.c_str());
    QVERIFY2(contains(error, "x.npy"), error.c_str());
}

void TestNpyFile::bigEndian()
{
    const Tensor floats = load(makeNpy(dictionary(">f4", "(2,)"), "\x3F\x80\0\0\xC0\0\0\0"s)).value();
    QCOMPARE(floatsOf(floats), (std::vector<float> {1.F, -2.F}));
    const Tensor shorts = load(makeNpy(dictionary(">i2", "(2,)"), "\x01\x02\xFF\xFE"s)).value();
    QCOMPARE(int {shorts.data<std::int16_t>()[0]}, 0x0102);
    QCOMPARE(int {shorts.data<std::int16_t>()[1]}, -2);
}

void TestNpyFile::fortranOrder()
{
    // numpy.arange(6).reshape(2, 3) in Fortran order is stored by columns.
    const Tensor matrix
        = load(makeNpy(dictionary("<f4", "(2, 3)", "True"), bytesOf<float>({0, 3, 1, 4, 2, 5}))).value();
    QCOMPARE(floatsOf(matrix), (std::vector<float> {0, 1, 2, 3, 4, 5}));
    // arange(12).reshape(2, 3, 2): element (i, j, k) = 6 i + 2 j + k is stored at i + 2 j + 6 k.
    const Tensor cube = load(makeNpy(dictionary("<f4", "(2, 3, 2)", "True"),
                                     bytesOf<float>({0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11})))
                            .value();
    std::vector<float> expected(12);
    std::iota(expected.begin(), expected.end(), 0.F);
    QCOMPARE(floatsOf(cube), expected);
}

void TestNpyFile::rowsAreRead()
{
    std::vector<float> values(30);
    std::iota(values.begin(), values.end(), 0.F);
    Files files;
    JobContext job;
    const Tensor whole = Tensor::fromFloats({5, 2, 3}, values);
    QVERIFY(writeNpy(files.path("a.npy"), whole).ok());
    QVERIFY(writeNpz(files.path("a.npz"), {{"a", whole}}).ok());
    const NpyArray plain = openNpy(files.path("a.npy"), job).value();
    const NpyArray stored = openNpz(files.path("a.npz"), job)->front();
    const NpyArray packed = loadZip(makeZip({{"a.npy", readAll(files.path("a.npy")), true}}))->front();
    for (const NpyArray &array : {plain, stored, packed}) {
        QCOMPARE(array.name(), std::string("a"));
        const Tensor rows = array.rows(3, 2).value();
        QCOMPARE(rows.shape(), (Shape {2, 2, 3}));
        QCOMPARE(floatsOf(rows), (std::vector<float> {18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29}));
        QCOMPARE(floatsOf(*array.read()), values);
    }
}

void TestNpyFile::scalarsAndEmptyArrays()
{
    QCOMPARE(load(makeNpy(dictionary("<f4", "()"), bytesOf<float>({7})))->floats()[0], 7.F);
    QCOMPARE(load(makeNpy(dictionary("<f4", "(0, 5)"), ""))->shape(), (Shape {0, 5}));
    QCOMPARE(load(makeNpy(dictionary("<f4", "(0, 5)", "True"), ""))->size(), std::size_t {0});
}

void TestNpyFile::truncatedFiles()
{
    const std::string whole = makeNpy(dictionary("<f4", "(4,)"), bytesOf<float>({1, 2, 3, 4}));
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!load(whole.substr(0, size)).ok());
    QVERIFY(contains(errorOf(load(whole.substr(0, whole.size() - 1))), "float32 4"));

    // It was whole when it was opened.
    Files files;
    JobContext job;
    const std::string path = files.write("x.npy", whole);
    const NpyArray array = openNpy(path, job).value();
    files.write("x.npy", whole.substr(0, whole.size() - 4));
    QVERIFY(array.rows(0, 3).ok());
    QVERIFY(contains(errorOf(array.rows(0, 4)), "truncated"));
}

void TestNpyFile::hugeClaimsAreRefused()
{
    for (const char *shape : {"(1000000000000,)", "(4294967296, 4294967296)", "(3037000500, 3037000500, 2)",
                              "(9223372036854775807,)"})
        QVERIFY2(!load(makeNpy(dictionary("<f8", shape), "12345678")).ok(), shape);
}

void TestNpyFile::storedArchive()
{
    const std::string a = makeNpy(dictionary("<f4", "(2,)"), bytesOf<float>({1, 2}));
    const std::string b = makeNpy(dictionary("<i8", "(1,)"), bytesOf<std::int64_t>({-5}));
    const auto arrays
        = loadZip(makeZip({{"in/x:0.npy", a}, {"folder/", ""}, {"readme.txt", "hello"}, {"b.npy", b}},
                          "PK\x05\x06 in a comment"));
    QVERIFY2(arrays.ok(), errorOf(arrays).c_str());
    QCOMPARE(arrays->size(), std::size_t {2});
    QCOMPARE((*arrays)[0].name(), std::string("in/x:0"));
    QCOMPARE(floatsOf(*(*arrays)[0].read()), (std::vector<float> {1, 2}));
    QCOMPARE((*arrays)[1].read()->data<std::int64_t>()[0], std::int64_t {-5});
}

void TestNpyFile::deflatedArchive()
{
    std::string elements;
    for (std::uint64_t i = 0; i < 300000; ++i)
        elements += static_cast<char>(i * i % 251);
    const std::string file = makeNpy(dictionary("|u1", "(300000,)"), elements);
    const auto arrays = loadZip(makeZip({{"a.npy", file, true}}));
    QVERIFY2(arrays.ok(), errorOf(arrays).c_str());
    const Tensor tensor = arrays->front().read().value();
    QVERIFY(
        std::equal(tensor.bytes().begin(), tensor.bytes().end(), std::as_bytes(std::span(elements)).begin()));
    const auto big = loadZip(makeZip({{"a.npy", makeNpy(dictionary(">f4", "(1,)"), "\x3F\x80\0\0"s), true}}));
    QCOMPARE(floatsOf(*big->front().read()), std::vector<float> {1.F});
}

void TestNpyFile::misalignedElements()
{
    for (int spaces = 0; spaces < 8; ++spaces) {
        const std::string text
            = dictionary("<f8", "(1,)") + std::string(static_cast<std::size_t>(spaces), ' ');
        const auto arrays = loadZip(makeZip({{"a.npy", makeNpy(text, bytesOf<double>({2.5})), true}}));
        const Tensor tensor = arrays->front().read().value();
        QCOMPARE(reinterpret_cast<std::uintptr_t>(tensor.bytes().data()) % 8, std::uintptr_t {0});
        QCOMPARE(tensor.data<double>()[0], 2.5);
    }
}

void TestNpyFile::zip64Archive()
{
    // Our own writer uses zip64 fields throughout; the entry that numpy.savez makes has them in the local
    // header only, with plain sizes in the directory.
    const std::string content = makeNpy(dictionary("<f4", "(1,)"), bytesOf<float>({3}));
    std::string zip = makeZip({{"a.npy", content}});
    const std::string extra
        = little(1, 2) + little(16, 2) + little(content.size(), 8) + little(content.size(), 8);
    zip.replace(18, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    zip.replace(28, 2, little(extra.size(), 2));
    zip.insert(35, extra);
    zip.replace(zip.size() - 6, 4, little(35 + extra.size() + content.size(), 4));
    const auto arrays = loadZip(zip);
    QVERIFY2(arrays.ok(), errorOf(arrays).c_str());
    QCOMPARE(floatsOf(*arrays->front().read()), std::vector<float> {3.F});
}

void TestNpyFile::badArchives()
{
    const std::string content = makeNpy(dictionary("<f4", "(2,)"), bytesOf<float>({1, 2}));
    for (const bool isDeflated : {false, true}) {
        const std::string zip = makeZip({{"a.npy", content, isDeflated}});
        QVERIFY(loadZip(zip).ok());
        for (std::size_t size = 0; size < zip.size(); size += 3)
            QVERIFY(!loadZip(zip.substr(0, size)).ok());
        // Any byte of the content changed is noticed.
        const std::size_t end = zip.find("PK\x01\x02");
        for (std::size_t i = 35; i < end; ++i) {
            std::string damaged = zip;
            damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
            QVERIFY2(!loadZip(damaged).ok(), std::to_string(i).c_str());
        }
        // Of the directory: an error or the same array, never a crash.
        for (std::size_t i = end; i < zip.size(); ++i) {
            for (const int flip : {0x80, 0xFF}) {
                std::string damaged = zip;
                damaged[i] = static_cast<char>(damaged[i] ^ flip);
                const auto arrays = loadZip(damaged);
                if (arrays.ok())
                    QCOMPARE(floatsOf(*arrays->front().read()), (std::vector<float> {1, 2}));
            }
        }
    }
    QVERIFY(contains(errorOf(loadZip("")), "not a zip"));
    QVERIFY(contains(errorOf(loadZip(makeZip({{"readme.txt", "hello"}}))), "no arrays"));
    QVERIFY(contains(errorOf(loadZip(makeZip({{"a.npy", content}, {"a.npy", content}}))), "twice"));
    std::string encrypted = makeZip({{"a.npy", content}});
    encrypted[encrypted.find("PK\x01\x02") + 8] |= 1;
    QVERIFY(contains(errorOf(loadZip(encrypted)), "encrypted"));
    std::string bzip = makeZip({{"a.npy", content}});
    bzip[bzip.find("PK\x01\x02") + 10] = 12;
    QVERIFY(contains(errorOf(loadZip(bzip)), "method 12"));
}

void TestNpyFile::zipBombs()
{
    // An honest one: 4 MB of zeros in 4 KB is fine.
    const std::string zeros = makeNpy(dictionary("|u1", "(4000000,)"), std::string(4000000, '\0'));
    std::string zip = makeZip({{"a.npy", zeros, true}});
    QVERIFY(zip.size() < 10000);
    QVERIFY(loadZip(zip).ok());
    // Claims 4 GB: impossible for so few bytes, so nothing is allocated.
    const std::size_t entry = zip.find("PK\x01\x02");
    std::string claim = zip;
    claim.replace(entry + 24, 4, "\xFE\xFF\xFF\xFF");
    QVERIFY(contains(errorOf(loadZip(claim)), "as large as it claims"));
    // Claims less than it holds.
    std::string modest = zip;
    modest.replace(entry + 24, 4, little(200, 4));
    QVERIFY(contains(errorOf(loadZip(modest)), "unpacked"));

    Files files;
    JobContext job;
    const auto file = RandomAccessFile::open(files.write("x.npz", zip)).value();
    const ZipEntry whole = readZipDirectory(*file)->front();
    QVERIFY(contains(errorOf(inflateEntry(*file, whole, 1000000, job)), "savez"));
}

void TestNpyFile::writtenBytesAreNumPys()
{
    // numpy.save of numpy.array([[1, 2, 3]], dtype=numpy.int16), NumPy 1.24.
    Files files;
    const std::vector<std::int16_t> values {1, 2, 3};
    QVERIFY(
        writeNpy(files.path("a.npy"), Tensor::fromValues<std::int16_t>(DType::Int16, {1, 3}, values)).ok());
    std::string expected
        = "\x93NUMPY\x01\0\x76\0"s + "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), }";
    expected.resize(127, ' ');
    expected += "\n\x01\0\x02\0\x03\0"s;
    const std::string written = readAll(files.path("a.npy"));
    QCOMPARE(written.size() % 64, std::size_t {6});
    // NumPy leaves room for a longer first dimension; apart from the padding the bytes are the same.
    QCOMPARE(written.substr(10, 59), expected.substr(10, 59));
    QCOMPARE(written.substr(written.size() - 7), expected.substr(expected.size() - 7));
    QVERIFY(contains(makeNpyHeader(DType::Float32, {5}).value(), "'shape': (5,), }"));
    QVERIFY(
        contains(makeNpyHeader(DType::Bool, {}).value(), "'|b1', 'fortran_order': False, 'shape': (), }"));
}

void TestNpyFile::writtenFilesAreRead()
{
    Files files;
    JobContext job;
    const std::vector<double> values {0.5, -1e300, 3};
    const std::vector<NamedTensor> tensors {
        {"x/y:0", Tensor::fromValues<double>(DType::Float64, {3}, values)},
        {"flags", Tensor(DType::Bool, {2, 2})},
        {"scalar", Tensor::fromFloats({}, std::vector<float> {4.F})},
        {"half", Tensor(DType::Float16, {0, 3})}};
    QVERIFY(writeNpz(files.path("a.npz"), tensors).ok());
    const auto arrays = openNpz(files.path("a.npz"), job);
    QVERIFY2(arrays.ok(), errorOf(arrays).c_str());
    QCOMPARE(arrays->size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const Tensor back = (*arrays)[i].read().value();
        QCOMPARE((*arrays)[i].name(), tensors[i].name);
        QVERIFY(back.type() == tensors[i].tensor.type());
        QCOMPARE(back.shape(), tensors[i].tensor.shape());
        QVERIFY(std::equal(back.bytes().begin(), back.bytes().end(), tensors[i].tensor.bytes().begin(),
                           tensors[i].tensor.bytes().end()));
    }
}

void TestNpyFile::archiveIsValidZip()
{
    Files files;
    QVERIFY(writeNpz(files.path("a.npz"),
                     {{"a", Tensor(DType::Float32, {3, 5})}, {"b", Tensor(DType::Int64, {1})}})
                .ok());
    QProcess python;
    python.start("python3",
                 {"-c",
                  "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
                  "print(z.testzip(), [(i.filename, i.file_size) for i in z.infolist()])",
                  QString::fromStdString(files.path("a.npz"))});
    if (!python.waitForStarted())
        QSKIP("python3 is not installed");
    QVERIFY(python.waitForFinished());
    QCOMPARE(python.readAllStandardOutput().trimmed(), QByteArray("None [('a.npy', 188), ('b.npy', 136)]"));
}

void TestNpyFile::writerRefuses()
{
    Files files;
    QVERIFY(contains(errorOf(writeNpy(files.path("a.npy"), Tensor(DType::BFloat16, {2}))), "bfloat16"));
    QVERIFY(contains(errorOf(writeNpz(files.path("a.npz"), {{"a", Tensor(DType::Int4, {2})}})), "int4"));
    QVERIFY(contains(errorOf(writeNpz(files.path("a.npz"),
                                      {{"a", Tensor(DType::Int8, {2})}, {"a", Tensor(DType::Int8, {2})}})),
                     "unique"));
    QVERIFY(!QFile::exists(QString::fromStdString(files.path("a.npz"))));
    QVERIFY(contains(errorOf(writeNpy("/nowhere/a.npy", Tensor(DType::Int8, {2}))), "/nowhere/a.npy"));
}

QTEST_GUILESS_MAIN(TestNpyFile)
#include "tst_npyfile.moc"
