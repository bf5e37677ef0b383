// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// GGUF files as models: against the Hugging Face folders they were made of, and what malformed ones say.
#include "core/base/random.h"
#include "core/llm/decoder.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/ggufweights.h"
#include "core/llm/importancecollector.h"
#include "core/llm/safetensorswriter.h"
#include "core/llm/tokenizer.h"

#include <QtTest>

#include <QTemporaryDir>

#include <cmath>

using namespace qs;
using namespace std::string_literals;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::int64_t kVocabulary = 40;

Json configOf(const std::string &family)
{
    Json json {{"architectures", {"LlamaForCausalLM"}},
               {"model_type", "llama"},
               {"hidden_size", 32},
               {"intermediate_size", 64},
               {"num_hidden_layers", 2},
               {"num_attention_heads", 4},
               {"num_key_value_heads", 2},
               {"max_position_embeddings", 64},
               {"vocab_size", kVocabulary},
               {"rms_norm_eps", 1e-5},
               {"rope_theta", 5000.0},
               {"tie_word_embeddings", false}};
    const auto is = [&](const char *architecture, const char *type) {
        json["architectures"][0] = architecture;
        json["model_type"] = type;
    };
    if (family == "llama 3") {
        json["rope_scaling"] = {{"rope_type", "llama3"},
                                {"factor", 8.0},
                                {"low_freq_factor", 1.0},
                                {"high_freq_factor", 4.0},
                                {"original_max_position_embeddings", 32}};
        json["tie_word_embeddings"] = true;
    } else if (family == "llama, biases") {
        json["attention_bias"] = true;
        json["mlp_bias"] = true;
        json["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 2.0}};
    } else if (family == "mistral") {
        is("MistralForCausalLM", "mistral");
        json["head_dim"] = 16;
    } else if (family == "qwen2") {
        is("Qwen2ForCausalLM", "qwen2");
        json["tie_word_embeddings"] = true;
    } else if (family == "qwen3") {
        is("Qwen3ForCausalLM", "qwen3");
        json["head_dim"] = 16;
    } else if (family == "phi3") {
        is("Phi3ForCausalLM", "phi3");
    }
    return json;
}

Tensor randomTensor(Shape shape, std::uint64_t seed, bool isNorm)
{
    Random random(seed);
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (float &value : values)
        value = isNorm ? 1.F + 0.1F * random.normal() : 0.3F * random.normal();
    return Tensor::fromFloats(std::move(shape), values);
}

/// A folder of such a model with random weights, and GGUF files of it.
class Model
{
public:
    explicit Model(const std::string &family)
    {
        const Json json = configOf(family);
        const LlmConfig config = parseLlmConfig(json.dump()).value();
        std::vector<NamedTensor> tensors;
        const auto add = [&](const std::string &name, Shape shape) {
            tensors.push_back(
                {name, randomTensor(std::move(shape), tensors.size() + 1, name.find("norm") != name.npos)});
        };
        add("model.embed_tokens.weight", {config.vocabulary, config.hidden});
        add("model.norm.weight", {config.hidden});
        if (!config.tiedEmbeddings)
            add("lm_head.weight", {config.vocabulary, config.hidden});
        for (std::int64_t layer = 0; layer < config.layers; ++layer) {
            add(layerTensor(layer, "input_layernorm.weight"), {config.hidden});
            add(layerTensor(layer, "post_attention_layernorm.weight"), {config.hidden});
            if (config.hasQkNorm) {
                add(layerTensor(layer, "self_attn.q_norm.weight"), {config.headDim});
                add(layerTensor(layer, "self_attn.k_norm.weight"), {config.headDim});
            }
            for (const LinearShape &shape : linearsOf(config)) {
                add(moduleName(layer, shape.role) + ".weight", {shape.out, shape.in});
                if (shape.hasBias)
                    add(moduleName(layer, shape.role) + ".bias", {shape.out});
            }
        }
        const Json tokenizer {
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"use_regex", true}}},
            {"added_tokens", {{{"id", 3}, {"content", "<end>"}, {"special", true}}}},
            {"model",
             {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"Ġ", 4}}}, {"merges", {"a b"}}}}};
        const bool isWritten = writeFileAtomically(path() / "config.json", json.dump()).ok()
            && writeFileAtomically(path() / "tokenizer.json", tokenizer.dump()).ok()
            && writeSafetensors(path() / "model.safetensors", tensors).ok();
        if (!isWritten)
            qFatal("cannot write");
    }

    fs::path path() const { return m_folder.path().toStdString(); }
    fs::path gguf(const char *mix) const
    {
        JobContext job;
        const auto source = openHfFolder(path(), job);
        if (!source.ok())
            qFatal("%s", source.error().message().c_str());
        GgufQuantizeOptions options;
        options.mix = requireGgufMix(mix).value();
        const fs::path file = path() / (mix + ".gguf"s);
        const auto result = quantizeGguf(**source, file, options, job);
        if (!result.ok())
            qFatal("%s", result.error().message().c_str());
        return file;
    }

