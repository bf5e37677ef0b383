// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What checkpoints hold, and how their weights differ from the original's.
#include "core/llm/checkpointview.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/weightdrift.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <algorithm>
#include <cmath>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

QString errorOf(const auto &result)
{
    return result.ok() ? QString("no error") : QString::fromStdString(result.error().message());
}

Tensor *find(std::vector<NamedTensor> &tensors, const std::string &name)
{
    const auto found
        = std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor &t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &found->tensor;
}

void edit(std::vector<NamedTensor> &tensors, const std::string &name,
          const std::function<void(std::vector<float> &)> &change)
{
    Tensor *tensor = find(tensors, name);
    if (!tensor)
        qFatal("no %s", name.c_str());
    std::vector<float> values(tensor->size());
    if (!copyFloats(*tensor, 0, values).ok())
        qFatal("no floats");
    change(values);
    *tensor = tensorFromFloats(DType::Float32, tensor->shape(), values);
}

const WeightError *find(const WeightDrift &drift, const std::string &name)
{
    for (const WeightError &error : drift.tensors) {
        if (error.name == name)
            return &error;
    }
    return nullptr;
}

} // namespace

class TestCheckpointView : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void plainFolder();
    void quantizedFolders_data();
    void quantizedFolders();
    void madeElsewhere();
    void configurationsOfOlderTools();
    void gguf();
    void whatCannotRunIsListed();
    void differences();
    void rescaledWeights();
    void ggufDifferences();
    void otherModels();

private:
    fs::path path(const char *name) const { return fs::path(m_dir->path().toStdString()) / name; }
    fs::path makeGguf(const fs::path &folder, const char *mix) const
    {
        JobContext job;
        const auto source = openHfFolder(folder, job);
        GgufQuantizeOptions options;
        options.mix = requireGgufMix(mix).value();
        const fs::path file = path("model.gguf");
        const auto result = quantizeGguf(**source, file, options, job);
        if (!result.ok())
            qFatal("%s", result.error().message().c_str());
        return file;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestCheckpointView::plainFolder()
{
    TinyLlama what;
    what.layers = 11;
    const CheckpointView view = viewCheckpoint(makeTinyLlama(path("m"), what)).value();
    QCOMPARE(view.format, std::string("safetensors"));
    QCOMPARE(view.architecture, std::string("llama"));
    QVERIFY(view.quantization.empty() && view.quantizationConfig.is_null() && view.obstacle.empty());
    // 2 * 96 * 64 + 64 + 11 * (2 * 64 + 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128) weights.
    QCOMPARE(view.parameters(), 12352 + 11 * 36992);
    QCOMPARE(view.byteSize, 2U * (12352 + 11 * 36992));
    QCOMPARE(view.bitsPerWeight(), 16.0);
    const CheckpointTensor *up = view.find("model.layers.10.mlp.up_proj.weight");
    QVERIFY(up && up->type == "float16" && up->shape == Shape({128, 64}) && !up->isQuantized);
    // Layer 2 comes before layer 10.
    const auto place = [&](const char *name) { return view.find(name) - view.tensors.data(); };
    QVERIFY(place("model.layers.2.mlp.up_proj.weight") < place("model.layers.10.mlp.up_proj.weight"));
    QVERIFY(toJson(view)["obstacle"].is_null());
    QCOMPARE(toJson(view)["types"]["float16"]["tensors"].get<int>(), 3 + 11 * 9);
}

void TestCheckpointView::quantizedFolders_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<int>("bits");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("quantization");
    QTest::addColumn<int>("bytes"); ///< of an up_proj [128, 64]
    const auto row
        = [](const char *name, LlmMethod method, int bits, const char *type, const char *text, int bytes) {
              QTest::newRow(name) << static_cast<int>(method) << bits << type << text << bytes;
          };
    // Codes, then scales as halves and zeros as codes for 2 groups of each output, then GPTQ's g_idx.
    row("GPTQ 4", LlmMethod::Rtn, 4, "int4 g32", "gptq, 4 bit, groups of 32", 4096 + 512 + 128 + 256);
    row("GPTQ 3", LlmMethod::Rtn, 3, "int3 g32", "gptq, 3 bit, groups of 32", 3072 + 512 + 96 + 256);
    row("GPTQ 8", LlmMethod::Rtn, 8, "int8 g32", "gptq, 8 bit, groups of 32", 8192 + 512 + 256 + 256);
    row("AWQ", LlmMethod::Awq, 4, "int4 g32", "awq, 4 bit, groups of 32", 4096 + 512 + 128);
    // 128 blocks: a byte each and a scale, a table of 16 and one of 256; some 80 bytes of JSON.
    row("NF4", LlmMethod::Nf4, 4, "nf4 double", "bitsandbytes, nf4, double", 4096 + 128 + 4 + 64 + 1024);
    row("LLM.int8", LlmMethod::Int8, 8, "int8 per row", "bitsandbytes, LLM.int8", 8192 + 512 + 1);
}

