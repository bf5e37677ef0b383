// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/llmoptions.h"

#include "core/llm/skippedmodules.h"

namespace qs {
namespace {

Error badOption(const char *option, const std::string &why)
{
    return {ErrorCode::InvalidArgument, option, why};
}

} // namespace

bool isBitsAndBytes(LlmMethod method)
{
    return method == LlmMethod::Nf4 || method == LlmMethod::Fp4 || method == LlmMethod::Int8;
}

bool needsCalibration(LlmMethod method)
{
    return method == LlmMethod::Gptq || method == LlmMethod::Awq;
}

LlmQuantizeOptions resolvedOptions(LlmQuantizeOptions options)
{
    if (options.method == LlmMethod::Awq || options.method == LlmMethod::Hqq)
        options.scheme.isSymmetric = false;
    if (options.format == LlmFormat::Auto) {
        if (isBitsAndBytes(options.method))
            options.format = LlmFormat::BitsAndBytes;
        else if (options.method == LlmMethod::Awq)
            options.format = LlmFormat::Awq;
        else
            options.format = options.scheme.isSymmetric ? LlmFormat::GptqV1 : LlmFormat::GptqV2;
    }
    options.scheme.roundsScales = true;
    return options;
}

Status checkOptions(const LlmQuantizeOptions &given)
{
    const LlmQuantizeOptions options = resolvedOptions(given);
    if (isBitsAndBytes(options.method) != (options.format == LlmFormat::BitsAndBytes))
        return badOption("format",
                         "NF4, FP4 and LLM.int8 are bitsandbytes' own, and nothing else is stored like that");
    if (options.format == LlmFormat::BitsAndBytes) {
        if (!(options.int8Threshold >= 0))
            return badOption("threshold", "is negative");
        return Done {};
    }
    QS_CHECK(checkScheme(options.scheme));
    const int bits = options.scheme.bits;
    if (options.method == LlmMethod::Awq && options.format != LlmFormat::Awq)
        return badOption("format", "AWQ's weights are stored in its own layout");
    if (options.format == LlmFormat::Awq && bits != 4)
        return badOption("bits", std::to_string(bits) + " bits cannot be stored in AWQ's layout, only 4");
    if (options.format != LlmFormat::Awq && bits != 2 && bits != 3 && bits != 4 && bits != 8)
        return badOption("bits",
                         std::to_string(bits) + " bits cannot be stored in GPTQ's layout; 2, 3, 4 and 8 can");
    if (options.format == LlmFormat::GptqV1 && !options.scheme.isSymmetric)
        return badOption("format", "asymmetric weights need gptq_v2: the older layout has no zero of 0");
    if (options.format == LlmFormat::Awq && options.method == LlmMethod::Gptq && options.usesActOrder
        && !options.hasStaticGroups)
        return badOption("format", "AWQ's layout has no groups in activation order");
    if (!(options.damping > 0 && options.damping < 1))
        return badOption("damping", "is not between 0 and 1");
    return Done {};
}

Status checkShapes(const LlmConfig &config, const LlmQuantizeOptions &options, const SkippedModules &skipped)
{
    for (const LinearShape &shape : linearsOf(config)) {
        if (skipped.isEverywhere(shape.role))
            continue;
        const std::string sizes = moduleName(0, shape.role) + " has " + std::to_string(shape.in)
            + " inputs and " + std::to_string(shape.out) + " outputs, ";
        const std::int64_t size = options.scheme.sizeFor(shape.in);
        const auto fail = [&](const std::string &why) {
            return Error {ErrorCode::Unsupported, {}, sizes + why};
        };
        if (options.format == LlmFormat::BitsAndBytes) {
            if (shape.in * shape.out % 2 != 0)
                return fail("bitsandbytes takes an even number of weights");
            continue;
        }
        if (shape.in % size != 0)
            return fail("which are no whole groups of " + std::to_string(size));
        if (options.format == LlmFormat::Awq && shape.out % 8 != 0)
            return fail("AWQ takes outputs in multiples of 8");
        if (options.format != LlmFormat::Awq && (shape.in % 32 != 0 || shape.out % 32 != 0))
            return fail("GPTQ takes multiples of 32");
    }
    return Done {};
}

} // namespace qs
