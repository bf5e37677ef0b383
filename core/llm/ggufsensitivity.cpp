// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufbudget.h"
#include "core/llm/ggufcolumns.h"
#include "core/llm/ggufnames.h"
#include "core/llm/parallel.h"
#include "core/llm/perplexity.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace qs {
namespace {

/// Tokens the model is run on for each measurement, in windows of at most so many.
constexpr std::int64_t kContext = 512;
constexpr std::size_t kTokens = 2048;
/// Depths that are told apart.
constexpr std::int64_t kDepths = 6;

/// Errors large enough to be measured and small enough to add up.
GgmlType probeFor(std::int64_t rowLength)
{
    return rowLength % 256 == 0 ? GgmlType::Q3_K : GgmlType::Q4_0;
}

/// The model with some of its matrices quantized.
class Probed : public WeightSource
{
public:
    Probed(const WeightSource &model, std::set<std::string> names, const ImportanceMatrix *importance,
           int threads)
        : m_model(model)
        , m_names(std::move(names))
        , m_importance(importance)
        , m_threads(threads)
    { }

    const LlmConfig &config() const override { return m_model.config(); }
    std::string name() const override { return m_model.name(); }
    std::uint64_t storedBytes() const override { return m_model.storedBytes(); }
    bool contains(const std::string &tensor) const override { return m_model.contains(tensor); }
    Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                          bool hasBias) const override
    {
        QS_TRY(Linear linear, m_model.linear(module, out, in, hasBias));
        probe(module + ".weight", linear.weight);
        return linear;
    }
    Result<std::vector<float>> vector(const std::string &tensor, std::int64_t size) const override
    {
        return m_model.vector(tensor, size);
    }
    Result<Matrix> embeddings(std::span<const std::int32_t> ids) const override
    {
        QS_TRY(Matrix rows, m_model.embeddings(ids));
        probe(kEmbeddings, rows);
        return rows;
    }
    Result<Linear> head() const override
    {
        QS_TRY(Linear head, m_model.head());
        probe(config().tiedEmbeddings ? kEmbeddings : kHead, head.weight);
        return head;
    }

private:
    static constexpr const char *kEmbeddings = "model.embed_tokens.weight";
    static constexpr const char *kHead = "lm_head.weight";

    void probe(const std::string &name, Matrix &weight) const
    {
        const auto place = ggufPlaceOf(name, "llama"); // the same names everywhere
        if (!place.ok() || !m_names.contains(place->name))
            return;
        const GgmlTraits &traits = ggmlTraits(probeFor(weight.cols));
        const ImportanceEntry *entry = m_importance ? m_importance->find(place->name) : nullptr;
        std::vector<float> columns;
        if (entry && entry->values.size() == static_cast<std::size_t>(weight.cols))
            columns = entry->values;
        raiseZeros(columns);
        parallelFor(
            static_cast<std::size_t>(weight.rows),
            [&](std::size_t row) {
                std::vector<std::byte> coded(static_cast<std::size_t>(traits.bytesFor(weight.cols)));
                float *values = weight.row(static_cast<std::int64_t>(row));
                traits.quantize(values, coded.data(), 1, weight.cols,
                                columns.empty() ? nullptr : columns.data());
                traits.dequantize(coded.data(), values, weight.cols);
            },
            m_threads);
    }

    const WeightSource &m_model;
    std::set<std::string> m_names;
    const ImportanceMatrix *m_importance;
    int m_threads;
};

std::int64_t depths(std::int64_t layers)
{
    return std::min(kDepths, layers);
}

/// Tensors that are measured together: of one kind and depth.
struct Group
{
    std::int64_t depth = 0; ///< of what is outside of the layers: that of the embeddings or of the last layer
    std::vector<const GgufTensorInfo *> tensors;
    std::set<std::string> names;
};

std::map<std::string, Group> groupsOf(const GgufHeader &header, std::int64_t layers,
                                      std::span<const GgufTypeRule> rules)
{
    constexpr std::string_view kLayer = "blk.";
    std::map<std::string, Group> groups;
    for (const GgufTensorInfo &tensor : header.tensors) {
        if (!isQuantizable(tensor) || isRuled(tensor.name, rules)
            || tensor.rowLength() % ggmlTraits(probeFor(tensor.rowLength())).blockElements != 0)
            continue;
        std::string kind = tensor.name;
        std::int64_t depth = kind == "output.weight" ? depths(layers) - 1 : 0;
        if (kind.starts_with(kLayer)) {
            std::int64_t layer = 0;
            const auto end
                = std::from_chars(kind.data() + kLayer.size(), kind.data() + kind.size(), layer).ptr;
            depth = std::clamp<std::int64_t>(layer, 0, layers - 1) * depths(layers) / layers;
            kind = std::string(end, std::as_const(kind).data() + kind.size()) + " " + std::to_string(depth);
        }
        Group &group = groups[kind];
        group.depth = depth;
        group.tensors.push_back(&tensor);
        group.names.insert(tensor.name);
    }
    return groups;
}

