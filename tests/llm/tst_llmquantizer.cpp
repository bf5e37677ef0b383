// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/random.h"
#include "core/llm/awq.h"
#include "core/llm/blas.h"
#include "core/llm/floatmath.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/moduleformat.h"
#include "core/llm/outputfolder.h"
#include "core/llm/perplexity.h"
#include "core/llm/rtn.h"
#include "tests/support/imagewriter.h"

#include <QtTest>

#include <set>

using namespace qs;
using namespace qs::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Json configOf(const std::string &type)
{
    return {{"model_type", type},
            {"hidden_size", 64},
            {"intermediate_size", 128},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 4},
            {"num_key_value_heads", type == "qwen2" ? 2 : 4},
            {"head_dim", 16},
            {"max_position_embeddings", 64},
            {"vocab_size", 96},
            {"torch_dtype", "bfloat16"},
            {"query_pre_attn_scalar", 16}};
}

/// A model with random weights, some inputs much larger than others.
fs::path makeModel(const fs::path &folder, const std::string &type)
{
    fs::create_directories(folder);
    writeBytes((folder / "config.json").string(), configOf(type).dump());
    writeBytes((folder / "tokenizer.json").string(), "{\"a\": 1}");
    writeBytes((folder / "pytorch_model.bin").string(), "weights of another kind");
    writeBytes((folder / ".hidden").string(), "x");
    const LlmConfig config = readLlmConfig(folder).value();
    std::vector<NamedTensor> tensors;
    Random random(77);
    const auto add = [&](const std::string &name, Shape shape, float scale, float offset = 0) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = random.normal() * scale + offset;
        tensors.push_back({name, tensorFromFloats(DType::BFloat16, shape, values)});
    };
    add("model.embed_tokens.weight", {96, 64}, 1);
    add("lm_head.weight", {96, 64}, 0.3F);
    add("model.norm.weight", {64}, 0.1F, 1);
    for (std::int64_t layer = 0; layer < 2; ++layer) {
        const float one = config.isGemma ? 0.F : 1.F;
        for (const char *norm : {"input_layernorm.weight", "post_attention_layernorm.weight"})
            add(layerTensor(layer, norm), {64}, 0.5F, one);
        if (config.isGemma) {
            add(layerTensor(layer, "pre_feedforward_layernorm.weight"), {64}, 0.5F);
            add(layerTensor(layer, "post_feedforward_layernorm.weight"), {64}, 0.1F);
        }
        for (const LinearShape &shape : linearsOf(config)) {
            add(moduleName(layer, shape.role) + ".weight", {shape.out, shape.in}, 0.2F);
            if (shape.hasBias)
                add(moduleName(layer, shape.role) + ".bias", {shape.out}, 0.1F);
        }
    }
    if (!writeSafetensors(folder / "model.safetensors", tensors).ok())
        qFatal("the model could not be written");
    return folder;
}

std::vector<std::int32_t> someTokens()
{
    Random random(4);
    std::vector<std::int32_t> tokens;
    for (int i = 0; i < 64 * 9 + 5; ++i)
        tokens.push_back(static_cast<std::int32_t>(random.below(96)));
    return tokens;
}

Json readJson(const fs::path &path)
{
    return Json::parse(readFile(path).value());
}

LlmQuantizeOptions optionsFor(LlmMethod method)
{
    LlmQuantizeOptions options;
    options.method = method;
    options.scheme.groupSize = 32;
    return options;
}

double relativeDifference(const Matrix &a, const Matrix &b)
{
    double difference = 0;
    double norm = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        difference += std::pow(double(a.values[i]) - double(b.values[i]), 2);
        norm += std::pow(double(a.values[i]), 2);
    }
    return std::sqrt(difference / norm);
}

} // namespace

class TestLlmQuantizer : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void methods_data();
    void methods();
    void configGptq();
    void configAwq();
    void configBitsAndBytes();
    void int8WithoutOutliers();
    void skips_data();
    void skips();
    void sharded();
    void awqKeepsTheFunction_data();
    void awqKeepsTheFunction();
    void awqScales();
    void awqClips();
    void refusesOptions_data();
    void refusesOptions();
    void refusesFolders();
    void replacesEarlierResults();
    void cancelled();
    void damagedCheckpoints();

private:
    std::vector<std::string> filesIn(const fs::path &folder) const
    {
        std::vector<std::string> names;
        for (const auto &entry : fs::directory_iterator(folder))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

    QTemporaryDir m_root;
    fs::path m_folder;
    int m_count = 0;
    JobContext m_job;
};

