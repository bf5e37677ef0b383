// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufformat.h"
#include "core/llm/ggufheader.h"

#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <unordered_set>

namespace qs {
namespace {

using namespace gguf;

static_assert(std::endian::native == std::endian::little, "numbers are used as they are stored");

constexpr std::size_t kMaxKey = 65535; // docs/gguf.md
constexpr std::size_t kMaxTensorName = 63; // GGML_MAX_NAME - 1
constexpr std::uint32_t kMaxDims = 4; // GGML_MAX_DIMS
constexpr std::int64_t kMaxBytes = std::int64_t {1} << 62;
constexpr int kMaxDepth = 8; ///< of arrays in arrays
/// The fewest bytes an entry takes: empty name, type, smallest value; the same for a tensor of one dimension.
constexpr std::uint64_t kMinEntry = 8 + 4 + 1;
constexpr std::uint64_t kMinTensor = 8 + 4 + 8 + 4 + 8;

Error damaged(const std::string &why)
{
    return {ErrorCode::Format, {}, why};
}

Error truncated(const std::string &what)
{
    return damaged("the file ends in " + what);
}

class Parser
{
public:
    Parser(std::span<const std::byte> bytes, std::uint64_t fileSize)
        : m_rest(bytes)
        , m_size(bytes.size())
        , m_fileSize(fileSize)
    { }

    Result<GgufHeader> parse()
    {
        QS_CHECK(start());
        for (std::uint64_t i = 0; i < m_entryCount; ++i)
            QS_CHECK(entry());
        QS_CHECK(alignment());
        std::unordered_set<std::string> names;
        for (std::uint64_t i = 0; i < m_tensorCount; ++i) {
            QS_CHECK(tensor());
            if (!names.insert(m_header.tensors.back().name).second)
                return damaged("has two tensors " + quotedName(m_header.tensors.back().name));
        }
        const std::uint64_t dataStart = padded(m_size - m_rest.size(), m_header.alignment);
        if (dataStart > m_fileSize && !m_header.tensors.empty())
            return truncated("its header");
        m_header.dataStart = dataStart;
        if (!m_header.tensors.empty()) {
            const GgufTensorInfo &last = m_header.tensors.back(); // none lies behind the last
            if (last.offset > m_fileSize - dataStart || last.byteSize > m_fileSize - dataStart - last.offset)
                return damaged("the file ends before the data of tensor " + quotedName(last.name)
                               + " does: it has " + std::to_string(m_fileSize) + " bytes");
        }
        return std::move(m_header);
    }

private:
    Status start()
    {
        std::uint32_t magic = 0;
        std::uint32_t version = 0;
        if (!read(magic) || magic != kMagic)
            return damaged(m_size == 0 ? "is empty" : "is no GGUF file");
        if (!read(version))
            return truncated("its header");
        if (version != 0 && (version & 0xFFFF) == 0)
            return Error {ErrorCode::Unsupported, {}, "is a GGUF file for big-endian machines"};
        if (version != 2 && version != kVersion)
            return Error {ErrorCode::Unsupported,
                          {},
                          "is of GGUF version " + std::to_string(version) + "; 2 and 3 are read"};
        if (!read(m_tensorCount) || !read(m_entryCount))
            return truncated("its header");
        if (m_entryCount > m_rest.size() / kMinEntry)
            return damaged("claims " + std::to_string(m_entryCount) + " metadata entries in "
                           + std::to_string(m_rest.size()) + " bytes");
        if (m_tensorCount > m_rest.size() / kMinTensor)
            return damaged("claims " + std::to_string(m_tensorCount) + " tensors in "
                           + std::to_string(m_rest.size()) + " bytes");
        return Done {};
    }

