// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"
#include "core/llm/tensorgrid.h"

namespace qs {

/// "attn_v=Q6_K,ffn_down=Q5_K" as rules, in order. InvalidArgument names what is none.
Result<std::vector<GgufTypeRule>> parseGgufTypeRules(const std::string &text);
std::string toText(const std::vector<GgufTypeRule> &rules);

/// \a rules anew with the tensors in \a places as \a type, or without a rule: what they say of each tensor of
/// \a header, said in as few expressions as it takes. InvalidArgument for a rule that is no expression.
Result<std::vector<GgufTypeRule>> changedTypeRules(const std::vector<GgufTypeRule> &rules,
                                                   const std::set<TensorPlace> &places,
                                                   std::optional<GgmlType> type, const GgufHeader &header);

/// What a GGUF file will be, told before it is made.
struct GgufPreview
{
    std::uint64_t byteSize = 0; ///< of the file
    double bitsPerWeight = 0; ///< over all tensors
    std::map<std::string, GgmlType> types; ///< by the tensor's name; empty while they are to be solved for
};

/// \a header is that of the unchanged file, \a parameters those of the strategy "gguf". With a size to keep
/// to
/// ("bits_per_weight") only that is told; which tensor gets what is found when it runs.
Result<GgufPreview> previewGguf(const GgufHeader &header, const ParamSet &parameters, bool hasImportance);

} // namespace qs