private:
    QTemporaryDir m_folder;
};

/// Writes the file again with other metadata, tensors as they are.
fs::path changed(const fs::path &from, const std::function<void(GgufHeader &)> &change)
{
    const GgufFilePtr file = GgufFile::open(from).value();
    GgufHeader header = file->header();
    change(header);
    const fs::path path = from.parent_path() / "changed.gguf";
    auto writer = GgufWriter::create(path, header);
    if (!writer.ok())
        qFatal("%s", writer.error().message().c_str());
    for (const GgufTensorInfo &tensor : writer->header().tensors) {
        const GgufTensorInfo *old = file->header().findTensor(tensor.name);
        std::vector<std::byte> bytes(tensor.byteSize);
        if (old)
            std::copy_n(file->bytes(*old).begin(), std::min(bytes.size(), std::size_t(old->byteSize)),
                        bytes.begin());
        if (!writer->append(bytes).ok())
            qFatal("cannot write");
    }
    if (!writer->finish().ok())
        qFatal("cannot write");
    return path;
}

/// A vocabulary of scored pieces in place of the tokenizer.
void setPieces(GgufHeader &header, const std::vector<std::string> &texts, const std::vector<float> &scores)
{
    std::vector<std::int32_t> kinds(texts.size(), 1);
    kinds[0] = 2;
    header.set("tokenizer.ggml.model", "llama"s);
    header.set("tokenizer.ggml.tokens", GgufArray {texts});
    header.set("tokenizer.ggml.scores", GgufArray {scores});
    header.set("tokenizer.ggml.token_type", GgufArray {kinds});
    header.set("tokenizer.ggml.unknown_token_id", std::uint32_t {0});
}

Matrix logitsOf(const WeightSource &model, const std::vector<std::int32_t> &tokens)
{
    JobContext job;
    Activations x = embed(model, tokens, 64).value();
    if (!runLayers(model, x, job).ok())
        qFatal("cannot run");
    Matrix logits;
    Matrix scratch;
    Head::load(model).value().logits(x[0], 0, x[0].rows, logits, scratch);
    return logits;
}

std::vector<std::int32_t> someTokens(std::size_t count)
{
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>((i * i * 7 + 3 * i) % kVocabulary));
    return tokens;
}

QString errorOf(const auto &result)
{
    return result.ok() ? QString("no error") : QString::fromStdString(result.error().message());
}

} // namespace

class TestGgufWeights : public QObject
{
    Q_OBJECT

private slots:
    void sameAsFolder_data();
    void sameAsFolder();
    void quantized();
    void longContexts();
    void refuses_data();
    void refuses();
    void refusesTensors();
    void tokenizer();
    void pieces();
    void tokenizerRefuses_data();
    void tokenizerRefuses();
    void importance();
    void importanceIsTheSame();
};

void TestGgufWeights::sameAsFolder_data()
{
    QTest::addColumn<QString>("family");
    for (const char *family : {"llama", "llama 3", "llama, biases", "mistral", "qwen2", "qwen3", "phi3"})
        QTest::newRow(family) << family;
}

