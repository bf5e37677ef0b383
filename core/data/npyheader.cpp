// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npyheader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace qs {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;

struct TypeName
{
    std::string_view name; ///< NumPy's kind and size
    DType type;
};
constexpr std::array kTypes {
    TypeName {"f2", DType::Float16}, TypeName {"f4", DType::Float32}, TypeName {"f8", DType::Float64},
    TypeName {"i1", DType::Int8},    TypeName {"i2", DType::Int16},   TypeName {"i4", DType::Int32},
    TypeName {"i8", DType::Int64},   TypeName {"u1", DType::UInt8},   TypeName {"u2", DType::UInt16},
    TypeName {"u4", DType::UInt32},  TypeName {"u8", DType::UInt64},  TypeName {"b1", DType::Bool},
};

Error damaged(const std::string &reason)
{
    return {ErrorCode::Format, {}, "damaged .npy header: " + reason};
}

/// Reads the Python dictionary of a header: strings, True and False, tuples of whole numbers.
class Parser
{
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    { }

    Result<NpyHeader> parse()
    {
        if (!take('{'))
            return damaged("no dictionary");
        while (!take('}')) {
            QS_TRY(const std::string key, string());
            if (!take(':'))
                return damaged("no value for '" + key + "'");
            QS_CHECK(entry(key));
            if (!take(',') && !peek('}'))
                return damaged("no comma after '" + key + "'");
        }
        skipSpace();
        if (!m_text.empty())
            return damaged("something after the dictionary");
        if (!m_hasType || !m_hasOrder || !m_hasShape)
            return damaged("descr, fortran_order or shape is missing");
        return m_header;
    }

private:
    Status entry(const std::string &key)
    {
        if (key == "descr" && !m_hasType) {
            m_hasType = true;
            return type();
        }
        if (key == "fortran_order" && !m_hasOrder) {
            m_hasOrder = true;
            m_header.isFortranOrder = takeWord("True");
            if (!m_header.isFortranOrder && !takeWord("False"))
                return damaged("fortran_order is neither True nor False");
            return Done {};
        }
        if (key == "shape" && !m_hasShape) {
            m_hasShape = true;
            return shape();
        }
        return damaged("unexpected key '" + key + "'");
    }

    Status type()
    {
        if (peek('['))
            return Error {ErrorCode::Unsupported, {}, "holds records; save each field as an array"};
        QS_TRY(const std::string name, string());
        const char order = name.empty() ? ' ' : name.front();
        const std::string_view kind = std::string_view(name).substr(name.empty() ? 0 : 1);
        const auto *known
            = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName &t) { return t.name == kind; });
        const bool isByte = kind.ends_with('1');
        if (known == kTypes.end() || !(order == '<' || order == '>' || (order == '|' && isByte)))
            return Error {ErrorCode::Unsupported,
                          {},
                          "holds elements of NumPy type '" + name + "'; only numbers and booleans are read"};
        m_header.type = known->type;
        m_header.isBigEndian = order == '>' && !isByte;
        return Done {};
    }

    Status shape()
    {
        if (!take('('))
            return damaged("shape is no tuple");
        while (!take(')')) {
            skipSpace();
            std::int64_t dim = 0;
            const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), dim);
            if (error != std::errc {} || dim < 0)
                return damaged("shape has something that is no size");
            m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
            take('L'); // written by Python 2
            m_header.shape.push_back(dim);
            if (!take(',') && (!peek(')') || m_header.shape.size() == 1))
                return damaged("shape is no tuple");
        }
        return Done {};
    }

    Result<std::string> string()
    {
        skipSpace();
        const char quote = m_text.empty() ? ' ' : m_text.front();
        const std::size_t end
            = quote == '\'' || quote == '"' ? m_text.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            return damaged("no string where one should be");
        std::string text(m_text.substr(1, end - 1));
        m_text.remove_prefix(end + 1);
        return text;
    }

    void skipSpace()
    {
        const std::size_t first = m_text.find_first_not_of(" \t\n");
        m_text.remove_prefix(std::min(first, m_text.size()));
    }
    bool peek(char c)
    {
        skipSpace();
        return m_text.starts_with(c);
    }
    bool take(char c)
    {
        const bool isThere = peek(c);
        m_text.remove_prefix(isThere ? 1 : 0);
        return isThere;
    }
    bool takeWord(std::string_view word)
    {
        skipSpace();
        const bool isThere = m_text.starts_with(word);
        m_text.remove_prefix(isThere ? word.size() : 0);
        return isThere;
    }

    std::string_view m_text;
    NpyHeader m_header;
    bool m_hasType = false;
    bool m_hasOrder = false;
    bool m_hasShape = false;
};

} // namespace

Result<NpyHeader> parseNpyHeader(std::string_view start)
{
    if (start.size() < 10 || !start.starts_with(kMagic))
        return Error {ErrorCode::Format, {}, start.empty() ? "is empty" : "is no .npy array"};
    const auto byte = [&](std::size_t i) { return std::size_t {static_cast<unsigned char>(start[i])}; };
    const std::size_t version = byte(6);
    if (version < 1 || version > 3)
        return Error {ErrorCode::Unsupported, {}, "is of .npy version " + std::to_string(version)};
    const std::size_t lengthSize = version == 1 ? 2 : 4;
    if (start.size() < 8 + lengthSize)
        return damaged("truncated");
    std::size_t length = 0;
    for (std::size_t i = 0; i < lengthSize; ++i)
        length |= byte(8 + i) << (8 * i);
    if (length > start.size() - 8 - lengthSize)
        return damaged("truncated, or longer than any array needs");
    QS_TRY(NpyHeader header, Parser(start.substr(8 + lengthSize, length)).parse());
    header.size = 8 + lengthSize + length;
    return header;
}

Result<std::string> makeNpyHeader(DType type, const Shape &shape)
{
    const auto *known
        = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName &t) { return t.type == type; });
    if (known == kTypes.end())
        return Error {ErrorCode::Unsupported, {}, "NumPy has no type " + std::string(toString(type))};
    std::string tuple;
    for (const std::int64_t dim : shape)
        tuple += (tuple.empty() ? "" : " ") + std::to_string(dim) + ",";
    if (shape.size() > 1)
        tuple.pop_back();
    const char order = known->name.ends_with('1') ? '|' : '<';
    std::string text = std::string("{'descr': '") + order + std::string(known->name)
        + "', 'fortran_order': False, 'shape': (" + tuple + "), }";
    constexpr std::size_t kBefore = 10;
    const std::size_t total = (kBefore + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
    text.resize(total - kBefore - 1, ' ');
    text += '\n';
    if (text.size() > 0xFFFF)
        return Error {ErrorCode::Unsupported, {}, "has too many dimensions for a .npy file"};
    std::string header(kMagic);
    header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
    return header + text;
}

} // namespace qs
