// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit.h"
#include "core/model/modelio.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <random>

using namespace qs;

namespace {

onnx::NodeProto makeNode(const char *op, const std::vector<std::string> &inputs,
                         const std::vector<std::string> &outputs)
{
    onnx::NodeProto node;
    node.set_op_type(op);
    for (const std::string &input : inputs)
        node.add_input(input);
    for (const std::string &output : outputs)
        node.add_output(output);
    return node;
}

/// "Relu(a)->b Neg(b)->c"
std::string nodesAsText(const Model &model)
{
    std::string text;
    for (const auto &node : model.proto().graph().node()) {
        text += (text.empty() ? "" : " ") + node.op_type() + "(";
        for (int i = 0; i < node.input_size(); ++i)
            text += (i ? "," : "") + node.input(i);
        text += ")->" + (node.output_size() > 0 ? node.output(0) : std::string());
    }
    return text;
}

ModelPtr finished(const GraphEdit &edit)
{
    const auto model = edit.finish();
    if (!model.ok())
        qFatal("%s", model.error().message().c_str());
    return *model;
}

const char *const kChain = "g (float[2] x) => (float[2] z) <float[2] w = {1, 2}> { a = Relu(x) b = Neg(x) "
                           "c = Mul(a, w) z = Add(b, c) }";
const char *const kIfModel = R"(g (float[2] x, bool c) => (float[2] y) {
    a = Relu(x)
    y = If(c) <then_branch = t () => (float[2] p) { p = Neg(a) },
               else_branch = e () => (float[2] q) { a2 = Abs(a)  q = Neg(a2) }>
})";

} // namespace

class tst_GraphEdit : public QObject
{
    Q_OBJECT
private slots:
    void anUnchangedEditGivesTheSameModel();
    void insertedNodesStandBeforeTheirFirstUse();
    void replaceUsesLeavesGraphOutputsAlone();
    void replaceUsesReachesIntoSubGraphs();
    void idsStayValidAfterRemoval();
    void uniqueNamesAreNeverGivenTwice();
    void mutableNodeIsNoticed();
    void initializersAreAddedReplacedAndRemoved();
    void constantsShowTheCurrentState();
    void oldModelsKeepTheirRules();
    void opsetsAndMetadata();
    void staleValueInfoIsDropped();
    void aBrokenStateIsAnErrorAndTheEditGoesOn();
    void indexAgreesWithAFreshViewAfterRandomEdits();
};

void tst_GraphEdit::anUnchangedEditGivesTheSameModel()
{
    const ModelPtr model = modelFromText(kIfModel);
    const GraphEdit edit(*model);
    QCOMPARE(serializeModel(*finished(edit)), serializeModel(*model));
    QCOMPARE(edit.revision(), std::uint64_t {0});
}

void tst_GraphEdit::insertedNodesStandBeforeTheirFirstUse()
{
    GraphEdit edit(*modelFromText(kChain));
    edit.replaceUses("a", "a_mid");
    edit.addNode(makeNode("Sqrt", {"a"}, {"a_mid"}));
    QCOMPARE(nodesAsText(*finished(edit)),
             std::string("Relu(x)->a Neg(x)->b Sqrt(a)->a_mid Mul(a_mid,w)->c Add(b,c)->z"));
    QCOMPARE(edit.nodes(), (std::vector<NodeId> {{0}, {1}, {4}, {2}, {3}}));
}

void tst_GraphEdit::replaceUsesLeavesGraphOutputsAlone()
{
    GraphEdit edit(*modelFromText("g (float[2] x) => (float[2] a, float[2] z) { a = Relu(x) z = Neg(a) }"));
    edit.replaceUses("a", "x");
    const ModelPtr model = finished(edit);
    QCOMPARE(nodesAsText(*model), std::string("Relu(x)->a Neg(x)->z"));
    QVERIFY(edit.isGraphOutput("a"));
    QCOMPARE(edit.graphOutput("a")->shape, Shape {2});
    QVERIFY(!edit.graphOutput("x"));
}

void tst_GraphEdit::replaceUsesReachesIntoSubGraphs()
{
    GraphEdit edit(*modelFromText(kIfModel));
    QCOMPARE(edit.uses("a"), (std::vector<Use> {{NodeId {1}, -1}}));
    edit.addNode(makeNode("Exp", {"x"}, {"fresh"}));
    edit.replaceUses("a", "fresh");
    QVERIFY(edit.uses("a").empty());
    QCOMPARE(edit.uses("fresh"), (std::vector<Use> {{NodeId {1}, -1}}));
    edit.removeNode({0});
    const ModelPtr model = finished(edit);
    QCOMPARE(nodesAsText(*model), std::string("Exp(x)->fresh If(c)->y"));
    QCOMPARE(model->graph().uses("fresh").size(), std::size_t {1});
    QCOMPARE(model->graph().subGraphs()[0].second->node(0).input(0), std::string("fresh"));
}

