// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufhparams.h"
#include "core/llm/ggufnames.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/gguftokenizer.h"
#include "core/llm/safetensorswriter.h"

#include <QtTest>

#include <QTemporaryDir>

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

using namespace qs;
using namespace std::string_literals;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

/// A Llama of one layer: width 8, two heads of 4, one key head, four tokens.
Json tinyConfig()
{
    return {{"architectures", {"LlamaForCausalLM"}},
            {"hidden_size", 8},
            {"intermediate_size", 6},
            {"num_hidden_layers", 1},
            {"num_attention_heads", 2},
            {"num_key_value_heads", 1},
            {"max_position_embeddings", 32},
            {"rms_norm_eps", 1e-5},
            {"rope_theta", 5000.0},
            {"bos_token_id", 1},
            {"eos_token_id", {2, 3}}};
}

Json tinyTokenizer()
{
    return {{"pre_tokenizer", {{"type", "ByteLevel"}, {"use_regex", true}}},
            {"added_tokens", {{{"id", 2}, {"content", "<end>"}, {"special", true}}}},
            {"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"<end>", 2}}}, {"merges", {"a b"}}}}};
}

/// Element [r][c] of the tensor is 100 r + c.
Tensor counted(Shape shape)
{
    const std::int64_t columns = shape.size() > 1 ? shape[1] : 1;
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        values[i] = static_cast<float>(100 * (at / columns) + at % columns);
    }
    return Tensor::fromFloats(std::move(shape), values);
}

std::vector<NamedTensor> tinyTensors()
{
    const std::string layer = "model.layers.0.";
    return {{"model.embed_tokens.weight", counted({4, 8})},
            {"model.norm.weight", counted({8})},
            {"lm_head.weight", counted({4, 8})},
            {layer + "input_layernorm.weight", counted({8})},
            {layer + "post_attention_layernorm.weight", counted({8})},
            {layer + "self_attn.q_proj.weight", counted({8, 8})},
            {layer + "self_attn.q_proj.bias", counted({8})},
            {layer + "self_attn.k_proj.weight", counted({4, 8})},
            {layer + "self_attn.v_proj.weight", counted({4, 8})},
            {layer + "self_attn.o_proj.weight", counted({8, 8})},
            {layer + "self_attn.rotary_emb.inv_freq", counted({2})},
            {layer + "mlp.gate_proj.weight", counted({6, 8})},
            {layer + "mlp.up_proj.weight", counted({6, 8})},
            {layer + "mlp.down_proj.weight", counted({8, 6})}};
}

class Folder
{
public:
    Folder()
    {
        write("config.json", tinyConfig().dump());
        write("tokenizer.json", tinyTokenizer().dump());
        writeTensors(tinyTensors());
    }
    fs::path path() const { return m_folder.path().toStdString(); }
    void write(const char *name, const std::string &bytes) const
    {
        if (!writeFileAtomically(path() / name, bytes).ok())
            qFatal("cannot write");
    }
    void writeTensors(const std::vector<NamedTensor> &tensors) const
    {
        if (!writeSafetensors(path() / "model.safetensors", tensors).ok())
            qFatal("cannot write");
    }
    QString error() const
    {
        JobContext job;
        const auto source = openHfFolder(path(), job);
        return source.ok() ? QString("no error") : QString::fromStdString(source.error().message());
    }

private:
    QTemporaryDir m_folder;
};

std::vector<float> valuesOf(const GgufSource &source, const char *name)
{
    const GgufTensorInfo *info = source.header().findTensor(name);
    if (!info)
        return {};
    std::vector<float> values(static_cast<std::size_t>(info->elements()));
    if (!source.rows(*info, 0, info->rows(), values).ok())
        return {};
    return values;
}

std::string field(int number, const std::string &bytes)
{
    return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + bytes;
}
/// A piece of a SentencePiece model.
std::string piece(const std::string &text, float score, int kind = 0)
{
    std::string inner = field(1, text) + "\x15" + std::string(reinterpret_cast<const char *>(&score), 4);
    if (kind > 0)
        inner += "\x18"s + static_cast<char>(kind);
    return field(1, inner);
}

template <typename T> std::vector<T> arrayOf(const GgufHeader &header, const char *key)
{
    const auto *array = header.get<GgufArray>(key);
    const auto *items = array ? std::get_if<std::vector<T>>(&array->items) : nullptr;
    return items ? *items : std::vector<T> {};
}

} // namespace

