// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/randomaccessfile.h"
#include "core/model/externaldata.h"
#include "core/model/graphedit.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTemporaryDir>
#include <QTest>

#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace qs;
namespace fs = std::filesystem;

namespace {

/// y = Gather(x, …) is never run here: the graph only has to hold tensors.
onnx::ModelProto protoWithTensors(const std::vector<onnx::TensorProto> &tensors)
{
    onnx::ModelProto proto = protoFromText("g (float[2] x) => (float[2] y) { y = Relu(x) }");
    for (const auto &tensor : tensors)
        *proto.mutable_graph()->add_initializer() = tensor;
    return proto;
}

onnx::TensorProto bytesTensor(const std::string &name, int dataType, std::int64_t elements, std::string bytes)
{
    onnx::TensorProto tensor;
    tensor.set_name(name);
    tensor.set_data_type(dataType);
    tensor.add_dims(elements);
    tensor.set_raw_data(std::move(bytes));
    return tensor;
}

onnx::TensorProto externalTensor(const std::string &name, std::int64_t elements,
                                 const std::vector<std::pair<std::string, std::string>> &entries)
{
    onnx::TensorProto tensor;
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::UINT8);
    tensor.add_dims(elements);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto &[key, value] : entries) {
        auto *entry = tensor.add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    }
    return tensor;
}

std::string pattern(std::size_t size, unsigned seed)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 131 + seed) & 0xff);
    return bytes;
}

} // namespace

class tst_ModelIo : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void badFilesAreOneClearLine_data();
    void badFilesAreOneClearLine();
    void pipesAreRefusedNotWaitedFor();
    void nothingUnknownIsLost();
    void externalTensorsAreMovedOutAndFoundAgain();
    void aModelCanBeSavedOverItself();
    void dataGoesBesideTheModelAndNotTheLink();
    void bothFilesOrNone();
    void badExternalReferencesAreRefused_data();
    void badExternalReferencesAreRefused();
    void lengthOfAnExternalTensorIsOptional();
    void filesOverTwoGigabytesAreMappedNotRead();
    void aStoppedSaveLeavesNothing();
    void damagedBytesNeverCrash();

private:
    Result<ModelPtr> loadProto(const onnx::ModelProto &proto)
    {
        const fs::path path = m_path / "model.onnx";
        if (const Status written = writeFileAtomically(path, proto.SerializeAsString()); !written.ok())
            return written.error();
        JobContext job;
        return loadModel(path, job);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
};

void tst_ModelIo::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->path().toStdString();
}

void tst_ModelIo::badFilesAreOneClearLine_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("error");
    QByteArray random;
    std::mt19937 generator(7);
    for (int i = 0; i < 5000; ++i)
        random.append(static_cast<char>(generator()));
    const std::string good
        = protoFromText("g (float[2] x) => (float[2] y) { y = Relu(x) }").SerializeAsString();
    QTest::newRow("empty") << QByteArray("") << "the file is empty";
    QTest::newRow("random") << random << "not an ONNX model";
    QTest::newRow("zeros") << QByteArray(4096, '\0') << "not an ONNX model";
    QTest::newRow("text") << QByteArray("<!DOCTYPE html>\n<html>not found</html>") << "not an ONNX model";
    QTest::newRow("cut off") << QByteArray(good.data(), static_cast<int>(good.size()) - 3)
                             << "the ONNX model is damaged or cut off";
    QTest::newRow("no graph") << QByteArray("\x08\x08", 2) << "the model has no graph";
}

void tst_ModelIo::badFilesAreOneClearLine()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, error);
    const fs::path path = m_path / "bad.onnx";
    QVERIFY(writeFileAtomically(path, {bytes.data(), static_cast<std::size_t>(bytes.size())}).ok());
    JobContext job;
    const auto model = loadModel(path, job);
    QVERIFY(!model.ok());
    QCOMPARE(QString::fromStdString(model.error().message()),
             QString::fromStdString(path.string()) + ": " + error);
    QCOMPARE(parseModel({bytes.data(), static_cast<std::size_t>(bytes.size())}, "name").error().message(),
             "name: " + error.toStdString());

    QCOMPARE(loadModel(m_path, job).error().message(), m_path.string() + ": Is a directory");
    QVERIFY(loadModel(m_path / "absent.onnx", job).error().code == ErrorCode::NotFound);
    if (::geteuid() != 0) {
        fs::permissions(path, fs::perms::none);
        QVERIFY(loadModel(path, job).error().code == ErrorCode::Permission);
    }
}

