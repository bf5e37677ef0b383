// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qs {

/// SHA-256 of a stream of bytes (FIPS 180-4). Fingerprints of models, data and statistics are made with it.
class Sha256
{
public:
    Sha256 &update(std::span<const std::byte> bytes);
    Sha256 &update(std::string_view text) { return update(std::as_bytes(std::span(text))); }
    /// \a value as 8 little-endian bytes; keeps neighbouring texts apart when their lengths are hashed too.
    Sha256 &updateNumber(std::uint64_t value);
    /// The length of \a text, then \a text: "ab","c" and "a","bc" differ.
    Sha256 &updateField(std::string_view text);

    /// 64 lower-case hex digits of everything so far; more may follow.
    std::string hexDigest() const;

private:
    void block(const std::byte *bytes);

    std::array<std::uint32_t, 8> m_state {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> m_pending {};
    std::uint64_t m_length = 0;
};

std::string sha256Hex(std::string_view bytes);

} // namespace qs