void TestLlmQuantizer::init()
{
    m_folder = fs::path(m_root.path().toStdString()) / std::to_string(++m_count);
    fs::create_directory(m_folder);
}

void TestLlmQuantizer::methods_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<QString>("type");
    QTest::addColumn<double>("limit"); // relative error of a weight
    const auto row = [](const char *name, LlmMethod method, const char *type, double limit) {
        QTest::newRow(name) << static_cast<int>(method) << type << limit;
    };
    row("RTN", LlmMethod::Rtn, "llama", 0.12);
    row("GPTQ", LlmMethod::Gptq, "llama", 0.2);
    row("AWQ", LlmMethod::Awq, "llama", 0.12);
    row("HQQ", LlmMethod::Hqq, "llama", 0.12);
    row("NF4", LlmMethod::Nf4, "llama", 0.12);
    row("FP4", LlmMethod::Fp4, "llama", 0.15);
    row("LLM.int8", LlmMethod::Int8, "llama", 0.011);
    row("GPTQ, fused", LlmMethod::Gptq, "phi3", 0.2);
    row("AWQ, fused", LlmMethod::Awq, "phi3", 0.12);
    row("AWQ, biases and shared values", LlmMethod::Awq, "qwen2", 0.12);
    row("AWQ, Gemma", LlmMethod::Awq, "gemma2", 0.12);
    row("NF4, Gemma", LlmMethod::Nf4, "gemma2", 0.12);
}

// The folder is complete, is read back, and predicts nearly what the model did.
void TestLlmQuantizer::methods()
{
    QFETCH(int, method);
    QFETCH(QString, type);
    QFETCH(double, limit);
    const fs::path model = makeModel(m_folder / "model", type.toStdString());
    const LlmQuantizeOptions options = optionsFor(static_cast<LlmMethod>(method));
    const auto tokens = someTokens();
    const auto result = quantizeCheckpoint(model, m_folder / "out", options, tokens, m_job);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const LlmConfig config = readLlmConfig(m_folder / "out").value();
    QCOMPARE(result->modules.size(), 2 * linearsOf(config).size());
    for (const LlmModuleReport &report : result->modules)
        QVERIFY2(report.relativeError > 0.001 && report.relativeError < limit,
                 qPrintable(QString("%1 %2").arg(report.module.c_str()).arg(report.relativeError)));
    const bool isGptq = result->format == LlmFormat::GptqV1 || result->format == LlmFormat::GptqV2;
    std::vector<std::string> files {"config.json", "model.safetensors", "quantize_config.json",
                                    "tokenizer.json"};
    if (!isGptq)
        files.erase(files.begin() + 2);
    QVERIFY(filesIn(m_folder / "out") == files);
    QVERIFY(filesIn(m_folder) == std::vector<std::string>({"model", "out"}));

    const SafetensorsSet tensors = SafetensorsSet::open(m_folder / "out").value();
    QCOMPARE(tensors.byteSize(), result->sizeBytes);
    const bool isPlain = result->format == LlmFormat::BitsAndBytes;
    QVERIFY(tensors.find("lm_head.weight")->type == (isPlain ? DType::BFloat16 : DType::Float16));
    const WeightSourcePtr original = openCheckpoint(model).value();
    const auto quantized = openCheckpoint(m_folder / "out");
    QVERIFY2(quantized.ok(), quantized.ok() ? "" : quantized.error().message().c_str());
    const auto compared = measurePerplexity(**quantized, tokens, {}, original.get(), m_job).value();
    // Unrelated scores with the deviation of these, 2.4, would diverge by about its square.
    QVERIFY2(compared.divergence->mean > 1e-7 && compared.divergence->mean < 1.2,
             qPrintable(QString::number(compared.divergence->mean)));
}

