// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/findingjson.h"

#include <nlohmann/json.hpp>

namespace qs {

nlohmann::json toJson(const std::vector<Finding> &findings)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Finding &finding : findings)
        list.push_back({{"severity", toString(finding.severity)},
                        {"code", finding.code},
                        {"subject", finding.subject},
                        {"detail", finding.detail}});
    return list;
}

} // namespace qs
