// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/atomicfile.h"
#include "core/base/mappedfile.h"
#include "core/llm/ggufheader.h"
#include "core/llm/workfolder.h"

#include <variant>

namespace qs {

/// A GGUF file, mapped. Any thread may read it.
class GgufFile
{
public:
    /// The header is checked as a whole before anything of it is used. Errors name the file and the reason.
    static Result<std::shared_ptr<const GgufFile>> open(const std::filesystem::path &path);

    const std::filesystem::path &path() const { return m_path; }
    std::uint64_t byteSize() const { return m_mapping->bytes().size(); }
    const GgufHeader &header() const { return m_header; }

    /// The blocks of a tensor of header().
    std::span<const std::byte> bytes(const GgufTensorInfo &tensor) const;
    /// The elements of rows [\a first, \a first + \a count) as floats; Unsupported for types not coded here.
    Status rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                std::span<float> out) const;
    /// Gives back the memory of \a tensor, which stays readable.
    void forget(const GgufTensorInfo &tensor) const { m_mapping->forget(bytes(tensor)); }

private:
    std::filesystem::path m_path;
    MappedFilePtr m_mapping;
    GgufHeader m_header;
};
using GgufFilePtr = std::shared_ptr<const GgufFile>;

/// Writes a GGUF file tensor by tensor without holding any. Nothing is to be seen under its name before
/// finish(); destroying the writer before leaves nothing behind.
class GgufWriter
{
public:
    /// Lays the tensors out in their order and writes the header. Refused when the file system has not the
    /// room.
    static Result<GgufWriter> create(const std::filesystem::path &path, GgufHeader header);

    /// The same in \a work, of a job that may have been killed: what the file there has of the first \a
    /// finished tensors is taken over; when it is not all there, none is.
    static Result<GgufWriter> resume(const std::filesystem::path &path, const std::filesystem::path &work,
                                     GgufHeader header, std::size_t finished);

    const GgufHeader &header() const { return m_header; }
    /// The tensor whose bytes come next.
    std::size_t tensor() const { return m_tensor; }
    /// What is written is on the disk afterwards; only behind resume().
    Status sync() const;
    /// The next bytes of the tensor that is being written; several calls may make one tensor, but no call
    /// reaches into the next one.
    Status append(std::span<const std::byte> bytes);
    /// Refused while bytes are missing. Returns the size of the file.
    Result<std::uint64_t> finish();

private:
    using File = std::variant<AtomicFile, ResumableFile>;
    GgufWriter(std::filesystem::path path, GgufHeader header, File file);
    Status write(std::string_view bytes);

    std::filesystem::path m_path;
    GgufHeader m_header;
    File m_file;
    std::size_t m_tensor = 0;
    std::uint64_t m_written = 0; ///< of the current tensor
};

} // namespace qs