void TestCheckpointView::quantizedFolders()
{
    QFETCH(int, method);
    QFETCH(int, bits);
    QFETCH(QString, type);
    QFETCH(QString, quantization);
    QFETCH(int, bytes);
    JobContext job;
    LlmQuantizeOptions options;
    options.method = static_cast<LlmMethod>(method);
    options.scheme.bits = bits;
    options.scheme.groupSize = 32;
    const fs::path folder = makeTinyLlama(path("m"));
    const auto made = quantizeCheckpoint(folder, path("q"), options, tinyTokens(64 * 4), job);
    QVERIFY2(made.ok(), qPrintable(errorOf(made)));
    const CheckpointView view = viewCheckpoint(path("q")).value();
    QVERIFY2(view.obstacle.empty(), view.obstacle.c_str());
    QCOMPARE(QString::fromStdString(view.quantization), quantization);
    QVERIFY(view.quantizationConfig.is_object());
    QCOMPARE(view.parameters(), 12352 + 2 * 36992); // scales are no weights
    const CheckpointTensor *up = view.find("model.layers.1.mlp.up_proj.weight");
    QVERIFY(up && up->isQuantized && up->shape == Shape({128, 64}));
    QCOMPARE(QString::fromStdString(up->type), type);
    const auto state = static_cast<int>(up->byteSize) - bytes;
    QVERIFY2(type.startsWith("nf4") ? state > 60 && state < 400 : state == 0,
             qPrintable(QString::number(state)));
    QCOMPARE(view.find("model.norm.weight")->isQuantized, false);

    const auto drift = compareWeights(folder, path("q"), job);
    QVERIFY2(drift.ok(), qPrintable(errorOf(drift)));
    // Rounding errors of a normal distribution at these widths.
    const double expected = bits == 3 ? 0.25 : bits == 4 ? 0.1 : 0.008;
    const WeightError *error = find(*drift, "model.layers.1.mlp.up_proj.weight");
    QVERIFY(error && error->type == up->type && error->isRescaled == (options.method == LlmMethod::Awq));
    QVERIFY2(error->relativeError() > expected / 3 && error->relativeError() < expected * 1.5,
             qPrintable(QString::number(error->relativeError())));
    QVERIFY(find(*drift, "lm_head.weight")->errors == 0);
}

