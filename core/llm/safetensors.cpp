// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensors.h"

#include "core/base/atomicfile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <set>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFileSuffix = ".safetensors";
constexpr std::string_view kIndexSuffix = ".safetensors.index.json";
constexpr std::uint64_t kMaxIndex = 256'000'000; ///< bytes; a checkpoint of 100,000 tensors has 10 million

Error formatError(const fs::path &path, const std::string &why)
{
    return {ErrorCode::Format, path.string(), why};
}

/// Strings by name, from the object \a weight_map of an index. Names given twice are an error, which a JSON
/// library's own containers would hide.
Result<std::map<std::string, std::string>> readWeightMap(const fs::path &path)
{
    QS_TRY(const std::string text, readFile(path, kMaxIndex));
    std::set<std::string> seen;
    std::optional<std::string> twice;
    std::string topKey;
    const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json &value) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::key && depth == 1)
            topKey = value.get<std::string>();
        if (event == Event::key && depth == 2 && topKey == "weight_map"
            && !seen.insert(value.get_ref<const std::string &>()).second)
            twice = value.get<std::string>();
        return depth <= 2; // nothing deeper is of interest, and an endless "[[[[" must not take memory
    };
    const nlohmann::json json = nlohmann::json::parse(text, watch, false);
    if (json.is_discarded() || !json.is_object() || !json.contains("weight_map")
        || !json["weight_map"].is_object())
        return formatError(path, "is no index of safetensors files: no valid JSON with a weight_map");
    if (twice)
        return formatError(path, "weight_map has " + quotedName(*twice) + " twice");
    std::map<std::string, std::string> map;
    for (const auto &[name, file] : json["weight_map"].items()) {
        if (!file.is_string())
            return formatError(path, "weight_map gives no file name for " + quotedName(name));
        map[name] = file.get<std::string>();
    }
    return map;
}

/// A shard is a file beside the index; an index must not be able to make this program read another one, nor
/// name itself.
bool isShardName(const std::string &name)
{
    return name.size() > kFileSuffix.size() && name.ends_with(kFileSuffix) && name.front() != '.'
        && name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

Result<fs::path> findInFolder(const fs::path &folder)
{
    for (const char *name : {"model.safetensors", "model.safetensors.index.json"}) {
        std::error_code ignored;
        if (fs::exists(folder / name, ignored))
            return folder / name;
    }
    std::vector<fs::path> files;
    std::vector<fs::path> indexes;
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
        const std::string name = at->path().filename().string();
        if (name.ends_with(kIndexSuffix))
            indexes.push_back(at->path());
        else if (name.ends_with(kFileSuffix))
            files.push_back(at->path());
    }
    if (failure)
        return systemError(folder, failure.value());
    if (indexes.size() == 1)
        return indexes.front();
    if (indexes.empty() && files.size() == 1)
        return files.front();
    if (indexes.empty() && files.empty())
        return Error {ErrorCode::NotFound, folder.string(), "has no .safetensors file"};
    return Error {ErrorCode::InvalidArgument, folder.string(),
                  "has several .safetensors files and no model.safetensors.index.json; name one of them"};
}

} // namespace

Result<SafetensorsFilePtr> SafetensorsFile::open(const fs::path &path)
{
    QS_TRY(MappedFilePtr mapping, MappedFile::open(path));
    const std::span<const std::byte> bytes = mapping->bytes();
    if (bytes.size() < 8)
        return formatError(path, bytes.empty() ? "is empty" : "is no safetensors file: too short");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof(length));
    if (length > kMaxSafetensorsHeader)
        return formatError(path, "is no safetensors file: a header of " + std::to_string(length) + " bytes");
    if (length > bytes.size() - 8)
        return formatError(path,
                           "the file is truncated: its header has " + std::to_string(length) + " bytes, "
                               + std::to_string(bytes.size() - 8) + " are there");
    const std::string_view text(reinterpret_cast<const char *>(bytes.data()) + 8,
                                static_cast<std::size_t>(length));
    auto header = parseSafetensorsHeader(text, bytes.size() - 8 - length);
    if (!header.ok())
        return Error {header.error().code, path.string(), header.error().detail};
    auto file = std::make_shared<SafetensorsFile>();
    file->m_path = path;
    file->m_mapping = std::move(mapping);
    file->m_header = std::move(*header);
    file->m_bufferStart = 8 + length;
    return SafetensorsFilePtr(std::move(file));
}