void TestGgufWeights::sameAsFolder()
{
    QFETCH(QString, family);
    const Model model(family.toStdString());
    const WeightSourcePtr folder = openCheckpoint(model.path()).value();
    const auto opened = openCheckpoint(model.gguf("F32"));
    QVERIFY2(opened.ok(), qPrintable(errorOf(opened)));
    const WeightSourcePtr file = *opened;
    const LlmConfig &a = folder->config();
    const LlmConfig &b = file->config();
    QVERIFY(a.hidden == b.hidden && a.intermediate == b.intermediate && a.layers == b.layers);
    QVERIFY(a.heads == b.heads && a.kvHeads == b.kvHeads && a.headDim == b.headDim);
    QVERIFY(a.vocabulary == b.vocabulary && a.maxPositions == b.maxPositions && a.rotaryDim == b.rotaryDim);
    QVERIFY(a.tiedEmbeddings == b.tiedEmbeddings && a.normEpsilon == b.normEpsilon);
    QVERIFY(a.slidingWindow == b.slidingWindow && a.ropeTheta == b.ropeTheta);
    for (std::int64_t layer = 0; layer < a.layers; ++layer) {
        for (const LinearShape &shape : linearsOf(a)) {
            const std::string name = moduleName(layer, shape.role);
            const Linear x = folder->linear(name, shape.out, shape.in, shape.hasBias).value();
            const auto y = file->linear(name, shape.out, shape.in, shape.hasBias);
            QVERIFY2(y.ok(), qPrintable(errorOf(y)));
            QVERIFY2(x.weight.values == y->weight.values && x.bias == y->bias, name.c_str());
            QVERIFY(file->contains(name + ".weight"));
        }
    }
    QCOMPARE(file->contains("lm_head.weight"), !a.tiedEmbeddings);
    const auto tokens = someTokens(50);
    const Matrix x = logitsOf(*folder, tokens);
    const Matrix y = logitsOf(*file, tokens);
    QCOMPARE(x.values.size(), y.values.size());
    float largest = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i)
        largest = std::max(largest, std::abs(x.values[i] - y.values[i]));
    // Llama 3's factors are stored in float32; all else is the same to the bit.
    QVERIFY2(largest <= (family == "llama 3" ? 1e-4F : 0.F), qPrintable(QString::number(double(largest))));
}

void TestGgufWeights::quantized()
{
    const Model model("llama");
    const WeightSourcePtr folder = openCheckpoint(model.path()).value();
    const WeightSourcePtr file = openCheckpoint(model.gguf("Q8_0")).value();
    QVERIFY(file->storedBytes() < folder->storedBytes() / 3);
    const Matrix x = folder->linear("model.layers.1.self_attn.q_proj", 32, 32, false).value().weight;
    const Matrix y = file->linear("model.layers.1.self_attn.q_proj", 32, 32, false).value().weight;
    for (std::int64_t row = 0; row < 32; ++row) {
        // A block is a row: no element is further than half a step, the largest / 127, and its scale is a
        // half.
        float largest = 0;
        for (const float value : x.rowSpan(row))
            largest = std::max(largest, std::abs(value));
        for (std::int64_t col = 0; col < 32; ++col)
            QVERIFY(std::abs(x.row(row)[col] - y.row(row)[col]) <= largest * (0.5F / 127 + 1.F / 2048));
    }
    QVERIFY(x.values != y.values);
}

void TestGgufWeights::longContexts()
{
    // Phi 3's factors: short ones up to the original context, long ones beyond.
    const Model model("phi3");
    const fs::path file = changed(model.gguf("F32"), [](GgufHeader &header) {
        header.tensors.push_back({"rope_factors_short.weight", GgmlType::F32, {4}});
        header.tensors.push_back({"rope_factors_long.weight", GgmlType::F32, {4}});
        header.set("phi3.rope.scaling.original_context_length", std::uint32_t {16});
        header.set("phi3.rope.scaling.attn_factor", 1.5F);
    });
    // All bytes of new tensors are 0, which are no factors.
    QVERIFY(errorOf(openCheckpoint(file)).contains("'rope_factors_short.weight' has something"));
    const fs::path missing = changed(model.gguf("F32"), [](GgufHeader &header) {
        header.tensors.push_back({"rope_factors_long.weight", GgmlType::F32, {4}});
    });
    QVERIFY(errorOf(openCheckpoint(missing)).contains("has no tensor 'rope_factors_short.weight'"));
}

