// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace qs {

/// Levels of arrays and objects that are read. The library copies, compares and writes values by recursion,
/// so a file of brackets alone would take the whole stack.
inline constexpr int kMaxJsonDepth = 64;
/// Whether arrays and objects of \a text, which need be no JSON, are nested deeper than kMaxJsonDepth.
bool isNestedTooDeep(std::string_view text);

/// The JSON \a text of a file; is_discarded() when it is none or nested too deep.
template <typename Json = nlohmann::json> Json parseJson(std::string_view text)
{
    return isNestedTooDeep(text) ? Json(nlohmann::detail::value_t::discarded)
                                 : Json::parse(text, nullptr, false);
}

} // namespace qs
