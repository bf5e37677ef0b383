// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// config.json of a model whose other files are good.
#include "core/llm/block.h"
#include "core/llm/checkpointview.h"
#include "core/llm/llmquantizer.h"
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/tinyllama.h"

using namespace qs;
using namespace qs::test;

namespace {

std::filesystem::path modelFolder()
{
    return fuzzFolder() / "m";
}

} // namespace

std::vector<std::string> qs::test::fuzzSeeds()
{
    using Json = nlohmann::json;
    makeTinyLlama(modelFolder());
    const std::string plain = contentOf(modelFolder() / "config.json");
    Json scaled = Json::parse(plain);
    scaled["rope_scaling"] = {{"rope_type", "llama3"},
                              {"factor", 8.0},
                              {"low_freq_factor", 1.0},
                              {"high_freq_factor", 4.0},
                              {"original_max_position_embeddings", 32}};
    Json qwen = Json::parse(plain);
    qwen.update({{"model_type", "qwen2"}, {"use_sliding_window", true}, {"sliding_window", 16}});
    Json gemma = Json::parse(plain);
    gemma.update({{"model_type", "gemma2"},
                  {"head_dim", 16},
                  {"query_pre_attn_scalar", 16},
                  {"attn_logit_softcapping", 50.0},
                  {"final_logit_softcapping", 30.0},
                  {"sliding_window", 8},
                  {"hidden_activation", "gelu_pytorch_tanh"}});
    std::vector<std::string> seeds {plain, scaled.dump(), qwen.dump(), gemma.dump()};
    for (const LlmMethod method : {LlmMethod::Rtn, LlmMethod::Nf4}) {
        LlmQuantizeOptions options;
        options.method = method;
        options.scheme.groupSize = 32;
        JobContext job;
        const std::filesystem::path folder = fuzzFolder() / "q";
        FUZZ_CHECK(isValue(quantizeCheckpoint(modelFolder(), folder, options, {}, job)));
        seeds.push_back(contentOf(folder / "config.json"));
    }
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    [[maybe_unused]] static const auto model = fuzzSeeds();
    writeInput("m/config.json", textOf(data, size));
    const auto config = readLlmConfig(modelFolder());
    if (!isAccepted(config))
        return 0;
    for (const LinearShape &shape : linearsOf(*config))
        FUZZ_CHECK(shape.in > 0 && shape.out > 0);
    if (config->rotaryDim < 4096)
        (void)ropeFrequencies(*config, std::min<std::int64_t>(config->maxPositions, 64));
    (void)isValue(viewCheckpoint(modelFolder()));
    if (const auto opened = openCheckpoint(modelFolder()); isValue(opened))
        (void)isValue(loadBlock(**opened, 0));
    return 0;
}