void TestGgufWeights::refuses_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("kind"); ///< 0 removed, 1 text, 2 number 0, 3 number 3, 4 huge, 5 not finite
    QTest::addColumn<QString>("message");
    const auto row = [](const char *key, int kind, const char *message) {
        QTest::addRow("%s %d", key, kind) << key << kind << message;
    };
    row("general.architecture", 0, "has no 'general.architecture'");
    row("general.architecture", 1,
        "architecture 'text' is not supported; these are: llama, qwen2, qwen3, phi3");
    for (const char *key : {"llama.block_count", "llama.embedding_length", "llama.feed_forward_length",
                            "llama.attention.head_count", "llama.context_length"}) {
        const std::string name = "'"s + key + "'";
        row(key, 0, ("has no " + name).c_str());
        for (const int kind : {1, 2, 4})
            row(key, kind, (name + " is no possible size").c_str());
    }
    row("llama.attention.layer_norm_rms_epsilon", 0, "has no 'llama.attention.layer_norm_rms_epsilon'");
    for (const int kind : {1, 3, 5})
        row("llama.attention.layer_norm_rms_epsilon", kind, "is no number above 0");
    row("llama.rope.freq_base", 5, "'llama.rope.freq_base' is no number above 0");
    row("llama.attention.head_count", 3, "is no multiple of the number of key heads");
    row("llama.attention.head_count_kv", 1, "is no possible size");
    row("llama.attention.key_length", 3, "different sizes");
    row("llama.embedding_length", 3, "has no 'llama.attention.key_length'");
    row("llama.vocab_size", 3, "'llama.vocab_size' is 3, but 'token_embd.weight' has 40 rows");
    row("llama.rope.dimension_count", 3, "does not fit heads of 8");
    row("llama.rope.scaling.type", 1, "rope scaling of type 'text' is not supported");
    row("llama.rope.scaling.type", 3, "'llama.rope.scaling.type' is no text");
    row("llama.expert_count", 3, "has experts");
    row("llama.attention.sliding_window", 1, "is no possible size");
    row("split.count", 3, "is one of several parts");
}

void TestGgufWeights::refuses()
{
    QFETCH(QString, key);
    QFETCH(int, kind);
    QFETCH(QString, message);
    const Model model("llama");
    const fs::path file = changed(model.gguf("F32"), [&](GgufHeader &header) {
        const std::string name = key.toStdString();
        const GgufValue values[] = {std::uint8_t {0},   "text"s,
                                    std::uint32_t {0},  std::uint32_t {3},
                                    ~std::uint64_t {0}, std::numeric_limits<float>::quiet_NaN()};
        if (kind == 0)
            header.remove(name);
        else
            header.set(name, values[kind]);
        if (name == "llama.attention.key_length")
            header.set("llama.attention.value_length", std::uint32_t {4});
    });
    const QString error = errorOf(openCheckpoint(file));
    QVERIFY2(error.contains(message), qPrintable(error));
    QVERIFY2(error.startsWith(QString::fromStdString(file.string()) + ": "), qPrintable(error));
    QVERIFY(!error.contains('\n'));
}

