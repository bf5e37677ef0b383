// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_armqnnpacktarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "arm-qnnpack";
    target.title = QS_TR_NOOP("Target", "ARM, QNNPACK");
    target.help
        = QS_TR_NOOP("Target",
                     "Older phones and PyTorch Mobile: one scale for a whole weight, so that networks "
                     "with depthwise convolutions want equalization or training.");
    // Per-tensor quint8 activations and qint8 weights (PyTorch's qnnpack qconfig; torchvision ships its
    // MobileNets with it, vision PR 5797). 16-bit sums cannot saturate on ARM.
    target.activationTypes = {DType::UInt8};
    target.weightTypes = {DType::Int8, DType::UInt8};
    target.perChannelWeights = false;
    target.runsOnX86 = true;
    registry.add(std::move(target));
}

} // namespace qs
