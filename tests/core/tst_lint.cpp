// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// One sound model, and what each check says when one thing in it is changed. What must be said follows from
// the ONNX specification and the rules of the targets' kernels, see the first lines of each check.
#include "core/lint/lint.h"
#include "core/model/graphedit.h"
#include "tests/support/quantizerun.h"
#include "tests/support/runtimeversion.h"
#include "tests/support/textmodel.h"
#include "tests/support/tinycnn.h"

#include <QTest>

#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

/// uint8 activations and int8 weights a channel, as x86 wants them: Conv ──► Relu, then MaxPool. Powers of
/// two, so that the scale of the bias is the product to the last bit.
constexpr const char *kSound
    = R"(<ir_version: 8, opset_import: ["" : 13]> g (float[1,3,4,4] x) => (float[1,2,2,2] y)
<float xs = {0.5}, uint8 xz = {128}, float[2] ws = {0.25, 0.125}, int8[2] wz = {0, 0},
 int8[2,3,1,1] w = {100, -20, 30, -40, 90, 127}, float[2] bs = {0.125, 0.0625}, int32[2] bz = {0, 0},
 int32[2] b = {5, -7}, float ys = {0.5}, uint8 yz = {0}>
{
  xq = QuantizeLinear(x, xs, xz)
  xd = DequantizeLinear(xq, xs, xz)
  wd = DequantizeLinear <axis = 0> (w, ws, wz)
  bd = DequantizeLinear <axis = 0> (b, bs, bz)
  [conv] t = Conv(xd, wd, bd)
  [relu] r = Relu(t)
  rq = QuantizeLinear(r, ys, yz)
  rd = DequantizeLinear(rq, ys, yz)
  [pool] p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (rd)
  pq = QuantizeLinear(p, ys, yz)
  y = DequantizeLinear(pq, ys, yz)
})";

/// Two blocks with a way around them, the second with a layer on that way too.
constexpr const char *kResidual = R"(g (float[1,3,8,8] x) => (float[1,20] y)
<float[4,3,1,1] a, float[4,4,1,1] b, float[4,4,1,1] c, float[4,4,1,1] d, float[4,4,1,1] e, float[20,256] f>
{
  [first] t = Conv(x, a)
  r = Relu(t)
  [second] u = Conv(r, b)
  [sum] s = Add(u, r)
  v = Relu(s)
  [third] p = Conv(v, c)
  [around] q = Conv(v, d)
  [both] m = Add(p, q)
  n = Relu(m)
  [fourth] o = Conv(n, e)
  [last] w = Add(n, o)
  z = Flatten(w)
  [classifier] y = Gemm <transB = 1> (z, f)
})";

/// The sound model with \a changes, pairs of a text in it and what stands there instead.
QByteArray changed(const std::vector<std::pair<const char *, const char *>> &changes,
                   const char *model = kSound)
{
    QByteArray text = model;
    for (const auto &[from, to] : changes) {
        if (!text.contains(from))
            qFatal("the model does not have '%s'", from);
        text.replace(from, to);
    }
    return text;
}

QStringList texts(const std::vector<Finding> &findings)
{
    QStringList list;
    for (const Finding &finding : findings)
        list += QStringLiteral("%1 %2 %3")
                    .arg(QString::fromUtf8(toString(finding.severity)), QString::fromStdString(finding.code),
                         QString::fromStdString(finding.subject));
    return list;
}

std::vector<Finding> lint(const Model &model, const char *target, const InferenceEngine *engine = nullptr,
                          const Model *source = nullptr)
{
    JobContext job;
    const Target *found = builtinTargets().find(target);
    return lintModel(model, {.target = found, .engine = engine, .source = source}, job);
}

} // namespace

class tst_Lint : public QObject
{
    Q_OBJECT

private slots:
    void checks_data();
    void checks();
    void soundModels_data();
    void soundModels();
    void unusableScales();
    void externalData();
    void interfaceAgainstTheFloatModel();
    void runtime_data();
    void runtime();
    void brokenModelDoesNotLoad();
    void modelThatDoesNotRun();
    void fileOverTwoGiB();
    void irVersionOfTypes();
    void islands_data();
    void islands();
    void exportsAreClean_data();
    void exportsAreClean();
    void quantizeTellsWhatItFinds();
    void damagedTensors();
    void strangeModels_data();
    void strangeModels();
    void stops();
};

