// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace qs {

/// Element types of ggml tensors, with the ids that GGUF files hold (ggml.h, enum ggml_type).
enum class GgmlType : std::uint32_t {
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    BF16 = 30,
};

/// What a type is and how it is coded. A row is a whole number of blocks; rows follow one another.
struct GgmlTraits
{
    /// \a rows rows of \a rowLength floats to blocks. \a importance is null or has a weight >= 0 a column:
    /// the mean square of what the column is multiplied with. Bits equal those of ggml_quantize_chunk.
    using Quantize = void (*)(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                              const float *importance);
    using Dequantize = void (*)(const std::byte *in, float *out, std::int64_t elements);

    GgmlType type = GgmlType::F32;
    std::string_view name; ///< "Q4_K"
    std::int64_t blockElements = 1;
    std::int64_t blockBytes = 4;
    Quantize quantize = nullptr; ///< null for the types whose size only is known
    Dequantize dequantize = nullptr;
    bool isQuantized = false; ///< in blocks with scales
    /// Where a block has halves (scale, minimum), -1 for none: what must be finite in a sound file.
    std::int64_t scaleAt[2] = {-1, -1};

    double bitsPerWeight() const { return 8.0 * double(blockBytes) / double(blockElements); }
    std::int64_t bytesFor(std::int64_t elements) const { return elements / blockElements * blockBytes; }
};

/// All types of files; those that this program does not code have no functions.
std::span<const GgmlTraits> ggmlTypes();
/// Null for ids that no ggml has, or that it never stores.
const GgmlTraits *findGgmlType(std::uint32_t id);
const GgmlTraits *findGgmlType(std::string_view name); ///< "Q4_K", case does not matter
/// Traits of a type named above.
const GgmlTraits &ggmlTraits(GgmlType type);

/// Whether all scales of \a blocks (whole blocks) are finite; of F32, F16 and BF16, all values.
bool isFinite(const GgmlTraits &traits, std::span<const std::byte> blocks);

} // namespace qs
