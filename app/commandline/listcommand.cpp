// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/calibration/observer.h"
#include "core/data/presets.h"
#include "core/strategies/strategy.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

nlohmann::json paramsJson(const std::vector<ParamSpec> &specs)
{
    nlohmann::json list = nlohmann::json::array();
    for (const ParamSpec &spec : specs) {
        nlohmann::json entry {{"key", spec.key}, {"title", spec.title}, {"help", spec.help}};
        std::visit([&entry](const auto &value) { entry["default"] = value; }, spec.defaultValue);
        if (spec.minimum != spec.maximum)
            entry["range"] = {spec.minimum, spec.maximum};
        if (!spec.choices.empty())
            entry["choices"] = spec.choices;
        list.push_back(std::move(entry));
    }
    return list;
}

template <typename Items> nlohmann::json describe(const Items &items)
{
    nlohmann::json list = nlohmann::json::array();
    for (const auto &item : items) {
        nlohmann::json entry {{"id", item.id}, {"title", item.title}, {"help", item.help}};
        if constexpr (requires { item.params; })
            entry["parameters"] = paramsJson(item.params);
        if constexpr (requires { item.preprocessing; })
            entry["preprocessing"] = toJson(item.preprocessing);
        list.push_back(std::move(entry));
    }
    return list;
}

std::string textOf(const nlohmann::json &list)
{
    std::vector<std::vector<std::string>> rows;
    for (const nlohmann::json &entry : list) {
        rows.push_back({entry["id"], entry["title"]});
        rows.push_back({"", "  " + entry["help"].get<std::string>()});
        for (const nlohmann::json &parameter : entry.value("parameters", nlohmann::json::array()))
            rows.push_back({"",
                            "  --set " + parameter["key"].get<std::string>() + "="
                                + parameter["default"].dump() + "   "
                                + parameter["help"].get<std::string>()});
    }
    return formatTable(rows);
}

} // namespace

CommandBody setUpList(CLI::App &app)
{
    const auto what = std::make_shared<std::string>();
    app.add_option("what", *what, "strategies, targets, observers or presets")
        ->required()
        ->check(CLI::IsMember({"strategies", "targets", "observers", "presets"}));
    return [what](JobContext &) -> Result<CommandOutput> {
        nlohmann::json list;
        if (*what == "strategies")
            list = describe(builtinStrategies().all());
        else if (*what == "targets")
            list = describe(builtinTargets().all());
        else if (*what == "observers")
            list = describe(builtinObservers().all());
        else
            list = describe(preprocessingPresets());
        CommandOutput output;
        output.json[*what] = list;
        output.text = textOf(list);
        return output;
    };
}

} // namespace qs
