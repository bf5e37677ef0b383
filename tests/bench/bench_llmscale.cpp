// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A checkpoint in the shape of Llama-3.1-8B cut to a few layers, of random weights: how fast and in how much
// memory it becomes Q4_K_M and NF4, beside llama.cpp's own quantizer, on all cores too, where its library is
// there (resources/scripts/fetch-llamacpp.sh). Each line is of a process of its own; MB/s of what is read, by
// the clock and by the processor's time, so that other programs count little. Ends with what must hold and
// exit code 1 where it does not.
//   bench_llmscale [LAYERS] [FOLDER]    4 layers take 12 GB of disk while it runs, in a new folder in FOLDER
#include "core/base/atomicfile.h"
#include "core/base/random.h"
#include "core/llm/floatmath.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/safetensorswriter.h"
#include "core/llm/weightsource.h"
#include "tests/bench/require.h"
#include "tests/support/llamapeer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::int64_t kHidden = 4096;
constexpr std::int64_t kVocabulary = 128'256;
constexpr int kRounds = 4;

std::string configText(int layers)
{
    return Json {{"architectures", {"LlamaForCausalLM"}},
                 {"model_type", "llama"},
                 {"hidden_size", kHidden},
                 {"intermediate_size", 14336},
                 {"num_hidden_layers", layers},
                 {"num_attention_heads", 32},
                 {"num_key_value_heads", 8},
                 {"max_position_embeddings", 8192},
                 {"vocab_size", kVocabulary},
                 {"rms_norm_eps", 1e-5},
                 {"rope_theta", 500000.0},
                 {"tie_word_embeddings", false},
                 {"torch_dtype", "bfloat16"}}
        .dump();
}

/// Normal values, the same again and again: what they are does not matter here, how many there are does.
Tensor randomTensor(const Shape &shape, std::size_t offset)
{
    static const std::vector<float> pool = [] {
        Random random(3);
        std::vector<float> values(1'000'003);
        for (float &value : values)
            value = 0.02F * random.normal();
        return values;
    }();
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = pool[(i + offset) % pool.size()];
    return tensorFromFloats(DType::BFloat16, shape, values);
}

void generate(const fs::path &folder, int layers)
{
    fs::create_directories(folder);
    const Json tokenizer {
        {"pre_tokenizer", {{"type", "ByteLevel"}, {"use_regex", true}}},
        {"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}}, {"merges", {"a b"}}}}};
    require(writeFileAtomically(folder / "config.json", configText(layers)));
    require(writeFileAtomically(folder / "tokenizer.json", tokenizer.dump()));
    const LlmConfig config = require(readLlmConfig(folder));
    std::vector<SafetensorsDeclaration> list;
    const auto add = [&](const std::string &name, Shape shape) {
        list.push_back({name, DType::BFloat16, std::move(shape), {}, false});
    };
    add("model.embed_tokens.weight", {kVocabulary, kHidden});
    add("lm_head.weight", {kVocabulary, kHidden});
    add("model.norm.weight", {kHidden});
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        add(layerTensor(layer, "input_layernorm.weight"), {kHidden});
        add(layerTensor(layer, "post_attention_layernorm.weight"), {kHidden});
        for (const LinearShape &shape : linearsOf(config))
            add(moduleName(layer, shape.role) + ".weight", {shape.out, shape.in});
    }
    SafetensorsWriter writer = require(SafetensorsWriter::create(folder, list));
    for (std::size_t i = 0; i < list.size(); ++i)
        require(writer.write(list[i].name, randomTensor(list[i].shape, i * 7919)));
    require(writer.finish());
}

/// What a child process does; \a kind names it.
int work(const std::string &kind, const fs::path &from, const fs::path &to)
{
    JobContext job;
    if (kind == "llama.cpp") {
        std::string why;
        const LlamaPeer *peer = LlamaPeer::find(why);
        LlamaPeer::QuantizeOptions options;
        options.threads = 0;
        return peer && peer->quantize(from, to, 15, options) ? 0 : 1; // LLAMA_FTYPE_MOSTLY_Q4_K_M
    }
    if (kind == "nf4") {
        LlmQuantizeOptions options;
        options.method = LlmMethod::Nf4;
        require(quantizeCheckpoint(from, to, options, {}, job));
        return 0;
    }
    GgufQuantizeOptions options;
    options.mix = require(requireGgufMix(kind));
    const bool isFile = fs::is_regular_file(from);
    const std::unique_ptr<GgufSource> source = isFile
        ? std::make_unique<GgufFileSource>(require(GgufFile::open(from)))
        : require(openHfFolder(from, job));
    require(quantizeGguf(*source, to, options, job));
    return 0;
}

struct Measured
{
    double seconds = 0;
    double processor = 0;
    double peak = 0; ///< bytes
};

Measured run(const char *program, const char *kind, const fs::path &from, const fs::path &to)
{
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        if (!std::freopen("/dev/null", "w", stdout)) // llama.cpp tells every tensor
            ::_exit(1);
        ::execl(program, program, "child", kind, from.c_str(), to.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    rusage used {};
    ::wait4(child, &status, 0, &used);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::fprintf(stderr, "%s failed\n", kind);
        std::exit(1);
    }
    const auto seconds
        = [](const timeval &time) { return double(time.tv_sec) + 1e-6 * double(time.tv_usec); };
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            seconds(used.ru_utime) + seconds(used.ru_stime), 1024.0 * double(used.ru_maxrss)};
}