void TestLlmQuantizer::configGptq()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    LlmQuantizeOptions options = optionsFor(LlmMethod::Gptq);
    options.usesActOrder = true;
    options.hasStaticGroups = false;
    const auto report = quantizeCheckpoint(model, m_folder / "out", options, someTokens(), m_job).value();
    QCOMPARE(report.windows, std::size_t {9});
    // 4 bits, and in each group 16 of the scale and 4 of the zero; 32 of each input's group.
    QVERIFY(report.bitsPerWeight > 4 + 20.0 / 32 && report.bitsPerWeight < 4 + 20.0 / 32 + 0.7);
    const Json json = readJson(m_folder / "out" / "config.json");
    QCOMPARE(json["torch_dtype"].get<std::string>(), std::string("float16"));
    QCOMPARE(json["hidden_size"].get<int>(), 64);
    const Json expected = Json::parse(
        R"({"quant_method":"gptq","bits":4,"group_size":32,"damp_percent":0.01,"desc_act":true,"static_groups":false,
            "sym":true,"true_sequential":true,"lm_head":false,"checkpoint_format":"gptq","model_name_or_path":null,
            "model_file_base_name":"model"})");
    QVERIFY(json["quantization_config"] == expected);
    QVERIFY(readJson(m_folder / "out" / "quantize_config.json") == expected);
    const SafetensorsSet tensors = SafetensorsSet::open(m_folder / "out").value();
    QVERIFY(!tensors.contains("model.layers.0.mlp.up_proj.weight"));
    for (const std::int32_t word :
         tensors.tensor("model.layers.1.mlp.up_proj.qzeros").value().data<std::int32_t>())
        QCOMPARE(word, 0x77777777);
    // Ordered by activation: query, key and value have the same inputs, so the same groups.
    const Tensor groups = tensors.tensor("model.layers.0.self_attn.q_proj.g_idx").value();
    const Tensor others = tensors.tensor("model.layers.0.self_attn.v_proj.g_idx").value();
    QVERIFY(std::equal(groups.bytes().begin(), groups.bytes().end(), others.bytes().begin()));
    const auto values = groups.data<std::int32_t>();
    QVERIFY(!std::is_sorted(values.begin(), values.end()));
    QCOMPARE(std::count(values.begin(), values.end(), 0), 32);
}

void TestLlmQuantizer::configAwq()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    QVERIFY(
        quantizeCheckpoint(model, m_folder / "out", optionsFor(LlmMethod::Awq), someTokens(), m_job).ok());
    QVERIFY(
        readJson(m_folder / "out" / "config.json")["quantization_config"]
        == Json::parse(R"({"quant_method":"awq","zero_point":true,"group_size":32,"bits":4,"version":"gemm",
                               "modules_to_not_convert":null})"));
    // Scales went into the norms.
    const SafetensorsSet before = SafetensorsSet::open(model).value();
    const SafetensorsSet after = SafetensorsSet::open(m_folder / "out").value();
    const Tensor a = toFloat32(before.tensor("model.layers.0.input_layernorm.weight").value()).value();
    const Tensor b = toFloat32(after.tensor("model.layers.0.input_layernorm.weight").value()).value();
    QVERIFY(!std::equal(a.floats().begin(), a.floats().end(), b.floats().begin()));
}

void TestLlmQuantizer::configBitsAndBytes()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    QVERIFY(quantizeCheckpoint(model, m_folder / "out", optionsFor(LlmMethod::Nf4), {}, m_job).ok());
    QVERIFY(readJson(m_folder / "out" / "config.json")["quantization_config"] == Json::parse(R"(
        {"quant_method":"bitsandbytes","_load_in_4bit":true,"_load_in_8bit":false,"load_in_4bit":true,
         "load_in_8bit":false,"bnb_4bit_quant_type":"nf4","bnb_4bit_use_double_quant":true,
         "bnb_4bit_compute_dtype":"bfloat16","bnb_4bit_quant_storage":"uint8","llm_int8_threshold":6.0,
         "llm_int8_skip_modules":null,"llm_int8_enable_fp32_cpu_offload":false,"llm_int8_has_fp16_weight":false})"));
    QVERIFY(readFile(m_folder / "out" / "config.json").value().find("\"llm_int8_threshold\": 6.0")
            != std::string::npos); // transformers wants a float
    const SafetensorsSet tensors = SafetensorsSet::open(m_folder / "out").value();
    const std::string weight = "model.layers.0.self_attn.q_proj.weight";
    QVERIFY(tensors.find(weight)->shape == Shape({2048, 1}));
    QVERIFY(tensors.find(weight + ".absmax")->type == DType::UInt8);
    const Tensor state = tensors.tensor(weight + ".quant_state.bitsandbytes__nf4").value();
    const std::string text(reinterpret_cast<const char *>(state.bytes().data()), state.size());
    QVERIFY2(
        text.starts_with(R"({"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [64, 64], )"
                         R"("nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.)")
            && text.ends_with("}"),
        text.c_str());
    QVERIFY(quantizeCheckpoint(model, m_folder / "int8", optionsFor(LlmMethod::Int8), {}, m_job).ok());
    const SafetensorsSet rows = SafetensorsSet::open(m_folder / "int8").value();
    QVERIFY(rows.find(weight)->type == DType::Int8 && rows.contains("model.layers.0.self_attn.q_proj.SCB"));
    QVERIFY(rows.find("model.layers.0.self_attn.q_proj.weight_format")->shape.empty());
    const WeightSourcePtr source = openCheckpoint(m_folder / "int8").value();
    QCOMPARE(source->linear("model.layers.0.self_attn.q_proj", 64, 64, false).value().int8Threshold, 6.F);
}