class tst_GgufConvert : public QObject
{
    Q_OBJECT
private slots:
    void metadata();
    void tensors();
    void rowsOfHeads();
    void tiedOutput();
    void llama3Scaling();
    void otherArchitectures();
    void stackedExperts();
    void wordRules();
    void sentencePieces();
    void sentencePiecesInJson();
    void paddedVocabulary();
    void refuses_data();
    void refuses();
};

void tst_GgufConvert::metadata()
{
    const Folder folder;
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
    const GgufHeader &header = (*source)->header();
    QCOMPARE(header.architecture(), std::string("llama"));
    const std::pair<const char *, std::uint32_t> numbers[]
        = {{"llama.block_count", 1},           {"llama.context_length", 32},
           {"llama.embedding_length", 8},      {"llama.feed_forward_length", 6},
           {"llama.attention.head_count", 2},  {"llama.attention.head_count_kv", 1},
           {"llama.rope.dimension_count", 4},  {"llama.vocab_size", 4},
           {"tokenizer.ggml.bos_token_id", 1}, {"tokenizer.ggml.eos_token_id", 2}};
    for (const auto &[key, value] : numbers) {
        const auto *found = header.get<std::uint32_t>(key); // llama.cpp refuses any other type
        QVERIFY2(found && *found == value, key);
    }
    QCOMPARE(*header.get<float>("llama.attention.layer_norm_rms_epsilon"), 1e-5F);
    QCOMPARE(*header.get<float>("llama.rope.freq_base"), 5000.F);
    QVERIFY(!header.find("llama.attention.key_length")); // as llama.cpp would work it out
    QCOMPARE(*header.get<std::string>("tokenizer.ggml.model"), std::string("gpt2"));
    QCOMPARE(*header.get<std::string>("tokenizer.ggml.pre"), std::string("gpt-2"));
    QVERIFY(arrayOf<std::string>(header, "tokenizer.ggml.merges") == std::vector<std::string> {"a b"});
}

void tst_GgufConvert::tensors()
{
    const Folder folder;
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY(source.ok());
    std::vector<std::string> names;
    for (const GgufTensorInfo &info : (*source)->header().tensors)
        names.push_back(info.name);
    QVERIFY(names
            == (std::vector<std::string> {
                "token_embd.weight", "blk.0.attn_k.weight", "blk.0.attn_norm.weight",
                "blk.0.attn_output.weight", "blk.0.attn_q.bias", "blk.0.attn_q.weight", "blk.0.attn_v.weight",
                "blk.0.ffn_down.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_norm.weight",
                "blk.0.ffn_up.weight", "output_norm.weight", "output.weight"}));
    QVERIFY((*source)->header().findTensor("blk.0.ffn_down.weight")->shape == (Shape {6, 8}));
    // The file that is made holds what the source says.
    GgufQuantizeOptions options;
    options.mix = *requireGgufMix("F32");
    QVERIFY(quantizeGguf(**source, folder.path() / "x.gguf", options, job).ok());
    const auto file = GgufFile::open(folder.path() / "x.gguf");
    QVERIFY(file.ok());
    const GgufFileSource written(*file);
    for (const std::string &name : names)
        QVERIFY2(valuesOf(**source, name.c_str()) == valuesOf(written, name.c_str()), name.c_str());
}

