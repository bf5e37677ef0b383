// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/atomicfile.h"
#include "core/base/random.h"
#include "core/llm/floatmath.h"
#include "core/llm/safetensorswriter.h"
#include "core/llm/weightsource.h"

#include <QtGlobal>

#include <functional>

/// A Llama, or a decoder of another family, of random weights in a Hugging Face folder; for programs that
/// link qs_llm.
namespace qs::test {

struct TinyLlama
{
    std::int64_t hidden = 64;
    std::int64_t intermediate = 128;
    std::int64_t layers = 2;
    std::int64_t vocabulary = 96; ///< of which a to z and some pairs are in the tokenizer
    DType type = DType::Float16;
    float spread = 0.1F; ///< deviation of the weights and biases of blocks
    std::uint64_t seed = 7;
    nlohmann::json more = nlohmann::json::object(); ///< further keys of config.json, of another family too
    /// May change a tensor before it is written, or add to the list.
    std::function<void(std::vector<NamedTensor> &)> change = [](std::vector<NamedTensor> &) {};
};

inline nlohmann::json tinyTokenizer()
{
    nlohmann::json vocabulary = nlohmann::json::object();
    for (int i = 0; i < 26; ++i)
        vocabulary[std::string(1, static_cast<char>('a' + i))] = i;
    vocabulary["Ġ"] = 26;
    vocabulary["ab"] = 27;
    return {{"pre_tokenizer", {{"type", "ByteLevel"}, {"use_regex", true}}},
            {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", {"a b"}}}}};
}

inline std::filesystem::path makeTinyLlama(const std::filesystem::path &folder, const TinyLlama &what = {})
{
    std::filesystem::create_directories(folder);
    nlohmann::json config {{"architectures", {"LlamaForCausalLM"}},
                           {"model_type", "llama"},
                           {"hidden_size", what.hidden},
                           {"intermediate_size", what.intermediate},
                           {"num_hidden_layers", what.layers},
                           {"num_attention_heads", 4},
                           {"num_key_value_heads", 2},
                           {"max_position_embeddings", 64},
                           {"vocab_size", what.vocabulary},
                           {"rms_norm_eps", 1e-5},
                           {"tie_word_embeddings", false},
                           {"torch_dtype", "float16"}};
    config.update(what.more);
    bool isWritten = writeFileAtomically(folder / "config.json", config.dump()).ok()
        && writeFileAtomically(folder / "tokenizer.json", tinyTokenizer().dump()).ok();
    const LlmConfig read = parseLlmConfig(config.dump()).value();
    Random random(what.seed);
    std::vector<NamedTensor> tensors;
    const auto add = [&](const std::string &name, Shape shape, float scale, float offset = 0) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (float &value : values)
            value = random.normal() * scale + offset;
        tensors.push_back({name, tensorFromFloats(what.type, shape, values)});
    };
    add("model.embed_tokens.weight", {what.vocabulary, what.hidden}, 1);
    add("lm_head.weight", {what.vocabulary, what.hidden}, 0.3F);
    add("model.norm.weight", {what.hidden}, 0.1F, 1);
    for (std::int64_t layer = 0; layer < what.layers; ++layer) {
        for (const char *norm : {"input_layernorm.weight", "post_attention_layernorm.weight"})
            add(layerTensor(layer, norm), {what.hidden}, 0.3F, 1);
        for (const LinearShape &shape : linearsOf(read)) {
            add(moduleName(layer, shape.role) + ".weight", {shape.out, shape.in}, what.spread);
            if (shape.hasBias)
                add(moduleName(layer, shape.role) + ".bias", {shape.out}, what.spread);
        }
        if (read.hasQkNorm) {
            for (const char *norm : {"self_attn.q_norm.weight", "self_attn.k_norm.weight"})
                add(layerTensor(layer, norm), {read.headDim}, 0.3F, 1);
        }
    }
    what.change(tensors);
    isWritten = isWritten && writeSafetensors(folder / "model.safetensors", tensors).ok();
    if (!isWritten)
        qFatal("the model could not be written");
    return folder;
}

inline std::vector<std::int32_t> tinyTokens(std::size_t count, std::int64_t vocabulary = 96)
{
    Random random(4);
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(vocabulary))));
    return tokens;
}

} // namespace qs::test
