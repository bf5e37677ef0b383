// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointview.h"
#include "core/llm/gguf.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufpreview.h"
#include "core/llm/llmstrategy.h"
#include "tests/support/tinyllama.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <regex>

using namespace qs;

namespace {

constexpr auto kFirst = TensorPlace::kBeforeLayers;
constexpr auto kLast = TensorPlace::kAfterLayers;

/// A header with only what patterns and places ask for.
GgufHeader headerOf(const std::vector<std::string> &names)
{
    GgufHeader header;
    header.set("general.architecture", std::string("llama"));
    for (const std::string &name : names)
        header.tensors.push_back({.name = name, .type = GgmlType::F16, .shape = {256, 256}});
    return header;
}

const std::vector<std::string> kNames {
    "token_embd.weight",        "blk.0.attn_q.weight",  "blk.0.attn_output.weight",  "blk.1.attn_q.weight",
    "blk.1.attn_output.weight", "blk.10.attn_q.weight", "blk.10.attn_output.weight", "output.weight"};

QStringList matches(const std::string &pattern, const GgufHeader &header)
{
    QStringList found;
    for (const GgufTensorInfo &tensor : header.tensors)
        if (std::regex_search(tensor.name, std::regex(pattern)))
            found << QString::fromStdString(tensor.name);
    return found;
}

ParamSet ggufParameters(const std::string &type, const std::string &rules = {})
{
    ParamSet set(builtinLlmStrategies().find("gguf")->params);
    if (!set.set("type", type).ok() || !set.set("tensor_types", rules).ok())
        qFatal("no such parameters");
    return set;
}

}

