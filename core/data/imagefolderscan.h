// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace qs {

struct ImageFile
{
    std::string name; ///< relative to the folder, with '/'
    std::optional<std::int64_t> label;
};

struct ImageFolder
{
    std::filesystem::path root;
    std::string title; ///< name of the folder, or of the one file
    bool hasLabels = false;
    std::vector<ImageFile> files; ///< in the order of names, class by class
    std::vector<std::vector<std::size_t>> classes; ///< indices into files; one class when there are no labels
};

/// Lists the pictures of \a path by the rules of openImageFolder(). Errors: nothing there, no permission, no
/// pictures.
Result<ImageFolder> scanImageFolder(const std::filesystem::path &path, JobContext &job);

} // namespace qs
