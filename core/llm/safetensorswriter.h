// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/atomicfile.h"
#include "core/llm/safetensorsheader.h"
#include "core/llm/workfolder.h"

#include <map>
#include <span>
#include <variant>

namespace qs {

/// A tensor that will be written.
struct SafetensorsDeclaration
{
    std::string name;
    DType type = DType::Undefined;
    Shape shape;
    std::string group; ///< tensors of one group that follow each other go into one shard; empty = alone
    /// The length of this one-dimensional tensor of bytes is told with its bytes; \a shape is then an upper
    /// limit. Such tensors come last in their file.
    bool isSizeOpen = false;
};

struct SafetensorsWriteOptions
{
    std::string baseName = "model"; ///< "<baseName>.safetensors", or "<baseName>-00001-of-00002.safetensors"
    /// A shard takes no further tensor when that would make it larger; the usual limit is 5 GB.
    std::uint64_t shardBytes = 5'000'000'000;
    std::map<std::string, std::string> metadata = {{"format", "pt"}}; ///< transformers refuses other formats
    /// Files are "<name>.part" in the folder, and what a job that was killed has written there is kept.
    bool isResumable = false;
};

/// Writes a checkpoint tensor by tensor, in any order, without holding any. Nothing is to be seen under the
/// final names before finish(); destroying the writer before leaves nothing behind. One thread at a time.
class SafetensorsWriter
{
public:
    /// Plans the files and takes their space on the disk. Shards are cut in the order of \a tensors; in a
    /// file they lie as huggingface's writer sorts them: widest type first, then by name.
    static Result<SafetensorsWriter> create(const std::filesystem::path &folder,
                                            std::span<const SafetensorsDeclaration> tensors,
                                            const SafetensorsWriteOptions &options = {});

    /// \a tensor must be as it was declared, and come once.
    Status write(const std::string &name, const Tensor &tensor);
    /// For a job that goes on after a kill: the bytes of \a name, which was written before it.
    Result<Tensor> readBack(const std::string &name) const;
    /// \a name need not be written again; not for tensors of open size, which are only kept in memory.
    Status markWritten(const std::string &name);
    /// Everything written is on the disk afterwards.
    Status sync() const;
    /// Refused while a tensor is missing. With several files there is an index beside them. A whole file
    /// under the name that would hide the shards, or an index that would hide the file, is removed. Returns
    /// the names of the files.
    Result<std::vector<std::string>> finish();

private:
    struct Shard
    {
        std::string name;
        std::variant<AtomicFile, ResumableFile> file;
        SafetensorsHeader header; ///< entries in the order of their bytes
        std::size_t firstOpen = 0; ///< entry from which on sizes are open
        std::size_t headerLength = 0; ///< of the JSON

        int descriptor() const
        {
            return std::visit([](const auto &f) { return f.descriptor(); }, file);
        }
    };
    struct Place
    {
        std::size_t shard;
        std::size_t entry;
        bool isWritten = false;
    };

    SafetensorsWriter() = default;
    Status addShard(std::vector<SafetensorsDeclaration> tensors, const std::string &name);
    Status writeAt(const Shard &shard, std::uint64_t offset, std::span<const std::byte> bytes) const;
    Status writeIndex() const;

    std::filesystem::path m_folder;
    SafetensorsWriteOptions m_options;
    std::vector<Shard> m_shards;
    std::map<std::string, Place> m_places;
    std::map<std::string, Tensor> m_open; ///< tensors of open size, until the end
};

/// One file with everything in memory already, e.g. for small extra files.
Status writeSafetensors(const std::filesystem::path &path, std::span<const NamedTensor> tensors,
                        const std::map<std::string, std::string> &metadata = {{"format", "pt"}});

} // namespace qs