void print(const char *what, const Measured &m, double megabytes)
{
    std::printf("%-34s %8.1f s %8.1f MB/s %8.1f MB/s of cpu %8.0f MB peak\n", what, m.seconds,
                megabytes / m.seconds, megabytes / m.processor, m.peak / 1e6);
    std::fflush(stdout);
}

bool holds(bool condition, const char *what)
{
    std::printf("%s  %s\n", condition ? "holds" : "FAILS", what);
    return condition;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 5 && std::string(argv[1]) == "child")
        return work(argv[2], argv[3], argv[4]);
    const int layers = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 4;
    const fs::path folder = (argc > 2 ? fs::path(argv[2]) : fs::temp_directory_path())
        / ("qs-bench-scale-" + std::to_string(::getpid()));
    const double needed = 5.5e9 + 1.6e9 * layers;
    if (double(fs::space(folder.parent_path()).available) < needed) {
        std::fprintf(stderr, "%s has not the %.0f GB this takes\n", folder.parent_path().c_str(),
                     needed / 1e9);
        return 1;
    }
    const fs::path model = folder / "model";
    generate(model, layers);
    const double megabytes = double(require(openCheckpoint(model))->storedBytes()) / 1e6;
    std::printf("%d layers of Llama-3.1-8B, %.0f MB in bfloat16\n", layers, megabytes);
    std::fflush(stdout); // a child must not have it in its buffer
    const fs::path half = folder / "half.gguf";
    print("folder to BF16 GGUF", run(argv[0], "BF16", model, half), megabytes);
    const Measured folderQ4 = run(argv[0], "Q4_K_M", model, folder / "ours.gguf");
    print("folder to Q4_K_M", folderQ4, megabytes);
    fs::remove(folder / "ours.gguf");
    const Measured nf4 = run(argv[0], "nf4", model, folder / "nf4");
    print("folder to NF4", nf4, megabytes);
    fs::remove_all(folder / "nf4");
    std::string why;
    const bool hasPeer = LlamaPeer::find(why) != nullptr;
    Measured ours {1e9, 1e9, 0};
    Measured theirs {1e9, 1e9, 0};
    const auto measure = [&](const char *kind, const char *file, Measured &best) {
        const Measured now = run(argv[0], kind, half, folder / file);
        best = {std::min(best.seconds, now.seconds), std::min(best.processor, now.processor),
                std::max(best.peak, now.peak)};
        fs::remove(folder / file);
    };
    // In turn, both on all cores, the best of all rounds; who comes first changes, as the disk's state does.
    for (int round = 0; round < kRounds; ++round) {
        if (round % 2 == 0)
            measure("Q4_K_M", "ours.gguf", ours);
        if (hasPeer)
            measure("llama.cpp", "theirs.gguf", theirs);
        if (round % 2 != 0)
            measure("Q4_K_M", "ours.gguf", ours);
    }
    print("GGUF to Q4_K_M", ours, megabytes);
    if (hasPeer)
        print("GGUF to Q4_K_M, llama.cpp", theirs, megabytes);
    else
        std::printf("llama.cpp: %s\n", why.c_str());
    fs::remove_all(folder);
    const double limit = std::max(1.5e9, 4.0 * double(kVocabulary * kHidden) + 0.5e9);
    bool isGood = holds(folderQ4.peak < limit && ours.peak < limit, "Q4_K_M keeps to the memory");
    isGood &= holds(nf4.peak < limit, "NF4 keeps to the memory");
    isGood &= holds(folderQ4.peak < 1.5e9 && ours.peak < 1.5e9 && nf4.peak < 1.5e9, "all of them to 1.5 GB");
    if (hasPeer)
        isGood &= holds(ours.processor <= theirs.processor,
                        "Q4_K_M takes no more of the processor than llama.cpp");
    if (hasPeer)
        isGood &= holds(ours.seconds <= theirs.seconds, "and at least as many MB/s by the clock");
    return isGood ? 0 : 1;
}
