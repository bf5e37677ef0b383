// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_armxnnpacktarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "arm-xnnpack";
    target.title = QS_TR_NOOP("Target", "ARM, XNNPACK and NEON dot product");
    target.help = QS_TR_NOOP(
        "Target",
        "Phones and ARM servers (SDOT / SMMLA, XNNPACK qs8/qc8). On x86 signed activations run slowly.");
    // XNNPACK qs8 kernels: signed activations, filter zero point 0, weights in [-127,127]
    // (src/subgraph/convolution-2d.c); MLAS NEON kernels are S8S8 as well (onnxruntime PR 9772).
    target.activation = {.type = DType::Int8, .symmetric = false};
    target.activationTypes = {DType::Int8};
    target.weightTypes = {DType::Int8};
    registry.add(std::move(target));
}

} // namespace qs
