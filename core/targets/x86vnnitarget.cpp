// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_x86vnnitarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "x86-vnni";
    target.title = QS_TR_NOOP("Target", "x86 with VNNI (AVX-512 VNNI, AVX-VNNI, AMX)");
    target.help = QS_TR_NOOP("Target",
                             "Intel from Ice Lake / Cascade Lake, AMD from Zen 4. On older x86 the same file "
                             "loses accuracy: 16-bit sums saturate.");
    // VPDPBUSD multiplies u8 by s8 and adds in 32 bits: full-range weights, no saturation. Signed activations
    // would leave every value with two consumers in float on x64 (onnxruntime qdq_s8_to_u8.cc).
    // onnxruntime core/mlas/lib/convsym.cpp
    target.channelMultiples = {.inputs = 4, .outputs = 8, .depthwise = 16};
    target.runsOnX86 = true;
    registry.add(std::move(target));
}

} // namespace qs
