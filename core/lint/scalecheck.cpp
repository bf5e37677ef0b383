// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A scale is a positive, finite, normal number. 0 makes infinities, and a subnormal one is flushed to 0 by
// hardware (XNNPACK refuses both: src/tensor.c). Blocks of constant weights are only ever multiplied by
// theirs: ONNX Runtime's own quantizer (mlas q4_dq.cpp) gives them either sign, and 0 to blocks of zeros.
#include "core/lint/lint.h"

#include <cmath>
#include <limits>

namespace qs {
namespace {

constexpr float kSmallestHalf = 6.103515625e-5F; // 2^-14, the smallest normal float16

struct Bad
{
    int unusable = 0;
    int tiny = 0;
    float first = 0.F;
};

Bad countBad(const std::vector<float> &scales, float smallest, bool isOfBlocks)
{
    Bad bad;
    for (const float scale : scales) {
        const bool isUnusable = !std::isfinite(scale) || (scale <= 0.F && !isOfBlocks);
        if (!isUnusable && (std::abs(scale) >= smallest || scale == 0.F))
            continue;
        if (bad.unusable + bad.tiny == 0)
            bad.first = scale;
        ++(isUnusable ? bad.unusable : bad.tiny);
    }
    return bad;
}

float smallestNormal(DType type)
{
    return type == DType::Float16 ? kSmallestHalf : std::numeric_limits<float>::min();
}

void checkScales(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    std::set<std::string> seen; // many nodes read the same scale
    for (const GridUse &use : input.graph.uses()) {
        job.throwIfStopped();
        if (use.scale.empty() || !seen.insert(use.scale).second)
            continue;
        const auto values = readGrid(input.model(), use);
        if (!values.ok()) {
            if (values.error().code != ErrorCode::Unsupported) // types newer than this program
                findings.push_back(
                    {Severity::Error, "damaged-tensor", input.graph.layerOf(use), values.error().message()});
            continue;
        }
        if (!values.value())
            continue;
        const auto tensor = input.model().constant(use.scale);
        const bool isOfBlocks
            = use.blockSize > 0 && use.kind != GridUse::Kind::Quantize && input.graph.constantShape(use);
        const Bad bad = countBad(values.value()->scales, smallestNormal((*tensor)->type()), isOfBlocks);
        const std::string layer = input.graph.layerOf(use);
        if (bad.unusable > 0)
            findings.push_back(
                {Severity::Error, "scale-invalid", layer,
                 sentence(
                     QS_TR_NOOP(
                         "Sentence",
                         "%1 of %2 scales in %3 not positive and finite (%4 …): quantize this tensor again"),
                     {std::to_string(bad.unusable), std::to_string(values.value()->scales.size()), use.scale,
                      std::to_string(bad.first)})});
        else if (bad.tiny > 0)
            findings.push_back({Severity::Warning, "scale-subnormal", layer,
                                sentence(QS_TR_NOOP("Sentence",
                                                    "%1 of %2 scales in %3 too small for hardware, which "
                                                    "takes them for 0: widen the range of this tensor"),
                                         {std::to_string(bad.tiny),
                                          std::to_string(values.value()->scales.size()), use.scale})});
    }
}

} // namespace

void register_scalecheck(LintRegistry &registry)
{
    registry.add({.id = "scale", .apply = checkScales});
}

} // namespace qs
