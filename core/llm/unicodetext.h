// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What tokenizers need of Unicode. All text is UTF-8; the work is done by ICU.
namespace qs {

/// \a text with U+FFFD for what is no UTF-8, as Python reads a file with errors="replace".
std::string validUtf8(std::string_view text);
/// Unicode normalization form C or KC.
Result<std::string> normalizeUtf8(std::string_view text, bool isCompatibility);
/// Bytes of the character at the start of \a text, which must not be empty.
std::size_t characterLength(std::string_view text);
/// UTF-8 of one code point.
std::string utf8Of(char32_t character);
/// Code point at the start of \a text, which must be valid and not empty.
char32_t firstCharacter(std::string_view text);

/// A compiled regular expression with Unicode classes and lookahead, as tokenizers describe words.
class Regex
{
public:
    struct Match
    {
        std::size_t begin; ///< bytes
        std::size_t end;
    };

    /// Format error with the pattern when it is none.
    static Result<Regex> compile(const std::string &pattern);
    Regex(Regex &&other) noexcept;
    ~Regex();

    /// All matches in valid UTF-8, in order, without overlap. Runtime error when an expression takes
    /// unreasonably long. Any thread may call this.
    Result<std::vector<Match>> findAll(std::string_view text) const;

private:
    struct Compiled;
    explicit Regex(std::unique_ptr<Compiled> compiled);

    std::unique_ptr<Compiled> m_compiled;
};

} // namespace qs
