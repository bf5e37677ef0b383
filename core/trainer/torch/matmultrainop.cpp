// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;

/// alpha · A' · B' + beta · C, where ' is a transposition if transA / transB say so.
Values gemm(const TrainCall &call)
{
    const at::Tensor a = call.integer("transA", 0) != 0 ? call.in(0).t() : call.in(0);
    const at::Tensor b = call.integer("transB", 0) != 0 ? call.in(1).t() : call.in(1);
    const double alpha = call.real("alpha", 1);
    const double beta = call.real("beta", 1);
    at::Tensor product = a.matmul(b);
    if (alpha != 1)
        product = product * alpha;
    if (!call.has(2))
        return {product};
    return {product + (beta == 1 ? call.in(2) : call.in(2) * beta)};
}

Values einsum(const TrainCall &call)
{
    std::vector<at::Tensor> factors;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        factors.push_back(call.in(i));
    return {at::einsum(call.text("equation", ""), factors)};
}

} // namespace

void register_matmultrainop(TrainOps &ops)
{
    ops["Gemm"] = gemm;
    ops["MatMul"] = [](const TrainCall &call) -> Values { return {call.in(0).matmul(call.in(1))}; };
    ops["Einsum"] = einsum;
}

} // namespace qs
