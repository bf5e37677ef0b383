// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// GGUF files against llama.cpp itself: its block coders, its quantizer, and what it reads out of our files.
#include "core/llm/decoder.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "tests/support/llamapeer.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <nlohmann/json.hpp>

#include <cmath>
#include <random>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

const fs::path kModel = fs::path(QS_SHARED_DIR) / "models" / "llama-tiny";
const fs::path kData = fs::path(QS_SHARED_DIR) / "data" / "llama-tiny";

/// Values as weights have them, and some that no weights have but a coder must stand.
std::vector<float> valuesOf(int kind, std::size_t size)
{
    std::mt19937 generator(17);
    std::normal_distribution<float> normal(0.F, 0.02F);
    std::student_t_distribution<float> heavy(3.F);
    std::vector<float> x(size);
    for (std::size_t i = 0; i < size; ++i) {
        switch (kind) {
        case 0: // as bfloat16 checkpoints have them
            x[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(normal(generator)) & 0xFFFF0000U);
            break;
        case 1: // outliers
            x[i] = 0.02F * heavy(generator);
            break;
        case 2: // mostly zeros, whole blocks of them
            x[i] = generator() % 4 != 0 || i / 512 % 3 == 0 ? 0.F : normal(generator);
            break;
        case 3: // one sign, zeros of both signs
            x[i] = generator() % 8 != 0 ? std::abs(normal(generator)) : generator() % 2 != 0 ? -0.F : 0.F;
            break;
        case 4: // far from zero
            x[i] = -0.5F - std::abs(normal(generator));
            break;
        case 5: // one large value in a block of tiny ones
            x[i] = i % 32 == 0 ? 100.F * normal(generator) : 1e-6F * normal(generator);
            break;
        default: // ties
            x[i] = i / 64 % 2 != 0 ? 0.125F
                                   : 0.25F * static_cast<float>(static_cast<int>(generator() % 5) - 2);
            break;
        }
    }
    return x;
}

std::vector<float> importanceOf(std::size_t size, unsigned seed)
{
    std::mt19937 generator(seed);
    std::lognormal_distribution<float> spread(0.F, 2.F);
    std::vector<float> values(size);
    for (float &value : values)
        value = spread(generator);
    return values;
}

struct ModelShape
{
    const char *name;
    const char *architecture;
    std::uint32_t layers;
    std::uint32_t heads;
    std::uint32_t keyHeads;
    std::uint32_t experts;
    std::int64_t width;
    std::int64_t inner;
    bool isTied;
    bool isFused;
};

const ModelShape kShapes[] = {
    {"12 layers, tied", "llama", 12, 4, 4, 0, 256, 512, true, false},
    {"22 layers, 8 heads a key", "llama", 22, 32, 4, 0, 256, 512, false, false},
    {"32 layers", "llama", 32, 32, 32, 0, 512, 768, false, false},
    {"80 layers", "llama", 80, 64, 8, 0, 256, 256, false, false},
    {"80 layers, no shared keys", "llama", 80, 64, 64, 0, 256, 256, false, false},
    {"80 layers, Qwen", "qwen2", 80, 64, 8, 0, 256, 256, false, false},
    {"8 experts", "llama", 8, 32, 8, 8, 256, 256, false, false},
    {"width 288", "llama", 16, 9, 3, 0, 288, 768, true, false},
    {"width 576, untied", "llama", 17, 9, 3, 0, 576, 1536, false, false},
    {"width 48", "llama", 5, 3, 3, 0, 48, 80, false, false},
    {"28 layers, Qwen 3", "qwen3", 28, 16, 8, 0, 256, 512, true, false},
    {"fused", "phi3", 32, 32, 32, 0, 256, 512, false, true},
};

