// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/runjson.h"

#include "core/base/base64.h"
#include "core/base/findingjson.h"
#include "core/base/textjson.h"
#include "core/passes/passreportjson.h"
#include "core/session/figuresjson.h"

#include <stdexcept>

namespace qs {

using nlohmann::json;

namespace {

std::vector<Finding> findingsFromJson(const json &list)
{
    std::vector<Finding> findings;
    for (const json &item : list) {
        Finding finding;
        const auto severity = item.at("severity").get<std::string>();
        for (const Severity known : {Severity::Info, Severity::Warning, Severity::Error})
            if (severity == toString(known))
                finding.severity = known;
        finding.code = item.at("code").get<std::string>();
        finding.subject = item.at("subject").get<std::string>();
        finding.detail = readText(item, "detail");
        findings.push_back(std::move(finding));
    }
    return findings;
}

std::vector<PassReport> passesFromJson(const json &list)
{
    std::vector<PassReport> passes;
    for (const json &item : list)
        passes.push_back({item.at("pass").get<std::string>(), item.at("changes").get<int>(),
                          item.at("milliseconds").get<double>(), findingsFromJson(item.at("findings"))});
    return passes;
}

TensorPlan tensorPlanFromJson(const std::string &name, const json &item)
{
    TensorPlan tensor;
    tensor.tensor = name;
    const auto role = item.at("role").get<std::string>();
    for (const TensorRole known : {TensorRole::Activation, TensorRole::Weight, TensorRole::Bias})
        if (role == toString(known))
            tensor.role = known;
    const auto type = dtypeFromString(item.at("type").get<std::string>());
    if (!type)
        throw std::invalid_argument("unknown element type of " + name);
    tensor.scheme = {*type, item.at("symmetric").get<bool>(), item.value("bits", 0)};
    const bool isInteger = *type != DType::Undefined && !isFloatingPoint(*type);
    if (tensor.scheme.bits != 0
        && (!isInteger || tensor.scheme.bits < 2 || tensor.scheme.bits > bitsOf(*type)))
        throw std::invalid_argument("unknown number of bits of " + name);
    if (item.value("reduced_range", false)) // of older projects
        tensor.scheme.bits = bitsOf(*type) - 1;
    tensor.reason = readText(item, "reason");
    if (item.contains("axis"))
        tensor.axis = item.at("axis").get<int>();
    tensor.sharedWith = item.value("shared_with", std::string());
    if (const auto blocks = item.find("blocks"); blocks != item.end())
        tensor.blocks = BlockScheme {blocks->at("bits").get<int>(), blocks->at("block_size").get<int>(),
                                     blocks->at("symmetric").get<bool>(), blocks->at("searched").get<bool>()};
    tensor.shift = item.value("shift", std::vector<float> {});
    if (item.contains("round_up")) {
        auto bits = fromBase64(item.at("round_up").get<std::string>());
        if (!bits)
            throw std::invalid_argument("damaged rounding of " + name);
        tensor.roundUp = std::move(*bits);
    }
    for (const json &range : item.value("range", json::array()))
        tensor.ranges.push_back({range.at(0).get<float>(), range.at(1).get<float>()});
    const json scales = item.value("scale", json::array());
    for (std::size_t i = 0; i < scales.size(); ++i)
        tensor.params.push_back({scales.at(i).get<float>(), item.at("zero_point").at(i).get<std::int32_t>()});
    return tensor;
}

ChannelMultiples channelMultiplesFromJson(const json &item)
{
    const auto multiple = [&](std::size_t i) {
        constexpr std::int64_t kMost = 1024; // whatever a file says, no channels beyond reason
        const auto value = item.at(i).get<std::int64_t>();
        if (value < 1 || value > kMost)
            throw std::invalid_argument("a multiple of channels out of range");
        return value;
    };
    return {multiple(0), multiple(1), multiple(2)};
}

Plan planFromJson(const json &item)
{
    Plan plan;
    plan.strategy = item.at("strategy").get<std::string>();
    plan.target = item.at("target").get<std::string>();
    if (item.at("format").get<std::string>() == toString(FileFormat::QOperator))
        plan.format = FileFormat::QOperator;
    plan.accuracyLevel = item.value("accuracy_level", 0);
    plan.blocksInPairs = item.value("blocks_in_pairs", false);
    if (item.contains("channel_multiples"))
        plan.channelMultiples = channelMultiplesFromJson(item.at("channel_multiples"));
    for (const json &node : item.at("nodes"))
        plan.nodes.push_back(
            {node.at("layer").get<std::string>(), node.at("op").get<std::string>(),
             nodeFormFromString(node.at("form").get<std::string>()).value_or(NodeForm::Float),
             readText(node, "reason")});
    for (const auto &[name, tensor] : item.at("tensors").items())
        plan.tensors.emplace(name, tensorPlanFromJson(name, tensor));
    if (item.contains("rescales")) {
        auto rescales = rescalesFromJson(item.at("rescales"));
        if (!rescales.ok())
            throw std::invalid_argument(rescales.error().message());
        plan.rescales = std::move(rescales).value();
    }
    plan.findings = findingsFromJson(item.at("findings"));
    return plan;
}

}

json runToJson(const Run &run)
{
    const Quantized &quantized = *run.quantized;
    json item {{"name", run.name},
               {"recipe", toJson(quantized.recipe)},
               {"plan", toJson(quantized.plan)},
               {"passes", toJson(quantized.passes)},
               {"findings", toJson(quantized.findings)},
               {"seconds", quantized.seconds},
               {"quantized_nodes", quantized.quantizedNodes},
               {"float_nodes", quantized.floatNodes}};
    if (quantized.training)
        item["training"] = toJson(*quantized.training);
    if (run.evaluation)
        item["evaluation"] = figuresToJson(*run.evaluation);
    if (run.drift)
        item["drift"] = figuresToJson(*run.drift);
    return item;
}

RunFigures runFromJson(const json &item)
{
    RunFigures run;
    run.name = item.at("name").get<std::string>();
    auto recipe = recipeFromJson(item.at("recipe"));
    if (!recipe.ok())
        throw std::invalid_argument(recipe.error().message());
    Quantized &quantized = run.quantized;
    quantized.recipe = std::move(recipe).value();
    quantized.plan = planFromJson(item.at("plan"));
    quantized.passes = passesFromJson(item.at("passes"));
    quantized.findings = findingsFromJson(item.at("findings"));
    quantized.seconds = item.at("seconds").get<double>();
    quantized.quantizedNodes = item.at("quantized_nodes").get<int>();
    quantized.floatNodes = item.at("float_nodes").get<int>();
    if (item.contains("training"))
        quantized.training = std::make_shared<TrainingHistory>(trainingHistoryFromJson(item.at("training")));
    if (item.contains("evaluation"))
        run.evaluation = std::make_shared<Evaluation>(evaluationFromJson(item.at("evaluation")));
    if (item.contains("drift"))
        run.drift = std::make_shared<Drift>(driftFromJson(item.at("drift")));
    return run;
}

} // namespace qs
