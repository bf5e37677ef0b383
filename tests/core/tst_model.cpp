// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"
#include "core/model/modelio.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <functional>
#include <limits>

using namespace qs;

namespace {

const char *const kSmall = R"(g (float[N,4] x) => (float[N,2] y)
    <float[4,2] w = {1,2,3,4,5,6,7,8}> { t = MatMul(x, w)  y = Relu(t) })";

std::string errorOf(onnx::ModelProto proto)
{
    const auto model = Model::create(std::make_unique<onnx::ModelProto>(std::move(proto)));
    return model.ok() ? "no error" : model.error().detail;
}

onnx::TensorProto tensorProto(DType type, const Shape &dims)
{
    onnx::TensorProto proto;
    proto.set_name("t");
    proto.set_data_type(static_cast<int>(type));
    for (const std::int64_t dim : dims)
        proto.add_dims(dim);
    return proto;
}

std::vector<int> bytesOf(const Tensor &tensor)
{
    std::vector<int> values;
    for (const std::byte byte : tensor.bytes())
        values.push_back(std::to_integer<int>(byte));
    return values;
}

} // namespace

class tst_Model : public QObject
{
    Q_OBJECT
private slots:
    void answersAboutTheModel();
    void refusesBrokenGraphs_data();
    void refusesBrokenGraphs();
    void readsEveryTypedField();
    void checksSizesBeforeAllocating_data();
    void checksSizesBeforeAllocating();
    void readsConstants();
    void constantsOutliveTheModel();
    void initializersOfOldModelsAreNoInputs();
    void fingerprintFollowsTheContent();
};

void tst_Model::answersAboutTheModel()
{
    onnx::ModelProto proto = protoFromText(kSmall);
    auto *entry = proto.add_metadata_props();
    entry->set_key("quantstudio.recipe");
    entry->set_value("{}");
    proto.mutable_opset_import(0)->set_domain("ai.onnx");
    const ModelPtr model = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    QCOMPARE(model->opset(), std::int64_t {13});
    QCOMPARE(model->opset("ai.onnx"), std::int64_t {13});
    QCOMPARE(model->opset("com.microsoft"), std::int64_t {0});
    QCOMPARE(model->metadata("quantstudio.recipe"), std::optional<std::string>("{}"));
    QVERIFY(!model->metadata("absent"));
    QCOMPARE(model->sizeBytes(), std::uint64_t {proto.ByteSizeLong()});
}

void tst_Model::refusesBrokenGraphs_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const char *text, const char *error) {
        QTest::newRow(name) << QString(text) << QString(error);
    };
    row("no nodes", "g (float[2] x) => (float[2] x) { }", "the model's graph has no nodes");
    row("unknown input", "g (float[2] x) => (float[2] y) { y = Add(x, lost) }",
        "Add node 'y' reads 'lost', which nothing produces");
    row("two producers", "g (float[2] x) => (float[2] y) { y = Relu(x) y = Neg(x) }",
        "Neg node 'y' produces 'y', which has another producer");
    row("two initializers",
        "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}, float[2] w = {3, 4}> { y = Add(x, w) }",
        "initializer 'w' is there twice");
    row("overwritten input", "g (float[2] x) => (float[2] x) { x = Relu(x) }",
        "Relu node 'x' produces 'x', which has another producer");
    row("unmade output", "g (float[2] x) => (float[2] z) { y = Relu(x) }",
        "graph output 'z' is produced by no node");
    row("cycle", "g (float[2] x) => (float[2] c) { a = Add(x, b) b = Neg(a) c = Abs(a) }",
        "node 'a' depends on its own output");
    row("self", "g (float[2] x) => (float[2] a) { a = Add(x, a) }", "node 'a' depends on its own output");
    row("unknown in sub-graph",
        "g (bool c, float[2] x) => (float[2] y) { y = If(c) <then_branch = t () => (float[2] p) { p = "
        "Neg(lost) }, "
        "else_branch = e () => (float[2] q) { q = Neg(x) }> }",
        "Neg node 'p' reads 'lost', which nothing produces");
}

void tst_Model::refusesBrokenGraphs()
{
    QFETCH(QString, text);
    QFETCH(QString, error);
    QCOMPARE(QString::fromStdString(errorOf(protoFromText(text.toUtf8().constData()))), error);
    QCOMPARE(errorOf(onnx::ModelProto()), std::string("the model has no graph"));
}