/// A file with the tensors of such a model; matrices have few rows, for only the types count.
Status writeShape(const fs::path &path, const ModelShape &shape)
{
    GgufHeader header;
    const std::string prefix = std::string(shape.architecture) + ".";
    header.metadata
        = {{"general.architecture", std::string(shape.architecture)},
           {prefix + "block_count", shape.layers},
           {prefix + "context_length", std::uint32_t {128}},
           {prefix + "embedding_length", static_cast<std::uint32_t>(shape.width)},
           {prefix + "feed_forward_length", static_cast<std::uint32_t>(shape.inner)},
           {prefix + "attention.head_count", shape.heads},
           {prefix + "attention.head_count_kv", shape.keyHeads},
           {prefix + "attention.layer_norm_rms_epsilon", 1e-5F},
           {prefix + "rope.dimension_count", static_cast<std::uint32_t>(shape.width) / shape.heads},
           {prefix + "vocab_size", std::uint32_t {4}},
           {"tokenizer.ggml.model", std::string("no_vocab")}};
    if (shape.experts > 0) {
        header.set(prefix + "expert_count", shape.experts);
        header.set(prefix + "expert_used_count", std::uint32_t {2});
    }
    const auto matrix = [&](const std::string &name, std::int64_t length, std::int64_t rows = 2) {
        header.tensors.push_back({name, GgmlType::F32, {length, rows}});
    };
    const auto vector = [&](const std::string &name) {
        header.tensors.push_back({name, GgmlType::F32, {shape.width}});
    };
    matrix("token_embd.weight", shape.width, 4);
    for (std::uint32_t i = 0; i < shape.layers; ++i) {
        const std::string block = "blk." + std::to_string(i) + ".";
        vector(block + "attn_norm.weight");
        vector(block + "ffn_norm.weight");
        if (shape.isFused) {
            matrix(block + "attn_qkv.weight", shape.width);
        } else {
            for (const char *name : {"attn_q.weight", "attn_k.weight", "attn_v.weight"})
                matrix(block + name, shape.width);
        }
        matrix(block + "attn_output.weight", shape.width);
        if (shape.experts > 0) {
            matrix(block + "ffn_gate_inp.weight", shape.width, shape.experts);
            header.tensors.push_back(
                {block + "ffn_gate_exps.weight", GgmlType::F32, {shape.width, 2, shape.experts}});
            header.tensors.push_back(
                {block + "ffn_up_exps.weight", GgmlType::F32, {shape.width, 2, shape.experts}});
            header.tensors.push_back(
                {block + "ffn_down_exps.weight", GgmlType::F32, {shape.inner, 2, shape.experts}});
        } else {
            if (!shape.isFused)
                matrix(block + "ffn_gate.weight", shape.width);
            matrix(block + "ffn_up.weight", shape.width);
            matrix(block + "ffn_down.weight", shape.inner);
        }
    }
    vector("output_norm.weight");
    if (!shape.isTied)
        matrix("output.weight", shape.width, 4);
    QS_TRY(GgufWriter writer, GgufWriter::create(path, header));
    for (const GgufTensorInfo &info : writer.header().tensors) {
        const std::vector<float> x = valuesOf(0, static_cast<std::size_t>(info.elements()));
        QS_CHECK(writer.append(std::as_bytes(std::span(x))));
    }
    QS_CHECK(writer.finish());
    return Done {};
}

/// "" when both files have the same tensors, else the first difference. Order does not count.
std::string differenceOf(const fs::path &ours, const fs::path &theirs, bool isTypeOnly = false)
{
    const auto a = GgufFile::open(ours);
    const auto b = GgufFile::open(theirs);
    if (!a.ok() || !b.ok())
        return (a.ok() ? b : a).error().message();
    if ((*a)->header().tensors.size() != (*b)->header().tensors.size())
        return "not the same number of tensors";
    const auto type = [](const GgufTensorInfo &info) { return std::string(ggmlTraits(info.type).name); };
    for (const GgufTensorInfo &mine : (*a)->header().tensors) {
        const GgufTensorInfo *other = (*b)->header().findTensor(mine.name);
        if (!other || other->shape != mine.shape)
            return mine.name + " is not there or has another shape";
        if (other->type != mine.type)
            return mine.name + " is " + type(mine) + ", not " + type(*other);
        const auto x = (*a)->bytes(mine);
        const auto y = (*b)->bytes(*other);
        if (!isTypeOnly && !std::equal(x.begin(), x.end(), y.begin(), y.end()))
            return mine.name + " (" + type(mine) + ") has other bytes";
    }
    for (const char *key : {"general.file_type", "general.quantization_version"}) {
        if ((*a)->header().number(key) != (*b)->header().number(key))
            return std::string(key) + " differs";
    }
    return {};
}