void tst_Lint::checks_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("target"); // empty = none
    QTest::addColumn<QStringList>("findings");
    const auto row
        = [](const char *name, const QByteArray &text, const char *target, const QStringList &findings) {
              QTest::newRow(name) << text << QString::fromUtf8(target) << findings;
          };
    using L = QStringList;

    row("axis before opset 13", changed({{"\"\" : 13", "\"\" : 12"}}), "", L {"error opset-too-old conv"});
    row("opset 10",
        changed({{"\"\" : 13", "\"\" : 10"},
                 {"<axis = 0>", ""},
                 {"float[2] ws = {0.25, 0.125}", "float ws = {0.25}"},
                 {"int8[2] wz = {0, 0}", "int8 wz = {0}"},
                 {"float[2] bs = {0.125, 0.0625}", "float bs = {0.125}"},
                 {"int32[2] bz = {0, 0}", "int32 bz = {0}"}}),
        "", L {"warning opset-without-fusion "});
    row("16 bits before opset 21", changed({{"uint8 yz", "uint16 yz"}}), "", L {"error opset-too-old relu"});

    row("axis left out", changed({{"DequantizeLinear <axis = 0> (w", "DequantizeLinear(w"}}), "",
        L {"error axis-wrong conv", "error axis-not-channels conv", "warning axis-missing conv"});
    row("axis of the inputs, same length",
        changed({{"int8[2,3,1,1] w = {100, -20, 30, -40, 90, 127}", "int8[2,2,1,1] w = {100, -20, 30, -40}"},
                 {"float[1,3,4,4] x", "float[1,2,4,4] x"},
                 {"<axis = 0> (w", "<axis = 1> (w"}}),
        "", L {"error axis-not-channels conv"});
    row("axis outside", changed({{"<axis = 0> (b", "<axis = 1> (b"}}), "", L {"error axis-wrong conv"});

    row("type of the zero point", changed({{"int8[2] wz", "uint8[2] wz"}}), "",
        L {"error zero-point-type conv"});
    row("fewer zero points", changed({{"int8[2] wz = {0, 0}", "int8[1] wz = {0}"}}), "",
        L {"error zero-point-count conv"});
    row("zero point of the bias", changed({{"int32[2] bz = {0, 0}", "int32[2] bz = {0, 3}"}}), "",
        L {"error zero-point-of-int32 conv"});
    row("ends of a pair differ",
        changed({{"rd = DequantizeLinear(rq, ys", "rd = DequantizeLinear(rq, xs"},
                 {"float ys = {0.5}", "float ys = {1}"}}),
        "", L {"warning pair-differs relu"});

    row("weights off 0", changed({{"int8[2] wz = {0, 0}", "int8[2] wz = {4, 4}"}}), "",
        L {"warning weight-zero-point conv"});
    row("zero point of each channel", changed({{"int8[2] wz = {0, 0}", "int8[2] wz = {4, 0}"}}), "",
        L {"warning channel-zero-points conv"});
    row("lowest code", changed({{"{100, -20", "{-128, -20"}}), "", L {"info weight-lowest-code conv"});
    row("lowest code for x86", changed({{"{100, -20", "{-128, -20"}}), "x86-vnni",
        L {"info weight-lowest-code conv"});

    row("scale of the bias", changed({{"{0.125, 0.0625}", "{0.125, 0.0675}"}}), "",
        L {"error bias-scale conv"});
    row("scale of the bias rounded", changed({{"{0.125, 0.0625}", "{0.125, 0.0625000075}"}}), "",
        L {"info bias-scale-rounded conv"});
    row("one scale for the bias",
        changed({{"float[2] bs = {0.125, 0.0625}", "float bs = {0.125}"},
                 {"int32[2] bz = {0, 0}", "int32 bz = {0}"},
                 {"<axis = 0> (b", "(b"}}),
        "", L {"error bias-scale conv"});
    row("type of the bias",
        changed({{"int32[2] bz = {0, 0}", "int8[2] bz = {0, 0}"}, {"int32[2] b ", "int8[2] b "}}), "",
        L {"warning bias-type conv"});
    row("saturated bias", changed({{"{5, -7}", "{5, 2147483647}"}}), "", L {"warning bias-saturated conv"});
    row("float bias",
        changed({{"int32[2] b = {5, -7}", "float[2] b = {5, -7}"},
                 {"  bd = DequantizeLinear <axis = 0> (b, bs, bz)\n", ""},
                 {"wd, bd)", "wd, b)"}}),
        "x86-vnni", L {"warning bias-in-float conv"});
    row("float bias, any target",
        changed({{"int32[2] b = {5, -7}", "float[2] b = {5, -7}"},
                 {"  bd = DequantizeLinear <axis = 0> (b, bs, bz)\n", ""},
                 {"wd, bd)", "wd, b)"}}),
        "", L {});

    constexpr const char *kSum = R"(g (float[1,4] x, float[1,4] z) => (float[1,4] y)
<float s = {0.5}, uint8 o = {128}>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  zq = QuantizeLinear(z, s, o)
  zd = DequantizeLinear(zq, s, o)
  [sum] t = Add(xd, zd)
  tq = QuantizeLinear(t, s, o)
  y = DequantizeLinear(tq, s, o)
})";
    row("sum", kSum, "x86-vnni", L {});
    row("float operand", changed({{"Add(xd, zd)", "Add(xd, z)"}}, kSum), "x86-vnni",
        L {"warning operand-in-float sum"});
    row("float operand, any target", changed({{"Add(xd, zd)", "Add(xd, z)"}}, kSum), "", L {});
    row("float operand, float result",
        changed({{"[sum] t = Add(xd, zd)\n  tq = QuantizeLinear(t, s, o)\n  y = DequantizeLinear(tq, s, o)",
                  "[sum] y = Add(xd, z)"}},
                kSum),
        "x86-vnni", L {});
    constexpr const char *kTakenIn = R"(g (float[1,3,4,4] x) => (float[1,2,4,4] y)
