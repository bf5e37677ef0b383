// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/regularfile.h"

#include "core/base/atomicfile.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {

RegularFile::RegularFile(int fd, std::uint64_t size)
    : m_fd(fd)
    , m_size(size)
{ }

RegularFile::RegularFile(RegularFile &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_size(other.m_size)
{ }

RegularFile::~RegularFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<RegularFile> RegularFile::open(const std::filesystem::path &path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return systemError(path, errno);
    RegularFile file(fd, 0);
    struct stat info = {};
    if (::fstat(fd, &info) != 0)
        return systemError(path, errno);
    if (S_ISDIR(info.st_mode))
        return systemError(path, EISDIR);
    if (!S_ISREG(info.st_mode))
        return Error {ErrorCode::Format, path.string(), "not a regular file"};
    file.m_size = static_cast<std::uint64_t>(info.st_size);
    return file;
}

} // namespace qs
