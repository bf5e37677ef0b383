// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace qs {

/// Numbers that look random and are the same on every machine and with every library, unlike those of
/// <random>'s distributions. xoshiro256** 1.0 (Blackman and Vigna, 2018) seeded through SplitMix64. Not for
/// secrets.
class Random
{
public:
    /// Streams with different \a seed or \a stream are unrelated.
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
    {
        std::uint64_t state = seed;
        state = splitMix(state) ^ (stream * 0xD1342543DE82EF95U);
        for (std::uint64_t &word : m_state)
            word = splitMix(state);
    }

    std::uint64_t next()
    {
        const std::uint64_t result = std::rotl(m_state[1] * 5, 7) * 9;
        const std::uint64_t shifted = m_state[1] << 17;
        m_state[2] ^= m_state[0];
        m_state[3] ^= m_state[1];
        m_state[1] ^= m_state[2];
        m_state[0] ^= m_state[3];
        m_state[2] ^= shifted;
        m_state[3] = std::rotl(m_state[3], 45);
        return result;
    }

    /// 0 to \a end - 1; the bias is below 2^-32 for ends below 2^32. \a end must not be 0.
    std::uint64_t below(std::uint64_t end) { return next() % end; }
    /// 0 to 1 - 2^-53.
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    /// Mean 0, deviation 1, between -6 and 6: the sum of twelve even 16-bit numbers. Exact arithmetic, where
    /// a logarithm would differ between C libraries.
    float normal()
    {
        std::int64_t sum = 0;
        for (int i = 0; i < 3; ++i) {
            const std::uint64_t bits = next();
            for (int shift = 0; shift < 64; shift += 16)
                sum += static_cast<std::int64_t>((bits >> shift) & 0xFFFF);
        }
        // Twelve times the mean of 0..65535 is 393210.
        return static_cast<float>(sum - 393210) * 0x1p-16F;
    }

private:
    static std::uint64_t splitMix(std::uint64_t &state)
    {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31);
    }

    std::array<std::uint64_t, 4> m_state {};
};

} // namespace qs