// bitsandbytes takes a threshold of 0 for "no outlier path": a layer with a large input loses what the
// outliers' columns would have kept.
void TestLlmQuantizer::int8WithoutOutliers()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    const WeightSourcePtr original = openCheckpoint(model).value();
    const auto divergence = [&](double threshold) {
        LlmQuantizeOptions options = optionsFor(LlmMethod::Int8);
        options.int8Threshold = threshold;
        if (!quantizeCheckpoint(model, m_folder / "out", options, {}, m_job).ok())
            qFatal("not quantized");
        const WeightSourcePtr quantized = openCheckpoint(m_folder / "out").value();
        return measurePerplexity(*quantized, someTokens(), {}, original.get(), m_job)
            .value()
            .divergence->mean;
    };
    const double none = divergence(0);
    QVERIFY(readFile(m_folder / "out" / "config.json").value().find("\"llm_int8_threshold\": 0.0")
            != std::string::npos);
    const WeightSourcePtr quantized = openCheckpoint(m_folder / "out").value();
    QVERIFY(std::isinf(
        quantized->linear("model.layers.0.self_attn.q_proj", 64, 64, false).value().int8Threshold));
    // The same as a threshold that nothing reaches, and worse than one that every column does.
    QCOMPARE(none, divergence(1e6));
    const double all = divergence(1e-6);
    QVERIFY2(none > 1.05 * all, qPrintable(QString("%1 %2").arg(none).arg(all)));
}

void TestLlmQuantizer::skips_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QStringList>("kept"); ///< of each layer, in the order of modules
    QTest::addColumn<QString>("config"); ///< keys of quantization_config
    const QStringList down {"0.mlp.down_proj", "1.mlp.down_proj"};
    const QStringList values {"0.self_attn.k_proj", "0.self_attn.q_proj", "0.self_attn.v_proj"};
    const QString gptq = R"({"modules_in_block_to_quantize": [["self_attn.q_proj", "self_attn.k_proj",
        "self_attn.v_proj"], ["self_attn.o_proj"], ["mlp.gate_proj", "mlp.up_proj"]]})";
    const auto row = [](const char *name, LlmMethod method, const char *type, const char *pattern,
                        const QStringList &kept, const QString &config) {
        QTest::newRow(name) << static_cast<int>(method) << type << pattern << kept << config;
    };
    row("GPTQ", LlmMethod::Gptq, "llama", "down_proj$", down, gptq);
    row("RTN", LlmMethod::Rtn, "llama", "mlp\\.d", down, gptq);
    row("GPTQ, one block", LlmMethod::Gptq, "llama", "\\.0\\.self_attn\\.[qkv]_proj", values,
        R"({"dynamic": {"-:^model\\.layers\\.0\\.self_attn\\.q_proj$": {},
            "-:^model\\.layers\\.0\\.self_attn\\.k_proj$": {},
            "-:^model\\.layers\\.0\\.self_attn\\.v_proj$": {},
            "-:^model\\.layers\\.0\\.self_attn\\.qkv_proj$": {}}})");
    row("AWQ", LlmMethod::Awq, "llama", "down_proj", down, R"({"modules_to_not_convert": ["down_proj"]})");
    // The values before the outputs, and the norm before all three, must not be scaled.
    row("AWQ, one block", LlmMethod::Awq, "llama", "0.self_attn.[qkv]", values,
        R"({"modules_to_not_convert": ["model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.k_proj",
            "model.layers.0.self_attn.v_proj", "model.layers.0.self_attn.qkv_proj"]})");
    row("AWQ, fused", LlmMethod::Awq, "phi3", "gate_up", {"0.mlp.gate_up_proj", "1.mlp.gate_up_proj"},
        R"({"modules_to_not_convert": ["gate_up_proj"]})");
    row("NF4", LlmMethod::Nf4, "llama", "gate|up_",
        {"0.mlp.gate_proj", "0.mlp.up_proj", "1.mlp.gate_proj", "1.mlp.up_proj"},
        R"({"llm_int8_skip_modules": ["lm_head", "gate_proj", "up_proj", "gate_up_proj"]})");
    row("LLM.int8, one block", LlmMethod::Int8, "llama", "layers.1.mlp.down", {"1.mlp.down_proj"},
        R"({"llm_int8_skip_modules": ["lm_head", "model.layers.1.mlp.down_proj"]})");
}

