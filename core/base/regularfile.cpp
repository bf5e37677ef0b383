// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/regularfile.h"

#include "core/base/atomicfile.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {

RegularFile::RegularFile(int fd)
    : m_fd(fd)
{ }

RegularFile::RegularFile(RegularFile &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_size(other.m_size)
    , m_modified(other.m_modified)
{ }

RegularFile::~RegularFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<RegularFile> RegularFile::open(const std::filesystem::path &path)
{
    // O_NONBLOCK: opening a pipe would wait for its writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return systemError(path, errno);
    RegularFile file(fd);
    struct stat info = {};
    if (::fstat(fd, &info) != 0)
        return systemError(path, errno);
    if (S_ISDIR(info.st_mode))
        return systemError(path, EISDIR);
    if (!S_ISREG(info.st_mode))
        return Error {ErrorCode::InvalidArgument, path.string(), "not a regular file"};
    file.m_size = static_cast<std::uint64_t>(info.st_size);
    file.m_modified = std::int64_t {info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    return file;
}

} // namespace qs
