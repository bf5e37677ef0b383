// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>

/// Replaces operator new, so that a test can tell how much memory a call took at its peak. What is mapped,
/// and what C libraries take, is not counted. For one file of a test program.
namespace qs::test {

inline std::atomic<std::int64_t> gHeapBytes = 0;
inline std::atomic<std::int64_t> gHeapPeak = 0;

/// Largest growth of the heap while \a work runs.
template <typename Work> std::uint64_t heapPeakOf(Work work)
{
    const std::int64_t before = gHeapBytes;
    gHeapPeak = before;
    work();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(gHeapPeak - before, 0));
}

} // namespace qs::test

void *operator new(std::size_t size)
{
    void *memory = std::malloc(std::max<std::size_t>(size, 1));
    if (!memory)
        throw std::bad_alloc();
    const auto bytes = static_cast<std::int64_t>(malloc_usable_size(memory));
    const std::int64_t now = qs::test::gHeapBytes += bytes;
    std::int64_t peak = qs::test::gHeapPeak;
    while (now > peak && !qs::test::gHeapPeak.compare_exchange_weak(peak, now)) { }
    return memory;
}

void operator delete(void *memory) noexcept
{
    qs::test::gHeapBytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
    std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
    operator delete(memory);
}