// What is skipped is in the result as it was, all else is quantized, the configuration says so, and the model
// still computes what it did.
void TestLlmQuantizer::skips()
{
    QFETCH(int, method);
    QFETCH(QString, type);
    QFETCH(QString, pattern);
    QFETCH(QStringList, kept);
    QFETCH(QString, config);
    const fs::path model = makeModel(m_folder / "model", type.toStdString());
    LlmQuantizeOptions options = optionsFor(static_cast<LlmMethod>(method));
    options.skip = pattern.toStdString();
    const auto tokens = someTokens();
    const auto result = quantizeCheckpoint(model, m_folder / "out", options, tokens, m_job);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());

    const Json written = readJson(m_folder / "out" / "config.json")["quantization_config"];
    const Json expected = Json::parse(config.toStdString());
    for (const auto &[key, value] : expected.items())
        QVERIFY2(written.value(key, Json()) == value, written.dump().c_str());
    const SafetensorsSet before = SafetensorsSet::open(model).value();
    const SafetensorsSet after = SafetensorsSet::open(m_folder / "out").value();
    const LlmConfig shapes = readLlmConfig(m_folder / "out").value();
    QStringList found;
    std::size_t quantized = 0;
    for (std::int64_t layer = 0; layer < shapes.layers; ++layer) {
        for (const LinearShape &shape : linearsOf(shapes)) {
            const std::string name = moduleName(layer, shape.role);
            const SafetensorsEntry *entry = after.find(name + ".weight");
            const bool isFloat = entry && entry->shape == Shape {shape.out, shape.in}
                && (entry->type == DType::Float16 || entry->type == DType::BFloat16);
            if (!isFloat) {
                ++quantized;
                continue;
            }
            found.push_back(QString::fromStdString(name).mid(QStringLiteral("model.layers.").size()));
            const Tensor a = toFloat32(before.tensor(name + ".weight").value()).value();
            const Tensor b = toFloat32(after.tensor(name + ".weight").value()).value();
            for (std::size_t i = 0; i < a.size(); ++i) {
                const float stored
                    = entry->type == DType::Float16 ? roundToHalf(a.floats()[i]) : a.floats()[i];
                QCOMPARE(b.floats()[i], stored);
            }
        }
    }
    found.sort();
    QCOMPARE(found, kept);
    QCOMPARE(result->modules.size(), quantized);
    const WeightSourcePtr original = openCheckpoint(model).value();
    const auto opened = openCheckpoint(m_folder / "out");
    QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().message().c_str());
    const auto compared = measurePerplexity(**opened, tokens, {}, original.get(), m_job).value();
    QVERIFY2(compared.divergence->mean > 1e-7 && compared.divergence->mean < 1.2,
             qPrintable(QString::number(compared.divergence->mean)));
}

void TestLlmQuantizer::sharded()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    LlmQuantizeOptions options = optionsFor(LlmMethod::Nf4);
    options.shardBytes = 20'000;
    QVERIFY(quantizeCheckpoint(model, m_folder / "out", options, {}, m_job).ok());
    const SafetensorsSet tensors = SafetensorsSet::open(m_folder / "out").value();
    QVERIFY(tensors.files().size() > 2);
    for (const SafetensorsFilePtr &file : tensors.files()) {
        std::set<std::string> names;
        for (const SafetensorsEntry &entry : file->header().entries)
            names.insert(entry.name);
        for (const std::string &name :
             names) { // transformers looks for a weight's companions in its own shard
            if (name.ends_with(".absmax") && !name.ends_with("nested_absmax"))
                QVERIFY(names.contains(name.substr(0, name.size() - 7))
                        && names.contains(name.substr(0, name.size() - 7) + ".nested_absmax"));
        }
    }
    QVERIFY(openCheckpoint(m_folder / "out").ok());
}

