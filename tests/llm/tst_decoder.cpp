// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The forward pass against the formulas of transformers' modeling files, written out token by token in
// double, for every family and its particulars. Weights are random.
#include "core/base/random.h"
#include "core/llm/decoder.h"
#include "core/llm/floatmath.h"
#include "core/llm/importancecollector.h"
#include "core/llm/parallel.h"
#include "core/llm/perplexity.h"

#include <QtTest>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <thread>

using namespace qs;

namespace {

using Json = nlohmann::json;
using Row = std::vector<double>;

/// Every tensor is made from its name.
class RandomSource : public WeightSource
{
public:
    explicit RandomSource(const Json &json)
        : m_config(parseLlmConfig(json.dump()).value())
    { }
    const LlmConfig &config() const override { return m_config; }
    std::string name() const override { return "random"; }
    std::uint64_t storedBytes() const override { return 0; }
    bool contains(const std::string &) const override { return true; }
    Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                          bool hasBias) const override
    {
        Linear linear;
        linear.weight = make(module, out, in, 1.5F / std::sqrt(static_cast<float>(in)));
        if (hasBias)
            linear.bias = make(module + ".bias", 1, out, 0.3F).values;
        linear.int8Threshold = int8Threshold;
        return linear;
    }
    Result<std::vector<float>> vector(const std::string &tensor, std::int64_t size) const override
    {
        std::vector<float> values = make(tensor, 1, size, 0.2F).values;
        for (float &value : values)
            value += m_config.isGemma ? 0.F : 1.F;
        return values;
    }
    Result<Matrix> embeddings(std::span<const std::int32_t> ids) const override
    {
        const Matrix all = make("embed", m_config.vocabulary, m_config.hidden, 1);
        Matrix rows(static_cast<std::int64_t>(ids.size()), m_config.hidden);
        for (std::size_t i = 0; i < ids.size(); ++i)
            std::copy_n(all.row(ids[i]), all.cols, rows.row(static_cast<std::int64_t>(i)));
        return rows;
    }
    Result<Linear> head() const override
    {
        return Linear {
            make(m_config.tiedEmbeddings ? "embed" : "head", m_config.vocabulary, m_config.hidden, 1), {}};
    }

    float int8Threshold = 0;

private:
    static Matrix make(const std::string &name, std::int64_t rows, std::int64_t cols, float scale)
    {
        std::uint64_t seed = 5;
        for (const char c : name)
            seed = seed * 131 + static_cast<unsigned char>(c);
        Random random(seed);
        Matrix matrix(rows, cols);
        for (float &value : matrix.values)
            value = random.normal() * scale;
        return matrix;
    }

    LlmConfig m_config;
};

/// What transformers computes, one token after another.
class Naive
{
public:
    Naive(const RandomSource &source, const Json &json)
        : m_source(source)
        , m_config(source.config())
        , m_type(json["model_type"])
    { }