void tst_ModelIo::pipesAreRefusedNotWaitedFor()
{
    const fs::path pipe = m_path / "pipe.onnx";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const std::string refusal = pipe.string() + ": not a regular file";
    JobContext job;
    QCOMPARE(loadModel(pipe, job).error().message(), refusal);
    QCOMPARE(readFile(pipe).error().message(), refusal);
    QCOMPARE(RandomAccessFile::open(pipe).error().message(), refusal);
}

void tst_ModelIo::nothingUnknownIsLost()
{
    // INT4 (22) and a type that is not invented yet, and fields of a newer onnx.proto at every level.
    onnx::ModelProto proto = protoWithTensors(
        {bytesTensor("i4", 22, 5, "\x21\x43\x05"), bytesTensor("future", 77, 3, "whatever")});
    proto.mutable_opset_import(0)->set_version(21);
    proto.set_ir_version(10);
    const auto addUnknown = [](google::protobuf::Message &message) {
        message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(999)->assign("kept");
    };
    addUnknown(proto);
    addUnknown(*proto.mutable_graph());
    addUnknown(*proto.mutable_graph()->mutable_node(0));
    addUnknown(*proto.mutable_graph()->mutable_initializer(0));
    const std::string bytes = proto.SerializeAsString();

    const auto model = loadProto(proto);
    QVERIFY(model.ok());
    QCOMPARE(serializeModel(**model), bytes);
    QCOMPARE((*(*model)->constant("i4"))->shape(), Shape {5});
    QVERIFY((*model)->constant("future").error().code == ErrorCode::Unsupported);
    JobContext job;
    QVERIFY(saveModel(**model, m_path / "saved.onnx", {}, job).ok());
    QCOMPARE(*readFile(m_path / "saved.onnx"), bytes);

    SaveOptions split;
    split.externalThreshold = 0;
    QVERIFY(saveModel(**model, m_path / "split.onnx", split, job).ok());
    const auto back = loadModel(m_path / "split.onnx", job);
    QVERIFY(saveModel(**back, m_path / "joined.onnx", {}, job).ok());
    onnx::ModelProto joined;
    QVERIFY(joined.ParseFromString(*readFile(m_path / "joined.onnx")));
    QCOMPARE(joined.SerializeAsString(), bytes);
}

void tst_ModelIo::externalTensorsAreMovedOutAndFoundAgain()
{
    const std::size_t large = (std::size_t {1} << 20) + 3;
    onnx::TensorProto typed; // holds float_data, not bytes
    typed.set_name("typed");
    typed.set_data_type(onnx::TensorProto::FLOAT);
    typed.add_dims(400);
    for (int i = 0; i < 400; ++i)
        typed.add_float_data(static_cast<float>(i));
    const std::vector<onnx::TensorProto> tensors = {
        bytesTensor("small", onnx::TensorProto::UINT8, 10, pattern(10, 1)),
        bytesTensor("medium", onnx::TensorProto::UINT8, 2001, pattern(2001, 2)),
        bytesTensor("large", onnx::TensorProto::UINT8, static_cast<std::int64_t>(large), pattern(large, 3)),
        typed};
    const auto model = loadProto(protoWithTensors(tensors));
    JobContext job;
    SaveOptions options;
    options.externalThreshold = 1000;
    const fs::path path = m_path / "split.onnx";
    QVERIFY(saveModel(**model, path, options, job).ok());
    const std::string first = *readFile(path);
    const std::string data = *readFile(m_path / "split.onnx.data");

    onnx::ModelProto proto;
    QVERIFY(proto.ParseFromString(first));
    QVERIFY(!proto.graph().initializer(0).has_data_location());
    for (int i = 1; i < 4; ++i) {
        const onnx::TensorProto &tensor = proto.graph().initializer(i);
        QVERIFY(!tensor.has_raw_data() && tensor.float_data_size() == 0);
        QCOMPARE(tensor.external_data(0).value(), std::string("split.onnx.data"));
        const std::uint64_t offset = std::stoull(tensor.external_data(1).value());
        QCOMPARE(offset % (tensor.name() == "large" ? 4096u : 64u), 0u);
    }
    const auto back = loadModel(path, job);
    QVERIFY(back.ok());
    QCOMPARE((*back)->sizeBytes(), first.size() + 2001 + large + 1600);
    for (const onnx::TensorProto &tensor : tensors) {
        const Tensor expected = **(*model)->constant(tensor.name());
        QVERIFY(std::ranges::equal((**(*back)->constant(tensor.name())).bytes(), expected.bytes()));
    }
    QVERIFY(saveModel(**model, path, options, job).ok());
    QCOMPARE(*readFile(path), first);
    QCOMPARE(*readFile(m_path / "split.onnx.data"), data);
}

