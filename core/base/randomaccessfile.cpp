// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/randomaccessfile.h"

#include "core/base/atomicfile.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {

RandomAccessFile::RandomAccessFile(std::filesystem::path path, int fd)
    : m_path(std::move(path))
    , m_fd(fd)
{ }

RandomAccessFile::~RandomAccessFile()
{
    ::close(m_fd);
}

Result<std::shared_ptr<const RandomAccessFile>> RandomAccessFile::open(const std::filesystem::path &path)
{
    // O_NONBLOCK: opening a pipe would wait for its writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return systemError(path, errno);
    const std::shared_ptr<RandomAccessFile> file(new RandomAccessFile(path, fd));
    struct stat info = {};
    if (::fstat(fd, &info) != 0)
        return systemError(path, errno);
    if (!S_ISREG(info.st_mode))
        return Error {ErrorCode::InvalidArgument, path.string(), "not a regular file"};
    file->m_size = static_cast<std::uint64_t>(info.st_size);
    file->m_modified = std::int64_t {info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    return std::shared_ptr<const RandomAccessFile>(file);
}

Status RandomAccessFile::read(std::uint64_t offset, std::span<std::byte> out) const
{
    while (!out.empty()) {
        constexpr std::size_t kPiece = std::size_t {1} << 30; // Linux reads at most 2 GiB at a time
        const std::size_t wanted = std::min(out.size(), kPiece);
        const ssize_t n = ::pread(m_fd, out.data(), wanted, static_cast<off_t>(offset));
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
    if (offset > m_size || count > m_size - offset)
        return Error {ErrorCode::Format, m_path.string(), "the file is truncated"};
    std::string bytes(count, '\0');
    QS_CHECK(read(offset, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

} // namespace qs
