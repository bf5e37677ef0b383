// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs a fuzz target without a fuzzer: its seeds, each of them cut short, and a fixed number of mutations,
// the same ones every time.
//   fuzz_NAME [FILE…]   the files instead; an input that ends the program is left in fuzz_NAME.crash
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/mutate.h"

#include <csignal>

#include <fcntl.h>

using namespace qs;
using namespace qs::test;

namespace {

constexpr int kMutations = QS_FUZZ_MUTATIONS;
constexpr std::size_t kMostCuts = 400;
constexpr std::size_t kMemory = std::size_t {256} << 20;

std::string input;
std::string crashFile;

extern "C" void keepInput(int signal)
{
    const int file = ::open(crashFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file >= 0 && ::write(file, input.data(), input.size()) >= 0)
        ::close(file);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(std::string bytes)
{
    input = std::move(bytes);
    // Exactly as large as the input, so that a sanitizer sees every step beyond it.
    const std::vector<std::uint8_t> exact(input.begin(), input.end());
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

} // namespace

int main(int argc, char **argv)
{
    crashFile = std::string(argv[0]) + ".crash";
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL})
        std::signal(signal, keepInput);
    for (int i = 1; i < argc; ++i)
        run(contentOf(argv[i]));
    if (argc > 1)
        return 0;
    const std::vector<std::string> seeds = fuzzSeeds();
    limitMemory(kMemory);
    for (const std::string &seed : seeds) {
        const std::uint64_t accepted = fuzzCounts.accepted;
        run(seed);
        FUZZ_CHECK(fuzzCounts.accepted == accepted + 1); // else nothing behind the first check is tried
    }
    const std::uint64_t good = fuzzCounts.accepted;
    FUZZ_CHECK(!seeds.empty() && fuzzCounts.refused == 0);
    for (const std::string &seed : seeds) {
        const std::size_t step = seed.size() / kMostCuts + 1;
        for (std::size_t size = 0; size < seed.size(); size += step)
            run(seed.substr(0, size));
    }
    Random random(17);
    for (int i = 0; i < kMutations; ++i) {
        const std::string &seed = seeds[static_cast<std::size_t>(i) % seeds.size()];
        // Most of the damage goes where structure is, which is at the start of most formats.
        const std::size_t part = random.below(2) ? 0 : std::min<std::size_t>(seed.size(), 512);
        run(damaged(seed, part, random));
    }
    std::printf("%llu inputs, %llu of them refused\n",
                static_cast<unsigned long long>(fuzzCounts.accepted + fuzzCounts.refused),
                static_cast<unsigned long long>(fuzzCounts.refused));
    FUZZ_CHECK(fuzzCounts.refused > 0 && fuzzCounts.accepted > good);
    return 0;
}
