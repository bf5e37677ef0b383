// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/gguf.h"

#include "core/llm/safetensorsheader.h"

namespace qs {
namespace fs = std::filesystem;
namespace {

Error about(const fs::path &path, const Error &error)
{
    return {error.code, path.string(), error.detail};
}

std::uint64_t fileSize(const GgufHeader &header, const std::string &headerBytes)
{
    if (header.tensors.empty())
        return headerBytes.size();
    const GgufTensorInfo &last = header.tensors.back();
    return headerBytes.size() + last.offset + padded(last.byteSize, header.alignment);
}

/// Where the tensor after the first \a finished ones begins.
std::uint64_t startOf(const GgufHeader &header, std::size_t finished)
{
    if (finished == 0)
        return header.dataStart;
    const GgufTensorInfo &last = header.tensors[finished - 1];
    return header.dataStart + last.offset + padded(last.byteSize, header.alignment);
}

} // namespace

Result<GgufFilePtr> GgufFile::open(const fs::path &path)
{
    auto file = std::make_shared<GgufFile>();
    QS_TRY(file->m_mapping, MappedFile::open(path));
    const std::span<const std::byte> bytes = file->m_mapping->bytes();
    auto header = parseGgufHeader(bytes, bytes.size());
    if (!header.ok())
        return about(path, header.error());
    file->m_path = path;
    file->m_header = *std::move(header);
    return GgufFilePtr(std::move(file));
}

std::span<const std::byte> GgufFile::bytes(const GgufTensorInfo &tensor) const
{
    return m_mapping->bytes().subspan(m_header.dataStart + tensor.offset, tensor.byteSize);
}

Status GgufFile::rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                      std::span<float> out) const
{
    const GgmlTraits &traits = ggmlTraits(tensor.type);
    if (!traits.dequantize)
        return Error {ErrorCode::Unsupported, m_path.string(),
                      "tensor " + quotedName(tensor.name) + " is of type " + std::string(traits.name)
                          + ", which is not decoded here"};
    const std::int64_t length = tensor.rowLength();
    assert(first >= 0 && count >= 0 && first <= tensor.rows() - count);
    assert(out.size() == static_cast<std::size_t>(count * length));
    traits.dequantize(bytes(tensor).data() + traits.bytesFor(first * length), out.data(), count * length);
    return Done {};
}

GgufWriter::GgufWriter(fs::path path, GgufHeader header, File file)
    : m_path(std::move(path))
    , m_header(std::move(header))
    , m_file(std::move(file))
{ }

Result<GgufWriter> GgufWriter::create(const fs::path &path, GgufHeader header)
{
    const auto bytes = layOutGguf(header);
    if (!bytes.ok())
        return about(path, bytes.error());
    QS_CHECK(checkRoom(path, fileSize(header, *bytes)));
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    QS_CHECK(file.write(*bytes));
    return GgufWriter(path, std::move(header), std::move(file));
}

Result<GgufWriter> GgufWriter::resume(const fs::path &path, const fs::path &work, GgufHeader header,
                                      std::size_t finished)
{
    const auto bytes = layOutGguf(header);
    if (!bytes.ok())
        return about(path, bytes.error());
    QS_TRY(ResumableFile file, ResumableFile::open(path, work));
    QS_TRY(const std::uint64_t there, file.size());
    if (finished > header.tensors.size() || startOf(header, finished) > there)
        finished = 0;
    const std::uint64_t start = finished > 0 ? startOf(header, finished) : 0;
    QS_CHECK(checkRoom(path, fileSize(header, *bytes) - start));
    QS_CHECK(file.continueAt(start));
    if (finished == 0)
        QS_CHECK(file.write(*bytes));
    GgufWriter writer(path, std::move(header), std::move(file));
    writer.m_tensor = finished;
    return writer;
}

Status GgufWriter::write(std::string_view bytes)
{
    return std::visit([&](auto &file) { return file.write(bytes); }, m_file);
}

Status GgufWriter::sync() const
{
    const auto *file = std::get_if<ResumableFile>(&m_file);
    return file ? file->sync() : Status(Done {});
}

Status GgufWriter::append(std::span<const std::byte> bytes)
{
    const GgufTensorInfo *tensor = m_tensor < m_header.tensors.size() ? &m_header.tensors[m_tensor] : nullptr;
    if (!tensor || bytes.size() > tensor->byteSize - m_written)
        return Error {ErrorCode::InvalidArgument, m_path.string(),
                      "more bytes than " + (tensor ? "tensor " + quotedName(tensor->name) : "the tensors")
                          + " takes"};
    QS_CHECK(write({reinterpret_cast<const char *>(bytes.data()), bytes.size()}));
    m_written += bytes.size();
    if (m_written < tensor->byteSize)
        return Done {};
    const std::string padding(padded(m_written, m_header.alignment) - m_written, '\0');
    m_written = 0;
    ++m_tensor;
    return write(padding);
}

Result<std::uint64_t> GgufWriter::finish()
{
    if (m_tensor != m_header.tensors.size())
        return Error {ErrorCode::InvalidArgument, m_path.string(),
                      "tensor " + quotedName(m_header.tensors[m_tensor].name) + " was not written"};
    const std::uint64_t size = std::visit([](const auto &file) { return file.position(); }, m_file);
    QS_CHECK(std::visit([](auto &file) { return file.commit(); }, m_file));
    return size;
}

} // namespace qs
