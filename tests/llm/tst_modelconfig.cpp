// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/llm/modelconfig.h"

#include <QtTest>

#include <cmath>
#include <numbers>

using namespace qs;
using Json = nlohmann::json;

namespace {

Json base(const char *modelType)
{
    return {{"model_type", modelType},        {"hidden_size", 64},        {"intermediate_size", 128},
            {"num_hidden_layers", 4},         {"num_attention_heads", 4}, {"num_key_value_heads", 2},
            {"max_position_embeddings", 512}, {"vocab_size", 100}};
}

LlmConfig parse(const Json &json)
{
    const auto config = parseLlmConfig(json.dump());
    if (!config.ok())
        qFatal("%s", config.error().message().c_str());
    return *config;
}

} // namespace

class TestModelConfig : public QObject
{
    Q_OBJECT

private slots:
    void llama();
    void llama3Scaling();
    void newRopeParameters();
    void longRope();
    void mistral();
    void qwen2();
    void qwen3();
    void phi3();
    void gemma2();
    void refused_data();
    void refused();
    void mutations();
};

void TestModelConfig::llama()
{
    const LlmConfig config = parse(base("llama"));
    QVERIFY(config.headDim == 16 && config.rotaryDim == 16 && config.kvHeads == 2);
    QVERIFY(config.queryWidth() == 64 && config.keyWidth() == 32);
    QVERIFY(!config.hasQkvBias && !config.hasMlpBias && !config.hasQkNorm && !config.isGemma);
    QCOMPARE(config.attentionScale, 0.25);
    QVERIFY(config.slidingWindow == std::vector<std::int64_t>(4, 0));
    const std::vector<double> frequencies = ropeFrequencies(config, 512);
    QCOMPARE(frequencies.size(), std::size_t {8});
    QCOMPARE(frequencies[0], 1.0);
    QCOMPARE(frequencies[4], 0.01); // 10000^(-8/16)
    Json biased = base("llama");
    biased["attention_bias"] = true;
    QVERIFY(parse(biased).hasQkvBias && parse(biased).hasOutputBias);
}

// The published settings of Llama 3.1, by wave lengths as transformers writes it.
void TestModelConfig::llama3Scaling()
{
    Json json = base("llama");
    json["head_dim"] = 128;
    json["rope_theta"] = 500000.0;
    json["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", 8.0},
                            {"low_freq_factor", 1.0},
                            {"high_freq_factor", 4.0},
                            {"original_max_position_embeddings", 8192}};
    const std::vector<double> frequencies = ropeFrequencies(parse(json), 131072);
    int kept = 0;
    int stretched = 0;
    for (int i = 0; i < 64; ++i) {
        const double plain = 1 / std::pow(500000.0, 2.0 * i / 128);
        const double wave = 2 * std::numbers::pi / plain;
        double expected = plain;
        if (wave > 8192.0) {
            expected = plain / 8;
            ++stretched;
        } else if (wave >= 8192.0 / 4) {
            const double smooth = (8192.0 / wave - 1.0) / (4.0 - 1.0);
            expected = (1 - smooth) * plain / 8 + smooth * plain;
        } else {
            ++kept;
        }
        QVERIFY(std::abs(frequencies[static_cast<std::size_t>(i)] / expected - 1) < 1e-12);
    }
    QCOMPARE(kept, 29); // 500000^(i/64) * 2 pi < 2048 for i < 28.2
    QCOMPARE(stretched, 29); // > 8192 for i > 34.99
}