    std::vector<Row> logits(const std::vector<std::int32_t> &tokens)
    {
        const Matrix embedded = m_source.embeddings(tokens).value();
        std::vector<Row> x;
        for (std::int64_t i = 0; i < embedded.rows; ++i) {
            x.emplace_back(embedded.row(i), embedded.row(i) + embedded.cols);
            if (m_type == "gemma2")
                scale(x.back(), std::sqrt(double(m_config.hidden)));
        }
        for (std::int64_t layer = 0; layer < m_config.layers; ++layer)
            block(layer, x);
        const Matrix head = m_source.head().value().weight;
        std::vector<Row> result;
        for (const Row &row : x) {
            Row scores = times(head, norm(row, "model.norm.weight"));
            if (m_type == "gemma2") {
                for (double &score : scores)
                    score = 30 * std::tanh(score / 30);
            }
            result.push_back(scores);
        }
        return result;
    }

private:
    static void scale(Row &row, double factor)
    {
        for (double &value : row)
            value *= factor;
    }
    static Row times(const Matrix &weight, const Row &x)
    {
        Row y;
        for (std::int64_t row = 0; row < weight.rows; ++row) {
            double sum = 0;
            for (std::int64_t col = 0; col < weight.cols; ++col)
                sum += double(weight.row(row)[col]) * x[static_cast<std::size_t>(col)];
            y.push_back(sum);
        }
        return y;
    }
    Row linear(const std::string &module, std::int64_t out, const Row &x, bool hasBias) const
    {
        const Linear weights
            = m_source.linear(module, out, static_cast<std::int64_t>(x.size()), hasBias).value();
        Row y = times(weights.weight, x);
        for (std::size_t i = 0; i < weights.bias.size(); ++i)
            y[i] += double(weights.bias[i]);
        return y;
    }
    Row norm(const Row &x, const std::string &name) const
    {
        const auto weight = m_source.vector(name, static_cast<std::int64_t>(x.size())).value();
        double mean = 0;
        for (const double value : x)
            mean += value * value / double(x.size());
        Row y;
        for (std::size_t i = 0; i < x.size(); ++i)
            y.push_back(x[i] / std::sqrt(mean + 1e-6) * (double(weight[i]) + (m_type == "gemma2" ? 1 : 0)));
        return y;
    }
    void rotateHead(double *head, double position) const
    {
        const auto width = static_cast<int>(m_config.rotaryDim);
        const Row before(head, head + width);
        for (int i = 0; i < width; ++i) {
            const double angle = position * std::pow(m_config.ropeTheta, -2.0 * (i % (width / 2)) / width);
            const double partner = i < width / 2 ? -before[static_cast<std::size_t>(i + width / 2)]
                                                 : before[static_cast<std::size_t>(i - width / 2)];
            head[i] = before[static_cast<std::size_t>(i)] * std::cos(angle) + partner * std::sin(angle);
        }
    }
    void block(std::int64_t layer, std::vector<Row> &x)
    {
        const std::string prefix = "model.layers." + std::to_string(layer) + ".";
        const bool isGemma = m_type == "gemma2";
        const std::int64_t size = m_config.headDim;
        std::vector<Row> queries;
        std::vector<Row> keys;
        std::vector<Row> values;
        for (const Row &row : x) {
            const Row h = norm(row, prefix + "input_layernorm.weight");
            Row q;
            Row k;
            Row v;
            if (m_type == "phi3") {
                const Row all = linear(prefix + "self_attn.qkv_proj",
                                       (m_config.heads + 2 * m_config.kvHeads) * size, h, false);
                const auto a = all.begin() + m_config.heads * size;
                q.assign(all.begin(), a);
                k.assign(a, a + m_config.kvHeads * size);
                v.assign(a + m_config.kvHeads * size, all.end());
            } else {
                const bool bias = m_type == "qwen2";
                q = linear(prefix + "self_attn.q_proj", m_config.heads * size, h, bias);
                k = linear(prefix + "self_attn.k_proj", m_config.kvHeads * size, h, bias);
                v = linear(prefix + "self_attn.v_proj", m_config.kvHeads * size, h, bias);
            }
            for (auto *heads : {&q, &k}) {
                for (std::size_t at = 0; at < heads->size(); at += static_cast<std::size_t>(size)) {
                    double *head = heads->data() + at;
                    if (m_type == "qwen3") {
                        const Row normed = norm(
                            Row(head, head + size),
                            prefix + (heads == &q ? "self_attn.q_norm.weight" : "self_attn.k_norm.weight"));
                        std::copy(normed.begin(), normed.end(), head);
                    }
                    rotateHead(head, double(queries.size()));
                }
            }
            queries.push_back(q);
            keys.push_back(k);
            values.push_back(v);
        }
        for (std::size_t t = 0; t < x.size(); ++t) {
            Row context;
            for (std::int64_t head = 0; head < m_config.heads; ++head) {
                const std::int64_t shared = head * m_config.kvHeads / m_config.heads;
                Row weights;
                double sum = 0;
                const std::int64_t window = m_window(layer);
                for (std::size_t s = 0; s <= t; ++s) {
                    double score = 0;
                    for (std::int64_t i = 0; i < size; ++i)
                        score += queries[t][static_cast<std::size_t>(head * size + i)]
                            * keys[s][static_cast<std::size_t>(shared * size + i)];
                    score /= std::sqrt(isGemma ? 20.0 : double(size));
                    if (isGemma)
                        score = 50 * std::tanh(score / 50);
                    const bool isSeen = window == 0 || static_cast<std::int64_t>(t - s) < window;
                    weights.push_back(isSeen ? std::exp(score) : 0);
                    sum += weights.back();
                }
                for (std::int64_t i = 0; i < size; ++i) {
                    double value = 0;
                    for (std::size_t s = 0; s <= t; ++s)
                        value += weights[s] / sum * values[s][static_cast<std::size_t>(shared * size + i)];
                    context.push_back(value);
                }
            }
            Row attention = linear(prefix + "self_attn.o_proj", m_config.hidden, context, false);
            if (isGemma)
                attention = norm(attention, prefix + "post_attention_layernorm.weight");
            add(x[t], attention);
            const Row h = norm(
                x[t],
                prefix + (isGemma ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight"));
            const auto inner = static_cast<std::size_t>(m_config.intermediate);
            Row gate;
            Row up;
            if (m_type == "phi3") {
                const Row both = linear(prefix + "mlp.gate_up_proj", 2 * m_config.intermediate, h, false);
                gate.assign(both.begin(), both.begin() + m_config.intermediate);
                up.assign(both.begin() + m_config.intermediate, both.end());
            } else {
                gate = linear(prefix + "mlp.gate_proj", m_config.intermediate, h, false);
                up = linear(prefix + "mlp.up_proj", m_config.intermediate, h, false);
            }
            for (std::size_t i = 0; i < inner; ++i) {
                const double g = gate[i];
                const double active = isGemma
                    ? 0.5 * g * (1 + std::tanh(std::sqrt(2 / M_PI) * (g + 0.044715 * g * g * g)))
                    : g / (1 + std::exp(-g));
                gate[i] = active * up[i];
            }
            Row down = linear(prefix + "mlp.down_proj", m_config.hidden, gate, false);
            if (isGemma)
                down = norm(down, prefix + "post_feedforward_layernorm.weight");
            add(x[t], down);
        }
    }
    static void add(Row &x, const Row &y)
    {
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] += y[i];
    }
    std::int64_t m_window(std::int64_t layer) const
    {
        if (m_type == "mistral" || m_type == "phi3")
            return 9;
        return m_type == "gemma2" && layer % 2 == 0 ? 9 : 0;
    }

    const RandomSource &m_source;
    const LlmConfig &m_config;
    std::string m_type;
};

Json configOf(const std::string &type)
{
    Json json {{"model_type", type},
               {"hidden_size", 48},
               {"intermediate_size", 80},
               {"num_hidden_layers", 3},
               {"num_attention_heads", 4},
               {"num_key_value_heads", 2},
               {"max_position_embeddings", 512},
               {"vocab_size", 50},
               {"rms_norm_eps", 1e-6},
               {"head_dim", 16}};
    if (type == "mistral" || type == "phi3" || type == "gemma2")
        json["sliding_window"] = 9;
    if (type == "phi3")
        json["partial_rotary_factor"] = 0.5;
    if (type == "gemma2")
        json["query_pre_attn_scalar"] = 20;
    return json;
}

std::vector<std::int32_t> someTokens(std::size_t count)
{
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>(i * i * 7 % 50));
    return tokens;
}

} // namespace

