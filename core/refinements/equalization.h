// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"

#include <optional>
#include <vector>

namespace qs {

/// A layer as cross-layer equalization sees it. Channels and powers are in the units of the trained network.
struct EqualizedLayer
{
    std::size_t groups = 1;
    std::size_t outputs = 0; ///< channels
    std::size_t inputs = 0;
    std::size_t taps = 1; ///< weights between an input channel and an output channel
    /// The largest of those, outputs x (inputs / groups).
    std::vector<double> magnitudes;
    std::vector<double> inputPower; ///< mean square of each input channel
    double outputPower = 0; ///< sum of the mean squares of the output channels
    std::optional<std::size_t> inputPair; ///< whose factors the inputs have; none: they stay as they are
    std::optional<std::size_t> outputPair;
};

/// Activations between layers, whose channels are divided by factors.
struct EqualizedPair
{
    std::vector<double> peaks; ///< largest magnitude of each channel of what is quantized
    double power = 0; ///< sum of the mean squares of those channels
    /// Of channels in front of a Clip: peak / limit, at least 1 where the limit is reached; empty: no Clip.
    std::vector<double> clipPeaks;

    bool isTied(std::size_t channel) const { return !clipPeaks.empty() && clipPeaks[channel] >= 1; }
};

struct EqualizedFactors
{
    std::vector<double> factors; ///< one a channel
    double limitFactor = 1; ///< of the Clip's limit: that of the channels that reach it
};

/// The noise that rounding adds to each layer's output, relative to that output's power, summed over layers
/// and pairs: weights on a symmetric 8-bit grid for the whole tensor, or for each output channel, activations
/// on an 8-bit grid for the tensor. Uniform rounding errors of step / sqrt(12), as in Nagel et al., "A White
/// Paper on Neural Network Quantization", 2021, section 2.
double equalizationNoise(const std::vector<EqualizedLayer> &layers, const std::vector<EqualizedPair> &pairs,
                         const std::vector<EqualizedFactors> &factors, bool perChannel);

/// Factors with the least such noise. In the logarithms of the factors the noise is convex when maxima are
/// replaced by p-norms, so descent finds them. Channels that reach the limit of a Clip share one factor,
/// others stay below the limit. A pair for each of \a pairs.
std::vector<EqualizedFactors> equalize(const std::vector<EqualizedLayer> &layers,
                                       const std::vector<EqualizedPair> &pairs, bool perChannel,
                                       JobContext &job);

} // namespace qs
