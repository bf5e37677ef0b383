// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/workfolder.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/base/writeall.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr const char *kJobFile = "job.json";
constexpr const char *kJournalFile = "journal.json";
constexpr const char *kLockFile = "lock";
constexpr const char *kWorkSuffix = ".work";
constexpr std::uint64_t kMaxJournal = 64'000'000;

/// The folder is one of ours: it has nothing yet, or a lock.
bool isOurs(const fs::path &folder)
{
    std::error_code failure;
    return fs::is_directory(folder, failure)
        && (fs::exists(folder / kLockFile, failure) || fs::is_empty(folder, failure));
}

nlohmann::json readJson(const fs::path &path)
{
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return nullptr;
    const auto text = readFile(path, kMaxJournal);
    const auto json = text.ok() ? parseJson(*text) : nlohmann::json();
    return json.is_object() ? json : nlohmann::json();
}

void clear(const fs::path &folder)
{
    std::error_code failure;
    std::vector<fs::path> old;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->path().filename() != kLockFile)
            old.push_back(at->path());
    }
    for (const fs::path &path : old)
        fs::remove_all(path, failure);
}

} // namespace

WorkFolder::WorkFolder(fs::path path, int lock)
    : m_path(std::move(path))
    , m_lock(lock)
{ }

WorkFolder::WorkFolder(WorkFolder &&other) noexcept
    : m_path(std::exchange(other.m_path, {}))
    , m_lock(std::exchange(other.m_lock, -1))
    , m_journal(std::move(other.m_journal))
{ }

WorkFolder::~WorkFolder()
{
    std::error_code ignored;
    if (!m_path.empty())
        fs::remove_all(m_path, ignored);
    if (m_lock >= 0)
        ::close(m_lock);
}

Result<WorkFolder> WorkFolder::open(const fs::path &destination, const std::string &fingerprint)
{
    fs::path path = withoutTrailingSlash(destination);
    path += kWorkSuffix;
    std::error_code failure;
    if (!fs::create_directory(path, failure) && failure)
        return systemError(path, failure.value());
    if (!isOurs(path))
        return Error {ErrorCode::InvalidArgument, path.string(),
                      "is in the way: unfinished work would be kept there"};
    const int lock = ::open((path / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0)
        return systemError(path, errno);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return Error {ErrorCode::InvalidArgument, destination.string(),
                      "is being written by another process"};
    }
    WorkFolder folder(std::move(path), lock);
    const nlohmann::json last = readJson(folder.m_path / kJobFile);
    if (last.is_object() && last.value("fingerprint", nlohmann::json()) == fingerprint) {
        folder.m_journal = readJson(folder.m_path / kJournalFile);
    } else {
        clear(folder.m_path);
        const nlohmann::json job {{"fingerprint", fingerprint}};
        QS_CHECK(writeFileAtomically(folder.m_path / kJobFile, job.dump()));
    }
    return folder;
}

Status WorkFolder::writeJournal(const nlohmann::json &journal) const
{
    return writeFileAtomically(m_path / kJournalFile, journal.dump());
}

ResumableFile::ResumableFile(fs::path destination, fs::path work, int fd)
    : m_destination(std::move(destination))
    , m_work(std::move(work))
    , m_fd(fd)
{ }

ResumableFile::ResumableFile(ResumableFile &&other) noexcept
    : m_destination(std::move(other.m_destination))
    , m_work(std::move(other.m_work))
    , m_fd(std::exchange(other.m_fd, -1))
    , m_position(other.m_position)
{ }

