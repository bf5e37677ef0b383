// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagefolderscan.h"

#include "core/base/atomicfile.h"
#include "core/data/imagedecoder.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <sys/stat.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

/// Pictures and direct sub-folders of one folder, by name; hidden ones left out.
struct Listing
{
    std::vector<std::string> pictures;
    std::vector<std::string> folders;
};

Result<Listing> list(const fs::path &folder)
{
    Listing listing;
    std::error_code error;
    fs::directory_iterator it(folder, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        std::string name = it->path().filename().string();
        std::error_code unreadable; // a dangling link is neither
        if (name.starts_with('.'))
            continue;
        if (it->is_directory(unreadable))
            listing.folders.push_back(std::move(name));
        else if (hasImageSuffix(name) && it->is_regular_file(unreadable))
            listing.pictures.push_back(std::move(name));
    }
    if (error)
        return systemError(folder, error.value());
    std::sort(listing.pictures.begin(), listing.pictures.end());
    std::sort(listing.folders.begin(), listing.folders.end());
    return listing;
}

/// Walks a class folder; links may lead in circles, so every folder is entered once.
class Walker
{
public:
    explicit Walker(JobContext &job)
        : m_job(job)
    { }

    /// Appends the pictures under \a folder, whose names get \a prefix.
    Status walk(const fs::path &folder, const std::string &prefix, std::vector<std::string> &names)
    {
        m_job.throwIfStopped();
        struct stat info = {};
        if (::stat(folder.c_str(), &info) != 0)
            return systemError(folder, errno);
        if (!m_seen.insert({info.st_dev, info.st_ino}).second)
            return Done {};
        QS_TRY(const Listing listing, list(folder));
        for (const std::string &picture : listing.pictures)
            names.push_back(prefix + picture);
        for (const std::string &inner : listing.folders)
            QS_CHECK(walk(folder / inner, prefix + inner + "/", names));
        return Done {};
    }

private:
    JobContext &m_job;
    std::set<std::pair<dev_t, ino_t>> m_seen;
};

std::optional<std::int64_t> leadingInteger(const std::string &name)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    // Nine digits hold every class index there is; longer ones are dates and telephone numbers.
    if (error != std::errc {} || name.starts_with('-') || end - name.data() > 9)
        return std::nullopt;
    return number;
}

std::vector<std::int64_t> labelsOf(const std::vector<std::string> &classFolders)
{
    std::vector<std::int64_t> labels;
    for (const std::string &name : classFolders) {
        if (const auto number = leadingInteger(name))
            labels.push_back(*number);
    }
    if (labels.size() < classFolders.size()) {
        labels.resize(classFolders.size());
        for (std::size_t i = 0; i < labels.size(); ++i)
            labels[i] = static_cast<std::int64_t>(i);
    }
    return labels;
}

void add(ImageFolder &folder, std::vector<std::string> names, std::optional<std::int64_t> label)
{
    std::vector<std::size_t> members;
    for (std::string &name : names) {
        members.push_back(folder.files.size());
        folder.files.push_back({std::move(name), label});
    }
    folder.classes.push_back(std::move(members));
}

Status addClasses(ImageFolder &folder, const std::vector<std::string> &classFolders, JobContext &job)
{
    const std::vector<std::int64_t> labels = labelsOf(classFolders);
    Walker walker(job);
    // "1_a" and "01_b" are one class.
    std::map<std::int64_t, std::vector<std::string>> byLabel;
    for (std::size_t i = 0; i < classFolders.size(); ++i) {
        const std::string &name = classFolders[i];
        QS_CHECK(walker.walk(folder.root / name, name + "/", byLabel[labels[i]]));
    }
    for (auto &[label, names] : byLabel)
        add(folder, std::move(names), label);
    return Done {};
}

} // namespace

Result<ImageFolder> scanImageFolder(const fs::path &path, JobContext &job)
{
    ImageFolder folder;
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        if (error || !fs::is_regular_file(path, error))
            return systemError(path, error ? error.value() : EINVAL);
        folder.root = path.parent_path();
        folder.title = path.filename().string();
        add(folder, {folder.title}, std::nullopt);
        return folder;
    }
    folder.root = path;
    const fs::path canonical = fs::canonical(path, error);
    folder.title = (error ? path : canonical).filename().string();
    QS_TRY(Listing listing, list(path));
    QS_CHECK(addClasses(folder, listing.folders, job));
    folder.hasLabels = !folder.files.empty();
    if (folder.hasLabels && !listing.pictures.empty())
        job.report(
            {Severity::Warning, "pictures-without-class", path.string(),
             countedSentence(QS_TR_N_NOOP("Sentence", "%n picture(s) beside the class folders left out"),
                             static_cast<int>(listing.pictures.size()))});
    if (!folder.hasLabels) {
        folder.classes.clear();
        add(folder, std::move(listing.pictures), std::nullopt);
    }
    if (folder.files.empty())
        return Error {ErrorCode::InvalidArgument, path.string(),
                      "holds no pictures (.jpg, .png, .bmp, .webp), neither directly nor in class folders"};
    return folder;
}

} // namespace qs