void TestGgufWeights::refusesTensors()
{
    const Model model("llama");
    const fs::path whole = model.gguf("F32");
    const auto blockError = [](const fs::path &file) {
        const auto opened = openCheckpoint(file);
        return opened.ok() ? errorOf(loadBlock(**opened, 1)) : errorOf(opened);
    };
    const auto rename = [&](const char *from, const char *to) {
        return changed(whole, [&](GgufHeader &header) {
            for (GgufTensorInfo &tensor : header.tensors)
                tensor.name = tensor.name == from ? to : tensor.name;
        });
    };
    QVERIFY(blockError(rename("blk.1.attn_k.weight", "blk.1.other"))
                .contains("has no tensor 'blk.1.attn_k.weight'"));
    QVERIFY(blockError(rename("token_embd.weight", "other")).contains("has no matrix 'token_embd.weight'"));
    QVERIFY(blockError(rename("blk.1.attn_k.weight", "blk.2.attn_k.weight"))
                .contains("tensor 'blk.2.attn_k.weight' is of none of its 2 layers"));
    // Sizes that do not fit are told before anything of that size is allocated.
    const fs::path wide = changed(
        whole, [](GgufHeader &header) { header.set("llama.feed_forward_length", std::uint32_t {1 << 26}); });
    QVERIFY2(blockError(wide).contains("'blk.1.ffn_gate.weight' is 64x32, the model takes 67108864x32"),
             qPrintable(blockError(wide)));
    const fs::path turned = changed(whole, [](GgufHeader &header) {
        for (GgufTensorInfo &tensor : header.tensors) {
            if (tensor.name == "blk.1.attn_norm.weight")
                tensor.shape = {16, 2};
        }
    });
    QVERIFY(blockError(turned).contains("'blk.1.attn_norm.weight' is 2x16, the model takes 32"));
    QVERIFY(errorOf(openCheckpoint(model.path() / "tokenizer.json")).contains("tokenizer.json: "));
}

void TestGgufWeights::tokenizer()
{
    const Model model("llama");
    const auto tokenizer = openTokenizer(model.gguf("F32"));
    QVERIFY2(tokenizer.ok(), qPrintable(errorOf(tokenizer)));
    QCOMPARE((*tokenizer)->size(), std::size_t {kVocabulary});
    const auto ids = (*tokenizer)->encode("abba<end> ab").value();
    QVERIFY(ids == std::vector<TokenId>({2, 1, 0, 3, 4, 2}));
    QCOMPARE((*tokenizer)->decode(ids), "abba<end> ab"s);
    QVERIFY((*tokenizer)->prefix().empty());

    // Llama 3 takes a word whole that the vocabulary has, and puts its first token before a text.
    const fs::path file = changed(model.gguf("F32"), [](GgufHeader &header) {
        header.set("tokenizer.ggml.pre", "llama-bpe"s);
        header.set("tokenizer.ggml.merges", GgufArray {std::vector<std::string> {}});
        header.set("tokenizer.ggml.bos_token_id", std::uint32_t {3});
    });
    const auto other = openTokenizer(file);
    QVERIFY2(other.ok(), qPrintable(errorOf(other)));
    QVERIFY((*other)->encode("ab").value() == std::vector<TokenId>({2}));
    QVERIFY((*other)->prefix() == std::vector<TokenId>({3}));
}

void TestGgufWeights::pieces()
{
    // "ab" is better than "bc", though "bc" is longer ago; then "abc" is put together from "ab" and "c".
    const Model model("llama");
    const fs::path file = changed(model.gguf("F32"), [](GgufHeader &header) {
        setPieces(header, {"<unk>", "▁", "a", "b", "c", "bc", "ab", "abc", "<0xC3>", "<0xA9>", "▁c", "<s>"},
                  {0, -9, -9, -9, -9, -2, -1, -3, 0, 0, -4, 0});
        auto &kinds = std::get<GgufArray>(*const_cast<GgufValue *>(header.find("tokenizer.ggml.token_type")));
        std::get<std::vector<std::int32_t>>(kinds.items)[11] = 3;
        header.set("tokenizer.ggml.bos_token_id", std::uint32_t {11});
    });
    const auto tokenizer = openTokenizer(file);
    QVERIFY2(tokenizer.ok(), qPrintable(errorOf(tokenizer)));
    using Ids = std::vector<TokenId>;
    QVERIFY((*tokenizer)->encode("abc").value() == Ids({1, 7}));
    QVERIFY((*tokenizer)->encode("cbc c").value() == Ids({10, 5, 10}));
    QVERIFY((*tokenizer)->encode("é!").value() == Ids({1, 8, 9, 0})); // bytes; no byte for "!"
    QVERIFY((*tokenizer)->encode("a<s>c").value() == Ids({1, 2, 11, 10}));
    QVERIFY((*tokenizer)->encode("").value().empty());
    QCOMPARE((*tokenizer)->decode(Ids({1, 7, 10, 8, 9})), "abc cé"s);
    QVERIFY((*tokenizer)->prefix() == Ids({11}));
}

