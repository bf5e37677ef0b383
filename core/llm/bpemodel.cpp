// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/bpemodel.h"

#include "core/llm/safetensorsheader.h"
#include "core/llm/unicodetext.h"

#include <cstdio>
#include <queue>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxId = 1 << 24;

Error bad(const std::string &why)
{
    return {ErrorCode::Format, {}, why};
}

/// A pair that could be merged when it was seen.
struct Candidate
{
    std::int32_t rank;
    std::uint32_t position; ///< of the left symbol
    TokenId result;

    bool operator<(const Candidate &other) const // the queue's top is the lowest rank, then the leftmost
    {
        return rank != other.rank ? rank > other.rank : position > other.position;
    }
};

std::string byteToken(int byte)
{
    char text[8];
    std::snprintf(text, sizeof(text), "<0x%02X>", static_cast<unsigned>(byte) & 0xFFU);
    return text;
}

/// Reverse of byteLevelCharacters().
const std::unordered_map<char32_t, char> &byteLevelBytes()
{
    static const auto map = [] {
        std::unordered_map<char32_t, char> bytes;
        for (int byte = 0; byte < 256; ++byte)
            bytes[byteLevelCharacters()[static_cast<std::size_t>(byte)]] = static_cast<char>(byte);
        return bytes;
    }();
    return map;
}

} // namespace

const std::array<char32_t, 256> &byteLevelCharacters()
{
    static const auto table = [] {
        std::array<char32_t, 256> characters {};
        char32_t next = 256; // what is not printable in Latin-1 moves up behind it
        for (char32_t byte = 0; byte < 256; ++byte) {
            const bool isPrintable
                = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
            characters[byte] = isPrintable ? byte : next++;
        }
        return characters;
    }();
    return table;
}

Result<BpeModel> BpeModel::fromJson(const Json &json, bool isByteLevel)
{
    BpeModel model;
    model.m_isByteLevel = isByteLevel;
    for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (json.contains(key) && !json[key].is_null() && json[key] != "")
            return Error {ErrorCode::Unsupported, {}, std::string(key) + " of a BPE model is not supported"};
    }
    const auto flag = [&](const char *key) { return json.contains(key) && json[key] == true; };
    model.m_ignoresMerges = flag("ignore_merges");
    model.m_hasByteFallback = flag("byte_fallback");
    model.m_fusesUnknown = flag("fuse_unk");
    QS_CHECK(model.readVocabulary(json));
    QS_CHECK(model.readMerges(json));
    if (json.contains("unk_token") && json["unk_token"].is_string()) {
        model.m_unknown = model.find(json["unk_token"].get<std::string>());
        if (model.m_unknown < 0)
            return bad("unk_token is not in the vocabulary");
    }
    for (int byte = 0; byte < 256; ++byte) {
        const auto index = static_cast<std::size_t>(byte);
        model.m_bytes[index]
            = model.find(isByteLevel ? utf8Of(byteLevelCharacters()[index]) : byteToken(byte));
    }
    return model;
}

Status BpeModel::readVocabulary(const Json &json)
{
    if (!json.contains("vocab") || !json["vocab"].is_object())
        return bad("the BPE model has no vocabulary");
    for (const auto &[token, id] : json["vocab"].items()) {
        if (!id.is_number_unsigned() || id.get<double>() > double(kMaxId))
            return bad("token " + quotedName(token) + " has no possible number");
        const auto number = id.get<std::size_t>();
        if (number >= m_tokens.size())
            m_tokens.resize(number + 1);
        if (!m_tokens[number].empty())
            return bad("tokens " + quotedName(m_tokens[number]) + " and " + quotedName(token)
                       + " have the same number");
        m_tokens[number] = token;
        m_ids[token] = static_cast<TokenId>(number);
    }
    return Done {};
}

Status BpeModel::readMerges(const Json &json)
{
    if (!json.contains("merges") || !json["merges"].is_array())
        return bad("the BPE model has no merges");
    std::int32_t rank = 0;
    for (const Json &entry : json["merges"]) {
        std::string left;
        std::string right;
        if (entry.is_string()) { // "a b"; newer files have ["a", "b"], which allows spaces inside
            const auto &text = entry.get_ref<const std::string &>();
            const std::size_t space = text.find(' ');
            left = text.substr(0, space);
            right = space == std::string::npos ? std::string() : text.substr(space + 1);
        } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
            left = entry[0].get<std::string>();
            right = entry[1].get<std::string>();
        }
        const TokenId first = find(left);
        const TokenId second = find(right);
        const TokenId result = find(left + right);
        if (first < 0 || second < 0 || result < 0)
            return bad("merge " + std::to_string(rank) + " (" + quotedName(left) + ", " + quotedName(right)
                       + ") is not of tokens in the vocabulary");
        m_merges[pairKey(first, second)] = {rank++, result};
    }
    return Done {};
}

