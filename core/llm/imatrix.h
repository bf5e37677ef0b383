// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace qs {

/// How much each input of a weight matrix matters: the mean square of what it carried over calibration text.
struct ImportanceEntry
{
    std::vector<float> values; ///< [matrices][inputs], finite and not negative
    std::vector<float> counts; ///< [matrices] calibration tokens (or calls) behind the means

    std::size_t matrices() const { return counts.size(); } ///< 1, or the number of experts
    std::size_t inputs() const { return counts.empty() ? 0 : values.size() / counts.size(); }
    bool operator==(const ImportanceEntry &) const = default;
};

/// The importance matrix of a model as llama.cpp's imatrix tool collects it; entries by the GGUF name of the
/// tensor.
struct ImportanceMatrix
{
    std::map<std::string, ImportanceEntry> entries;
    std::vector<std::string> datasets; ///< what the text was
    std::uint32_t chunkCount = 0;
    std::uint32_t chunkSize = 0; ///< tokens; 0 = unknown

    const ImportanceEntry *find(const std::string &tensor) const;
    bool operator==(const ImportanceMatrix &) const = default;
};

enum class ImatrixFormat {
    Gguf, ///< since 2025
    Dat, ///< before
};

/// Reads either format; which one it is shows at the start. Sizes, counts and values are checked.
Result<ImportanceMatrix> readImatrix(const std::filesystem::path &path);
/// Written beside and renamed. Values of the older format are the same, but counts become whole numbers and
/// only the first data set is named.
Status writeImatrix(const std::filesystem::path &path, const ImportanceMatrix &matrix,
                    ImatrixFormat format = ImatrixFormat::Gguf);

} // namespace qs