std::span<const std::byte> SafetensorsFile::bytesOf(const SafetensorsEntry &entry) const
{
    return m_mapping->bytes().subspan(static_cast<std::size_t>(m_bufferStart + entry.begin),
                                      static_cast<std::size_t>(entry.byteSize()));
}

Tensor SafetensorsFile::tensor(const SafetensorsEntry &entry) const
{
    const std::span<const std::byte> bytes = bytesOf(entry);
    const std::size_t alignment = std::max<std::size_t>(static_cast<std::size_t>(bitsOf(entry.type)) / 8, 1);
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment == 0)
        return {entry.type, entry.shape, bytes, m_mapping};
    Tensor copy(entry.type, entry.shape);
    std::copy(bytes.begin(), bytes.end(), copy.mutableBytes().begin());
    return copy;
}

Status SafetensorsSet::add(SafetensorsFilePtr file)
{
    const auto &entries = file->header().entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto [place, isNew] = m_tensors.try_emplace(entries[i].name, Place {m_files.size(), i});
        if (!isNew)
            return formatError(file->path(),
                               "tensor " + quotedName(entries[i].name) + " is also in "
                                   + m_files[place->second.file]->path().filename().string());
    }
    m_files.push_back(std::move(file));
    return Done {};
}

Result<SafetensorsSet> SafetensorsSet::openIndex(const fs::path &path)
{
    QS_TRY(const auto weightMap, readWeightMap(path));
    std::set<std::string> shards;
    for (const auto &[name, shard] : weightMap) {
        if (!isShardName(shard))
            return formatError(path,
                               "gives " + quotedName(name) + " the file " + quotedName(shard)
                                   + ", which is no .safetensors file beside the index");
        shards.insert(shard);
    }
    SafetensorsSet set;
    set.m_path = path;
    for (const std::string &shard : shards) {
        QS_TRY(SafetensorsFilePtr file, SafetensorsFile::open(path.parent_path() / shard));
        for (const SafetensorsEntry &entry : file->header().entries) {
            const auto mapped = weightMap.find(entry.name);
            if (mapped == weightMap.end() || mapped->second != shard)
                return formatError(file->path(),
                                   "has tensor " + quotedName(entry.name) + ", which "
                                       + path.filename().string() + " does not place there");
        }
        QS_CHECK(set.add(std::move(file)));
    }
    for (const auto &[name, shard] : weightMap) {
        if (!set.contains(name))
            return formatError(path,
                               "names tensor " + quotedName(name) + ", which is not in " + quotedName(shard));
    }
    return set;
}

Result<SafetensorsSet> SafetensorsSet::open(const fs::path &path)
{
    std::error_code ignored;
    fs::path file = path;
    if (fs::is_directory(path, ignored)) {
        QS_TRY(file, findInFolder(path));
    }
    if (file.filename().string().ends_with(".json"))
        return openIndex(file);
    SafetensorsSet set;
    set.m_path = file;
    QS_TRY(SafetensorsFilePtr opened, SafetensorsFile::open(file));
    QS_CHECK(set.add(std::move(opened)));
    return set;
}

std::vector<std::string> SafetensorsSet::names() const
{
    std::vector<std::string> names;
    for (const auto &[name, place] : m_tensors)
        names.push_back(name);
    return names;
}

const SafetensorsEntry *SafetensorsSet::find(const std::string &name) const
{
    const auto found = m_tensors.find(name);
    return found == m_tensors.end() ? nullptr
                                    : &m_files[found->second.file]->header().entries[found->second.entry];
}

std::uint64_t SafetensorsSet::byteSize() const
{
    std::uint64_t size = 0;
    for (const SafetensorsFilePtr &file : m_files) {
        for (const SafetensorsEntry &entry : file->header().entries)
            size += entry.byteSize();
    }
    return size;
}

Result<Tensor> SafetensorsSet::tensor(const std::string &name) const
{
    const auto found = m_tensors.find(name);
    if (found == m_tensors.end())
        return Error {ErrorCode::NotFound, m_path.string(), "has no tensor " + quotedName(name)};
    const SafetensorsFile &file = *m_files[found->second.file];
    return file.tensor(file.header().entries[found->second.entry]);
}

void SafetensorsSet::forget(const std::string &name) const
{
    const auto found = m_tensors.find(name);
    if (found == m_tensors.end())
        return;
    const SafetensorsFile &file = *m_files[found->second.file];
    file.forget(file.header().entries[found->second.entry]);
}

} // namespace qs