    Status entry()
    {
        std::string key;
        if (!read(key))
            return truncated("its metadata");
        if (key.empty() || key.size() > kMaxKey)
            return damaged(key.empty() ? "has a metadata entry without a key"
                                       : "has a metadata key of " + std::to_string(key.size()) + " bytes");
        if (!m_keys.insert(key).second)
            return damaged("has the metadata key " + quotedName(key) + " twice");
        std::uint32_t type = 0;
        if (!read(type))
            return truncated("its metadata");
        QS_TRY(GgufValue read, value(type, key));
        m_header.metadata.push_back({std::move(key), std::move(read)});
        return Done {};
    }

    Result<GgufValue> value(std::uint32_t type, const std::string &key)
    {
        GgufValue value;
        if (type == GgufValue(GgufArray {}).index()) {
            QS_TRY(GgufArray read, array(key, 1));
            return GgufValue(std::move(read));
        }
        bool isKnown = false;
        bool isRead = false;
        forEachType([&](auto index) {
            if (index.value == type) {
                isKnown = true;
                auto &alternative = value.template emplace<index.value>();
                isRead = read(alternative);
            }
        });
        if (!isKnown)
            return damaged("metadata " + quotedName(key) + " is of the unknown type " + std::to_string(type));
        if (!isRead)
            return bad(key);
        return value;
    }

    Result<GgufArray> array(const std::string &key, int depth)
    {
        std::uint32_t type = 0;
        std::uint64_t count = 0;
        if (!read(type) || !read(count))
            return bad(key);
        GgufArray array;
        if (type == GgufValue(GgufArray {}).index()) {
            if (depth >= kMaxDepth)
                return damaged("metadata " + quotedName(key) + " has arrays in arrays too deep");
            auto &items = array.items.emplace<std::vector<GgufArray>>();
            for (std::uint64_t i = 0; i < count; ++i) {
                QS_TRY(GgufArray item, this->array(key, depth + 1));
                items.push_back(std::move(item));
            }
            return array;
        }
        bool isKnown = false;
        bool isRead = false;
        forEachType([&](auto index) {
            if (index.value == type) {
                isKnown = true;
                isRead = read(array.items.template emplace<index.value>(), count);
            }
        });
        if (!isKnown)
            return damaged("metadata " + quotedName(key) + " is an array of the unknown type "
                           + std::to_string(type));
        if (!isRead)
            return bad(key);
        return array;
    }

    /// Calls \a call with the index of every alternative but the array.
    template <typename Call> static void forEachType(Call call)
    {
        [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>)
        {
            const auto one = [&](auto index) {
                if constexpr (!std::is_same_v<std::variant_alternative_t<index.value, GgufValue>, GgufArray>)
                    call(index);
            };
            (one(std::integral_constant<std::size_t, kIndex> {}), ...);
        }
        (std::make_index_sequence<std::variant_size_v<GgufValue>> {});
    }

    Error bad(const std::string &key) const
    {
        return m_isBadBool
            ? damaged("metadata " + quotedName(key) + " has a boolean that is neither 0 nor 1")
            : damaged("the file ends in its metadata, or the length of " + quotedName(key) + " is wrong");
    }

    Status alignment()
    {
        const GgufValue *value = m_header.find(kAlignmentKey);
        if (!value)
            return Done {};
        const auto *alignment = std::get_if<std::uint32_t>(value);
        if (!alignment || !std::has_single_bit(*alignment) || *alignment > kMaxAlignment)
            return damaged(std::string(kAlignmentKey) + " is no power of two up to "
                           + std::to_string(kMaxAlignment));
        m_header.alignment = *alignment;
        return Done {};
    }

