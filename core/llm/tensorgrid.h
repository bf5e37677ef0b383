// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufmix.h"
#include "core/llm/weightdrift.h"

#include <compare>
#include <limits>
#include <map>
#include <optional>
#include <set>

/// The tensors of a language model as a table of layers and kinds, whatever names a file has for them.
namespace qs {

struct CheckpointView;

/// Where a tensor stands in a decoder.
struct TensorPlace
{
    static constexpr std::int64_t kBeforeLayers = -1; ///< the embeddings
    static constexpr std::int64_t kAfterLayers = std::numeric_limits<std::int64_t>::max(); ///< the output

    std::int64_t layer = kBeforeLayers;
    std::string kind; ///< "attn_norm", "q", "down"; "vocabulary" of the tables of tokens before and after

    auto operator<=>(const TensorPlace &) const = default;
};

/// The place of a tensor called \a name in a Hugging Face folder or a GGUF file. Gemma calls another norm by
/// a name of Llama's. Tensors of unknown names have a kind of their own.
TensorPlace tensorPlaceOf(const std::string &name, bool isGemma);

/// What is in one place: a weight with its bias, or the matrices of all experts.
struct TensorCell
{
    std::vector<std::string> names; ///< as in the file, the largest first
    std::string type; ///< of the largest
    Shape shape; ///< of the largest
    std::int64_t elements = 0; ///< of all of them
    std::uint64_t byteSize = 0;
    bool isQuantized = false;
    /// Of all against the original; nothing where they were not compared. Infinite for equal ones.
    std::optional<double> sqnrDb;

    bool isMatrix() const { return shape.size() > 1; }
    double bitsPerWeight() const { return elements > 0 ? 8.0 * double(byteSize) / double(elements) : 0; }
};

struct TensorGrid
{
    std::vector<std::int64_t> layers; ///< rows, from kBeforeLayers to kAfterLayers
    std::vector<std::string> kinds; ///< columns, in the order in which a block uses them
    std::map<TensorPlace, TensorCell> cells;

    const TensorCell *find(const TensorPlace &place) const; ///< null where there is none
};

/// \a drift may be null.
TensorGrid makeTensorGrid(const CheckpointView &view, const WeightDrift *drift);

/// Expressions that match just the tensors of \a header, a GGUF file's, in \a places, one for each set of
/// layers:
/// "\\.attn_v\\.", "^blk\\.(0|5)\\.ffn_down\\.". What cannot be quantized is left out.
std::vector<std::string> patternsFor(const std::set<TensorPlace> &places, const GgufHeader &header);

} // namespace qs
