// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace qs {

/// Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1, "relative luminance"). Text wants 4.5, shapes 3.
double contrastRatio(const QColor &a, const QColor &b);
/// Black or white, whichever reads better on \a background.
QColor readableOn(const QColor &background);
/// \a a with \a share (0..1) of \a b mixed in.
QColor mixed(const QColor &a, const QColor &b, double share);

} // namespace qs
