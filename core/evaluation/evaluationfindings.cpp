// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/evaluationfindings.h"

#include "core/base/paramspec.h"

#include <cstdio>

namespace qs {
namespace {

/// Medians of the same model measured in turns differ by a percent or two.
constexpr double kNoise = 1.02;
constexpr double kLowAgreement = 0.95;

std::string number(double value, int decimals)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

} // namespace

std::optional<Finding> slowerThanFloat(const Latency &latency, const Latency &reference)
{
    if (latency.medianMs <= reference.medianMs * kNoise)
        return std::nullopt;
    return Finding {Severity::Warning,
                    "slower-than-float",
                    {},
                    sentence(QS_TR_NOOP("Sentence",
                                        "takes %1 times as long as the float model on this machine: keep it "
                                        "for its size only, or choose another strategy or target"),
                             {number(latency.medianMs / reference.medianMs, 2)})};
}

std::vector<Finding> evaluationFindings(const Evaluation &evaluation)
{
    std::vector<Finding> findings;
    const auto warn = [&](const char *code, Text detail) {
        findings.push_back({Severity::Warning, code, {}, std::move(detail)});
    };
    if (evaluation.latency && evaluation.referenceLatency) {
        if (auto slower = slowerThanFloat(*evaluation.latency, *evaluation.referenceLatency))
            findings.push_back(std::move(*slower));
    }
    if (evaluation.paired && evaluation.paired->high < -kNoticedDrop)
        warn("accuracy-lost",
             sentence(QS_TR_NOOP("Sentence",
                                 "loses %1 points of top-1 (95 % interval %2 to %3): look at the layers "
                                 "that drift most"),
                      {number(-100 * evaluation.paired->difference, 1),
                       number(-100 * evaluation.paired->high, 1), number(-100 * evaluation.paired->low, 1)}));
    if (!evaluation.paired && evaluation.agreement && evaluation.agreement->value < kLowAgreement)
        warn("disagrees",
             sentence(QS_TR_NOOP("Sentence", "only %1 % of the predictions are those of the float model"),
                      {number(100 * evaluation.agreement->value, 1)}));
    return findings;
}

} // namespace qs
