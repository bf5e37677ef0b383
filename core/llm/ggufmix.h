// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/llm/ggufheader.h"

/// Which tensor of a language model gets which type: the rules of llama.cpp's quantizer
/// (src/llama-quant.cpp), which gives layers that matter more a few more bits.
namespace qs {

/// A named mix of types, e.g. "Q4_K_M".
struct GgufMix
{
    std::string_view name;
    std::uint32_t fileType; ///< "general.file_type" (llama.h, enum llama_ftype)
    GgmlType base; ///< of most tensors
};

std::span<const GgufMix> ggufMixes();
/// Case does not matter; InvalidArgument lists the mixes there are.
Result<const GgufMix *> requireGgufMix(std::string_view name);

/// Tensors whose name \a pattern is found in get \a type.
struct GgufTypeRule
{
    std::string pattern; ///< ECMAScript regular expression
    GgmlType type = GgmlType::F32;
};

struct GgufMixOptions
{
    bool isPure = false; ///< the base type for all that is quantized
    bool hasImportance = false; ///< changes what some tensors get
    std::vector<GgufTypeRule> rules; ///< the first that matches decides, before the mix; norms stay
};

struct GgufTypeChoice
{
    GgmlType type = GgmlType::F32;
    Text reason;
    bool isFallback = false; ///< rows are no multiple of a block of the type that was meant
};

/// Whether a tensor is a weight matrix that may get another type: not norms, biases, routers of experts and
/// the like, which runtimes want as they are.
bool isQuantizable(const GgufTensorInfo &tensor);

/// InvalidArgument for a pattern that is no expression, or a type that is not written here.
Status checkRules(std::span<const GgufTypeRule> rules);
/// Whether one of \a rules, which are checked, decides on the tensor \a name.
bool isRuled(const std::string &name, std::span<const GgufTypeRule> rules);

/// The type of every tensor of \a header, in its order. What cannot be quantized keeps its type; where a row
/// is no multiple of the type's block, a type with smaller blocks is taken. InvalidArgument for a pattern
/// that is no expression or matches no tensor that may change.
Result<std::vector<GgufTypeChoice>> chooseGgufTypes(const GgufHeader &header, const GgufMix &mix,
                                                    const GgufMixOptions &options);

} // namespace qs
