// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/weightsource.h"

#include <set>

namespace qs {

/// Linears of blocks that stay unquantized.
class SkippedModules
{
public:
    SkippedModules() = default; ///< none
    /// Those of \a config in whose name, "model.layers.3.mlp.down_proj", the regular expression \a pattern is
    /// found; an empty one finds none. InvalidArgument, with "skip" as its subject: no expression, one that
    /// finds nothing or leaves nothing, and one that tears apart what runtimes read as one matrix: query, key
    /// and value, or gate and up.
    static Result<SkippedModules> find(const std::string &pattern, const LlmConfig &config);

    bool isEmpty() const { return m_roles.empty(); }
    bool contains(std::int64_t layer, LinearRole role) const;
    std::set<LinearRole> rolesOf(std::int64_t layer) const;
    /// Whether \a role stays in all blocks.
    bool isEverywhere(LinearRole role) const;
    /// The same in all blocks.
    bool isUniform() const;

    /// For lists of what is not quantized: "down_proj" when all blocks are the same, else the whole names;
    /// beside the modules' names those of the matrices that runtimes make of several.
    std::vector<std::string> names() const;
    /// The whole names, block by block.
    std::vector<std::string> fullNames() const;

private:
    std::vector<std::set<LinearRole>> m_roles; ///< by layer; empty when nothing stays
};

/// "self_attn.q_proj"
std::string roleName(LinearRole role);

} // namespace qs