class TestTensorGrid : public QObject
{
    Q_OBJECT

private slots:
    void namesHavePlaces_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("isGemma");
        QTest::addColumn<qint64>("layer");
        QTest::addColumn<QString>("kind");
        const auto row = [](const char *name, std::int64_t layer, const char *kind, bool isGemma = false) {
            QTest::addRow("%s%s", isGemma ? "gemma " : "", name) << name << isGemma << qint64(layer) << kind;
        };
        row("model.embed_tokens.weight", kFirst, "vocabulary");
        row("token_embd.weight", kFirst, "vocabulary");
        row("lm_head.weight", kLast, "vocabulary");
        row("output.weight", kLast, "vocabulary");
        row("model.norm.weight", kLast, "attn_norm");
        row("output_norm.weight", kLast, "attn_norm");
        row("model.layers.12.self_attn.q_proj.weight", 12, "q");
        row("model.layers.12.self_attn.q_proj.bias", 12, "q");
        row("blk.12.attn_q.weight", 12, "q");
        row("blk.3.attn_q_norm.weight", 3, "q_norm");
        row("blk.3.attn_output.weight", 3, "o");
        row("model.layers.0.mlp.down_proj.weight", 0, "down");
        row("blk.0.ffn_down.weight", 0, "down");
        row("model.layers.2.mlp.gate_up_proj.weight", 2, "up"); // as in Phi-3's GGUF files
        row("blk.2.ffn_up.weight", 2, "up");
        row("model.layers.1.block_sparse_moe.experts.7.w2.weight", 1, "down");
        row("model.layers.1.post_attention_layernorm.weight", 1, "ffn_norm");
        row("model.layers.1.post_attention_layernorm.weight", 1, "post_attn_norm", true);
        row("model.layers.1.pre_feedforward_layernorm.weight", 1, "ffn_norm", true);
        row("model.layers.4.self_attn.surprise.weight", 4, "self_attn.surprise");
        row("rope_freqs.weight", kLast, "rope_freqs");
        row("model.layers.x.mlp.up_proj.weight", kLast, "model.layers.x.mlp.up_proj");
    }

    void namesHavePlaces()
    {
        QFETCH(QString, name);
        QFETCH(bool, isGemma);
        QFETCH(qint64, layer);
        QFETCH(QString, kind);
        const TensorPlace place = tensorPlaceOf(name.toStdString(), isGemma);
        QCOMPARE(qint64(place.layer), layer);
        QCOMPARE(QString::fromStdString(place.kind), kind);
    }

    void rowsAndColumnsAreInOrder()
    {
        CheckpointView view;
        for (const char *name :
             {"lm_head.weight", "model.layers.10.mlp.down_proj.weight",
              "model.layers.2.self_attn.q_proj.weight", "model.layers.2.self_attn.q_proj.bias",
              "model.embed_tokens.weight", "model.norm.weight"})
            view.tensors.push_back({name, "float16", {4, 4}, 32, false, {name}});
        view.tensors[3].shape = {4}; // the bias
        view.tensors[3].byteSize = 8;
        WeightDrift drift;
        WeightError error;
        error.name = "model.layers.2.self_attn.q_proj.weight";
        error.squares = 100;
        error.errors = 1;
        drift.tensors = {error};
        const TensorGrid grid = makeTensorGrid(view, &drift);
        QCOMPARE(grid.layers, (std::vector<std::int64_t> {kFirst, 2, 10, kLast}));
        QCOMPARE(grid.kinds, (std::vector<std::string> {"vocabulary", "attn_norm", "q", "down"}));
        const TensorCell *q = grid.find({2, "q"});
        QVERIFY(q);
        QCOMPARE(q->names.size(), std::size_t(2));
        QCOMPARE(q->names.front(), std::string("model.layers.2.self_attn.q_proj.weight"));
        QCOMPARE(q->elements, std::int64_t(20));
        QCOMPARE(q->byteSize, std::uint64_t(40));
        QCOMPARE(q->bitsPerWeight(), 16.0);
        QVERIFY(q->isMatrix());
        QCOMPARE(*q->sqnrDb, 20.0); // 10 log10(100 / 1)
        QVERIFY(!grid.find({10, "down"})->sqnrDb);
        QVERIFY(!grid.find({10, "q"}));
    }

    void patternsMatchJustWhatWasChosen()
    {
        const GgufHeader header = headerOf(kNames);
        const auto column = patternsFor({{0, "q"}, {1, "q"}, {10, "q"}}, header);
        QCOMPARE(column.size(), std::size_t(1));
        QCOMPARE(matches(column.front(), header),
                 (QStringList {"blk.0.attn_q.weight", "blk.1.attn_q.weight", "blk.10.attn_q.weight"}));
        const auto one = patternsFor({{1, "q"}}, header);
        QCOMPARE(one.size(), std::size_t(1));
        QCOMPARE(matches(one.front(), header), QStringList {"blk.1.attn_q.weight"}); // not layer 10
        const auto some = patternsFor({{1, "o"}, {10, "o"}}, header);
        QCOMPARE(matches(some.front(), header),
                 (QStringList {"blk.1.attn_output.weight", "blk.10.attn_output.weight"}));
        const auto outside = patternsFor({{kLast, "vocabulary"}}, header);
        QCOMPARE(matches(outside.front(), header), QStringList {"output.weight"}); // not attn_output
        GgufHeader norms = headerOf({"blk.0.attn_norm.weight"});
        norms.tensors.front().shape = {256};
        QVERIFY(patternsFor({{0, "attn_norm"}}, norms).empty());
    }

    void rulesAreSaidAnew()
    {
        const GgufHeader header = headerOf(kNames);
        const auto changed
            = [&](const char *before, const std::set<TensorPlace> &places, std::optional<GgmlType> type) {
                  const auto rules = parseGgufTypeRules(before);
                  const auto result = changedTypeRules(*rules, places, type, header);
                  return result.ok() ? toText(*result) : result.error().message();
              };
        QCOMPARE(changed("", {{0, "q"}}, GgmlType::Q6_K), std::string("^blk\\.0\\.attn_q\\.=Q6_K"));
        // A column, then one of it otherwise: the column's rule gives way to one for the rest.
        QCOMPARE(changed("\\.attn_q\\.=Q6_K", {{1, "q"}}, GgmlType::Q8_0),
                 std::string("^blk\\.1\\.attn_q\\.=Q8_0,^blk\\.(0|10)\\.attn_q\\.=Q6_K"));
        QCOMPARE(changed("attn_q=Q6_K,output=Q8_0", {{0, "q"}, {1, "q"}, {10, "q"}}, std::nullopt),
                 std::string("^output\\.=Q8_0,\\.attn_output\\.=Q8_0"));
        QVERIFY(changed("((=Q6_K", {{0, "q"}}, GgmlType::Q8_0).find("((") != std::string::npos);
        QVERIFY(!parseGgufTypeRules("attn_v").ok());
        QVERIFY(!parseGgufTypeRules("attn_v=Q9").ok());
        QVERIFY(!parseGgufTypeRules("=Q6_K").ok());
    }

    /// What is told beforehand is what the strategy then writes.
    void thePreviewIsWhatIsWritten()
    {
        QTemporaryDir folder;
        const auto model = test::makeTinyLlama(folder.filePath("model").toStdString());
        JobContext job;
        const auto source = openHfFolder(model, job);
        QVERIFY(source.ok());
        for (const ParamSet &parameters :
             {ggufParameters("Q8_0"), ggufParameters("Q4_0", "ffn_down=Q5_0,^output=F16")}) {
            const auto preview = previewGguf((*source)->header(), parameters, false);
            QVERIFY(preview.ok());
            const std::filesystem::path out = folder.filePath("out.gguf").toStdString();
            QVERIFY(builtinLlmStrategies().find("gguf")->run({model, out, parameters, {}, 1}, job).ok());
            const auto file = GgufFile::open(out);
            QVERIFY(file.ok());
            QCOMPARE(preview->types.size(), (*file)->header().tensors.size());
            for (const GgufTensorInfo &tensor : (*file)->header().tensors)
                QVERIFY2(preview->types.at(tensor.name) == tensor.type, tensor.name.c_str());
            // Two entries of metadata are made only when it is written.
            QVERIFY(std::abs(double(preview->byteSize) - double((*file)->byteSize())) <= 128);
        }
        QVERIFY(!previewGguf((*source)->header(), ggufParameters("Q8_0", "nothing=Q4_0"), false).ok());
    }

    void aSizeToKeepToIsThePrediction()
    {
        ParamSet parameters = ggufParameters("Q8_0");
        if (!parameters.contains("bits_per_weight"))
            QSKIP("the strategy keeps to no size");
        QVERIFY(parameters.set("bits_per_weight", 4.5).ok());
        GgufHeader header = headerOf({"token_embd.weight", "output.weight"});
        const auto preview = previewGguf(header, parameters, false);
        QVERIFY(preview.ok());
        QCOMPARE(preview->bitsPerWeight, 4.5);
        QVERIFY(preview->types.empty());
        const double bytes = 2 * 256 * 256 * 4.5 / 8;
        QVERIFY(double(preview->byteSize) >= bytes && double(preview->byteSize) < bytes + 1024);
    }
};

QTEST_GUILESS_MAIN(TestTensorGrid)
#include "tst_tensorgrid.moc"
