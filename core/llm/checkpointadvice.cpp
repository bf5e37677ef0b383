// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointadvice.h"

#include "core/llm/ggufpreview.h"
#include "core/llm/llmstrategy.h"

#include <cmath>

namespace qs {
namespace {

// Groups of 128 have a float16 scale and a zero of 4 bits (AutoAWQ, linear/gemm.py).
constexpr double kAwqBits = 4 + (16.0 + 4.0) / 128;
// Blocks of 64 have a scale of 8 bits; 256 of these have one in float32 (bitsandbytes, functional.py).
constexpr double kNf4Bits = 4 + 8.0 / 64 + 32.0 / (64 * 256);
/// Each Linear comes with the 16 values of its codes and the 256 of its scales.
constexpr double kNf4TableBytes = 4 * (16 + 256);

bool isLinearOfLayer(const CheckpointTensor &tensor)
{
    const TensorPlace place = tensorPlaceOf(tensor.name, false);
    return tensor.shape.size() == 2 && place.layer != TensorPlace::kBeforeLayers
        && place.layer != TensorPlace::kAfterLayers;
}

/// With the Linears of all layers in \a bits a weight and \a tableBytes each, and everything else as it is.
std::uint64_t bytesWith(const CheckpointView &view, double bits, double tableBytes)
{
    double sum = 0;
    for (const CheckpointTensor &tensor : view.tensors)
        sum += isLinearOfLayer(tensor) ? double(tensor.elements()) * bits / 8 + tableBytes
                                       : double(tensor.byteSize);
    return static_cast<std::uint64_t>(std::llround(sum));
}

/// "4.4", "420": in units of \a unit.
std::string inUnits(double value, double unit)
{
    const long long tenths = std::llround(10 * value / unit);
    return std::to_string(tenths / 10)
        + (tenths < 1000 && tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "");
}

std::string megabytes(std::uint64_t bytes)
{
    return inUnits(double(bytes), 1e6) + " MB";
}

class CheckpointAdviser
{
public:
    CheckpointAdviser(const CheckpointView &view, const GgufHeader *header, const Wish &wish)
        : m_view(view)
        , m_sizes(sizesOf(view, header))
        , m_wish(wish)
    { }

    Advice advise()
    {
        if (!m_view.quantization.empty()) {
            because(QS_TR_NOOP("Sentence",
                               "the model is quantized already: open it, look at it, compare it with its "
                               "float original"));
            return m_advice;
        }
        because(QS_TR_NOOP("Sentence", "a language model with %1 million parameters, %2"),
                {inUnits(double(m_view.parameters()), 1e6), megabytes(m_view.byteSize)});
        choose();
        compareForms();
        return m_advice;
    }

private:
    void because(std::string pattern, std::vector<Text> arguments = {})
    {
        m_advice.reasons.push_back(sentence(std::move(pattern), std::move(arguments)));
    }
    void otherwise(std::string pattern, std::vector<Text> arguments = {})
    {
        m_advice.ifNotEnough.push_back(sentence(std::move(pattern), std::move(arguments)));
    }

    void choose()
    {
        if (m_wish.mayTrain && m_sizes.nf4 > 0 && !m_wish.crossPlatform)
            chooseNf4();
        else if (m_wish.onGpu && m_wish.hasCalibration && m_sizes.awq > 0 && !m_wish.crossPlatform)
            chooseAwq();
        else if (m_sizes.gguf > 0)
            chooseGguf();
        else if (m_sizes.nf4 > 0)
            chooseNf4();
        else
            because(QS_TR_NOOP("Sentence", "no form that it could be stored in is known here"));
    }

    void chooseNf4()
    {
        m_advice.strategy = "nf4";
        if (m_wish.mayTrain)
            because(QS_TR_NOOP("Sentence", "adapters can be trained on NF4 weights (QLoRA)"));
        otherwise(QS_TR_NOOP("Sentence", "strategy 'llm-int8': twice the size, hardly any loss"));
    }

    void chooseAwq()
    {
        m_advice.strategy = "awq";
        because(QS_TR_NOOP("Sentence", "on GPUs vLLM serves AWQ with kernels of its own"));
        otherwise(QS_TR_NOOP("Sentence", "strategy 'gptq' with activation order, or groups of 32"));
    }

    void chooseGguf()
    {
        m_advice.strategy = "gguf";
        if (m_wish.crossPlatform)
            because(QS_TR_NOOP("Sentence", "one file for several platforms: llama.cpp runs it on all"));
        if (m_wish.largestDrop < kStrictDrop) {
            m_advice.parameters["type"] = "Q6_K";
            because(QS_TR_NOOP("Sentence", "little may be lost: Q6_K is hard to tell from the original"));
        } else {
            otherwise(QS_TR_NOOP("Sentence", "type Q5_K_M or Q6_K, which are larger and closer"));
        }
        if (m_wish.hasCalibration)
            otherwise(QS_TR_NOOP("Sentence",
                                 "a calibration text, of which an importance matrix is made: closer at the "
                                 "same size"));
    }

    /// What each form gives.
    void compareForms()
    {
        if (m_sizes.gguf > 0)
            because(QS_TR_NOOP("Sentence",
                               "GGUF, Q4_K_M: %1; for llama.cpp and what is built on it, on CPUs and GPUs; "
                               "needs no text"),
                    {megabytes(m_sizes.gguf)});
        if (m_sizes.awq > 0)
            because(QS_TR_NOOP("Sentence",
                               "AWQ: about %1; for vLLM on GPUs; finds in a text which weights matter, so "
                               "that 4 bits cost less"),
                    {megabytes(m_sizes.awq)});
        if (m_sizes.nf4 > 0)
            because(QS_TR_NOOP("Sentence",
                               "NF4: about %1; for transformers with bitsandbytes; needs no text, and can be "
                               "fine-tuned"),
                    {megabytes(m_sizes.nf4)});
    }

    const CheckpointView &m_view;
    CheckpointSizes m_sizes;
    const Wish &m_wish;
    Advice m_advice;
};

} // namespace

CheckpointSizes sizesOf(const CheckpointView &view, const GgufHeader *header)
{
    CheckpointSizes sizes;
    if (const LlmStrategyDescriptor *gguf = builtinLlmStrategies().find("gguf"); gguf && header) {
        const auto preview = previewGguf(*header, ParamSet(gguf->params), false);
        sizes.gguf = preview.ok() ? preview->byteSize : 0;
    }
    if (view.format == "GGUF" || !view.obstacle.empty())
        return sizes; // both are made of Hugging Face folders whose architecture is known
    sizes.awq = bytesWith(view, kAwqBits, 0);
    sizes.nf4 = bytesWith(view, kNf4Bits, kNf4TableBytes);
    return sizes;
}

Advice adviseCheckpoint(const CheckpointView &view, const GgufHeader *header, const Wish &wish)
{
    return heedTuning(CheckpointAdviser(view, header, wish).advise(), wish);
}

} // namespace qs
