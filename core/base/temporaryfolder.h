// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace qs {

/// A new folder, for this user only, in the system's place for such; it goes away with what is in it.
class TemporaryFolder
{
public:
    static Result<TemporaryFolder> create();
    TemporaryFolder(TemporaryFolder &&other) noexcept
        : m_path(std::exchange(other.m_path, {}))
    { }
    TemporaryFolder &operator=(TemporaryFolder &&) = delete;
    ~TemporaryFolder();

    const std::filesystem::path &path() const { return m_path; }

private:
    explicit TemporaryFolder(std::filesystem::path path)
        : m_path(std::move(path))
    { }

    std::filesystem::path m_path;
};

} // namespace qs