void tst_GraphEdit::idsStayValidAfterRemoval()
{
    GraphEdit edit(*modelFromText("g (float[2] x) => (float[2] z) { a = Relu(x) z = Neg(a) }"));
    edit.setInput({1}, 0, "x");
    edit.removeNode({0});
    QVERIFY(!edit.isAlive({0}) && !edit.isAlive({7}) && !edit.isAlive({}));
    QCOMPARE(edit.node({1}).op_type(), std::string("Neg"));
    QCOMPARE(edit.addNode(makeNode("Abs", {"x"}, {"b"})).index, 2);
    QCOMPARE(edit.nodes(), (std::vector<NodeId> {{1}, {2}}));
    QVERIFY(!edit.producer("a"));
    QCOMPARE(edit.uses("x"), (std::vector<Use> {{{1}, 0}, {{2}, 0}}));
}

void tst_GraphEdit::uniqueNamesAreNeverGivenTwice()
{
    GraphEdit edit(*modelFromText(kIfModel));
    QCOMPARE(edit.uniqueName("a"), std::string("a_1"));
    QCOMPARE(edit.uniqueName("a"), std::string("a_2"));
    QCOMPARE(edit.uniqueName("p"), std::string("p_1")); // a value inside a sub-graph
    QCOMPARE(edit.uniqueName("free"), std::string("free"));
    QCOMPARE(edit.uniqueName("free"), std::string("free_1"));
    edit.addNode(makeNode("Abs", {"x"}, {"new"}));
    QCOMPARE(edit.uniqueName("new"), std::string("new_1"));
}

void tst_GraphEdit::mutableNodeIsNoticed()
{
    GraphEdit edit(*modelFromText(kIfModel));
    edit.mutableNode({0}).set_name("first");
    QCOMPARE(edit.layerName({0}), std::string("first"));
    edit.mutableNode({1}).set_name("first");
    QCOMPARE(edit.layerName({0}), std::string("a")); // not unique any more
    QCOMPARE(edit.uniqueName("first"), std::string("first_1"));
    edit.mutableNode({1}).clear_attribute();
    QVERIFY(edit.uses("a").empty());
    QCOMPARE(edit.revision(), std::uint64_t {3});
}

void tst_GraphEdit::initializersAreAddedReplacedAndRemoved()
{
    GraphEdit edit(*modelFromText(kChain));
    const std::vector<float> values {3, 4};
    edit.setInitializer("w", Tensor::fromFloats({2}, values));
    edit.setInitializer("new", Tensor::fromFloats({2}, values));
    QVERIFY(edit.initializer("new"));
    edit.setInput({2}, 2, "new");
    QCOMPARE(edit.node({2}).input_size(), 3);
    ModelPtr model = finished(edit);
    QCOMPARE(model->proto().graph().initializer_size(), 2);
    QCOMPARE((**model->constant("w")).floats()[1], 4.0f);
    edit.setInput({2}, 2, "");
    edit.removeInitializer("new");
    QVERIFY(!edit.initializer("new"));
    model = finished(edit);
    QCOMPARE(model->proto().graph().initializer_size(), 1);
    edit.setInput({2}, 5, "w"); // leaves empty inputs between
    QCOMPARE(edit.node({2}).input_size(), 6);
    QCOMPARE(edit.node({2}).input(4), std::string());
}

void tst_GraphEdit::constantsShowTheCurrentState()
{
    GraphEdit edit(
        *modelFromText("g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> "
                       "{ k = Constant <value = float[2] {5, 6}> () t = Add(x, k) y = Mul(t, w) }"));
    const Tensor before = **edit.constant("w");
    QCOMPARE((**edit.constant("k")).floats()[0], 5.0f);
    const std::vector<float> values {9, 9};
    edit.setInitializer("w", Tensor::fromFloats({2}, values));
    QCOMPARE((**edit.constant("w")).floats()[0], 9.0f);
    QCOMPARE(before.floats()[0], 1.0f);
    edit.removeInitializer("w");
    QVERIFY(!*edit.constant("w"));
    QVERIFY(!*edit.constant("x"));
}