/// The original on some windows of text: what goes into each depth, and what comes out at the end.
class Baseline
{
public:
    static Result<Baseline> run(const WeightSource &model, std::span<const std::int32_t> tokens, int threads,
                                JobContext &job)
    {
        Baseline made;
        const LlmConfig &config = model.config();
        made.m_context = std::min({config.maxPositions, kContext, static_cast<std::int64_t>(tokens.size())});
        const auto size = static_cast<std::size_t>(std::max<std::int64_t>(made.m_context, 1));
        made.m_text = spreadWindows(tokens, std::max<std::size_t>(kTokens / size, 1), size);
        QS_TRY(made.m_end, embed(model, made.m_text, made.m_context));
        for (std::int64_t depth = 0; depth < depths(config.layers); ++depth) {
            made.m_starts.push_back(made.m_end);
            QS_CHECK(runSomeLayers(model, firstLayer(depth, config.layers),
                                   firstLayer(depth + 1, config.layers), made.m_end, threads, job));
        }
        QS_TRY(Head head, Head::load(model));
        made.m_head.emplace(std::move(head));
        return made;
    }

    /// Divergence of \a model, which is the original up to \a depth.
    Result<double> divergence(const WeightSource &model, std::int64_t depth, int threads,
                              JobContext &job) const
    {
        const std::int64_t layers = model.config().layers;
        Activations x;
        if (depth > 0) {
            x = m_starts[static_cast<std::size_t>(depth)];
        } else {
            QS_TRY(x, embed(model, m_text, m_context));
        }
        QS_CHECK(runSomeLayers(model, firstLayer(depth, layers), layers, x, threads, job));
        QS_TRY(const Head head, Head::load(model));
        return meanDivergence(head, x, *m_head, m_end, threads, job);
    }

private:
    /// The first layer with layer * depths / layers = \a depth.
    static std::int64_t firstLayer(std::int64_t depth, std::int64_t layers)
    {
        return (depth * layers + depths(layers) - 1) / depths(layers);
    }

    std::int64_t m_context = 0;
    std::vector<std::int32_t> m_text;
    std::vector<Activations> m_starts;
    Activations m_end;
    std::optional<Head> m_head;
};

} // namespace

std::uint64_t sensitivityMemory(const LlmConfig &config, int threads)
{
    const std::int64_t context = std::min(config.maxPositions, kContext);
    const auto window = static_cast<std::uint64_t>(kTokens) * static_cast<std::uint64_t>(config.hidden);
    const auto head
        = static_cast<std::uint64_t>(config.vocabulary) * static_cast<std::uint64_t>(config.hidden);
    // What goes into each depth, the end, and the same of the model being measured; heads of both, with the
    // scores of some rows in each thread.
    const std::uint64_t floats = (static_cast<std::uint64_t>(depths(config.layers)) + 2) * window + 2 * head;
    const auto scores = static_cast<std::uint64_t>(threadCount(threads)) * headMemory(config, 2);
    return blockMemory(config) + scratchMemory(config, context, threads) + scores + floats * sizeof(float);
}

Result<GgufSensitivity> measureSensitivity(const GgufSource &source, const WeightSource &model,
                                           std::span<const std::int32_t> tokens,
                                           const GgufBudgetOptions &options, JobContext &job)
{
    QS_CHECK(checkRules(options.rules));
    const ThreadLimit limit(options.threads);
    const auto groups = groupsOf(source.header(), model.config().layers, options.rules);
    QS_TRY(const Baseline baseline, Baseline::run(model, tokens, options.threads, job));
    GgufSensitivity sensitivity;
    std::int64_t done = 0;
    for (const auto &[kind, group] : groups) {
        job.throwIfStopped();
        job.progress("sensitivity", done++, static_cast<std::int64_t>(groups.size()));
        double errors = 0;
        for (const GgufTensorInfo *tensor : group.tensors) {
            QS_TRY(const double error,
                   ggufTypeError(source, *tensor, probeFor(tensor->rowLength()), options.importance,
                                 options.threads));
            errors += error;
        }
        const Probed probed(model, group.names, options.importance, options.threads);
        QS_TRY(const double divergence, baseline.divergence(probed, group.depth, options.threads, job));
        for (const GgufTensorInfo *tensor : group.tensors)
            sensitivity[tensor->name] = errors > 0 ? std::max(divergence, 0.0) / errors : 0.0;
    }
    return sensitivity;
}

} // namespace qs
