// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/zipreader.h"

#include <algorithm>
#include <optional>

#include <zlib.h>

namespace qs {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kPiece = std::size_t {1} << 18;

Error damaged(const RandomAccessFile &file, const std::string &reason)
{
    return {ErrorCode::Format, file.path().string(), "damaged zip archive: " + reason};
}

Error damaged(const RandomAccessFile &file, const ZipEntry &entry, const std::string &reason)
{
    return damaged(file, "'" + entry.name + "' " + reason);
}

std::uint64_t number(std::string_view bytes, std::size_t offset, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= std::uint64_t {static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
    return value;
}

struct Directory
{
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// The zip64 end record, which takes the place of the old one when a locator stands right before that.
Result<std::optional<Directory>> findDirectory64(const RandomAccessFile &file, std::uint64_t endOffset)
{
    constexpr std::size_t kLocatorSize = 20;
    constexpr std::size_t kEnd64Size = 56;
    if (endOffset < kLocatorSize)
        return std::optional<Directory>();
    QS_TRY(const std::string locator, file.read(endOffset - kLocatorSize, kLocatorSize));
    if (number(locator, 0, 4) != kEnd64Locator)
        return std::optional<Directory>();
    QS_TRY(const std::string record, file.read(number(locator, 8, 8), kEnd64Size));
    if (number(record, 0, 4) != kEnd64)
        return damaged(file, "no zip64 directory where there should be one");
    return std::optional(Directory {number(record, 32, 8), number(record, 40, 8), number(record, 48, 8)});
}

Result<Directory> findDirectory(const RandomAccessFile &file)
{
    // The end record is followed by a comment of up to 65535 bytes.
    const std::uint64_t tailSize = std::min<std::uint64_t>(file.size(), kEndSize + 0xFFFF);
    QS_TRY(const std::string tail, file.read(file.size() - tailSize, tailSize));
    for (std::size_t at = tail.size() < kEndSize ? 0 : tail.size() - kEndSize + 1; at-- > 0;) {
        if (number(tail, at, 4) != kEnd || number(tail, at + 20, 2) != tail.size() - at - kEndSize)
            continue;
        if (number(tail, at + 4, 2) != number(tail, at + 6, 2))
            return Error {ErrorCode::Unsupported, file.path().string(), "a zip archive in several parts"};
        QS_TRY(const std::optional<Directory> large, findDirectory64(file, file.size() - tailSize + at));
        if (large)
            return *large;
        return Directory {number(tail, at + 10, 2), number(tail, at + 12, 4), number(tail, at + 16, 4)};
    }
    return Error {ErrorCode::Format, file.path().string(), "not a zip archive, or truncated"};
}

/// Zip64 extra field: the sizes and the offset that did not fit, in this order, those that did left out.
Status readExtra(const RandomAccessFile &file, std::string_view extra, ZipEntry &entry)
{
    constexpr std::uint64_t kIsElsewhere = 0xFFFFFFFF;
    while (extra.size() >= 4) {
        const std::size_t size = number(extra, 2, 2);
        if (size > extra.size() - 4)
            return damaged(file, entry, "has a broken header");
        std::string_view field = extra.substr(4, size);
        const bool isZip64 = number(extra, 0, 2) == 1;
        for (std::uint64_t *value : {&entry.size, &entry.packedSize, &entry.offset}) {
            if (!isZip64 || *value != kIsElsewhere)
                continue;
            if (field.size() < 8)
                return damaged(file, entry, "has a broken header");
            *value = number(field, 0, 8);
            field.remove_prefix(8);
        }
        extra.remove_prefix(4 + size);
    }
    return Done {};
}

/// Turns the offset of the local header into that of the content and checks that it lies in the file.
Status locateContent(const RandomAccessFile &file, ZipEntry &entry)
{
    QS_TRY(const std::string local, file.read(entry.offset, kLocalSize));
    if (number(local, 0, 4) != kLocalHeader)
        return damaged(file, entry, "is not where the directory says");
    entry.offset += kLocalSize + number(local, 26, 2) + number(local, 28, 2);
    if (entry.offset > file.size() || entry.packedSize > file.size() - entry.offset)
        return damaged(file, entry, "is truncated");
    if (!entry.isDeflated && entry.size != entry.packedSize)
        return damaged(file, entry, "has two different sizes");
    return Done {};
}

Result<ZipEntry> readEntry(const RandomAccessFile &file, std::string_view &directory)
{
    if (directory.size() < kCentralSize || number(directory, 0, 4) != kCentralHeader)
        return damaged(file, "a broken directory");
    const std::size_t nameSize = number(directory, 28, 2);
    const std::size_t extraSize = number(directory, 30, 2);
    const std::size_t total = kCentralSize + nameSize + extraSize + number(directory, 32, 2);
    if (directory.size() < total)
        return damaged(file, "a broken directory");
    ZipEntry entry;
    entry.name = directory.substr(kCentralSize, nameSize);
    entry.crc = static_cast<std::uint32_t>(number(directory, 16, 4));
    entry.packedSize = number(directory, 20, 4);
    entry.size = number(directory, 24, 4);
    entry.offset = number(directory, 42, 4);
    const std::uint64_t flags = number(directory, 8, 2);
    const std::uint64_t method = number(directory, 10, 2);
    if ((flags & 1) != 0)
        return Error {ErrorCode::Unsupported, file.path().string(), "'" + entry.name + "' is encrypted"};
    if (method != 0 && method != Z_DEFLATED)
        return Error {ErrorCode::Unsupported, file.path().string(),
                      "'" + entry.name + "' is packed by method " + std::to_string(method)
                          + "; only stored and deflated are known"};
    entry.isDeflated = method == Z_DEFLATED;
    QS_CHECK(readExtra(file, directory.substr(kCentralSize + nameSize, extraSize), entry));
    directory.remove_prefix(total);
    return entry;
}

/// A running raw inflate, ended on every path.
struct Inflater
{
    z_stream stream {};
    bool isReady = inflateInit2(&stream, -MAX_WBITS) == Z_OK;
    ~Inflater() { inflateEnd(&stream); }
};

} // namespace

Result<std::vector<ZipEntry>> readZipDirectory(const RandomAccessFile &file)
{
    QS_TRY(const Directory directory, findDirectory(file));
    QS_TRY(const std::string bytes, file.read(directory.offset, directory.size));
    std::string_view rest = bytes;
    std::vector<ZipEntry> entries;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        QS_TRY(ZipEntry entry, readEntry(file, rest));
        if (entry.name.ends_with('/'))
            continue;
        QS_CHECK(locateContent(file, entry));
        entries.push_back(std::move(entry));
    }
    return entries;
}

Status checkStoredEntry(const RandomAccessFile &file, const ZipEntry &entry, JobContext &job)
{
    std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, kPiece)));
    uLong crc = crc32_z(0, nullptr, 0);
    for (std::uint64_t done = 0; done < entry.size; done += piece.size()) {
        job.throwIfStopped();
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size - done, kPiece)));
        QS_CHECK(file.read(entry.offset + done, piece));
        crc = crc32_z(crc, reinterpret_cast<const Bytef *>(piece.data()), piece.size());
    }
    if (crc != entry.crc)
        return damaged(file, entry, "has a wrong checksum");
    return Done {};
}

