// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/llmquantizer.h"

#include "core/llm/awq.h"
#include "core/llm/block.h"
#include "core/llm/calibrationwindows.h"
#include "core/llm/folderwriter.h"
#include "core/llm/hqq.h"
#include "core/llm/parallel.h"
#include "core/llm/rtn.h"

#include <algorithm>
#include <chrono>

namespace qs {
namespace fs = std::filesystem;
namespace {

/// Goes through the blocks of a model: each is loaded, quantized by the method and written.
class Quantizer
{
public:
    Quantizer(const fs::path &source, const LlmQuantizeOptions &options, JobContext &job)
        : m_source(source)
        , m_options(options)
        , m_job(job)
    { }

    Result<LlmQuantizeReport> run(const fs::path &destination, std::span<const std::int32_t> calibration)
    {
        QS_TRY(m_weights, openCheckpoint(m_source));
        QS_TRY(m_skipped, SkippedModules::find(m_options.skip, config()));
        QS_CHECK(checkModel(destination));
        QS_TRY(const SafetensorsSet tensors, SafetensorsSet::open(m_source));
        m_job.progress("quantize", 0, config().layers);
        if (needsCalibration(m_options.method)) {
            QS_TRY(CalibrationWindows windows, CalibrationWindows::create(m_weights, m_options, calibration));
            m_windows.emplace(std::move(windows));
        }
        const FolderJob what {m_source, config(), tensors, m_options, m_skipped};
        QS_TRY(FolderWriter writer,
               FolderWriter::open(what, destination, folderFingerprint(m_options, m_source, calibration),
                                  changedTensors(), memoryEstimate(), m_job));
        m_writer = &writer;
        QS_CHECK(writer.copyTensors(m_job));
        const std::int64_t finished = writer.finishedLayers();
        for (std::int64_t layer = 0; layer < config().layers; ++layer) {
            m_job.throwIfStopped();
            m_job.progress("quantize", layer, config().layers);
            if (layer < finished) {
                QS_CHECK(repeatLayer(layer));
                continue;
            }
            QS_CHECK(quantizeLayer(layer));
            QS_CHECK(writer.finishLayer(layer));
        }
        QS_TRY(LlmQuantizeReport report, writer.finish());
        report.windows = m_windows ? m_windows->size() : 0;
        return report;
    }

private:
    const LlmConfig &config() const { return m_weights->config(); }

    Status checkModel(const fs::path &destination) const
    {
        if (!config().quantization.is_null())
            return Error {ErrorCode::InvalidArgument, m_source.string(),
                          "is quantized already; take the original model"};
        if (auto status = checkShapes(config(), m_options, m_skipped); !status.ok())
            return Error {status.error().code, m_source.string(), status.error().detail};
        std::error_code ignored;
        if (fs::equivalent(m_source, destination, ignored))
            return Error {ErrorCode::InvalidArgument, destination.string(),
                          "is the model that is to be quantized"};
        return Done {};
    }

    /// Bytes of memory at the most: a block, a Linear of it in codes and back again, what the method needs
    /// beside it, and the activations.
    std::uint64_t memoryEstimate() const
    {
        std::uint64_t largest = 0;
        std::uint64_t widest = 0;
        for (const LinearShape &shape : linearsOf(config())) {
            largest = std::max(largest, static_cast<std::uint64_t>(shape.out * shape.in) * sizeof(float));
            widest = std::max(widest, static_cast<std::uint64_t>(shape.in));
        }
        const std::uint64_t packing = 2 * largest;
        const auto withSmallThings = [](std::uint64_t bytes) { return bytes + bytes / 20; };
        if (!m_windows)
            return withSmallThings(blockMemory(config()) + packing);
        const auto context = m_windows->activations().front().rows;
        const auto window = static_cast<std::uint64_t>(context) * sizeof(float);
        const auto hidden = static_cast<std::uint64_t>(config().hidden);
        std::uint64_t method = 0;
        if (m_options.method == LlmMethod::Gptq) {
            // Moments with the inputs of a window a thread, then moments and factor, then the factor alone.
            const std::uint64_t moments = widest * widest * sizeof(double);
            const auto threads = static_cast<std::uint64_t>(threadCount(m_options.threads));
            const std::uint64_t running = scratchMemory(config(), context, m_options.threads)
                + threads * (window + 128 * sizeof(float)) * (widest + hidden);
            method = moments + std::max({moments, running, packing});
        } else {
            const std::size_t searched = m_windows->first(m_options.searchWindows).size();
            method = std::max(packing,
                              searched * window * hidden
                                  + awqMemory(config(), searched, context, m_options.threads));
        }
        return withSmallThings(blockMemory(config()) + method + m_windows->byteSize()
                               + (m_options.isSequential ? 0 : blockMemory(config())));
    }

