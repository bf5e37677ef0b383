// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/report/report.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr const char *kPage = "index.html";

std::string dump(const nlohmann::json &json)
{
    // Names of layers may hold any bytes; a report is not the place to fail over them.
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

/// A folder and those above it that are made for files, and go again when there are none in it.
class MadeFolders
{
public:
    ~MadeFolders()
    {
        std::error_code notEmpty;
        for (const fs::path &folder : m_made)
            fs::remove(folder, notEmpty);
    }

    Status make(const fs::path &folder)
    {
        std::error_code error;
        fs::path above = fs::absolute(folder, error).lexically_normal();
        if (!above.has_filename()) // "folder/"
            above = above.parent_path();
        for (; !fs::exists(above, error) && above.has_relative_path(); above = above.parent_path())
            m_made.push_back(above);
        fs::create_directories(folder, error);
        return error ? Status(systemError(folder, error.value())) : Status(Done {});
    }

private:
    std::vector<fs::path> m_made; ///< the innermost first
};

} // namespace

Status checkReportFolder(const fs::path &folder)
{
    MadeFolders folders;
    QS_CHECK(folders.make(folder));
    QS_TRY(const AtomicFile probe, AtomicFile::create(folder / kPage));
    return Done {};
}

Status writeReport(std::span<const RunPtr> runs, const fs::path &folder)
{
    MadeFolders folders; // goes after the files
    QS_CHECK(folders.make(folder));
    std::vector<AtomicFile> files;
    const auto add = [&](const std::string &name, const std::string &content) -> Status {
        QS_TRY(AtomicFile file, AtomicFile::create(folder / name));
        QS_CHECK(file.write(content));
        files.push_back(std::move(file));
        return Done {};
    };
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        QS_CHECK(add("layers-" + number + ".csv", csvReport(*runs[i])));
        if (runs[i]->quantized)
            QS_CHECK(add("recipe-" + number + ".json", dump(toJson(runs[i]->quantized->recipe))));
    }
    QS_CHECK(add("report.json", dump(jsonReport(runs))));
    QS_CHECK(add("report.md", markdownReport(runs)));
    QS_CHECK(
        add(kPage, htmlReport(runs))); // last, so that a page that is there refers to files that are there
    for (AtomicFile &file : files)
        QS_CHECK(file.flush());
    for (AtomicFile &file : files)
        QS_CHECK(file.commit());
    return Done {};
}

} // namespace qs