void TestModelConfig::newRopeParameters()
{
    Json json = base("llama");
    json["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 4.0}, {"rope_theta", 1000.0}};
    const LlmConfig config = parse(json);
    QCOMPARE(config.ropeTheta, 1000.0);
    QCOMPARE(ropeFrequencies(config, 1)[0], 0.25);
}

void TestModelConfig::longRope()
{
    Json json = base("phi3");
    json["original_max_position_embeddings"] = 128;
    json["rope_scaling"] = {{"type", "longrope"},
                            {"short_factor", std::vector<double>(8, 1.0)},
                            {"long_factor", std::vector<double>(8, 2.0)}};
    const LlmConfig config = parse(json);
    QCOMPARE(ropeFrequencies(config, 128)[0], 1.0);
    QCOMPARE(ropeFrequencies(config, 129)[0], 0.5);
    QCOMPARE(config.ropeScaling.attentionFactor, std::sqrt(1 + std::log(4.0) / std::log(128.0)));
}

void TestModelConfig::mistral()
{
    Json json = base("mistral");
    json["sliding_window"] = 32;
    QVERIFY(parse(json).slidingWindow == std::vector<std::int64_t>(4, 32));
    json["sliding_window"] = nullptr; // v0.2 and later
    QVERIFY(parse(json).slidingWindow == std::vector<std::int64_t>(4, 0));
}

void TestModelConfig::qwen2()
{
    Json json = base("qwen2");
    json["sliding_window"] = 32;
    json["max_window_layers"] = 3;
    const LlmConfig config = parse(json);
    QVERIFY(config.hasQkvBias && !config.hasOutputBias);
    QVERIFY(config.slidingWindow == std::vector<std::int64_t>(4, 0)); // off unless it is asked for
    json["use_sliding_window"] = true;
    QVERIFY(parse(json).slidingWindow == std::vector<std::int64_t>({0, 0, 0, 32}));
    json["layer_types"] = {"full_attention", "sliding_attention", "full_attention", "full_attention"};
    QVERIFY(parse(json).slidingWindow == std::vector<std::int64_t>({0, 32, 0, 0}));
}

void TestModelConfig::qwen3()
{
    const LlmConfig config = parse(base("qwen3"));
    QVERIFY(config.hasQkNorm && !config.hasQkvBias && config.headDim == 128);
    QVERIFY(config.queryWidth() == 512);
}

void TestModelConfig::phi3()
{
    Json json = base("phi3");
    json["partial_rotary_factor"] = 0.75;
    const LlmConfig config = parse(json);
    QVERIFY(config.hasFusedProjections && config.rotaryDim == 12);
}

void TestModelConfig::gemma2()
{
    Json json = base("gemma2");
    json["sliding_window"] = 32;
    json["query_pre_attn_scalar"] = 144;
    const LlmConfig config = parse(json);
    QVERIFY(config.isGemma && config.isGelu && config.tiedEmbeddings && config.headDim == 256);
    QCOMPARE(config.attentionScale, 1.0 / 12);
    QCOMPARE(config.attentionSoftcap, 50.F);
    QCOMPARE(config.logitSoftcap, 30.F);
    QVERIFY(config.slidingWindow == std::vector<std::int64_t>({32, 0, 32, 0}));
    json["attn_logit_softcapping"] = nullptr;
    QCOMPARE(parse(json).attentionSoftcap, 0.F);
}

void TestModelConfig::refused_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no JSON") << QByteArray("{") << "is no valid JSON object";
    QTest::newRow("deep") << QByteArray(1'000'000, '[') << "is no valid JSON object";
    QTest::newRow("other model") << QByteArray(R"({"model_type":"mamba"})")
                                 << "model_type 'mamba' is not supported; these are: llama, mistral";
    QTest::newRow("no model") << QByteArray(R"({"model_type":null})") << "model_type '' is not supported";
    QTest::newRow("no hidden") << QByteArray(R"({"hidden_size":null})") << "hidden_size is missing";
    QTest::newRow("zero") << QByteArray(R"({"vocab_size":0})") << "vocab_size is not a possible size";
    QTest::newRow("negative") << QByteArray(R"({"vocab_size":-5})") << "vocab_size is not a possible size";
    QTest::newRow("fraction") << QByteArray(R"({"vocab_size":5.5})") << "vocab_size is not a possible size";
    QTest::newRow("huge") << QByteArray(R"({"hidden_size":1000000000000})")
                          << "hidden_size is not a possible";
    QTest::newRow("text") << QByteArray(R"({"hidden_size":"64"})") << "hidden_size is not a possible size";
    QTest::newRow("layers") << QByteArray(R"({"num_hidden_layers":1000000})") << "num_hidden_layers is not";
    QTest::newRow("heads") << QByteArray(R"({"num_key_value_heads":3})")
                           << "no multiple of num_key_value_heads";
    QTest::newRow("odd head") << QByteArray(R"({"head_dim":15})") << "head_dim is odd";
    QTest::newRow("no head") << QByteArray(R"({"hidden_size":65})") << "head_dim is missing";
    QTest::newRow("epsilon") << QByteArray(R"({"rms_norm_eps":0})") << "rms_norm_eps is not positive";
    QTest::newRow("activation") << QByteArray(R"({"hidden_act":"relu"})")
                                << "activation 'relu' is not supported";
    QTest::newRow("yarn") << QByteArray(R"({"rope_scaling":{"type":"yarn"}})")
                          << "rope scaling of type 'yarn'";
    QTest::newRow("no factor") << QByteArray(R"({"rope_scaling":{"type":"linear"}})") << "factor is missing";
    QTest::newRow("short list") << QByteArray(
        R"({"rope_scaling":{"type":"su","short_factor":[1],"long_factor":[1]},"original_max_position_embeddings":5})")
                                << "short_factor is no list of 8 numbers";
    QTest::newRow("flag") << QByteArray(R"({"tie_word_embeddings":1})") << "neither true nor false";
}

void TestModelConfig::refused()
{
    QFETCH(QByteArray, change);
    QFETCH(QString, reason);
    std::string text = change.toStdString();
    if (Json patch = Json::parse(text, nullptr, false); patch.is_object()) {
        Json json = base("llama");
        json.update(patch);
        text = json.dump();
    }
    const auto config = parseLlmConfig(text);
    QVERIFY(!config.ok());
    QVERIFY2(QString::fromStdString(config.error().message()).contains(reason),
             config.error().message().c_str());
}

void TestModelConfig::mutations()
{
    Json json = base("gemma2");
    json["rope_scaling"] = {{"type", "linear"}, {"factor", 2}};
    const std::string original = json.dump();
    Random random(11);
    int refused = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string text = original;
        text[random.below(text.size())] = "0123456789,:[]{}\"-e."[random.below(20)];
        text.insert(random.below(text.size()), 1, "0123456789,:[]{}\"-e."[random.below(20)]);
        const auto config = parseLlmConfig(text);
        refused += config.ok() ? 0 : 1;
        if (config.ok())
            QVERIFY(ropeFrequencies(*config, 100).size() == std::size_t(config->rotaryDim / 2));
        else
            QVERIFY(!config.error().detail.empty());
    }
    QVERIFY(refused > 1000 && refused < 5000);
}

QTEST_APPLESS_MAIN(TestModelConfig)
#include "tst_modelconfig.moc"
