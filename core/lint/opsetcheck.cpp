// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every type and form of QuantizeLinear and DequantizeLinear came with an operator set, and every element
// type with an IR version; older runtimes and converters go by these numbers.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

// onnx/docs/Changelog.md: QuantizeLinear 10, 13, 19, 21, 23.
constexpr std::int64_t kFirst = 10;
constexpr std::int64_t kFusing = 11; // ONNX Runtime fuses nothing in a model of opset 10 (issue 17389)
constexpr std::int64_t kAxis = 13;
constexpr std::int64_t kFloat8 = 19;
constexpr std::int64_t kBlocksAndMoreBits = 21;
constexpr std::int64_t kFloat4 = 23;

std::int64_t opsetOf(DType type)
{
    switch (type) {
    case DType::Float8E4M3FN:
    case DType::Float8E4M3FNUZ:
    case DType::Float8E5M2:
    case DType::Float8E5M2FNUZ:
        return kFloat8;
    case DType::Int4:
    case DType::UInt4:
    case DType::Int16:
    case DType::UInt16:
        return kBlocksAndMoreBits;
    case DType::Float4E2M1:
        return kFloat4;
    default:
        return kFirst;
    }
}

/// IR version that brought \a type. onnx/onnx.proto, enum Version.
std::int64_t irVersionOf(DType type)
{
    switch (type) {
    case DType::Float8E4M3FN:
    case DType::Float8E4M3FNUZ:
    case DType::Float8E5M2:
    case DType::Float8E5M2FNUZ:
        return 9;
    case DType::Int4:
    case DType::UInt4:
        return 10;
    case DType::Float4E2M1:
        return 11;
    default:
        return 0;
    }
}

struct Need
{
    std::int64_t opset = 0;
    std::string what;
};

Need needOf(const QuantGraph &graph, const GridUse &use)
{
    if (use.blockSize > 0)
        return {kBlocksAndMoreBits, "block_size"};
    if (const std::int64_t opset = opsetOf(use.type); opset > kFirst)
        return {opset, std::string(toString(use.type))};
    const auto scale = graph.values(use);
    if (use.axis || (scale && scale->scales.size() > 1))
        return {kAxis, "axis"};
    return {kFirst, "QuantizeLinear"};
}

void checkOpset(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    const std::int64_t opset = input.model().opset();
    const std::int64_t ir = input.model().proto().ir_version();
    std::set<std::string> told; // one finding for each thing that needs more
    bool anyLinear = false;
    for (const GridUse &use : input.graph.uses()) {
        const onnx::NodeProto &node = input.view().node(use.node);
        if (irVersionOf(use.type) > ir && told.insert("ir " + std::string(toString(use.type))).second)
            findings.push_back(
                {Severity::Warning, "ir-too-old", input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 came with IR version %2 and the file says %3; set its IR version"),
                          {std::string(toString(use.type)), std::to_string(irVersionOf(use.type)),
                           std::to_string(ir)})});
        if (use.kind == GridUse::Kind::Operand || !isOp(node, node.op_type().c_str()))
            continue;
        anyLinear = true;
        const Need need = needOf(input.graph, use);
        if (need.opset > opset && told.insert(need.what).second)
            findings.push_back(
                {Severity::Error, "opset-too-old", input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence", "%1 needs opset %2 and the file says %3; raise its opset"),
                          {need.what, std::to_string(need.opset), std::to_string(opset)})});
    }
    if (anyLinear && opset >= kFirst && opset < kFusing)
        findings.push_back(
            {Severity::Warning,
             "opset-without-fusion",
             {},
             sentence(QS_TR_NOOP("Sentence",
                                 "ONNX Runtime makes no integer kernels of a model of opset %1; raise it "
                                 "to 13 or newer"),
                      {std::to_string(opset)})});
}

} // namespace

void register_opsetcheck(LintRegistry &registry)
{
    registry.add({.id = "opset", .apply = checkOpset});
}

} // namespace qs