/// Shapes of files that other tools write: a module with other bits than the rest, no g_idx.
void TestCheckpointView::madeElsewhere()
{
    TinyLlama what;
    what.more = {{"quantization_config",
                  {{"quant_method", "gptq"},
                   {"bits", 4},
                   {"group_size", 64},
                   {"desc_act", true},
                   {"sym", false},
                   {"checkpoint_format", "gptq_v2"}}}};
    what.change = [](std::vector<NamedTensor> &tensors) {
        const std::string module = "model.layers.0.mlp.down_proj"; // [64, 128]
        std::erase_if(tensors, [&](const NamedTensor &t) { return t.name == module + ".weight"; });
        const auto integers = [&](const char *name, Shape shape, std::int32_t value) {
            const std::vector<std::int32_t> values(static_cast<std::size_t>(elementCount(shape)), value);
            tensors.push_back({module + name, Tensor::fromValues<std::int32_t>(DType::Int32, shape, values)});
        };
        integers(".qweight", {128 * 8 / 32, 64}, 0x05040302);
        integers(".qzeros", {2, 64 * 8 / 32}, 0x03030303);
        tensors.push_back(
            {module + ".scales", tensorFromFloats(DType::Float16, {2, 64}, std::vector<float>(128, 0.5F))});
    };
    const fs::path folder = makeTinyLlama(path("m"), what);
    const CheckpointView view = viewCheckpoint(folder).value();
    QCOMPARE(view.quantization, std::string("gptq, gptq_v2, 4 bit, groups of 64, activation order"));
    const CheckpointTensor *down = view.find("model.layers.0.mlp.down_proj.weight");
    QVERIFY(down && down->type == "int8 g64" && down->shape == Shape({64, 128}));
    QCOMPARE(down->parts.size(), std::size_t {3});
    // And they are read: codes 2, 3, 4, 5 along the inputs, minus 3, times 0.5.
    const auto source = openCheckpoint(folder);
    QVERIFY2(source.ok(), qPrintable(errorOf(source)));
    const auto linear = (*source)->linear("model.layers.0.mlp.down_proj", 64, 128, false);
    QVERIFY2(linear.ok(), qPrintable(errorOf(linear)));
    for (std::int64_t i = 0; i < 128; ++i)
        QCOMPARE(linear->weight.row(63)[i], 0.5F * static_cast<float>(i % 4 - 1));
}

void TestCheckpointView::configurationsOfOlderTools()
{
    const fs::path folder = makeTinyLlama(path("m"));
    QVERIFY(writeFileAtomically(folder / "quantize_config.json", R"({"bits": 4, "group_size": -1})").ok());
    QCOMPARE(viewCheckpoint(folder).value().quantization, std::string("gptq, 4 bit, whole rows"));
    QVERIFY(readLlmConfig(folder).value().quantization["quant_method"] == "gptq");
    fs::remove(folder / "quantize_config.json");
    QVERIFY(writeFileAtomically(folder / "quant_config.json",
                                R"({"w_bit": 4, "q_group_size": 128, "zero_point": true, "version": "GEMM"})")
                .ok());
    QCOMPARE(viewCheckpoint(folder).value().quantization, std::string("awq, 4 bit, groups of 128"));
    QVERIFY(writeFileAtomically(folder / "quant_config.json", "[").ok());
    QVERIFY(errorOf(viewCheckpoint(folder)).contains("quant_config.json: is no valid JSON object"));
}

void TestCheckpointView::gguf()
{
    TinyLlama what;
    what.hidden = 256;
    what.intermediate = 512;
    const fs::path file = makeGguf(makeTinyLlama(path("m"), what), "Q4_K_M");
    const auto view = viewCheckpoint(file);
    QVERIFY2(view.ok(), qPrintable(errorOf(view)));
    QCOMPARE(view->format, std::string("GGUF"));
    QCOMPARE(view->quantization, std::string("Q4_K_M"));
    QVERIFY(view->obstacle.empty());
    QVERIFY(view->metadata["general.architecture"] == "llama");
    QVERIFY(view->metadata["tokenizer.ggml.tokens"] == "96 entries");
    const CheckpointTensor *query = view->find("model.layers.0.self_attn.q_proj.weight");
    QVERIFY(query && query->name == "blk.0.attn_q.weight" && query->type == "Q4_K");
    QVERIFY(query->bitsPerWeight() == 4.5 && query->shape == Shape({256, 256}) && query->isQuantized);
    const CheckpointTensor *value = view->find("model.layers.1.self_attn.v_proj.weight");
    QVERIFY(value && value->shape == Shape({128, 256}));
    QVERIFY(!view->find("model.layers.2.self_attn.v_proj.weight"));
}

