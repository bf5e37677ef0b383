// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The operators of the trainer that reduce, move and make numbers, with each of their attributes, against
// ONNX Runtime and differences.
#include "tests/support/trainopcheck.h"

#include <QTest>

using namespace qs;

class tst_TrainShapes : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void reductions_data();
    void reductions() { check(); }
    void shapes_data();
    void shapes() { check(); }
    void resizes_data();
    void resizes() { check(); }

private:
    void check();

    const TrainingEngine *m_engine = nullptr;
};

void tst_TrainShapes::initTestCase()
{
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
    m_engine = *engine;
}

void tst_TrainShapes::check()
{
    QFETCH(OpCase, op);
    const QString problem = problemOf(*m_engine, op);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void tst_TrainShapes::reductions_data()
{
    QTest::addColumn<OpCase>("op");
    const OpCase positive {.low = 0.5F, .high = 2.F};
    for (const char *op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd",
                           "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp"}) {
        const std::string name = op;
        for (const char *attributes :
             {"axes = [1]", "axes = [-1, 0], keepdims = 0", "keepdims = 0", "keepdims = 1"})
            addOpRow((name + " " + attributes), 11,
                     ("(float[2,3,4] x) => (float[] y) { y = " + name + " <" + attributes + "> (x) }"),
                     positive);
        const int opset = name == "ReduceSum" ? 13 : 18;
        addOpRow((name + ", input"), opset,
                 ("(float[2,3,4] x) => (float[] y) <int64[2] a = {2, 0}> { y = " + name
                  + " <keepdims = 0> (x, a) }"),
                 positive);
        addOpRow((name + ", no input"), opset, ("(float[2,3,4] x) => (float[] y) { y = " + name + " (x) }"),
                 positive);
    }
    addOpRow("ReduceSum, noop", 13,
             "(float[2,3] x) => (float[] y) { y = ReduceSum <noop_with_empty_axes = 1> (x) }");
    addOpRow(
        "ReduceSum, integers", 13,
        "(float[2,3] x) => (float[] y) { s = Shape(x)  n = ReduceSum <keepdims = 0> (s)  f = Cast <to = 1> "
        "(n)  "
        "y = Mul(x, f) }");
    for (const char *attributes : {"axis = 1", "axis = -1, keepdims = 0", "axis = 0"})
        addOpRow((std::string("ArgMax ") + attributes), 13,
                 (std::string("(float[2,3,4] x) => (int64[] y, int64[] z) { y = ArgMax <") + attributes
                  + "> (x)  z = ArgMin <" + attributes + "> (x) }"));
    for (const char *last : {"0", "1"})
        addOpRow(
            (std::string("ArgMax, last ") + last), 13,
            (std::string(
                 "(float[2,5] x) => (int64[] y) { r = Floor(x)  y = ArgMax <axis = 1, select_last_index = ")
             + last + "> (r) }"));
    for (const char *attributes :
         {"reverse = 0", "exclusive = 1", "reverse = 1", "exclusive = 1, reverse = 1"})
        addOpRow((std::string("CumSum ") + attributes), 14,
                 (std::string("(float[3,4] x) => (float[] y) <int64 a = {1}> { y = CumSum <") + attributes
                  + "> (x, a) }"));
}

