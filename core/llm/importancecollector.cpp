// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/importancecollector.h"

#include "core/llm/decoder.h"
#include "core/llm/ggufnames.h"
#include "core/llm/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qs {
namespace {

constexpr std::int64_t kUsualContext = 2048;
/// Windows are dealt out to so many sums, whatever the number of threads: so the sums are always the same.
constexpr std::size_t kShares = 32;

/// Sums of squares of the inputs at the points of a block.
using Sums = std::array<std::vector<double>, kInputPoints>;

void addSquares(const Matrix &input, std::vector<double> &sums)
{
    sums.resize(static_cast<std::size_t>(input.cols), 0.0);
    for (std::int64_t row = 0; row < input.rows; ++row) {
        const std::span<const float> values = input.rowSpan(row);
        for (std::size_t i = 0; i < values.size(); ++i)
            sums[i] += double(values[i]) * double(values[i]);
    }
}

void add(const Sums &from, Sums &to)
{
    for (std::size_t point = 0; point < from.size(); ++point) {
        to[point].resize(std::max(to[point].size(), from[point].size()), 0.0);
        for (std::size_t i = 0; i < from[point].size(); ++i)
            to[point][i] += from[point][i];
    }
}

/// Runs \a windows through \a block and adds up the squares.
void runWindows(const LlmConfig &config, const RopeTable &rope, const Block &block, Activations &windows,
                Sums &sums, int threads, JobContext &job)
{
    std::vector<Sums> shares(std::min(kShares, windows.size()));
    parallelFor(
        shares.size(),
        [&](std::size_t share) {
            BlockScratch scratch;
            for (std::size_t i = share; i < windows.size(); i += shares.size()) {
                job.throwIfStopped();
                runBlock(config, rope, block, windows[i], scratch,
                         [&](InputPoint point, const Matrix &input) {
                             addSquares(input, shares[share][static_cast<std::size_t>(point)]);
                         });
            }
        },
        threads);
    for (const Sums &share : shares)
        add(share, sums);
}

std::int64_t contextOf(const LlmConfig &config, const ImportanceOptions &options)
{
    return options.context > 0 ? options.context : std::min(config.maxPositions, kUsualContext);
}

} // namespace

std::uint64_t importanceMemory(const LlmConfig &config, const ImportanceOptions &options)
{
    const std::int64_t context = contextOf(config, options);
    std::uint64_t windows = windowsFor(config, context, options.activationBytes);
    if (options.windows > 0)
        windows = std::min<std::uint64_t>(windows, options.windows);
    const auto inputs
        = static_cast<std::uint64_t>(2 * config.hidden + config.queryWidth() + config.intermediate);
    const auto sums = (kShares + static_cast<std::uint64_t>(config.layers)) * inputs * sizeof(double);
    return blockMemory(config) + scratchMemory(config, context, options.threads) + sums
        + windows * static_cast<std::uint64_t>(context * config.hidden) * sizeof(float);
}

Result<ImportanceMatrix> collectImportance(const WeightSource &model, std::span<const std::int32_t> tokens,
                                           const ImportanceOptions &options, JobContext &job)
{
    const ThreadLimit limit(options.threads);
    const LlmConfig &config = model.config();
    const std::int64_t context = contextOf(config, options);
    const auto size = static_cast<std::size_t>(context);
    if (context > config.maxPositions || tokens.size() < size)
        return Error {ErrorCode::InvalidArgument, "calibration",
                      "has " + std::to_string(tokens.size()) + " tokens, one window takes "
                          + std::to_string(context) + " of the " + std::to_string(config.maxPositions)
                          + " the model knows"};
    QS_CHECK(checkTokens(model, tokens));
    const std::vector<std::int32_t> text
        = spreadWindows(tokens, options.windows > 0 ? options.windows : tokens.size(), size);
    const std::size_t windows = text.size() / size;
    const std::size_t batch = windowsFor(config, context, options.activationBytes);
    const auto batches = static_cast<std::int64_t>((windows + batch - 1) / batch);
    const RopeTable rope(config, context);
    std::vector<Sums> layers(static_cast<std::size_t>(config.layers));
    std::int64_t done = 0;
    for (std::size_t first = 0; first < windows; first += batch) {
        const std::size_t count = std::min(batch, windows - first);
        QS_TRY(Activations x, embed(model, std::span(text).subspan(first * size, count * size), context));
        for (std::int64_t layer = 0; layer < config.layers; ++layer) {
            job.throwIfStopped();
            job.progress("calibrate", done++, batches * config.layers);
            QS_TRY(const Block block, loadBlock(model, layer));
            runWindows(config, rope, block, x, layers[static_cast<std::size_t>(layer)], options.threads, job);
        }
    }
    ImportanceMatrix matrix;
    matrix.chunkCount = static_cast<std::uint32_t>(windows);
    matrix.chunkSize = static_cast<std::uint32_t>(context);
    for (std::int64_t layer = 0; layer < config.layers; ++layer) {
        for (const LinearShape &shape : linearsOf(config)) {
            const std::string module = moduleName(layer, shape.role);
            // The order of rows is of no concern here, so any architecture has the right names.
            QS_TRY(const GgufPlace place, ggufPlaceOf(module + ".weight", "llama"));
            ImportanceEntry &entry = matrix.entries[place.name];
            entry.counts = {static_cast<float>(text.size())};
            for (const double sum :
                 layers[static_cast<std::size_t>(layer)][static_cast<std::size_t>(shape.point)]) {
                entry.values.push_back(static_cast<float>(sum / double(text.size())));
                if (!std::isfinite(entry.values.back()))
                    return Error {ErrorCode::Runtime, model.name(),
                                  "gives inputs of " + module + " that are no numbers"};
            }
        }
    }
    return matrix;
}

} // namespace qs
