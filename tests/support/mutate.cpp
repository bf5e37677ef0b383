// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mutate.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

namespace qs::test {
namespace {

/// Counts, sizes and offsets that go wrong: limits of types, of blocks and alignments, and their neighbours.
constexpr std::uint64_t kOdd[]
    = {0,   1,      7,          8,          31,         32,         33,         63,         64,   255,
       256, 65'536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1ULL << 32, 1ULL << 61, 1ULL << 63, ~0ULL};
constexpr const char *kOddTexts[] = {"0",
                                     "-1",
                                     "1e400",
                                     "-1e39",
                                     "2147483648",
                                     "9223372036854775807",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "0.5",
                                     "null",
                                     "true",
                                     "\"\"",
                                     "[]",
                                     "{}"};
constexpr char kMarks[] = "0123456789,:[]{}()'\"-\\/.";

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

void damage(std::string &bytes, std::size_t at, Random &random)
{
    switch (random.below(7)) {
    case 0:
        bytes[at] = static_cast<char>(random.below(256));
        return;
    case 1:
        bytes[at] = kMarks[random.below(sizeof kMarks - 1)];
        return;
    case 2: {
        const std::uint64_t value = kOdd[random.below(std::size(kOdd))];
        std::memcpy(bytes.data() + at, &value,
                    std::min<std::size_t>(random.below(2) ? 8 : 4, bytes.size() - at));
        return;
    }
    case 3: {
        const auto from = std::find_if(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), isDigit);
        const auto to = std::find_if_not(from, bytes.end(), isDigit);
        bytes.replace(from, to, kOddTexts[random.below(std::size(kOddTexts))]);
        return;
    }
    case 4:
        bytes.erase(at, 1 + random.below(16));
        return;
    case 5:
        bytes.insert(at, 1, '9');
        return;
    default:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), 1 + random.below(40)));
    }
}

} // namespace

std::string damaged(std::string bytes, std::size_t part, Random &random)
{
    for (std::uint64_t i = 0, n = 1 + random.below(3); i < n && !bytes.empty(); ++i) {
        const std::size_t end = part == 0 ? bytes.size() : std::min(part, bytes.size());
        damage(bytes, random.below(end), random);
    }
    return bytes;
}

void limitMemory([[maybe_unused]] std::size_t bytes)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    unsigned long pages = 0;
    std::FILE *file = std::fopen("/proc/self/statm", "r");
    if (!file || std::fscanf(file, "%lu", &pages) != 1)
        std::abort();
    std::fclose(file);
    const rlim_t end = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
    const rlimit limit {end, end};
    if (::setrlimit(RLIMIT_AS, &limit) != 0)
        std::abort();
#endif
}

} // namespace qs::test