void tst_ModelIo::aModelCanBeSavedOverItself()
{
    const std::string bytes = pattern(50000, 9);
    JobContext job;
    SaveOptions split;
    split.externalThreshold = 0;
    const fs::path path = m_path / "m.onnx";
    QVERIFY(saveModel(**loadProto(protoWithTensors({bytesTensor("pad", 2, 3000, pattern(3000, 1)),
                                                    bytesTensor("w", 2, 50000, bytes)})),
                      path, split, job)
                .ok());
    const ModelPtr model = *loadModel(path, job);
    const Tensor view = **model->constant("w");
    QVERIFY(saveModel(*model, path, split, job).ok());
    QVERIFY(std::ranges::equal(view.bytes(), std::as_bytes(std::span(bytes)))); // the old mapping still holds
    const ModelPtr again = *loadModel(path, job);
    QVERIFY(std::ranges::equal((**again->constant("w")).bytes(), std::as_bytes(std::span(bytes))));
    QCOMPARE(again->fingerprint(), model->fingerprint());
    QVERIFY(saveModel(*model, path, {}, job).ok()); // and back into one file
    QVERIFY(!(*loadModel(path, job))->externalData());
}

void tst_ModelIo::dataGoesBesideTheModelAndNotTheLink()
{
    const auto model = loadProto(protoWithTensors({bytesTensor("w", 2, 5000, pattern(5000, 1))}));
    fs::create_directory(m_path / "store");
    fs::create_symlink("store/real.onnx", m_path / "link.onnx");
    JobContext job;
    SaveOptions split;
    split.externalThreshold = 0;
    QVERIFY(saveModel(**model, m_path / "link.onnx", split, job).ok());
    QVERIFY(fs::is_symlink(m_path / "link.onnx"));
    QVERIFY(fs::exists(m_path / "store" / "real.onnx.data") && !fs::exists(m_path / "link.onnx.data"));
    const auto back = loadModel(m_path / "store" / "real.onnx", job);
    QVERIFY(back.ok());
    QVERIFY(std::ranges::equal((**(*back)->constant("w")).bytes(), (**(*model)->constant("w")).bytes()));
}

void tst_ModelIo::bothFilesOrNone()
{
    JobContext job;
    SaveOptions split;
    split.externalThreshold = 0;
    const fs::path path = m_path / "m.onnx";
    QVERIFY(saveModel(**loadProto(protoWithTensors({bytesTensor("w", 2, 5000, pattern(5000, 1))})), path,
                      split, job)
                .ok());
    const std::string model = *readFile(path);
    const std::string data = *readFile(m_path / "m.onnx.data");
    const ModelPtr other = *loadProto(protoWithTensors({bytesTensor("w", 2, 9000, pattern(9000, 2))}));
    fs::rename(m_path / "m.onnx.data", m_path / "kept");
    fs::create_directory(m_path / "m.onnx.data");
    QVERIFY(!saveModel(*other, path, split, job).ok());
    QCOMPARE(*readFile(path), model);
    fs::remove(m_path / "m.onnx.data");
    fs::rename(m_path / "kept", m_path / "m.onnx.data");
    QVERIFY(saveModel(*other, path, split, job).ok());
    QVERIFY(*readFile(path) != model && *readFile(m_path / "m.onnx.data") != data);
    const ModelPtr back = *loadModel(path, job);
    QVERIFY(std::ranges::equal((**back->constant("w")).bytes(), (**other->constant("w")).bytes()));
    int files = 0;
    for (const auto &entry : fs::directory_iterator(m_path))
        files += entry.path().filename().string().starts_with("m.onnx") ? 1 : 0;
    QCOMPARE(files, 2); // what was replaced is gone
}

