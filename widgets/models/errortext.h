// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/base/result.h"
#include "core/base/text.h"

#include <QString>

/// What the core says, in the user's language. The core itself never translates. The line of an Error stays
/// English under a translated headline: it names files, options and what libraries reported, which one
/// searches for as they are.
namespace qs {

/// "File not found", "No permission"…
QString errorHeadline(ErrorCode code);
/// Headline and the core's own line: "File not found: model.onnx: no such file".
QString errorText(const Error &error);
/// Short title of a finding, e.g. "Opset raised" for "opset-raised".
QString findingTitle(const std::string &code);
QString severityText(Severity severity);
/// Progress::stage, e.g. "calibrate" → "Collecting statistics".
QString stageText(const std::string &stage);
/// A text that the core marked with QS_TR_NOOP(context, text).
QString translateCore(const char *context, const std::string &text);
/// A line of the core, its sentences in the user's language and its literals as they are.
QString translated(const Text &text);

} // namespace qs
