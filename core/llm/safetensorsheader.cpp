// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensorsheader.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_set>

namespace qs {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

struct TypeName
{
    std::string_view name;
    DType type;
};
// Low to high in the order of safetensors' enum Dtype: high ones are written first.
constexpr std::array kTypes {
    TypeName {"BOOL", DType::Bool},
    TypeName {"F4", DType::Float4E2M1},
    TypeName {"U8", DType::UInt8},
    TypeName {"I8", DType::Int8},
    TypeName {"F8_E5M2", DType::Float8E5M2},
    TypeName {"F8_E4M3", DType::Float8E4M3FN},
    TypeName {"F8_E4M3FNUZ", DType::Float8E4M3FNUZ},
    TypeName {"F8_E5M2FNUZ", DType::Float8E5M2FNUZ},
    TypeName {"I16", DType::Int16},
    TypeName {"U16", DType::UInt16},
    TypeName {"F16", DType::Float16},
    TypeName {"BF16", DType::BFloat16},
    TypeName {"I32", DType::Int32},
    TypeName {"U32", DType::UInt32},
    TypeName {"F32", DType::Float32},
    TypeName {"C64", DType::Complex64},
    TypeName {"F64", DType::Float64},
    TypeName {"I64", DType::Int64},
    TypeName {"U64", DType::UInt64},
};

constexpr std::string_view kMetadataKey = "__metadata__";

Error malformed(const std::string &why)
{
    return {ErrorCode::Format, {}, "damaged safetensors header: " + why};
}

/// Takes nlohmann's events one by one, so that a name given twice is seen and nothing is built that the
/// format does not have. Returning false ends the parse; the reason is in \a error.
class HeaderReader
{
public:
    using Number = nlohmann::json::number_integer_t;
    using Unsigned = nlohmann::json::number_unsigned_t;
    using Float = nlohmann::json::number_float_t;
    using Text = nlohmann::json::string_t;
    using Binary = nlohmann::json::binary_t;

    SafetensorsHeader header;
    std::optional<Error> error;

    bool null() { return reject("a null"); }
    bool boolean(bool /*value*/) { return reject("a boolean"); }
    bool number_integer(Number /*value*/) { return reject("a negative number"); }
    bool number_float(Float /*value*/, const Text & /*text*/)
    {
        return reject("a number that is no whole number");
    }
    bool binary(Binary & /*value*/) { return reject("binary data"); }

    bool number_unsigned(Unsigned value)
    {
        if (m_place == Place::Shape) {
            if (value > static_cast<Unsigned>(INT64_MAX))
                return fail(subject() + " has a dimension that is too large");
            m_entry.shape.push_back(static_cast<std::int64_t>(value));
            return true;
        }
        if (m_place == Place::Offsets) {
            if (m_offsets == 2)
                return fail("data_offsets of " + subject() + " are not two");
            (m_offsets++ == 0 ? m_entry.begin : m_entry.end) = value;
            return true;
        }
        return reject("a number");
    }

    bool string(Text &value)
    {
        if (m_place == Place::Metadata) {
            header.metadata[m_key] = value;
            return true;
        }
        if (m_place != Place::Entry || m_key != "dtype")
            return reject("a string");
        const auto type = safetensorsType(value);
        if (!type) {
            error = Error {
                ErrorCode::Unsupported, {}, subject() + " has the unknown element type " + quotedName(value)};
            return false;
        }
        m_entry.type = *type;
        return true;
    }

    bool start_object(std::size_t /*size*/)
    {
        if (m_place == Place::Start) {
            m_place = Place::Top;
            return true;
        }
        if (m_place != Place::Top)
            return reject("an object");
        m_place = m_key == kMetadataKey ? Place::Metadata : Place::Entry;
        m_entry = SafetensorsEntry {m_key, DType::Undefined, {}, 0, 0};
        m_keys.clear();
        m_offsets = 0;
        return true;
    }

    bool end_object()
    {
        if (m_place == Place::Top) {
            m_place = Place::End;
            return true;
        }
        if (m_place == Place::Entry) {
            if (m_keys.size() != 3 || m_offsets != 2)
                return fail(subject() + " lacks dtype, shape or data_offsets");
            header.entries.push_back(std::move(m_entry));
        }
        m_place = Place::Top;
        return true;
    }

    bool start_array(std::size_t /*size*/)
    {
        if (m_place != Place::Entry || (m_key != "shape" && m_key != "data_offsets"))
            return reject("an array");
        m_place = m_key == "shape" ? Place::Shape : Place::Offsets;
        return true;
    }

    bool end_array()
    {
        m_place = Place::Entry;
        return true;
    }

    bool key(Text &value)
    {
        if (m_place == Place::Top) {
            if (!m_names.insert(value).second)
                return fail(quotedName(value) + " is there twice");
        } else {
            if (m_place == Place::Entry && value != "dtype" && value != "shape" && value != "data_offsets")
                return fail(subject() + " has the unexpected key " + quotedName(value));
            if (!m_keys.insert(value).second)
                return fail(quotedName(value) + " is there twice in " + subject());
        }
        m_key = value;
        return true;
    }

    bool parse_error(std::size_t position, const std::string & /*token*/,
                     const nlohmann::detail::exception & /*exception*/)
    {
        return fail("no valid JSON at byte " + std::to_string(position));
    }

private:
    enum class Place { Start, Top, Entry, Shape, Offsets, Metadata, End };

