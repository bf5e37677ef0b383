// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"
#include "core/plan/placement.h"
#include "core/plan/staticplanner.h"
#include "core/strategies/strategy.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <regex>

namespace qs {
namespace {

std::vector<ParamSpec> staticParams()
{
    std::vector<std::string> observers;
    std::vector<ParamSpec> observerParams;
    for (const ObserverDescriptor &observer : builtinObservers().all()) {
        observers.push_back(observer.id);
        observerParams.insert(observerParams.end(), observer.params.begin(), observer.params.end());
    }
    std::vector<ParamSpec> params = {
        choiceParam(
            "observer", "mse", std::move(observers), QS_TR_NOOP("Params", "Observer"),
            QS_TR_NOOP("Params", "How the range of an activation is chosen from what calibration saw.")),
        boolParam(
            "per_channel", true, QS_TR_NOOP("Params", "Per-channel weights"),
            QS_TR_NOOP("Params", "A scale for each output channel of a weight, where the target allows it.")),
        boolParam(
            "reduce_range", false, QS_TR_NOOP("Params", "7-bit weights"),
            QS_TR_NOOP("Params", "Weights use one bit less, as on targets whose 16-bit sums saturate.")),
        boolParam(
            "bias_correction", true, QS_TR_NOOP("Params", "Bias correction"),
            QS_TR_NOOP(
                "Params",
                "Biases make up for the mean error that rounding the weights causes; free at run time.")),
    };
    params.insert(params.end(), observerParams.begin(), observerParams.end());
    return params;
}

/// Matches the user's exclude patterns and keep-float overrides with the model; what matches nothing is an
/// error.
Result<PlacementOptions> placementOptions(const StrategyInput &input)
{
    PlacementOptions options;
    const GraphView &graph = input.model->graph();
    for (const std::string &pattern : input.recipe.exclude) {
        std::regex expression;
        try {
            expression.assign(pattern);
        } catch (const std::regex_error &) {
            return Error {ErrorCode::InvalidArgument, "exclude '" + pattern + "'",
                          "not a regular expression"};
        }
        bool matched = false;
        for (const NodeId id : graph.topologicalOrder()) {
            if (std::regex_search(graph.layerName(id), expression)) {
                options.excluded.insert(id);
                matched = true;
            }
        }
        if (!matched)
            return Error {ErrorCode::NotFound, "exclude '" + pattern + "'", "matches no layer"};
    }
    for (const TensorOverride &entry : input.recipe.overrides) {
        const auto producer = graph.producer(entry.tensor);
        if (!producer && !graph.isGraphInput(entry.tensor))
            return Error {ErrorCode::NotFound, "override '" + entry.tensor + "'",
                          "no such tensor in the model"};
        if (!entry.keepFloat)
            continue;
        if (producer)
            options.excluded.insert(*producer);
        for (const Use &use : graph.uses(entry.tensor))
            options.excluded.insert(use.node);
    }
    return options;
}

class StaticStrategy : public Strategy
{
public:
    Result<std::vector<StatRequest>> statRequests(const StrategyInput &input) const override
    {
        const Target target = effectiveTarget(input);
        QS_TRY(const Placement placement, place(input, target));
        std::vector<StatRequest> requests;
        for (const auto &[grid, sources] : placement.gridSources) {
            for (const std::string &tensor : sources)
                requests.push_back({.tensor = tensor, .histogram = true, .channels = false});
        }
        if (!input.parameters.flag("bias_correction"))
            return requests;
        const GraphView &graph = input.model->graph();
        for (const PlacedNode &node : placement.nodes) {
            const onnx::NodeProto &proto = graph.node(node.id);
            if (node.treatment == Treatment::Integer && (isOp(proto, "Conv") || isOp(proto, "Gemm")))
                requests.push_back({.tensor = proto.input(0), .histogram = false, .channels = true});
        }
        return requests;
    }

    Result<Plan> makePlan(const StrategyInput &input, const Statistics &statistics,
                          JobContext &job) const override
    {
        const Target target = effectiveTarget(input);
        QS_TRY(const Placement placement, place(input, target));
        return makeStaticPlan(input, target, placement, statistics, job);
    }

private:
    static Target effectiveTarget(const StrategyInput &input)
    {
        constexpr std::int64_t kPerAxisOpset = 13;
        Target target = input.target;
        target.perChannelWeights = target.perChannelWeights && input.parameters.flag("per_channel")
            && input.model->opset() >= kPerAxisOpset;
        target.weight.reduced = target.weight.reduced || input.parameters.flag("reduce_range");
        return target;
    }

    static Result<Placement> place(const StrategyInput &input, const Target &target)
    {
        QS_TRY(const PlacementOptions options, placementOptions(input));
        return placeQuantizers(*input.model, input.shapes, target, options);
    }
};

} // namespace

void register_staticstrategy(StrategyRegistry &registry)
{
    registry.add(
        {.id = "static",
         .title = QS_TR_NOOP("Strategy", "Static INT8"),
         .help = QS_TR_NOOP(
             "Strategy",
             "INT8 weights and activations, ranges from calibration data: for CNNs on CPU and edge."),
         .needsCalibration = true,
         .params = staticParams(),
         .make = [] { return std::make_unique<StaticStrategy>(); }});
}

} // namespace qs