void tst_TrainShapes::shapes_data()
{
    QTest::addColumn<OpCase>("op");
    const auto shape
        = [](const std::string &name, int opset, const std::string &constants, const std::string &nodes) {
              addOpRow(name, opset, (std::string("(float[2,3,4] x) => (float[] y) ") + constants + nodes));
          };
    shape("Flatten", 13, "", "{ y = Flatten(x) }");
    shape("Flatten, axis 0", 13, "", "{ y = Flatten <axis = 0> (x) }");
    shape("Flatten, axis -1", 13, "", "{ y = Flatten <axis = -1> (x) }");
    shape("Flatten, axis 3", 13, "", "{ y = Flatten <axis = 3> (x) }");
    shape("Reshape", 13, "<int64[2] s = {0, -1}>", "{ y = Reshape(x, s) }");
    shape("Reshape", 5, "<int64[3] s = {4, 0, 2}>", "{ y = Reshape(x, s) }");
    shape("Reshape, allowzero", 14, "<int64[2] s = {6, 4}>", "{ y = Reshape <allowzero = 1> (x, s) }");
    shape("Transpose", 13, "", "{ y = Transpose(x) }");
    shape("Transpose, perm", 13, "", "{ y = Transpose <perm = [1, 0, 2]> (x) }");
    shape("Squeeze", 11, "", "{ t = Unsqueeze <axes = [0, 2, 4]> (x)  y = Squeeze <axes = [4, 0]> (t) }");
    shape("Squeeze", 13, "<int64[3] a = {-1, 0, 2}, int64[2] b = {-4, 0}>",
          "{ t = Unsqueeze(x, a)  y = Squeeze(t, b) }");
    shape("Squeeze, all", 13, "<int64[2] a = {0, 2}>", "{ t = Unsqueeze(x, a)  y = Squeeze(t) }");
    shape("Expand", 13, "<int64[4] s = {2, 1, 3, 1}>", "{ y = Expand(x, s) }");
    shape("Tile", 13, "<int64[3] s = {2, 1, 3}>", "{ y = Tile(x, s) }");
    shape("Concat", 13, "<float[2,1,4] c>", "{ y = Concat <axis = 1> (x, c, x) }");
    shape("Concat, from behind", 13, "<float[2,3,1] c>", "{ y = Concat <axis = -1> (x, c) }");
    shape("Split", 11, "", "{ a, b = Split <axis = 2, split = [1, 3]> (x)  y = Mul(a, b) }");
    shape("Split, alike", 11, "", "{ a, b = Split <axis = 2> (x)  y = Mul(a, b) }");
    shape("Split", 13, "<int64[2] s = {3, 1}>", "{ a, b = Split <axis = -1> (x, s)  y = Mul(a, b) }");
    shape("Split, alike", 13, "", "{ a, b = Split(x)  y = Mul(a, b) }");
    shape("Split, uneven", 18, "", "{ a, b = Split <axis = 1, num_outputs = 2> (x)  y = Mul(a, b) }");
    shape("Slice", 9, "", "{ y = Slice <starts = [1, -3], ends = [3, 100], axes = [1, 2]> (x) }");
    shape("Slice, no axes", 9, "", "{ y = Slice <starts = [0, 1], ends = [1, -1]> (x) }");
    shape("Slice", 13,
          "<int64[2] s = {0, 1}, int64[2] e = {-1, 9}, int64[2] a = {-1, 1}, int64[2] p = {2, 1}>",
          "{ y = Slice(x, s, e, a, p) }");
    shape("Slice, backwards", 13,
          "<int64[2] s = {-1, 3}, int64[2] e = {-100, 0}, int64[2] a = {1, 2}, int64[2] p = {-1, -2}>",
          "{ y = Slice(x, s, e, a, p) }");
    shape("Slice, far limits", 13,
          "<int64[2] s = {-9223372036854775807, 9223372036854775807}, int64[2] e = {9223372036854775807, "
          "-9223372036854775807}, int64[2] a = {1, 2}, int64[2] p = {1, -1}>",
          "{ y = Slice(x, s, e, a, p) }");
    shape("Pad", 9, "", "{ y = Pad <pads = [0, 1, 2, 1, 0, 0], value = 0.5> (x) }");
    shape("Pad, negative", 9, "", "{ y = Pad <pads = [0, 1, -1, 0, 0, 2]> (x) }");
    shape("Pad", 13, "<int64[6] p = {0, 1, 2, 1, 0, 0}>", "{ y = Pad(x, p) }");
    for (const char *mode : {"reflect", "edge"}) {
        const std::string call = std::string("{ y = Pad <mode = \"") + mode;
        shape(("Pad, " + std::string(mode)), 9, "", (call + "\", pads = [0, 2, 1, 1, 1, 3]> (x) }"));
        shape(("Pad, " + std::string(mode)), 13, "<int64[6] p = {1, 2, 0, 0, 0, 2}>",
              (call + "\"> (x, p) }"));
    }
    shape("Pad, wrap", 19, "<int64[6] p = {0, 2, 1, 1, 1, 3}>", "{ y = Pad <mode = \"wrap\"> (x, p) }");
    addOpRow(
        "Pad, value", 13,
        "(float[2,3] x) => (float[] y) <int64[4] p = {1, 0, 0, 2}, float v = {0.5}> { y = Pad(x, p, v) }",
        {.fixed = {"v"}});
    shape("Pad, axes", 18, "<int64[4] p = {1, 0, 0, 2}, int64[2] a = {2, -2}>", "{ y = Pad(x, p, , a) }");
    shape("Gather", 13, "<int64[2,2] i = {0, -1, 2, 0}>", "{ y = Gather <axis = 1> (x, i) }");
    shape("Gather, one", 13, "<int64 i = {-1}>", "{ y = Gather <axis = -1> (x, i) }");
    addOpRow("Gather, a table", 13,
             "(float[2,4] x) => (float[] y) <float[5,4] t, int64[2] i = {3, 3}> "
             "{ e = Gather(t, i)  y = Mul(x, e) }");
    shape("GatherElements", 13, "<int64[2,2,4] i = {0,1,2,-1, 2,0,0,1, 1,1,-3,0, 2,2,0,0}>",
          "{ y = GatherElements <axis = 1> (x, i) }");
    addOpRow("DepthToSpace", 13,
             "(float[2,8,2,3] x) => (float[] y) { y = DepthToSpace <blocksize = 2> (x) }");
    addOpRow("DepthToSpace, CRD", 13,
             "(float[2,8,2,3] x) => (float[] y) { y = DepthToSpace <blocksize = 2, mode = \"CRD\"> (x) }");
    addOpRow("SpaceToDepth", 13,
             "(float[2,2,4,6] x) => (float[] y) { y = SpaceToDepth <blocksize = 2> (x) }");
    addOpRow("Trilu", 14, "(float[2,4,5] x) => (float[] y) { y = Trilu(x) }");
    addOpRow("Trilu, lower", 14,
             "(float[2,4,5] x) => (float[] y) <int64 k = {-1}> { y = Trilu <upper = 0> (x, k) }");
    shape("Shape", 13, "<int64[1] i = {1}>",
          "{ s = Shape(x)  n = Gather(s, i)  c = Concat <axis = 0> (n, n)  k = ConstantOfShape(c)"
          "  e = Exp(k)  r = ReduceSum <keepdims = 0> (e)  y = Mul(x, r) }");
    shape("Shape, a part", 15, "",
          "{ s = Shape <start = 1, end = -1> (x)  f = Cast <to = 1> (s)  y = Mul(x, f) }");
    shape("Size", 13, "", "{ s = Size(x)  f = Cast <to = 1> (s)  y = Div(x, f) }");
    addOpRow("Range, integers", 13,
             "(float[2,3] x) => (float[] y) <int64 a = {5}, int64 b = {-1}, int64 c = {-2}> "
             "{ r = Range(a, b, c)  f = Cast <to = 1> (r)  y = Mul(x, f) }");
    addOpRow("Range, floats", 13,
             "(float[2,3] x) => (float[] y) <float a = {0.5}, float b = {1.6}, float c = {0.5}> "
             "{ r = Range(a, b, c)  y = Mul(x, r) }",
             {.fixed = {"a", "b", "c"}});
    addOpRow(
        "Cast to integers and back", 13,
        "(float[3,4] x) => (float[] y, int32[] z) { z = Cast <to = 6> (x)  f = Cast <to = 1> (z)  y = Add(x, "
        "f) }",
        {.low = -4.F, .high = 4.F});
    addOpRow("Cast through half floats", 13,
             "(float[3,4] x) => (float[] y) { h = Cast <to = 10> (x)  y = Cast <to = 1> (h) }",
             {.straight = true});
}