<float s = {0.5}, int8 o = {0}, float[2,3,1,1] f, int8[2,3,1,1] w = {1, 2, 3, 4, 5, 6}>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  wd = DequantizeLinear(w, s, o)
  [conv] t = Conv(xd, wd)
  [around] u = Conv(xd, wd)
  uq = QuantizeLinear(u, s, o)
  ud = DequantizeLinear(uq, s, o)
  [sum] y = Add(t, ud)
})";
    row("sum in its layer's kernel", kTakenIn, "tensorrt", L {});
    row("the other operand first", changed({{"Add(t, ud)", "Add(ud, t)"}}, kTakenIn), "tensorrt", L {});
    row("sum with a layer in float",
        changed({{"Conv(xd, wd)\n  [around]", "Conv(x, f)\n  [around]"}}, kTakenIn), "tensorrt",
        L {"warning operand-in-float sum"});
    row("sum with a layer that others read",
        changed({{"[sum] y = Add(t, ud)", "[sum] v = Add(t, ud)\n  y = Mul(v, t)"}}, kTakenIn), "tensorrt",
        L {"warning operand-in-float sum"});
    row("sum around which pairs are wanted",
        changed({{"int8 o", "uint8 o"},
                 {"int8[2,3,1,1]", "uint8[2,3,1,1]"},
                 {"[sum] y = Add(t, ud)",
                  "[sum] v = Add(t, ud)\n  vq = QuantizeLinear(v, s, o)\n  y = DequantizeLinear(vq, s, o)"}},
                kTakenIn),
        "x86-vnni", L {"warning operand-in-float sum"});
    row("float weights",
        changed({{"wd = DequantizeLinear <axis = 0> (w, ws, wz)\n", ""},
                 {"  bd = DequantizeLinear <axis = 0> (b, bs, bz)\n", ""},
                 {"Conv(xd, wd, bd)", "Conv(xd, f)"},
                 {"uint8 yz = {0}>", "uint8 yz = {0}, float[2,3,1,1] f>"}}),
        "x86-vnni", L {"info float-island conv"});
    row("float weights, nothing quantized behind",
        "g (float[1,3,4,4] x) => (float[1,2,4,4] y) <float s = {0.5}, uint8 o = {128}, float[2,3,1,1] f> { q "
        "= "
        "QuantizeLinear(x, s, o) d = DequantizeLinear(q, s, o) [conv] y = Conv(d, f) }",
        "x86-vnni", L {});
    row("result of a product in a sum",
        R"(g (float[1,2,4] x) => (float[1,2,4] y)
<float s = {0.5}, uint8 o = {128}, int8 z = {0}, int8[4,4] w, float[4] b = {1, 2, 3, 4}>
{ q = QuantizeLinear(x, s, o) d = DequantizeLinear(q, s, o) wd = DequantizeLinear(w, s, z) t = MatMul(d, wd)
  a = Add(t, b) [sum] r = Add(a, d) rq = QuantizeLinear(r, s, o) y = DequantizeLinear(rq, s, o) })",
        "x86-vnni", L {});
    row("weights only", changed({{"Conv(xd, ", "Conv(x, "}}), "x86-vnni", L {"info weights-only conv"});

    row("quantized twice",
        changed({{"  pq = ",
                  "  r2 = QuantizeLinear(r, ys, yz)\n  r3 = DequantizeLinear(r2, ys, yz)\n  [again] u = "
                  "Sigmoid(r3)\n  pq = "}}),
        "x86-vnni", L {"warning quantized-twice conv"});
    row("quantized twice, float in front",
        changed({{"Conv(xd, wd, bd)", "ConvTranspose(xd, wd)"},
                 {"int8[2,3,1,1] w", "int8[3,2,1,1] w"},
                 {"<axis = 0> (w", "<axis = 1> (w"},
                 {"  bd = DequantizeLinear <axis = 0> (b, bs, bz)\n", ""},
                 {"  pq = ",
                  "  r2 = QuantizeLinear(r, ys, yz)\n  r3 = DequantizeLinear(r2, ys, yz)\n  [again] u = "
                  "Sigmoid(r3)\n  pq = "}}),
        "x86-vnni", L {"info quantized-twice conv"});
    row("read in float", changed({{"  pq = ", "  [again] u = Sigmoid(r)\n  pq = "}}), "x86-vnni",
        L {"warning read-in-float conv"});

    row("grids differ",
        changed({{"pq = QuantizeLinear(p, ys", "pq = QuantizeLinear(p, xs"},
                 {"y = DequantizeLinear(pq, ys", "y = DequantizeLinear(pq, xs"},
                 {"float ys = {0.5}", "float ys = {1}"}}),
        "x86-vnni", L {"warning grids-differ pool"});
    row("same numbers under two names",
        changed({{"pq = QuantizeLinear(p, ys", "pq = QuantizeLinear(p, xs"},
                 {"y = DequantizeLinear(pq, ys", "y = DequantizeLinear(pq, xs"}}),
        "x86-vnni", L {});
    constexpr const char *kConcat = R"(g (float[1,4] x, float[1,4] z) => (float[1,8] y)