void tst_GraphEdit::oldModelsKeepTheirRules()
{
    onnx::ModelProto proto = protoFromText(kChain);
    proto.set_ir_version(3);
    *proto.mutable_graph()->add_input() = proto.graph().input(0);
    proto.mutable_graph()->mutable_input(1)->set_name("w");
    const ModelPtr model = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    const std::vector<float> values {1, 2, 3};
    {
        GraphEdit edit(*model);
        QVERIFY(!edit.isGraphInput("w") && edit.isGraphInput("x"));
        edit.setInitializer("w", Tensor::fromFloats({3}, values));
        edit.setInitializer("extra", Tensor::fromFloats({3}, values));
        const ModelPtr changed = finished(edit);
        const auto &inputs = changed->proto().graph().input();
        QCOMPARE(inputs.size(), 3); // every initializer is listed, with its present shape
        QCOMPARE(inputs[1].type().tensor_type().shape().dim(0).dim_value(), std::int64_t {3});
        QCOMPARE(inputs[2].name(), std::string("extra"));
        edit.removeInitializer("extra");
        QCOMPARE(finished(edit)->proto().graph().input_size(), 2);
    }
    GraphEdit edit(*model);
    edit.setIrVersion(8);
    QCOMPARE(finished(edit)->proto().graph().input_size(), 1);
}

void tst_GraphEdit::opsetsAndMetadata()
{
    GraphEdit edit(*modelFromText(kChain));
    edit.setOpset("ai.onnx", 17);
    edit.setOpset("com.microsoft", 1);
    QCOMPARE(edit.opset(), std::int64_t {17});
    QCOMPARE(edit.opset("com.microsoft"), std::int64_t {1});
    edit.setMetadata("k", "1");
    edit.setMetadata("k", "2");
    const ModelPtr model = finished(edit);
    QCOMPARE(model->proto().opset_import_size(), 2);
    QCOMPARE(model->opset(), std::int64_t {17});
    QCOMPARE(model->metadata("k"), std::optional<std::string>("2"));
    QCOMPARE(model->proto().metadata_props_size(), 1);
}

void tst_GraphEdit::staleValueInfoIsDropped()
{
    onnx::ModelProto proto = protoFromText(kChain);
    for (const char *name : {"a", "b", "c"})
        proto.mutable_graph()->add_value_info()->set_name(name);
    GraphEdit edit(**Model::create(std::make_unique<onnx::ModelProto>(proto)));
    edit.setInput({2}, 0, "x");
    edit.removeNode({0});
    edit.removeValueInfo("c");
    const ModelPtr model = finished(edit);
    QCOMPARE(model->proto().graph().value_info_size(), 1);
    QCOMPARE(model->proto().graph().value_info(0).name(), std::string("b"));
}

void tst_GraphEdit::aBrokenStateIsAnErrorAndTheEditGoesOn()
{
    GraphEdit edit(*modelFromText(kChain));
    edit.removeNode({0});
    QVERIFY(!edit.finish().ok());
    edit.setInput({2}, 0, "z"); // a cycle
    QCOMPARE(edit.nodes().size(), std::size_t {3});
    QVERIFY(edit.finish().error().code == ErrorCode::Format);
    edit.setInput({2}, 0, "x");
    QVERIFY(edit.finish().ok());
}

void tst_GraphEdit::indexAgreesWithAFreshViewAfterRandomEdits()
{
    std::mt19937 generator(11);
    const auto pick = [&](std::size_t count) { return generator() % count; };
    GraphEdit edit(*modelFromText(kChain));
    for (int step = 0; step < 400; ++step) {
        const std::vector<NodeId> nodes = edit.nodes();
        const NodeId id = nodes[pick(nodes.size())];
        const std::string value = edit.node(id).output(0);
        if (step % 3 == 0) { // insert a node behind a value, unless it is an output
            const std::string fresh = edit.uniqueName(value);
            edit.replaceUses(value, fresh);
            edit.addNode(makeNode("Relu", {value}, {fresh}));
        } else if (step % 3 == 1 && edit.node(id).op_type() == "Relu") { // bypass and drop it
            if (edit.isGraphOutput(value))
                continue;
            edit.replaceUses(value, edit.node(id).input(0));
            edit.removeNode(id);
        } else { // rename what it makes
            if (edit.isGraphOutput(value))
                continue;
            const std::string fresh = edit.uniqueName("v");
            edit.replaceUses(value, fresh);
            edit.setOutput(id, 0, fresh);
        }
        const ModelPtr model = finished(edit);
        const GraphView &view = model->graph();
        QCOMPARE(static_cast<std::size_t>(view.nodeCount()), edit.nodes().size());
        for (const NodeId node : edit.nodes()) {
            const std::string &output = edit.node(node).output(0);
            QCOMPARE(edit.uses(output).size(), view.uses(output).size());
            QVERIFY(edit.producer(output) == node);
            QCOMPARE(edit.layerName(node), view.layerName(*view.producer(output)));
        }
        QCOMPARE(edit.uses("x").size(), view.uses("x").size());
    }
}

QTEST_GUILESS_MAIN(tst_GraphEdit)
#include "tst_graphedit.moc"
