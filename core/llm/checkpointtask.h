// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/llmquantizer.h"
#include "core/llm/llmstrategy.h"

namespace qs {

/// What the strategies that write Hugging Face folders have in common: tokenizes the calibration text where
/// \a options need it, quantizes task.source into the folder task.output, and lists the Linears as \a type.
Result<LlmOutcome> quantizeFolder(const LlmTask &task, LlmQuantizeOptions options, const std::string &type,
                                  JobContext &job);

/// "skip": what stays unquantized; every such strategy has it.
ParamSpec skipParam();
/// "bits" (of \a choices), "group_size", unless the method has no choice "symmetric", and "skip".
std::vector<ParamSpec> groupParams(std::vector<std::string> bits, std::string defaultBits, bool hasSymmetry);
GroupScheme groupScheme(const ParamSet &parameters);
/// "int4 g128"
std::string groupText(const GroupScheme &scheme);

} // namespace qs