void TestCheckpointView::whatCannotRunIsListed()
{
    const fs::path folder = makeTinyLlama(path("m"));
    std::string config = readFile(folder / "config.json").value();
    config.replace(config.find("\"llama\""), 7, "\"falcon\"");
    QVERIFY(writeFileAtomically(folder / "config.json", config).ok());
    const auto view = viewCheckpoint(folder);
    QVERIFY2(view.ok(), qPrintable(errorOf(view)));
    QCOMPARE(view->tensors.size(), std::size_t {3 + 2 * 9});
    QCOMPARE(
        QString::fromStdString(view->obstacle),
        QString(
            "model_type 'falcon' is not supported; these are: llama, mistral, qwen2, qwen3, phi3, gemma2"));

    TinyLlama what;
    what.more = {{"quantization_config", {{"quant_method", "compressed-tensors"}}}};
    const auto other = viewCheckpoint(makeTinyLlama(path("other"), what));
    QVERIFY2(other.ok(), qPrintable(errorOf(other)));
    QCOMPARE(QString::fromStdString(other->obstacle),
             QString("quantized by 'compressed-tensors'; gptq, awq and bitsandbytes are read"));
    QVERIFY(errorOf(viewCheckpoint(path("none"))).contains("none"));
    QVERIFY(errorOf(viewCheckpoint(folder / "config.json"))
                .startsWith(QString::fromStdString((folder / "config.json").string())));
}

void TestCheckpointView::differences()
{
    TinyLlama what;
    what.type = DType::Float32;
    const fs::path original = makeTinyLlama(path("m"), what);
    double squares = 0;
    double products = 0;
    what.change = [&](std::vector<NamedTensor> &tensors) {
        edit(tensors, "model.layers.1.mlp.up_proj.weight", [&](std::vector<float> &values) {
            for (float &value : values) {
                squares += double(value) * double(value);
                products += double(value) * double(value);
            }
            products += 3.0 * double(values[5]);
            values[5] += 3.F;
        });
        edit(tensors, "model.embed_tokens.weight", [](std::vector<float> &values) { values[6000] += 0.5F; });
    };
    const fs::path changed = makeTinyLlama(path("c"), what);
    JobContext job;
    const auto drift = compareWeights(original, changed, job);
    QVERIFY2(drift.ok(), qPrintable(errorOf(drift)));
    QCOMPARE(drift->tensors.size(), std::size_t {3 + 2 * 9});
    const WeightError &worst = drift->tensors.front();
    QCOMPARE(worst.name, std::string("model.layers.1.mlp.up_proj.weight"));
    QCOMPARE(worst.op, std::string("Linear"));
    QVERIFY(std::abs(worst.relativeError() - 3 / std::sqrt(squares)) < 1e-6);
    QVERIFY(std::abs(worst.sqnrDb() - 10 * std::log10(squares / 9)) < 1e-5);
    QVERIFY(std::abs(worst.maxAbs - 3) < 1e-6);
    const double norm = std::sqrt(worst.quantizedSquares);
    QVERIFY(std::abs(worst.cosine() - products / std::sqrt(squares) / norm) < 1e-6);
    QCOMPARE(drift->tensors[1].name, std::string("model.embed_tokens.weight"));
    QVERIFY(std::abs(drift->total.errors - 9.25) < 1e-4);
    QCOMPARE(drift->total.elements, 12352 + 2 * 36992);
    for (std::size_t i = 2; i < drift->tensors.size(); ++i)
        QVERIFY(drift->tensors[i].errors == 0 && drift->tensors[i].cosine() > 0.999999);
    const auto json = toJson(*drift);
    QVERIFY(json["layers"][0]["name"] == worst.name && json["layers"][2]["sqnr_db"].is_null());
}

