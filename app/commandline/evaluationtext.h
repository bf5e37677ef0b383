// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "core/evaluation/evaluation.h"

namespace qs {

/// The figures of \a evaluation as lines for a terminal.
std::string evaluationText(const Evaluation &evaluation);

/// A table of layers, worst first at the end of the list, limited to \a rows (0 = all).
std::string driftText(const Drift &drift, std::size_t rows);

} // namespace qs
