// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/llm/matrix.h"

namespace qs {

/// How the weights of a Linear become integers.
struct GroupScheme
{
    int bits = 4; ///< 2 to 8
    std::int64_t groupSize = 128; ///< inputs that share a scale, in each row; -1 = all
    bool isSymmetric = true; ///< the zero is the middle code
    bool roundsScales = true; ///< scales are binary16 numbers, as files store them, before codes are chosen

    std::int64_t maxCode() const { return (std::int64_t {1} << bits) - 1; }
    /// Inputs of a group in a row of \a in.
    std::int64_t sizeFor(std::int64_t in) const { return groupSize <= 0 ? in : groupSize; }
    std::int64_t groupsFor(std::int64_t in) const { return (in + sizeFor(in) - 1) / sizeFor(in); }
};

/// A Linear's weight as integers: w[o][i] = (code[o][i] - zero[o][g]) * scale[o][g], g = groupOf[i].
struct GroupedWeights
{
    int bits = 4;
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::vector<std::uint8_t> codes; ///< [out][in]
    Matrix scales; ///< [out][groups]
    Matrix zeros; ///< [out][groups]; whole numbers, but for HQQ
    std::vector<std::int32_t> groupOf; ///< [in]

    GroupedWeights() = default;
    /// Groups of neighbours; nothing is set but groupOf.
    GroupedWeights(const GroupScheme &scheme, std::int64_t outputs, std::int64_t inputs);
};

struct GroupParams
{
    float scale = 1;
    float zero = 0;
};

/// Scale and zero of a group as GPTQ has them: the range contains 0; symmetric: scale = 2 absmax / maxCode,
/// zero in the middle. Source: IST-DASLab gptq quant.py, Quantizer.find_params; that one halves the range of
/// a symmetric group without negative weights, which is not done here.
GroupParams gptqParams(std::span<const float> weights, const GroupScheme &scheme);
/// Of all shrunken ranges (1 - i/100, i < 80) the one with the least sum |error|^2.4 (Quantizer, "mse").
GroupParams gptqParamsByError(std::span<const float> weights, const GroupScheme &scheme);
/// As AWQ: the range is that of the weights, without 0 (AutoAWQ pseudo_quantize_tensor, zero_point).
GroupParams awqParams(std::span<const float> weights, const GroupScheme &scheme);

/// clamp(rne(w / scale) + zero, 0, maxCode).
inline std::uint8_t codeOf(float weight, GroupParams params, std::int64_t maxCode);
Matrix dequantize(const GroupedWeights &weights);

/// Refuses what cannot be: bits outside of 2 to 8, a group size that is neither -1 nor positive.
Status checkScheme(const GroupScheme &scheme);

} // namespace qs

#include <algorithm>
#include <cmath>

inline std::uint8_t qs::codeOf(float weight, GroupParams params, std::int64_t maxCode)
{
    const float code = std::nearbyint(weight / params.scale) + params.zero;
    return static_cast<std::uint8_t>(std::clamp(code, 0.F, static_cast<float>(maxCode)));
}