<float s = {0.5}, float u = {0.25}, uint8 o = {128}>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  zq = QuantizeLinear(z, u, o)
  zd = DequantizeLinear(zq, u, o)
  [join] t = Concat <axis = 1> (xd, zd)
  tq = QuantizeLinear(t, s, o)
  y = DequantizeLinear(tq, s, o)
})";
    row("grids of Concat", kConcat, "x86-vnni", L {});
    row("grids of Concat on QNN", kConcat, "qnn-htp", L {"warning grids-differ join"});
    row("one grid for Concat on QNN", changed({{"float u = {0.25}", "float u = {0.5}"}}, kConcat), "qnn-htp",
        L {});
    const auto pad = [](const char *inputs) {
        return changed({{"[join] t = Concat <axis = 1> (xd, zd)", inputs},
                        {"tq = QuantizeLinear(t, s, o)\n  y = DequantizeLinear(tq, s, o)",
                         "tq = QuantizeLinear(t, u, o)\n  y = DequantizeLinear(tq, u, o)"},
                        {"uint8 o = {128}>", "uint8 o = {128}, int64[4] p = {0, 0, 0, 4}, float one = {1}>"}},
                       kConcat);
    };
    row("grids of Pad on QNN", pad("[pad] t = Pad(xd, p)"), "qnn-htp", L {"warning grids-differ pad"});
    row("grids of Pad with a value of its own", pad("[pad] t = Pad(xd, p, one)"), "qnn-htp", L {});
    row("Relu not absorbed", changed({{"uint8 yz = {0}", "uint8 yz = {128}"}}), "x86-vnni",
        L {"warning clipping-not-absorbed conv"});
    const auto clip = [](const char *scale) {
        return changed({{"float ys = {0.5}", scale},
                        {"uint8 yz = {0}>", "uint8 yz = {0}, float lo = {0}, float hi = {6}>"},
                        {"[relu] r = Relu(t)", "[relu] r = Clip(t, lo, hi)"}});
    };
    row("Clip within", clip("float ys = {0.0234375}"), "x86-vnni", L {}); // 255 * 6 / 256 < 6
    row("Clip beyond", clip("float ys = {0.05}"), "x86-vnni", L {"warning clipping-not-absorbed conv"});

    row("int8 activations on x86", changed({{"uint8 xz = {128}", "int8 xz = {0}"}}), "x86-vnni",
        L {"warning activation-type conv"});
    row("int8 activations on QNN", changed({{"uint8 xz = {128}", "int8 xz = {0}"}}), "qnn-htp",
        L {"warning activation-type conv"});
    row("uint8 activations on XNNPACK", kSound, "arm-xnnpack", L {"warning activation-type "});
    row("uint8 weights on XNNPACK",
        changed({{"int8[2] wz = {0, 0}", "uint8[2] wz = {128, 128}"},
                 {"int8[2,3,1,1] w = {100, -20, 30, -40, 90, 127}",
                  "uint8[2,3,1,1] w = {100, 20, 30, 40, 90, 127}"}}),
        "arm-xnnpack", L {"warning activation-type ", "warning weight-type conv"});
    row("uint8 on TensorRT", kSum, "tensorrt",
        L {"error activation-zero-point sum", "error activation-zero-point sum",
           "error activation-zero-point sum", "error activation-type "});
    row("a scale a channel on QNNPACK", kSound, "arm-qnnpack", L {"warning weight-granularity conv"});
    row("open shape on QNN", changed({{"float[1,3,4,4] x", "float[N,3,4,4] x"}}), "qnn-htp",
        L {"warning open-shapes x"});
    row("int32 bias on TensorRT", changed({{"uint8 xz = {128}", "int8 xz = {0}"}, {"uint8 yz", "int8 yz"}}),
        "tensorrt", L {"error bias-in-integers conv"});
    row("signed by unsigned",
        changed({{"uint8 xz = {128}", "int8 xz = {0}"},
                 {"int8[2] wz = {0, 0}", "uint8[2] wz = {128, 128}"},
                 {"int8[2,3,1,1] w = {100, -20, 30, -40, 90, 127}",
                  "uint8[2,3,1,1] w = {100, 20, 30, 40, 90, 127}"}}),
        "", L {"warning signed-by-unsigned conv"});
    row("ConvInteger",
        "g (float[1,3,4,4] x) => (int32[1,1,4,4] y) <int8[1,3,1,1] w = {1, 2, 3}> { q, s, z = "
        "DynamicQuantizeLinear(x) [conv] y = ConvInteger(q, w, z) }",
        "", L {"warning conv-integer-signed conv"});
    row("ConvInteger, unsigned",
        "g (float[1,3,4,4] x) => (int32[1,1,4,4] y) <uint8[1,3,1,1] w = {1, 2, 3}> { q, s, z = "
        "DynamicQuantizeLinear(x) [conv] y = ConvInteger(q, w, z) }",
        "", L {});
    // 90 + 127 > 128 in the second channel; 100 - 20 in the first.
    row("saturation", changed({{"{100, -20, 30, -40, 90, 127}", "{100, -20, 30, 90, 127, -40}"}}), "x86-avx2",
        L {"warning weights-may-saturate conv"});
    row("no saturation", kSound, "x86-avx2", L {});
    row("no saturation with VNNI",
        changed({{"{100, -20, 30, -40, 90, 127}", "{100, -20, 30, 90, 127, -40}"}}), "x86-vnni", L {});

    constexpr const char *kProduct = R"(g (float[1,16] x) => (float[1,2] y)
<float s = {0.5}, int8 o = {0}, int8[16,2] w>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  wd = DequantizeLinear(w, s, o)
  [product] y = MatMul(xd, wd)
})";
    row("small matrix", kProduct, "tensorrt", L {"warning matrix-too-small product"});
    row("small matrix elsewhere",
        changed({{"int8 o", "uint8 o"}, {"int8[16,2] w", "uint8[16,2] w"}}, kProduct), "x86-vnni", L {});
    row("matrix of 16", changed({{"int8[16,2]", "int8[16,16]"}, {"float[1,2] y", "float[1,16] y"}}, kProduct),
        "tensorrt", L {});

    row("batch normalization",
        changed({{"[relu] r = Relu(t)", "[norm] r = BatchNormalization(t, f, f, f, g)"},
                 {"uint8 yz = {0}>", "uint8 yz = {128}, float[2] f = {1, 1}, float[2] g = {1, 1}>"}}),
        "", L {"warning batch-norm-not-folded norm"});
    row("batch normalization behind a sum",
        changed({{"y = DequantizeLinear(tq, s, o)",
                  "yd = DequantizeLinear(tq, s, o)\n [norm] y = BatchNormalization(yd, f, f, f, f)"},
                 {"uint8 o = {128}>", "uint8 o = {128}, float[4] f = {1, 1, 1, 1}>"}},
                kSum),
        "", L {});

    constexpr const char *kTwo = R"(g (float[1,8] x) => (float[1,8] y, float[1,8] z)
