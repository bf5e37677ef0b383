// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/scoretokenizer.h"

#include "core/llm/unicodetext.h"

#include <array>
#include <cstdio>
#include <queue>

namespace qs {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81"; // U+2581, SentencePiece's space

/// A part of the text that is one piece so far.
struct Symbol
{
    std::string_view text; ///< empty once it was merged into the one on its left
    std::size_t previous;
    std::size_t next;
};
constexpr auto kNone = static_cast<std::size_t>(-1);

/// Two neighbours that were a piece of the vocabulary together when they were seen.
struct Pair
{
    float score;
    std::size_t left;
    std::size_t right;
    std::size_t size; ///< bytes of both

    bool operator<(const Pair &other) const // the queue's top is the best score, then the leftmost
    {
        return score != other.score ? score < other.score : left > other.left;
    }
};

class ScoreTokenizer : public Tokenizer
{
public:
    explicit ScoreTokenizer(ScoredPieces pieces)
        : m_pieces(std::move(pieces))
    {
        for (std::size_t i = 0; i < m_pieces.texts.size(); ++i)
            m_ids.emplace(m_pieces.texts[i], static_cast<TokenId>(i));
        for (unsigned byte = 0; byte < m_bytes.size(); ++byte) {
            char name[8];
            std::snprintf(name, sizeof name, "<0x%02X>", byte & 0xFFU);
            m_bytes[byte] = find(name);
            if (m_bytes[byte] >= 0)
                m_byteOf.emplace(m_bytes[byte], static_cast<char>(byte));
            else
                m_bytes[byte] = find(std::string(1, static_cast<char>(byte)));
        }
    }

    Result<std::vector<TokenId>> encode(std::string_view text) const override
    {
        const std::string valid = validUtf8(text);
        std::vector<TokenId> ids;
        bool isFirst = true; // or follows an added token
        for (const AddedTokens::Piece &piece : m_pieces.added.split(valid)) {
            if (piece.id >= 0)
                ids.push_back(piece.id);
            else
                encodePart(piece.text, isFirst, ids);
            isFirst = piece.id >= 0;
        }
        return ids;
    }

    std::string decode(std::span<const TokenId> ids) const override
    {
        std::string text;
        for (const TokenId id : ids) {
            if (const auto byte = m_byteOf.find(id); byte != m_byteOf.end())
                text += byte->second;
            else if (id >= 0 && static_cast<std::size_t>(id) < m_pieces.texts.size())
                text += m_pieces.texts[static_cast<std::size_t>(id)];
        }
        std::string plain;
        for (std::size_t at = 0; at < text.size();) {
            const bool isSpace = std::string_view(text).substr(at).starts_with(kSpace);
            plain += isSpace ? ' ' : text[at];
            at += isSpace ? kSpace.size() : 1;
        }
        return m_pieces.addsSpace && plain.starts_with(' ') ? plain.substr(1) : plain;
    }

    std::vector<TokenId> prefix() const override { return m_pieces.prefix; }
    std::size_t size() const override { return m_pieces.texts.size(); }

private:
    TokenId find(std::string_view text) const
    {
        const auto found = m_ids.find(std::string(text));
        return found == m_ids.end() ? -1 : found->second;
    }

    void encodePart(std::string_view part, bool isFirst, std::vector<TokenId> &ids) const
    {
        std::string text;
        if (m_pieces.addsSpace && isFirst)
            text += kSpace;
        for (const char c : part) {
            if (c == ' ')
                text += kSpace;
            else
                text += c;
        }
        for (const std::string_view piece : merged(text)) {
            if (const TokenId id = find(piece); id >= 0) {
                ids.push_back(id);
                continue;
            }
            for (const char c : piece) {
                const TokenId byte = m_bytes[static_cast<unsigned char>(c)];
                if (byte >= 0 || m_pieces.unknown >= 0)
                    ids.push_back(byte >= 0 ? byte : m_pieces.unknown);
            }
        }
    }

    /// Cuts \a text into characters and merges neighbours while the vocabulary has what they are together.
    std::vector<std::string_view> merged(std::string_view text) const
    {
        std::vector<Symbol> symbols;
        for (std::size_t at = 0; at < text.size(); at += symbols.back().text.size()) {
            const std::size_t index = symbols.size();
            symbols.push_back({text.substr(at, characterLength(text.substr(at))),
                               index == 0 ? kNone : index - 1, index + 1});
        }
        if (!symbols.empty())
            symbols.back().next = kNone;
        std::priority_queue<Pair> queue;
        const auto consider = [&](std::size_t left, std::size_t right) {
            if (left == kNone || right == kNone)
                return;
            const std::size_t size = symbols[left].text.size() + symbols[right].text.size();
            const TokenId id = find({symbols[left].text.data(), size});
            if (id >= 0)
                queue.push({m_pieces.scores[static_cast<std::size_t>(id)], left, right, size});
        };
        for (std::size_t i = 1; i < symbols.size(); ++i)
            consider(i - 1, i);
        while (!queue.empty()) {
            const Pair pair = queue.top();
            queue.pop();
            Symbol &left = symbols[pair.left];
            Symbol &right = symbols[pair.right];
            if (left.text.empty() || right.text.empty() || left.text.size() + right.text.size() != pair.size)
                continue; // one of the two has been merged with another meanwhile
            left.text = {left.text.data(), pair.size};
            right.text = {};
            left.next = right.next;
            if (left.next != kNone)
                symbols[left.next].previous = pair.left;
            consider(left.previous, pair.left);
            consider(pair.left, left.next);
        }
        std::vector<std::string_view> pieces;
        for (const Symbol &symbol : symbols) {
            if (!symbol.text.empty())
                pieces.push_back(symbol.text);
        }
        return pieces;
    }

    ScoredPieces m_pieces;
    std::unordered_map<std::string, TokenId> m_ids;
    std::array<TokenId, 256> m_bytes {}; ///< -1 = none
    std::unordered_map<TokenId, char> m_byteOf;
};

} // namespace

TokenizerPtr makeScoreTokenizer(ScoredPieces pieces)
{
    return std::make_shared<ScoreTokenizer>(std::move(pieces));
}

} // namespace qs
