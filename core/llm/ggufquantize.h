// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/ggufmix.h"
#include "core/llm/ggufsource.h"
#include "core/llm/imatrix.h"

namespace qs {

struct GgufQuantizeOptions
{
    const GgufMix *mix = nullptr; ///< one of ggufMixes()
    GgufMixOptions types; ///< \a importance sets hasImportance, too
    /// One for each tensor of the source, in place of those of the mix (see ggufbudget.h); the mix then only
    /// names the file's type.
    std::vector<GgufTypeChoice> choices;
    const ImportanceMatrix *importance = nullptr;
    /// Sources that are quantized already lose twice; refused unless this is set.
    bool allowRequantize = false;
    int threads = 0; ///< 0 = all cores
};

/// What became of a tensor.
struct GgufQuantizedTensor
{
    std::string name;
    GgmlType from = GgmlType::F32;
    GgmlType to = GgmlType::F32;
    Text reason; ///< why that type
    std::uint64_t elements = 0;
    std::uint64_t byteSize = 0;
    bool usedImportance = false;
    double relativeError = 0; ///< sum of squared errors over sum of squares; 0 for what was copied

    double bitsPerWeight() const { return 8.0 * double(byteSize) / double(elements); }
};

struct GgufQuantizeResult
{
    std::uint64_t byteSize = 0; ///< of the file
    std::vector<GgufQuantizedTensor> tensors;

    double bitsPerWeight() const; ///< over all tensors
};

/// Bytes of memory that quantizeGguf() takes for \a header, beside the mapped source.
std::uint64_t ggufQuantizeMemory(const GgufHeader &header, int threads);

/// Writes \a source as a GGUF file with the types of a mix, a piece of a tensor at a time; memory does not
/// grow with the model. The file appears whole or not at all; after a
/// kill the same call goes on from the last finished layer (see WorkFolder), with the same result. The bytes
/// of the tensors are those llama.cpp's quantizer makes. Importance that is 0 for a column is raised to a
/// millionth of the mean, as it would switch the search off. Errors: values that are not finite, or too large
/// for the scales of a type.
Result<GgufQuantizeResult> quantizeGguf(const GgufSource &source, const std::filesystem::path &out,
                                        const GgufQuantizeOptions &options, JobContext &job);

} // namespace qs
