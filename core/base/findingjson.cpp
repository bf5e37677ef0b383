// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/findingjson.h"

#include "core/base/textjson.h"

#include <nlohmann/json.hpp>

namespace qs {

nlohmann::json toJson(const std::vector<Finding> &findings)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Finding &finding : findings) {
        nlohmann::json item {
            {"severity", toString(finding.severity)}, {"code", finding.code}, {"subject", finding.subject}};
        writeText(item, "detail", finding.detail);
        list.push_back(std::move(item));
    }
    return list;
}

} // namespace qs
