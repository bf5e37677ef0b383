// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/bpemodel.h"

#include <filesystem>
#include <memory>
#include <span>

namespace qs {

/// Turns text into a language model's token numbers and back. Any thread may use it.
class Tokenizer
{
public:
    virtual ~Tokenizer() = default;

    /// Without special tokens at the ends; those written out in \a text are recognised. Bytes that are no
    /// UTF-8 become U+FFFD.
    virtual Result<std::vector<TokenId>> encode(std::string_view text) const = 0;
    virtual std::string decode(std::span<const TokenId> ids) const = 0;
    /// What the model's authors put before a text, e.g. its beginning-of-sequence token; may be empty.
    virtual std::vector<TokenId> prefix() const = 0;
    /// One more than the largest number.
    virtual std::size_t size() const = 0;
};
using TokenizerPtr = std::shared_ptr<const Tokenizer>;

/// A token that is found in the text itself, before it is cut into words ("added_tokens").
struct AddedToken
{
    std::string text;
    TokenId id = -1;
    bool takesSpaceBefore = false; ///< lstrip
    bool takesSpaceAfter = false; ///< rstrip
    bool isWholeWord = false; ///< single_word
};

/// Finds the added tokens in a text: the leftmost, and of several there the longest.
class AddedTokens
{
public:
    struct Piece
    {
        std::string_view text; ///< empty for a token
        TokenId id = -1; ///< -1 for text
    };

    /// Reads the list of objects "added_tokens" of tokenizer.json.
    static Result<AddedTokens> fromJson(const nlohmann::json &json);

    std::vector<Piece> split(std::string_view text) const;
    const AddedToken *find(TokenId id) const; ///< null when there is none
    TokenId largest() const; ///< -1 when there are none

private:
    std::vector<AddedToken> m_tokens; ///< longest first
};

/// The tokenizer of a GGUF file, or of a Hugging Face folder: tokenizer.json with a BPE model, else
/// SentencePiece's tokenizer.model. Errors name the file; NotFound when there is neither.
Result<TokenizerPtr> openTokenizer(const std::filesystem::path &path);
/// A tokenizer.json. Unsupported names the part this program does not have.
Result<TokenizerPtr> openJsonTokenizer(const std::filesystem::path &path);
/// The content of a tokenizer.json; errors have no subject.
Result<TokenizerPtr> makeJsonTokenizer(const nlohmann::json &json);
/// The entries "tokenizer.ggml.*" of a GGUF file: byte-level BPE with the words of GPT-2, Llama 3, Qwen 2 or
/// SmolLM, or pieces with scores. Texts become the tokens that llama.cpp makes of them.
Result<TokenizerPtr> openGgufTokenizer(const std::filesystem::path &path);
/// A SentencePiece model; added_tokens.json beside it is read, too.
Result<TokenizerPtr> openSentencePieceTokenizer(const std::filesystem::path &path);

} // namespace qs
