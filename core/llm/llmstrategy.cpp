// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/llmstrategy.h"

#include "core/base/atomicfile.h"
#include "core/llm/tokenizer.h"

#include <fstream>

namespace qs {

#define QS_BUILTIN(function) void function(LlmStrategyRegistry &);
#include "builtinllmstrategies.inc"
#undef QS_BUILTIN

const LlmStrategyRegistry &builtinLlmStrategies()
{
    static const LlmStrategyRegistry registry = [] {
        LlmStrategyRegistry strategies;
#define QS_BUILTIN(function) function(strategies);
#include "builtinllmstrategies.inc"
#undef QS_BUILTIN
        return strategies;
    }();
    return registry;
}

bool isLanguageModel(const std::filesystem::path &path)
{
    std::error_code ignored; // what cannot be looked at is no language model; opening it will say why
    if (std::filesystem::is_directory(path, ignored))
        return std::filesystem::is_regular_file(path / "config.json", ignored);
    if (!std::filesystem::is_regular_file(path, ignored))
        return false;
    char magic[4] = {};
    std::ifstream file(path, std::ios::binary);
    return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == "GGUF";
}

Result<std::vector<std::int32_t>> tokensOf(const std::filesystem::path &text,
                                           const std::filesystem::path &model)
{
    QS_TRY(const std::string content, readFile(text));
    QS_TRY(const TokenizerPtr tokenizer, openTokenizer(model));
    QS_TRY(std::vector<TokenId> tokens, tokenizer->encode(content));
    if (tokens.empty())
        return Error {ErrorCode::InvalidArgument, text.string(), "has no text"};
    return tokens;
}

} // namespace qs
