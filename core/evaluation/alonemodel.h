// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/tensormatch.h"

namespace qs {

/// A quantized model cut at every value it shares with the float model, so that one run shows what each layer
/// does on its own.
///
///   before   layer -> t -> Q -> q -> DQ -> next
///   after    layer -> t -> Q -> q (tapped)          t__float (input) -> Q' -> q' -> DQ -> next
///
/// Each layer then sees the float model's activations, quantized as the model quantizes them, and the
/// integers it makes are compared with the float model's output. A value that stays float is replaced by the
/// input directly.
struct AloneModel
{
    ModelPtr model;
    std::vector<std::string> inputs; ///< graph input for each match, parallel to them
};

/// \a types: element type and shape of each match in the float model (-1 = open), parallel to \a matches.
Result<AloneModel> makeAloneModel(const Model &quantized, const std::vector<MatchedTensor> &matches,
                                  const std::vector<ValueInfo> &types);

} // namespace qs
