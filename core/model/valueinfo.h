// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"

namespace onnx {
class TypeProto;
class ValueInfoProto;
}

namespace qs {

/// Name, element type and shape of a tensor; sequences, maps and other types come out as DType::Undefined.
ValueInfo readValueInfo(const onnx::ValueInfoProto &proto);
/// The type part alone; false when \a type is not a tensor.
bool readTensorType(const onnx::TypeProto &type, ValueInfo &info);
void writeTensorType(DType type, const Shape &shape, onnx::TypeProto &proto);

} // namespace qs
