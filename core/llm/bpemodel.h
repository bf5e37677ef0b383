// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qs {

using TokenId = std::int32_t;

/// Byte-pair encoding (Sennrich et al. 2016): a word starts as characters, or bytes; neighbours are merged in
/// the order of the list of merges, the leftmost first. As "model" of tokenizer.json describes it.
class BpeModel
{
public:
    /// \a isByteLevel: words are bytes, written in the vocabulary as GPT-2's printable characters.
    static Result<BpeModel> fromJson(const nlohmann::json &json, bool isByteLevel);

    /// Appends the tokens of \a word to \a ids. Characters the vocabulary does not have become bytes, the
    /// unknown token, or nothing, as the model says.
    void encode(std::string_view word, std::vector<TokenId> &ids) const;

    /// The bytes \a id stands for; empty when it is not in the vocabulary.
    std::string bytesOf(TokenId id) const;
    std::size_t size() const { return m_tokens.size(); } ///< one more than the largest id
    TokenId find(const std::string &token) const; ///< -1 when it is not there

private:
    struct Merge
    {
        std::int32_t rank;
        TokenId result;
    };
    static std::uint64_t pairKey(TokenId left, TokenId right)
    {
        return std::uint64_t {static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    }

    Status readVocabulary(const nlohmann::json &json);
    Status readMerges(const nlohmann::json &json);
    void addCharacter(std::string_view character, std::vector<TokenId> &symbols) const;
    void merge(std::vector<TokenId> &symbols) const;

    std::unordered_map<std::string, TokenId> m_ids;
    std::vector<std::string> m_tokens;
    std::unordered_map<std::uint64_t, Merge> m_merges;
    std::array<TokenId, 256> m_bytes {}; ///< token of each byte; -1 = none
    bool m_isByteLevel = true;
    bool m_ignoresMerges = false; ///< a word that is in the vocabulary is taken whole
    bool m_hasByteFallback = false;
    bool m_fusesUnknown = false;
    TokenId m_unknown = -1;
};

/// GPT-2's printable character for each byte (openai/gpt-2 encoder.py, bytes_to_unicode).
const std::array<char32_t, 256> &byteLevelCharacters();

} // namespace qs
