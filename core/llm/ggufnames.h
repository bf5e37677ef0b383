// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qs {

/// Which rows of a tensor are reordered: llama.cpp rotates neighbouring rows in the architecture "llama",
/// checkpoints of Hugging Face the two halves of a head.
enum class RowOrder { AsStored, QueryHeads, KeyHeads };

/// Where a tensor of a checkpoint goes.
struct GgufPlace
{
    std::string name; ///< "blk.3.attn_q.weight"
    std::optional<int> expert; ///< it is one matrix of a stack
    RowOrder order = RowOrder::AsStored;
};

/// Place of \a hfName ("model.layers.3.self_attn.q_proj.weight") in a file of \a architecture ("llama"). An
/// empty name for what is not carried over (rotary tables, masks). Unsupported for tensors without a place.
Result<GgufPlace> ggufPlaceOf(std::string_view hfName, std::string_view architecture);

/// Row of the checkpoint that row \a row of the file is, in a head of \a headSize rows: rows 2j and 2j + 1 of
/// a head are its rows j and headSize / 2 + j.
constexpr std::int64_t storedRow(std::int64_t row, std::int64_t headSize)
{
    const std::int64_t inHead = row % headSize;
    return row - inHead + inHead % 2 * (headSize / 2) + inHead / 2;
}

} // namespace qs
