// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

#include <nlohmann/json.hpp>

namespace qs {

/// Everything of a run but its models and statistics, complete enough to be shown again. Numbers that JSON
/// has no word for are the strings "inf", "-inf" and "nan".
nlohmann::json runToJson(const Run &run);

/// What runToJson() wrote. Quantized::source, prepared, model and statistics are left null. Throws
/// nlohmann::json::exception or std::invalid_argument where \a json is not such a run.
struct RunFigures
{
    std::string name;
    Quantized quantized;
    std::shared_ptr<const Evaluation> evaluation;
    std::shared_ptr<const Drift> drift;
};
RunFigures runFromJson(const nlohmann::json &json);

} // namespace qs
