// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Each operator of the trainer that computes, with each of its attributes, against ONNX Runtime and
// differences; and those it does not know. Operators that move numbers are in tst_trainshapes.cpp.
#include "core/trainer/traingraphbuilder.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"
#include "tests/support/trainopcheck.h"

#include <QTest>

using namespace qs;

namespace {

/// A row for an operator of one input that keeps the shape.
void unary(const std::string &call, int opset = 13, const OpCase &op = {})
{
    addOpRow(call, opset, "(float[3,7] x) => (float[3,7] y) { y = " + call + " (x) }", op);
}

} // namespace

class tst_TrainOps : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void activations_data();
    void activations() { check(); }
    void arithmetic_data();
    void arithmetic() { check(); }
    void convolutions_data();
    void convolutions() { check(); }
    void pools_data();
    void pools() { check(); }
    void normalizations_data();
    void normalizations() { check(); }
    void refusals_data();
    void refusals();
    void unknownOperatorsAreNamed();

private:
    void check();

    const TrainingEngine *m_engine = nullptr;
};

void tst_TrainOps::initTestCase()
{
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
    m_engine = *engine;
}

void tst_TrainOps::check()
{
    QFETCH(OpCase, op);
    const QString problem = problemOf(*m_engine, op);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void tst_TrainOps::activations_data()
{
    QTest::addColumn<OpCase>("op");
    const OpCase wide {.low = -5.F, .high = 5.F};
    for (const char *call :
         {"Relu", "LeakyRelu", "LeakyRelu <alpha = 0.3>", "Elu", "Elu <alpha = 0.7>", "Celu <alpha = 0.6>",
          "Selu", "Selu <alpha = 1.2, gamma = 0.9>", "HardSigmoid", "HardSigmoid <alpha = 0.3, beta = 0.4>",
          "Sigmoid", "Tanh", "Softplus", "Softsign"})
        unary(call, 13, wide);
    unary("HardSwish", 14, wide);
    unary("Mish", 18, wide);
    unary("Gelu", 20, wide);
    unary("Gelu <approximate = \"tanh\">", 20, wide);
    addOpRow("com.microsoft.Gelu", 13, "(float[3,7] x) => (float[3,7] y) { y = com.microsoft.Gelu (x) }",
             wide);
    unary("Clip <min = -0.5, max = 0.25>", 9);
    unary("Clip <max = 0.25>", 9);
    unary("Clip", 9);
    addOpRow(
        "Clip", 13,
        "(float[3,7] x) => (float[3,7] y) <float lo = {-0.5}, float hi = {0.25}> { y = Clip(x, lo, hi) }",
        {.fixed = {"lo", "hi"}});
    addOpRow("Clip, one limit", 13,
             "(float[3,7] x) => (float[3,7] y) <float lo = {-0.5}> { y = Clip(x, lo) }", {.fixed = {"lo"}});
    addOpRow("Clip, no lower limit", 13,
             "(float[3,7] x) => (float[3,7] y) <float hi = {0.5}> { y = Clip(x, , hi) }", {.fixed = {"hi"}});
    addOpRow("PRelu", 13, "(float[2,3,4,4] x) => (float[2,3,4,4] y) <float[3,1,1] s> { y = PRelu(x, s) }");
    addOpRow("PRelu, one slope", 13,
             "(float[2,3] x) => (float[2,3] y) <float[1] s = {0.3}> { y = PRelu(x, s) }");
    addOpRow("Dropout", 11, "(float[3,7] x) => (float[3,7] y) { y = Dropout <ratio = 0.4> (x) }");
    addOpRow("Dropout", 13, "(float[3,7] x) => (float[3,7] y) <float r = {0.4}> { y = Dropout (x, r) }",
             {.fixed = {"r"}});
    unary("Identity");
}

void tst_TrainOps::arithmetic_data()
{
    QTest::addColumn<OpCase>("op");
    const OpCase positive {.low = 0.5F, .high = 2.F};
    for (const char *call : {"Abs", "Neg", "Erf", "Exp", "Sin", "Cos"})
        unary(call);
    for (const char *call : {"Log", "Sqrt", "Reciprocal"})
        unary(call, 13, positive);
    for (const char *call : {"Floor", "Ceil", "Round", "Sign"})
        unary(call, 13, {.low = -3.F, .high = 3.F, .flat = true});
    for (const char *op : {"Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"}) {
        const std::string call = std::string("{ y = ") + op + " (x, c) }";
        addOpRow((std::string(op) + ", two inputs"), 13,
                 ("(float[2,3,4] x, float[3,1] c) => (float[2,3,4] y) " + call), positive);
        addOpRow((std::string(op) + ", a constant"), 13,
                 ("(float[2,3] x) => (float[2,3] y) <float[3] c = {0.7, 1.3, 2.1}> " + call), positive);
    }
    addOpRow("Pow, one exponent", 13, "(float[2,3] x) => (float[2,3] y) <float c = {2}> { y = Pow (x, c) }",
             {.fixed = {"c"}});
    addOpRow("Pow, integer exponent", 13,
             "(float[2,3] x) => (float[2,3] y) <int64 c = {3}> { y = Pow (x, c) }");
    for (const char *op : {"Min", "Max", "Sum", "Mean"})
        addOpRow(op, 13,
                 (std::string("(float[2,3] x, float[2,3] a, float[3] b) => (float[2,3] y) { y = ") + op
                  + " (x, a, b) }"));
    addOpRow("Min, one input", 13, "(float[2,3] x) => (float[2,3] y) { y = Min (x) }");
    addOpRow("Mod, floats", 13,
             "(float[2,3] x) => (float[2,3] y) <float[1] c = {0.3}> { y = Mod <fmod = 1> (x, c) }",
             {.fixed = {"c"}});
    addOpRow("integers", 13,
             R"((float[2,4] x) => (float[2,4] y) <int64[4] a = {7, -7, 5, -9}, int64[4] b = {2, 2, -3, 4}>
        { d = Div(a, b)  m = Mod(a, b)  p = Mul(d, m)  s = Sub(p, a)  f = Cast <to = 1> (s)  y = Mul(x, f) })");
    for (const char *op : {"Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"})
        addOpRow(op, 13,
                 (std::string("(float[3,4] x, float[4] c) => (float[3,4] y) { b = ") + op
                  + "(x, c)  n = Neg(x)  y = Where(b, x, n) }"));
    for (const char *op : {"And", "Or", "Xor"})
        addOpRow(op, 13,
                 (std::string("(float[3,4] x, float[4] c, float[3,1] d) => (bool[3,4] y) { a = Less(x, c) "
                              "b = Less(x, d)  n = Not(b)  y = ")
                  + op + "(a, n) }"));
    addOpRow("Where, broadcast", 13,
             "(float[3,1] x, float[4] c) => (float[3,4] y) <int64[3,4] w = {1,0,1,1, 0,0,1,0, 1,1,0,0}> "
             "{ b = Cast <to = 9> (w)  y = Where(b, x, c) }");

    addOpRow("MatMul", 13, "(float[3,4] x) => (float[3,5] y) <float[4,5] w> { y = MatMul(x, w) }");
    addOpRow("MatMul, batches", 13,
             "(float[2,1,3,4] x, float[3,4,5] w) => (float[2,3,3,5] y) { y = MatMul(x, w) }");
    addOpRow("MatMul, vector left", 13, "(float[4] x) => (float[5] y) <float[4,5] w> { y = MatMul(x, w) }");
    addOpRow("MatMul, vector right", 13,
             "(float[2,3,4] x) => (float[2,3] y) <float[4] w> { y = MatMul(x, w) }");
    addOpRow("Gemm", 13, "(float[3,4] x) => (float[3,5] y) <float[4,5] w, float[5] b> { y = Gemm(x, w, b) }");
    addOpRow("Gemm, no bias", 13, "(float[3,4] x) => (float[3,5] y) <float[4,5] w> { y = Gemm(x, w) }");
    addOpRow("Gemm, transposed", 13,
             "(float[4,3] x) => (float[3,5] y) <float[5,4] w, float[3,1] b> "
             "{ y = Gemm <alpha = 0.5, beta = 2.0, transA = 1, transB = 1> (x, w, b) }");
    addOpRow("Gemm", 9,
             "(float[3,4] x) => (float[3,5] y) <float[4,5] w, float[1,5] b> { y = Gemm(x, w, b) }");
    addOpRow("Einsum", 13,
             "(float[2,3,4] x, float[2,5,4] w) => (float[2,3,5] y) "
             "{ y = Einsum <equation = \"bij,bkj->bik\"> (x, w) }");
}

void tst_TrainOps::convolutions_data()
{
    QTest::addColumn<OpCase>("op");
    const auto conv = [](const std::string &name, const std::string &attributes, const std::string &x,
                         const std::string &w, int bias = 0, const std::string &op = "Conv") {
        const std::string attached = bias > 0 ? ", float[" + std::to_string(bias) + "] b" : "";
        addOpRow(name, 13,
                 (std::string("(float") + x + " x) => (float[] y) <float" + w + " w" + attached
                  + "> { y = " + op + " <" + attributes + "> (x, w" + (bias > 0 ? ", b) }" : ") }")));
    };
    conv("Conv 1-D", "pads = [1, 1]", "[2,3,8]", "[4,3,3]", 4);
    conv("Conv 1-D, uneven pads", "pads = [2, 0], strides = [2], dilations = [2]", "[1,2,9]", "[3,2,3]");
    conv("Conv 2-D", "pads = [1, 1, 1, 1]", "[2,3,6,6]", "[4,3,3,3]", 4);
    conv("Conv 2-D, plain", "group = 1", "[2,3,6,6]", "[4,3,3,3]");
    conv("Conv 2-D, strides", "strides = [2, 3], pads = [1, 0, 1, 0]", "[1,2,7,8]", "[3,2,3,2]", 3);
    conv("Conv 2-D, uneven pads", "strides = [2, 2], pads = [0, 0, 1, 1]", "[1,2,8,8]", "[3,2,3,3]", 3);
    conv("Conv 2-D, dilations", "dilations = [2, 1], pads = [2, 1, 2, 1]", "[1,2,7,6]", "[3,2,3,3]");
    conv("Conv 2-D, groups", "group = 2, pads = [1, 1, 1, 1]", "[1,4,5,5]", "[6,2,3,3]", 6);
    conv("Conv 2-D, depthwise", "group = 4, strides = [2, 2], pads = [1, 1, 1, 1]", "[2,4,6,6]", "[4,1,3,3]",
         4);
    conv("Conv 2-D, SAME_UPPER", "auto_pad = \"SAME_UPPER\", strides = [2, 2]", "[1,2,8,7]", "[3,2,3,4]");
    conv("Conv 2-D, SAME_LOWER", "auto_pad = \"SAME_LOWER\", strides = [2, 2]", "[1,2,8,7]", "[3,2,3,4]");
    conv("Conv 2-D, VALID", "auto_pad = \"VALID\"", "[1,2,6,6]", "[3,2,3,3]");
    conv("Conv 3-D", "pads = [1, 0, 1, 0, 1, 1], strides = [1, 2, 1]", "[1,2,4,5,4]", "[3,2,2,3,3]", 3);

    const auto transposed
        = [&](const std::string &name, const std::string &attributes, const std::string &x,
              const std::string &w, int bias = 0) { conv(name, attributes, x, w, bias, "ConvTranspose"); };
    transposed("ConvTranspose 1-D", "strides = [2]", "[1,2,5]", "[2,3,3]", 3);
    transposed("ConvTranspose 2-D", "strides = [2, 2]", "[2,3,4,4]", "[3,2,2,2]", 2);
    transposed("ConvTranspose 2-D, pads", "strides = [2, 2], pads = [1, 1, 1, 1]", "[1,2,4,4]", "[2,3,3,3]",
               3);
    transposed("ConvTranspose 2-D, uneven pads", "strides = [2, 2], pads = [0, 1, 1, 0]", "[1,2,4,4]",
               "[2,3,3,3]", 3);
    transposed("ConvTranspose 2-D, output_padding",
               "strides = [2, 2], pads = [1, 1, 1, 1], output_padding = [1, 0]", "[1,2,4,4]", "[2,3,3,3]", 3);
    transposed("ConvTranspose 2-D, groups", "group = 2, strides = [2, 2], dilations = [2, 1]", "[1,4,4,4]",
               "[4,3,3,2]", 6);
    for (const char *mode : {"NOTSET", "SAME_UPPER", "SAME_LOWER"}) {
        const std::string automatic = std::string("auto_pad = \"") + mode + "\", strides = [2, 2]";
        transposed(("ConvTranspose 2-D, output_shape " + std::string(mode)),
                   (automatic + ", output_shape = [8, 8]"), "[1,2,4,4]", "[2,3,3,3]", 3);
    }
    transposed("ConvTranspose 2-D, SAME_UPPER", "auto_pad = \"SAME_UPPER\", strides = [2, 2]", "[1,2,4,4]",
               "[2,3,3,3]", 3);
    transposed("ConvTranspose 2-D, SAME_LOWER", "auto_pad = \"SAME_LOWER\", strides = [2, 2]", "[1,2,4,4]",
               "[2,3,3,3]", 3);
    transposed("ConvTranspose 3-D", "strides = [1, 2, 1], pads = [0, 1, 0, 0, 0, 1]", "[1,2,3,3,3]",
               "[2,2,2,3,2]", 2);
}

void tst_TrainOps::pools_data()
{
    QTest::addColumn<OpCase>("op");
    const auto pool
        = [](int opset, const std::string &op, const std::string &attributes, const std::string &x) {
              addOpRow((op + " " + attributes + " on " + x), opset,
                       (std::string("(float") + x + " x) => (float[] y) { y = " + op + " <" + attributes
                        + "> (x) }"));
          };
    for (const char *op : {"MaxPool", "AveragePool"}) {
        for (const char *attributes :
             {"kernel_shape = [2, 2]", "kernel_shape = [2, 2], strides = [2, 2]",
              "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]",
              "kernel_shape = [3, 2], strides = [2, 2], pads = [0, 0, 1, 1]",
              "kernel_shape = [2, 3], strides = [2, 2], pads = [1, 2, 0, 1]",
              "kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1",
              "kernel_shape = [2, 2], strides = [3, 3], pads = [0, 0, 1, 1], ceil_mode = 1",
              "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], ceil_mode = 1",
              "kernel_shape = [3, 3], strides = [2, 2], auto_pad = \"SAME_UPPER\"",
              "kernel_shape = [3, 3], strides = [2, 2], auto_pad = \"SAME_LOWER\"",
              "kernel_shape = [3, 3], auto_pad = \"VALID\""}) {
            pool(13, op, attributes, "[2,3,8,7]");
            if (std::string(op) == "AveragePool") {
                const std::string counting = std::string(attributes) + ", count_include_pad = 1";
                pool(13, op, counting, "[2,3,8,7]");
                pool(19, op, counting, "[2,3,8,7]");
                pool(19, op, attributes, "[2,3,8,7]");
            }
        }
        pool(13, op, "kernel_shape = [3], strides = [2], pads = [1, 1]", "[2,3,9]");
        pool(13, op, "kernel_shape = [3], strides = [2], ceil_mode = 1", "[2,3,8]");
        pool(13, op, "kernel_shape = [2, 2, 2], strides = [2, 1, 2], pads = [0, 1, 0, 1, 0, 0]",
             "[1,2,4,4,5]");
    }
    pool(13, "MaxPool", "kernel_shape = [2, 2], dilations = [2, 3], strides = [1, 2]", "[1,2,7,8]");
    pool(13, "MaxPool", "kernel_shape = [3, 3], dilations = [2, 2], pads = [2, 1, 1, 2], ceil_mode = 1",
         "[1,2,7,8]");
    pool(19, "AveragePool", "kernel_shape = [2, 2], dilations = [2, 3], pads = [1, 0, 0, 1]", "[1,2,7,8]");
    pool(19, "AveragePool",
         "kernel_shape = [2, 2], dilations = [2, 1], pads = [1, 0, 0, 1], count_include_pad = 1",
         "[1,2,7,8]");
    for (const char *op : {"GlobalAveragePool", "GlobalMaxPool"}) {
        addOpRow(op, 13, (std::string("(float[2,3,4,5] x) => (float[] y) { y = ") + op + " (x) }"));
        addOpRow((std::string(op) + " 1-D"), 13,
                 (std::string("(float[2,3,4] x) => (float[] y) { y = ") + op + " (x) }"));
    }
}

void tst_TrainOps::normalizations_data()
{
    QTest::addColumn<OpCase>("op");
    const OpCase frozen {.fixed = {"m", "v"}};
    for (const char *x : {"[2,3,4,5]", "[2,3,4]", "[2,3]"})
        addOpRow((std::string("BatchNormalization ") + x), 13,
                 (std::string("(float") + x
                  + " x) => (float[] y) <float[3] s, float[3] b, float[3] m, float[3] v = {0.5, 1.5, 2}> "
                    "{ y = BatchNormalization <epsilon = 0.001> (x, s, b, m, v) }"),
                 frozen);
    addOpRow(
        "BatchNormalization", 9,
        "(float[2,3,4,5] x) => (float[] y) <float[3] s, float[3] b, float[3] m, float[3] v = {0.5, 1.5, 2}> "
        "{ y = BatchNormalization(x, s, b, m, v) }",
        frozen);
    addOpRow("LayerNormalization", 17,
             "(float[2,3,8] x) => (float[] y) <float[8] s, float[8] b> { y = LayerNormalization(x, s, b) }");
    addOpRow("LayerNormalization, axis", 17,
             "(float[2,3,4] x) => (float[] y) <float[3,4] s> "
             "{ y = LayerNormalization <axis = 1, epsilon = 0.01> (x, s) }");
    addOpRow("LayerNormalization, statistics", 17,
             "(float[2,3,8] x) => (float[] y) <float[8] s> "
             "{ n, m, d = LayerNormalization(x, s)  t = Mul(m, d)  y = Add(n, t) }");
    addOpRow("InstanceNormalization", 13,
             "(float[2,3,4,5] x) => (float[] y) <float[3] s, float[3] b> "
             "{ y = InstanceNormalization <epsilon = 0.01> (x, s, b) }");
    addOpRow("GroupNormalization", 18,
             "(float[2,4,3,3] x) => (float[] y) <float[2] s, float[2] b> "
             "{ y = GroupNormalization <num_groups = 2, epsilon = 0.01> (x, s, b) }");
    addOpRow("GroupNormalization", 21,
             "(float[2,4,3,3] x) => (float[] y) <float[4] s, float[4] b> "
             "{ y = GroupNormalization <num_groups = 2> (x, s, b) }");
    addOpRow(
        "LRN", 13,
        "(float[2,5,3,4] x) => (float[] y) { y = LRN <size = 3, alpha = 0.5, beta = 0.6, bias = 1.5> (x) }");
    for (const char *op : {"Softmax", "LogSoftmax"}) {
        for (const int opset : {11, 13}) {
            for (const char *axis : {"", " <axis = 0>", " <axis = 1>", " <axis = 2>", " <axis = -2>"})
                addOpRow((std::string(op) + axis), opset,
                         (std::string("(float[2,3,4] x) => (float[] y) { y = ") + op + axis + " (x) }"));
        }
    }
}

void tst_TrainOps::refusals_data()
{
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("reason");
    QTest::newRow("Resize cubic") << "(float[1,1,4,4] x) => (float[] y) <int64[4] z = {1,1,8,8}> { y = "
                                     "Resize <mode = \"cubic\"> (x, , , z) }"
                                  << "Resize (y): mode cubic is not known";
    QTest::newRow("Resize crop")
        << "(float[1,1,4,4] x) => (float[] y) <int64[4] z = {1,1,8,8}, float[8] r> "
           "{ y = Resize <mode = \"linear\", coordinate_transformation_mode = \"tf_crop_and_resize\"> (x, r, "
           ", z) }"
        << "Resize (y): coordinate_transformation_mode tf_crop_and_resize is not known";
    QTest::newRow("BatchNormalization that learns")
        << "(float[2,3] x) => (float[] y) <float[3] s> { y, m, v = BatchNormalization <training_mode = 1> "
           "(x, s, s, s, s) }"
        << "BatchNormalization (y): training_mode = 1 is not known";
    QTest::newRow("MaxPool with places")
        << "(float[1,1,4,4] x) => (float[] y, int64[] i) { y, i = MaxPool <kernel_shape = [2, 2]> (x) }"
        << "MaxPool (y): the places of the largest numbers are not known";
    QTest::newRow("Squeeze of more than one")
        << "(float[2,3] x) => (float[] y) <int64[1] a = {1}> { y = Squeeze(x, a) }"
        << "Squeeze (y): axis 1 has 3 elements";
    QTest::newRow("Resize to nothing")
        << "(float[1,1,4,4] x) => (float[] y) <int64[4] z = {1,1,0,8}> { y = Resize(x, , , z) }"
        << "Resize (y): axis 2 of 4 elements cannot have 0";
    QTest::newRow("Resize to more than memory holds") << "(float[1,1,4,4] x) => (float[] y) <float[4] s = "
                                                         "{1, 1, 1000000000000.0, 1}> { y = Resize(x, , s) }"
                                                      << "Resize (y): axis 2 of 4 elements cannot have 4e+12";
    QTest::newRow("Conv with a stride of 0")
        << "(float[1,1,4,4] x) => (float[] y) <float[1,1,2,2] w> { y = Conv <strides = [0, 1]> (x, w) }"
        << "Conv (y): a kernel or step is not positive, or too large";
    QTest::newRow("Conv with huge pads") << "(float[1,1,4,4] x) => (float[] y) <float[1,1,2,2] w> "
                                            "{ y = Conv <pads = [0, 9223372036854775807, 0, 1]> (x, w) }"
                                         << "Conv (y): pads are too large";
    QTest::newRow("ConvTranspose with output_padding of another rank")
        << "(float[1,1,4,4] x) => (float[] y) <float[1,1,2,2] w> "
           "{ y = ConvTranspose <output_padding = [1]> (x, w) }"
        << "ConvTranspose (y): output_padding does not fit the kernel";
    QTest::newRow("Slice with a step of 0") << "(float[2,3] x) => (float[] y) <int64[1] s = {0}, int64[1] e "
                                               "= {1}, int64[1] a = {0}, int64[1] p = {0}> "
                                               "{ y = Slice(x, s, e, a, p) }"
                                            << "Slice (y): a step of 0";
    QTest::newRow("Gather beyond the end")
        << "(float[2,3] x) => (float[] y) <int64[1] i = {2}> { y = Gather(x, i) }"
        << "Gather (y): ";
    QTest::newRow("an input is missing") << "(float[2,3] x) => (float[] y) { y = MatMul(x) }"
                                         << "MatMul (y): input 1 is missing";
    QTest::newRow("Concat of nothing") << "(float[2,3] x) => (float[] y) { y = Concat <axis = 0> () }"
                                       << "Concat (y): an input or a number is missing";
    QTest::newRow("Pad of another rank")
        << "(float[2,3] x) => (float[] y) <int64[2] p = {1, 1}> { y = Pad(x, p) }"
        << "Pad (y): pads do not fit";
}

void tst_TrainOps::refusals()
{
    QFETCH(QString, body);
    QFETCH(QString, reason);
    const ModelPtr model
        = modelFromText(("<ir_version: 8, opset_import: [\"\" : 18]> g " + body).toUtf8().constData());
    const auto graph = makeTrainGraph(*model, nullptr);
    QVERIFY(graph.ok());
    const auto trainable = m_engine->open(*graph, {});
    QVERIFY2(trainable.ok(), trainable.ok() ? "" : trainable.error().message().c_str());
    std::vector<Tensor> fed;
    for (const NamedTensor &input : randomInputs(*model, 3))
        fed.push_back(input.tensor);
    const auto outputs = (*trainable)->run(fed, TrainMode::Float, graph->outputs);
    QVERIFY(!outputs.ok());
    QVERIFY(outputs.error().code == ErrorCode::Runtime);
    QVERIFY2(outputs.error().message().find(reason.toStdString()) != std::string::npos,
             outputs.error().message().c_str());
}

void tst_TrainOps::unknownOperatorsAreNamed()
{
    const ModelPtr model = modelFromText(R"(g (float[2,3] x) => (float[2,3] y, int64[] z, float[] v)
        <int64[1] k = {1}> { y = Relu(x)  [places] z = NonZero(y)  [best] v, i = TopK(y, k) })");
    const auto graph = makeTrainGraph(*model, nullptr);
    QVERIFY2(graph.ok(), graph.ok() ? "" : graph.error().message().c_str());
    const auto trainable = m_engine->open(*graph, {});
    QVERIFY(!trainable.ok());
    QVERIFY(trainable.error().code == ErrorCode::Unsupported);
    QVERIFY2(trainable.error().message().find("cannot train through NonZero (places), TopK (best)")
                 != std::string::npos,
             trainable.error().message().c_str());
}

QTEST_GUILESS_MAIN(tst_TrainOps)
#include "tst_trainops.moc"