void TestLlmQuantizer::awqKeepsTheFunction_data()
{
    QTest::addColumn<QString>("type");
    for (const char *type : {"llama", "qwen2", "phi3", "gemma2"})
        QTest::newRow(type) << type;
}

// Scales are folded: without rounding and clipping the block computes what it did.
void TestLlmQuantizer::awqKeepsTheFunction()
{
    QFETCH(QString, type);
    const WeightSourcePtr source = openCheckpoint(makeModel(m_folder / "model", type.toStdString())).value();
    const LlmConfig &config = source->config();
    const Activations windows = embed(*source, someTokens(), 64).value();
    const RopeTable rope(config, 64);
    const Block original = loadBlock(*source, 0).value();
    Block block = original;
    AwqOptions options;
    options.scheme.groupSize = 32;
    options.clips = false;
    const auto reports = prepareAwq(config, rope, block, windows, options, m_job);
    QCOMPARE(reports.size(),
             std::size_t(config.heads == config.kvHeads ? 4 : 3)); // not the output of shared values
    for (const AwqGroupReport &report : reports)
        QVERIFY(report.loss > 0 && report.loss < 1.02 * report.plainLoss);
    BlockScratch scratch;
    Matrix before = windows[0];
    Matrix after = windows[0];
    runBlock(config, rope, original, before, scratch);
    runBlock(config, rope, block, after, scratch);
    QVERIFY2(relativeDifference(before, after) < 1e-5,
             qPrintable(QString::number(relativeDifference(before, after))));
    QVERIFY(relativeDifference(block.linears.begin()->second.weight, original.linears.begin()->second.weight)
            > 0.01);
}

void TestLlmQuantizer::awqScales()
{
    // By hand: x = (4, 1), ratio 1/2: s = (2, 1), divided by sqrt(2).
    const std::vector<float> inputs {4, 1};
    const auto plain = awqScale(inputs, {}, 0.5);
    QVERIFY(std::fabs(plain[0] - std::sqrt(2.F)) < 1e-6F && std::fabs(plain[1] - std::sqrt(0.5F)) < 1e-6F);
    const std::vector<float> weights {0.25F, 1.F};
    const auto both = awqScale(inputs, weights, 0.5); // 2 / 0.5001 and 1 / 1.0001
    QVERIFY(std::fabs(both[0] / both[1] - 2 / 0.5001F * 1.0001F) < 1e-3F);
    QVERIFY(awqScale(std::vector<float> {0, 0}, {}, 0.5)[0] == 1.F); // both at the lower limit
    Matrix weight(2, 4);
    weight.values = {1, -2, 3, 4, 0.5F, 0.5F, -1, 1};
    const Matrix *pointer = &weight;
    GroupScheme scheme {4, 2, false, true};
    const auto means = awqWeightMeans({&pointer, 1}, scheme);
    const std::vector<float> expected {(0.5F + 1) / 2, (1 + 1) / 2.F, (0.75F + 1) / 2, 1};
    for (std::size_t i = 0; i < 4; ++i)
        QVERIFY(std::fabs(means[i] - expected[i]) < 1e-5F);
}

void TestLlmQuantizer::awqClips()
{
    // One large weight whose input is nearly always 0 spoils the grid of the others: it is clipped.
    Random random(2);
    Matrix weight(4, 32);
    for (float &value : weight.values)
        value = static_cast<float>(random.uniform()) - 0.5F;
    for (std::int64_t row = 0; row < 4; ++row)
        weight.row(row)[7] = 2;
    Matrix inputs(200, 32);
    for (std::int64_t row = 0; row < inputs.rows; ++row) {
        for (std::int64_t i = 0; i < inputs.cols; ++i)
            inputs.row(row)[i] = i == 7 ? 0.F : random.normal();
    }
    AwqOptions options;
    options.scheme.groupSize = 32;
    const auto errorOf = [&](const Matrix &changed) {
        Matrix difference = dequantize(roundAwq(changed, options.scheme));
        for (std::size_t i = 0; i < difference.values.size(); ++i)
            difference.values[i] -= weight.values[i];
        Matrix y(inputs.rows, 4);
        multiplyTransposed(panelOf(inputs), panelOf(difference), panelOf(y));
        return squaredNorm(y.values);
    };
    Matrix clipped = weight;
    clipAwq(clipped, inputs, options);
    QVERIFY(clipped.row(0)[7] < 1.5F);
    QVERIFY(errorOf(clipped) < 0.7F * errorOf(weight));
}