/// What llama.cpp's own quantizer reaches on valid.txt (shared/models/README-llm.md).
struct Quality
{
    const char *mix;
    double perplexity;
    bool isQuick = false; ///< measured on 40 windows in every run
};
const Quality kQualities[] = {
    {"F32", 45.982, true}, {"F16", 45.982},    {"Q8_0", 45.984, true},
    {"Q6_K", 46.005},      {"Q5_K_M", 46.046}, {"Q4_K_M", 46.215, true},
    {"Q4_K_S", 46.223},    {"Q3_K_M", 46.628}, {"Q2_K", 49.165, true},
};

} // namespace

class tst_RealLlamaCpp : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void blocks_data();
    void blocks();
    void typesOfMixes_data();
    void typesOfMixes();
    void filesOfMixes_data();
    void filesOfMixes();
    void filesFromHalves();
    void importance_data();
    void importance();
    void experts();
    void tokens();
    void logits_data();
    void logits();
    void generates();
    void perplexity_data();
    void perplexity();

private:
    fs::path path(const std::string &name) const
    {
        return fs::path(m_folder.path().toStdString()) / (name + ".gguf");
    }
    void quantize(const fs::path &in, const fs::path &out, const char *mix,
                  const ImportanceMatrix *matrix = nullptr) const
    {
        JobContext job;
        const auto file = GgufFile::open(in);
        QVERIFY2(file.ok(), file.ok() ? "" : file.error().message().c_str());
        GgufQuantizeOptions options;
        options.mix = *requireGgufMix(mix);
        options.importance = matrix;
        const auto result = quantizeGguf(GgufFileSource(*file), out, options, job);
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
        QCOMPARE(result->byteSize, std::uint64_t(fs::file_size(out)));
    }

    QTemporaryDir m_folder;
    const LlamaPeer *m_peer = nullptr;
};

void tst_RealLlamaCpp::initTestCase()
{
    std::string why;
    m_peer = LlamaPeer::find(why);
    if (!m_peer)
        QSKIP(why.c_str());
    if (!fs::exists(kModel))
        QSKIP("the shared models are not here");
    JobContext job;
    const auto source = openHfFolder(kModel, job);
    QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
    for (const char *mix : {"F32", "F16"}) {
        GgufQuantizeOptions options;
        options.mix = *requireGgufMix(mix);
        const auto result = quantizeGguf(**source, path(mix), options, job);
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    }
}

void tst_RealLlamaCpp::blocks_data()
{
    QTest::addColumn<quint32>("type");
    for (const GgmlTraits &traits : ggmlTypes()) {
        if (traits.isQuantized && traits.quantize)
            QTest::newRow(traits.name.data()) << static_cast<quint32>(traits.type);
    }
}

void tst_RealLlamaCpp::blocks()
{
    QFETCH(quint32, type);
    const GgmlTraits &traits = *findGgmlType(std::uint32_t {type});
    const std::size_t rowLength = traits.blockElements == 256 ? 768 : 416;
    for (int kind = 0; kind < 7; ++kind) {
        const std::vector<float> x = valuesOf(kind, 24 * rowLength);
        std::vector<float> weights = importanceOf(rowLength, 3);
        for (int use = 0; use < 3; ++use) {
            if (use == 2) { // columns that nothing ever passed through
                for (std::size_t i = 0; i < rowLength; i += 3)
                    weights[i] = 0.F;
            }
            const float *importance = use > 0 ? weights.data() : nullptr;
            std::vector<std::byte> ours(
                static_cast<std::size_t>(traits.bytesFor(static_cast<std::int64_t>(x.size()))));
            traits.quantize(x.data(), ours.data(), 24, static_cast<std::int64_t>(rowLength), importance);
            const auto theirs = m_peer->quantizeChunk(static_cast<int>(type), x,
                                                      static_cast<std::int64_t>(rowLength), importance);
            QVERIFY2(ours == theirs, qPrintable(QString("values %1, importance %2").arg(kind).arg(use)));
        }
    }
}