void tst_TrainShapes::resizes_data()
{
    QTest::addColumn<OpCase>("op");
    const OpCase fixed {.fixed = {"s", "r"}};
    for (const char *size : {"[1,2,8,12]", "[1,2,5,9]", "[1,2,3,2]"}) {
        for (const char *coordinates :
             {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"}) {
            const std::string sizes = std::string("(float[1,2,4,6] x) => (float[] y) <int64[4] z = {")
                + std::string(size).substr(1, std::string(size).size() - 2)
                + "}> { y = Resize <coordinate_transformation_mode = \"" + coordinates + "\", ";
            const int opset = std::string(coordinates) == "half_pixel_symmetric" ? 19 : 13;
            addOpRow((std::string("Resize linear ") + coordinates + " to " + size), opset,
                     (sizes + "mode = \"linear\"> (x, , , z) }"));
            for (const char *rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
                addOpRow((std::string("Resize nearest ") + coordinates + " " + rounding + " to " + size),
                         opset,
                         (sizes + "mode = \"nearest\", nearest_mode = \"" + rounding + "\"> (x, , , z) }"));
        }
    }
    for (const char *scales : {"1, 1, 2, 2", "1, 1, 1.7, 0.6", "1, 1, 0.5, 3"}) {
        const std::string given
            = std::string("(float[1,2,4,6] x) => (float[] y) <float[4] s = {") + scales + "}";
        for (const char *mode : {"nearest", "linear"}) {
            const std::string attribute = std::string(" <mode = \"") + mode + "\"> ";
            const std::string name = std::string(mode) + " by " + scales;
            addOpRow(("Resize " + name), 13,
                     (given + ", float[0] r = {}> { y = Resize" + attribute + "(x, r, s) }"), fixed);
            addOpRow(("Resize " + name), 10, (given + "> { y = Resize" + attribute + "(x, s) }"), fixed);
            if (std::string(scales).find("0.") == std::string::npos)
                addOpRow(("Upsample " + name), 9, (given + "> { y = Upsample" + attribute + "(x, s) }"),
                         fixed);
        }
    }
    addOpRow("Upsample", 7,
             "(float[1,1,2,3] x) => (float[] y) { y = Upsample <mode = \"nearest\", scales = [1.0, 1.0, 2.0, "
             "3.0]> "
             "(x) }");
    addOpRow("Resize, tf_half_pixel_for_nn", 11,
             "(float[1,2,4,6] x) => (float[] y) <float[0] r = {}, float[0] s = {}, int64[4] z = {1,2,7,9}> "
             "{ y = Resize <coordinate_transformation_mode = \"tf_half_pixel_for_nn\"> (x, r, s, z) }");
    addOpRow("Resize, axes", 18,
             "(float[1,2,4,6] x) => (float[] y) <int64[2] z = {12, 8}> "
             "{ y = Resize <axes = [3, 2], mode = \"linear\"> (x, , , z) }");
}

QTEST_GUILESS_MAIN(tst_TrainShapes)
#include "tst_trainshapes.moc"
