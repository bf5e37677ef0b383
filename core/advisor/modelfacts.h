// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/layertable.h"

namespace qs {

/// What a model is made of, as far as it decides how to quantize it.
struct ModelFacts
{
    std::int64_t parameters = 0;
    std::int64_t macs = 0; ///< multiply-accumulates of one run, where shapes are known
    std::int64_t convolutionMacs = 0; ///< of which in Conv and ConvTranspose
    std::int64_t depthwiseMacs = 0; ///< of which in convolutions of one channel a group
    std::int64_t matrixMacs = 0; ///< in Gemm and MatMul with constant weights
    std::int64_t attentionMacs = 0; ///< in MatMul of two activations
    std::int64_t tableParameters = 0; ///< in tables that Gather reads
    int depthwiseLayers = 0;
    int recurrentLayers = 0; ///< LSTM
    int gruLayers = 0;
    int softmaxLayers = 0;
    bool isQuantized = false; ///< has operators on integers or pairs already
    bool readsTokens = false; ///< an integer input that a table is read with
};

ModelFacts factsOf(const Model &model, const ShapeMap &shapes);

/// QuantizeLinear, QLinear…, …Integer, DynamicQuantize…, MatMulNBits: what a float model does not have.
bool isQuantizedOperator(const std::string &op);

} // namespace qs