void TestLlmQuantizer::refusesOptions_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<int>("format");
    QTest::addColumn<int>("bits");
    QTest::addColumn<bool>("isSymmetric");
    QTest::addColumn<QString>("option");
    const auto row = [](const char *name, LlmMethod method, LlmFormat format, int bits, bool isSymmetric,
                        const char *option) {
        QTest::newRow(name) << static_cast<int>(method) << static_cast<int>(format) << bits << isSymmetric
                            << option;
    };
    row("5 bits", LlmMethod::Rtn, LlmFormat::Auto, 5, true, "bits");
    row("1 bit", LlmMethod::Gptq, LlmFormat::Auto, 1, true, "bits");
    row("AWQ with 3", LlmMethod::Awq, LlmFormat::Auto, 3, true, "bits");
    row("AWQ elsewhere", LlmMethod::Awq, LlmFormat::GptqV2, 4, true, "format");
    row("NF4 elsewhere", LlmMethod::Nf4, LlmFormat::GptqV1, 4, true, "format");
    row("GPTQ as bitsandbytes", LlmMethod::Gptq, LlmFormat::BitsAndBytes, 4, true, "format");
    row("no zero of 0", LlmMethod::Gptq, LlmFormat::GptqV1, 4, false, "format");
}

void TestLlmQuantizer::refusesOptions()
{
    QFETCH(int, method);
    QFETCH(int, format);
    QFETCH(int, bits);
    QFETCH(bool, isSymmetric);
    QFETCH(QString, option);
    LlmQuantizeOptions options = optionsFor(static_cast<LlmMethod>(method));
    options.format = static_cast<LlmFormat>(format);
    options.scheme.bits = bits;
    options.scheme.isSymmetric = isSymmetric;
    const Status status = checkOptions(options);
    QVERIFY(!status.ok() && status.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(QString::fromStdString(status.error().subject), option);
}

void TestLlmQuantizer::refusesFolders()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    const auto reason = [&](const fs::path &from, const fs::path &to, const LlmQuantizeOptions &options) {
        const auto result = quantizeCheckpoint(from, to, options, someTokens(), m_job);
        return result.ok() ? std::string() : result.error().message();
    };
    const LlmQuantizeOptions rtn = optionsFor(LlmMethod::Rtn);
    QVERIFY(reason(m_folder / "nowhere", m_folder / "out", rtn).find("config.json: No such file")
            != std::string::npos);
    QVERIFY(reason(model, model, rtn).ends_with("is the model that is to be quantized"));
    fs::create_directory(m_folder / "used");
    writeBytes((m_folder / "used" / "thesis.txt").string(), "years of work");
    QVERIFY(reason(model, m_folder / "used", rtn).find("is there already") != std::string::npos);
    LlmQuantizeOptions odd = rtn;
    odd.scheme.groupSize = 48;
    QVERIFY(reason(model, m_folder / "out", odd).find("no whole groups of 48") != std::string::npos);
    // What does not fit can stay.
    odd.scheme.groupSize = 128;
    odd.skip = "self_attn|gate|up_";
    QCOMPARE(reason(model, m_folder / "fits", odd), std::string());
    fs::remove_all(m_folder / "fits");
    for (const auto &[pattern, why] :
         {std::pair("(", "skip: '(' is no regular expression"),
          std::pair("experts", "skip: 'experts' is found in no name, such as 'model.layers.0.mlp.down_proj'"),
          std::pair("proj", "skip: 'proj' leaves nothing to quantize"),
          std::pair("q_proj", "skip: keeps self_attn.q_proj but not self_attn.k_proj, which runtimes read"),
          std::pair("1.mlp.up", "skip: keeps mlp.up_proj but not mlp.gate_proj, which runtimes read")}) {
        LlmQuantizeOptions wrong = rtn;
        wrong.skip = pattern;
        QVERIFY2(reason(model, m_folder / "out", wrong).starts_with(why), pattern);
    }
    LlmQuantizeOptions gptq = optionsFor(LlmMethod::Gptq);
    const auto few
        = quantizeCheckpoint(model, m_folder / "out", gptq, std::vector<std::int32_t>(63, 1), m_job);
    QCOMPARE(few.error().message(), std::string("calibration: has 63 tokens, one window takes 64"));
    QVERIFY(quantizeCheckpoint(model, m_folder / "out", rtn, {}, m_job).ok());
    QVERIFY(reason(m_folder / "out", m_folder / "again", rtn).find("is quantized already")
            != std::string::npos);
    QVERIFY(filesIn(m_folder) == std::vector<std::string>({"model", "out", "used"}));
    QVERIFY(filesIn(m_folder / "used") == std::vector<std::string> {"thesis.txt"});
}

