// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qs {

/// RFC 4648, section 4, with padding and without line breaks.
std::string toBase64(std::span<const std::uint8_t> bytes);
/// Null when \a text is not what toBase64() writes.
std::optional<std::vector<std::uint8_t>> fromBase64(std::string_view text);

} // namespace qs
