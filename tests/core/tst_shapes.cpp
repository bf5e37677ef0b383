// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/concreteinputs.h"
#include "core/model/modelio.h"
#include "core/model/shapes.h"
#include "core/runtime/inferenceengine.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTemporaryDir>
#include <QTest>

using namespace qs;

namespace {

ShapeMap shapesOf(const Model &model, bool withEngine)
{
    static const auto engine = makeOnnxRuntimeEngine();
    JobContext job;
    return inferShapes(model, withEngine ? engine.get() : nullptr, job);
}

ModelPtr withOpset(const char *text, std::int64_t opset)
{
    onnx::ModelProto proto = protoFromText(text);
    proto.mutable_opset_import(0)->set_version(opset);
    return *Model::create(std::make_unique<onnx::ModelProto>(proto));
}

const char *const kConv = "g (float[N,3,8,8] x) => (float[N,4,H,W] y) <float[4,3,3,3] w> "
                          "{ c = Conv <strides = [2,2], pads = [1,1,1,1]> (x, w) y = Relu(c) }";

} // namespace

class tst_Shapes : public QObject
{
    Q_OBJECT
private slots:
    void infersWithBatchOne();
    void newerOpsetsKeepTheirRules();
    void unknownOpsetsAreNotGuessed();
    void whatDependsOnDataIsRun();
    void notesOfAnotherBatchAreIgnored();
    void openDimensionsGetPlausibleSizes();
    void otherSizesAreTriedWhenTheFirstFail();
    void aModelThatCannotRunGivesWhatIsKnown();
    void unknownOperatorsHideOnlyWhatFollows();
    void weightsInFilesAreFound();
    void stops();
};

void tst_Shapes::infersWithBatchOne()
{
    onnx::ModelProto proto = protoFromText(kConv);
    proto.mutable_graph()->mutable_initializer(0)->set_raw_data(std::string(4 * 27 * 4, '\0'));
    const ShapeMap shapes = shapesOf(**Model::create(std::make_unique<onnx::ModelProto>(proto)), false);
    QCOMPARE(shapes.at("x"), (TensorType {DType::Float32, {1, 3, 8, 8}}));
    QCOMPARE(shapes.at("c"), (TensorType {DType::Float32, {1, 4, 4, 4}}));
    QCOMPARE(shapes.at("y"), (TensorType {DType::Float32, {1, 4, 4, 4}}));
    QCOMPARE(shapes.at("w"), (TensorType {DType::Float32, {4, 3, 3, 3}}));
}

void tst_Shapes::newerOpsetsKeepTheirRules()
{
    const ModelPtr model = withOpset("g (float[N,4] x) => (float[N,M] y) <int64[1] axes = {1}> { m = "
                                     "ReduceMean <keepdims = 0> (x, axes) y = Neg(m) }",
                                     21);
    const ShapeMap shapes = shapesOf(*model, true);
    QCOMPARE(shapes.at("m").shape, Shape {1}); // rules of opset 13 would reduce everything
    QCOMPARE(shapes.at("y").shape, Shape {1});
}

void tst_Shapes::unknownOpsetsAreNotGuessed()
{
    const ModelPtr model = withOpset("g (float[N,4] x) => (float[N,M] y) { m = Relu(x) y = Neg(m) }", 9999);
    const ShapeMap shapes = shapesOf(*model, true);
    QCOMPARE(shapes.count("m"), std::size_t {0});
    QCOMPARE(shapes.at("y").shape, (Shape {-1, -1})); // as the file says
    QCOMPARE(shapes.at("x").shape, (Shape {1, 4}));
}

void tst_Shapes::whatDependsOnDataIsRun()
{
    const ModelPtr model
        = modelFromText("g (float[5] x) => (int64[N,M] y) { n = NonZero(x) y = Transpose(n) }");
    QCOMPARE(shapesOf(*model, false).at("y").shape, (Shape {-1, 1}));
    QCOMPARE(shapesOf(*model, true).at("y"),
             (TensorType {DType::Int64, {5, 1}})); // synthetic floats are ones
}

void tst_Shapes::notesOfAnotherBatchAreIgnored()
{
    onnx::ModelProto proto = protoFromText("g (float[N,4] x) => (float[32,4] y) { c = Neg(x) y = Relu(c) }");
    auto *info = proto.mutable_graph()->add_value_info();
    *info = proto.graph().output(0);
    info->set_name("c");
    const ShapeMap shapes = shapesOf(**Model::create(std::make_unique<onnx::ModelProto>(proto)), false);
    QCOMPARE(shapes.at("c").shape, (Shape {1, 4}));
    QCOMPARE(shapes.at("y").shape, (Shape {1, 4}));
}

