// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// src/llama-vocab.cpp of llama.cpp says what follows from a pre-tokenizer's name, and how pieces with scores
// are merged (llm_tokenizer_spm).
#include "core/llm/gguf.h"
#include "core/llm/gguftokenizer.h"
#include "core/llm/pretokenizer.h"
#include "core/llm/safetensorsheader.h"
#include "core/llm/scoretokenizer.h"

#include <cmath>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTokens = 1 << 22;

Json byteLevel(bool splits)
{
    return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", splits}};
}

Json sequence(Json first, Json second)
{
    return {{"type", "Sequence"}, {"pretokenizers", Json::array({std::move(first), std::move(second)})}};
}

Json words(const char *pattern)
{
    return {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}};
}

/// "pre_tokenizer" of tokenizer.json for llama.cpp's name of it, null when it is not known.
Json preTokenizerOf(const std::string &name)
{
    if (name == "gpt-2")
        return byteLevel(true);
    if (name == "smollm")
        return sequence({{"type", "Digits"}, {"individual_digits", true}}, byteLevel(true));
    if (name == "llama-bpe" || name == "llama3" || name == "llama-v3")
        return sequence(words(kLlama3Pattern), byteLevel(false));
    if (name == "qwen2")
        return sequence(words(kQwen2Pattern), byteLevel(false));
    return {};
}

class Reader
{
public:
    explicit Reader(const GgufFile &file)
        : m_header(file.header())
    { }

    Result<TokenizerPtr> read()
    {
        QS_TRY(const std::string model, text("model"));
        QS_TRY(m_tokens, array<std::string>("tokens"));
        if (!m_tokens || m_tokens->empty() || m_tokens->size() > kMaxTokens)
            return bad("tokens", "is no list of tokens");
        QS_TRY(m_kinds, array<std::int32_t>("token_type"));
        if (m_kinds && m_kinds->size() != m_tokens->size())
            return mismatch("token_type", m_kinds->size());
        if (model == "gpt2")
            return bytePairs();
        if (model == "llama")
            return pieces();
        return Error {
            ErrorCode::Unsupported, {}, "its tokenizer " + quotedName(model) + " is neither gpt2 nor llama"};
    }

private:
    static Error bad(const char *key, const std::string &why)
    {
        return {ErrorCode::Format, {}, quotedName(std::string("tokenizer.ggml.") + key) + " " + why};
    }
    Error mismatch(const char *key, std::size_t count) const
    {
        return bad(key,
                   "has " + std::to_string(count) + " entries for " + std::to_string(m_tokens->size())
                       + " tokens");
    }
    const GgufValue *find(const char *key) const
    {
        return m_header.find(std::string("tokenizer.ggml.") + key);
    }

    Result<std::string> text(const char *key, std::optional<std::string> otherwise = {}) const
    {
        const GgufValue *value = find(key);
        if (!value && otherwise)
            return *otherwise;
        if (!value)
            return bad(key, "is missing");
        const auto *found = std::get_if<std::string>(value);
        if (!found)
            return bad(key, "is no text");
        return *found;
    }
    /// Null when there is none.
    template <typename T> Result<const std::vector<T> *> array(const char *key) const
    {
        const GgufValue *value = find(key);
        const std::vector<T> *none = nullptr;
        if (!value)
            return none;
        const auto *list = std::get_if<GgufArray>(value);
        const auto *items = list ? std::get_if<std::vector<T>>(&list->items) : nullptr;
        if (!items)
            return bad(key, "is no list of the right type");
        return items;
    }
    Result<bool> flag(const char *key, bool otherwise) const
    {
        const GgufValue *value = find(key);
        if (value && !std::holds_alternative<bool>(*value))
            return bad(key, "is neither true nor false");
        return value ? std::get<bool>(*value) : otherwise;
    }
    /// -1 when there is none.
    Result<TokenId> id(const char *key) const
    {
        if (!find(key))
            return -1;
        const auto number = m_header.number(std::string("tokenizer.ggml.") + key);
        if (!number || *number >= m_tokens->size())
            return bad(key, "is none of its tokens");
        return static_cast<TokenId>(*number);
    }

