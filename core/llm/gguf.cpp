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

Status checkRoom(const fs::path &path, std::uint64_t needed)
{
    std::error_code failure;
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const fs::space_info space = fs::space(folder, failure);
    if (!failure && space.available < needed)
        return Error {ErrorCode::Io, path.string(),
                      "needs " + std::to_string(needed) + " bytes, but only "
                          + std::to_string(space.available) + " are free there"};
    return Done {};
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

GgufWriter::GgufWriter(fs::path path, GgufHeader header, AtomicFile file)
    : m_path(std::move(path))
    , m_header(std::move(header))
    , m_file(std::move(file))
{ }

Result<GgufWriter> GgufWriter::create(const fs::path &path, GgufHeader header)
{
    const auto bytes = layOutGguf(header);
    if (!bytes.ok())
        return about(path, bytes.error());
    std::uint64_t size = bytes->size();
    if (!header.tensors.empty())
        size += header.tensors.back().offset + padded(header.tensors.back().byteSize, header.alignment);
    QS_CHECK(checkRoom(path, size));
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    QS_CHECK(file.write(*bytes));
    return GgufWriter(path, std::move(header), std::move(file));
}

Status GgufWriter::append(std::span<const std::byte> bytes)
{
    const GgufTensorInfo *tensor = m_tensor < m_header.tensors.size() ? &m_header.tensors[m_tensor] : nullptr;
    if (!tensor || bytes.size() > tensor->byteSize - m_written)
        return Error {ErrorCode::InvalidArgument, m_path.string(),
                      "more bytes than " + (tensor ? "tensor " + quotedName(tensor->name) : "the tensors")
                          + " takes"};
    QS_CHECK(m_file.write({reinterpret_cast<const char *>(bytes.data()), bytes.size()}));
    m_written += bytes.size();
    if (m_written < tensor->byteSize)
        return Done {};
    const std::string padding(padded(m_written, m_header.alignment) - m_written, '\0');
    m_written = 0;
    ++m_tensor;
    return m_file.write(padding);
}

Result<std::uint64_t> GgufWriter::finish()
{
    if (m_tensor != m_header.tensors.size())
        return Error {ErrorCode::InvalidArgument, m_path.string(),
                      "tensor " + quotedName(m_header.tensors[m_tensor].name) + " was not written"};
    const std::uint64_t size = m_file.position();
    QS_CHECK(m_file.commit());
    return size;
}

} // namespace qs
