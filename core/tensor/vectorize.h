// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// Compiles a function for several instruction sets and picks one when the program starts. The loops inside
/// have a constant trip count and no aliasing, because GCC vectorizes nothing else at -O2. Sanitizers are not
/// ready yet when the loader resolves such functions; elsewhere than on x86-64 the baseline has vectors.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)                    \
    && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QS_VECTORIZE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define QS_VECTORIZE
#endif
#define QS_INLINE [[gnu::always_inline]] inline

namespace qs {

/// Elements that a vectorized loop takes at a time.
inline constexpr std::size_t kVectorBlock = 64;

/// Floats as integers that sort like them, infinities and NaNs outside of all finite numbers. Integer minima
/// and maxima vectorize without relaxing the rules for floats.
constexpr std::int32_t sortKey(std::int32_t floatBits)
{
    return floatBits ^ ((floatBits >> 31) & 0x7FFFFFFF);
}
constexpr std::int32_t sortKey(float x)
{
    return sortKey(std::bit_cast<std::int32_t>(x));
}
/// The float of a key: the mapping is its own inverse.
constexpr float fromSortKey(std::int32_t key)
{
    return std::bit_cast<float>(sortKey(key));
}

} // namespace qs
