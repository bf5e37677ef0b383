// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace qs {

/// The folder "<destination>.work" in which a long job keeps what it has finished. It is removed when the job
/// ends, in whatever way; only after a kill it stays, and the same job goes on from there.
class WorkFolder
{
public:
    /// \a fingerprint says what the job makes of what: the work of another one is thrown away.
    /// InvalidArgument when a running job has the folder, or something else is there under its name.
    static Result<WorkFolder> open(const std::filesystem::path &destination, const std::string &fingerprint);
    WorkFolder(WorkFolder &&other) noexcept;
    WorkFolder &operator=(WorkFolder &&) = delete;
    ~WorkFolder();

    const std::filesystem::path &path() const { return m_path; }
    /// What the job that was killed wrote last; null for a new one.
    const nlohmann::json &journal() const { return m_journal; }
    /// Replaces the journal as a whole. What it says is finished has to be on the disk before.
    Status writeJournal(const nlohmann::json &journal) const;

private:
    WorkFolder(std::filesystem::path path, int lock);

    std::filesystem::path m_path; ///< empty when there is nothing to remove any more
    int m_lock = -1;
    nlohmann::json m_journal;
};

/// A file that is written under another name, may be left there by a kill and taken up again.
class ResumableFile
{
public:
    /// Opens \a work with whatever it holds; commit() makes it \a destination.
    static Result<ResumableFile> open(const std::filesystem::path &destination,
                                      const std::filesystem::path &work);
    ResumableFile(ResumableFile &&other) noexcept;
    ResumableFile &operator=(ResumableFile &&) = delete;
    ~ResumableFile();

    int descriptor() const { return m_fd; }
    Result<std::uint64_t> size() const;
    /// Cuts the file to \a size and goes on behind it.
    Status continueAt(std::uint64_t size);
    Status write(std::string_view bytes);
    std::uint64_t position() const { return m_position; }
    /// Everything written is on the disk afterwards.
    Status sync() const;
    Status commit();

private:
    ResumableFile(std::filesystem::path destination, std::filesystem::path work, int fd);

    std::filesystem::path m_destination;
    std::filesystem::path m_work;
    int m_fd = -1;
    std::uint64_t m_position = 0;
};

/// \a path in its normal form, "model" for "./model/".
std::filesystem::path withoutTrailingSlash(const std::filesystem::path &path);

/// Names, sizes and times of the files of a model, a folder or one file: whether it is still the same.
std::string modelStamp(const std::filesystem::path &path);

/// Io when the file system of \a destination has fewer than \a bytes free, with both figures.
Status checkRoom(const std::filesystem::path &destination, std::uint64_t bytes);
/// Reports what a job will take, before it starts: \a disk bytes at \a destination and about \a memory.
void tellNeeds(const std::filesystem::path &destination, std::uint64_t disk, std::uint64_t memory,
               JobContext &job);
/// Bytes that a job which was killed has left beside \a destination.
std::uint64_t workBytes(const std::filesystem::path &destination);
/// Free bytes where \a destination is to be; nothing when that cannot be told.
std::optional<std::uint64_t> roomFor(const std::filesystem::path &destination);

} // namespace qs