void tst_RealLlamaCpp::typesOfMixes_data()
{
    QTest::addColumn<int>("shape");
    for (int i = 0; i < static_cast<int>(std::size(kShapes)); ++i)
        QTest::newRow(kShapes[i].name) << i;
}

void tst_RealLlamaCpp::typesOfMixes()
{
    QFETCH(int, shape);
    const fs::path in = path("shape");
    const Status written = writeShape(in, kShapes[shape]);
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().message().c_str());
    const auto file = GgufFile::open(in);
    QVERIFY(file.ok());
    for (const GgufMix &mix : ggufMixes()) {
        for (const bool isPure : {false, true}) {
            LlamaPeer::QuantizeOptions theirOptions;
            theirOptions.isPure = isPure;
            QVERIFY(m_peer->quantize(in, path("theirs"), mix.fileType, theirOptions));
            GgufQuantizeOptions options;
            options.mix = &mix;
            options.types.isPure = isPure;
            JobContext job;
            const auto result = quantizeGguf(GgufFileSource(*file), path("ours"), options, job);
            QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
            const std::string difference = differenceOf(path("ours"), path("theirs"));
            QVERIFY2(difference.empty(),
                     (std::string(mix.name) + (isPure ? " pure: " : ": ") + difference).c_str());
        }
    }
}

void tst_RealLlamaCpp::filesOfMixes_data()
{
    QTest::addColumn<QString>("mix");
    for (const GgufMix &mix : ggufMixes())
        QTest::newRow(mix.name.data()) << QString::fromUtf8(mix.name.data(), qsizetype(mix.name.size()));
}

void tst_RealLlamaCpp::filesOfMixes()
{
    QFETCH(QString, mix);
    const std::string name = mix.toStdString();
    const fs::path ours = path(name == "F32" || name == "F16" ? name + "-again" : name);
    quantize(path("F32"), ours, name.c_str());
    QVERIFY(m_peer->quantize(path("F32"), path("theirs"), (*requireGgufMix(name))->fileType, {}));
    const std::string difference = differenceOf(ours, path("theirs"));
    QVERIFY2(difference.empty(), difference.c_str());
}

