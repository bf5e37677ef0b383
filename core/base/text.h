// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

/// Marks a text of the core for translation; lupdate sees it, the window translates it when it is shown.
#define QS_TR_NOOP(context, text) text
/// The same for a text with %n, which has plural forms.
#define QS_TR_N_NOOP(context, text) text

namespace qs {

/// One line for people. Either a literal, which reads the same in every language (a name, a formatted number,
/// the line of an Error), or a sentence, whose values are kept apart so that the window can say it in the
/// user's language.
struct Text
{
    Text() = default;
    Text(std::string literal);
    Text(const char *literal);

    std::string pattern; ///< English, with %1 … %9 for the arguments and %n for the count
    std::vector<Text> arguments; ///< sentences themselves or literals
    std::optional<int> count; ///< of a sentence with plural forms: "%n weight scale(s)"
    bool isSentence = false; ///< marked with QS_TR_NOOP("Sentence", …); a literal is never looked up

    bool empty() const { return pattern.empty(); }
    std::string str() const; ///< in English
    bool operator==(const Text &) const = default;
};

/// sentence(QS_TR_NOOP("Sentence", "same grid as %1"), {name})
Text sentence(std::string pattern, std::vector<Text> arguments = {});
/// countedSentence(QS_TR_N_NOOP("Sentence", "%1 over %n sample(s)"), 200, {"mse"}). English drops "(s)" for
/// one and writes "s" otherwise, so no other word of the pattern may depend on the count.
Text countedSentence(std::string pattern, int count, std::vector<Text> arguments = {});

/// \a pattern with \a values in the places of %1 … %9; what the values contain is left alone.
std::string filledIn(const std::string &pattern, const std::vector<std::string> &values);

} // namespace qs
