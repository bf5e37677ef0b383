// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/pretokenizer.h"

#include "core/llm/safetensorsheader.h"

#include <memory>

namespace qs {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using Match = Regex::Match;
using Matches = std::vector<Match>;

/// Where a pattern matches.
using Finder = std::function<Result<Matches>(std::string_view)>;

Error unsupported(const std::string &what, const std::string &kind)
{
    return {ErrorCode::Unsupported, {}, what + " of type " + quotedName(kind) + " is not supported"};
}

std::string textOf(const Json &json, const char *key)
{
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
}

bool flagOf(const Json &json, const char *key, bool fallback)
{
    return json.contains(key) && json[key].is_boolean() ? json[key].get<bool>() : fallback;
}

Matches findText(std::string_view text, std::string_view wanted)
{
    Matches matches;
    for (std::size_t at = text.find(wanted); at != std::string_view::npos;
         at = text.find(wanted, at + wanted.size()))
        matches.push_back({at, at + wanted.size()});
    return matches;
}

/// "pattern": {"String": "…"} or {"Regex": "…"}.
Result<Finder> finderOf(const Json &json)
{
    const Json pattern = json.contains("pattern") ? json["pattern"] : Json();
    if (const std::string wanted = textOf(pattern, "String"); pattern.is_object() && !wanted.empty())
        return Finder([wanted](std::string_view text) -> Result<Matches> { return findText(text, wanted); });
    if (!pattern.is_object() || textOf(pattern, "Regex").empty())
        return Error {ErrorCode::Format, {}, "a pattern of the tokenizer is neither String nor Regex"};
    QS_TRY(Regex compiled, Regex::compile(textOf(pattern, "Regex")));
    const auto regex = std::make_shared<Regex>(std::move(compiled));
    return Finder([regex](std::string_view text) { return regex->findAll(text); });
}

enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext };

Result<Behavior> behaviorOf(const std::string &name)
{
    if (name == "Removed")
        return Behavior::Removed;
    if (name == "Isolated" || name.empty())
        return Behavior::Isolated;
    if (name == "MergedWithPrevious")
        return Behavior::MergedWithPrevious;
    if (name == "MergedWithNext")
        return Behavior::MergedWithNext;
    return unsupported("a split", name);
}

/// Cuts \a text at \a matches (at what lies between them when \a isInverted).
Words cut(std::string_view text, const Matches &matches, Behavior behavior, bool isInverted)
{
    struct Piece
    {
        std::size_t begin;
        std::size_t end;
        bool isMatch;
    };
    std::vector<Piece> pieces;
    std::size_t at = 0;
    for (const Match &match : matches) {
        if (match.begin > at)
            pieces.push_back({at, match.begin, isInverted});
        if (match.end > match.begin)
            pieces.push_back({match.begin, match.end, !isInverted});
        at = match.end;
    }
    if (at < text.size())
        pieces.push_back({at, text.size(), isInverted});
    Words words;
    bool isOpen = false; // the next piece is to be appended to the last word
    for (const Piece &piece : pieces) {
        std::string word(text.substr(piece.begin, piece.end - piece.begin));
        if (piece.isMatch && behavior == Behavior::Removed) {
            isOpen = false;
            continue;
        }
        const bool joins
            = isOpen && (behavior == Behavior::MergedWithPrevious ? piece.isMatch : !piece.isMatch);
        if (joins)
            words.back() += word;
        else
            words.push_back(std::move(word));
        isOpen = behavior == Behavior::MergedWithPrevious
            ? !piece.isMatch
            : behavior == Behavior::MergedWithNext && piece.isMatch;
    }
    return words;
}

void replaceAll(std::string &text, const std::string &what, const std::string &with)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

} // namespace

const char *const kGpt2Pattern
    = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

const char *const kLlama3Pattern
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char *const kQwen2Pattern
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