void tst_RealLlamaCpp::filesFromHalves()
{
    for (const char *mix : {"Q4_K_M", "Q8_0", "F32"}) {
        quantize(path("F16"), path("ours"), mix);
        QVERIFY(m_peer->quantize(path("F16"), path("theirs"), (*requireGgufMix(mix))->fileType, {}));
        const std::string difference = differenceOf(path("ours"), path("theirs"));
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

void tst_RealLlamaCpp::importance_data()
{
    filesOfMixes_data();
}

void tst_RealLlamaCpp::importance()
{
    QFETCH(QString, mix);
    const std::string name = mix.toStdString();
    const auto file = GgufFile::open(path("F32"));
    QVERIFY(file.ok());
    ImportanceMatrix matrix;
    LlamaPeer::QuantizeOptions options;
    unsigned seed = 1;
    for (const GgufTensorInfo &info : (*file)->header().tensors) {
        if (info.shape.size() != 2 || info.name == "token_embd.weight")
            continue;
        const auto values = importanceOf(static_cast<std::size_t>(info.rowLength()), ++seed);
        matrix.entries[info.name] = {values, {1.F}};
        options.importance[info.name] = values;
    }
    quantize(path("F32"), path("ours"), name.c_str(), &matrix);
    QVERIFY(m_peer->quantize(path("F32"), path("theirs"), (*requireGgufMix(name))->fileType, options));
    const std::string difference = differenceOf(path("ours"), path("theirs"));
    QVERIFY2(difference.empty(), difference.c_str());
}

void tst_RealLlamaCpp::experts()
{
    // Each expert of a stack has weights of its own.
    const ModelShape &shape = kShapes[6];
    QVERIFY(shape.experts == 8);
    const fs::path in = path("shape");
    QVERIFY(writeShape(in, shape).ok());
    ImportanceMatrix matrix;
    LlamaPeer::QuantizeOptions options;
    const auto values = importanceOf(static_cast<std::size_t>(shape.width * 8), 9);
    for (const char *name : {"blk.0.ffn_up_exps.weight", "blk.5.ffn_gate_exps.weight"}) {
        matrix.entries[name] = {values, std::vector<float>(8, 3.F)};
        options.importance[name] = values;
    }
    quantize(in, path("ours"), "Q4_K_M", &matrix);
    QVERIFY(m_peer->quantize(in, path("theirs"), 15, options));
    const std::string difference = differenceOf(path("ours"), path("theirs"));
    QVERIFY2(difference.empty(), difference.c_str());
}

void tst_RealLlamaCpp::tokens()
{
    const auto text = readFile(kData / "tokenizer-cases.json");
    QVERIFY(text.ok());
    LlamaPeer::Model *model = m_peer->load(path("F32"), true);
    QVERIFY(model);
    const auto cases = nlohmann::json::parse(*text);
    QVERIFY(!cases.empty());
    for (const auto &item : cases) {
        const auto given = item["text"].get<std::string>();
        QVERIFY2(m_peer->tokenize(*model, given) == item["ids"].get<std::vector<std::int32_t>>(),
                 given.c_str());
    }
    m_peer->free(model);
}

void tst_RealLlamaCpp::logits_data()
{
    QTest::addColumn<QString>("config"); ///< what a random model has in its config.json; "" = llama-tiny
    QTest::newRow("llama-tiny") << QString();
    const auto row = [](const char *name, const char *config) { QTest::newRow(name) << config; };
    row("llama", "{}");
    row("llama, stretched", R"({"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,
        "low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}})");
    row("llama, linear", R"({"rope_scaling":{"rope_type":"linear","factor":4.0}})");
    row("llama, tied", R"({"tie_word_embeddings":true})");
    row("mistral", R"({"model_type":"mistral","architectures":["MistralForCausalLM"],"sliding_window":null,
        "num_key_value_heads":1,"rms_norm_eps":0.01})");
    row("qwen2", R"({"model_type":"qwen2","architectures":["Qwen2ForCausalLM"],"rope_theta":1000000.0})");
    row("qwen3", R"({"model_type":"qwen3","architectures":["Qwen3ForCausalLM"],"head_dim":32})");
    row("phi3", R"({"model_type":"phi3","architectures":["Phi3ForCausalLM"],"num_key_value_heads":4})");
}

/// Our forward pass on the checkpoint, and on the GGUF file made of it, against llama.cpp's on that file: so
/// the file has everything in its place, and both compute the same.
void tst_RealLlamaCpp::logits()
{
    QFETCH(QString, config);
    constexpr std::int64_t kTokens = 256;
    fs::path folder = kModel;
    fs::path file = path("F32");
    std::vector<std::int32_t> ids = tinyTokens(kTokens);
    JobContext job;
    if (!config.isEmpty()) {
        TinyLlama what;
        what.type = DType::Float32;
        what.layers = 3;
        what.spread = 0.2F;
        what.more = nlohmann::json::parse(config.toStdString());
        what.more["max_position_embeddings"] = 512;
        folder = makeTinyLlama(fs::path(m_folder.path().toStdString()) / "family", what);
        file = path("family");
        GgufQuantizeOptions options;
        options.mix = *requireGgufMix("F32");
        const auto source = openHfFolder(folder, job);
        QVERIFY2(source.ok(), source.ok() ? "" : source.error().message().c_str());
        QVERIFY(quantizeGguf(**source, file, options, job).ok());
    }
    LlamaPeer::Model *model = m_peer->load(file);
    QVERIFY(model);
    if (config.isEmpty()) {
        ids = m_peer->tokenize(*model, *readFile(kData / "valid.txt"));
        ids.resize(kTokens);
    }
    const std::vector<float> theirs = m_peer->logits(*model, ids);
    m_peer->free(model);
    for (const fs::path &checkpoint : {folder, file}) {
        const auto opened = openCheckpoint(checkpoint);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().message().c_str());
        Activations x = embed(**opened, ids, kTokens).value();
        QVERIFY(runLayers(**opened, x, job).ok());
        Matrix ours;
        Matrix scratch;
        Head::load(**opened).value().logits(x[0], 0, kTokens, ours, scratch);
        QCOMPARE(ours.values.size(), theirs.size());
        double squares = 0;
        float largest = 0;
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            squares += double(theirs[i]) * double(theirs[i]);
            largest = std::max(largest, std::abs(ours.values[i] - theirs[i]));
        }
        const double size = std::sqrt(squares / double(theirs.size()));
        qInfo("largest difference %.2e; root mean square of the logits %.2f", double(largest), size);
        QVERIFY(size > 1 && size < 20);
        QVERIFY(largest < 1e-3F);
    }
}

