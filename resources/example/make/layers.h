// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace example {

enum class Op { Conv, BatchNorm, Relu, Relu6, MaxPool, Add, Concat, GlobalAveragePool, Flatten, Gemm };

/// One operation of the network; it makes one tensor, which has its name.
struct Layer
{
    Op op;
    std::string name;
    std::vector<std::string> inputs;
    int inChannels = 0; ///< of Conv, BatchNorm, Gemm
    int outChannels = 0; ///< of Conv and Gemm
    int kernel = 1; ///< of Conv; padded to keep the size
    int stride = 1;
    int groups = 1;
};

inline constexpr const char *kInputName = "image";
inline constexpr const char *kOutputName = "logits";

/// The network of the example, the one description that is trained and exported: a plain convolution,
/// depthwise convolutions with ReLU6, a residual block, a concatenation of two branches, an inverted
/// residual, and a classifier. What hurts when quantized is in it: per-channel differences, sums and
/// concatenations of unlike ranges.
std::vector<Layer> networkLayers();

} // namespace example
