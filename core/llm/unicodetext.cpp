// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/unicodetext.h"

#include "core/llm/safetensorsheader.h"

#include <algorithm>

#include <unicode/unorm2.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

namespace qs {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
// ICU counts in 32 bits; longer texts are for the caller to cut.
constexpr std::size_t kLongest = std::size_t {1} << 30;
// ICU's steps of the match engine times 10,000; one match of a word takes a handful of steps.
constexpr std::int32_t kTimeLimit = 1'000;

Result<std::u16string> toUtf16(std::string_view text)
{
    if (text.size() > kLongest)
        return Error {ErrorCode::Unsupported, {}, "text longer than 1 GiB"};
    std::u16string wide(text.size(), u'\0'); // never more units than bytes
    UErrorCode status = U_ZERO_ERROR;
    std::int32_t length = 0;
    u_strFromUTF8WithSub(wide.data(), static_cast<std::int32_t>(wide.size()), &length, text.data(),
                         static_cast<std::int32_t>(text.size()), UChar32 {kReplacement}, nullptr, &status);
    if (U_FAILURE(status))
        return Error {ErrorCode::Runtime, "ICU", u_errorName(status)};
    wide.resize(static_cast<std::size_t>(length));
    return wide;
}

std::string toUtf8(std::u16string_view wide)
{
    std::string text(wide.size() * 3, '\0');
    UErrorCode status = U_ZERO_ERROR;
    std::int32_t length = 0;
    u_strToUTF8WithSub(text.data(), static_cast<std::int32_t>(std::min(text.size(), 2 * kLongest - 1)),
                       &length, wide.data(), static_cast<std::int32_t>(wide.size()), kReplacement, nullptr,
                       &status);
    text.resize(U_FAILURE(status) ? 0 : static_cast<std::size_t>(length));
    return text;
}

struct Decoded
{
    char32_t character = kReplacement;
    std::size_t length = 1;
    bool isValid = false;
};

/// The first character of \a text, which is not empty. What is no UTF-8 takes as many bytes as could have
/// begun a character, at least one (RFC 3629; Unicode 15, 3.9 U+FFFD substitution of maximal subparts).
Decoded decode(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return {lead, 1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    // The second byte excludes overlong forms, surrogates and what is beyond U+10FFFF.
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    char32_t character = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size() || byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF))
            return {kReplacement, i, false};
        character = character << 6 | (byte(i) & 0x3FU);
    }
    return {character, length, true};
}

} // namespace

std::string validUtf8(std::string_view text)
{
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const Decoded decoded = decode(text);
        if (decoded.isValid)
            valid += text.substr(0, decoded.length);
        else
            valid += "\xEF\xBF\xBD";
        text.remove_prefix(decoded.length);
    }
    return valid;
}

Result<std::string> normalizeUtf8(std::string_view text, bool isCompatibility)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *normalizer
        = isCompatibility ? unorm2_getNFKCInstance(&status) : unorm2_getNFCInstance(&status);
    QS_TRY(const std::u16string wide, toUtf16(text));
    const auto size = static_cast<std::int32_t>(wide.size());
    if (unorm2_quickCheck(normalizer, wide.data(), size, &status) == UNORM_YES && U_SUCCESS(status))
        return std::string(text);
    std::u16string normal(wide.size() * 2 + 32, u'\0');
    status = U_ZERO_ERROR;
    std::int32_t length = unorm2_normalize(normalizer, wide.data(), size, normal.data(),
                                           static_cast<std::int32_t>(normal.size()), &status);
    if (status == U_BUFFER_OVERFLOW_ERROR) { // some characters become eighteen
        normal.resize(static_cast<std::size_t>(length));
        status = U_ZERO_ERROR;
        length = unorm2_normalize(normalizer, wide.data(), size, normal.data(), length, &status);
    }
    if (U_FAILURE(status))
        return Error {ErrorCode::Runtime, "ICU", u_errorName(status)};
    return toUtf8(std::u16string_view(normal).substr(0, static_cast<std::size_t>(length)));
}

std::size_t characterLength(std::string_view text)
{
    return decode(text).length;
}

std::string utf8Of(char32_t character)
{
    std::string text;
    const auto put = [&](char32_t bits) { text += static_cast<char>(bits); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xC0 | character >> 6);
        put(0x80 | (character & 0x3F));
    } else {
        if (character < 0x10000) {
            put(0xE0 | character >> 12);
        } else {
            put(0xF0 | character >> 18);
            put(0x80 | (character >> 12 & 0x3F));
        }
        put(0x80 | (character >> 6 & 0x3F));
        put(0x80 | (character & 0x3F));
    }
    return text;
}

char32_t firstCharacter(std::string_view text)
{
    return decode(text).character;
}

struct Regex::Compiled
{
    URegularExpression *expression = nullptr;

    Compiled() = default;
    Compiled(const Compiled &) = delete;
    Compiled &operator=(const Compiled &) = delete;
    ~Compiled() { uregex_close(expression); }
};

Regex::Regex(std::unique_ptr<Compiled> compiled)
    : m_compiled(std::move(compiled))
{ }
Regex::Regex(Regex &&other) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(const std::string &pattern)
{
    QS_TRY(const std::u16string wide, toUtf16(pattern));
    auto compiled = std::make_unique<Compiled>();
    UErrorCode status = U_ZERO_ERROR;
    UParseError where {};
    compiled->expression
        = uregex_open(wide.data(), static_cast<std::int32_t>(wide.size()), 0, &where, &status);
    if (U_FAILURE(status))
        return Error {ErrorCode::Format, {}, "no regular expression: " + quotedName(pattern)};
    return Regex(std::move(compiled));
}

Result<std::vector<Regex::Match>> Regex::findAll(std::string_view text) const
{
    QS_TRY(const std::u16string wide, toUtf16(text));
    UErrorCode status = U_ZERO_ERROR;
    Compiled own; // an expression holds the state of its search
    own.expression = uregex_clone(m_compiled->expression, &status);
    uregex_setText(own.expression, wide.data(), static_cast<std::int32_t>(wide.size()), &status);
    uregex_setTimeLimit(own.expression, kTimeLimit, &status);
    std::vector<Match> matches;
    std::size_t unit = 0;
    std::size_t byte = 0;
    // Matches come in order, so that one walk over the text tells the bytes of all of them.
    const auto byteAt = [&](std::size_t target) {
        while (unit < target) {
            const char16_t first = wide[unit++];
            const bool isPair = U16_IS_LEAD(first); // the text was valid, so the other half follows
            unit += isPair ? 1 : 0;
            byte += isPair ? 4 : first >= 0x800 ? 3 : first >= 0x80 ? 2 : 1;
        }
        return byte;
    };
    while (U_SUCCESS(status) && uregex_findNext(own.expression, &status)) {
        const auto begin = static_cast<std::size_t>(uregex_start(own.expression, 0, &status));
        const auto end = static_cast<std::size_t>(uregex_end(own.expression, 0, &status));
        const std::size_t first = byteAt(begin);
        matches.push_back({first, byteAt(end)});
    }
    if (U_FAILURE(status))
        return Error {ErrorCode::Runtime, "regular expression", u_errorName(status)};
    return matches;
}

} // namespace qs
