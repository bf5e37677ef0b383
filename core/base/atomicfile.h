// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <span>
#include <string_view>

namespace qs {

/// The reason an errno value stands for, as an Error about \a path.
Error systemError(const std::filesystem::path &path, int errnoValue);

/// A file that appears whole or not at all: written beside its destination, synced, then renamed over it.
/// Destroying it without commit() removes what was written and leaves an older destination untouched. A
/// symbolic link stays one, and a file that is replaced gives its permissions to the new one.
class AtomicFile
{
public:
    /// Errors: a destination that is there and is no file, or may not be written to.
    static Result<AtomicFile> create(const std::filesystem::path &destination);
    AtomicFile(AtomicFile &&other) noexcept;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile();

    Status write(std::string_view bytes);
    /// Everything is on the disk after it, and nothing can be written any more.
    Status flush();
    Status commit();
    /// Two files that are good only together: either both appear, or both destinations stay as they were.
    static Status commitTogether(AtomicFile &first, AtomicFile &second);
    const std::filesystem::path &destination() const { return m_destination; } ///< links followed
    int descriptor() const { return m_fd; }
    std::uint64_t position() const { return m_written; }

private:
    AtomicFile(std::filesystem::path destination, std::filesystem::path temporary, int fd);
    Status setAside();
    Status rename();
    void restore();

    std::filesystem::path m_destination;
    std::filesystem::path m_temporary; ///< empty once it has its name
    std::filesystem::path m_aside; ///< the file that it replaces, meanwhile
    int m_fd = -1;
    std::uint64_t m_written = 0;
};

Status writeFileAtomically(const std::filesystem::path &path, std::string_view bytes);

/// Whole content of a regular file; directories, missing and unreadable files are errors, as is more than \a
/// limit bytes.
Result<std::string> readFile(const std::filesystem::path &path,
                             std::uint64_t limit = std::uint64_t {1} << 31);

} // namespace qs
