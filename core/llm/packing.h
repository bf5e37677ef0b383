// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/bitsandbytes.h"
#include "core/llm/groupedweights.h"
#include "core/tensor/tensor.h"

#include <string>

/// The tensors of a quantized Linear as files have them, and back. Reading takes nothing for granted: shapes,
/// types and numbers are checked, errors have no subject.
namespace qs {

/// AutoGPTQ's and GPTQModel's layouts; they differ in the zero that is stored: minus 1, or as it is.
enum class GptqFormat { V1, V2 };

struct GptqTensors
{
    Tensor qweight; ///< int32 [in * bits / 32, out]
    Tensor qzeros; ///< int32 [groups, out * bits / 32]
    Tensor scales; ///< float16 [groups, out]
    Tensor groupOf; ///< int32 [in]; null when the file has none: groups of neighbours
};
/// Unsupported when \a in or \a out is no multiple of 32, bits are not 2, 3, 4 or 8, or a zero cannot be
/// stored: V1 has none for 0.
Result<GptqTensors> packGptq(const GroupedWeights &weights, GptqFormat format);
Result<GroupedWeights> unpackGptq(const GptqTensors &tensors, int bits, std::int64_t out, std::int64_t in,
                                  GptqFormat format);
/// Layout a symmetric checkpoint that says V1 really has: some writers say one and store the other.
GptqFormat detectGptqFormat(const GptqTensors &tensors, int bits, bool isSymmetric, GptqFormat said);

struct AwqTensors
{
    Tensor qweight; ///< int32 [in, out / 8]
    Tensor qzeros; ///< int32 [groups, out / 8]
    Tensor scales; ///< float16 [groups, out]
};
/// AutoAWQ's "gemm". Unsupported unless bits are 4, out is a multiple of 8, and groups are of neighbours of
/// one size that divides in.
Result<AwqTensors> packAwq(const GroupedWeights &weights);
Result<GroupedWeights> unpackAwq(const AwqTensors &tensors, std::int64_t out, std::int64_t in);

/// "quant_state.bitsandbytes__nf4": a JSON text as Python writes it.
std::string tableState(const TableWeights &weights, std::int64_t out, std::int64_t in, DType type);

} // namespace qs
