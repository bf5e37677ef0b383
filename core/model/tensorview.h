// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

namespace onnx {
class NodeProto;
}

namespace qs {

/// Like tensorFromProto(), but shares the bytes with \a proto or the mapped file where they are laid out as a
/// Tensor needs them; \a owner keeps both alive.
Result<Tensor> viewTensor(const onnx::TensorProto &proto, const ExternalData *external,
                          std::shared_ptr<const void> owner);
/// The value of a Constant node; Unsupported for strings and sparse tensors.
Result<Tensor> constantNodeValue(const onnx::NodeProto &node, const ExternalData *external,
                                 std::shared_ptr<const void> owner);

/// Dims of \a proto; Format when one is negative or the element count overflows.
Result<Shape> checkedShape(const onnx::TensorProto &proto);
bool isExternal(const onnx::TensorProto &proto);

} // namespace qs
