// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace onnx {
class NodeProto;
}

namespace qs {

/// "kernel_shape=3,3 strides=2,2", sorted by name. Long lists are cut, tensors and graphs named by their
/// size.
std::string attributesAsText(const onnx::NodeProto &node);

} // namespace qs