<float s = {1}, int8 o = {0}, int8[8,8] w, int8[8,8] v, float[8,8] f>
{
  wd = DequantizeLinear(w, s, o)
  vd = DequantizeLinear(v, s, o)
  [first] t = MatMul(x, wd)
  [second] y = MatMul(t, vd)
  [third] z = MatMul(t, f)
})";
    row("different weights", kTwo, "", L {});
    row("weights quantized once for two", changed({{"DequantizeLinear(v,", "DequantizeLinear(w,"}}, kTwo), "",
        L {});
    QByteArray numbers;
    for (int i = 0; i < 64; ++i)
        numbers += (i > 0 ? ", " : "") + QByteArray::number(i - 30);
    const QByteArray integers = "int8[8,8] w = {" + numbers + "}, int8[8,8] v = {" + numbers + "}";
    row("integers stored twice", changed({{"int8[8,8] w, int8[8,8] v", integers.constData()}}, kTwo), "",
        L {"warning weight-stored-twice second"});
    const QByteArray floats
        = "int8[8,8] w = {" + numbers + "}, int8[8,8] v, float[8,8] f = {" + numbers + "}";
    const QByteArray both = changed({{"int8[8,8] w, int8[8,8] v, float[8,8] f", floats.constData()}}, kTwo);
    row("float copy that is read", both, "", L {"info float-copy-read first"});
    row("float copy", changed({{"MatMul(t, f)", "MatMul(t, vd)"}}, both), "", L {"warning float-copy first"});
    constexpr const char *kTwice = R"(g (float[1,8] x) => (float[1,8] y)
<float s = {1}, float r = {0.5}, int8 o = {0}, float[8,8] w>
{
  wq = QuantizeLinear(w, s, o)
  wd = DequantizeLinear(wq, s, o)
  vq = QuantizeLinear(w, r, o)
  vd = DequantizeLinear(vq, r, o)
  [first] t = MatMul(x, wd)
  [second] y = MatMul(t, vd)
})";
    row("weights quantized twice", kTwice, "", L {"warning weight-quantized-twice first"});

    row("two nodes of one name", changed({{"[pool]", "[conv]"}}), "", L {"warning name-not-unique conv"});

    // The weights are quantized outside of the body that reads them, as exporters share them.
    constexpr const char *kBranch = R"(g (bool c, float[1,4] x) => (float[1,4] y)
<float s = {0.5}, uint8 o = {128}, float ws = {0.25}, int8 wz = {0}, int8[4,4] w>
{
  wd = DequantizeLinear(w, ws, wz)
  [choice] y = If (c) <
    then_branch = a () => (float[1,4] p) { q = QuantizeLinear(x, s, o) d = DequantizeLinear(q, s, o)
      p = MatMul(d, wd) },
    else_branch = b () => (float[1,4] r) {
      r = If (c) <then_branch = e () => (float[1,4] t) {
        qi = QuantizeLinear(x, s, o) di = DequantizeLinear(qi, s, o) t = MatMul(di, wd) },
        else_branch = f () => (float[1,4] u) { u = Relu(x) }> }>
})";
    row("branches", kBranch, "x86-vnni", L {});
    row("branches with a scale of 0", changed({{"float s = {0.5}", "float s = {0}"}}, kBranch), "",
        L {"error scale-invalid choice/r/t", "error scale-invalid choice/p"});
    row("branches for TensorRT", kBranch, "tensorrt",
        L {"error activation-zero-point choice/r/t", "error activation-zero-point choice/p",
           "error activation-type choice/r/t", "error activation-type choice/p",
           "warning matrix-too-small choice/r/t", "warning matrix-too-small choice/p"});
    row("open shape and branches", changed({{"float[1,4] x", "float[N,4] x"}}, kBranch), "qnn-htp",
        L {"warning open-shapes x"});

    row("operators of com.microsoft",
        R"(<ir_version: 8, opset_import: ["" : 13, "com.microsoft" : 1]> g (float[1,4] x) => (float[1,4] y)
<float s = {0.5}, uint16 o = {0}>
{ q = com.microsoft.QuantizeLinear(x, s, o) y = com.microsoft.DequantizeLinear(q, s, o) })",
        "", L {});
    row("QLinearConv off 0",
        R"(g (float[1,3,4,4] x) => (uint8[1,2,4,4] y)
<float s = {0.5}, uint8 o = {128}, int8[2] z = {3, 3}, float[2] ws = {1, 2}, int8[2,3,1,1] w, int32[2] b = {1, -2147483648}>
{ q = QuantizeLinear(x, s, o) [conv] y = QLinearConv(q, s, o, w, ws, z, s, o, b) })",
        "", L {"warning weight-zero-point conv", "warning bias-saturated conv"});
}

void tst_Lint::checks()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, target);
    QFETCH(QStringList, findings);
    QStringList found = texts(lint(*modelFromText(text.constData()), target.toUtf8().constData()));
    found.sort();
    findings.sort();
    QCOMPARE(found, findings);
}

void tst_Lint::soundModels_data()
{
    QTest::addColumn<QString>("target");
    for (const char *target : {"", "x86-vnni", "x86-avx2", "onnxruntime-cpu", "openvino", "qnn-htp"})
        QTest::newRow(*target ? target : "none") << QString::fromUtf8(target);
}

void tst_Lint::soundModels()
{
    QFETCH(QString, target);
    const auto engine = makeOnnxRuntimeEngine();
    const ModelPtr model = modelFromText(kSound);
    QCOMPARE(texts(lint(*model, target.toUtf8().constData(), engine.get(), model.get())), QStringList());
}

void tst_Lint::unusableScales()
{
    const ModelPtr model = modelFromText(kSound);
    const auto with = [&](float first) {
        GraphEdit edit(*model);
        edit.setInitializer("ws", Tensor::fromFloats({2}, std::vector {first, 0.125F}));
        edit.setInitializer("bs", Tensor::fromFloats({2}, std::vector {0.5F * first, 0.0625F}));
        QStringList found;
        for (const Finding &finding : lint(**edit.finish(), ""))
            found += QString::fromStdString(finding.code);
        found.removeDuplicates();
        return found;
    };
    QCOMPARE(with(0.25F), QStringList());
    QVERIFY(with(0.F).contains("scale-invalid"));
    QVERIFY(with(-1.F).contains("scale-invalid"));
    QVERIFY(with(NAN).contains("scale-invalid"));
    QVERIFY(with(INFINITY).contains("scale-invalid"));
    QCOMPARE(with(1e-39F), QStringList("scale-subnormal"));
    // Blocks of weights are only multiplied with theirs, which ONNX Runtime's quantizer gives either sign.
    const auto blocks = [&](float first) {
        const ModelPtr shell = modelFromText(R"(<ir_version: 10, opset_import: ["" : 21]>
            g (float[1,32] x) => (float[1,1] y) <int8[32,1] w, float[2,1] ws> {
            d = DequantizeLinear <axis = 0, block_size = 16> (w, ws)
            y = MatMul(x, d) })");
        GraphEdit edit(*shell);
        edit.setInitializer("ws", Tensor::fromFloats({2, 1}, std::vector {first, 0.125F}));
        return texts(lint(**edit.finish(), ""));
    };
    QCOMPARE(blocks(-1.F), QStringList());
    QCOMPARE(blocks(0.F), QStringList());
    QCOMPARE(blocks(1e-39F).size(), 1);
    QCOMPARE(blocks(NAN).size(), 1);
}

