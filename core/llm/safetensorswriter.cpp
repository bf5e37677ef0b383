// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensorswriter.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

Error badTensor(const fs::path &folder, const std::string &name, const std::string &why)
{
    return {ErrorCode::InvalidArgument, folder.string(), "tensor " + quotedName(name) + " " + why};
}

/// Declared bytes, or nothing when they cannot be stored.
std::optional<std::uint64_t> declaredSize(const SafetensorsDeclaration &tensor)
{
    const std::int64_t elements = elementCount(tensor.shape);
    std::uint64_t bits = 0;
    if (elements < 0 || safetensorsTypeRank(tensor.type) < 0
        || __builtin_mul_overflow(static_cast<std::uint64_t>(elements),
                                  static_cast<std::uint64_t>(bitsOf(tensor.type)), &bits)
        || bits % 8 != 0)
        return std::nullopt;
    return bits / 8;
}

Status checkDeclarations(const fs::path &folder, std::span<const SafetensorsDeclaration> tensors)
{
    std::map<std::string_view, int> count;
    for (const SafetensorsDeclaration &tensor : tensors) {
        const bool isPlain = std::all_of(tensor.name.begin(), tensor.name.end(),
                                         [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
        if (tensor.name.empty() || tensor.name == "__metadata__" || !isPlain)
            return badTensor(folder, tensor.name, "has a name that cannot be stored");
        if (++count[tensor.name] > 1)
            return badTensor(folder, tensor.name, "is there twice");
        if (!declaredSize(tensor))
            return badTensor(folder, tensor.name,
                             "cannot be stored as " + std::string(toString(tensor.type)) + " "
                                 + toString(tensor.shape));
        if (tensor.isSizeOpen && (bitsOf(tensor.type) != 8 || tensor.shape.size() != 1))
            return badTensor(folder, tensor.name, "of open size has to be bytes in one dimension");
    }
    return Done {};
}

/// Cuts \a tensors where a file would become larger than \a limit; a group is never cut.
std::vector<std::vector<SafetensorsDeclaration>> cutShards(std::span<const SafetensorsDeclaration> tensors,
                                                           std::uint64_t limit)
{
    std::vector<std::vector<SafetensorsDeclaration>> shards(1);
    std::uint64_t filled = 0;
    for (std::size_t first = 0; first < tensors.size();) {
        std::size_t end = first;
        std::uint64_t size = 0;
        do
            size += *declaredSize(tensors[end]);
        while (++end < tensors.size() && !tensors[first].group.empty()
               && tensors[end].group == tensors[first].group);
        if (filled > 0 && size > limit - std::min(filled, limit)) {
            shards.emplace_back();
            filled = 0;
        }
        shards.back().insert(shards.back().end(), tensors.begin() + static_cast<std::ptrdiff_t>(first),
                             tensors.begin() + static_cast<std::ptrdiff_t>(end));
        filled += size;
        first = end;
    }
    return shards;
}

} // namespace

Result<SafetensorsWriter> SafetensorsWriter::create(const fs::path &folder,
                                                    std::span<const SafetensorsDeclaration> tensors,
                                                    const SafetensorsWriteOptions &options)
{
    QS_CHECK(checkDeclarations(folder, tensors));
    SafetensorsWriter writer;
    writer.m_folder = folder;
    writer.m_options = options;
    auto shards = cutShards(tensors, options.shardBytes);
    for (std::size_t i = 0; i < shards.size(); ++i) {
        char number[48] = "";
        if (shards.size() > 1)
            std::snprintf(number, sizeof(number), "-%05zu-of-%05zu", i + 1, shards.size());
        QS_CHECK(writer.addShard(std::move(shards[i]), options.baseName + number + ".safetensors"));
    }
    return writer;
}

Status SafetensorsWriter::addShard(std::vector<SafetensorsDeclaration> tensors, const std::string &name)
{
    std::sort(tensors.begin(), tensors.end(),
              [](const SafetensorsDeclaration &a, const SafetensorsDeclaration &b) {
                  const int rankA = safetensorsTypeRank(a.type);
                  const int rankB = safetensorsTypeRank(b.type);
                  return std::tie(a.isSizeOpen, rankB, a.name) < std::tie(b.isSizeOpen, rankA, b.name);
              });
    const auto open = [&]() -> Result<std::variant<AtomicFile, ResumableFile>> {
        if (m_options.isResumable) {
            QS_TRY(ResumableFile file, ResumableFile::open(m_folder / name, m_folder / (name + ".part")));
            return std::variant<AtomicFile, ResumableFile>(std::move(file));
        }
        QS_TRY(AtomicFile file, AtomicFile::create(m_folder / name));
        return std::variant<AtomicFile, ResumableFile>(std::move(file));
    };
    QS_TRY(auto file, open());
    Shard shard {name, std::move(file), {m_options.metadata, {}}, tensors.size(), 0};
    std::uint64_t position = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        SafetensorsDeclaration &tensor = tensors[i];
        if (tensor.isSizeOpen)
            shard.firstOpen = std::min(shard.firstOpen, i);
        const std::uint64_t size = *declaredSize(tensor);
        m_places[tensor.name] = Place {m_shards.size(), i};
        shard.header.entries.push_back(
            {std::move(tensor.name), tensor.type, std::move(tensor.shape), position, position + size});
        position += size;
    }
    // With open sizes at their upper limits no offset can come to have more digits than it has here.
    shard.headerLength = makeSafetensorsHeader(shard.header).size() - 8;
    const std::uint64_t total = 8 + shard.headerLength + position;
    if (::fallocate(shard.descriptor(), 0, 0, static_cast<off_t>(total)) != 0 && errno == ENOSPC)
        return systemError(m_folder / name, ENOSPC);
    m_shards.push_back(std::move(shard));
    return Done {};
}

