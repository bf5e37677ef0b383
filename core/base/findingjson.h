// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace qs {

/// A list of {severity, code, subject, detail, detail_parts}, see writeText(): the same in reports, projects
/// and the command line's output.
nlohmann::json toJson(const std::vector<Finding> &findings);

} // namespace qs