void tst_Lint::externalData()
{
    const auto model = [](const char *location, const char *offset) {
        auto proto = std::make_unique<onnx::ModelProto>(protoFromText(
            "g (float[1,4] x) => (float[1,4] y) <float[4] w = {1, 2, 3, 4}> { y = Add(x, w) }"));
        auto &tensor = *proto->mutable_graph()->mutable_initializer(0);
        tensor.clear_float_data();
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        for (const auto &[key, value] :
             {std::pair {"location", location}, {"offset", offset}, {"length", "1048576"}}) {
            auto &entry = *tensor.add_external_data();
            entry.set_key(key);
            entry.set_value(value);
        }
        return *Model::create(std::move(proto));
    };
    QCOMPARE(texts(lint(*model("weights.bin", "8192"), "")), QStringList());
    QCOMPARE(texts(lint(*model("sub/weights.bin", "8192"), "")), QStringList());
    QCOMPARE(texts(lint(*model("weights.bin", "8200"), "")), QStringList("info external-not-aligned w"));
    QCOMPARE(texts(lint(*model("/data/weights.bin", "0"), "")), QStringList("error external-location w"));
    QCOMPARE(texts(lint(*model("../weights.bin", "0"), "")), QStringList("error external-location w"));
}

void tst_Lint::interfaceAgainstTheFloatModel()
{
    const ModelPtr source = modelFromText("g (float[N,4] x) => (float[N,4] y) { y = Relu(x) }");
    const auto against
        = [&](const char *text) { return texts(lint(*modelFromText(text), "", nullptr, source.get())); };
    QCOMPARE(against("g (float[N,4] x) => (float[N,4] y) { t = Relu(x) y = Relu(t) }"), QStringList());
    QCOMPARE(against("g (float[1,4] x) => (float[1,4] y) { y = Relu(x) }"),
             QStringList()); // fixed where it was open
    QCOMPARE(against("g (float[N,4] z) => (float[N,4] y) { y = Relu(z) }"),
             QStringList("error interface-changed x"));
    QCOMPARE(against("g (float[N,5] x) => (float[N,5] y) { y = Relu(x) }"),
             QStringList({"error interface-changed x", "error interface-changed y"}));
    QCOMPARE(against("g (float16[N,4] x) => (float[N,4] y) { t = Relu(x) y = Cast <to = 1> (t) }"),
             QStringList("error interface-changed x"));
    QCOMPARE(against("g (float[N,4] x) => (float[N,4] y, float[N,4] z) { y = Relu(x) z = Relu(x) }"),
             QStringList("error interface-changed z"));
}

void tst_Lint::runtime_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("code"); // empty = none
    QTest::newRow("sound") << QByteArray(kSound) << QString();
    // The runtime makes QGemm of it and takes the integers of the bias for multiples of s_x * s_w; the same
    // graph computed in float believes the scale that is written.
    QTest::newRow("axis of the rows") << QByteArray(R"(g (float[1,4] x) => (float[1,4] y)
<float s = {0.0625}, uint8 o = {128}, float[4] ws = {0.001, 1, 0.01, 4}, int8[4] z = {0, 0, 0, 0},
 int8[4,4] w = {1, 2, 3, 4, 50, 60, 70, 80, 9, 10, 11, 12, 13, -14, 15, -16}, float t = {4}>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  wd = DequantizeLinear <axis = 0> (w, ws, z)
  m = MatMul(xd, wd)
  mq = QuantizeLinear(m, t, o)
  y = DequantizeLinear(mq, t, o)
})") << QStringLiteral("differs-from-simulation");
}

void tst_Lint::runtime()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, code);
    const auto engine = makeOnnxRuntimeEngine();
    const QStringList found = texts(lint(*modelFromText(text.constData()), "", engine.get()));
    if (code.isEmpty())
        QCOMPARE(found, QStringList());
    else
        QVERIFY2(found.filter(code).size() == 1, qPrintable(found.join(", ")));
}

void tst_Lint::brokenModelDoesNotLoad()
{
    const auto engine = makeOnnxRuntimeEngine();
    const ModelPtr model = modelFromText("g (float[1,4] x) => (float[1,4] y) { y = NoSuchOperator(x) }");
    QCOMPARE(texts(lint(*model, "", engine.get())), QStringList("error does-not-load "));
    QCOMPARE(texts(lint(*model, "")), QStringList());
}

/// Four values do not make rows of three; nothing before the run tells.
void tst_Lint::modelThatDoesNotRun()
{
    const auto engine = makeOnnxRuntimeEngine();
    const ModelPtr model = modelFromText(R"(g (float[N,4] x) => (float[M,3] y)
        <float s = {0.5}, uint8 o = {128}, int64[2] shape = {-1, 3}>
        { q = QuantizeLinear(x, s, o)  d = DequantizeLinear(q, s, o)  y = Reshape(d, shape) })");
    QCOMPARE(texts(lint(*model, "", engine.get())), QStringList("warning does-not-run "));
}

