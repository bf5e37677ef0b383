// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufheader.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace qs {

/// What config.json says, in the words of GGUF.
struct GgufHyperparameters
{
    std::string architecture; ///< "llama"
    std::vector<GgufEntry> metadata; ///< "llama.block_count" and so on, with the types llama.cpp demands
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t keyHeads = 0;
    std::int64_t headSize = 0;
    std::int64_t experts = 0;
    bool isTied = false; ///< no matrix of its own for the output
    /// One factor a pair of a head (llama.cpp's tensor "rope_freqs.weight"), empty without Llama 3's scaling.
    std::vector<float> ropeFactors;
};

/// \a config is the content of config.json. Errors have no subject.
Result<GgufHyperparameters> ggufHyperparameters(const nlohmann::json &config);

/// A JSON object in a file; errors name it.
Result<nlohmann::json> readJsonObject(const std::filesystem::path &path);

} // namespace qs
