// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "network.h"

#include <onnx/onnx_pb.h>

namespace example {

/// The network as ONNX, opset 13, with its BatchNormalization nodes kept apart and a free batch dimension
/// "N".
onnx::ModelProto toOnnx(const Network &network);

} // namespace example
