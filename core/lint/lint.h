// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/registry.h"
#include "core/model/quantgraph.h"
#include "core/runtime/inferenceengine.h"
#include "core/targets/target.h"

namespace qs {

/// What a quantized model is held against; everything may be missing.
struct LintOptions
{
    const Target *target = nullptr; ///< null: only what is wrong on every target
    const InferenceEngine *engine = nullptr; ///< null: the model is not loaded
    const Model *source = nullptr; ///< the float model it was made from
};

/// What a check is given.
struct LintInput
{
    const QuantGraph &graph;
    const LintOptions &options;

    const Model &model() const { return graph.model(); }
    const GraphView &view() const { return graph.model().graph(); }
};

/// One rule that quantized models break, with the cure in words. Checks read the graph and the parameters it
/// holds, no other data; they take any ONNX model, however strange.
struct LintCheck
{
    std::string id;
    bool needsTarget = false;
    bool needsEngine = false;
    bool ofFile = false; ///< about the model as a file and its inputs: not for bodies of If, Loop and Scan
    void (*apply)(const LintInput &input, std::vector<Finding> &findings, JobContext &job) = nullptr;
};
using LintRegistry = Registry<LintCheck>;

/// All checks of core/lint/*check.cpp.
const LintRegistry &builtinChecks();

/// What is wrong with \a model, made by this or any other tool: operators with QuantizeLinear /
/// DequantizeLinear around them, integer operators, dynamic or weight-only ones. Errors first, then warnings;
/// among equals by check. Bodies of If, Loop and Scan are looked at too, as far as that goes without running
/// them; their layers are called "<node>/<layer>". A float model gives what is wrong with any model. Progress
/// stage: "lint".
std::vector<Finding> lintModel(const Model &model, const LintOptions &options, JobContext &job);

} // namespace qs
