// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

namespace qs {

/// A model written as text, e.g.
/// <ir_version: 8, opset_import: ["" : 13]> g (float[N,4] x) => (float[N,2] y)
/// <float[4,2] w = {1,2,3,4,5,6,7,8}> { t = MatMul(x, w)  y = Relu(t) }
/// The header in <> may be left out (IR 8, opset 13). A tensor in <> without "= {…}" becomes an initializer
/// with small numbers of its own, the same at each call (also in sub-graphs). "[name] y = Relu(t)" names a
/// node. Ends the test program with a message when the text is wrong.
ModelPtr modelFromText(const char *text);

/// The message alone, for tests that want a model Model::create() refuses.
onnx::ModelProto protoFromText(const char *text);

} // namespace qs
