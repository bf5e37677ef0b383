// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufheader.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace qs {

/// Kinds of tokens, "tokenizer.ggml.token_type" (llama.h, enum llama_token_type).
enum class GgufTokenKind : std::int32_t {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
};

/// The vocabulary of a GGUF file: an entry a token number.
struct GgufVocabulary
{
    std::vector<std::string> tokens;
    std::vector<float> scores; ///< SentencePiece only, else empty
    std::vector<std::int32_t> kinds;

    /// Makes \a id exist; numbers between have no text yet.
    void set(std::size_t id, std::string text, GgufTokenKind kind, float score = 0.F);
    /// Gives every number below \a size a text: "[PAD7]", unused.
    void fill(std::size_t size);
    std::optional<std::uint32_t> find(std::string_view text) const;
};

/// The entries "tokenizer.*" for the tokenizer of a Hugging Face folder: byte-level BPE from tokenizer.json,
/// or SentencePiece from tokenizer.model, or from a tokenizer.json that says the same. \a rows is the number
/// of rows of the embedding, which the vocabulary must fill; \a config is the content of config.json.
/// Unsupported names a way to cut text into words that llama.cpp has no name for. Errors name the file.
Result<std::vector<GgufEntry>> ggufTokenizer(const std::filesystem::path &folder,
                                             const nlohmann::json &config, std::size_t rows);

/// The pieces of a SentencePiece model (sentencepiece_model.proto), and whether a space is put before a text.
struct SentencePieces
{
    GgufVocabulary vocabulary;
    bool addsSpace = true;
};
Result<SentencePieces> readSentencePieces(const std::filesystem::path &path);

} // namespace qs
