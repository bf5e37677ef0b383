// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "core/evaluation/evaluation.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

/// The complete figures, for project files; toJson() in core/evaluation writes the summary for programs.
/// Numbers that JSON has no word for are the strings "inf", "-inf" and "nan". Reading throws
/// nlohmann::json::exception or std::invalid_argument on what does not fit.
nlohmann::json figuresToJson(const Evaluation &evaluation);
Evaluation evaluationFromJson(const nlohmann::json &json);

nlohmann::json figuresToJson(const Drift &drift);
Drift driftFromJson(const nlohmann::json &json);

} // namespace qs