    /// Norms and biases that AWQ divides.
    std::set<std::string> changedTensors() const
    {
        std::set<std::string> changed;
        if (m_options.method != LlmMethod::Awq || !m_options.scales)
            return changed;
        for (std::int64_t layer = 0; layer < config().layers; ++layer) {
            for (const char *norm : {"input_layernorm.weight", "post_attention_layernorm.weight",
                                     "pre_feedforward_layernorm.weight"})
                changed.insert(layerTensor(layer, norm));
            for (const LinearShape &shape : linearsOf(config())) {
                if (shape.hasBias)
                    changed.insert(moduleName(layer, shape.role) + ".bias");
            }
        }
        return changed;
    }

    /// A layer that is written: only the activations behind it are missing.
    Status repeatLayer(std::int64_t layer)
    {
        if (!needsCalibration(m_options.method) || layer + 1 >= config().layers)
            return Done {};
        QS_TRY(Block block, loadBlock(*m_weights, layer));
        for (const LinearShape &shape : linearsOf(config())) {
            if (m_options.method == LlmMethod::Gptq && !m_skipped.contains(layer, shape.role)) {
                QS_TRY(block.linears.at(shape.role).weight, m_writer->writtenWeight(layer, shape));
            }
        }
        m_windows->advance(block, m_job);
        return Done {};
    }

    Status quantizeLayer(std::int64_t layer)
    {
        QS_TRY(Block block, loadBlock(*m_weights, layer));
        if (m_options.method == LlmMethod::Gptq)
            return quantizeByGptq(block);
        if (m_options.method == LlmMethod::Awq) {
            prepareByAwq(block);
            if (m_options.scales)
                QS_CHECK(writeChanged(block));
        }
        for (const LinearShape &shape : linearsOf(config())) {
            m_job.throwIfStopped();
            if (m_skipped.contains(layer, shape.role))
                continue;
            const Matrix &weight = block.linears.at(shape.role).weight;
            QS_CHECK(m_writer->writeModule(layer, shape, weight, roundLinear(weight), 0));
        }
        return Done {};
    }

    void prepareByAwq(Block &block)
    {
        AwqOptions options {m_options.scheme};
        options.scales = m_options.scales;
        options.clips = m_options.clips;
        options.skipped = m_skipped.rolesOf(block.layer);
        std::span<const Matrix> windows = m_windows->first(m_options.searchWindows);
        std::vector<Matrix> copies;
        if (block.layer + 1 < config().layers) {
            // The next block's inputs are those of the original model; its windows are less than its block.
            copies.assign(windows.begin(), windows.end());
            windows = copies;
            m_windows->advance(block, m_job);
        }
        prepareAwq(config(), m_windows->rope(), block, windows, options, m_job, m_options.threads);
    }

