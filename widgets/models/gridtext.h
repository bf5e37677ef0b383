// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/quantizedview.h"

#include <QString>

namespace qs {

/// "0.01", or "0.001 … 0.02" for channels and blocks; \a tensor must have scales.
QString scalesText(const QuantizedTensor &tensor);
/// "Weights int8, per channel, scale 0.001 … 0.02, zero point 0, holds -2.5 to 2.5"
QString gridText(const QuantizedTensor &tensor);

} // namespace qs