void tst_Model::readsEveryTypedField()
{
    const auto read = [](const onnx::TensorProto &proto) {
        const auto tensor = tensorFromProto(proto, nullptr);
        return tensor.ok() ? bytesOf(*tensor) : std::vector<int> {-1};
    };
    using Bytes = std::vector<int>;
    onnx::TensorProto f = tensorProto(DType::Float32, {1});
    f.add_float_data(1.0f); // 0x3f800000
    QCOMPARE(read(f), (Bytes {0, 0, 0x80, 0x3f}));
    onnx::TensorProto complex = tensorProto(DType::Complex64, {1});
    complex.add_float_data(1.0f);
    complex.add_float_data(-1.0f);
    QCOMPARE(read(complex), (Bytes {0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf}));
    onnx::TensorProto d = tensorProto(DType::Float64, {});
    d.add_double_data(2.0); // 0x4000000000000000
    QCOMPARE(read(d), (Bytes {0, 0, 0, 0, 0, 0, 0, 0x40}));
    onnx::TensorProto i8 = tensorProto(DType::Int8, {2});
    i8.add_int32_data(-1);
    i8.add_int32_data(127);
    QCOMPARE(read(i8), (Bytes {0xff, 0x7f}));
    onnx::TensorProto flag = tensorProto(DType::Bool, {2});
    flag.add_int32_data(1);
    flag.add_int32_data(0);
    QCOMPARE(read(flag), (Bytes {1, 0}));
    onnx::TensorProto half = tensorProto(DType::Float16, {1});
    half.add_int32_data(0x3c00); // 1.0 by its bits
    QCOMPARE(read(half), (Bytes {0, 0x3c}));
    onnx::TensorProto i16 = tensorProto(DType::Int16, {1});
    i16.add_int32_data(-2);
    QCOMPARE(read(i16), (Bytes {0xfe, 0xff}));
    onnx::TensorProto i32 = tensorProto(DType::Int32, {1});
    i32.add_int32_data(-2);
    QCOMPARE(read(i32), (Bytes {0xfe, 0xff, 0xff, 0xff}));
    onnx::TensorProto i64 = tensorProto(DType::Int64, {1});
    i64.add_int64_data(-2);
    QCOMPARE(read(i64), (Bytes {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
    onnx::TensorProto u32 = tensorProto(DType::UInt32, {1});
    u32.add_uint64_data(0xdeadbeef);
    QCOMPARE(read(u32), (Bytes {0xef, 0xbe, 0xad, 0xde}));
    onnx::TensorProto u64 = tensorProto(DType::UInt64, {1});
    u64.add_uint64_data(1);
    QCOMPARE(read(u64), (Bytes {1, 0, 0, 0, 0, 0, 0, 0}));
    onnx::TensorProto i4 = tensorProto(DType::Int4, {3}); // two in a byte, the last one padded
    i4.add_int32_data(0x21);
    i4.add_int32_data(0x03);
    QCOMPARE(read(i4), (Bytes {0x21, 0x03}));
    onnx::TensorProto raw = tensorProto(DType::UInt4, {3});
    raw.set_raw_data(std::string("\x21\x03", 2));
    QCOMPARE(read(raw), (Bytes {0x21, 0x03}));
    const Tensor again = *tensorFromProto(tensorToProto("n", *tensorFromProto(f, nullptr)), nullptr);
    QCOMPARE(bytesOf(again), (Bytes {0, 0, 0x80, 0x3f}));
}

void tst_Model::checksSizesBeforeAllocating_data()
{
    QTest::addColumn<QList<qint64>>("dims");
    QTest::addColumn<int>("type");
    QTest::addColumn<bool>("raw");
    QTest::addColumn<QString>("error");
    const qint64 huge = std::numeric_limits<qint64>::max();
    const int f = static_cast<int>(DType::Float32);
    QTest::newRow("negative") << QList<qint64> {2, -1} << f << true << "has a negative dimension";
    QTest::newRow("overflow") << QList<qint64> {huge, 4} << f << true
                              << "has more elements than can be addressed";
    QTest::newRow("byte overflow") << QList<qint64> {huge / 2} << f << true
                                   << "has more elements than can be addressed";
    QTest::newRow("huge raw") << QList<qint64> {1 << 30, 1 << 20} << f << true
                              << "holds 8 bytes where its shape needs 4503599627370496";
    QTest::newRow("huge typed") << QList<qint64> {1 << 30, 1 << 20} << f << false
                                << "holds 2 values where its shape needs 1125899906842624";
    QTest::newRow("too few") << QList<qint64> {3} << f << true << "holds 8 bytes where its shape needs 12";
    QTest::newRow("too many") << QList<qint64> {1} << f << false << "holds 2 values where its shape needs 1";
    QTest::newRow("unknown type") << QList<qint64> {2} << 99 << true << "element type 99 cannot be read";
    QTest::newRow("strings") << QList<qint64> {2} << static_cast<int>(DType::String) << true
                             << "element type 8 cannot be read";
}

void tst_Model::checksSizesBeforeAllocating()
{
    QFETCH(QList<qint64>, dims);
    QFETCH(int, type);
    QFETCH(bool, raw);
    QFETCH(QString, error);
    onnx::TensorProto proto = tensorProto(static_cast<DType>(type), Shape(dims.begin(), dims.end()));
    if (raw) {
        proto.set_raw_data(std::string(8, '\0'));
    } else {
        proto.add_float_data(1);
        proto.add_float_data(2);
    }
    const auto tensor = tensorFromProto(proto, nullptr);
    QVERIFY(!tensor.ok());
    QCOMPARE(QString::fromStdString(tensor.error().detail), error);
    QCOMPARE(tensor.error().subject, std::string("tensor 't'"));
}

void tst_Model::readsConstants()
{
    const ModelPtr model = modelFromText(R"(g (float[2] x) => (float[2] y) <float[2] w = {5, 6}> {
        c = Constant <value = float[2] {1, 2}> ()
        f = Constant <value_float = 0.5> ()
        i = Constant <value_int = 7> ()
        fs = Constant <value_floats = [1.0, 2.0, 3.0]> ()
        is = Constant <value_ints = [4, 5]> ()
        s = Constant <value_string = "no"> ()
        y = Add(x, w)
    })");
    const auto floats = [&](const char *name) {
        const Tensor tensor = **model->constant(name);
        return std::vector<float>(tensor.floats().begin(), tensor.floats().end());
    };
    QCOMPARE(floats("w"), (std::vector<float> {5, 6}));
    QCOMPARE(floats("c"), (std::vector<float> {1, 2}));
    QCOMPARE(floats("f"), (std::vector<float> {0.5f}));
    QCOMPARE(floats("fs"), (std::vector<float> {1, 2, 3}));
    QCOMPARE((**model->constant("f")).shape(), Shape {});
    QCOMPARE((**model->constant("fs")).shape(), Shape {3});
    QCOMPARE((**model->constant("i")).data<std::int64_t>()[0], std::int64_t {7});
    QCOMPARE((**model->constant("is")).data<std::int64_t>()[1], std::int64_t {5});
    QVERIFY(model->constant("s").error().code == ErrorCode::Unsupported);
    for (const char *name : {"x", "y", "absent", ""}) {
        const auto none = model->constant(name);
        QVERIFY(none.ok() && !*none);
    }

    onnx::ModelProto sparse = protoFromText(kSmall);
    auto *values = sparse.mutable_graph()->add_sparse_initializer();
    values->mutable_values()->set_name("sp");
    const ModelPtr sparseModel = *Model::create(std::make_unique<onnx::ModelProto>(sparse));
    QVERIFY(sparseModel->constant("sp").error().code == ErrorCode::Unsupported);
    onnx::ModelProto damaged = protoFromText(kSmall);
    damaged.mutable_graph()->mutable_initializer(0)->set_dims(0, 5);
    QCOMPARE((*Model::create(std::make_unique<onnx::ModelProto>(damaged)))->constant("w").error().code,
             ErrorCode::Format);
}

void tst_Model::constantsOutliveTheModel()
{
    ModelPtr model = modelFromText(kSmall);
    Tensor w = **model->constant("w");
    model.reset();
    QCOMPARE(w.floats()[7], 8.0f);
}

void tst_Model::initializersOfOldModelsAreNoInputs()
{
    onnx::ModelProto proto = protoFromText(kSmall);
    proto.set_ir_version(3);
    proto.mutable_graph()->add_input()->set_name("w");
    const ModelPtr model = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    QCOMPARE(model->graph().inputs().size(), std::size_t {1});
    QVERIFY(!model->graph().isGraphInput("w"));
    QVERIFY(model->constant("w")->has_value());
}

void tst_Model::fingerprintFollowsTheContent()
{
    const std::string fingerprint = modelFromText(kSmall)->fingerprint();
    QCOMPARE(fingerprint.size(), std::size_t {64});
    QCOMPARE(modelFromText(kSmall)->fingerprint(), fingerprint);
    onnx::ModelProto changed = protoFromText(kSmall);
    changed.mutable_graph()->mutable_initializer(0)->set_float_data(3, 4.5f);
    QVERIFY((*Model::create(std::make_unique<onnx::ModelProto>(changed)))->fingerprint() != fingerprint);
}

QTEST_GUILESS_MAIN(tst_Model)
#include "tst_model.moc"
