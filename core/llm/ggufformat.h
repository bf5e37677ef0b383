// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// Constants of the GGUF format that its reader and its writer share.
namespace qs::gguf {

inline constexpr std::uint32_t kMagic = 0x46554747; // "GGUF"
inline constexpr std::uint32_t kVersion = 3;
inline constexpr const char *kAlignmentKey = "general.alignment";
inline constexpr std::uint32_t kMaxAlignment = 1 << 20; ///< nothing needs more; padding takes memory and disk

} // namespace qs::gguf