class TestDecoder : public QObject
{
    Q_OBJECT

private slots:
    void families_data();
    void families();
    void int8Inputs();
    void ggmlInputs();
    void perplexityOfKnownScores();
    void tokensOfAnotherModel();
    void halfFloats();
    void exponentials();
    void parallelExceptions();
    void threadLimits();
};

void TestDecoder::families_data()
{
    QTest::addColumn<QString>("type");
    for (const char *type : {"llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2"})
        QTest::newRow(type) << type;
}

// 300 tokens: several blocks of queries and of rows of the MLP, and windows that begin inside of them.
void TestDecoder::families()
{
    QFETCH(QString, type);
    const Json json = configOf(type.toStdString());
    const RandomSource source(json);
    JobContext job;
    const auto tokens = someTokens(300);
    const std::vector<Row> expected = Naive(source, json).logits(tokens);
    Activations x = embed(source, tokens, 512).value();
    QVERIFY(runLayers(source, x, job).ok());
    Matrix logits;
    Matrix scratch;
    Head::load(source).value().logits(x[0], 0, x[0].rows, logits, scratch);
    double largest = 0;
    double extent = 0;
    for (std::size_t t = 0; t < expected.size(); ++t) {
        for (std::size_t i = 0; i < expected[t].size(); ++i) {
            extent = std::max(extent, std::abs(expected[t][i]));
            largest = std::max(
                largest, std::abs(expected[t][i] - double(logits.row(static_cast<std::int64_t>(t))[i])));
        }
    }
    QVERIFY2(extent > 5 && largest < 1e-3, qPrintable(QString("%1 of %2").arg(largest).arg(extent)));
}