    std::string subject() const
    {
        return m_place == Place::Metadata ? "__metadata__" : "tensor " + quotedName(m_entry.name);
    }
    bool fail(const std::string &why)
    {
        error = malformed(why);
        return false;
    }
    bool reject(const std::string &what)
    {
        if (m_place == Place::Start || m_place == Place::Top)
            return fail(what + " where " + (m_place == Place::Top ? quotedName(m_key) : "the header")
                        + " should be described");
        return fail(what + " as " + quotedName(m_key) + " of " + subject());
    }

    Place m_place = Place::Start;
    std::string m_key;
    std::unordered_set<std::string> m_names;
    std::unordered_set<std::string> m_keys;
    SafetensorsEntry m_entry;
    int m_offsets = 0;
};

/// Bytes of \a entry by its type and shape; nothing when that overflows or is no whole number.
std::optional<std::uint64_t> expectedSize(const SafetensorsEntry &entry)
{
    const std::int64_t elements = elementCount(entry.shape);
    std::uint64_t bits = 0;
    if (elements < 0
        || __builtin_mul_overflow(static_cast<std::uint64_t>(elements),
                                  static_cast<std::uint64_t>(bitsOf(entry.type)), &bits)
        || bits % 8 != 0)
        return std::nullopt;
    return bits / 8;
}

Status checkLayout(SafetensorsHeader &header, std::uint64_t bufferSize)
{
    for (const SafetensorsEntry &entry : header.entries) {
        const std::string subject = "tensor " + quotedName(entry.name);
        if (entry.end < entry.begin || entry.end > bufferSize)
            return malformed(subject + " has offsets " + std::to_string(entry.begin) + " to "
                             + std::to_string(entry.end) + ", the file has " + std::to_string(bufferSize)
                             + " bytes of data");
        const auto expected = expectedSize(entry);
        if (!expected)
            return malformed(subject + " has a shape whose size overflows or is no whole number of bytes");
        if (*expected != entry.byteSize())
            return malformed(subject + " has " + std::to_string(entry.byteSize()) + " bytes, but "
                             + std::string(safetensorsTypeName(entry.type)) + " " + toString(entry.shape)
                             + " takes " + std::to_string(*expected));
    }
    std::sort(header.entries.begin(), header.entries.end(),
              [](const SafetensorsEntry &a, const SafetensorsEntry &b) {
                  return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
              });
    std::uint64_t position = 0;
    for (const SafetensorsEntry &entry : header.entries) {
        if (entry.begin != position)
            return malformed("tensor " + quotedName(entry.name)
                             + (entry.begin < position ? " overlaps the one before it"
                                                       : " leaves a gap after the one before it"));
        position = entry.end;
    }
    if (position != bufferSize)
        return malformed(std::to_string(bufferSize - position) + " bytes after the last tensor");
    return Done {};
}

} // namespace

std::string_view safetensorsTypeName(DType type)
{
    const int rank = safetensorsTypeRank(type);
    return rank < 0 ? std::string_view() : kTypes[static_cast<std::size_t>(rank)].name;
}

std::optional<DType> safetensorsType(std::string_view name)
{
    const auto *known
        = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName &t) { return t.name == name; });
    return known == kTypes.end() ? std::nullopt : std::optional(known->type);
}

int safetensorsTypeRank(DType type)
{
    const auto *known
        = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName &t) { return t.type == type; });
    return known == kTypes.end() ? -1 : static_cast<int>(known - kTypes.begin());
}

std::string quotedName(std::string_view text)
{
    constexpr std::size_t kLongest = 80;
    std::string quoted = "'";
    for (const char c : text.substr(0, kLongest))
        quoted += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    if (text.size() > kLongest) {
        while (quoted.size() > 1 && (static_cast<unsigned char>(quoted.back()) & 0x80) != 0)
            quoted.pop_back(); // no half of a UTF-8 character
        quoted += "…";
    }
    return quoted + "'";
}

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text, std::uint64_t bufferSize)
{
    if (!text.starts_with('{'))
        return malformed("does not start with '{'");
    const std::size_t last = text.find_last_not_of(' ');
    HeaderReader reader;
    if (!nlohmann::json::sax_parse(text.substr(0, last + 1), &reader))
        return reader.error.value_or(malformed("no valid JSON"));
    QS_CHECK(checkLayout(reader.header, bufferSize));
    return std::move(reader.header);
}

std::string makeSafetensorsHeader(const SafetensorsHeader &header, std::size_t minimumLength)
{
    std::string text = "{";
    if (!header.metadata.empty())
        text += "\"__metadata__\":" + nlohmann::json(header.metadata).dump();
    for (const SafetensorsEntry &entry : header.entries) {
        text += (text.size() > 1 ? "," : "") + nlohmann::json(entry.name).dump();
        text += ":{\"dtype\":\"" + std::string(safetensorsTypeName(entry.type))
            + "\",\"shape\":" + nlohmann::json(entry.shape).dump()
            + ",\"data_offsets\":" + nlohmann::json({entry.begin, entry.end}).dump() + "}";
    }
    text += "}";
    text.resize((std::max(text.size(), minimumLength) + 7) / 8 * 8, ' ');
    std::string length(8, '\0');
    for (std::size_t i = 0; i < length.size(); ++i)
        length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFF);
    return length + text;
}

} // namespace qs