void tst_RealLlamaCpp::generates()
{
    std::string reference;
    for (const char *mix : {"F32", "F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "Q3_K_M", "Q2_K"}) {
        const fs::path file = path(mix);
        QVERIFY(fs::exists(file));
        LlamaPeer::Model *model = m_peer->load(file);
        QVERIFY2(model, mix);
        const std::string text = m_peer->generate(*model, "It was a dark and stormy night", 20);
        m_peer->free(model);
        QVERIFY2(text.size() > 20, text.c_str());
        if (std::string(mix) == "F32")
            reference = text;
        else if (std::string(mix) == "F16" || std::string(mix) == "Q8_0") // nearly lossless: the same start
            QCOMPARE(text.substr(0, 12), reference.substr(0, 12));
    }
}

void tst_RealLlamaCpp::perplexity_data()
{
    QTest::addColumn<QString>("mix");
    QTest::addColumn<double>("expected");
    const bool isWhole = qEnvironmentVariableIsSet("QS_WHOLE_PERPLEXITY");
    for (const Quality &quality : kQualities) {
        if (isWhole || quality.isQuick)
            QTest::newRow(quality.mix) << quality.mix << quality.perplexity;
    }
}

void tst_RealLlamaCpp::perplexity()
{
    QFETCH(QString, mix);
    QFETCH(double, expected);
    const auto text = readFile(kData / "valid.txt");
    QVERIFY(text.ok());
    LlamaPeer::Model *model = m_peer->load(path(mix.toStdString()));
    QVERIFY(model);
    // All files on the whole text take minutes; 40 windows of some tell a wrong file as well.
    const bool isWhole = qEnvironmentVariableIsSet("QS_WHOLE_PERPLEXITY");
    const LlamaPeer::Perplexity found = m_peer->perplexity(*model, *text, isWhole ? 1 << 20 : 40);
    m_peer->free(model);
    QCOMPARE(found.tokens, 108337);
    QCOMPARE(found.windows, isWhole ? 423 : 40);
    const double wholeLoss = std::log(expected / 45.982);
    if (isWhole) {
        // Given to three digits; llama.cpp's kernels differ a little between processors.
        qInfo("%s: perplexity %.4f", qPrintable(mix), std::exp(found.nll));
        QVERIFY2(std::abs(std::exp(found.nll) - expected) < 0.001 + 0.05 * wholeLoss,
                 qPrintable(QString::number(std::exp(found.nll), 'f', 4)));
        return;
    }
    const double loss = found.nll - 3.829134; // of the float model on these windows
    QVERIFY2(std::abs(loss - wholeLoss) < 1e-4 + 0.5 * wholeLoss,
             qPrintable(QString::number(found.nll, 'f', 6)));
}

QTEST_APPLESS_MAIN(tst_RealLlamaCpp)
#include "tst_real_llamacpp.moc"