Result<std::string> inflateEntry(const RandomAccessFile &file, const ZipEntry &entry, std::uint64_t limit,
                                 JobContext &job)
{
    // A deflate block of 258-byte matches is at best 1032 times smaller (zlib's FAQ and technical notes).
    constexpr std::uint64_t kBestRatio = 1032;
    if (entry.size / kBestRatio > entry.packedSize)
        return damaged(file, entry, "cannot be as large as it claims");
    if (entry.size > limit)
        return Error {
            ErrorCode::Unsupported, file.path().string(),
            "'" + entry.name + "' unpacks to " + std::to_string(entry.size)
                + " bytes; save it uncompressed (numpy.savez) or as .npy, which are read in pieces"};
    Inflater inflater;
    if (!inflater.isReady)
        return Error {ErrorCode::OutOfMemory, file.path().string(), "not enough memory to unpack it"};
    std::string content(entry.size, '\0');
    std::vector<std::byte> piece;
    std::uint64_t consumed = 0;
    std::size_t produced = 0;
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        job.throwIfStopped();
        z_stream &z = inflater.stream;
        if (z.avail_in == 0 && consumed < entry.packedSize) {
            piece.resize(
                static_cast<std::size_t>(std::min<std::uint64_t>(entry.packedSize - consumed, kPiece)));
            QS_CHECK(file.read(entry.offset + consumed, piece));
            consumed += piece.size();
            z.next_in = reinterpret_cast<Bytef *>(piece.data());
            z.avail_in = static_cast<uInt>(piece.size());
        }
        // One byte of room beyond the end shows content that is longer than it claims.
        Bytef surplus = 0;
        const std::size_t room = std::min(content.size() - produced, kPiece);
        z.next_out = room > 0 ? reinterpret_cast<Bytef *>(content.data()) + produced : &surplus;
        z.avail_out = static_cast<uInt>(std::max<std::size_t>(room, 1));
        const uInt before = z.avail_out;
        status = inflate(&z, Z_NO_FLUSH);
        const std::size_t written = before - z.avail_out;
        if (written > room || (status != Z_OK && status != Z_STREAM_END))
            return damaged(file, entry, "cannot be unpacked");
        produced += written;
    }
    const uLong crc = crc32_z(0, reinterpret_cast<const Bytef *>(content.data()), content.size());
    if (produced != content.size() || crc != entry.crc)
        return damaged(file, entry, "has a wrong size or checksum");
    return content;
}

} // namespace qs