Result<Normalizer> Normalizer::fromJson(const Json &json)
{
    Normalizer normalizer;
    if (json.is_null())
        return normalizer;
    const std::string type = textOf(json, "type");
    if (type == "Sequence" && json.contains("normalizers") && json["normalizers"].is_array()) {
        for (const Json &entry : json["normalizers"]) {
            QS_TRY(Normalizer part, fromJson(entry));
            for (auto &step : part.m_steps)
                normalizer.m_steps.push_back(std::move(step));
        }
    } else if (type == "NFC" || type == "NFKC") {
        normalizer.m_steps.emplace_back([isCompatible = type == "NFKC"](const std::string &text) {
            return normalizeUtf8(text, isCompatible);
        });
    } else if (type == "Prepend") {
        normalizer.m_steps.emplace_back(
            [prefix = textOf(json, "prepend")](const std::string &text) -> Result<std::string> {
                return text.empty() ? text : prefix + text;
            });
    } else if (type == "Replace") {
        QS_TRY(Finder find, finderOf(json));
        normalizer.m_steps.emplace_back(
            [find, with = textOf(json, "content")](const std::string &text) -> Result<std::string> {
                QS_TRY(const Matches matches, find(text));
                std::string result;
                std::size_t at = 0;
                for (const Match &match : matches) {
                    result += text.substr(at, match.begin - at) + with;
                    at = match.end;
                }
                return result + text.substr(at);
            });
    } else {
        return unsupported("a normalizer", type);
    }
    return normalizer;
}

Result<std::string> Normalizer::apply(std::string text) const
{
    for (const auto &step : m_steps) {
        QS_TRY(text, step(std::move(text)));
    }
    return text;
}

Result<PreTokenizer> PreTokenizer::fromJson(const Json &json)
{
    PreTokenizer result;
    if (!json.is_null())
        QS_CHECK(result.add(json));
    return result;
}

Status PreTokenizer::add(const Json &json)
{
    const std::string type = textOf(json, "type");
    if (type == "Sequence" && json.contains("pretokenizers") && json["pretokenizers"].is_array()) {
        for (const Json &entry : json["pretokenizers"])
            QS_CHECK(add(entry));
        return Done {};
    }
    if (type == "Split")
        return addSplit(json);
    if (type == "Metaspace")
        return addMetaspace(json);
    if (type == "Digits") {
        const char *pattern = flagOf(json, "individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)";
        return addSplit({{"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}});
    }
    if (type != "ByteLevel")
        return unsupported("a pre-tokenizer", type);
    m_isByteLevel = true;
    if (flagOf(json, "add_prefix_space", true)) {
        m_steps.emplace_back([](const std::string &word, bool /*isStart*/) -> Result<Words> {
            return word.starts_with(' ') ? Words {word} : Words {" " + word};
        });
    }
    if (flagOf(json, "use_regex", true))
        return addSplit({{"pattern", {{"Regex", kGpt2Pattern}}}, {"behavior", "Isolated"}});
    return Done {};
}

Status PreTokenizer::addSplit(const Json &json)
{
    QS_TRY(const Finder find, finderOf(json));
    QS_TRY(const Behavior behavior, behaviorOf(textOf(json, "behavior")));
    const bool isInverted = flagOf(json, "invert", false);
    m_steps.emplace_back([=](const std::string &word, bool /*isStart*/) -> Result<Words> {
        QS_TRY(const Matches matches, find(word));
        return cut(word, matches, behavior, isInverted);
    });
    return Done {};
}

Status PreTokenizer::addMetaspace(const Json &json)
{
    const std::string mark = textOf(json, "replacement");
    std::string scheme = textOf(json, "prepend_scheme");
    if (scheme.empty())
        scheme = flagOf(json, "add_prefix_space", true) ? "always" : "never";
    const bool splits = flagOf(json, "split", true);
    if (mark.empty())
        return Error {ErrorCode::Format, {}, "a Metaspace pre-tokenizer has no replacement"};
    m_steps.emplace_back([=](const std::string &text, bool isStart) -> Result<Words> {
        std::string word = text;
        replaceAll(word, " ", mark);
        if ((scheme == "always" || (scheme == "first" && isStart)) && !word.starts_with(mark))
            word = mark + word;
        return splits ? cut(word, findText(word, mark), Behavior::MergedWithNext, false) : Words {word};
    });
    return Done {};
}

Result<Words> PreTokenizer::split(std::string text, bool isStart) const
{
    Words words;
    if (text.empty())
        return words;
    words.push_back(std::move(text));
    for (const Step &step : m_steps) {
        Words result;
        for (std::size_t i = 0; i < words.size(); ++i) {
            QS_TRY(Words parts, step(words[i], isStart && i == 0));
            for (std::string &part : parts)
                result.push_back(std::move(part));
        }
        words = std::move(result);
    }
    return words;
}

} // namespace qs
