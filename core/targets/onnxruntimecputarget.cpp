// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_onnxruntimecputarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "onnxruntime-cpu";
    target.title = QS_TR_NOOP("Target", "ONNX Runtime on any CPU");
    target.help = QS_TR_NOOP("Target",
                             "One file for x86 and ARM: unsigned activations and signed weights load and run "
                             "in integers on both. On x86 without VNNI 16-bit sums may saturate: use 7-bit "
                             "weights there.");
    // U8S8 is native on x86 and flipped to UDOT / SDOT on ARM (onnxruntime PR 9902): the compromise that is
    // never slow.
    target.activationTypes = {DType::UInt8, DType::Int8};
    target.runsEverywhere = true;
    // onnxruntime core/mlas/lib/convsym.cpp
    target.channelMultiples = {.inputs = 4, .outputs = 8, .depthwise = 16};
    target.runsOnX86 = true;
    registry.add(std::move(target));
}

} // namespace qs
