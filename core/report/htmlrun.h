// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/xmlwriter.h"
#include "core/run/run.h"

namespace qs {

/// The section of one run: figures, findings, drift, ranges, layers, what stayed float, passes, recipe. \a id
/// is its anchor.
void writeRunSection(XmlWriter &html, const Run &run, const std::string &id);

/// The tag that marks figures measured on made-up data.
void writeSyntheticTag(XmlWriter &html);

} // namespace qs
