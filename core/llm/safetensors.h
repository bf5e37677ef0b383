// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/mappedfile.h"
#include "core/llm/safetensorsheader.h"

#include <map>

namespace qs {

/// One safetensors file, mapped. Any thread may read it.
class SafetensorsFile
{
public:
    /// Checks the whole header before anything of it is used: Format errors name file, tensor and reason.
    static Result<std::shared_ptr<const SafetensorsFile>> open(const std::filesystem::path &path);

    const std::filesystem::path &path() const { return m_path; }
    const SafetensorsHeader &header() const { return m_header; }

    /// The elements of an entry of header(). They share the mapping, which lives as long as they do, unless
    /// they lie unaligned in the file.
    Tensor tensor(const SafetensorsEntry &entry) const;
    /// Gives back the memory of \a entry, which stays readable.
    void forget(const SafetensorsEntry &entry) const { m_mapping->forget(bytesOf(entry)); }

private:
    std::span<const std::byte> bytesOf(const SafetensorsEntry &entry) const;

    std::filesystem::path m_path;
    MappedFilePtr m_mapping;
    SafetensorsHeader m_header;
    std::uint64_t m_bufferStart = 0;
};
using SafetensorsFilePtr = std::shared_ptr<const SafetensorsFile>;

/// The tensors of a checkpoint, wherever they lie: one file, or the shards an index names.
class SafetensorsSet
{
public:
    /// \a path is a .safetensors file, a .safetensors.index.json, or a folder: there model.safetensors is
    /// looked for, then model.safetensors.index.json, then the only .safetensors file or index there is.
    /// Shards must lie beside their index, hold every tensor it gives them and no other, and none twice.
    static Result<SafetensorsSet> open(const std::filesystem::path &path);

    const std::vector<SafetensorsFilePtr> &files() const { return m_files; }
    /// Sorted; every name is there once.
    std::vector<std::string> names() const;
    bool contains(const std::string &name) const { return m_tensors.contains(name); }
    const SafetensorsEntry *find(const std::string &name) const; ///< null when there is none
    std::uint64_t byteSize() const; ///< of all tensors

    /// Shares the mapping; NotFound names the checkpoint and the tensor.
    Result<Tensor> tensor(const std::string &name) const;
    void forget(const std::string &name) const;

private:
    struct Place
    {
        std::size_t file;
        std::size_t entry;
    };

    Status add(SafetensorsFilePtr file);
    static Result<SafetensorsSet> openIndex(const std::filesystem::path &path);

    std::filesystem::path m_path;
    std::vector<SafetensorsFilePtr> m_files;
    std::map<std::string, Place> m_tensors;
};

} // namespace qs