// y = W x with x = (1, -0.4, 7): the third column is an outlier and stays; the others are rounded with 1/127.
void TestDecoder::int8Inputs()
{
    Linear linear;
    linear.weight = Matrix(3, 3);
    linear.weight.values = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    linear.int8Threshold = 6;
    Matrix x(2, 3);
    x.values = {1, -0.4F, 7, 0.5F, 0.25F, 0.1F};
    Matrix y;
    Matrix scratch;
    applyLinear(linear, x, y, scratch);
    QCOMPARE(y.values[0], 1.F);
    QCOMPARE(y.values[1], -51.F / 127); // -0.4 * 127 = -50.8
    QCOMPARE(y.values[2], 7.F);
    QCOMPARE(y.values[3], 0.5F);
    QCOMPARE(y.values[4], 64.F * (0.5F / 127)); // 63.5, ties to even
    QCOMPARE(y.values[5], 0.1F); // the column stays for all rows
    // Without outliers the row of 7 is rounded by 7 / 127, and that of 0.5 by its own largest.
    linear.int8Threshold = std::numeric_limits<float>::infinity();
    applyLinear(linear, x, y, scratch);
    QCOMPARE(y.values[0], 18.F * (7.F / 127)); // 18.14
    QCOMPARE(y.values[1], -7.F * (7.F / 127)); // -7.26
    QCOMPARE(y.values[2], 7.F);
    QCOMPARE(y.values[3], 0.5F);
    QCOMPARE(y.values[5], 25.F * (0.5F / 127)); // 25.4
    linear.int8Threshold = 0;
    applyLinear(linear, x, y, scratch);
    QVERIFY(y.values == x.values);
}

// Blocks of 32 have 1 / 127 as a half, 1032 * 2^-17, for a scale; those of 256 the exact one.
void TestDecoder::ggmlInputs()
{
    Linear linear;
    linear.weight = Matrix(3, 512);
    for (std::int64_t i = 0; i < 3; ++i)
        linear.weight.row(i)[i * 16] = 1; // columns 0, 16 and 32
    linear.inputBlock = 32;
    Matrix x(1, 512);
    x.values[0] = 1;
    x.values[16] = -0.4F; // * 127 = -50.8
    x.values[32] = 1000; // of another block
    Matrix y;
    Matrix scratch;
    applyLinear(linear, x, y, scratch);
    QCOMPARE(y.values[0], 127 * 1032 * 0x1p-17F);
    QCOMPARE(y.values[1], -51 * 1032 * 0x1p-17F);
    QCOMPARE(y.values[2], 127 * 1008 * 0x1p-7F); // 1000 / 127 = 7.874 = 1007.87 * 2^-7

    linear.inputBlock = 256;
    x.values[0] = 3;
    x.values[16] = -6.35F;
    x.values[32] = 6.34F;
    x.values[300] = 1000; // of another block
    applyLinear(linear, x, y, scratch);
    QCOMPARE(y.values[0], 3.F); // 60 of 0.05
    QCOMPARE(y.values[1], -6.35F);
    QCOMPARE(y.values[2], 6.35F); // 126.8
    linear.inputBlock = 0;
    applyLinear(linear, x, y, scratch);
    QCOMPARE(y.values[2], 6.34F);
}

