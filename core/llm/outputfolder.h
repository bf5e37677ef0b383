// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace qs {

/// A folder that appears whole or not at all: made beside its destination and renamed. Destroying it without
/// commit() removes it.
class OutputFolder
{
public:
    /// InvalidArgument when \a destination holds something that is not an earlier result: a folder whose
    /// config.json says how it was quantized.
    static Result<OutputFolder> create(const std::filesystem::path &destination);
    /// The same, made as \a work, where files of a job that was killed may lie: those it had not finished
    /// (.safetensors.part) stay, all others go.
    static Result<OutputFolder> resume(const std::filesystem::path &destination,
                                       const std::filesystem::path &work);
    OutputFolder(OutputFolder &&other) noexcept;
    OutputFolder &operator=(OutputFolder &&) = delete;
    ~OutputFolder();

    const std::filesystem::path &path() const { return m_path; }
    /// Takes the destination's place; an earlier result goes.
    Status commit();

private:
    OutputFolder(std::filesystem::path destination, std::filesystem::path path);

    std::filesystem::path m_destination;
    std::filesystem::path m_path; ///< empty when there is nothing to remove any more
};

/// Copies what belongs to a model beside its weights: tokenizer, generation settings, licence, templates. Not
/// config.json, weights in any format, hidden files and folders.
Status copyModelFiles(const std::filesystem::path &from, const std::filesystem::path &to);

} // namespace qs