/// A model whose channels are in other units, as AWQ leaves them, but not rounded, is the same model.
void TestCheckpointView::rescaledWeights()
{
    TinyLlama what;
    what.type = DType::Float32;
    what.more = {{"num_key_value_heads", 4}};
    const fs::path original = makeTinyLlama(path("m"), what);
    what.change = [](std::vector<NamedTensor> &tensors) {
        const auto factor = [](std::size_t i) { return 0.5F + 0.03F * static_cast<float>(i % 40); };
        const auto vectorBy = [&](const char *name) {
            edit(tensors, name, [&](std::vector<float> &values) {
                for (std::size_t i = 0; i < values.size(); ++i)
                    values[i] /= factor(i);
            });
        };
        const auto columns = [&](const char *name, std::size_t in) {
            edit(tensors, name, [&](std::vector<float> &values) {
                for (std::size_t i = 0; i < values.size(); ++i)
                    values[i] *= factor(i % in);
            });
        };
        const auto rows = [&](const char *name, std::size_t in) {
            edit(tensors, name, [&](std::vector<float> &values) {
                for (std::size_t i = 0; i < values.size(); ++i)
                    values[i] /= factor(i / in);
            });
        };
        vectorBy("model.layers.0.input_layernorm.weight");
        for (const char *name : {"q", "k", "v"})
            columns(("model.layers.0.self_attn." + std::string(name) + "_proj.weight").c_str(), 64);
        rows("model.layers.0.self_attn.v_proj.weight", 64);
        columns("model.layers.0.self_attn.o_proj.weight", 64);
        vectorBy("model.layers.1.post_attention_layernorm.weight");
        columns("model.layers.1.mlp.gate_proj.weight", 64);
        columns("model.layers.1.mlp.up_proj.weight", 64);
        rows("model.layers.1.mlp.up_proj.weight", 64);
        columns("model.layers.1.mlp.down_proj.weight", 128);
    };
    JobContext job;
    const auto plain = compareWeights(original, makeTinyLlama(path("plain"), what), job);
    QVERIFY(plain.ok() && plain->total.relativeError() > 0.05);
    what.more["quantization_config"] = {{"quant_method", "awq"}, {"bits", 4}, {"version", "gemm"}};
    const auto drift = compareWeights(original, makeTinyLlama(path("awq"), what), job);
    QVERIFY2(drift.ok(), qPrintable(errorOf(drift)));
    QCOMPARE(drift->tensors.size(), std::size_t {3 + 2 * 7});
    for (const WeightError &error : drift->tensors)
        QVERIFY2(error.relativeError() < 1e-6, error.name.c_str());
}

void TestCheckpointView::ggufDifferences()
{
    TinyLlama what;
    what.hidden = 256;
    what.intermediate = 512;
    const fs::path folder = makeTinyLlama(path("m"), what);
    JobContext job;
    const auto same = compareWeights(folder, makeGguf(folder, "F16"), job);
    QVERIFY2(same.ok(), qPrintable(errorOf(same)));
    QVERIFY(same->total.errors == 0 && same->tensors.front().sqnrDb() > 1e9);
    const auto drift = compareWeights(folder, makeGguf(folder, "Q4_0"), job);
    QVERIFY2(drift.ok(), qPrintable(errorOf(drift)));
    // Blocks of 32 normal values in 16 steps of an eighth of the largest: (2.2 / 8)^2 / 12 of the variance.
    const WeightError *query = find(*drift, "model.layers.0.self_attn.q_proj.weight");
    QVERIFY(query && query->type == "Q4_0" && query->bitsPerWeight == 4.5);
    QVERIFY2(query->relativeError() > 0.06 && query->relativeError() < 0.1,
             qPrintable(QString::number(query->relativeError())));
    QVERIFY(find(*drift, "model.layers.0.input_layernorm.weight")->errors == 0);
}

void TestCheckpointView::otherModels()
{
    TinyLlama what;
    what.layers = 3;
    JobContext job;
    const fs::path folder = makeTinyLlama(path("m"));
    QVERIFY(errorOf(compareWeights(folder, makeTinyLlama(path("o"), what), job))
                .contains("is another model: 3 layers, the original has 2"));
    QVERIFY(!compareWeights(folder, path("none"), job).ok());
}

QTEST_APPLESS_MAIN(TestCheckpointView)
#include "tst_checkpointview.moc"
