// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/randomaccessfile.h"

#include "core/base/atomicfile.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace qs {

RandomAccessFile::RandomAccessFile(std::filesystem::path path, RegularFile file)
    : m_path(std::move(path))
    , m_file(std::move(file))
{ }

Result<std::shared_ptr<const RandomAccessFile>> RandomAccessFile::open(const std::filesystem::path &path)
{
    QS_TRY(RegularFile file, RegularFile::open(path));
    return std::shared_ptr<const RandomAccessFile>(new RandomAccessFile(path, std::move(file)));
}

Status RandomAccessFile::read(std::uint64_t offset, std::span<std::byte> out) const
{
    while (!out.empty()) {
        constexpr std::size_t kPiece = std::size_t {1} << 30; // Linux reads at most 2 GiB at a time
        const std::size_t wanted = std::min(out.size(), kPiece);
        const ssize_t n = ::pread(m_file.descriptor(), out.data(), wanted, static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemError(m_path, errno);
        if (n == 0)
            return Error {ErrorCode::Format, m_path.string(), "the file is truncated"};
        offset += static_cast<std::uint64_t>(n);
        out = out.subspan(static_cast<std::size_t>(n));
    }
    return Done {};
}

Result<std::string> RandomAccessFile::read(std::uint64_t offset, std::uint64_t count) const
{
    if (offset > size() || count > size() - offset)
        return Error {ErrorCode::Format, m_path.string(), "the file is truncated"};
    std::string bytes(count, '\0');
    QS_CHECK(read(offset, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

} // namespace qs