void tst_GgufConvert::rowsOfHeads()
{
    // Heads of 4 rows: 0 1 2 3 become 0 2 1 3, the two halves next to each other.
    const std::vector<float> order {0, 2, 1, 3, 4, 6, 5, 7};
    for (std::int64_t row = 0; row < 8; ++row)
        QCOMPARE(storedRow(row, 4), static_cast<std::int64_t>(order[static_cast<std::size_t>(row)]));
    const Folder folder;
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY(source.ok());
    const std::vector<float> q = valuesOf(**source, "blk.0.attn_q.weight");
    const std::vector<float> k = valuesOf(**source, "blk.0.attn_k.weight");
    const std::vector<float> bias = valuesOf(**source, "blk.0.attn_q.bias");
    const std::vector<float> v = valuesOf(**source, "blk.0.attn_v.weight");
    for (std::size_t row = 0; row < 8; ++row) {
        QCOMPARE(bias[row], 100 * order[row]);
        for (std::size_t c = 0; c < 8; ++c) {
            QCOMPARE(q[8 * row + c], 100 * order[row] + static_cast<float>(c));
            if (row < 4) {
                QCOMPARE(k[8 * row + c], 100 * order[row] + static_cast<float>(c));
                QCOMPARE(v[8 * row + c], static_cast<float>(100 * row + c));
            }
        }
    }
    // Rows from the middle are the same rows.
    std::vector<float> part(16);
    QVERIFY((*source)->rows(*(*source)->header().findTensor("blk.0.attn_q.weight"), 5, 2, part).ok());
    QVERIFY(std::equal(part.begin(), part.end(), q.begin() + 40));
}

void tst_GgufConvert::tiedOutput()
{
    const Folder folder;
    Json config = tinyConfig();
    config["tie_word_embeddings"] = true;
    folder.write("config.json", config.dump());
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY(source.ok());
    QVERIFY(!(*source)->header().findTensor("output.weight")); // llama.cpp takes the embedding again
}