/// More than protobuf's 31 bits count. The memory is taken for a moment only.
void tst_Lint::fileOverTwoGiB()
{
    const auto codes = [](std::size_t bytes) {
        auto proto = std::make_unique<onnx::ModelProto>(
            protoFromText("g (float[1,4] x) => (float[1,4] y) { y = Relu(x) }"));
        onnx::TensorProto &tensor = *proto->mutable_graph()->add_initializer();
        tensor.set_name("w");
        tensor.set_data_type(onnx::TensorProto::INT8);
        tensor.add_dims(static_cast<std::int64_t>(bytes));
        tensor.mutable_raw_data()->resize(bytes);
        return texts(lint(**Model::create(std::move(proto)), ""));
    };
    QCOMPARE(codes(std::size_t {1} << 20), QStringList());
    QCOMPARE(codes(std::size_t {1} << 31), QStringList("error file-too-large "));
}

/// onnx.proto: int4 and uint4 came with IR version 10, float8 with 9.
void tst_Lint::irVersionOfTypes()
{
    const auto model = [](DType type, std::int64_t irVersion) {
        auto proto = std::make_unique<onnx::ModelProto>(protoFromText(
            R"(<ir_version: 10, opset_import: ["" : 21]> g (float[1,4] x) => (float[1,4] y) <float s = {0.5}>
            { [sum] d = DequantizeLinear(w, s)  [out] y = Add(x, d) })"));
        proto->set_ir_version(irVersion);
        onnx::TensorProto &tensor = *proto->mutable_graph()->add_initializer();
        tensor.set_name("w");
        tensor.set_data_type(static_cast<int>(type));
        tensor.add_dims(4);
        tensor.set_raw_data(type == DType::Float8E4M3FN ? std::string(4, '\x38') : std::string(2, '\x21'));
        return *Model::create(std::move(proto));
    };
    QCOMPARE(texts(lint(*model(DType::Int4, 10), "")), QStringList());
    QCOMPARE(texts(lint(*model(DType::Int4, 9), "")), QStringList("warning ir-too-old out"));
    QCOMPARE(texts(lint(*model(DType::UInt4, 9), "")), QStringList("warning ir-too-old out"));
    QCOMPARE(texts(lint(*model(DType::Float8E4M3FN, 9), "")), QStringList());
    QCOMPARE(texts(lint(*model(DType::Float8E4M3FN, 8), "")), QStringList("warning ir-too-old out"));
}

void tst_Lint::islands_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("findings");
    using L = QStringList;
    QTest::newRow("sound") << QByteArray(kSound) << L {};
    // Two kernels of integers with a Tanh between them, which has none.
    QTest::newRow("island") << changed(
        {{"[pool] p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (rd)", "[tanh] p = Tanh(rd)"},
         {"=> (float[1,2,2,2] y)", "=> (float[1,2,4,4] y)"}})
                            << L {"info float-island tanh"};
    QTest::newRow("idle pair") << QByteArray(R"(g (float[1,4] x) => (float[1,4] y)
<float s = {0.5}, uint8 o = {128}>
{ [first] t = Tanh(x) q = QuantizeLinear(t, s, o) d = DequantizeLinear(q, s, o) [second] y = Tanh(d) })")
                               << L {"warning idle-pair first"};
    QTest::newRow("not fused") << changed({{"{0.125, 0.0625}", "{0.125, 0.0675}"}})
                               << L {"error bias-scale conv", "warning not-fused conv"};
    QTest::newRow("not fused with its Relu")
        << changed({{"uint8 yz = {0}", "uint8 yz = {128}"}})
        << L {"warning clipping-not-absorbed conv", "warning not-fused conv"};
}

void tst_Lint::islands()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, findings);
    if (QByteArray(QTest::currentDataTag()) == "not fused" && isRuntimeOlderThan(30))
        QSKIP("an older ONNX Runtime fuses a bias of another scale, and computes nonsense");
    const auto engine = makeOnnxRuntimeEngine();
    QStringList found = texts(lint(*modelFromText(text.constData()), "x86-vnni", engine.get()));
    found.sort();
    QVERIFY2(found == findings, qPrintable(found.join(QStringLiteral("; "))));
}

void tst_Lint::exportsAreClean_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("strategy");
    QTest::addColumn<bool>("isResidual");
    for (const Target &target : builtinTargets().all()) {
        const QString id = QString::fromStdString(target.id);
        QTest::addRow("%s static", target.id.c_str()) << id << QStringLiteral("static") << false;
        QTest::addRow("%s static residual", target.id.c_str()) << id << QStringLiteral("static") << true;
        if (!target.dynamicOps.empty())
            QTest::addRow("%s dynamic", target.id.c_str()) << id << QStringLiteral("dynamic") << false;
    }
}

void tst_Lint::exportsAreClean()
{
    QFETCH(QString, target);
    QFETCH(QString, strategy);
    QFETCH(bool, isResidual);
    const ModelPtr source = isResidual ? modelFromText(kResidual) : test::makeTinyCnn();
    const auto made = quantizeModel(source, syntheticRecipe(target.toStdString(), strategy.toStdString()));
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().message().c_str());
    const auto engine = makeOnnxRuntimeEngine();
    QStringList problems
        = texts(lint(*(*made)->model, target.toUtf8().constData(), engine.get(), source.get()));
    // The tiny network has an open batch, which no strategy can close.
    problems.removeIf([](const QString &text) {
        return text.startsWith("info") || text == QLatin1String("warning open-shapes image");
    });
    QCOMPARE(problems, QStringList());
}

