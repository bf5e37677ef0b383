// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>

namespace qs {

/// A regular file open for reading; closed when this goes.
class RegularFile
{
public:
    /// Anything that is not a regular file is an error; never waits, as opening a named pipe would.
    static Result<RegularFile> open(const std::filesystem::path &path);
    RegularFile(RegularFile &&other) noexcept;
    RegularFile &operator=(RegularFile &&) = delete;
    ~RegularFile();

    int descriptor() const { return m_fd; }
    std::uint64_t size() const { return m_size; } ///< when it was opened
    std::int64_t modified() const { return m_modified; } ///< nanoseconds since 1970

private:
    explicit RegularFile(int fd);

    int m_fd = -1;
    std::uint64_t m_size = 0;
    std::int64_t m_modified = 0;
};

} // namespace qs
