// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passreportjson.h"

#include "core/base/findingjson.h"

#include <nlohmann/json.hpp>

namespace qs {

nlohmann::json toJson(const std::vector<PassReport> &passes)
{
    nlohmann::json list = nlohmann::json::array();
    for (const PassReport &report : passes)
        list.push_back({{"pass", report.pass},
                        {"changes", report.changes},
                        {"milliseconds", report.milliseconds},
                        {"findings", toJson(report.findings)}});
    return list;
}

} // namespace qs
