// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace qs {

/// A regular file in memory, read-only, for as long as this lives. Pages are loaded when they are touched.
class MappedFile
{
public:
    static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path &path);
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;
    ~MappedFile();

    std::span<const std::byte> bytes() const { return m_bytes; }
    /// Gives the memory of the pages inside \a part back; they are read again when they are touched again.
    void forget(std::span<const std::byte> part) const;

private:
    MappedFile() = default;

    std::span<const std::byte> m_bytes;
};
using MappedFilePtr = std::shared_ptr<const MappedFile>;

} // namespace qs
