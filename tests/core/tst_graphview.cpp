// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <set>

using namespace qs;

class tst_GraphView : public QObject
{
    Q_OBJECT
private slots:
    void knowsProducersAndUses();
    void subGraphsUseOuterValues();
    void namesInsideASubGraphHideOuterOnes();
    void layerNamesAreUniqueAndNeverEmpty();
    void sortsWhatTheFileHasInDisorder();
    void keepsTheFilesOrderWhereItCan();
    void describesInputsAndOutputs();
    void readsAttributes();
};

void tst_GraphView::knowsProducersAndUses()
{
    const ModelPtr model = modelFromText("g (float[2] x) => (float[2] z) <float[2] w = {1, 2}> { a = Add(x, "
                                         "w) b = Mul(a, a) z = Clip(b, , w) }");
    const GraphView &graph = model->graph();
    QCOMPARE(graph.producer("b"), std::optional(NodeId {1}));
    QVERIFY(!graph.producer("x"));
    QVERIFY(!graph.producer("w"));
    QCOMPARE(graph.uses("a"), (std::vector<Use> {{{1}, 0}, {{1}, 1}}));
    QCOMPARE(graph.uses("w"), (std::vector<Use> {{{0}, 1}, {{2}, 2}}));
    QVERIFY(graph.uses("").empty());
    QVERIFY(graph.uses("z").empty());
    QVERIFY(graph.initializer("w") && !graph.initializer("a"));
    QVERIFY(graph.isGraphInput("x") && !graph.isGraphInput("w"));
    QVERIFY(graph.isGraphOutput("z") && !graph.isGraphOutput("b"));
}

void tst_GraphView::subGraphsUseOuterValues()
{
    // The inner If reads x and a of the main graph, two levels up.
    const ModelPtr model = modelFromText(R"(g (float[2] x, bool c) => (float[2] y) {
        y = If(c) <
            then_branch = t () => (float[2] p) {
                p = If(c) <then_branch = tt () => (float[2] i) { i = Add(x, a) },
                           else_branch = te () => (float[2] j) { j = Neg(a) }>
            },
            else_branch = e () => (float[2] a) { }>
        a = Relu(x)
    })");
    const GraphView &graph = model->graph();
    QCOMPARE(graph.uses("a"), (std::vector<Use> {{{0}, -1}})); // also as a direct output of the else branch
    QCOMPARE(graph.uses("x"), (std::vector<Use> {{{0}, -1}, {{1}, 0}}));
    QCOMPARE(graph.uses("c"), (std::vector<Use> {{{0}, 0}, {{0}, -1}}));
    QCOMPARE(graph.topologicalOrder(), (std::vector<NodeId> {{1}, {0}})); // the If needs a
    QCOMPARE(graph.subGraphs().size(), std::size_t {4});
    for (const auto &[owner, inner] : graph.subGraphs())
        QCOMPARE(owner, NodeId {0});
}

void tst_GraphView::namesInsideASubGraphHideOuterOnes()
{
    const ModelPtr model = modelFromText(R"(g (float[2] x, bool c) => (float[2] y) {
        a = Relu(x)
        y = If(c) <then_branch = t () => (float[2] p) { a = Neg(x) p = Abs(a) },
                   else_branch = e () => (float[2] q) { q = Neg(x) }>
    })");
    QVERIFY(model->graph().uses("a").empty());
}

void tst_GraphView::layerNamesAreUniqueAndNeverEmpty()
{
    onnx::ModelProto proto
        = protoFromText("g (float[2] x) => (float[2] e) { a = Relu(x) b = Neg(a) c = Abs(b) "
                        "d = Exp(c) e = Sqrt(d) f = Log(d) }");
    auto &nodes = *proto.mutable_graph()->mutable_node();
    nodes[0].set_name("same");
    nodes[1].set_name("same");
    nodes[2].set_name("a"); // the name that node 0 falls back to
    nodes[3].set_name("own");
    nodes[5].clear_output(); // nothing to call it by
    const ModelPtr model = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    const GraphView &graph = model->graph();
    std::vector<std::string> names;
    for (int i = 0; i < graph.nodeCount(); ++i) {
        names.push_back(graph.layerName({i}));
        QCOMPARE(graph.findLayer(names.back()), std::optional(NodeId {i}));
    }
    QCOMPARE(names, (std::vector<std::string> {"a#0", "b", "a", "own", "e", "Log#5"}));
    QVERIFY(!graph.findLayer("same"));
}

void tst_GraphView::sortsWhatTheFileHasInDisorder()
{
    const ModelPtr model
        = modelFromText("g (float[2] x) => (float[2] d) { d = Add(c, b) c = Neg(a) b = Abs(a) a = Relu(x) }");
    QCOMPARE(model->graph().topologicalOrder(), (std::vector<NodeId> {{3}, {1}, {2}, {0}}));
}

void tst_GraphView::keepsTheFilesOrderWhereItCan()
{
    const ModelPtr model = modelFromText(
        "g (float[2] x) => (float[2] d) { b = Abs(x) unused = Exp(x) c = Neg(x) d = Add(c, b) }");
    QCOMPARE(model->graph().topologicalOrder(), (std::vector<NodeId> {{0}, {1}, {2}, {3}}));
}

void tst_GraphView::describesInputsAndOutputs()
{
    const ModelPtr model = modelFromText("g (float[N,3,8] x, int64 s) => (float[] y) { y = Foo(x, s) }");
    const ValueInfo &x = model->graph().inputs()[0];
    QCOMPARE(x.name, std::string("x"));
    QVERIFY(x.type == DType::Float32);
    QCOMPARE(x.shape, (Shape {-1, 3, 8}));
    QVERIFY(x.hasShape);
    QVERIFY(model->graph().inputs()[1].type == DType::Int64);
    QCOMPARE(model->graph().outputs()[0].name, std::string("y"));
}

void tst_GraphView::readsAttributes()
{
    const ModelPtr model = modelFromText(
        R"(g (float[2] x) => (float[2] y) { y = Foo <i = 3, f = 0.5, s = "text", is = [1, 2]> (x) })");
    onnx::NodeProto node = model->graph().node({0});
    QCOMPARE(intAttribute(node, "i", 9), std::int64_t {3});
    QCOMPARE(intAttribute(node, "absent", 9), std::int64_t {9});
    QCOMPARE(intAttribute(node, "s", 9), std::int64_t {9});
    QCOMPARE(floatAttribute(node, "f", 9), 0.5f);
    QCOMPARE(stringAttribute(node, "s", ""), std::string("text"));
    QCOMPARE(intsAttribute(node, "is"), (std::vector<std::int64_t> {1, 2}));
    QVERIFY(intsAttribute(node, "absent").empty());
    // Writers with proto3 rules leave a zero out; the attribute is there all the same.
    auto *zero = node.add_attribute();
    zero->set_name("axis");
    zero->set_type(onnx::AttributeProto::INT);
    QCOMPARE(intAttribute(node, "axis", 1), std::int64_t {0});
    QVERIFY(isOp(node, "Foo") && !isOp(node, "Bar"));
    node.set_domain("com.microsoft");
    QVERIFY(!isOp(node, "Foo"));
    node.set_domain("ai.onnx");
    QVERIFY(isOp(node, "Foo"));
}

QTEST_GUILESS_MAIN(tst_GraphView)
#include "tst_graphview.moc"