    GgufTokenKind kindOf(std::size_t token) const
    {
        return m_kinds ? static_cast<GgufTokenKind>((*m_kinds)[token]) : GgufTokenKind::Normal;
    }
    bool isAdded(std::size_t token) const
    {
        const GgufTokenKind kind = kindOf(token);
        return kind == GgufTokenKind::Control || kind == GgufTokenKind::UserDefined
            || kind == GgufTokenKind::Unknown;
    }
    Json added() const
    {
        Json list = Json::array();
        for (std::size_t i = 0; i < m_tokens->size(); ++i) {
            if (isAdded(i))
                list.push_back({{"content", (*m_tokens)[i]}, {"id", i}});
        }
        return list;
    }
    /// The beginning-of-sequence token, where one belongs before a text.
    Result<std::vector<TokenId>> prefix(bool isUsual) const
    {
        QS_TRY(const bool isWanted, flag("add_bos_token", isUsual));
        QS_TRY(const TokenId begin, id("bos_token_id"));
        return isWanted && begin >= 0 ? std::vector<TokenId> {begin} : std::vector<TokenId> {};
    }

    Result<TokenizerPtr> bytePairs() const
    {
        QS_TRY(const std::string name, text("pre", "default"));
        Json preTokenizer = preTokenizerOf(name);
        if (preTokenizer.is_null())
            return Error {
                ErrorCode::Unsupported, {}, "its pre-tokenizer " + quotedName(name) + " is not supported"};
        QS_TRY(const auto *merges, array<std::string>("merges"));
        if (!merges)
            return bad("merges", "is missing");
        const bool isLlama3 = name.starts_with("llama");
        Json vocabulary = Json::object();
        for (std::size_t i = 0; i < m_tokens->size(); ++i)
            vocabulary.emplace((*m_tokens)[i], i);
        QS_TRY(const std::vector<TokenId> before, prefix(isLlama3));
        Json json {{"pre_tokenizer", std::move(preTokenizer)},
                   {"added_tokens", added()},
                   {"model",
                    {{"type", "BPE"},
                     {"vocab", std::move(vocabulary)},
                     {"merges", *merges},
                     {"ignore_merges", isLlama3}}}};
        if (!before.empty()) {
            const std::string &begin = (*m_tokens)[static_cast<std::size_t>(before.front())];
            json["post_processor"]
                = {{"type", "TemplateProcessing"},
                   {"single", Json::array({{{"SpecialToken", {{"id", begin}}}}})},
                   {"special_tokens", {{begin, {{"ids", Json::array({unsigned(before.front())})}}}}}};
        }
        return makeJsonTokenizer(json);
    }

    Result<TokenizerPtr> pieces() const
    {
        ScoredPieces pieces;
        QS_TRY(const auto *scores, array<float>("scores"));
        if (!scores)
            return bad("scores", "is missing");
        if (scores->size() != m_tokens->size())
            return mismatch("scores", scores->size());
        for (const float score : *scores) {
            if (std::isnan(score))
                return bad("scores", "has something that is no number");
        }
        pieces.texts = *m_tokens;
        pieces.scores = *scores;
        QS_TRY(pieces.added, AddedTokens::fromJson(added()));
        QS_TRY(pieces.prefix, prefix(true));
        QS_TRY(pieces.addsSpace, flag("add_space_prefix", true));
        QS_TRY(pieces.unknown, id("unknown_token_id"));
        return makeScoreTokenizer(std::move(pieces));
    }

    const GgufHeader &m_header;
    const std::vector<std::string> *m_tokens = nullptr;
    const std::vector<std::int32_t> *m_kinds = nullptr;
};

} // namespace

Result<TokenizerPtr> openGgufTokenizer(const std::filesystem::path &path)
{
    QS_TRY(const GgufFilePtr file, GgufFile::open(path));
    auto tokenizer = Reader(*file).read();
    if (!tokenizer.ok())
        return Error {tokenizer.error().code, path.string(), tokenizer.error().detail};
    return tokenizer;
}

} // namespace qs
