// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/weightdrift.h"

#include "core/llm/block.h"
#include "core/llm/checkpointview.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace qs {
namespace {

/// Rows of the embeddings in memory at a time.
constexpr std::int64_t kTableRows = 4096;

using Factors = std::vector<float>;

void accumulate(WeightError &sums, std::span<const float> original, std::span<const float> quantized)
{
    for (std::size_t i = 0; i < original.size(); ++i) {
        const double w = double(original[i]);
        const double q = double(quantized[i]);
        sums.squares += w * w;
        sums.quantizedSquares += q * q;
        sums.products += w * q;
        sums.errors += (w - q) * (w - q);
        sums.maxAbs = std::max(sums.maxAbs, std::abs(w - q));
    }
    sums.elements += static_cast<std::int64_t>(original.size());
}

void add(WeightError &to, const WeightError &from)
{
    to.squares += from.squares;
    to.quantizedSquares += from.quantizedSquares;
    to.products += from.products;
    to.errors += from.errors;
    to.maxAbs = std::max(to.maxAbs, from.maxAbs);
    to.elements += from.elements;
}

/// What \a quantized, an AWQ file's block, was rescaled by, measured at \a original, and taken back.
class Rescaling
{
public:
    Rescaling(const LlmConfig &config, const Block &original, Block &quantized)
        : m_original(original)
        , m_quantized(quantized)
    {
        const auto norm = [&](const Block &block) -> const std::vector<float> & {
            return config.isGemma ? block.preMlpNorm : block.postAttentionNorm;
        };
        scaleColumns({LinearRole::Query, LinearRole::Key, LinearRole::Value, LinearRole::Qkv},
                     ratios(quantized.inputNorm, original.inputNorm));
        scaleColumns({LinearRole::Gate, LinearRole::Up, LinearRole::GateUp},
                     ratios(norm(quantized), norm(original)));
        passOn(LinearRole::Value, LinearRole::Output);
        passOn(LinearRole::Up, LinearRole::Down);
    }

private:
    static Factors ratios(const std::vector<float> &a, const std::vector<float> &b)
    {
        Factors factors(a.size(), 1.F);
        for (std::size_t i = 0; i < a.size(); ++i)
            factors[i] = b[i] != 0 && std::isfinite(a[i] / b[i]) ? a[i] / b[i] : 1.F;
        return factors;
    }
    void scaleColumns(std::initializer_list<LinearRole> roles, const Factors &factors)
    {
        for (const LinearRole role : roles) {
            const auto found = m_quantized.linears.find(role);
            if (found == m_quantized.linears.end())
                continue;
            Matrix &weight = found->second.weight;
            for (std::int64_t row = 0; row < weight.rows; ++row) {
                for (std::size_t col = 0; col < factors.size(); ++col)
                    weight.row(row)[col] *= factors[col];
            }
        }
    }
    /// Rows of \a first were divided by what the columns of \a second were multiplied with; AWQ does that
    /// only where each column has a row of its own.
    void passOn(LinearRole first, LinearRole second)
    {
        const auto from = m_quantized.linears.find(first);
        const auto to = m_quantized.linears.find(second);
        if (from == m_quantized.linears.end() || to == m_quantized.linears.end()
            || from->second.weight.rows != to->second.weight.cols)
            return;
        Matrix &rows = from->second.weight;
        const Matrix &original = m_original.linears.at(first).weight;
        Factors factors(static_cast<std::size_t>(rows.rows), 1.F);
        for (std::int64_t row = 0; row < rows.rows; ++row) {
            const auto w = original.rowSpan(row);
            const auto q = rows.rowSpan(row);
            const double squares = std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
            const double products = std::inner_product(w.begin(), w.end(), q.begin(), 0.0);
            float &factor = factors[static_cast<std::size_t>(row)];
            factor = squares > 0 && products > 0 ? static_cast<float>(products / squares) : 1.F;
            for (float &value : rows.rowSpan(row))
                value /= factor;
        }
        scaleColumns({second}, factors);
    }

