// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"

#include "core/base/writeall.h"

#include "core/base/regularfile.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {
namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40; // as Linux follows

/// The file that \a path means, there or not: renaming over a symbolic link would replace the link.
Result<fs::path> followLinks(const fs::path &path)
{
    fs::path real = path;
    std::error_code error;
    for (int links = 0; fs::is_symlink(fs::symlink_status(real, error)); ++links) {
        if (links == kMostLinks)
            return systemError(path, ELOOP);
        const fs::path target = fs::read_symlink(real, error);
        if (error)
            return systemError(path, error.value());
        real = real.parent_path() / target;
    }
    return real;
}

/// The permissions of a file at \a path, or those of a new one. Renaming asks for no right to write to the
/// file it replaces, so that is asked here.
Result<mode_t> modeFor(const fs::path &path)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) {
        const mode_t mask = ::umask(0);
        ::umask(mask);
        return 0666 & ~mask;
    }
    if (S_ISDIR(info.st_mode))
        return systemError(path, EISDIR);
    if (!S_ISREG(info.st_mode))
        return Error {ErrorCode::InvalidArgument, path.string(), "not a regular file"};
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0)
        return systemError(path, errno);
    return info.st_mode & 0777;
}

} // namespace

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
    QS_TRY(const fs::path real, followLinks(destination));
    QS_TRY(const mode_t mode, modeFor(real));
    // Renaming needs the same file system, so the temporary lives beside the destination.
    fs::path temporary = real;
    temporary += ".part-XXXXXX";
    std::string name = temporary.string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0)
        return systemError(destination, errno);
    ::fchmod(fd, mode); // mkostemp makes 0600; an exported model is an ordinary file
    return AtomicFile(real, name, fd);
}

Status AtomicFile::write(std::string_view bytes)
{
    QS_CHECK(writeAll(m_fd, bytes, m_destination));
    m_written += bytes.size();
    return Done {};
}

Status AtomicFile::flush()
{
    if (m_fd < 0)
        return Done {};
    if (::fsync(m_fd) != 0 && errno != EINVAL)
        return systemError(m_destination, errno);
    if (::close(std::exchange(m_fd, -1)) != 0)
        return systemError(m_destination, errno);
    return Done {};
}

Status AtomicFile::commit()
{
    QS_CHECK(flush());
    return rename();
}

Status AtomicFile::commitTogether(AtomicFile &first, AtomicFile &second)
{
    // What fails as a rule, a full disk, fails here.
    QS_CHECK(first.flush());
    QS_CHECK(second.flush());
    const std::array files {&first, &second};
    Status status = Done {};
    // The old ones go before the new ones come: whenever it ends, no old file stands beside a new one.
    for (const auto step : {&AtomicFile::setAside, &AtomicFile::rename}) {
        for (AtomicFile *file : files)
            status = status.ok() ? (file->*step)() : status;
    }
    for (AtomicFile *file : files) {
        if (!status.ok())
            file->restore();
        else if (!file->m_aside.empty())
            ::unlink(file->m_aside.c_str());
    }
    return status;
}

Status AtomicFile::setAside()
{
    const fs::path aside = m_temporary.string() + ".old";
    if (::rename(m_destination.c_str(), aside.c_str()) == 0)
        m_aside = aside;
    else if (errno != ENOENT)
        return systemError(m_destination, errno);
    return Done {};
}

Status AtomicFile::rename()
{
    if (::rename(m_temporary.c_str(), m_destination.c_str()) != 0)
        return systemError(m_destination, errno);
    m_temporary.clear();
    return Done {};
}

void AtomicFile::restore()
{
    if (!m_aside.empty())
        ::rename(m_aside.c_str(), m_destination.c_str());
    else if (m_temporary.empty())
        ::unlink(m_destination.c_str());
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
