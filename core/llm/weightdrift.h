// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <vector>

namespace qs {

/// How a tensor differs from the original.
struct WeightError
{
    std::string name; ///< "model.layers.0.mlp.up_proj.weight"
    std::string op; ///< "Linear", "Embedding" or "RMSNorm"
    std::string type; ///< what it is stored as, "Q4_K"; empty when unknown
    double bitsPerWeight = 0;
    std::int64_t elements = 0;
    double squares = 0; ///< sum of the original's w^2
    double errors = 0; ///< sum of (w - q)^2
    double products = 0; ///< sum of w q
    double quantizedSquares = 0;
    double maxAbs = 0;
    bool isRescaled = false; ///< compared in the original's units, see compareWeights()

    double relativeError() const; ///< |w - q| / |w|; infinity when only w is 0
    double sqnrDb() const; ///< infinity for equal tensors
    double cosine() const;
};

struct WeightDrift
{
    std::vector<WeightError> tensors; ///< the worst first, by relative error
    WeightError total; ///< sums over all
};

/// Compares the weights of the models \a original and \a quantized, folders or GGUF files, of which either
/// may be quantized. A block of each is in memory at a time. AWQ's files hold weights whose inputs were
/// scaled by what norms and earlier rows were divided by: these are compared in the original's units; the
/// factors are those between the norms, and for rows those of least squares. InvalidArgument when these are
/// different models.
Result<WeightDrift> compareWeights(const std::filesystem::path &original,
                                   const std::filesystem::path &quantized, JobContext &job);

/// {layers: [{name, op, type, bits_per_weight, sqnr_db, relative_error, cosine, max_abs, rescaled}], total:
/// …}; sqnr_db is null for equal tensors.
nlohmann::ordered_json toJson(const WeightDrift &drift);

} // namespace qs
