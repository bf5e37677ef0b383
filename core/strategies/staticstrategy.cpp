// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/strategies/staticstrategy.h"

#include "core/calibration/observer.h"
#include "core/passes/qdqnodes.h"
#include "core/plan/exclusions.h"
#include "core/plan/placement.h"
#include "core/plan/staticplanner.h"
#include "core/refinements/refinement.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {

constexpr std::int64_t kTypeBits = 8;
constexpr std::int64_t kFewestBits = 2;

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
        intParam(
            "weight_bits", kTypeBits, kFewestBits, kTypeBits, QS_TR_NOOP("Params", "Weight bits"),
            QS_TR_NOOP("Params",
                       "Fewer than 8 to see what low-bit hardware would make of the model: the values are "
                       "rounded so, but stored as 8-bit integers.")),
        intParam("activation_bits", kTypeBits, kFewestBits, kTypeBits,
                 QS_TR_NOOP("Params", "Activation bits"),
                 QS_TR_NOOP("Params",
                            "Fewer than 8 add a Clip of the integers behind each quantizer; needs 8-bit "
                            "activations.")),
        choiceParam(
            "activation_type", "auto", {"auto", "uint8", "int8", "uint16", "int16"},
            QS_TR_NOOP("Params", "Activation type"),
            QS_TR_NOOP("Params", "Integers of the activations; auto takes what the target runs best.")),
        boolParam(
            "symmetric_activations", false, QS_TR_NOOP("Params", "Symmetric activations"),
            QS_TR_NOOP("Params",
                       "Zero point in the middle, as some accelerators demand; costs a bit after ReLU.")),
        choiceParam("weight_type", "auto", {"auto", "int8", "uint8"}, QS_TR_NOOP("Params", "Weight type"),
                    QS_TR_NOOP("Params", "Integers of the weights; auto takes what the target runs best.")),
        choiceParam("format", "qdq", {"qdq", "qoperator"}, QS_TR_NOOP("Params", "File format"),
                    QS_TR_NOOP("Params",
                               "QDQ: float operators between quantizers, which runtimes fuse. QOperator: "
                               "operators on integers.")),
        choiceParam("weight_range", "max", {"max", "mse"}, QS_TR_NOOP("Params", "Weight range"),
                    QS_TR_NOOP("Params",
                               "max: up to the largest weight; mse: the range with the smallest squared "
                               "error, which clips outliers.")),
        boolParam("align_channels", true, QS_TR_NOOP("Params", "Fill up channels"),
                  QS_TR_NOOP("Params",
                             "Channels of zeros are added to convolutions that fast kernels of the target "
                             "would not take otherwise; results stay the same.")),
        boolParam("embeddings", true, QS_TR_NOOP("Params", "Integer embeddings"),
                  QS_TR_NOOP("Params", "Embedding tables are stored as INT8 too.")),
        boolParam(
            "bias_correction", true, QS_TR_NOOP("Params", "Bias correction"),
            QS_TR_NOOP(
                "Params",
                "Biases make up for the mean error that rounding the weights causes; free at run time.")),
    };
    const std::vector<ParamSpec> refinements = refinementParams();
    params.insert(params.end(), refinements.begin(), refinements.end());
    params.insert(params.end(), observerParams.begin(), observerParams.end());
    return params;
}

namespace {

class StaticStrategy : public Strategy
{
public:
    Result<std::vector<StatRequest>> statRequests(const StrategyInput &input) const override
    {
        QS_TRY(const Target target, effectiveTarget(input));
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
            if (node.form == NodeForm::Integer && (isOp(proto, "Conv") || isOp(proto, "Gemm")))
                requests.push_back({.tensor = proto.input(0), .histogram = false, .channels = true});
        }
        return requests;
    }

    Result<Plan> makePlan(const StrategyInput &input, const Statistics &statistics,
                          JobContext &job) const override
    {
        QS_TRY(const Target target, effectiveTarget(input));
        QS_TRY(const Placement placement, place(input, target));
        QS_TRY(Plan plan, makeStaticPlan(input, target, placement, statistics, job));
        tellStorage(input, target, plan);
        return plan;
    }

private:
    static void tellStorage(const StrategyInput &input, const Target &target, Plan &plan)
    {
        const auto bits = static_cast<int>(input.parameters.integer("weight_bits"));
        if (bits == kTypeBits)
            return;
        plan.findings.push_back(
            {Severity::Info,
             "weights-stored-wider",
             {},
             sentence(
                 QS_TR_NOOP("Sentence",
                            "the weights use %1 bits but are stored as %2, because runtimes have no kernels "
                            "for fewer; the file is as large as with 8"),
                 {std::to_string(bitsOf(target.weight)), std::string(toString(target.weight.type))})});
    }

