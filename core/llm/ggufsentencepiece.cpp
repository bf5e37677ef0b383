// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// tokenizer.model is a protobuf message ModelProto (sentencepiece_model.proto): field 1 the pieces {1 text, 2
// score, 3 kind}, field 3 the normalizer {3 add_dummy_prefix}. Kinds have the numbers of GgufTokenKind.
#include "core/llm/gguftokenizer.h"

#include "core/base/atomicfile.h"

#include <bit>
#include <cstring>

namespace qs {
namespace {

constexpr std::uint64_t kMaxModel = 256'000'000; ///< bytes

/// One field of a message in protobuf's wire format.
struct Field
{
    std::uint64_t number = 0;
    std::uint64_t value = 0; ///< varint or fixed
    std::string_view bytes; ///< length-delimited
};

/// Takes the fields of a message off its front; false at the end or where it is damaged.
class Message
{
public:
    explicit Message(std::string_view bytes)
        : m_rest(bytes)
    { }

    bool next(Field &field)
    {
        std::uint64_t tag = 0;
        if (m_rest.empty() || !varint(tag))
            return false;
        field = {tag >> 3};
        switch (tag & 7) {
        case 0:
            return varint(field.value);
        case 1:
            return fixed(field.value, 8);
        case 2: {
            std::uint64_t length = 0;
            if (!varint(length) || length > m_rest.size())
                return fail();
            field.bytes = m_rest.substr(0, length);
            m_rest.remove_prefix(length);
            return true;
        }
        case 5:
            return fixed(field.value, 4);
        default:
            return fail();
        }
    }
    bool isDamaged() const { return m_isDamaged; }

private:
    bool varint(std::uint64_t &value)
    {
        value = 0;
        for (unsigned shift = 0; shift < 64 && !m_rest.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(m_rest.front());
            m_rest.remove_prefix(1);
            value |= std::uint64_t {byte & 0x7FU} << shift;
            if (byte < 0x80)
                return true;
        }
        return fail();
    }
    bool fixed(std::uint64_t &value, std::size_t size)
    {
        if (m_rest.size() < size)
            return fail();
        std::memcpy(&value, m_rest.data(), size);
        m_rest.remove_prefix(size);
        return true;
    }
    bool fail()
    {
        m_isDamaged = true;
        return false;
    }

    std::string_view m_rest;
    bool m_isDamaged = false;
};

} // namespace

Result<SentencePieces> readSentencePieces(const std::filesystem::path &path)
{
    QS_TRY(const std::string bytes, readFile(path, kMaxModel));
    const Error damaged {ErrorCode::Format, path.string(), "is no SentencePiece model"};
    SentencePieces result;
    Message model(bytes);
    for (Field field; model.next(field);) {
        if (field.number == 3) {
            Message normalizer(field.bytes);
            for (Field part; normalizer.next(part);) {
                if (part.number == 3)
                    result.addsSpace = part.value != 0;
            }
        }
        if (field.number != 1)
            continue;
        std::string text;
        float score = 0.F;
        auto kind = GgufTokenKind::Normal;
        Message piece(field.bytes);
        for (Field part; piece.next(part);) {
            if (part.number == 1)
                text = part.bytes;
            else if (part.number == 2)
                score = std::bit_cast<float>(static_cast<std::uint32_t>(part.value));
            else if (part.number == 3 && part.value >= 1 && part.value <= 6)
                kind = static_cast<GgufTokenKind>(part.value);
        }
        if (piece.isDamaged() || text.empty())
            return damaged;
        result.vocabulary.set(result.vocabulary.tokens.size(), std::move(text), kind, score);
    }
    if (model.isDamaged() || result.vocabulary.tokens.empty())
        return damaged;
    return result;
}

} // namespace qs