void TestDecoder::perplexityOfKnownScores()
{
    const Json json = configOf("llama");
    const RandomSource source(json);
    JobContext job;
    const auto tokens = someTokens(70);
    PerplexityOptions options;
    options.context = 32;
    const PerplexityResult result = measurePerplexity(source, tokens, options, nullptr, job).value();
    QCOMPARE(result.windows, 2);
    QCOMPARE(result.scored, 64);
    Row all;
    for (std::size_t window = 0; window < 2; ++window) {
        const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(32 * window);
        const auto scores = Naive(source, json).logits({first, first + 32});
        for (std::size_t i = 0; i < 32; ++i) {
            double sum = 0;
            for (const double score : scores[i])
                sum += std::exp(score);
            all.push_back(std::log(sum) - scores[i][static_cast<std::size_t>(tokens[32 * window + i + 1])]);
        }
    }
    double mean = 0;
    for (const double nll : all)
        mean += nll / 64;
    double squares = 0;
    for (const double nll : all)
        squares += (nll - mean) * (nll - mean);
    QVERIFY(std::abs(result.nll - mean) < 1e-4);
    QVERIFY(std::abs(result.nllError - std::sqrt(squares / 63 / 64)) < 1e-4);
    QVERIFY(std::abs(result.perplexity / std::exp(mean) - 1) < 1e-4);

    // Beside LLM.int8's rounding of inputs the weights are the same: a small divergence, computed the long
    // way.
    RandomSource rounded(json);
    rounded.int8Threshold = 6;
    const PerplexityResult compared = measurePerplexity(rounded, tokens, options, &source, job).value();
    QVERIFY(compared.divergence->mean > 1e-6 && compared.divergence->mean < 0.05);
    QCOMPARE(compared.divergence->referenceNll, result.nll);
    QVERIFY(std::abs(compared.divergence->nllDifference - (compared.nll - result.nll)) < 1e-6);
    QVERIFY(compared.divergence->median <= compared.divergence->percentile90
            && compared.divergence->percentile99 <= compared.divergence->maximum);
    QVERIFY(toJson(compared).contains("kld_p99_9"));
}

// One window at a time; the token that the model does not have is in the last one, and no window may run.
void TestDecoder::tokensOfAnotherModel()
{
    const RandomSource source(configOf("llama"));
    std::vector<std::int32_t> tokens = someTokens(5 * 32);
    int told = 0;
    JobContext job({}, [&](const Progress &) { ++told; });
    PerplexityOptions options;
    options.context = 32;
    options.activationBytes = 1;
    ImportanceOptions importance;
    importance.context = 32;
    importance.activationBytes = 1;
    QVERIFY(measurePerplexity(source, tokens, options, nullptr, job).ok());
    QVERIFY(collectImportance(source, tokens, importance, job).ok());
    QVERIFY(told > 10);
    for (const std::int32_t wrong : {50, -1}) {
        tokens.back() = wrong;
        told = 0;
        const std::string why = "random: token " + std::to_string(wrong) + " is not in its vocabulary of 50";
        const auto measured = measurePerplexity(source, tokens, options, nullptr, job);
        QVERIFY(!measured.ok() && measured.error().message().starts_with(why));
        const auto collected = collectImportance(source, tokens, importance, job);
        QVERIFY(!collected.ok() && collected.error().message().starts_with(why));
        QCOMPARE(told, 0);
    }
}

