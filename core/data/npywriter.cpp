// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/data/npyfile.h"

#include <algorithm>
#include <set>

#include <zlib.h>

namespace qs {
namespace {

constexpr std::uint64_t kIsElsewhere = 0xFFFFFFFF;
constexpr std::uint64_t kZip64Version = 45;
constexpr std::uint64_t kDate = (1 << 5) | 1; // 1 January 1980: the same arrays give the same bytes
constexpr std::uint64_t kUtf8Names = 1 << 11;

std::string_view view(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Little-endian fields, one after another.
class Record
{
public:
    Record &add(std::uint64_t value, std::size_t size)
    {
        for (std::size_t i = 0; i < size; ++i)
            m_bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
        return *this;
    }
    Record &add(std::string_view text)
    {
        m_bytes += text;
        return *this;
    }
    const std::string &bytes() const { return m_bytes; }

private:
    std::string m_bytes;
};

struct Stored
{
    std::string name;
    std::uint64_t offset;
    std::uint64_t size;
    std::uint32_t crc;
};

/// What local and central headers have in common, from "version needed" to the length of the name. Sizes are
/// always in the zip64 field.
Record &addCommon(Record &record, const Stored &entry)
{
    record.add(kZip64Version, 2).add(kUtf8Names, 2).add(0, 2).add(0, 2).add(kDate, 2);
    record.add(entry.crc, 4).add(kIsElsewhere, 4).add(kIsElsewhere, 4);
    return record.add(entry.name.size(), 2);
}

std::string localHeader(const Stored &entry)
{
    Record record;
    addCommon(record.add(0x04034b50, 4), entry).add(20, 2).add(entry.name);
    return record.add(1, 2).add(16, 2).add(entry.size, 8).add(entry.size, 8).bytes();
}

std::string centralHeader(const Stored &entry)
{
    Record record;
    addCommon(record.add(0x02014b50, 4).add(kZip64Version, 2), entry).add(28, 2);
    record.add(0, 2).add(0, 2).add(0, 2).add(0, 4).add(kIsElsewhere, 4).add(entry.name);
    record.add(1, 2).add(24, 2);
    return record.add(entry.size, 8).add(entry.size, 8).add(entry.offset, 8).bytes();
}

std::string endRecords(std::uint64_t entries, std::uint64_t offset, std::uint64_t size)
{
    Record record;
    record.add(0x06064b50, 4).add(44, 8).add(kZip64Version, 2).add(kZip64Version, 2).add(0, 4).add(0, 4);
    record.add(entries, 8).add(entries, 8).add(size, 8).add(offset, 8);
    record.add(0x07064b50, 4).add(0, 4).add(offset + size, 8).add(1, 4);
    record.add(0x06054b50, 4).add(0, 2).add(0, 2).add(0xFFFF, 2).add(0xFFFF, 2);
    return record.add(kIsElsewhere, 4).add(kIsElsewhere, 4).add(0, 2).bytes();
}

} // namespace

Status writeNpy(const std::filesystem::path &path, const Tensor &tensor)
{
    const Result<std::string> header = makeNpyHeader(tensor.type(), tensor.shape());
    if (!header.ok())
        return Error {header.error().code, path.string(), header.error().detail};
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    QS_CHECK(file.write(*header));
    QS_CHECK(file.write(view(tensor.bytes())));
    return file.commit();
}

Status writeNpz(const std::filesystem::path &path, const std::vector<NamedTensor> &tensors)
{
    std::set<std::string> names;
    std::string directory;
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    for (const auto &[name, tensor] : tensors) {
        const std::string subject = path.string() + ", array '" + name + "'";
        if (!names.insert(name).second || name.empty() || name.size() > 0xFF00)
            return Error {ErrorCode::InvalidArgument, subject, "names must be unique and not empty"};
        const Result<std::string> header = makeNpyHeader(tensor.type(), tensor.shape());
        if (!header.ok())
            return Error {header.error().code, subject, header.error().detail};
        const std::string_view elements = view(tensor.bytes());
        uLong crc = crc32_z(0, reinterpret_cast<const Bytef *>(header->data()), header->size());
        crc = crc32_z(crc, reinterpret_cast<const Bytef *>(elements.data()), elements.size());
        const Stored entry {name + ".npy", file.position(), header->size() + elements.size(),
                            static_cast<std::uint32_t>(crc)};
        QS_CHECK(file.write(localHeader(entry)));
        QS_CHECK(file.write(*header));
        QS_CHECK(file.write(elements));
        directory += centralHeader(entry);
    }
    const std::uint64_t offset = file.position();
    QS_CHECK(file.write(directory));
    QS_CHECK(file.write(endRecords(tensors.size(), offset, directory.size())));
    return file.commit();
}

} // namespace qs
