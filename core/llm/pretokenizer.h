// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/llm/unicodetext.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace qs {

/// "normalizer" of tokenizer.json: what is done to a text before it is cut into words.
class Normalizer
{
public:
    /// Unsupported names a kind this program does not have.
    static Result<Normalizer> fromJson(const nlohmann::json &json);
    Result<std::string> apply(std::string text) const;

private:
    std::vector<std::function<Result<std::string>(std::string)>> m_steps;
};

/// "pre_tokenizer" of tokenizer.json: cuts a text into words, inside which a BPE model merges.
class PreTokenizer
{
public:
    static Result<PreTokenizer> fromJson(const nlohmann::json &json);
    /// \a isStart: the text begins here, and does not follow a special token.
    Result<std::vector<std::string>> split(std::string text, bool isStart) const;
    /// Words are bytes (the model's vocabulary is in GPT-2's printable characters).
    bool isByteLevel() const { return m_isByteLevel; }

private:
    using Words = std::vector<std::string>;
    using Step = std::function<Result<Words>(const std::string &word, bool isStart)>;

    Status add(const nlohmann::json &json);
    Status addSplit(const nlohmann::json &json);
    Status addMetaspace(const nlohmann::json &json);

    std::vector<Step> m_steps;
    bool m_isByteLevel = false;
};

/// The words GPT-2 and its followers cut a text into (openai/gpt-2 encoder.py).
extern const char *const kGpt2Pattern;
/// Those of Llama 3 and of Qwen 2 (their tokenizer.json); the second differs in taking digits one by one.
extern const char *const kLlama3Pattern;
extern const char *const kQwen2Pattern;

} // namespace qs