Status SafetensorsWriter::writeAt(const Shard &shard, std::uint64_t offset,
                                  std::span<const std::byte> bytes) const
{
    while (!bytes.empty()) {
        const ssize_t n
            = ::pwrite(shard.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemError(m_folder / shard.name, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return Done {};
}

Status SafetensorsWriter::write(const std::string &name, const Tensor &tensor)
{
    const auto place = m_places.find(name);
    if (place == m_places.end() || place->second.isWritten)
        return badTensor(m_folder, name, place == m_places.end() ? "was not declared" : "came twice");
    const Shard &shard = m_shards[place->second.shard];
    const SafetensorsEntry &entry = shard.header.entries[place->second.entry];
    const bool isOpen = place->second.entry >= shard.firstOpen;
    const bool fits = isOpen ? tensor.shape().size() == 1 && tensor.byteSize() <= entry.byteSize()
                             : tensor.shape() == entry.shape;
    if (!fits || tensor.type() != entry.type)
        return badTensor(m_folder, name,
                         "is " + std::string(toString(tensor.type())) + " " + toString(tensor.shape())
                             + " and was declared as " + std::string(toString(entry.type)) + " "
                             + toString(entry.shape));
    place->second.isWritten = true;
    if (isOpen) {
        m_open[name] = tensor;
        return Done {};
    }
    return writeAt(shard, 8 + shard.headerLength + entry.begin, tensor.bytes());
}

Result<Tensor> SafetensorsWriter::readBack(const std::string &name) const
{
    const auto place = m_places.find(name);
    if (place == m_places.end())
        return badTensor(m_folder, name, "was not declared");
    const Shard &shard = m_shards[place->second.shard];
    const SafetensorsEntry &entry = shard.header.entries[place->second.entry];
    Tensor tensor(entry.type, entry.shape);
    std::span<std::byte> bytes = tensor.mutableBytes();
    auto offset = static_cast<off_t>(8 + shard.headerLength + entry.begin);
    while (!bytes.empty()) {
        const ssize_t n = ::pread(shard.descriptor(), bytes.data(), bytes.size(), offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return systemError(m_folder / shard.name, n < 0 ? errno : EIO);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += n;
    }
    return tensor;
}

Status SafetensorsWriter::markWritten(const std::string &name)
{
    const auto place = m_places.find(name);
    if (place == m_places.end() || place->second.isWritten
        || place->second.entry >= m_shards[place->second.shard].firstOpen)
        return badTensor(m_folder, name, "cannot have been written before");
    place->second.isWritten = true;
    return Done {};
}

Status SafetensorsWriter::sync() const
{
    for (const Shard &shard : m_shards) {
        if (const auto *file = std::get_if<ResumableFile>(&shard.file))
            QS_CHECK(file->sync());
    }
    return Done {};
}

Result<std::vector<std::string>> SafetensorsWriter::finish()
{
    for (const auto &[name, place] : m_places) {
        if (!place.isWritten)
            return badTensor(m_folder, name, "was never written");
    }
    std::vector<std::string> names;
    for (Shard &shard : m_shards) {
        auto &entries = shard.header.entries;
        for (std::size_t i = shard.firstOpen; i < entries.size(); ++i) {
            const Tensor &tensor = m_open.at(entries[i].name);
            entries[i].begin = i == 0 ? 0 : entries[i - 1].end;
            entries[i].end = entries[i].begin + tensor.byteSize();
            entries[i].shape = tensor.shape();
            QS_CHECK(writeAt(shard, 8 + shard.headerLength + entries[i].begin, tensor.bytes()));
        }
        const std::string header = makeSafetensorsHeader(shard.header, shard.headerLength);
        assert(header.size() == 8 + shard.headerLength);
        QS_CHECK(writeAt(shard, 0, std::as_bytes(std::span(header))));
        const std::uint64_t size = header.size() + (entries.empty() ? 0 : entries.back().end);
        if (::ftruncate(shard.descriptor(), static_cast<off_t>(size)) != 0)
            return systemError(m_folder / shard.name, errno);
    }
    for (Shard &shard : m_shards) {
        QS_CHECK(std::visit([](auto &file) { return file.commit(); }, shard.file));
        names.push_back(shard.name);
    }
    const std::string index = m_options.baseName + ".safetensors.index.json";
    std::error_code ignored;
    if (m_shards.size() > 1) {
        QS_CHECK(writeIndex());
        fs::remove(m_folder / (m_options.baseName + ".safetensors"), ignored);
        names.push_back(index);
    } else {
        fs::remove(m_folder / index, ignored);
    }
    return names;
}

Status SafetensorsWriter::writeIndex() const
{
    std::uint64_t total = 0;
    nlohmann::json weightMap = nlohmann::json::object();
    for (const auto &[name, place] : m_places) {
        const Shard &shard = m_shards[place.shard];
        total += shard.header.entries[place.entry].byteSize();
        weightMap[name] = shard.name;
    }
    const nlohmann::json index {{"metadata", {{"total_size", total}}}, {"weight_map", weightMap}};
    return writeFileAtomically(m_folder / (m_options.baseName + ".safetensors.index.json"),
                               index.dump(2) + "\n");
}

Status writeSafetensors(const fs::path &path, std::span<const NamedTensor> tensors,
                        const std::map<std::string, std::string> &metadata)
{
    std::vector<SafetensorsDeclaration> declarations;
    for (const NamedTensor &tensor : tensors)
        declarations.push_back({tensor.name, tensor.tensor.type(), tensor.tensor.shape()});
    SafetensorsWriteOptions options;
    options.baseName = path.stem().string();
    options.shardBytes = UINT64_MAX;
    options.metadata = metadata;
    if (path.extension() != ".safetensors")
        return Error {ErrorCode::InvalidArgument, path.string(), "has to end in .safetensors"};
    QS_TRY(SafetensorsWriter writer, SafetensorsWriter::create(path.parent_path(), declarations, options));
    for (const NamedTensor &tensor : tensors)
        QS_CHECK(writer.write(tensor.name, tensor.tensor));
    QS_TRY([[maybe_unused]] const auto names, writer.finish());
    return Done {};
}

} // namespace qs
