// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/llmquantizer.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>

/// What a job that quantizes a folder remembers of itself in its WorkFolder, for after a kill.
namespace qs {

/// What is finished.
struct FolderJournal
{
    std::int64_t layers = 0; ///< blocks whose tensors are all on the disk
    std::vector<LlmModuleReport> modules; ///< of these blocks
    std::vector<std::string> tensors; ///< of these blocks, as the result names them
    /// Content of those of open size, short texts, which lie in no file yet.
    std::map<std::string, std::string> texts;
    std::uint64_t quantizedBytes = 0; ///< of the tensors of the modules
    std::int64_t quantizedWeights = 0; ///< of the modules
};

nlohmann::json toJson(const FolderJournal &journal);
/// Nothing when \a json is not what toJson() makes, which damage may lead to, or names a tensor that is not
/// one of the result.
std::optional<FolderJournal> parseFolderJournal(const nlohmann::json &json,
                                                const std::function<bool(const std::string &)> &isTensor);

/// Everything the bytes of the result depend on, as a hash: \a options, the files of \a source by names,
/// sizes and times, the tokens of the calibration text.
std::string folderFingerprint(const LlmQuantizeOptions &options, const std::filesystem::path &source,
                              std::span<const std::int32_t> calibration);

} // namespace qs
