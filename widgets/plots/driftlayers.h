// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"

#include <QStringList>

namespace qs {

/// Names of the layers of \a drift, in its order; none without one.
QStringList driftLayerNames(const Drift *drift);

} // namespace qs
