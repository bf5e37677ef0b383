// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/shapes.h"

namespace qs {

/// Shapes that onnx's own inference derives from \a inputs. Empty when the model imports an opset that the
/// linked onnx library does not know: newer operators with old rules would give wrong shapes, not none.
ShapeMap inferStatically(const Model &model, const std::vector<ValueInfo> &inputs);

} // namespace qs
