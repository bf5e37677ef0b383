// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/calibrationwindows.h"

#include "core/llm/parallel.h"

#include <algorithm>

namespace qs {
namespace {

constexpr std::int64_t kUsualContext = 2048;

} // namespace

Result<CalibrationWindows> CalibrationWindows::create(const WeightSourcePtr &model,
                                                      const LlmQuantizeOptions &options,
                                                      std::span<const std::int32_t> tokens)
{
    const LlmConfig &config = model->config();
    const std::int64_t context
        = options.context > 0 ? options.context : std::min(config.maxPositions, kUsualContext);
    if (context > config.maxPositions)
        return Error {ErrorCode::InvalidArgument, "context",
                      std::to_string(context) + " tokens are more than the model's "
                          + std::to_string(config.maxPositions)};
    const auto size = static_cast<std::size_t>(context);
    const std::size_t count = std::min(
        {options.windows, tokens.size() / size, windowsFor(config, context, options.activationBytes)});
    if (count == 0)
        return Error {ErrorCode::InvalidArgument, "calibration",
                      "has " + std::to_string(tokens.size()) + " tokens, one window takes "
                          + std::to_string(context)};
    QS_TRY(Activations activations, embed(*model, spreadWindows(tokens, count, size), context));
    return CalibrationWindows(model, std::move(activations), context, options.threads);
}

CalibrationWindows::CalibrationWindows(WeightSourcePtr model, Activations activations, std::int64_t context,
                                       int threads)
    : m_model(std::move(model))
    , m_activations(std::move(activations))
    , m_rope(m_model->config(), context)
    , m_threads(threads)
{ }

std::uint64_t CalibrationWindows::byteSize() const
{
    std::uint64_t bytes = 0;
    for (const Matrix &window : m_activations)
        bytes += window.values.size() * sizeof(float);
    return bytes;
}

std::span<const Matrix> CalibrationWindows::first(std::size_t count) const
{
    return std::span(m_activations).first(std::min(std::max<std::size_t>(count, 1), size()));
}

void CalibrationWindows::advance(const Block &block, JobContext &job)
{
    parallelFor(
        m_activations.size(),
        [&](std::size_t i) {
            job.throwIfStopped();
            BlockScratch scratch;
            runBlock(m_model->config(), m_rope, block, m_activations[i], scratch);
        },
        m_threads);
}

SecondMoments CalibrationWindows::momentsAt(const Block &block, InputPoint point, std::int64_t size,
                                            JobContext &job) const
{
    SecondMoments moments(size);
    const auto batch = static_cast<std::size_t>(threadCount(m_threads));
    std::vector<Matrix> inputs(batch);
    for (std::size_t first = 0; first < m_activations.size(); first += batch) {
        const std::size_t count = std::min(batch, m_activations.size() - first);
        parallelFor(
            count,
            [&](std::size_t i) {
                job.throwIfStopped();
                BlockScratch scratch;
                inputs[i] = Matrix(0, size);
                captureInputs(m_model->config(), m_rope, block, m_activations[first + i], point, scratch,
                              [&](InputPoint, const Matrix &rows) {
                                  inputs[i].rows += rows.rows;
                                  inputs[i].values.insert(inputs[i].values.end(), rows.values.begin(),
                                                          rows.values.end());
                              });
            },
            m_threads);
        for (std::size_t i = 0; i < count; ++i)
            moments.add(inputs[i]);
    }
    return moments;
}

} // namespace qs
