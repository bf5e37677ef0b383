// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/layertable.h"

namespace qs {

/// What a model is made of, as far as it decides how to quantize it.
struct ModelFacts
{
    std::int64_t parameters = 0;
    std::int64_t macs = 0; ///< multiply-accumulates of one run, where shapes are known; the sum of these:
    std::int64_t convolutionMacs = 0; ///< in Conv and ConvTranspose
    std::int64_t matrixMacs = 0; ///< in Gemm and MatMul with constant weights
    std::int64_t attentionMacs = 0; ///< in MatMul of two activations
    std::int64_t lstmMacs = 0; ///< in LSTM
    std::int64_t gruMacs = 0; ///< in GRU and RNN, for which no runtime has integer kernels
    std::int64_t depthwiseMacs = 0; ///< of convolutionMacs, in convolutions of one channel a group
    std::int64_t tableParameters = 0; ///< in tables that Gather reads
    int convolutionLayers = 0;
    int depthwiseLayers = 0;
    int matrixLayers = 0; ///< Gemm and MatMul with constant weights
    int lstmLayers = 0;
    int gruLayers = 0; ///< and RNN
    int softmaxLayers = 0;
    bool isQuantized = false; ///< has operators on integers or pairs already
    bool readsTokens = false; ///< an integer input that a table is read with
    bool predictsTokens = false; ///< and an output with a number for each row of such a table
};

ModelFacts factsOf(const Model &model, const ShapeMap &shapes);

/// QuantizeLinear, QLinear…, …Integer, DynamicQuantize…, MatMulNBits: what a float model does not have.
bool isQuantizedOperator(const std::string &op);

} // namespace qs
