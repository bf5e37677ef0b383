// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/externaldata.h"
#include "core/model/tensorview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace qs {
namespace {

Error damaged(const onnx::TensorProto &proto, const std::string &why)
{
    return {ErrorCode::Format, "tensor '" + proto.name() + "'", why};
}

Error wrongCount(const onnx::TensorProto &proto, std::size_t has, std::size_t needs, const char *what)
{
    return damaged(proto,
                   "holds " + std::to_string(has) + " " + what + " where its shape needs "
                       + std::to_string(needs));
}

/// Values of a typed field, each stored as the unsigned integer or float \a Stored.
template <typename Stored, typename Field>
Result<Tensor> fromField(const onnx::TensorProto &proto, DType type, Shape shape, const Field &field,
                         std::size_t count)
{
    if (static_cast<std::size_t>(field.size()) != count)
        return wrongCount(proto, static_cast<std::size_t>(field.size()), count, "values");
    Tensor tensor(type, std::move(shape));
    assert(tensor.byteSize() == count * sizeof(Stored));
    auto *out = const_cast<std::byte *>(tensor.bytes().data()); // nobody else has seen it yet
    for (int i = 0; i < field.size(); ++i) {
        const auto value = static_cast<Stored>(field.Get(i));
        std::memcpy(out + static_cast<std::size_t>(i) * sizeof(Stored), &value, sizeof(Stored));
    }
    return tensor;
}

/// Which field holds which type: comments of TensorProto in onnx.proto.
Result<Tensor> fromTypedField(const onnx::TensorProto &proto, DType type, Shape shape)
{
    const auto count = static_cast<std::size_t>(elementCount(shape));
    switch (type) {
    case DType::Float32:
        return fromField<float>(proto, type, std::move(shape), proto.float_data(), count);
    case DType::Complex64: // real and imaginary parts in turn
        return fromField<float>(proto, type, std::move(shape), proto.float_data(), 2 * count);
    case DType::Float64:
        return fromField<double>(proto, type, std::move(shape), proto.double_data(), count);
    case DType::Complex128:
        return fromField<double>(proto, type, std::move(shape), proto.double_data(), 2 * count);
    case DType::Int64:
        return fromField<std::int64_t>(proto, type, std::move(shape), proto.int64_data(), count);
    case DType::UInt64:
        return fromField<std::uint64_t>(proto, type, std::move(shape), proto.uint64_data(), count);
    case DType::UInt32:
        return fromField<std::uint32_t>(proto, type, std::move(shape), proto.uint64_data(), count);
    case DType::Int32:
        return fromField<std::int32_t>(proto, type, std::move(shape), proto.int32_data(), count);
    default:
        break;
    }
    // Narrower types sit in the low bits of int32_data: 16-bit ones as their bits, 4-bit ones packed in
    // pairs.
    const std::size_t bytes = bytesFor(type, count);
    if (bitsOf(type) == 16)
        return fromField<std::uint16_t>(proto, type, std::move(shape), proto.int32_data(), count);
    return fromField<std::uint8_t>(proto, type, std::move(shape), proto.int32_data(), bytes);
}

} // namespace

bool isExternal(const onnx::TensorProto &proto)
{
    return proto.has_data_location() && proto.data_location() == onnx::TensorProto::EXTERNAL;
}

Result<Shape> checkedShape(const onnx::TensorProto &proto)
{
    Shape shape(proto.dims().begin(), proto.dims().end());
    for (const std::int64_t dim : shape) {
        if (dim < 0)
            return damaged(proto, "has a negative dimension");
    }
    const std::int64_t count = elementCount(shape);
    // 16 bytes is the widest type; what stays under this cannot overflow later either.
    if (count < 0 || count > std::numeric_limits<std::int64_t>::max() / 16)
        return damaged(proto, "has more elements than can be addressed");
    return shape;
}