TokenId BpeModel::find(const std::string &token) const
{
    const auto found = m_ids.find(token);
    return found == m_ids.end() ? -1 : found->second;
}

void BpeModel::addCharacter(std::string_view character, std::vector<TokenId> &symbols) const
{
    const TokenId id = find(std::string(character));
    if (id >= 0) {
        symbols.push_back(id);
        return;
    }
    if (m_hasByteFallback) {
        bool hasAll = true;
        for (const char c : character)
            hasAll = hasAll && m_bytes[static_cast<unsigned char>(c)] >= 0;
        if (hasAll) {
            for (const char c : character)
                symbols.push_back(m_bytes[static_cast<unsigned char>(c)]);
            return;
        }
    }
    const bool isSecond = m_fusesUnknown && !symbols.empty() && symbols.back() == m_unknown;
    if (m_unknown >= 0 && !isSecond)
        symbols.push_back(m_unknown);
}

void BpeModel::encode(std::string_view word, std::vector<TokenId> &ids) const
{
    std::string characters;
    if (m_ignoresMerges) {
        if (m_isByteLevel) {
            for (const char c : word)
                characters += utf8Of(byteLevelCharacters()[static_cast<unsigned char>(c)]);
        } else {
            characters = word;
        }
        if (const TokenId whole = find(characters); whole >= 0) {
            ids.push_back(whole);
            return;
        }
    }
    std::vector<TokenId> symbols;
    symbols.reserve(word.size());
    while (!word.empty()) {
        const std::size_t length = m_isByteLevel ? 1 : characterLength(word);
        if (!m_isByteLevel)
            addCharacter(word.substr(0, length), symbols);
        else if (const TokenId id = m_bytes[static_cast<unsigned char>(word.front())]; id >= 0)
            symbols.push_back(id);
        else if (m_unknown >= 0)
            symbols.push_back(m_unknown);
        word.remove_prefix(length);
    }
    merge(symbols);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
}

void BpeModel::merge(std::vector<TokenId> &symbols) const
{
    constexpr auto kNone = static_cast<std::uint32_t>(-1);
    const auto count = static_cast<std::uint32_t>(symbols.size());
    std::vector<std::uint32_t> previous(count);
    std::vector<std::uint32_t> next(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        previous[i] = i == 0 ? kNone : i - 1;
        next[i] = i + 1 == count ? kNone : i + 1;
    }
    std::priority_queue<Candidate> queue;
    const auto consider = [&](std::uint32_t left) {
        if (left == kNone || next[left] == kNone)
            return;
        const auto found = m_merges.find(pairKey(symbols[left], symbols[next[left]]));
        if (found != m_merges.end())
            queue.push({found->second.rank, left, found->second.result});
    };
    for (std::uint32_t i = 0; i < count; ++i)
        consider(i);
    constexpr TokenId kGone = -1;
    while (!queue.empty()) {
        const Candidate top = queue.top();
        queue.pop();
        const std::uint32_t left = top.position;
        if (symbols[left] == kGone || next[left] == kNone)
            continue;
        const std::uint32_t right = next[left];
        const auto found = m_merges.find(pairKey(symbols[left], symbols[right]));
        if (found == m_merges.end() || found->second.result != top.result)
            continue; // one of the two has become another symbol meanwhile
        symbols[left] = top.result;
        symbols[right] = kGone;
        next[left] = next[right];
        if (next[left] != kNone)
            previous[next[left]] = left;
        consider(previous[left]);
        consider(left);
    }
    std::erase(symbols, kGone);
}

std::string BpeModel::bytesOf(TokenId id) const
{
    if (id < 0 || static_cast<std::size_t>(id) >= m_tokens.size())
        return {};
    const std::string &token = m_tokens[static_cast<std::size_t>(id)];
    std::string bytes;
    if (!m_isByteLevel) {
        if (m_hasByteFallback && token.size() == 6 && token.starts_with("<0x"))
            return std::string(1, static_cast<char>(std::strtol(token.c_str() + 3, nullptr, 16)));
        return token;
    }
    std::string_view rest = token;
    while (!rest.empty()) {
        const auto byte = byteLevelBytes().find(firstCharacter(rest));
        const std::size_t length = characterLength(rest);
        if (byte != byteLevelBytes().end())
            bytes += byte->second;
        else
            bytes += rest.substr(0, length);
        rest.remove_prefix(length);
    }
    return bytes;
}

} // namespace qs
