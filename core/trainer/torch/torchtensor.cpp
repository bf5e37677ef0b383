// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchtensor.h"

#include <cstring>

namespace qs {
namespace {

struct TypePair
{
    DType ours;
    at::ScalarType theirs;
};
constexpr TypePair kTypes[]
    = {{DType::Float32, at::kFloat},     {DType::Float64, at::kDouble}, {DType::Float16, at::kHalf},
       {DType::BFloat16, at::kBFloat16}, {DType::Int64, at::kLong},     {DType::Int32, at::kInt},
       {DType::Int16, at::kShort},       {DType::Int8, at::kChar},      {DType::UInt8, at::kByte},
       {DType::Bool, at::kBool}};

} // namespace

at::Tensor toTorch(const Tensor &tensor, at::ScalarType floating)
{
    for (const auto &[ours, theirs] : kTypes) {
        if (tensor.type() != ours)
            continue;
        at::Tensor copy = at::empty(tensor.shape(), at::TensorOptions(theirs));
        std::memcpy(copy.data_ptr(), tensor.bytes().data(), tensor.byteSize());
        return copy.is_floating_point() ? copy.to(floating) : copy;
    }
    TORCH_CHECK(false, "values of type ", toString(tensor.type()), " cannot be trained with");
}

Tensor fromTorch(const at::Tensor &tensor)
{
    at::Tensor flat = tensor.detach().contiguous();
    if (flat.is_floating_point() && flat.scalar_type() != at::kDouble)
        flat = flat.to(at::kFloat);
    for (const auto &[ours, theirs] : kTypes) {
        if (flat.scalar_type() != theirs)
            continue;
        Tensor copy(ours, Shape(flat.sizes().begin(), flat.sizes().end()));
        std::memcpy(copy.mutableBytes().data(), flat.data_ptr(), copy.byteSize());
        return copy;
    }
    TORCH_CHECK(false, "values of type ", toString(flat.scalar_type()), " cannot be read");
}

} // namespace qs