    QuantizedLinear roundLinear(const Matrix &weight) const
    {
        switch (m_options.method) {
        case LlmMethod::Nf4:
            return quantizeTable(weight.values, TableKind::Nf4, m_options.isDouble);
        case LlmMethod::Fp4:
            return quantizeTable(weight.values, TableKind::Fp4, m_options.isDouble);
        case LlmMethod::Int8:
            return quantizeInt8Rows(weight);
        case LlmMethod::Hqq:
            return quantizeHqq(weight, m_options.scheme);
        default:
            if (m_options.format == LlmFormat::Awq)
                return roundAwq(weight, m_options.scheme);
            return quantizeRtn(weight, m_options.scheme,
                               m_options.searchesScales ? gptqParamsByError : gptqParams);
        }
    }

    Status quantizeByGptq(Block &block)
    {
        GptqOptions options {m_options.scheme};
        options.damping = m_options.damping;
        options.usesActOrder = m_options.usesActOrder;
        options.hasStaticGroups = m_options.hasStaticGroups;
        options.searchesScales = m_options.searchesScales;
        const std::vector<LinearShape> linears = linearsOf(config());
        std::map<LinearRole, Matrix> later; ///< not sequential: weights that the block gets at its end
        std::optional<GptqFactor> factor;
        std::optional<InputPoint> point;
        for (const LinearShape &shape : linears) {
            m_job.throwIfStopped();
            if (m_skipped.contains(block.layer, shape.role))
                continue;
            if (point != shape.point) {
                point = shape.point;
                factor.reset();
                auto made = factorize(m_windows->momentsAt(block, shape.point, shape.in, m_job), options);
                if (!made.ok())
                    return Error {made.error().code, moduleName(block.layer, shape.role),
                                  made.error().detail};
                factor.emplace(std::move(*made));
            }
            Matrix &weight = block.linears.at(shape.role).weight;
            const GptqResult result = quantizeGptq(weight, *factor, options);
            QS_CHECK(m_writer->writeModule(block.layer, shape, weight, result.weights, result.loss));
            Matrix rounded = dequantize(result.weights);
            if (m_options.isSequential)
                weight = std::move(rounded);
            else
                later[shape.role] = std::move(rounded);
        }
        for (auto &[role, weight] : later)
            block.linears.at(role).weight = std::move(weight);
        if (block.layer + 1 < config().layers)
            m_windows->advance(block, m_job);
        return Done {};
    }

    Status writeChanged(const Block &block)
    {
        const auto norm = [&](const char *name, std::vector<float> values) -> Status {
            for (float &value : values)
                value -= config().isGemma ? 1.F : 0.F;
            return m_writer->writeChanged(layerTensor(block.layer, name), values);
        };
        QS_CHECK(norm("input_layernorm.weight", block.inputNorm));
        QS_CHECK(norm("post_attention_layernorm.weight", block.postAttentionNorm));
        QS_CHECK(norm("pre_feedforward_layernorm.weight", block.preMlpNorm));
        for (const auto &[role, linear] : block.linears) {
            if (!linear.bias.empty())
                QS_CHECK(m_writer->writeChanged(moduleName(block.layer, role) + ".bias", linear.bias));
        }
        return Done {};
    }

    fs::path m_source;
    LlmQuantizeOptions m_options;
    JobContext &m_job;
    WeightSourcePtr m_weights;
    SkippedModules m_skipped;
    std::optional<CalibrationWindows> m_windows; ///< for methods that need them
    FolderWriter *m_writer = nullptr; ///< while run() runs
};

} // namespace

Result<LlmQuantizeReport> quantizeCheckpoint(const fs::path &source, const fs::path &destination,
                                             const LlmQuantizeOptions &options,
                                             std::span<const std::int32_t> calibration, JobContext &job)
{
    const auto start = std::chrono::steady_clock::now();
    QS_CHECK(checkOptions(options));
    const ThreadLimit limit(options.threads);
    QS_TRY(LlmQuantizeReport report,
           Quantizer(source, resolvedOptions(options), job).run(destination, calibration));
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

} // namespace qs
