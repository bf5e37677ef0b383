// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Coding weights to ggml's block types, one thread, beside llama.cpp's own ggml_quantize_chunk where its
// library is there (resources/scripts/fetch-llamacpp.sh). Million weights a second of processor time, so that
// other programs count little; the best of several rounds, in turn.
#include "core/llm/ggmltype.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <dlfcn.h>

using namespace qs;

namespace {

constexpr std::int64_t kRow = 2048;
constexpr std::int64_t kRows = 128;
constexpr int kRounds = 5;

using QuantizeChunk
    = std::size_t (*)(int, const float *, void *, std::int64_t, std::int64_t, std::int64_t, const float *);

QuantizeChunk findReference()
{
    const char *deps = std::getenv("QS_DEPS_DIR");
    const char *home = std::getenv("HOME");
    const std::string root = deps ? deps : std::string(home ? home : "") + "/.cache/quantstudio";
    void *library = ::dlopen((root + "/llamacpp-3.22.1/libggml-base.so").c_str(), RTLD_NOW);
    if (!library)
        return nullptr;
    struct InitParams // fills the tables for half precision
    {
        std::size_t size;
        void *buffer;
        bool noAlloc;
    };
    if (const auto init = reinterpret_cast<void *(*)(InitParams)>(::dlsym(library, "ggml_init")))
        init({1 << 16, nullptr, true});
    return reinterpret_cast<QuantizeChunk>(::dlsym(library, "ggml_quantize_chunk"));
}

template <typename Work> double secondsOf(Work work)
{
    timespec start {};
    timespec end {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    work();
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return double(end.tv_sec - start.tv_sec) + 1e-9 * double(end.tv_nsec - start.tv_nsec);
}

} // namespace

int main()
{
    std::mt19937 generator(1);
    std::normal_distribution<float> normal(0.F, 0.02F);
    std::vector<float> x(kRow * kRows);
    std::generate(x.begin(), x.end(), [&] { return normal(generator); });
    std::vector<float> importance(kRow);
    std::generate(importance.begin(), importance.end(), [&] { return std::abs(normal(generator)) + 1e-4F; });
    const QuantizeChunk reference = findReference();
    std::printf("%-6s %-10s %12s %12s %8s   million weights/s of one thread\n", "type", "importance", "ours",
                "llama.cpp", "ratio");
    for (const GgmlTraits &traits : ggmlTypes()) {
        if (!traits.isQuantized || !traits.quantize)
            continue;
        std::vector<std::byte> out(static_cast<std::size_t>(traits.bytesFor(kRow * kRows)));
        for (const float *weights :
             {static_cast<const float *>(nullptr), static_cast<const float *>(importance.data())}) {
            double ours = 1e9;
            double theirs = 1e9;
            for (int round = 0; round < kRounds; ++round) {
                ours = std::min(
                    ours, secondsOf([&] { traits.quantize(x.data(), out.data(), kRows, kRow, weights); }));
                if (reference)
                    theirs = std::min(theirs, secondsOf([&] {
                                          reference(static_cast<int>(traits.type), x.data(), out.data(), 0,
                                                    kRows, kRow, weights);
                                      }));
            }
            const double million = 1e-6 * double(kRow * kRows);
            if (reference)
                std::printf("%-6s %-10s %12.1f %12.1f %8.2f\n", std::string(traits.name).c_str(),
                            weights ? "yes" : "no", million / ours, million / theirs, theirs / ours);
            else
                std::printf("%-6s %-10s %12.1f %12s\n", std::string(traits.name).c_str(),
                            weights ? "yes" : "no", million / ours, "not there");
        }
    }
}
