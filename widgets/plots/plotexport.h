// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

class QCustomPlot;

namespace qs {

/// Writes \a plot as it looks now to \a path: .png, .svg or .pdf by its suffix (anything else is
/// InvalidArgument). The file appears whole or not at all.
Status savePlot(QCustomPlot &plot, const QString &path);

} // namespace qs