void tst_ModelIo::badExternalReferencesAreRefused_data()
{
    QTest::addColumn<QStringList>("entries");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QStringList &entries, const char *error) {
        QTest::newRow(name) << entries << QString(error);
    };
    row("absolute", {"location", "/etc/passwd"},
        "refers to the absolute path '/etc/passwd', which is refused");
    row("parent", {"location", "../w.bin"}, "refers to '../w.bin' outside the model's folder");
    row("hidden parent", {"location", "a/../../w.bin"},
        "refers to 'a/../../w.bin' outside the model's folder");
    row("nowhere", {"offset", "0"}, "names no file");
    row("missing", {"location", "absent.bin"}, "No such file or directory");
    row("folder", {"location", "sub"}, "Is a directory");
    row("past the end", {"location", "w.bin", "offset", "101", "length", "1"},
        "starts at byte 101 of 'w.bin', which has 100");
    row("too long", {"location", "w.bin", "offset", "50", "length", "51"},
        "needs 51 bytes from byte 50 of 'w.bin', which has 100");
    row("wraps around", {"location", "w.bin", "offset", "1", "length", "18446744073709551615"},
        "needs 18446744073709551615 bytes from byte 1 of 'w.bin', which has 100");
    row("negative", {"location", "w.bin", "offset", "-1"}, "offset '-1' is not a byte count");
    row("no number", {"location", "w.bin", "length", "10x"}, "length '10x' is not a byte count");
}

void tst_ModelIo::badExternalReferencesAreRefused()
{
    QFETCH(QStringList, entries);
    QFETCH(QString, error);
    QVERIFY(writeFileAtomically(m_path / "w.bin", std::string(100, 'w')).ok());
    fs::create_directory(m_path / "sub");
    std::vector<std::pair<std::string, std::string>> pairs;
    for (int i = 0; i + 1 < entries.size(); i += 2)
        pairs.emplace_back(entries[i].toStdString(), entries[i + 1].toStdString());
    const auto model = loadProto(protoWithTensors({externalTensor("w", 10, pairs)}));
    QVERIFY(!model.ok());
    const QString message = QString::fromStdString(model.error().message());
    QVERIFY2(message.endsWith(error), qPrintable(message));
    QVERIFY(message.startsWith(QString::fromStdString((m_path / "model.onnx").string())));
}

void tst_ModelIo::lengthOfAnExternalTensorIsOptional()
{
    const std::string bytes = pattern(100, 0);
    QVERIFY(writeFileAtomically(m_path / "w.bin", bytes).ok());
    const auto model = loadProto(
        protoWithTensors({externalTensor("w", 10, {{"location", "w.bin"}, {"offset", "20"}}),
                          externalTensor("short", 10, {{"location", "w.bin"}, {"length", "9"}})}));
    QVERIFY(model.ok());
    const Tensor w = **(*model)->constant("w");
    QVERIFY(std::ranges::equal(w.bytes(), std::as_bytes(std::span(bytes)).subspan(20, 10)));
    QCOMPARE((*model)->constant("short").error().detail,
             std::string("holds 9 bytes where its shape needs 10"));
}