void TestGgufWeights::tokenizerRefuses_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("kind"); ///< 0 removed, 1 text, 2 number, 3 list of numbers, 4 list of one text
    QTest::addColumn<QString>("message");
    const auto row = [](const char *key, int kind, const char *message) {
        QTest::addRow("%s %d", key, kind) << key << kind << message;
    };
    row("model", 0, "'tokenizer.ggml.model' is missing");
    row("model", 2, "'tokenizer.ggml.model' is no text");
    row("model", 1, "its tokenizer 'text' is neither gpt2 nor llama");
    row("tokens", 0, "'tokenizer.ggml.tokens' is no list of tokens");
    row("tokens", 3, "'tokenizer.ggml.tokens' is no list of the right type");
    row("tokens", 4, "'tokenizer.ggml.token_type' has 40 entries for 1 tokens");
    row("token_type", 4, "'tokenizer.ggml.token_type' is no list of the right type");
    row("merges", 0, "'tokenizer.ggml.merges' is missing");
    row("merges", 4, "merge 0 ");
    row("pre", 0, "its pre-tokenizer 'default' is not supported");
    row("pre", 2, "'tokenizer.ggml.pre' is no text");
    row("add_bos_token", 1, "is neither true nor false");
    row("bos_token_id", 2, "'tokenizer.ggml.bos_token_id' is none of its tokens");
}

void TestGgufWeights::tokenizerRefuses()
{
    QFETCH(QString, key);
    QFETCH(int, kind);
    QFETCH(QString, message);
    const Model model("llama");
    const fs::path file = changed(model.gguf("F32"), [&](GgufHeader &header) {
        const std::string name = "tokenizer.ggml." + key.toStdString();
        const GgufValue values[]
            = {std::uint8_t {0}, "text"s, std::uint32_t {40}, GgufArray {std::vector<std::int32_t>(40, 1)},
               GgufArray {std::vector<std::string> {"x y"}}};
        if (kind == 0)
            header.remove(name);
        else
            header.set(name, values[kind]);
    });
    const QString error = errorOf(openTokenizer(file));
    QVERIFY2(error.contains(message), qPrintable(error));
    QVERIFY(error.startsWith(QString::fromStdString(file.string()) + ": ") && !error.contains('\n'));
    // The scores of pieces, too.
    const fs::path scored = changed(file, [](GgufHeader &header) { setPieces(header, {"a", "b"}, {1.F}); });
    QVERIFY(errorOf(openTokenizer(scored)).contains("'tokenizer.ggml.scores' has 1 entries for 2 tokens"));
}

