// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npyfile.h"

#include "core/data/zipreader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <set>

namespace qs {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, "elements are used as they are stored");

constexpr std::uint64_t kMaxLoaded = std::uint64_t {1} << 32;

Error about(const std::string &subject, const Error &error)
{
    return {error.code, subject, error.detail};
}

void swapBytes(std::span<std::byte> bytes, std::size_t size)
{
    for (std::size_t i = 0; i + size <= bytes.size(); i += size)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                     bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
}

/// \a in has its first dimension varying fastest; the result its last.
Tensor toRowMajor(const Tensor &in, const Shape &shape)
{
    Tensor out(in.type(), shape);
    const std::size_t size = bytesFor(in.type(), 1);
    std::byte *to = out.mutableBytes().data();
    const std::byte *from = in.bytes().data();
    std::vector<std::int64_t> position(shape.size(), 0);
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t d = 1; d < shape.size(); ++d)
        strides[d] = strides[d - 1] * static_cast<std::size_t>(shape[d - 1]);
    std::size_t source = 0;
    for (std::size_t i = 0; i < out.size(); ++i, to += size) {
        std::memcpy(to, from + source * size, size);
        for (std::size_t d = shape.size(); d-- > 0;) {
            source += strides[d];
            if (++position[d] < shape[d])
                break;
            source -= strides[d] * static_cast<std::size_t>(shape[d]);
            position[d] = 0;
        }
    }
    return out;
}

} // namespace

/// Builds arrays from their header and where their bytes are.
class NpyLoader
{
public:
    /// Elements in \a file from \a offset on, where there is room for \a available bytes of header and
    /// elements.
    static Result<NpyArray> fromFile(RandomAccessFilePtr file, std::string name, std::uint64_t offset,
                                     std::uint64_t available)
    {
        NpyArray array;
        array.m_name = std::move(name);
        array.m_file = std::move(file);
        QS_TRY(const std::string start,
               array.m_file->read(offset, std::min<std::uint64_t>(available, kMaxNpyHeader)));
        QS_TRY(array.m_header, parseNpyHeader(start));
        QS_TRY(const std::uint64_t bytes, checkSize(array.m_header, available));
        array.m_offset = offset + array.m_header.size;
        if (!array.m_header.isFortranOrder)
            return array;
        if (bytes > kMaxLoaded)
            return Error {ErrorCode::Unsupported,
                          {},
                          "is too large in Fortran order; save it with numpy.ascontiguousarray"};
        QS_TRY(const Tensor tensor, array.readElements(0, array.m_header.shape));
        array.m_loaded = toRowMajor(tensor, array.m_header.shape);
        return array;
    }

    static Result<NpyArray> fromBytes(RandomAccessFilePtr file, std::string name, std::string bytes)
    {
        NpyArray array;
        array.m_name = std::move(name);
        array.m_file = std::move(file);
        QS_TRY(array.m_header, parseNpyHeader(bytes));
        QS_TRY(const std::uint64_t size, checkSize(array.m_header, bytes.size()));
        const auto owner = std::make_shared<std::string>(std::move(bytes));
        const std::span<std::byte> elements
            = std::as_writable_bytes(std::span(*owner)).subspan(array.m_header.size, size);
        if (array.m_header.isBigEndian)
            swapBytes(elements, bytesFor(array.m_header.type, 1));
        array.m_loaded = adopt(array.m_header, elements, owner);
        if (array.m_header.isFortranOrder)
            array.m_loaded = toRowMajor(array.m_loaded, array.m_header.shape);
        return array;
    }

private:
    /// Headers may have any length, elements must start at a multiple of their size.
    static Tensor adopt(const NpyHeader &header, std::span<const std::byte> elements,
                        std::shared_ptr<const void> owner)
    {
        if (reinterpret_cast<std::uintptr_t>(elements.data()) % bytesFor(header.type, 1) == 0)
            return Tensor(header.type, header.shape, elements, std::move(owner));
        Tensor copy(header.type, header.shape);
        std::copy(elements.begin(), elements.end(), copy.mutableBytes().begin());
        return copy;
    }

