// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_x86avx2target(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "x86-avx2";
    target.title = QS_TR_NOOP("Target", "x86 without VNNI (AVX2, AVX-512)");
    target.help = QS_TR_NOOP("Target",
                             "Older Intel and AMD. Weights use 7 bits, so that the 16-bit sums of VPMADDUBSW "
                             "cannot saturate; safe everywhere, slightly less accurate.");
    // VPMADDUBSW adds two u8*s8 products in saturating int16: 255*127*2 = 64770 overflows, 255*64*2 = 32640
    // does not. Source: onnxruntime docs, quantization, "U8S8 and saturation"; fbgemm's reduce_range.
    target.weight.bits = 7;
    target.saturatesAt16Bits = true;
    // onnxruntime core/mlas/lib/convsym.cpp
    target.channelMultiples = {.inputs = 4, .outputs = 8, .depthwise = 16};
    target.runsOnX86 = true;
    registry.add(std::move(target));
}

} // namespace qs