void tst_GgufConvert::llama3Scaling()
{
    Json config = tinyConfig();
    config["rope_theta"] = 500000.0;
    config["head_dim"] = 16;
    config["rope_scaling"] = {{"rope_type", "llama3"},
                              {"factor", 8.0},
                              {"low_freq_factor", 1.0},
                              {"high_freq_factor", 4.0},
                              {"original_max_position_embeddings", 8192}};
    auto parameters = ggufHyperparameters(config);
    QVERIFY2(parameters.ok(), parameters.ok() ? "" : parameters.error().message().c_str());
    const std::vector<double> expected {1, 1, 1, 1, 2.69453, 8, 8, 8}; // as llama.cpp was seen to want them
    QCOMPARE(parameters->ropeFactors.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY(std::abs(double(parameters->ropeFactors[i]) - expected[i]) < 1e-5);
    GgufHeader header;
    header.metadata = parameters->metadata;
    QCOMPARE(*header.get<std::uint32_t>("llama.attention.key_length"), 16U); // 2 heads of 16 are not 8 wide

    config["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
    parameters = ggufHyperparameters(config);
    QVERIFY(parameters.ok() && parameters->ropeFactors.empty());
    header.metadata = parameters->metadata;
    QCOMPARE(*header.get<std::string>("llama.rope.scaling.type"), std::string("linear"));
    QCOMPARE(*header.get<float>("llama.rope.scaling.factor"), 2.F);
    config["rope_scaling"] = {{"type", "dynamic"}, {"factor", 2.0}};
    QVERIFY(!ggufHyperparameters(config).ok());
}

void tst_GgufConvert::otherArchitectures()
{
    const auto place = [](const char *name, const char *architecture) {
        const auto found = ggufPlaceOf(name, architecture);
        return found.ok() ? found->name + (found->order == RowOrder::AsStored ? "" : " reordered")
                          : found.error().message();
    };
    QCOMPARE(place("model.layers.12.self_attn.k_proj.bias", "qwen2"), std::string("blk.12.attn_k.bias"));
    QCOMPARE(place("model.layers.12.self_attn.k_proj.bias", "llama"),
             std::string("blk.12.attn_k.bias reordered"));
    QCOMPARE(place("model.layers.3.self_attn.q_norm.weight", "qwen3"),
             std::string("blk.3.attn_q_norm.weight"));
    QCOMPARE(place("model.layers.3.self_attn.qkv_proj.weight", "phi3"), std::string("blk.3.attn_qkv.weight"));
    QCOMPARE(place("model.layers.3.mlp.gate_up_proj.weight", "phi3"), std::string("blk.3.ffn_up.weight"));
    QVERIFY(
        QString::fromStdString(place("model.layers.x.mlp.up_proj.weight", "llama")).contains("has no place"));
    QVERIFY(QString::fromStdString(place("model.vision.weight", "llama")).contains("has no place"));
    Json config = tinyConfig();
    for (const auto &[name, id] :
         {std::pair {"MistralForCausalLM", "llama"}, std::pair {"Qwen2ForCausalLM", "qwen2"},
          std::pair {"Qwen3ForCausalLM", "qwen3"}, std::pair {"Phi3ForCausalLM", "phi3"}}) {
        config["architectures"] = {name};
        const auto parameters = ggufHyperparameters(config);
        QVERIFY(parameters.ok());
        QCOMPARE(parameters->architecture, std::string(id));
        QVERIFY(parameters->metadata.front().key.starts_with(std::string(id) + "."));
    }
}

void tst_GgufConvert::stackedExperts()
{
    const Folder folder;
    Json config = tinyConfig();
    config["architectures"] = {"MixtralForCausalLM"};
    config["num_local_experts"] = 2;
    config["num_experts_per_tok"] = 1;
    folder.write("config.json", config.dump());
    std::vector<NamedTensor> tensors;
    for (const NamedTensor &tensor : tinyTensors()) {
        if (tensor.name.find(".mlp.") == std::string::npos)
            tensors.push_back(tensor);
    }
    const std::string moe = "model.layers.0.block_sparse_moe.";
    tensors.push_back({moe + "gate.weight", counted({2, 8})});
    for (const char *w : {"w1", "w3"}) {
        tensors.push_back({moe + "experts.0." + w + ".weight", counted({6, 8})});
        tensors.push_back(
            {moe + "experts.1." + w + ".weight", Tensor::fromFloats({6, 8}, std::vector<float>(48, -1.F))});
    }
    tensors.push_back({moe + "experts.0.w2.weight", counted({8, 6})});
    folder.writeTensors(tensors);
    QVERIFY(folder.error().contains("'blk.0.ffn_down_exps.weight' are not all there"));
    tensors.push_back({moe + "experts.1.w2.weight", counted({8, 6})});
    folder.writeTensors(tensors);
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
    QVERIFY((*source)->header().findTensor("blk.0.ffn_up_exps.weight")->shape == (Shape {8, 6, 2}));
    const std::vector<float> up = valuesOf(**source, "blk.0.ffn_up_exps.weight");
    QCOMPARE(up[47], 507.F);
    QCOMPARE(up[48], -1.F);
    QCOMPARE(*(*source)->header().get<std::uint32_t>("llama.expert_count"), 2U);
}

void tst_GgufConvert::wordRules()
{
    const Folder folder;
    const auto ruleOf = [&](const Json &splitter) {
        Json tokenizer = tinyTokenizer();
        tokenizer["pre_tokenizer"] = splitter;
        folder.write("tokenizer.json", tokenizer.dump());
        const auto entries = ggufTokenizer(folder.path(), tinyConfig(), 4);
        if (!entries.ok())
            return entries.error().detail;
        GgufHeader header;
        header.metadata = *entries;
        return *header.get<std::string>("tokenizer.ggml.pre");
    };
    const auto split = [](const std::string &expression) {
        const Json first
            = {{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}};
        const Json second = {{"type", "ByteLevel"}, {"use_regex", false}};
        return Json {{"type", "Sequence"}, {"pretokenizers", {first, second}}};
    };
    const std::string words
        = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    const auto with = [&](const char *digits) {
        return QString::fromStdString(words).replace("DIGITS", digits).toStdString();
    };
    QCOMPARE(ruleOf(split(with(R"(\p{N}{1,3})"))), std::string("llama-bpe"));
    QCOMPARE(ruleOf(split(with(R"(\p{N})"))), std::string("qwen2"));
    const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
    const Json bytes = {{"type", "ByteLevel"}, {"use_regex", true}};
    QCOMPARE(ruleOf({{"type", "Sequence"}, {"pretokenizers", {digits, bytes}}}), std::string("smollm"));
    QVERIFY(QString::fromStdString(ruleOf(split("[a-z]+"))).contains("no name for the way"));
    QVERIFY(QString::fromStdString(ruleOf(Json())).contains("no name for the way"));
}

void tst_GgufConvert::sentencePieces()
{
    const Folder folder;
    folder.write("tokenizer.model",
                 piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("<0x0A>", 0, 6)
                     + piece("\xE2\x96\x81"
                             "a",
                             -1.5F)
                     + field(3, "\x18\x01"));
    folder.write("tokenizer_config.json",
                 Json({{"add_bos_token", true},
                       {"bos_token", "<s>"},
                       {"unk_token", {{"content", "<unk>"}}},
                       {"chat_template", "{{ x }}"},
                       {"added_tokens_decoder", {{"0", {{"content", "<unk>"}, {"special", true}}}}}})
                     .dump());
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
    const GgufHeader &header = (*source)->header();
    QCOMPARE(*header.get<std::string>("tokenizer.ggml.model"), std::string("llama"));
    QVERIFY(arrayOf<std::string>(header, "tokenizer.ggml.tokens")
            == (std::vector<std::string> {"<unk>", "<s>", "<0x0A>",
                                          "\xE2\x96\x81"
                                          "a"}));
    QVERIFY(arrayOf<float>(header, "tokenizer.ggml.scores") == (std::vector<float> {0, 0, 0, -1.5F}));
    QVERIFY(arrayOf<std::int32_t>(header, "tokenizer.ggml.token_type")
            == (std::vector<std::int32_t> {2, 3, 6, 1}));
    QCOMPARE(*header.get<bool>("tokenizer.ggml.add_bos_token"), true);
    QCOMPARE(*header.get<bool>("tokenizer.ggml.add_space_prefix"), true);
    QCOMPARE(*header.get<std::uint32_t>("tokenizer.ggml.unknown_token_id"), 0U);
    QCOMPARE(*header.get<std::string>("tokenizer.chat_template"), std::string("{{ x }}"));
    // Every beginning of it is an error or a shorter vocabulary, never a crash.
    const std::string model = *readFile(folder.path() / "tokenizer.model");
    for (std::size_t size = 0; size < model.size(); ++size) {
        folder.write("tokenizer.model", model.substr(0, size));
        const auto pieces = readSentencePieces(folder.path() / "tokenizer.model");
        QVERIFY(!pieces.ok() || pieces->vocabulary.tokens.size() <= 4);
    }
}

void tst_GgufConvert::sentencePiecesInJson()
{
    const Folder folder;
    Json tokenizer = {{"normalizer", {{"type", "Prepend"}, {"prepend", "\xE2\x96\x81"}}},
                      {"model",
                       {{"type", "BPE"},
                        {"byte_fallback", true},
                        {"unk_token", "<unk>"},
                        {"vocab", {{"<unk>", 0}, {"a", 1}, {"b", 2}, {"ab", 3}}},
                        {"merges", Json::parse(R"([["a", "b"]])")}}}};
    folder.write("tokenizer.json", tokenizer.dump());
    JobContext job;
    const auto source = openHfFolder(folder.path(), job);
    QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
    const GgufHeader &header = (*source)->header();
    QCOMPARE(*header.get<std::string>("tokenizer.ggml.model"), std::string("llama"));
    QVERIFY(arrayOf<float>(header, "tokenizer.ggml.scores") == (std::vector<float> {0, 0, 0, -1}));
    QVERIFY(arrayOf<std::int32_t>(header, "tokenizer.ggml.token_type")
            == (std::vector<std::int32_t> {2, 1, 1, 1}));
    QVERIFY(!header.find("tokenizer.ggml.merges"));
}

void tst_GgufConvert::paddedVocabulary()
{
    const Folder folder; // three tokens, four rows
    const auto entries = ggufTokenizer(folder.path(), tinyConfig(), 5);
    QVERIFY(entries.ok());
    GgufHeader header;
    header.metadata = *entries;
    QVERIFY(arrayOf<std::string>(header, "tokenizer.ggml.tokens")
            == (std::vector<std::string> {"a", "b", "<end>", "[PAD3]", "[PAD4]"}));
    QVERIFY(arrayOf<std::int32_t>(header, "tokenizer.ggml.token_type")
            == (std::vector<std::int32_t> {1, 1, 3, 5, 5}));
}

void tst_GgufConvert::refuses_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, const char *file, const char *pointer, const char *value,
                        const char *why) { QTest::newRow(name) << file << pointer << value << why; };
    row("architecture", "config.json", "/architectures/0", R"("GPT2LMHeadModel")",
        "'GPT2LMHeadModel' is not converted");
    row("no architecture", "config.json", "/architectures", "[]", "names no architecture");
    row("layers", "config.json", "/num_hidden_layers", "-1", "num_hidden_layers is no number above 0");
    row("too many layers", "config.json", "/num_hidden_layers", "2",
        "tensors of 1 layers, but config.json says 2");
    row("heads", "config.json", "/num_attention_heads", R"("x")", "num_attention_heads is no number");
    row("head size", "config.json", "/head_dim", "2", "heads of 2");
    row("odd head size", "config.json", "/head_dim", "3", "do not fit");
    row("activation", "config.json", "/hidden_act", R"("relu")", "'relu' is not what llama.cpp computes");
    row("quantized", "config.json", "/quantization_config", "{}", "quantized already");
    row("partial rotation", "config.json", "/partial_rotary_factor", "0.5", "partial_rotary_factor");
    row("too many tokens", "tokenizer.json", "/model/vocab/z", "9",
        "has 10 tokens, but the embedding has only 4 rows");
    row("token number", "tokenizer.json", "/model/vocab/z", "-1", "token 'z' has no number");
    row("bomb", "tokenizer.json", "/model/vocab/z", "4000000000", "token 'z' has no number");
    row("same text", "tokenizer.json", "/added_tokens/0", R"({"id": 3, "content": "a"})", "token 'a' twice");
    row("merge", "tokenizer.json", "/model/merges/0", R"("ab")", "merge 1 has not two parts");
    row("unigram", "tokenizer.json", "/model", R"({"type": "Unigram"})", "'Unigram' is not BPE");
}

void tst_GgufConvert::refuses()
{
    QFETCH(QString, file);
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    QFETCH(QString, why);
    const Folder folder;
    Json json = file == "config.json" ? tinyConfig() : tinyTokenizer();
    json[Json::json_pointer(pointer.toStdString())] = Json::parse(value.toStdString());
    folder.write(qPrintable(file), json.dump());
    const QString error = folder.error();
    QVERIFY2(error.contains(why), qPrintable(error));
    QVERIFY2(error.startsWith(QString::fromStdString(folder.path().string())), qPrintable(error));
}

QTEST_APPLESS_MAIN(tst_GgufConvert)
#include "tst_ggufconvert.moc"