void TestDecoder::halfFloats()
{
    // All finite and infinite values there and back; IEEE's own numbers for a few.
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const bool isNan = (bits & 0x7C00) == 0x7C00 && (bits & 0x3FF) != 0;
        if (isNan)
            QVERIFY(std::isnan(halfToFloat(half)) && std::isnan(halfToFloat(floatToHalf(halfToFloat(half)))));
        else
            QCOMPARE(floatToHalf(halfToFloat(half)), half);
    }
    QCOMPARE(halfToFloat(0x0001), 0x1p-24F);
    QCOMPARE(halfToFloat(0x7BFF), 65504.F);
    QCOMPARE(halfToFloat(0xC000), -2.F);
    QCOMPARE(floatToHalf(65519.F), std::uint16_t {0x7BFF});
    QCOMPARE(floatToHalf(65520.F), std::uint16_t {0x7C00});
    QCOMPARE(floatToHalf(1.F + 0x1p-11F), std::uint16_t {0x3C00}); // ties to even
    QCOMPARE(floatToHalf(1.F + 3 * 0x1p-11F), std::uint16_t {0x3C02});
    QCOMPARE(floatToHalf(0x1.8p-25F), std::uint16_t {0x0001});
    QCOMPARE(floatToHalf(0x1p-25F), std::uint16_t {0x0000});
    QCOMPARE(floatToHalf(2.F - 0x1p-12F), std::uint16_t {0x4000}); // carries into the exponent
    QCOMPARE(floatToBfloat(1.F + 0x1p-8F), std::uint16_t {0x3F80});
    QCOMPARE(floatToBfloat(1.F + 3 * 0x1p-8F), std::uint16_t {0x3F82});
    std::vector<std::uint16_t> halves(200);
    for (std::size_t i = 0; i < halves.size(); ++i)
        halves[i] = static_cast<std::uint16_t>(i * 327);
    std::vector<float> floats(halves.size());
    halfToFloat(halves, floats);
    for (std::size_t i = 0; i < halves.size(); ++i)
        QVERIFY(std::isnan(floats[i]) || floats[i] == halfToFloat(halves[i]));
}

void TestDecoder::exponentials()
{
    std::vector<float> x;
    for (int i = -8800; i <= 8800; ++i)
        x.push_back(static_cast<float>(i) / 100);
    std::vector<float> y = x;
    expInPlace(y);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = std::exp(double(x[i]));
        if (x[i] < -87.3F)
            QCOMPARE(y[i], 0.F);
        else
            QVERIFY2(std::abs(double(y[i]) / expected - 1) < 2e-7, qPrintable(QString::number(double(x[i]))));
    }
    std::vector<float> capped {-1000, -50, 0, 20, 1000};
    softcap(capped, 50);
    QVERIFY(std::abs(capped[1] + 50 * std::tanh(1.F)) < 1e-4F && capped[0] == -50.F && capped[4] == 50.F);
    QCOMPARE(capped[2], 0.F);
}

void TestDecoder::parallelExceptions()
{
    std::atomic<int> count = 0;
    parallelFor(
        1000, [&](std::size_t) { ++count; }, 4);
    QCOMPARE(count.load(), 1000);
    bool isCaught = false;
    try {
        parallelFor(
            1000,
            [&](std::size_t i) {
                if (i == 17)
                    throw Cancelled {};
            },
            4);
    } catch (const Cancelled &) {
        isCaught = true;
    }
    QVERIFY(isCaught);
}

// A limit holds where nothing else is said, in tasks too, and only as long as it lives.
void TestDecoder::threadLimits()
{
    const int all = threadCount();
    {
        const ThreadLimit limit(3);
        QCOMPARE(threadCount(), 3);
        QCOMPARE(threadCount(5), 5);
        const ThreadLimit none(0);
        QCOMPARE(threadCount(), 3);
        const ThreadLimit inner(2);
        std::array<int, 64> seen {};
        parallelFor(seen.size(), [&](std::size_t i) { seen[i] = threadCount(); });
        QVERIFY(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 2; }));
    }
    QCOMPARE(threadCount(), all);
    const ThreadLimit one(1);
    std::set<std::thread::id> threads;
    parallelFor(64, [&](std::size_t) { threads.insert(std::this_thread::get_id()); });
    QVERIFY(threads == std::set<std::thread::id> {std::this_thread::get_id()});
}

QTEST_APPLESS_MAIN(TestDecoder)
#include "tst_decoder.moc"
