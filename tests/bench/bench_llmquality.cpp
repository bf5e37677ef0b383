// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What each way to quantize a language model costs: size, perplexity, divergence from the original, and the
// time it took. Each line is of a folder that was written, read back and run.
//   bench_llmquality [WINDOWS] [MODEL TEXT CALIBRATION]    0 windows = the whole text; llama-tiny when no
//   model is named
#include "core/base/atomicfile.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/perplexity.h"
#include "core/llm/tokenizer.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

using namespace qs;
namespace fs = std::filesystem;

namespace {

template <typename T> T require(Result<T> result)
{
    if (!result.ok()) {
        std::fprintf(stderr, "%s\n", result.error().message().c_str());
        std::exit(1);
    }
    return std::move(result).value();
}

struct Case
{
    const char *name;
    LlmQuantizeOptions options;
};

LlmQuantizeOptions options(LlmMethod method, int bits = 4, bool isSymmetric = true)
{
    LlmQuantizeOptions made;
    made.method = method;
    made.scheme.bits = bits;
    made.scheme.isSymmetric = isSymmetric;
    return made;
}

std::vector<Case> cases()
{
    std::vector<Case> list;
    list.push_back({"RTN 4 bit g128", options(LlmMethod::Rtn)});
    list.push_back({"RTN 4 bit g128 asym", options(LlmMethod::Rtn, 4, false)});
    list.push_back({"RTN 3 bit g128", options(LlmMethod::Rtn, 3)});
    list.push_back({"RTN 8 bit g128", options(LlmMethod::Rtn, 8)});
    Case absmax {"RTN 4 bit g64", options(LlmMethod::Rtn)};
    absmax.options.scheme.groupSize = 64;
    list.push_back(absmax);
    list.push_back({"GPTQ 4 bit g128", options(LlmMethod::Gptq)});
    Case ordered {"GPTQ 4 bit g128 act-order", options(LlmMethod::Gptq)};
    ordered.options.usesActOrder = true;
    ordered.options.hasStaticGroups = false;
    list.push_back(ordered);
    ordered.name = "GPTQ 4 bit g128 act-order static";
    ordered.options.hasStaticGroups = true;
    list.push_back(ordered);
    list.push_back({"GPTQ 3 bit g128", options(LlmMethod::Gptq, 3)});
    list.push_back({"AWQ 4 bit g128", options(LlmMethod::Awq)});
    list.push_back({"HQQ 4 bit g128", options(LlmMethod::Hqq)});
    list.push_back({"NF4 double", options(LlmMethod::Nf4)});
    list.push_back({"FP4 double", options(LlmMethod::Fp4)});
    list.push_back({"LLM.int8", options(LlmMethod::Int8)});
    return list;
}

} // namespace

int main(int argc, char **argv)
{
    const fs::path shared = QS_SHARED_DIR;
    const fs::path model = argc > 4 ? fs::path(argv[2]) : shared / "models" / "llama-tiny";
    const fs::path text = argc > 4 ? fs::path(argv[3]) : shared / "data" / "llama-tiny" / "valid.txt";
    const fs::path calibration
        = argc > 4 ? fs::path(argv[4]) : shared / "data" / "llama-tiny" / "train-sample.txt";
    JobContext job;
    const TokenizerPtr tokenizer = require(openTokenizer(model));
    const auto tokens = require(tokenizer->encode(require(readFile(text))));
    const auto calibrationTokens = require(tokenizer->encode(require(readFile(calibration))));
    const WeightSourcePtr original = require(openCheckpoint(model));
    PerplexityOptions perplexity;
    perplexity.maxWindows = argc > 1 ? static_cast<std::size_t>(std::atoll(argv[1])) : 0;
    const fs::path folder
        = fs::temp_directory_path() / ("qs-bench-llm-" + std::to_string(std::time(nullptr)));

    std::printf("%-34s %10s %6s %9s %22s %9s %8s %7s %7s\n", "method", "bytes", "bits", "perplex.",
                "nll increase", "KLD", "same top", "cpu s", "eval s");
    for (const Case &entry : cases()) {
        const std::clock_t start = std::clock();
        const auto report = require(quantizeCheckpoint(model, folder, entry.options, calibrationTokens, job));
        const double used = double(std::clock() - start) / CLOCKS_PER_SEC;
        const std::clock_t evaluation = std::clock();
        const WeightSourcePtr quantized = require(openCheckpoint(folder));
        const auto result = require(measurePerplexity(*quantized, tokens, perplexity, original.get(), job));
        const PredictionDivergence &d = *result.divergence;
        std::printf("%-34s %10llu %6.3f %9.4f %+12.6f ± %.6f %9.6f %8.4f %7.1f %7.1f\n", entry.name,
                    static_cast<unsigned long long>(report.sizeBytes), report.bitsPerWeight,
                    result.perplexity, d.nllDifference, d.nllDifferenceError, d.mean, d.sameTop.estimate,
                    used, double(std::clock() - evaluation) / CLOCKS_PER_SEC);
        std::fflush(stdout);
    }
    fs::remove_all(folder);
    return 0;
}
