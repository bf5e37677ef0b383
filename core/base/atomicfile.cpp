// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"

#include "core/base/writeall.h"

#include "core/base/regularfile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {
namespace fs = std::filesystem;

Error systemError(const fs::path &path, int errnoValue)
{
    ErrorCode code = ErrorCode::Io;
    if (errnoValue == ENOENT || errnoValue == ENOTDIR)
        code = ErrorCode::NotFound;
    else if (errnoValue == EACCES || errnoValue == EPERM || errnoValue == EROFS)
        code = ErrorCode::Permission;
    else if (errnoValue == ENOMEM)
        code = ErrorCode::OutOfMemory;
    return {code, path.string(), std::strerror(errnoValue)};
}

AtomicFile::AtomicFile(fs::path destination, fs::path temporary, int fd)
    : m_destination(std::move(destination))
    , m_temporary(std::move(temporary))
    , m_fd(fd)
{ }

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : m_destination(std::move(other.m_destination))
    , m_temporary(std::exchange(other.m_temporary, {}))
    , m_fd(std::exchange(other.m_fd, -1))
    , m_written(other.m_written)
{ }

AtomicFile::~AtomicFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Result<AtomicFile> AtomicFile::create(const fs::path &destination)
{
    std::error_code ignored;
    if (fs::is_directory(destination, ignored))
        return systemError(destination, EISDIR);
    // Renaming needs the same file system, so the temporary lives beside the destination.
    fs::path temporary = destination;
    temporary += ".part-XXXXXX";
    std::string name = temporary.string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0)
        return systemError(destination, errno);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(fd, 0666 & ~mask); // mkostemp makes 0600; an exported model is an ordinary file
    return AtomicFile(destination, name, fd);
}

Status AtomicFile::write(std::string_view bytes)
{
    QS_CHECK(writeAll(m_fd, bytes, m_destination));
    m_written += bytes.size();
    return Done {};
}

Status AtomicFile::commit()
{
    if (::fsync(m_fd) != 0 && errno != EINVAL)
        return systemError(m_destination, errno);
    if (::close(std::exchange(m_fd, -1)) != 0)
        return systemError(m_destination, errno);
    if (::rename(m_temporary.c_str(), m_destination.c_str()) != 0)
        return systemError(m_destination, errno);
    m_temporary.clear();
    return Done {};
}

Status writeFileAtomically(const fs::path &path, std::string_view bytes)
{
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    QS_CHECK(file.write(bytes));
    return file.commit();
}

Result<std::string> readFile(const fs::path &path, std::uint64_t limit)
{
    QS_TRY(const RegularFile file, RegularFile::open(path));
    if (file.size() > limit)
        return Error {ErrorCode::Unsupported, path.string(),
                      std::to_string(file.size()) + " bytes are more than the limit of "
                          + std::to_string(limit)};
    std::string bytes(static_cast<std::size_t>(file.size()), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t n = ::read(file.descriptor(), bytes.data() + filled, bytes.size() - filled);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemError(path, errno);
        if (n == 0)
            return Error {ErrorCode::Io, path.string(), "became shorter while it was read"};
        filled += static_cast<std::size_t>(n);
    }
    return bytes;
}

} // namespace qs
