// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What each way to quantize a language model costs: size, perplexity, divergence from the original, and the
// time it took. Each line is of a folder that was written, read back and run; the absmax line, which no file
// format is for, of the original with its weights rounded. Ends with what must hold of the figures and exit
// code 1 where it does not.
//   bench_llmquality [WINDOWS] [MODEL TEXT CALIBRATION]    0 windows = the whole text; llama-tiny when no
//   model is named
#include "core/base/atomicfile.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/perplexity.h"
#include "core/llm/tokenizer.h"
#include "tests/bench/require.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>

using namespace qs;
namespace fs = std::filesystem;

namespace {

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

/// The original with its Linears rounded to -7…7, a scale of the largest magnitude / 7 for 64 neighbours:
/// what NF4 is compared with in its paper (Dettmers et al. 2023, "Int4").
class Absmax : public WeightSource
{
public:
    explicit Absmax(WeightSourcePtr original)
        : m_original(std::move(original))
    { }

    const LlmConfig &config() const override { return m_original->config(); }
    std::string name() const override { return m_original->name(); }
    std::uint64_t storedBytes() const override { return m_original->storedBytes(); }
    bool contains(const std::string &tensor) const override { return m_original->contains(tensor); }
    Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                          bool hasBias) const override
    {
        QS_TRY(Linear linear, m_original->linear(module, out, in, hasBias));
        const std::span<float> values(linear.weight.values);
        for (std::size_t first = 0; first < values.size(); first += kBlock) {
            const auto block = values.subspan(first, std::min(kBlock, values.size() - first));
            float scale = 0;
            for (const float value : block)
                scale = std::max(scale, std::abs(value) / 7);
            for (float &value : block)
                value = scale > 0 ? std::nearbyint(value / scale) * scale : 0;
        }
        return linear;
    }
    Result<std::vector<float>> vector(const std::string &tensor, std::int64_t size) const override
    {
        return m_original->vector(tensor, size);
    }
    Result<Matrix> embeddings(std::span<const std::int32_t> ids) const override
    {
        return m_original->embeddings(ids);
    }
    Result<Linear> head() const override { return m_original->head(); }

private:
    static constexpr std::size_t kBlock = 64;
    WeightSourcePtr m_original;
};

bool holds(bool condition, const char *what)
{
    std::printf("%s  %s\n", condition ? "holds" : "FAILS", what);
    return condition;
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
    std::map<std::string, PerplexityResult> results;
    const auto measure = [&](const char *name, const WeightSource &quantized, std::uint64_t bytes,
                             double bits, double used) {
        const std::clock_t evaluation = std::clock();
        const auto result = require(measurePerplexity(quantized, tokens, perplexity, original.get(), job));
        const PredictionDivergence &d = *result.divergence;
        std::printf("%-34s %10llu %6.3f %9.4f %+12.6f ± %.6f %9.6f %8.4f %7.1f %7.1f\n", name,
                    static_cast<unsigned long long>(bytes), bits, result.perplexity, d.nllDifference,
                    d.nllDifferenceError, d.mean, d.sameTop.estimate, used,
                    double(std::clock() - evaluation) / CLOCKS_PER_SEC);
        std::fflush(stdout);
        results[name] = result;
    };
    measure("absmax 4 bit, blocks of 64", Absmax(original), 0, 4.5, 0);
    for (const Case &entry : cases()) {
        const std::clock_t start = std::clock();
        const auto report = require(quantizeCheckpoint(model, folder, entry.options, calibrationTokens, job));
        const double used = double(std::clock() - start) / CLOCKS_PER_SEC;
        measure(entry.name, *require(openCheckpoint(folder)), report.sizeBytes, report.bitsPerWeight, used);
    }
    fs::remove_all(folder);
    const auto cost = [&](const char *name) { return results.at(name).divergence->nllDifference; };
    const double rtn = cost("RTN 4 bit g128");
    const double int8 = results.at("LLM.int8").perplexity;
    const double floating = std::exp(results.at("LLM.int8").divergence->referenceNll);
    bool isGood = holds(cost("GPTQ 4 bit g128") < rtn, "GPTQ costs less than rounding to nearest");
    isGood &= holds(cost("AWQ 4 bit g128") < rtn, "AWQ costs less than rounding to nearest");
    isGood &= holds(cost("GPTQ 4 bit g128 act-order") <= 0.7 * rtn,
                    "GPTQ with activation order costs 30 % less than rounding to nearest");
    isGood &= holds(cost("NF4 double") < cost("absmax 4 bit, blocks of 64"), "NF4 costs less than absmax");
    isGood &= holds(std::abs(int8 / floating - 1) < 0.001, "LLM.int8 is within 0.1 % of the perplexity");
    return isGood ? 0 : 1;
}
