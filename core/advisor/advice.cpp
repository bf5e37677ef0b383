// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/advisor/advice.h"

#include "core/base/paramspec.h"

#include <cmath>

namespace qs {
namespace {

/// From here on weights no longer fit a phone's memory in 8 bits comfortably, and weight-only formats pay.
constexpr std::int64_t kLargeLanguageModel = 500'000'000;
/// A network this small runs for some ten microseconds; converting its inputs costs as much as it saves.
constexpr std::int64_t kTinyNetwork = 1'000'000;

std::string percent(std::int64_t part, std::int64_t whole)
{
    return std::to_string(std::lround(100.0 * double(part) / double(std::max<std::int64_t>(whole, 1))))
        + " %";
}

class Adviser
{
public:
    Adviser(const ModelFacts &facts, const Target &target, const Wish &wish)
        : m_facts(facts)
        , m_target(target)
        , m_wish(wish)
    { }

    Advice advise()
    {
        if (m_facts.isQuantized) {
            because(QS_TR_NOOP("Sentence",
                               "the model is quantized already: open it, look at it, compare it with its "
                               "float original"));
            return m_advice;
        }
        if (m_facts.readsTokens && m_facts.parameters > kLargeLanguageModel)
            forLanguageModel();
        else if (m_facts.recurrentLayers > 0 || m_facts.matrixMacs > m_facts.convolutionMacs)
            forMatrices();
        else
            forConvolutions();
        aboutSize();
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

    void forLanguageModel()
    {
        m_advice.strategy = m_target.dynamicOps.empty() ? "static" : "dynamic";
        because(QS_TR_NOOP("Sentence",
                           "a language model with %1 million parameters: start from its Hugging Face "
                           "folder and take GGUF for llama.cpp, AWQ or GPTQ for vLLM, NF4 for transformers"),
                {std::to_string(m_facts.parameters / 1'000'000)});
        because(QS_TR_NOOP("Sentence", "as ONNX, 8-bit weights are what the runtime multiplies fastest"));
    }

    void forMatrices()
    {
        if (m_facts.recurrentLayers > 0)
            because(QS_TR_NOOP("Sentence", "it has LSTM layers, whose states have no fixed range"));
        else
            because(QS_TR_NOOP("Sentence", "%1 of its multiplications are products with constant matrices"),
                    {percent(m_facts.matrixMacs, m_facts.macs)});
        if (m_target.dynamicOps.empty()) {
            m_advice.strategy = "static";
            because(QS_TR_NOOP("Sentence",
                               "the target wants fixed ranges, so activations have to be calibrated"));
            forSixteenBits();
            return;
        }
        m_advice.strategy = "dynamic";
        because(QS_TR_NOOP("Sentence",
                           "ranges that are measured while it runs follow outliers and need no data"));
        if (m_target.saturatesAt16Bits)
            because(QS_TR_NOOP("Sentence", "weights take 7 bits, since 16-bit sums saturate on this target"));
        if (m_facts.gruLayers > 0)
            because(
                QS_TR_NOOP("Sentence", "GRU layers stay float: the runtime has no integer kernel for them"));
        otherwise(
            QS_TR_NOOP("Sentence", "strategy 'static' with calibration data, for what is still too slow"));
    }

    void forSixteenBits()
    {
        if (m_target.activationTypes.contains(DType::UInt16) && m_facts.softmaxLayers > 0) {
            m_advice.parameters["activation_type"] = "uint16";
            because(QS_TR_NOOP("Sentence",
                               "attention loses much with 8-bit activations; this target has 16 bits"));
        }
    }

    void forConvolutions()
    {
        m_advice.strategy = "static";
        because(QS_TR_NOOP("Sentence",
                           "%1 of its multiplications are convolutions, which need calibrated ranges"),
                {percent(m_facts.convolutionMacs, m_facts.macs)});
        if (!m_wish.hasCalibration)
            because(QS_TR_NOOP("Sentence",
                               "get 100 to 300 typical samples, labels are not needed; synthetic data only "
                               "shows that it runs"));
        if (m_target.perChannelWeights)
            because(QS_TR_NOOP("Sentence",
                               "a scale for each channel keeps small filters from drowning in large ones"));
        else if (m_facts.depthwiseLayers > 0)
            forDepthwisePerTensor();
        forSixteenBits();
        if (!m_wish.hasLabels)
            because(
                QS_TR_NOOP("Sentence", "without labels, agreement with the float model stands for accuracy"));
        if (m_wish.mayTrain || m_wish.largestDrop < 0.5)
            otherwise(
                QS_TR_NOOP("Sentence", "quantization-aware training, when more than %1 points are lost"),
                {text(m_wish.largestDrop)});
        else
            otherwise(QS_TR_NOOP("Sentence", "keep the layers with the largest drift float"));
    }

    void forDepthwisePerTensor()
    {
        m_advice.parameters["equalize"] = true;
        because(QS_TR_NOOP("Sentence",
                           "%1 depthwise layers share one scale each on this target: equalize channels "
                           "first"),
                {std::to_string(m_facts.depthwiseLayers)});
    }

    void aboutSize()
    {
        if (m_facts.macs > 0 && m_facts.macs < kTinyNetwork)
            because(QS_TR_NOOP("Sentence", "it is so small that it may not become faster, only smaller"));
        if (m_facts.tableParameters * 2 > m_facts.parameters)
            because(QS_TR_NOOP("Sentence",
                               "%1 of its parameters are embedding tables: they are stored in 8 bits, too"),
                    {percent(m_facts.tableParameters, m_facts.parameters)});
    }

    static std::string text(double value)
    {
        std::string digits = std::to_string(value);
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.ends_with('.'))
            digits.pop_back();
        return digits;
    }

    const ModelFacts &m_facts;
    const Target &m_target;
    const Wish &m_wish;
    Advice m_advice;
};

} // namespace

Advice advise(const ModelFacts &facts, const Target &target, const Wish &wish)
{
    return Adviser(facts, target, wish).advise();
}

} // namespace qs