    Status tensor()
    {
        GgufTensorInfo info;
        std::uint32_t dims = 0;
        if (!read(info.name) || !read(dims))
            return truncated("its list of tensors");
        const std::string what = "tensor " + quotedName(info.name);
        if (info.name.size() > kMaxTensorName)
            return damaged(what + " has a name of " + std::to_string(info.name.size()) + " bytes; "
                           + std::to_string(kMaxTensorName) + " are allowed");
        if (dims < 1 || dims > kMaxDims)
            return damaged(what + " has " + std::to_string(dims) + " dimensions");
        for (std::uint32_t d = 0; d < dims; ++d) {
            std::int64_t extent = 0;
            if (!read(extent))
                return truncated("its list of tensors");
            if (extent < 1)
                return damaged(what + " has a dimension that is 0 or too large");
            info.shape.push_back(extent);
        }
        std::uint32_t type = 0;
        if (!read(type) || !read(info.offset))
            return truncated("its list of tensors");
        const GgmlTraits *traits = findGgmlType(type);
        if (!traits)
            return Error {
                ErrorCode::Unsupported, {}, what + " is of the unknown type " + std::to_string(type)};
        info.type = traits->type;
        const std::int64_t elements = elementCount(info.shape);
        if (elements < 0 || elements / traits->blockElements > kMaxBytes / traits->blockBytes)
            return damaged(what + " is larger than any file");
        if (info.rowLength() % traits->blockElements != 0)
            return damaged(what + " has rows of " + std::to_string(info.rowLength())
                           + " elements, which is no multiple of the " + std::to_string(traits->blockElements)
                           + " in a block of " + std::string(traits->name));
        info.byteSize = static_cast<std::uint64_t>(traits->bytesFor(elements));
        if (info.offset != m_nextOffset)
            return damaged(what + " starts at byte " + std::to_string(info.offset) + " of the data, not at "
                           + std::to_string(m_nextOffset) + " behind the one before it");
        // A sum beyond 64 bits needs sizes beyond that of the file, which the end of parse() would not see.
        if (info.byteSize > m_fileSize || info.offset > m_fileSize)
            return damaged("the file ends before the data of " + what + " does");
        m_nextOffset = padded(info.offset + info.byteSize, m_header.alignment);
        m_header.tensors.push_back(std::move(info));
        return Done {};
    }

    template <typename T> bool read(T &value)
    {
        if (m_rest.size() < sizeof value)
            return false;
        std::memcpy(&value, m_rest.data(), sizeof value);
        m_rest = m_rest.subspan(sizeof value);
        return true;
    }
    bool read(bool &value)
    {
        std::uint8_t byte = 0;
        if (!read(byte))
            return false;
        m_isBadBool = byte > 1;
        value = byte == 1;
        return !m_isBadBool;
    }
    bool read(std::string &value)
    {
        std::uint64_t length = 0;
        if (!read(length) || length > m_rest.size())
            return false;
        value.assign(reinterpret_cast<const char *>(m_rest.data()), length);
        m_rest = m_rest.subspan(length);
        return true;
    }
    template <typename T> bool read(std::vector<T> &values, std::uint64_t count)
    {
        if (count > m_rest.size() / sizeof(T))
            return false;
        values.resize(count);
        if (count > 0)
            std::memcpy(values.data(), m_rest.data(), count * sizeof(T));
        m_rest = m_rest.subspan(count * sizeof(T));
        return true;
    }
    bool read(std::vector<bool> &values, std::uint64_t count) { return readEach(values, count, 1); }
    bool read(std::vector<std::string> &values, std::uint64_t count)
    {
        return readEach(values, count, sizeof(std::uint64_t));
    }
    template <typename T> bool readEach(std::vector<T> &values, std::uint64_t count, std::uint64_t smallest)
    {
        if (count > m_rest.size() / smallest)
            return false;
        values.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            T value {};
            if (!read(value))
                return false;
            values.push_back(std::move(value));
        }
        return true;
    }

    std::span<const std::byte> m_rest;
    std::uint64_t m_size = 0;
    std::uint64_t m_fileSize = 0;
    std::uint64_t m_entryCount = 0;
    std::uint64_t m_tensorCount = 0;
    std::uint64_t m_nextOffset = 0;
    bool m_isBadBool = false;
    std::unordered_set<std::string> m_keys;
    GgufHeader m_header;
};

} // namespace

Result<GgufHeader> parseGgufHeader(std::span<const std::byte> bytes, std::uint64_t fileSize)
{
    return Parser(bytes, fileSize).parse();
}

} // namespace qs