ResumableFile::~ResumableFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<ResumableFile> ResumableFile::open(const fs::path &destination, const fs::path &work)
{
    std::error_code ignored;
    if (fs::is_directory(destination, ignored))
        return systemError(destination, EISDIR);
    const int fd = ::open(work.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return systemError(work, errno);
    return ResumableFile(destination, work, fd);
}

Result<std::uint64_t> ResumableFile::size() const
{
    struct stat status
    { };
    if (::fstat(m_fd, &status) != 0)
        return systemError(m_work, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

Status ResumableFile::continueAt(std::uint64_t size)
{
    if (::ftruncate(m_fd, static_cast<off_t>(size)) != 0
        || ::lseek(m_fd, static_cast<off_t>(size), SEEK_SET) < 0)
        return systemError(m_work, errno);
    m_position = size;
    return Done {};
}

Status ResumableFile::write(std::string_view bytes)
{
    QS_CHECK(writeAll(m_fd, bytes, m_destination));
    m_position += bytes.size();
    return Done {};
}

Status ResumableFile::sync() const
{
    if (::fdatasync(m_fd) != 0 && errno != EINVAL)
        return systemError(m_work, errno);
    return Done {};
}

Status ResumableFile::commit()
{
    if (::fsync(m_fd) != 0 && errno != EINVAL)
        return systemError(m_work, errno);
    if (::close(std::exchange(m_fd, -1)) != 0)
        return systemError(m_work, errno);
    if (::rename(m_work.c_str(), m_destination.c_str()) != 0)
        return systemError(m_destination, errno);
    return Done {};
}

fs::path withoutTrailingSlash(const fs::path &path)
{
    const fs::path plain = path.lexically_normal();
    return plain.has_filename() ? plain : plain.parent_path();
}

std::string modelStamp(const fs::path &path)
{
    std::vector<std::string> lines;
    const auto add = [&](const fs::path &file) {
        struct stat status
        { };
        if (::stat(file.c_str(), &status) == 0)
            lines.push_back(file.filename().string() + " " + std::to_string(status.st_size) + " "
                            + std::to_string(status.st_mtim.tv_sec) + "."
                            + std::to_string(status.st_mtim.tv_nsec));
    };
    std::error_code failure;
    if (!fs::is_directory(path, failure))
        add(path);
    for (fs::directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
        const std::string kind = at->path().extension().string();
        if (kind == ".safetensors" || kind == ".json" || kind == ".model")
            add(at->path());
    }
    std::sort(lines.begin(), lines.end());
    std::string stamp = fs::absolute(path, failure).string();
    for (const std::string &line : lines)
        stamp += "\n" + line;
    return stamp;
}

std::optional<std::uint64_t> roomFor(const fs::path &destination)
{
    std::error_code failure;
    const fs::path plain = withoutTrailingSlash(destination);
    const fs::path folder = plain.has_parent_path() ? plain.parent_path() : fs::path(".");
    const fs::space_info space = fs::space(folder, failure);
    if (failure)
        return std::nullopt;
    return space.available;
}

std::uint64_t workBytes(const fs::path &destination)
{
    fs::path work = withoutTrailingSlash(destination);
    work += kWorkSuffix;
    std::uint64_t sum = 0;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(work, failure), end; !failure && at != end;
         at.increment(failure)) {
        std::error_code gone; // counts nothing
        const auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
        sum += gone ? 0 : size;
    }
    return sum;
}

void tellNeeds(const fs::path &destination, std::uint64_t disk, std::uint64_t memory, JobContext &job)
{
    const auto megabytes = [](std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000); };
    job.report(
        {Severity::Info, "needs", destination.string(),
         sentence(QS_TR_NOOP("Sentence",
                             "takes %1 MB on the disk, where %2 MB are free, and up to %3 MB of memory"),
                  {megabytes(disk), megabytes(roomFor(destination).value_or(0)), megabytes(memory)})});
}

Status checkRoom(const fs::path &destination, std::uint64_t bytes)
{
    const auto room = roomFor(destination);
    if (room && *room < bytes)
        return Error {ErrorCode::Io, destination.string(),
                      "needs " + std::to_string(bytes) + " bytes, but only " + std::to_string(*room)
                          + " are free there"};
    return Done {};
}

} // namespace qs
