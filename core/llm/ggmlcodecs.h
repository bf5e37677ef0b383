// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// One coder and decoder a type; see GgmlTraits for the arguments. Only the table in ggmltype.cpp calls them.
#define QS_GGML_CODEC(name)                                                                                  \
    void quantize##name(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,           \
                        const float *importance);                                                            \
    void dequantize##name(const std::byte *in, float *out, std::int64_t elements);

namespace qs::ggml {

QS_GGML_CODEC(F32)
QS_GGML_CODEC(F16)
QS_GGML_CODEC(BF16)
QS_GGML_CODEC(Q4_0)
QS_GGML_CODEC(Q4_1)
QS_GGML_CODEC(Q5_0)
QS_GGML_CODEC(Q5_1)
QS_GGML_CODEC(Q8_0)
QS_GGML_CODEC(Q2_K)
QS_GGML_CODEC(Q3_K)
QS_GGML_CODEC(Q4_K)
QS_GGML_CODEC(Q5_K)
QS_GGML_CODEC(Q6_K)

} // namespace qs::ggml

#undef QS_GGML_CODEC
