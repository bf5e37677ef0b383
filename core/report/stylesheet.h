// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace qs {

/// The whole style of the HTML report: light and dark after the reader's system, a version for paper, the
/// Okabe-Ito palette (distinguishable with every kind of colour vision).
extern const char *const kReportStyle;

} // namespace qs