/// In windows of one token attention gives the value, so everything can be written down.
void TestGgufWeights::importance()
{
    const Model model("llama");
    const WeightSourcePtr source = openCheckpoint(model.path()).value();
    const LlmConfig &config = source->config();
    const auto tokens = someTokens(9);
    JobContext job;
    ImportanceOptions options;
    options.context = 1;
    const auto found = collectImportance(*source, tokens, options, job);
    QVERIFY2(found.ok(), qPrintable(errorOf(found)));
    QCOMPARE(found->entries.size(), std::size_t {14});
    QCOMPARE(found->chunkCount, 9U);
    QCOMPARE(found->chunkSize, 1U);

    using Row = std::vector<double>;
    const auto norm = [&](const Row &x, const char *name) {
        const auto weight = source->vector(name, config.hidden).value();
        double squares = 0;
        for (const double value : x)
            squares += value * value;
        Row y = x;
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] *= double(weight[i]) / std::sqrt(squares / double(x.size()) + 1e-5);
        return y;
    };
    const auto times = [&](LinearRole role, std::int64_t out, const Row &x) {
        const Matrix weight
            = source->linear(moduleName(0, role), out, static_cast<std::int64_t>(x.size()), false)
                  .value()
                  .weight;
        Row y(static_cast<std::size_t>(out), 0.0);
        for (std::size_t i = 0; i < y.size(); ++i) {
            for (std::size_t j = 0; j < x.size(); ++j)
                y[i] += double(weight.row(static_cast<std::int64_t>(i))[j]) * x[j];
        }
        return y;
    };
    std::map<std::string, Row> expected;
    const auto add = [&](const char *name, const Row &x) {
        Row &sums = expected[name];
        sums.resize(x.size(), 0.0);
        for (std::size_t i = 0; i < x.size(); ++i)
            sums[i] += x[i] * x[i] / double(tokens.size());
    };
    for (const std::int32_t token : tokens) {
        const Matrix row = source->embeddings(std::span(&token, 1)).value();
        Row x(row.values.begin(), row.values.end());
        const Row normed = norm(x, "model.layers.0.input_layernorm.weight");
        const Row value = times(LinearRole::Value, 16, normed);
        Row context; // two heads of 8 for each of the two values
        for (std::size_t head = 0; head < 4; ++head)
            context.insert(context.end(), value.begin() + std::ptrdiff_t(head / 2 * 8),
                           value.begin() + std::ptrdiff_t(head / 2 * 8 + 8));
        const Row output = times(LinearRole::Output, 32, context);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] += output[i];
        const Row inner = norm(x, "model.layers.0.post_attention_layernorm.weight");
        Row gate = times(LinearRole::Gate, 64, inner);
        const Row up = times(LinearRole::Up, 64, inner);
        for (std::size_t i = 0; i < gate.size(); ++i)
            gate[i] *= up[i] / (1 + std::exp(-gate[i]));
        for (const char *name : {"attn_q", "attn_k", "attn_v"})
            add(name, normed);
        add("attn_output", context);
        add("ffn_gate", inner);
        add("ffn_up", inner);
        add("ffn_down", gate);
    }
    for (const auto &[name, values] : expected) {
        const ImportanceEntry *entry = found->find("blk.0." + name + ".weight");
        QVERIFY2(entry, name.c_str());
        QVERIFY(entry->counts == std::vector<float> {9.F});
        QCOMPARE(entry->values.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            QVERIFY2(std::abs(double(entry->values[i]) - values[i]) <= 1e-4 * values[i] + 1e-9, name.c_str());
    }
}

void TestGgufWeights::importanceIsTheSame()
{
    const Model model("phi3");
    const WeightSourcePtr folder = openCheckpoint(model.path()).value();
    const WeightSourcePtr file = openCheckpoint(model.gguf("F32")).value();
    const auto tokens = someTokens(500);
    JobContext job;
    ImportanceOptions options;
    options.context = 8;
    options.windows = 0;
    options.threads = 4;
    const ImportanceMatrix matrix = collectImportance(*folder, tokens, options, job).value();
    QCOMPARE(matrix.chunkCount, 62U);
    QVERIFY(matrix.find("blk.1.attn_qkv.weight") && matrix.find("blk.1.ffn_up.weight"));
    QVERIFY(collectImportance(*file, tokens, options, job).value() == matrix);
    options.threads = 1;
    QVERIFY(collectImportance(*folder, tokens, options, job).value() == matrix);
    options.windows = 5;
    QCOMPARE(collectImportance(*folder, tokens, options, job).value().chunkCount, 5U);
    options.context = 64;
    QVERIFY(errorOf(collectImportance(*folder, someTokens(63), options, job))
                .contains("has 63 tokens, one window takes 64"));
}

QTEST_APPLESS_MAIN(TestGgufWeights)
#include "tst_ggufweights.moc"