void tst_Shapes::openDimensionsGetPlausibleSizes()
{
    const ModelPtr model
        = modelFromText("g (float[N,C,H,W] image, int64[batch,sequence] ids, int64[batch,sequence] mask, "
                        "float[batch,2,past_sequence_length,8] past, float[batch,sequence] extra) => "
                        "(float[N] y) { y = Foo(image) }");
    const auto inputs = concreteInputs(*model, {224, 16});
    QCOMPARE(inputs[0].shape, (Shape {1, 3, 224, 224}));
    QCOMPARE(inputs[1].shape, (Shape {1, 16}));
    QCOMPARE(inputs[3].shape, (Shape {1, 2, 0, 8}));
    QCOMPARE(inputs[4].shape, inputs[1].shape);
    QVERIFY(hasOpenDimensions(*model));
    const auto tensors = syntheticInputs(inputs);
    QCOMPARE(tensors.size(), std::size_t {5});
    QCOMPARE(tensors[0].tensor.floats()[0], 1.0f);
    QCOMPARE(tensors[1].tensor.data<std::int64_t>()[0], std::int64_t {0});
    QCOMPARE(tensors[2].tensor.data<std::int64_t>()[15], std::int64_t {1});

    const ModelPtr damaged
        = modelFromText("g (float[1000000,1000000,1000] x, float[2] b) => (float[2] y) { y = Relu(b) }");
    QVERIFY(!hasOpenDimensions(*damaged));
    QCOMPARE(syntheticInputs(concreteInputs(*damaged, {})).size(), std::size_t {1});
}

void tst_Shapes::otherSizesAreTriedWhenTheFirstFail()
{
    // Takes only 32 elements along H, which is the last size tried.
    const ModelPtr model
        = withOpset("g (float[1,1,H,W] x) => (float[A,B,C,D] y) <float[1,1,32,1] w> { y = Mul(x, w) }", 21);
    onnx::ModelProto proto = model->proto();
    proto.mutable_graph()->mutable_initializer(0)->set_raw_data(std::string(32 * 4, '\0'));
    const ShapeMap shapes = shapesOf(**Model::create(std::make_unique<onnx::ModelProto>(proto)), true);
    QCOMPARE(shapes.at("y").shape, (Shape {1, 1, 32, 32}));
    QCOMPARE(shapes.at("x").shape, (Shape {1, 1, 32, 32}));
}

void tst_Shapes::aModelThatCannotRunGivesWhatIsKnown()
{
    onnx::ModelProto proto
        = protoFromText("g (float[N,4] x) => (float[M] y) { a = Neg(x) b = NoSuchOperator(a) y = Relu(b) }");
    auto *info = proto.mutable_graph()->add_value_info();
    *info = proto.graph().input(0);
    info->set_name("a");
    const ShapeMap shapes = shapesOf(**Model::create(std::make_unique<onnx::ModelProto>(proto)), true);
    QCOMPARE(shapes.at("x").shape, (Shape {1, 4}));
    QCOMPARE(shapes.at("a").shape, (Shape {1, 4})); // and not as the file notes it
    QCOMPARE(shapes.count("b"), std::size_t {0});
}

/// Two kinds that the runtime does not know, one of them twice and once in a branch.
void tst_Shapes::unknownOperatorsHideOnlyWhatFollows()
{
    const ModelPtr model = modelFromText(R"(g (float[N,3,8,8] x, bool[1] c) => (float[M] y, float[K] z)
        <float[4,3,3,3] w>
        { a = Conv <strides = [2, 2], pads = [1, 1, 1, 1]> (x, w)  b = Mystery(a)  d = Relu(b)
          e = GlobalAveragePool(a)  f = Flatten(e)  g = Riddle(f)  h = Mystery(f)  i = Add(g, h)
          j = If(c) <then_branch = t () => (float[P] p) { p = Neg(d) }, else_branch = u () => (float[Q] q) { q = Abs(f) }>
          k = Softmax(f)  y = Add(i, j)  z = Neg(k) })");
    for (const bool withEngine : {false, true}) {
        const ShapeMap shapes = shapesOf(*model, withEngine);
        QCOMPARE(shapes.at("a").shape, (Shape {1, 4, 4, 4}));
        QCOMPARE(shapes.at("e").shape, (Shape {1, 4, 1, 1}));
        QCOMPARE(shapes.at("k").shape, (Shape {1, 4}));
        QCOMPARE(shapes.at("z").shape, (Shape {1, 4}));
        for (const char *value : {"b", "d", "g", "h", "i", "j"})
            QVERIFY2(!shapes.contains(value), value);
        QCOMPARE(shapes.at("y").shape, Shape {-1}); // as the file says
    }
}

void tst_Shapes::weightsInFilesAreFound()
{
    // The pads decide the shape, and they are in a file; the large weight is next to them.
    onnx::ModelProto proto = protoFromText(
        "g (float[N,3,8,8] x) => (float[A,B,C,D] y) <float[64,3,5,5] w, int64[8] p = {0,0,1,1,0,0,2,2}> "
        "{ q = Pad(x, p) y = Conv(q, w) }");
    for (auto &tensor : *proto.mutable_graph()->mutable_initializer()) {
        const Tensor values = *tensorFromProto(tensor, nullptr);
        tensor = tensorToProto(tensor.name(), values);
    }
    const ModelPtr embedded = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "m.onnx";
    SaveOptions split;
    split.externalThreshold = 0;
    JobContext job;
    QVERIFY(saveModel(*embedded, path, split, job).ok());
    for (const ModelPtr &model : {embedded, *loadModel(path, job)})
        QCOMPARE(shapesOf(*model, false).at("y").shape, (Shape {1, 64, 7, 7}));
}

void tst_Shapes::stops()
{
    std::stop_source stop;
    stop.request_stop();
    JobContext job(stop.get_token(), {});
    const ModelPtr model = modelFromText("g (float[2] x) => (float[2] y) { y = Relu(x) }");
    QVERIFY_EXCEPTION_THROWN((void)inferShapes(*model, nullptr, job), Cancelled);
}

QTEST_GUILESS_MAIN(tst_Shapes)
#include "tst_shapes.moc"