void TestLlmQuantizer::replacesEarlierResults()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    fs::create_directory(m_folder / "out"); // empty
    QVERIFY(quantizeCheckpoint(model, m_folder / "out", optionsFor(LlmMethod::Rtn), {}, m_job).ok());
    const std::string first = readFile(m_folder / "out" / "model.safetensors").value();
    QVERIFY(
        quantizeCheckpoint(model, (m_folder / "out").string() + "/", optionsFor(LlmMethod::Nf4), {}, m_job)
            .ok());
    QVERIFY(!fs::exists(m_folder / "out" / "quantize_config.json"));
    QVERIFY(quantizeCheckpoint(model, m_folder / "out", optionsFor(LlmMethod::Rtn), {}, m_job).ok());
    QVERIFY(readFile(m_folder / "out" / "model.safetensors").value() == first); // the same bytes again
    QVERIFY(filesIn(m_folder) == std::vector<std::string>({"model", "out"}));
}

void TestLlmQuantizer::cancelled()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    std::stop_source stop;
    const JobContext::ProgressSink sink = [&](const Progress &progress) {
        if (progress.done == 1)
            stop.request_stop();
    };
    JobContext job(stop.get_token(), sink);
    bool isCancelled = false;
    try {
        (void)quantizeCheckpoint(model, m_folder / "out", optionsFor(LlmMethod::Gptq), someTokens(), job)
            .ok();
    } catch (const Cancelled &) {
        isCancelled = true;
    }
    QVERIFY(isCancelled);
    QVERIFY(filesIn(m_folder) == std::vector<std::string> {"model"});
}

// Whatever is written over the tensors and their description, reading ends with a reason or a matrix.
void TestLlmQuantizer::damagedCheckpoints()
{
    const fs::path model = makeModel(m_folder / "model", "llama");
    for (const LlmMethod method : {LlmMethod::Rtn, LlmMethod::Nf4}) {
        QVERIFY(quantizeCheckpoint(model, m_folder / "out", optionsFor(method), {}, m_job).ok());
        const std::string config = readFile(m_folder / "out" / "config.json").value();
        const std::string weights = readFile(m_folder / "out" / "model.safetensors").value();
        Random random(9);
        int refused = 0;
        for (int round = 0; round < 60; ++round) {
            std::string bytes = weights;
            std::string json = config;
            for (int i = 0; i < 12; ++i)
                bytes[8 + random.below(bytes.size() - 8)] = static_cast<char>(random.below(256));
            if (round % 2 == 0)
                json[random.below(json.size())] = "0123456789,:[]{}\"-e."[random.below(20)];
            writeBytes((m_folder / "out" / "model.safetensors").string(), bytes);
            writeBytes((m_folder / "out" / "config.json").string(), json);
            const auto source = openCheckpoint(m_folder / "out");
            if (!source.ok()) {
                ++refused;
                QVERIFY(!source.error().detail.empty());
                continue;
            }
            const auto linear = (*source)->linear("model.layers.1.mlp.up_proj", 128, 64, false);
            refused += linear.ok() ? 0 : 1;
            QVERIFY(linear.ok() ? linear->weight.values.size() == 128 * 64 : !linear.error().detail.empty());
        }
        QVERIFY(refused > 5);
    }
    // Well-formed, but of something else.
    const auto said = [](const char *text) {
        const auto format = parseCheckpointFormat(Json::parse(text));
        return format.ok() ? std::string() : format.error().detail;
    };
    QVERIFY(said(R"({"quant_method":"aqlm"})").starts_with("quantized by 'aqlm'"));
    QVERIFY(said(R"({"quant_method":"gptq","bits":5})").find("5 bits") != std::string::npos);
    QVERIFY(said(R"({"quant_method":"gptq","bits":4,"checkpoint_format":"marlin"})").find("'marlin'")
            != std::string::npos);
    QVERIFY(said(R"({"quant_method":"awq","version":"gemv"})").find("'gemv'") != std::string::npos);
    QVERIFY(said("[]").find("no object") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestLlmQuantizer)
#include "tst_llmquantizer.moc"
