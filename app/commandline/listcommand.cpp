// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/calibration/observer.h"
#include "core/data/presets.h"
#include "core/llm/llmstrategy.h"
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

nlohmann::json typesJson(const std::set<DType> &types)
{
    nlohmann::json list = nlohmann::json::array();
    for (const DType type : types)
        list.push_back(toString(type));
    return list;
}

/// What a target's files may hold, and what it likes best.
nlohmann::json accepts(const Target &target)
{
    return {{"activation_types", typesJson(target.activationTypes)},
            {"weight_types", typesJson(target.weightTypes)},
            {"preferred_activation", toString(target.activation.type)},
            {"preferred_weight", toString(target.weight.type)},
            {"symmetric_activations_only", !target.asymmetricActivations},
            {"per_channel_weights", target.perChannelWeights},
            {"seven_bit_weights", bitsOf(target.weight) == 7},
            {"fewer_activation_bits", target.clipsIntegers},
            {"integer_bias", target.integerBias},
            {"pairs", target.gridPlacement == GridPlacement::OnInputs ? "on inputs" : "around operators"},
            {"fixed_shapes_only", target.staticShapesOnly},
            {"integer_operators", target.integerOps},
            {"moving_operators", target.sameGridOps},
            {"dynamic_operators", target.dynamicOps}};
}

template <typename Items> nlohmann::json describe(const Items &items)
{
    nlohmann::json list = nlohmann::json::array();
    for (const auto &item : items) {
        nlohmann::json entry {{"id", item.id}, {"title", item.title}, {"help", item.help}};
        if constexpr (requires { item.params; })
            entry["parameters"] = paramsJson(item.params);
        if constexpr (requires { item.activationTypes; })
            entry["accepts"] = accepts(item);
        if constexpr (requires { item.preprocessing; })
            entry["preprocessing"] = toJson(item.preprocessing);
        list.push_back(std::move(entry));
    }
    return list;
}

std::string joined(const nlohmann::json &list)
{
    std::string text;
    for (const nlohmann::json &item : list)
        text += (text.empty() ? "" : " / ") + item.get<std::string>();
    return text;
}

std::string textOf(const nlohmann::json &list)
{
    std::vector<std::vector<std::string>> rows;
    for (const nlohmann::json &entry : list) {
        rows.push_back({entry["id"], entry["title"]});
        rows.push_back({"", "  " + entry["help"].get<std::string>()});
        if (entry.contains("accepts"))
            rows.push_back({"",
                            "  activations " + joined(entry["accepts"]["activation_types"]) + "; weights "
                                + joined(entry["accepts"]["weight_types"])
                                + (entry["accepts"]["per_channel_weights"] ? " per channel" : " per tensor")
                                + "; pairs " + entry["accepts"]["pairs"].get<std::string>()});
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
        if (*what == "strategies") {
            list = describe(builtinStrategies().all());
            for (nlohmann::json &entry : describe(builtinLlmStrategies().all()))
                list.push_back(std::move(entry));
        } else if (*what == "targets")
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
