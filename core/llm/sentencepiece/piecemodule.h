// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

/// What the module libqs_sentencepiece.so offers, in plain C. SentencePiece's library brings protobuf
/// functions of another version under the names of those that onnx uses; linked into one program they end it.
/// So nothing but this module links it, and the module is loaded with symbols of its own.
namespace qs {

struct PieceApi
{
    /// A processor for a model's \a size bytes; null when they are none.
    void *(*open)(const char *model, std::size_t size);
    void (*close)(void *processor);
    /// Calls \a add with \a user for each token. False when it failed.
    bool (*encode)(void *processor, const char *text, std::size_t size, void (*add)(void *user, int id),
                   void *user);
    /// Calls \a put once with the text. False when it failed.
    bool (*decode)(void *processor, const int *ids, std::size_t count,
                   void (*put)(void *user, const char *text, std::size_t size), void *user);
    int (*size)(void *processor);
    int (*beginId)(void *processor); ///< -1 when there is none
};

/// Name of the module's only function, of type PieceApiFunction.
inline constexpr const char *kPieceApiName = "qs_sentencepiece_api";
using PieceApiFunction = const PieceApi *(*)();

} // namespace qs
