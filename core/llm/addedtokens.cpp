// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensorsheader.h"
#include "core/llm/tokenizer.h"

#include <algorithm>

namespace qs {
namespace {

constexpr double kMaxId = 1 << 24;

bool isWordCharacter(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte == '_' || byte >= 0x80;
}

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

} // namespace

Result<AddedTokens> AddedTokens::fromJson(const nlohmann::json &json)
{
    AddedTokens added;
    if (json.is_null())
        return added;
    if (!json.is_array())
        return Error {ErrorCode::Format, {}, "added_tokens is no list"};
    for (const nlohmann::json &entry : json) {
        const auto flag = [&](const char *key) { return entry.contains(key) && entry[key] == true; };
        if (!entry.is_object() || !entry.contains("content") || !entry["content"].is_string()
            || !entry.contains("id") || !entry["id"].is_number_unsigned()
            || entry["id"].get<double>() > kMaxId)
            return Error {ErrorCode::Format, {}, "added_tokens has something that is no token"};
        AddedToken token {entry["content"].get<std::string>(), entry["id"].get<TokenId>(), flag("lstrip"),
                          flag("rstrip"), flag("single_word")};
        if (!token.text.empty())
            added.m_tokens.push_back(std::move(token));
    }
    std::stable_sort(added.m_tokens.begin(), added.m_tokens.end(),
                     [](const AddedToken &a, const AddedToken &b) { return a.text.size() > b.text.size(); });
    return added;
}

std::vector<AddedTokens::Piece> AddedTokens::split(std::string_view text) const
{
    std::array<bool, 256> isFirst {};
    for (const AddedToken &token : m_tokens)
        isFirst[static_cast<unsigned char>(token.text.front())] = true;
    std::vector<Piece> pieces;
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const AddedToken *found = nullptr;
        if (isFirst[static_cast<unsigned char>(text[at])]) {
            const auto matches = [&](const AddedToken &token) {
                const std::size_t end = at + token.text.size();
                return text.substr(at).starts_with(token.text)
                    && !(token.isWholeWord
                         && ((at > 0 && isWordCharacter(text[at - 1]))
                             || (end < text.size() && isWordCharacter(text[end]))));
            };
            const auto it = std::find_if(m_tokens.begin(), m_tokens.end(), matches);
            found = it == m_tokens.end() ? nullptr : &*it;
        }
        if (!found) {
            ++at;
            continue;
        }
        std::size_t begin = at;
        std::size_t end = at + found->text.size();
        while (found->takesSpaceBefore && begin > start && isSpace(text[begin - 1]))
            --begin;
        while (found->takesSpaceAfter && end < text.size() && isSpace(text[end]))
            ++end;
        if (begin > start)
            pieces.push_back({text.substr(start, begin - start), -1});
        pieces.push_back({{}, found->id});
        start = at = end;
    }
    if (start < text.size())
        pieces.push_back({text.substr(start), -1});
    return pieces;
}

const AddedToken *AddedTokens::find(TokenId id) const
{
    const auto it = std::find_if(m_tokens.begin(), m_tokens.end(),
                                 [&](const AddedToken &token) { return token.id == id; });
    return it == m_tokens.end() ? nullptr : &*it;
}

TokenId AddedTokens::largest() const
{
    TokenId largest = -1;
    for (const AddedToken &token : m_tokens)
        largest = std::max(largest, token.id);
    return largest;
}

} // namespace qs
