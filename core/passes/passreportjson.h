// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/pass.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

/// A list of {pass, changes, milliseconds, findings}: the same in reports and projects.
nlohmann::json toJson(const std::vector<PassReport> &passes);

} // namespace qs