void tst_ModelIo::filesOverTwoGigabytesAreMappedNotRead()
{
    const std::uint64_t size = std::uint64_t {5} << 30;
    QVERIFY(writeFileAtomically(m_path / "w.bin", "first").ok());
    std::error_code error;
    fs::resize_file(m_path / "w.bin", size, error); // sparse: takes no room
    if (error)
        QSKIP("no room for a sparse file of 5 GiB");
    const std::string offset = std::to_string(size - 8);
    const auto model = loadProto(
        protoWithTensors({externalTensor("all", static_cast<std::int64_t>(size), {{"location", "w.bin"}}),
                          externalTensor("tail", 8, {{"location", "w.bin"}, {"offset", offset}})}));
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
    QVERIFY((*model)->sizeBytes() > size);
    const Tensor all = **(*model)->constant("all");
    QCOMPARE(all.byteSize(), std::size_t {size});
    QCOMPARE(std::to_integer<char>(all.bytes()[4]), 't');
    QCOMPARE((**(*model)->constant("tail")).byteSize(), std::size_t {8});
}

void tst_ModelIo::aStoppedSaveLeavesNothing()
{
    const auto model = loadProto(protoWithTensors({bytesTensor("w", 2, 5000, pattern(5000, 0))}));
    const fs::path path = m_path / "out.onnx";
    QVERIFY(writeFileAtomically(path, "old").ok());
    std::stop_source stop;
    JobContext job(stop.get_token(), [&](const Progress &) { stop.request_stop(); });
    SaveOptions split;
    split.externalThreshold = 0;
    bool cancelled = false;
    try {
        (void)saveModel(**model, path, split, job);
    } catch (const Cancelled &) {
        cancelled = true;
    }
    QVERIFY(cancelled);
    QCOMPARE(*readFile(path), std::string("old"));
    QCOMPARE(std::distance(fs::directory_iterator(m_path), fs::directory_iterator()),
             2); // model.onnx, out.onnx
    JobContext fine;
    QVERIFY(saveModel(**model, m_path / "absent" / "out.onnx", {}, fine).error().code == ErrorCode::NotFound);
}

void tst_ModelIo::damagedBytesNeverCrash()
{
    const char *const text
        = R"(g (float[N,3,8,8] x, bool c) => (float[N,M] y) <float[4,3,3,3] w, int64[2] s = {1, -1}> {
        k = Constant <value = float[4,3,3,3] {0.5}> ()
        a = Conv <pads = [1,1,1,1], strides = [2,2]> (x, w)
        sh = Shape(a)
        b = If(c) <then_branch = t () => (float p) { p = Neg(a) }, else_branch = e () => (float q) { q = Abs(a) }>
        y = Reshape(b, s)
    })";
    onnx::ModelProto proto = protoFromText(text);
    for (auto &tensor : *proto.mutable_graph()->mutable_initializer()) {
        if (tensor.name() == "w")
            tensor.set_raw_data(std::string(4 * 3 * 3 * 3 * 4, '\1'));
    }
    const std::string good = proto.SerializeAsString();
    int loaded = 0;
    const auto tryBytes = [&](const std::string &bytes) {
        const auto model = parseModel(bytes, "fuzz");
        if (!model.ok()) {
            QVERIFY(!model.error().detail.empty());
            return;
        }
        ++loaded;
        JobContext job;
        for (const auto &initializer : (*model)->proto().graph().initializer())
            (void)(*model)->constant(initializer.name());
        // Opening the runtime for each of them would take minutes.
        const bool infer = loaded % 50 == 0;
        (void)makeLayerTable(**model, infer ? inferShapes(**model, nullptr, job) : ShapeMap {});
        QVERIFY(GraphEdit(**model).finish().ok());
        QVERIFY(!(*model)->fingerprint().empty());
    };
    for (std::size_t size = 0; size < good.size(); ++size)
        tryBytes(good.substr(0, size));
    std::mt19937 generator(3);
    for (int i = 0; i < 20000; ++i) {
        std::string bytes = good;
        const int flips = 1 + static_cast<int>(generator() % 4);
        for (int k = 0; k < flips; ++k)
            bytes[generator() % bytes.size()] = static_cast<char>(generator());
        tryBytes(bytes);
    }
    QVERIFY2(loaded > 1000, std::to_string(loaded).c_str()); // else the loop looks at parse errors only
}

QTEST_GUILESS_MAIN(tst_ModelIo)
#include "tst_modelio.moc"