Result<Tensor> viewTensor(const onnx::TensorProto &proto, const ExternalData *external,
                          std::shared_ptr<const void> owner)
{
    const auto type = static_cast<DType>(proto.data_type());
    if (bitsOf(type) == 0)
        return Error {ErrorCode::Unsupported, "tensor '" + proto.name() + "'",
                      "element type " + std::to_string(proto.data_type()) + " cannot be read"};
    if (proto.has_segment())
        return Error {ErrorCode::Unsupported, "tensor '" + proto.name() + "'", "is stored in segments"};
    QS_TRY(Shape shape, checkedShape(proto));
    const std::size_t needed = bytesFor(type, static_cast<std::size_t>(elementCount(shape)));

    std::span<const std::byte> bytes;
    if (isExternal(proto)) {
        if (!external)
            return damaged(proto, "is in an external file that was not opened");
        QS_TRY(bytes, external->bytes(proto));
    } else if (!proto.raw_data().empty() || needed == 0) {
        bytes = std::as_bytes(std::span(proto.raw_data()));
    } else {
        return fromTypedField(proto, type, std::move(shape));
    }
    if (bytes.size() != needed)
        return wrongCount(proto, bytes.size(), needed, "bytes");
    const auto elementBytes = std::max<std::size_t>(1, static_cast<std::size_t>(bitsOf(type)) / 8);
    // Files may put a tensor at any offset; typed reads need it aligned.
    if (owner && reinterpret_cast<std::uintptr_t>(bytes.data()) % std::min<std::size_t>(elementBytes, 8) == 0)
        return Tensor(type, std::move(shape), bytes, std::move(owner));
    Tensor tensor(type, std::move(shape));
    std::copy(bytes.begin(), bytes.end(), const_cast<std::byte *>(tensor.bytes().data()));
    return tensor;
}

Result<Tensor> tensorFromProto(const onnx::TensorProto &proto, const ExternalData *external)
{
    return viewTensor(proto, external, nullptr);
}

onnx::TensorProto tensorToProto(const std::string &name, const Tensor &tensor)
{
    onnx::TensorProto proto;
    proto.set_name(name);
    proto.set_data_type(static_cast<std::int32_t>(tensor.type()));
    for (const std::int64_t dim : tensor.shape())
        proto.add_dims(dim);
    proto.set_raw_data(tensor.bytes().data(), tensor.byteSize());
    return proto;
}

Result<Tensor> constantNodeValue(const onnx::NodeProto &node, const ExternalData *external,
                                 std::shared_ptr<const void> owner)
{
    const std::string subject = "Constant '" + (node.output_size() > 0 ? node.output(0) : node.name()) + "'";
    const auto vectorShape = [](int size) { return Shape {size}; };
    for (const auto &attribute : node.attribute()) {
        const std::string &name = attribute.name();
        if (name == "value" && attribute.has_t())
            return viewTensor(attribute.t(), external, std::move(owner));
        if (name == "value_float") {
            const float value = attribute.f();
            return Tensor::fromFloats({}, {&value, 1});
        }
        if (name == "value_int") {
            const std::int64_t value = attribute.i();
            return Tensor::fromValues(DType::Int64, {}, std::span(&value, 1));
        }
        if (name == "value_floats") {
            const std::vector<float> values(attribute.floats().begin(), attribute.floats().end());
            return Tensor::fromFloats(vectorShape(attribute.floats_size()), values);
        }
        if (name == "value_ints") {
            const std::vector<std::int64_t> values(attribute.ints().begin(), attribute.ints().end());
            return Tensor::fromValues(DType::Int64, vectorShape(attribute.ints_size()),
                                      std::span<const std::int64_t>(values));
        }
        if (name == "sparse_value" || name == "value_string" || name == "value_strings")
            return Error {ErrorCode::Unsupported, subject, "holds a " + name + ", which cannot be read"};
    }
    return Error {ErrorCode::Format, subject, "has no value"};
}

} // namespace qs
