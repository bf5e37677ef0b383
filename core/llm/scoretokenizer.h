// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/tokenizer.h"

namespace qs {

/// A vocabulary in which the better a piece's score, the earlier it is put together (SentencePiece's BPE).
struct ScoredPieces
{
    std::vector<std::string> texts; ///< by number; spaces are U+2581, single bytes "<0x0A>"
    std::vector<float> scores; ///< as many, no NaN
    AddedTokens added;
    std::vector<TokenId> prefix;
    bool addsSpace = true; ///< before a text, and before what follows an added token
    TokenId unknown = -1; ///< for bytes that are no piece; -1 = they are left out
};
TokenizerPtr makeScoreTokenizer(ScoredPieces pieces);

} // namespace qs
