// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/tokenizer.h"
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/tinyllama.h"

using namespace qs;
using namespace qs::test;

std::vector<std::string> qs::test::fuzzSeeds()
{
    using Json = nlohmann::json;
    const std::string plain = tinyTokenizer().dump();
    // As Llama 3 has it: words by an expression, added tokens, a template.
    Json more = tinyTokenizer();
    more["added_tokens"] = {{{"id", 40}, {"content", "<s>"}, {"special", true}},
                            {{"id", 41}, {"content", "<mask>"}, {"lstrip", true}, {"single_word", true}}};
    more["normalizer"] = {{"type", "NFC"}};
    more["pre_tokenizer"] = {
        {"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"}, {"pattern", {{"Regex", "\\p{L}+|\\p{N}{1,3}|\\s+"}}}, {"behavior", "Isolated"}},
          {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
    more["post_processor"]
        = {{"type", "TemplateProcessing"},
           {"single", {{{"SpecialToken", {{"id", "<s>"}}}}, {{"Sequence", {{"id", "A"}}}}}},
           {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {40}}}}}}};
    // As Llama 2 has it: pieces with U+2581 for spaces, bytes where there is no piece.
    Json pieces = tinyTokenizer();
    pieces.erase("pre_tokenizer");
    pieces["normalizer"] = {{"type", "Sequence"},
                            {"normalizers",
                             {{{"type", "Prepend"}, {"prepend", "\u2581"}},
                              {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}}}}};
    pieces["model"]["byte_fallback"] = true;
    for (int i = 0; i < 256; ++i) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(i));
        pieces["model"]["vocab"][name] = 50 + i;
    }
    pieces["decoder"] = {{"type", "Sequence"},
                         {"decoders",
                          {{{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
                           {{"type", "ByteFallback"}},
                           {{"type", "Fuse"}},
                           {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}};
    return {plain, more.dump(), pieces.dump()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto tokenizer = openJsonTokenizer(writeInput("tokenizer.json", textOf(data, size)));
    if (!isAccepted(tokenizer))
        return 0;
    (void)(*tokenizer)->prefix();
    for (const char *text :
         {"", "ab abc  ba", "<s>a<mask> \xE4\xB8\xAD\xF0\x9F\x98\x80 1234\n\n", "\xFF\xC0"}) {
        const auto ids = (*tokenizer)->encode(text);
        if (!isValue(ids))
            continue;
        for (const TokenId id : *ids)
            FUZZ_CHECK(id >= 0 && static_cast<std::size_t>(id) < (*tokenizer)->size());
        (void)(*tokenizer)->decode(*ids);
    }
    const std::vector<TokenId> odd {-1, 0, 27, 40, 1'000'000'000, std::numeric_limits<TokenId>::min()};
    (void)(*tokenizer)->decode(odd);
    return 0;
}