    /// Bytes of the elements, which must fit.
    static Result<std::uint64_t> checkSize(const NpyHeader &header, std::uint64_t available)
    {
        const std::int64_t elements = elementCount(header.shape);
        const std::uint64_t size = bytesFor(header.type, 1);
        if (elements < 0 || static_cast<std::uint64_t>(elements) > available / size
            || static_cast<std::uint64_t>(elements) * size > available - header.size)
            return Error {ErrorCode::Format,
                          {},
                          "is truncated: too short for " + std::string(toString(header.type)) + " "
                              + toString(header.shape)};
        return static_cast<std::uint64_t>(elements) * size;
    }
};

Result<Tensor> NpyArray::readElements(std::uint64_t first, Shape shape) const
{
    try {
        Tensor tensor(m_header.type, std::move(shape));
        const std::size_t size = bytesFor(m_header.type, 1);
        const std::span<std::byte> bytes = tensor.mutableBytes();
        QS_CHECK(m_file->read(m_offset + first * size, bytes));
        if (m_header.isBigEndian)
            swapBytes(bytes, size);
        return tensor;
    } catch (const std::bad_alloc &) {
        return Error {ErrorCode::OutOfMemory, m_file->path().string(), "not enough memory to read it"};
    }
}

Result<Tensor> NpyArray::read() const
{
    return m_loaded.isNull() ? readElements(0, m_header.shape) : m_loaded;
}

Result<Tensor> NpyArray::rows(std::int64_t first, std::int64_t count) const
{
    assert(!shape().empty() && first >= 0 && count >= 0 && first + count <= shape().front());
    Shape part = shape();
    part.front() = count;
    Shape row = shape();
    row.front() = 1;
    const auto rowSize = static_cast<std::uint64_t>(elementCount(row));
    const std::uint64_t start = static_cast<std::uint64_t>(first) * rowSize;
    if (m_loaded.isNull())
        return readElements(start, part);
    const std::size_t size = bytesFor(type(), 1);
    const auto owner = std::make_shared<const Tensor>(m_loaded);
    const auto bytes
        = m_loaded.bytes().subspan(start * size, static_cast<std::size_t>(count) * rowSize * size);
    return Tensor(type(), std::move(part), bytes, owner);
}

Result<NpyArray> openNpy(const fs::path &path, JobContext &job)
{
    job.throwIfStopped();
    QS_TRY(const RandomAccessFilePtr file, RandomAccessFile::open(path));
    Result<NpyArray> array = NpyLoader::fromFile(file, path.stem().string(), 0, file->size());
    if (!array.ok())
        return about(path.string(), array.error());
    return array;
}

Result<std::vector<NpyArray>> openNpz(const fs::path &path, JobContext &job)
{
    QS_TRY(const RandomAccessFilePtr file, RandomAccessFile::open(path));
    QS_TRY(const std::vector<ZipEntry> entries, readZipDirectory(*file));
    std::vector<NpyArray> arrays;
    std::set<std::string> names;
    std::uint64_t budget = kMaxLoaded;
    for (const ZipEntry &entry : entries) {
        if (!entry.name.ends_with(".npy"))
            continue;
        const std::string subject = path.string() + ", array '" + entry.name + "'";
        const std::string name = entry.name.substr(0, entry.name.size() - 4);
        if (!names.insert(name).second)
            return Error {ErrorCode::Format, subject, "is there twice"};
        Result<NpyArray> array = Error {};
        if (entry.isDeflated) {
            try {
                QS_TRY(std::string content, inflateEntry(*file, entry, budget, job));
                budget -= content.size();
                array = NpyLoader::fromBytes(file, name, std::move(content));
            } catch (const std::bad_alloc &) {
                return Error {ErrorCode::OutOfMemory, subject, "not enough memory to unpack it"};
            }
        } else {
            QS_CHECK(checkStoredEntry(*file, entry, job));
            array = NpyLoader::fromFile(file, name, entry.offset, entry.size);
        }
        if (!array.ok())
            return about(subject, array.error());
        arrays.push_back(*std::move(array));
    }
    if (arrays.empty())
        return Error {ErrorCode::Format, path.string(), "holds no arrays"};
    return arrays;
}

} // namespace qs
