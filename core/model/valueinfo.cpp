// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/valueinfo.h"

#include <onnx/onnx_pb.h>

namespace qs {

bool readTensorType(const onnx::TypeProto &type, ValueInfo &info)
{
    if (!type.has_tensor_type())
        return false;
    info.type = static_cast<DType>(type.tensor_type().elem_type());
    info.hasShape = type.tensor_type().has_shape();
    info.shape.clear();
    for (const auto &dim : type.tensor_type().shape().dim())
        info.shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : -1);
    return true;
}

ValueInfo readValueInfo(const onnx::ValueInfoProto &proto)
{
    ValueInfo info;
    info.name = proto.name();
    readTensorType(proto.type(), info);
    return info;
}

void writeTensorType(DType type, const Shape &shape, onnx::TypeProto &proto)
{
    onnx::TypeProto::Tensor &tensor = *proto.mutable_tensor_type();
    tensor.set_elem_type(static_cast<std::int32_t>(type));
    tensor.mutable_shape()->clear_dim();
    for (const std::int64_t size : shape) {
        auto *dim = tensor.mutable_shape()->add_dim();
        if (size >= 0)
            dim->set_dim_value(size);
    }
}

} // namespace qs