    /// The target as the parameters narrow it down. Errors: a type that it does not run.
    static Result<Target> effectiveTarget(const StrategyInput &input)
    {
        constexpr std::int64_t kPerAxisOpset = 13;
        Target target = input.target;
        target.perChannelWeights = target.perChannelWeights && input.parameters.flag("per_channel")
            && input.model->opset() >= kPerAxisOpset;
        QS_CHECK(chooseType(input, "activation_type", input.target.activationTypes, target.activation.type));
        QS_CHECK(chooseType(input, "weight_type", input.target.weightTypes, target.weight.type));
        QS_CHECK(checkFactors(target));
        QS_CHECK(narrow(input, target));
        target.activation.symmetric
            = target.activation.symmetric || input.parameters.flag("symmetric_activations");
        if (input.parameters.text("format") == "qoperator" && !canHoldIntegerOperators(target))
            return Error {ErrorCode::Unsupported, "format 'qoperator'",
                          "target '" + target.id + "' reads QDQ files only"};
        return target;
    }

    /// Each type may be fine and the two together not: no kernels multiply s8 by u8, so that such a file
    /// falls to scalar code (onnxruntime PRs 9902, 29787).
    static Status checkFactors(const Target &target)
    {
        if (target.activation.type != DType::Int8 || target.weight.type != DType::UInt8)
            return Done {};
        return Error {
            ErrorCode::Unsupported, "int8 activations with uint8 weights",
            "there are no fast kernels for the two; make the weights int8 or the activations uint8"};
    }

    /// Fewer bits, as the parameters say. Errors: where activations cannot have fewer.
    static Status narrow(const StrategyInput &input, Target &target)
    {
        if (input.parameters.flag("reduce_range"))
            target.weight = withBits(target.weight, bitsOf(target.weight.type) - 1);
        target.weight = withBits(target.weight, static_cast<int>(input.parameters.integer("weight_bits")));
        const std::int64_t bits = input.parameters.integer("activation_bits");
        if (bits == kTypeBits)
            return Done {};
        const std::string subject = "activation_bits " + std::to_string(bits);
        if (!target.clipsIntegers)
            return Error {ErrorCode::Unsupported, subject,
                          "target '" + target.id + "' takes no Clip of integers between quantizers"};
        if (input.model->opset() < kIntegerClipOpset)
            return Error {ErrorCode::Unsupported, subject,
                          "Clip of integers came with opset 12 and the model could not be raised from "
                              + std::to_string(input.model->opset()) + "; export it again with 13 or newer"};
        target.activation = withBits(target.activation, static_cast<int>(bits));
        return Done {};
    }

    static bool canHoldIntegerOperators(const Target &target)
    {
        return target.gridPlacement == GridPlacement::AroundOperators && !target.floatIsForeign
            && bitsOf(target.activation.type) == 8;
    }

    static Status chooseType(const StrategyInput &input, const char *key, const std::set<DType> &accepted,
                             DType &type)
    {
        const auto wanted = dtypeFromString(input.parameters.text(key));
        if (!wanted)
            return Done {};
        if (!accepted.contains(*wanted)) {
            std::string list;
            for (const DType each : accepted)
                list += (list.empty() ? "" : ", ") + std::string(toString(each));
            return Error {ErrorCode::InvalidArgument, key + (" '" + std::string(toString(*wanted))) + "'",
                          "target '" + input.target.id + "' runs " + list};
        }
        type = *wanted;
        return Done {};
    }

    static Result<Placement> place(const StrategyInput &input, const Target &target)
    {
        QS_TRY(const std::set<NodeId> excluded, excludedNodes(input.model->graph(), input.recipe));
        return placeQuantizers(*input.model, input.shapes, target, excluded);
    }
};

} // namespace

std::unique_ptr<Strategy> makeStaticStrategy()
{
    return std::make_unique<StaticStrategy>();
}

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
         .make = makeStaticStrategy});
}

} // namespace qs