void tst_Lint::quantizeTellsWhatItFinds()
{
    // A Tanh between two integer layers: known only from what the runtime made of it.
    const ModelPtr source = modelFromText(R"(g (float[1,3,4,4] x) => (float[1,3,4,4] y)
        <float[3,3,1,1] w = {1, 2, 3, -4, 5, 6, 2, -2, 1}, float[3,3,1,1] v = {1, 0, 0, 0, 1, 0, 0, 0, 1}>
        { [first] t = Conv(x, w) [tanh] u = Tanh(t) [second] y = Conv(u, v) })");
    const auto made = quantizeModel(source, syntheticRecipe("x86-vnni"));
    QVERIFY(made.ok());
    QVERIFY(texts((*made)->findings).contains("info float-island tanh"));
}

void tst_Lint::damagedTensors()
{
    auto proto = std::make_unique<onnx::ModelProto>(protoFromText(kSound));
    for (auto &tensor : *proto->mutable_graph()->mutable_initializer()) {
        tensor.clear_float_data();
        tensor.clear_int32_data();
        tensor.set_raw_data("x");
    }
    const ModelPtr model = *Model::create(std::move(proto));
    const QStringList found = texts(lint(*model, "x86-avx2", makeOnnxRuntimeEngine().get()));
    QVERIFY(found.contains("error damaged-tensor conv"));
    QVERIFY2(found.filter("does-not-load").size() == 1, qPrintable(found.join(", ")));
}

void tst_Lint::strangeModels_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QByteArray &text) { QTest::newRow(name) << text; };
    row("float", "g (float[1,4] x) => (float[1,4] y) { y = Relu(x) }");
    row("scale that is computed",
        "g (float[1,4] x, float s) => (float[1,4] y) <uint8 o = {1}> { r = Relu(s) q = QuantizeLinear(x, r, "
        "o) y = DequantizeLinear(q, r, o) }");
    row("zero point that is computed",
        "g (float[1,4] x) => (float[1,4] y) <float s = {1}> { q, t, z = DynamicQuantizeLinear(x) y = "
        "DequantizeLinear(q, s, z) }");
    row("quantizers in a row",
        "g (float[1,4] x) => (float[1,4] y) <float s = {1}> { q = QuantizeLinear(x, s) d = "
        "DequantizeLinear(q, s) e = QuantizeLinear(d, s) y = DequantizeLinear(e, s) }");
    row("no inputs", "g (float[1,4] x) => (float[1,4] y) { q = QuantizeLinear() y = Relu(x) }");
    row("no scale", "g (float[1,4] x) => (float[1,4] y) { q = QuantizeLinear(x) y = DequantizeLinear(q) }");
    row("empty scales",
        "g (float[1,4] x) => (float[1,4] y) <float[0] s = {}, uint8[0] o = {}> { q = QuantizeLinear(x, s, o) "
        "y = DequantizeLinear(q, s, o) }");
    row("text for a scale",
        "g (float[1,4] x) => (float[1,4] y) <string s = {\"a\"}> { q = QuantizeLinear(x, s) y = "
        "DequantizeLinear(q, s) }");
    row("weights of rank 0 and 1",
        "g (float[4] x) => (float y) <float[2] s = {1, 2}, int8 v = {3}, int8[4] w = {1, 2, 3, 4}> { a = "
        "DequantizeLinear <axis = -7> (w, s) b = DequantizeLinear <axis = 9> (v, s) c = MatMul(x, a) d = "
        "Conv(c, b, b) y = Gemm(d, a, b) }");
    row("huge axis",
        "g (float[4] x) => (float[4] y) <float[2] s = {1, 2}, int8[4] w = {1, 2, 3, 4}> { a = "
        "DequantizeLinear <axis = -9223372036854775807> (w, s) y = Add(x, a) }");
    row("integer operators without inputs",
        "g (float[4] x) => (float[4] y) { a = QLinearConv() b = MatMulInteger() c = QLinearConv(x, x, x) y = "
        "Relu(x) }");
    row("concat of nothing",
        "<ir_version: 8, opset_import: [\"\" : 13, \"com.microsoft\" : 1]> g (float[4] x) => (float[4] y) { "
        "a = com.microsoft.QLinearConcat(x) b = com.microsoft.QLinearConcat(x, x, x) y = Relu(x) }");
    row("4 bits in blocks",
        "<ir_version: 10, opset_import: [\"\" : 21, \"com.microsoft\" : 1]> g (float[1,32] x) => (float[1,2] "
        "y) <uint8[2,1,16] w, float[2] s = {1, 2}> { y = com.microsoft.MatMulNBits <K = 32, N = 2, bits = 4, "
        "block_size = 32> (x, w, s) }");
    row("batch normalization of nothing",
        "g (float[1,4] x) => (float[1,4] y) { a = BatchNormalization(x) y = Clip(x) }");
    row("sub-graph",
        "g (bool c, float[4] x) => (float[4] y) { y = If (c) <then_branch = a () => (float[4] r) <float s = "
        "{1}> { q = QuantizeLinear(x, s) r = DequantizeLinear(q, s) }, else_branch = b () => (float[4] r) { "
        "r = Relu(x) }> }");
}

void tst_Lint::strangeModels()
{
    QFETCH(QByteArray, text);
    const ModelPtr model = modelFromText(text.constData());
    const auto engine = makeOnnxRuntimeEngine();
    for (const Target &target : builtinTargets().all()) {
        for (const Finding &finding : lint(*model, target.id.c_str(), engine.get(), model.get())) {
            QVERIFY(!finding.code.empty());
            QVERIFY(!finding.detail.empty());
        }
    }
}

void tst_Lint::stops()
{
    std::stop_source stop;
    stop.request_stop();
    JobContext job(stop.get_token(), {});
    QVERIFY_EXCEPTION_THROWN(lintModel(*modelFromText(kSound), {}, job), Cancelled);
}

QTEST_GUILESS_MAIN(tst_Lint)
#include "tst_lint.moc"
