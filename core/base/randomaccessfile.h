// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/regularfile.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace qs {

/// A regular file read at any place by any number of threads. Reading, unlike a memory map, turns a file that
/// shrinks or a device that fails into an Error and not into a signal.
class RandomAccessFile
{
public:
    static Result<std::shared_ptr<const RandomAccessFile>> open(const std::filesystem::path &path);

    const std::filesystem::path &path() const { return m_path; }
    std::uint64_t size() const { return m_file.size(); } ///< when it was opened
    std::int64_t modified() const { return m_file.modified(); } ///< nanoseconds since 1970

    /// Fills \a out from \a offset; an error when the file ends before.
    Status read(std::uint64_t offset, std::span<std::byte> out) const;
    /// \a count bytes; refused without taking memory when they reach beyond the end.
    Result<std::string> read(std::uint64_t offset, std::uint64_t count) const;

private:
    RandomAccessFile(std::filesystem::path path, RegularFile file);

    std::filesystem::path m_path;
    RegularFile m_file;
};
using RandomAccessFilePtr = std::shared_ptr<const RandomAccessFile>;

} // namespace qs