    const Block &m_original;
    Block &m_quantized;
};

class Comparison
{
public:
    Comparison(const WeightSource &original, const WeightSource &quantized, const CheckpointView &view,
               JobContext &job)
        : m_original(original)
        , m_quantized(quantized)
        , m_view(view)
        , m_job(job)
    {
        const nlohmann::json &said = quantized.config().quantization;
        m_isAwq = said.is_object() && said.value("quant_method", nlohmann::json()) == "awq";
    }

    Result<WeightDrift> run()
    {
        QS_CHECK(checkSame());
        const LlmConfig &config = m_original.config();
        QS_CHECK(compareEmbeddings());
        for (std::int64_t layer = 0; layer < config.layers; ++layer) {
            m_job.throwIfStopped();
            m_job.progress("compare", layer, config.layers);
            QS_CHECK(compareBlock(layer));
        }
        QS_CHECK(compareEnd());
        for (const WeightError &tensor : m_drift.tensors)
            add(m_drift.total, tensor);
        m_drift.total.bitsPerWeight = m_view.bitsPerWeight();
        std::stable_sort(
            m_drift.tensors.begin(), m_drift.tensors.end(),
            [](const WeightError &a, const WeightError &b) { return a.relativeError() > b.relativeError(); });
        return std::move(m_drift);
    }

private:
    Status checkSame() const
    {
        const LlmConfig &a = m_original.config();
        const LlmConfig &b = m_quantized.config();
        const auto differ = [&](const char *what, std::int64_t x, std::int64_t y) -> Status {
            if (x == y)
                return Done {};
            return Error {ErrorCode::InvalidArgument, m_quantized.name(),
                          "is another model: " + std::to_string(y) + " " + what + ", the original has "
                              + std::to_string(x)};
        };
        QS_CHECK(differ("layers", a.layers, b.layers));
        QS_CHECK(differ("channels", a.hidden, b.hidden));
        QS_CHECK(differ("tokens", a.vocabulary, b.vocabulary));
        QS_CHECK(differ("inner channels", a.intermediate, b.intermediate));
        QS_CHECK(differ("heads", a.heads, b.heads));
        QS_CHECK(differ("key heads", a.kvHeads, b.kvHeads));
        if (a.hasFusedProjections != b.hasFusedProjections || a.isGemma != b.isGemma)
            return Error {ErrorCode::InvalidArgument, m_quantized.name(), "is of another architecture"};
        return Done {};
    }

    WeightError begin(const std::string &name, const char *op) const
    {
        WeightError error;
        error.name = name;
        error.op = op;
        if (const CheckpointTensor *tensor = m_view.find(name)) {
            error.type = tensor->type;
            error.bitsPerWeight = tensor->bitsPerWeight();
        }
        return error;
    }
    void compare(const std::string &name, const char *op, std::span<const float> original,
                 std::span<const float> quantized, bool isRescaled = false)
    {
        WeightError error = begin(name, op);
        accumulate(error, original, quantized);
        error.isRescaled = isRescaled;
        m_drift.tensors.push_back(std::move(error));
    }

    Status compareEmbeddings()
    {
        WeightError error = begin("model.embed_tokens.weight", "Embedding");
        const std::int64_t rows = m_original.config().vocabulary;
        for (std::int64_t first = 0; first < rows; first += kTableRows) {
            m_job.throwIfStopped();
            std::vector<std::int32_t> ids(static_cast<std::size_t>(std::min(kTableRows, rows - first)));
            std::iota(ids.begin(), ids.end(), static_cast<std::int32_t>(first));
            QS_TRY(const Matrix a, m_original.embeddings(ids));
            QS_TRY(const Matrix b, m_quantized.embeddings(ids));
            accumulate(error, a.values, b.values);
        }
        m_drift.tensors.push_back(std::move(error));
        return Done {};
    }

