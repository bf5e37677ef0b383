// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/sentencepiece/piecemodule.h"

#include <sentencepiece_processor.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using Processor = sentencepiece::SentencePieceProcessor;

Processor &processorOf(void *handle)
{
    return *static_cast<Processor *>(handle);
}

void *open(const char *model, std::size_t size)
{
    auto processor = std::make_unique<Processor>();
    return processor->LoadFromSerializedProto({model, size}).ok() ? processor.release() : nullptr;
}

bool encode(void *handle, const char *text, std::size_t size, void (*add)(void *, int), void *user)
{
    std::vector<int> ids;
    if (!processorOf(handle).Encode({text, size}, &ids).ok())
        return false;
    for (const int id : ids)
        add(user, id);
    return true;
}

bool decode(void *handle, const int *ids, std::size_t count, void (*put)(void *, const char *, std::size_t),
            void *user)
{
    std::string text;
    if (!processorOf(handle).Decode(std::vector<int>(ids, ids + count), &text).ok())
        return false;
    put(user, text.data(), text.size());
    return true;
}

} // namespace

extern "C" [[gnu::visibility("default")]] const qs::PieceApi *qs_sentencepiece_api()
{
    static const qs::PieceApi api {open,
                                   [](void *handle) { delete &processorOf(handle); },
                                   encode,
                                   decode,
                                   [](void *handle) { return processorOf(handle).GetPieceSize(); },
                                   [](void *handle) { return processorOf(handle).bos_id(); }};
    return &api;
}
