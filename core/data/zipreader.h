// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/randomaccessfile.h"

#include <vector>

namespace qs {

/// A file inside a zip archive.
struct ZipEntry
{
    std::string name;
    bool isDeflated = false; ///< else stored
    std::uint32_t crc = 0;
    std::uint64_t packedSize = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0; ///< of the content in the archive
};

/// Files of a zip archive (PKWARE APPNOTE 6.3, with zip64): stored and deflated ones, as NumPy writes them.
/// Encrypted, split and otherwise packed archives are Unsupported, inconsistent ones a Format error. Folders
/// are left out.
Result<std::vector<ZipEntry>> readZipDirectory(const RandomAccessFile &file);

/// Reads through a stored entry and compares its CRC-32, in small pieces.
Status checkStoredEntry(const RandomAccessFile &file, const ZipEntry &entry, JobContext &job);

/// The content of a deflated entry, its size and CRC-32 checked. Unsupported above \a limit bytes; nothing is
/// allocated for a size that the packed bytes cannot hold.
Result<std::string> inflateEntry(const RandomAccessFile &file, const ZipEntry &entry, std::uint64_t limit,
                                 JobContext &job);

} // namespace qs
