// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/readplan.h"

#include "core/evaluation/errorsums.h"
#include "core/evaluation/tensormatch.h"
#include "core/model/quantizedview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

TensorPlan tensorPlan(const MatchedTensor &match)
{
    TensorPlan plan;
    plan.tensor = match.tensor;
    plan.scheme = {.type = match.type, .symmetric = false};
    if (match.limits != typeLimits(match.type))
        plan.scheme = withBits(plan.scheme, bitsOf(match.limits));
    plan.params = {match.params};
    plan.ranges = {{dequantize(match.limits.min, match.params), dequantize(match.limits.max, match.params)}};
    plan.reason = sentence(QS_TR_NOOP("Sentence", "as the file has it"));
    return plan;
}

bool isDynamic(const QuantizedView &view)
{
    return std::find(view.forms.begin(), view.forms.end(), "dynamic") != view.forms.end();
}

} // namespace

Result<Plan> readPlan(const Model &reference, const Model &quantized)
{
    QS_TRY(const std::vector<MatchedTensor> matches, matchTensors(reference, quantized));
    const QuantizedView view = viewQuantized(quantized);
    Plan plan;
    const bool hasOperators
        = std::find(view.forms.begin(), view.forms.end(), "QOperator") != view.forms.end();
    plan.format = hasOperators ? FileFormat::QOperator : FileFormat::Qdq;
    std::map<std::string, NodeForm> forms;
    for (const MatchedTensor &match : matches) {
        if (match.isInteger)
            plan.tensors[match.tensor] = tensorPlan(match);
        if (match.isQuantizedLayer)
            forms[match.layer] = !match.isInteger && isDynamic(view) ? NodeForm::Dynamic : NodeForm::Integer;
    }
    for (const NodeId id : reference.graph().topologicalOrder()) {
        const std::string &layer = reference.graph().layerName(id);
        const auto form = forms.find(layer);
        plan.nodes.push_back({layer, reference.graph().node(id).op_type(),
                              form == forms.end() ? NodeForm::Float : form->second,
                              sentence(QS_TR_NOOP("Sentence", "as the file has it"))});
    }
    return plan;
}

} // namespace qs
