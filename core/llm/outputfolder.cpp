// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/outputfolder.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/llm/workfolder.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <set>
#include <vector>

#include <sys/stat.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

/// Whether \a folder may be replaced: it is empty, or a result like the one to be written.
Result<bool> isReplaceable(const fs::path &folder)
{
    std::error_code failure;
    if (!fs::is_directory(folder, failure))
        return false;
    const bool isEmpty = fs::is_empty(folder, failure);
    if (failure)
        return systemError(folder, failure.value());
    if (isEmpty)
        return true;
    if (!fs::exists(folder / "config.json", failure))
        return false;
    QS_TRY(const std::string text, readFile(folder / "config.json", 16'000'000));
    const auto json = parseJson(text);
    return json.is_object() && json.contains("quantization_config");
}

/// \a destination without a trailing slash, if a result may be put there.
Result<fs::path> checkedDestination(const fs::path &destination)
{
    std::error_code failure;
    const fs::path plain = withoutTrailingSlash(destination);
    if (plain.empty() || plain.filename() == "." || plain.filename() == "..")
        return Error {ErrorCode::InvalidArgument, destination.string(), "is no name for a new folder"};
    if (fs::exists(plain, failure)) {
        QS_TRY(const bool isFree, isReplaceable(plain));
        if (!isFree)
            return Error {ErrorCode::InvalidArgument, destination.string(),
                          "is there already and no earlier result; choose another folder"};
    }
    return plain;
}

/// Makes a folder beside \a destination that nobody else has.
Result<fs::path> makeBeside(const fs::path &destination, const char *kind)
{
    std::string name = destination.string() + kind + "-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        return systemError(destination, errno);
    return fs::path(name);
}

} // namespace

OutputFolder::OutputFolder(fs::path destination, fs::path path)
    : m_destination(std::move(destination))
    , m_path(std::move(path))
{ }

OutputFolder::OutputFolder(OutputFolder &&other) noexcept
    : m_destination(std::move(other.m_destination))
    , m_path(std::exchange(other.m_path, {}))
{ }

OutputFolder::~OutputFolder()
{
    std::error_code ignored;
    if (!m_path.empty())
        fs::remove_all(m_path, ignored);
}

Result<OutputFolder> OutputFolder::create(const fs::path &destination)
{
    QS_TRY(fs::path plain, checkedDestination(destination));
    QS_TRY(fs::path made, makeBeside(plain, ".part"));
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::chmod(made.c_str(), 0777 & ~mask); // mkdtemp makes 0700; a model is an ordinary folder
    return OutputFolder(std::move(plain), std::move(made));
}

Result<OutputFolder> OutputFolder::resume(const fs::path &destination, const fs::path &work)
{
    QS_TRY(fs::path plain, checkedDestination(destination));
    std::error_code failure;
    fs::create_directory(work, failure);
    if (failure)
        return systemError(work, failure.value());
    std::vector<fs::path> files;
    for (fs::directory_iterator at(work, failure), end; !failure && at != end; at.increment(failure))
        files.push_back(at->path());
    for (const fs::path &file : files) {
        fs::path part = file;
        part += ".part";
        if (file.extension() == ".safetensors" && !fs::exists(part, failure))
            fs::rename(file, part, failure); // it was at its very end
        else if (!file.filename().string().ends_with(".safetensors.part"))
            fs::remove_all(file, failure);
    }
    return OutputFolder(std::move(plain), work);
}

Status OutputFolder::commit()
{
    std::error_code failure;
    fs::path old;
    if (fs::exists(m_destination, failure)) {
        QS_TRY(old, makeBeside(m_destination, ".old"));
        fs::rename(m_destination, old / "folder", failure);
        if (failure)
            return systemError(m_destination, failure.value());
    }
    fs::rename(m_path, m_destination, failure);
    if (failure) {
        const int reason = failure.value();
        if (!old.empty()) {
            fs::rename(old / "folder", m_destination, failure);
            fs::remove(old, failure);
        }
        return systemError(m_destination, reason);
    }
    m_path.clear();
    if (!old.empty())
        fs::remove_all(old, failure);
    return Done {};
}

Status copyModelFiles(const fs::path &from, const fs::path &to)
{
    static const std::set<std::string> weights {".safetensors", ".bin",     ".pt",  ".pth",  ".gguf", ".onnx",
                                                ".h5",          ".msgpack", ".npz", ".data", ".part"};
    static const std::set<std::string> ownFiles {"config.json", "quantize_config.json", "quant_config.json"};
    std::error_code failure;
    for (fs::directory_iterator at(from, failure), end; !failure && at != end; at.increment(failure)) {
        const fs::path &file = at->path();
        const std::string name = file.filename().string();
        std::error_code ignored;
        if (!fs::is_regular_file(file, ignored) || name.starts_with('.') || ownFiles.contains(name)
            || weights.contains(file.extension().string()) || name.ends_with(".index.json"))
            continue;
        // Not copy_file: what cannot be read or written ends with the file's name and the reason.
        QS_TRY(const std::string bytes, readFile(file));
        QS_CHECK(writeFileAtomically(to / name, bytes));
    }
    if (failure)
        return systemError(from, failure.value());
    return Done {};
}

} // namespace qs