    Status compareBlock(std::int64_t layer)
    {
        QS_TRY(const Block a, loadBlock(m_original, layer));
        QS_TRY(Block b, loadBlock(m_quantized, layer));
        if (m_isAwq)
            Rescaling(m_original.config(), a, b);
        for (const LinearShape &shape : linearsOf(m_original.config())) {
            const std::string name = moduleName(layer, shape.role) + ".weight";
            compare(name, "Linear", a.linears.at(shape.role).weight.values,
                    b.linears.at(shape.role).weight.values, m_isAwq);
        }
        const auto norm = [&](const char *name, const std::vector<float> &x, const std::vector<float> &y) {
            if (!x.empty() && !m_isAwq)
                compare(layerTensor(layer, name), "RMSNorm", x, y);
        };
        norm("input_layernorm.weight", a.inputNorm, b.inputNorm);
        norm("post_attention_layernorm.weight", a.postAttentionNorm, b.postAttentionNorm);
        norm("pre_feedforward_layernorm.weight", a.preMlpNorm, b.preMlpNorm);
        norm("post_feedforward_layernorm.weight", a.postMlpNorm, b.postMlpNorm);
        norm("self_attn.q_norm.weight", a.queryNorm, b.queryNorm);
        norm("self_attn.k_norm.weight", a.keyNorm, b.keyNorm);
        return Done {};
    }

    Status compareEnd()
    {
        const LlmConfig &config = m_original.config();
        QS_TRY(const std::vector<float> x, m_original.vector("model.norm.weight", config.hidden));
        QS_TRY(const std::vector<float> y, m_quantized.vector("model.norm.weight", config.hidden));
        compare("model.norm.weight", "RMSNorm", x, y);
        if (config.tiedEmbeddings && m_quantized.config().tiedEmbeddings)
            return Done {};
        QS_TRY(const Linear a, m_original.head());
        QS_TRY(const Linear b, m_quantized.head());
        compare("lm_head.weight", "Linear", a.weight.values, b.weight.values);
        return Done {};
    }

    const WeightSource &m_original;
    const WeightSource &m_quantized;
    const CheckpointView &m_view;
    JobContext &m_job;
    bool m_isAwq = false;
    WeightDrift m_drift;
};

nlohmann::ordered_json number(double value)
{
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json metricsJson(const WeightError &error)
{
    return {{"sqnr_db", number(error.sqnrDb())},
            {"relative_error", number(error.relativeError())},
            {"cosine", number(error.cosine())},
            {"max_abs", number(error.maxAbs)},
            {"bits_per_weight", error.bitsPerWeight}};
}

} // namespace

double WeightError::relativeError() const
{
    if (errors == 0)
        return 0;
    return squares > 0 ? std::sqrt(errors / squares) : std::numeric_limits<double>::infinity();
}

double WeightError::sqnrDb() const
{
    return errors > 0 ? 10 * std::log10(squares / errors) : std::numeric_limits<double>::infinity();
}

double WeightError::cosine() const
{
    if (squares == 0 || quantizedSquares == 0)
        return squares == quantizedSquares ? 1 : 0;
    return products / std::sqrt(squares * quantizedSquares);
}

Result<WeightDrift> compareWeights(const std::filesystem::path &original,
                                   const std::filesystem::path &quantized, JobContext &job)
{
    QS_TRY(const WeightSourcePtr a, openCheckpoint(original));
    QS_TRY(const WeightSourcePtr b, openCheckpoint(quantized));
    QS_TRY(const CheckpointView view, viewCheckpoint(quantized));
    return Comparison(*a, *b, view, job).run();
}

nlohmann::ordered_json toJson(const WeightDrift &drift)
{
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const WeightError &error : drift.tensors) {
        nlohmann::ordered_json layer {{"name", error.name}, {"op", error.op}, {"type", error.type}};
        layer.update(metricsJson(error));
        layer["rescaled"] = error.isRescaled;
        layers.push_back(std::move(layer));
    }
    return {{"layers", std::move(layers)}, {"total", metricsJson(drift.total)}};
}

} // namespace qs
