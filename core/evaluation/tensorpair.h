// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "core/tensor/histogram.h"

namespace qs {

/// One tensor of the float model beside what the quantized model makes of it, over some samples, in the units
/// of the quantized model's channels, which are those of its grid.
struct TensorPair
{
    std::string tensor; ///< name in the float model
    Histogram reference;
    Histogram quantized; ///< dequantized values
    std::optional<ScaleZeroPoint> params; ///< of its grid; absent where the value stays float
    DType type = DType::Undefined; ///< of the integers
    DriftMetrics metrics;
    std::uint64_t samples = 0;
    bool synthetic = false;

    bool operator==(const TensorPair &) const = default;
};

struct TensorPairOptions
{
    int threads = 0;
    std::size_t samples = 16; ///< at most that many, spread evenly over the dataset
};

/// Error NotFound when \a tensor has no counterpart in \a quantized.
Result<TensorPair> tapPair(const Model &reference, const Model &quantized, const std::string &tensor,
                           const Dataset &dataset, const InferenceEngine &engine,
                           const TensorPairOptions &options, JobContext &job);

} // namespace qs
