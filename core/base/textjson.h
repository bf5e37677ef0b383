// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

/// Writes \a text into \a object: \a key is the plain English line, for scripts; a sentence has its parts
/// under
/// "<key>_parts" as well: {"pattern": …, "arguments": […], "count": …}, where a literal argument is a string.
void writeText(nlohmann::json &object, const std::string &key, const Text &text);

/// What writeText() wrote. Parts that are missing, damaged or say something else than the line (somebody
/// edited it) are left aside, and the line is a literal. Throws json::exception where \a key is not a string.
Text readText(const nlohmann::json &object, const std::string &key);

} // namespace qs
