// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufmix.h"

#include <QtTest>

#include <map>

using namespace qs;

namespace {

struct Shape4
{
    std::uint32_t layers = 4;
    std::uint32_t heads = 32;
    std::uint32_t keyHeads = 8;
    std::int64_t width = 512;
    bool isTied = false;
};

GgufHeader modelOf(const Shape4 &shape)
{
    GgufHeader header;
    header.metadata = {{"general.architecture", std::string("llama")},
                       {"llama.block_count", shape.layers},
                       {"llama.attention.head_count", shape.heads},
                       {"llama.attention.head_count_kv", shape.keyHeads}};
    const auto add = [&](const std::string &name, Shape extents) {
        header.tensors.push_back({name, GgmlType::F16, std::move(extents)});
    };
    add("token_embd.weight", {shape.width, 100});
    // Layers in an order that is not theirs: what counts is their number.
    for (std::uint32_t k = 0; k < shape.layers; ++k) {
        const std::string block = "blk." + std::to_string(shape.layers - 1 - k) + ".";
        for (const char *name :
             {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"})
            add(block + name + ".weight", {shape.width, 64});
        add(block + "attn_norm.weight", {shape.width});
        add(block + "attn_q.bias", {64});
        add(block + "ffn_gate_inp.weight", {shape.width, 8});
    }
    add("output_norm.weight", {shape.width});
    if (!shape.isTied)
        add("output.weight", {shape.width, 100});
    return header;
}

/// Names of types by tensor; the error's line under "" when there is one.
std::map<std::string, std::string> typesOf(const GgufHeader &header, const char *mix,
                                           const GgufMixOptions &options = {})
{
    const auto choices = chooseGgufTypes(header, **requireGgufMix(mix), options);
    if (!choices.ok())
        return {{"", choices.error().message()}};
    std::map<std::string, std::string> types;
    for (std::size_t i = 0; i < choices->size(); ++i) {
        types[header.tensors[i].name] = ggmlTraits((*choices)[i].type).name;
        if ((*choices)[i].reason.empty())
            types[header.tensors[i].name] += " without a reason";
    }
    return types;
}

/// Layers whose \a matrix is of \a type, e.g. "0 1 3".
std::string layersOf(const std::map<std::string, std::string> &types, const char *matrix, const char *type,
                     int layers)
{
    std::string found;
    for (int i = 0; i < layers; ++i) {
        if (types.at("blk." + std::to_string(i) + "." + matrix + ".weight") == type)
            found += (found.empty() ? "" : " ") + std::to_string(i);
    }
    return found;
}

} // namespace

class tst_GgufMix : public QObject
{
    Q_OBJECT
private slots:
    void layersWithMoreBits_data();
    void layersWithMoreBits();
    void mixes();
    void output();
    void whatIsKept();
    void smallerBlocks();
    void largeModelsWithSharedKeys();
    void rules();
    void names();
};

void tst_GgufMix::layersWithMoreBits_data()
{
    QTest::addColumn<int>("layers");
    QTest::addColumn<QString>("expected");
    // From the description of the rules, for the layer counts of common models.
    QTest::newRow("32") << 32 << "0 1 2 3 6 9 12 15 18 21 24 27 28 29 30 31";
    QTest::newRow("22") << 22 << "0 1 4 7 10 13 16 19 20 21";
    QTest::newRow("16") << 16 << "0 1 4 7 10 13 14 15";
    QTest::newRow("28") << 28 << "0 1 2 5 8 11 14 17 20 23 24 25 26 27";
}

void tst_GgufMix::layersWithMoreBits()
{
    QFETCH(int, layers);
    QFETCH(QString, expected);
    for (const char *mix : {"Q4_K_M", "Q5_K_M"}) {
        const auto types = typesOf(modelOf({static_cast<std::uint32_t>(layers)}), mix);
        QCOMPARE(layersOf(types, "attn_v", "Q6_K", layers), expected.toStdString());
        QCOMPARE(layersOf(types, "ffn_down", "Q6_K", layers), expected.toStdString());
    }
}

void tst_GgufMix::mixes()
{
    const GgufHeader model = modelOf({32});
    auto types = typesOf(model, "Q4_K_S");
    QCOMPARE(layersOf(types, "attn_v", "Q5_K", 32), std::string("0 1 2 3"));
    QCOMPARE(layersOf(types, "ffn_down", "Q5_K", 32), std::string("0 1 2 3"));
    QCOMPARE(types["blk.9.attn_q.weight"], std::string("Q4_K"));
    types = typesOf(model, "Q3_K_M");
    QCOMPARE(layersOf(types, "attn_v", "Q5_K", 32), std::string("0 1"));
    QCOMPARE(layersOf(types, "ffn_down", "Q5_K", 32), std::string("0 1"));
    QCOMPARE(types["blk.9.ffn_down.weight"], std::string("Q4_K"));
    QCOMPARE(types["blk.9.attn_output.weight"], std::string("Q4_K"));
    QCOMPARE(types["blk.9.ffn_up.weight"], std::string("Q3_K"));
    types = typesOf(model, "Q3_K_L");
    for (const char *name : {"attn_v", "attn_output", "ffn_down"})
        QCOMPARE(types["blk.9." + std::string(name) + ".weight"], std::string("Q5_K"));
    types = typesOf(model, "Q2_K");
    QCOMPARE(types["blk.9.attn_v.weight"], std::string("Q4_K")); // four heads share a key
    QCOMPARE(types["blk.9.ffn_down.weight"], std::string("Q3_K"));
    QCOMPARE(types["blk.9.attn_k.weight"], std::string("Q2_K"));
    QCOMPARE(typesOf(modelOf({32, 32, 16}), "Q2_K")["blk.9.attn_v.weight"], std::string("Q3_K"));
    GgufMixOptions weighted;
    weighted.hasImportance = true;
    types = typesOf(model, "Q4_0", weighted);
    QCOMPARE(layersOf(types, "ffn_down", "Q4_1", 32), std::string("0 1 2 3"));
    QCOMPARE(layersOf(typesOf(model, "Q4_0"), "ffn_down", "Q4_1", 32), std::string());
    types = typesOf(model, "Q5_0", weighted);
    QCOMPARE(layersOf(types, "ffn_down", "Q5_1", 32), std::string("0 1 2 3"));
    GgufMixOptions pure;
    pure.isPure = true;
    types = typesOf(model, "Q4_K_M", pure);
    QCOMPARE(types["output.weight"], std::string("Q4_K"));
    QCOMPARE(types["blk.0.attn_v.weight"], std::string("Q4_K"));
}

void tst_GgufMix::output()
{
    for (const char *mix : {"Q2_K", "Q4_K_M", "Q4_0", "Q5_1", "Q6_K"}) {
        QCOMPARE(typesOf(modelOf({}), mix)["output.weight"], std::string("Q6_K"));
        Shape4 tied;
        tied.isTied = true;
        QCOMPARE(typesOf(modelOf(tied), mix)["token_embd.weight"], std::string("Q6_K"));
    }
    QCOMPARE(typesOf(modelOf({}), "Q4_K_M")["token_embd.weight"], std::string("Q4_K"));
    QCOMPARE(typesOf(modelOf({}), "Q8_0")["output.weight"], std::string("Q8_0"));
    QCOMPARE(typesOf(modelOf({}), "F16")["output.weight"], std::string("F16"));
}

void tst_GgufMix::whatIsKept()
{
    for (const GgufMix &mix : ggufMixes()) {
        auto types = typesOf(modelOf({}), std::string(mix.name).c_str());
        for (const char *name : {"blk.0.attn_norm.weight", "blk.0.attn_q.bias", "blk.0.ffn_gate_inp.weight",
                                 "output_norm.weight"})
            QCOMPARE(types[name], std::string("F16")); // as it was
    }
}

void tst_GgufMix::smallerBlocks()
{
    Shape4 shape;
    shape.width = 288; // 9 blocks of 32
    auto types = typesOf(modelOf(shape), "Q4_K_M");
    QCOMPARE(types["blk.1.attn_q.weight"], std::string("Q5_0"));
    QCOMPARE(types["blk.3.ffn_down.weight"], std::string("Q8_0"));
    QCOMPARE(types["output.weight"], std::string("Q8_0"));
    QCOMPARE(typesOf(modelOf(shape), "Q5_K_S")["blk.1.attn_q.weight"], std::string("Q5_1"));
    QCOMPARE(typesOf(modelOf(shape), "Q3_K_S")["blk.1.attn_q.weight"], std::string("Q4_0"));
    QCOMPARE(typesOf(modelOf(shape), "Q4_0")["blk.1.attn_q.weight"], std::string("Q4_0"));
    shape.width = 80;
    for (const char *mix : {"Q4_K_M", "Q4_0", "Q8_0"})
        QCOMPARE(typesOf(modelOf(shape), mix)["blk.1.attn_q.weight"], std::string("F16"));
}

void tst_GgufMix::largeModelsWithSharedKeys()
{
    QCOMPARE(typesOf(modelOf({80, 64, 8}), "Q4_K_S")["blk.40.attn_v.weight"], std::string("Q5_K"));
    QCOMPARE(typesOf(modelOf({80, 64, 64}), "Q4_K_S")["blk.40.attn_v.weight"], std::string("Q4_K"));
    GgufHeader experts = modelOf({8});
    experts.set("llama.expert_count", std::uint32_t {8});
    auto types = typesOf(experts, "Q4_K_M");
    QCOMPARE(types["blk.4.attn_v.weight"], std::string("Q8_0"));
    QCOMPARE(types["blk.4.attn_k.weight"], std::string("Q8_0"));
    QCOMPARE(types["blk.4.attn_output.weight"], std::string("Q5_K"));
}

void tst_GgufMix::rules()
{
    GgufMixOptions options;
    options.rules
        = {{R"(blk\.[01]\.ffn_)", GgmlType::Q8_0}, {"ffn_", GgmlType::Q2_K}, {"^output", GgmlType::F32}};
    auto types = typesOf(modelOf({}), "Q4_K_M", options);
    QCOMPARE(types["blk.1.ffn_down.weight"], std::string("Q8_0")); // the first rule decides
    QCOMPARE(types["blk.2.ffn_down.weight"], std::string("Q2_K"));
    QCOMPARE(types["output.weight"], std::string("F32"));
    QCOMPARE(types["output_norm.weight"], std::string("F16")); // norms stay
    QCOMPARE(types["blk.1.attn_q.weight"], std::string("Q4_K"));
    const auto error = [&](const char *pattern, GgmlType type = GgmlType::Q8_0) {
        GgufMixOptions bad;
        bad.rules = {{pattern, type}};
        return QString::fromStdString(typesOf(modelOf({}), "Q4_K_M", bad)[""]);
    };
    QVERIFY(error("blk.(").contains("no regular expression"));
    QVERIFY(error("blk.99.").contains("decides on no tensor"));
    QVERIFY(error("output_norm").contains("decides on no tensor"));
    QVERIFY(error("ffn", static_cast<GgmlType>(20)).contains("IQ4_NL cannot be written"));
    QVERIFY(error("ffn").isEmpty());
}

void tst_GgufMix::names()
{
    // llama.h, enum llama_ftype.
    const std::pair<const char *, std::uint32_t> types[]
        = {{"f32", 0},     {"F16", 1},     {"Q4_0", 2},    {"Q4_1", 3},    {"Q8_0", 7},    {"Q5_0", 8},
           {"Q5_1", 9},    {"q2_k", 10},   {"Q3_K_S", 11}, {"Q3_K_M", 12}, {"Q3_K_L", 13}, {"Q4_K_S", 14},
           {"q4_k_m", 15}, {"Q5_K_S", 16}, {"Q5_K_M", 17}, {"Q6_K", 18},   {"BF16", 32}};
    QCOMPARE(std::size(types), ggufMixes().size());
    for (const auto &[name, number] : types) {
        const auto mix = requireGgufMix(name);
        QVERIFY(mix.ok());
        QCOMPARE((*mix)->fileType, number);
    }
    const auto unknown = requireGgufMix("Q4_K_XL");
    QVERIFY(!unknown.ok());
    QVERIFY(QString::fromStdString(unknown.error().message()).contains("Q4_K_M, Q4_K_S"));
}

QTEST_APPLESS_MAIN(tst_GgufMix)
#include "tst_ggufmix.moc"
