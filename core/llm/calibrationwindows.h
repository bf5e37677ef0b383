// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/decoder.h"
#include "core/llm/gptq.h"
#include "core/llm/llmoptions.h"

#include <optional>

namespace qs {

/// Windows of a text on their way through a decoder, block by block: the inputs of the next block, from which
/// methods see what its Linears get.
class CalibrationWindows
{
public:
    /// Embeds windows of \a tokens, as many of LlmQuantizeOptions::context tokens as the options, the text
    /// and the memory for activations allow. InvalidArgument names "context" or "calibration".
    static Result<CalibrationWindows> create(const WeightSourcePtr &model, const LlmQuantizeOptions &options,
                                             std::span<const std::int32_t> tokens);

    const Activations &activations() const { return m_activations; } ///< each [context, hidden]
    const RopeTable &rope() const { return m_rope; }
    std::size_t size() const { return m_activations.size(); }
    std::uint64_t byteSize() const; ///< of the activations
    /// The first \a count windows, at least one and no more than there are.
    std::span<const Matrix> first(std::size_t count) const;

    /// Runs all windows through \a block.
    void advance(const Block &block, JobContext &job);
    /// Of the inputs [tokens, \a size] that the Linears at \a point of \a block get, over all windows. They
    /// are added in the order of the windows, so that the sums do not depend on the number of threads.
    SecondMoments momentsAt(const Block &block, InputPoint point, std::int64_t size, JobContext &job) const;

private:
    CalibrationWindows(WeightSourcePtr model, Activations activations, std::int64_t context, int threads);

    WeightSourcePtr m_model; ///< for its config()
    Activations m_activations; ///< before the next block
    RopeTable m_rope;
    int m_threads = 0; ///< 0 = all cores
};

} // namespace qs
