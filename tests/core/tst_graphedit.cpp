// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit.h"
#include "core/model/modelio.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

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
    void replaceUsesReachesIntoSubGraphs();
    void idsStayValidAfterRemoval();
    void uniqueNamesAreNeverGivenTwice();
};

void tst_GraphEdit::anUnchangedEditGivesTheSameModel()
{
    const ModelPtr model = modelFromText(kIfModel);
    const GraphEdit edit(*model);
    const auto finished = edit.finish();
    QVERIFY(finished.ok());
    QCOMPARE(serializeModel(**finished), serializeModel(*model));
    QCOMPARE(edit.revision(), std::uint64_t {0});
}

void tst_GraphEdit::insertedNodesStandBeforeTheirFirstUse()
{
    const ModelPtr model
        = modelFromText("g (float[2] x) => (float[2] z) { a = Relu(x) b = Neg(x) c = Abs(a) z = Add(b, c) }");
    GraphEdit edit(*model);
    edit.replaceUses("a", "a_mid");
    edit.addNode(makeNode("Sqrt", {"a"}, {"a_mid"}));
    const auto finished = edit.finish();
    QVERIFY(finished.ok());
    QCOMPARE(nodesAsText(**finished),
             std::string("Relu(x)->a Neg(x)->b Sqrt(a)->a_mid Abs(a_mid)->c Add(b,c)->z"));
}

void tst_GraphEdit::replaceUsesReachesIntoSubGraphs()
{
    const ModelPtr model = modelFromText(kIfModel);
    GraphEdit edit(*model);
    QCOMPARE(edit.uses("a"), (std::vector<Use> {{NodeId {1}, -1}}));
    edit.addNode(makeNode("Exp", {"x"}, {"fresh"}));
    edit.replaceUses("a", "fresh");
    QVERIFY(edit.uses("a").empty());
    QCOMPARE(edit.uses("fresh"), (std::vector<Use> {{NodeId {1}, -1}}));
    edit.removeNode({0});
    const auto finished = edit.finish();
    QVERIFY2(finished.ok(), finished.ok() ? "" : finished.error().message().c_str());
    QCOMPARE(nodesAsText(**finished), std::string("Exp(x)->fresh If(c)->y"));
    QCOMPARE((*finished)->graph().uses("fresh").size(), std::size_t {1});
}

void tst_GraphEdit::idsStayValidAfterRemoval()
{
    const ModelPtr model = modelFromText("g (float[2] x) => (float[2] z) { a = Relu(x) z = Neg(a) }");
    GraphEdit edit(*model);
    edit.setInput({1}, 0, "x");
    edit.removeNode({0});
    QVERIFY(!edit.isAlive({0}));
    QCOMPARE(edit.node({1}).op_type(), std::string("Neg"));
    QCOMPARE(edit.addNode(makeNode("Abs", {"x"}, {"b"})).index, 2);
    QCOMPARE(edit.nodes(), (std::vector<NodeId> {{1}, {2}}));
    QVERIFY(!edit.producer("a"));
}

void tst_GraphEdit::uniqueNamesAreNeverGivenTwice()
{
    GraphEdit edit(*modelFromText(kIfModel));
    QCOMPARE(edit.uniqueName("a"), std::string("a_1"));
    QCOMPARE(edit.uniqueName("a"), std::string("a_2"));
    QCOMPARE(edit.uniqueName("p"), std::string("p_1")); // a value inside a sub-graph
    QCOMPARE(edit.uniqueName("free"), std::string("free"));
    QCOMPARE(edit.uniqueName("free"), std::string("free_1"));
}

QTEST_GUILESS_MAIN(tst_GraphEdit)
#include "tst_graphedit.moc"
