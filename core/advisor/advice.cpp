// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/advisor/advice.h"

#include "core/base/paramspec.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// A network of this many weights that reads tokens is a language model, whatever its outputs look like.
constexpr std::int64_t kLargeLanguageModel = 500'000'000;
/// A network this small runs for some ten microseconds; converting its inputs costs as much as it saves.
constexpr std::int64_t kTinyNetwork = 1'000'000;

std::string percent(std::int64_t part, std::int64_t whole)
{
    return std::to_string(std::lround(100.0 * double(part) / double(std::max<std::int64_t>(whole, 1))))
        + " %";
}

/// "120", "6.8": millions.
std::string millions(std::int64_t count)
{
    const std::int64_t tenths = std::llround(double(count) / 1e5);
    return std::to_string(tenths / 10)
        + (tenths < 100 && tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "");
}

const Target &targetFor(const Target &target, const Wish &wish, const TargetRegistry &targets)
{
    if (!wish.crossPlatform || target.runsEverywhere)
        return target;
    const auto it = std::ranges::find_if(targets.all(), &Target::runsEverywhere);
    return it == targets.all().end() ? target : *it;
}

class Adviser
{
public:
    Adviser(const ModelFacts &facts, const Target &target, const Wish &wish)
        : m_facts(facts)
        , m_target(target)
        , m_wish(wish)
    {
        m_advice.target = target.id;
    }

    Advice advise()
    {
        if (m_facts.isQuantized) {
            because(QS_TR_NOOP("Sentence",
                               "the model is quantized already: open it, look at it, compare it with its "
                               "float original"));
            return m_advice;
        }
        if (m_facts.readsTokens && (m_facts.predictsTokens || m_facts.parameters > kLargeLanguageModel))
            forLanguageModel();
        else if (productsLead())
            forMatrices();
        else
            forConvolutions();
        if (!m_advice.strategy.empty()) {
            forSeveralMachines();
            aboutSize();
        }
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

    bool isStrict() const { return m_wish.largestDrop < kStrictDrop; }
    int recurrentLayers() const { return m_facts.lstmLayers + m_facts.gruLayers; }

    /// Whether most of the work is products with constant matrices, those of recurrent layers included.
    bool productsLead() const
    {
        if (m_facts.convolutionLayers == 0)
            return m_facts.matrixLayers > 0 || recurrentLayers() > 0;
        return m_facts.matrixMacs + m_facts.lstmMacs + m_facts.gruMacs > m_facts.convolutionMacs;
    }

    void forSeveralMachines()
    {
        if (m_wish.crossPlatform && m_target.runsEverywhere) {
            because(QS_TR_NOOP("Sentence",
                               "one file for several platforms: INT8 for ONNX Runtime, with unsigned "
                               "activations and signed weights, runs in integers on x86 and ARM (target "
                               "'%1')"),
                    {m_target.id});
            if (m_advice.strategy != "weight-only")
                otherwise(
                    QS_TR_NOOP("Sentence",
                               "the setting 'reduce_range', where accuracy drops on x86 machines without "
                               "VNNI"));
        }
    }

    void forLanguageModel()
    {
        because(QS_TR_NOOP("Sentence",
                           "a language model with %1 million parameters: start from its Hugging Face folder "
                           "and take GGUF for llama.cpp, AWQ or GPTQ for vLLM, NF4 for transformers"),
                {millions(m_facts.parameters)});
        if (m_target.blockWeights) {
            m_advice.strategy = "weight-only";
            because(QS_TR_NOOP("Sentence",
                               "as ONNX, 4-bit weights in blocks: each token reads every weight once, so "
                               "that bytes decide the speed"));
            otherwise(QS_TR_NOOP("Sentence", "blocks of 8 bits, or smaller ones (bits, block_size)"));
            return;
        }
        m_advice.strategy = m_target.dynamicOps.empty() ? "static" : "dynamic";
        because(QS_TR_NOOP("Sentence", "this target has no kernels for weights in blocks"));
    }

    void forMatrices()
    {
        const bool isDynamic = !m_target.dynamicOps.empty();
        aboutProducts();
        if (!hasProductsFor(isDynamic)) {
            because(QS_TR_NOOP("Sentence",
                               "nothing else in it could become integers on this target; choose another "
                               "target, or replace those layers before training"));
            return;
        }
        if (!isDynamic) {
            m_advice.strategy = "static";
            because(QS_TR_NOOP("Sentence",
                               "the target wants fixed ranges, so activations have to be calibrated"));
            forSixteenBits();
            aboutTraining();
            return;
        }
        m_advice.strategy = "dynamic";
        because(QS_TR_NOOP("Sentence",
                           "ranges that are measured while it runs follow outliers and need no data"));
        if (m_facts.convolutionMacs > 0)
            because(QS_TR_NOOP("Sentence",
                               "%1 of its multiplications are convolutions; they stay float under 'dynamic'"),
                    {percent(m_facts.convolutionMacs, m_facts.macs)});
        if (m_target.saturatesAt16Bits)
            because(QS_TR_NOOP("Sentence", "weights take 7 bits, since 16-bit sums saturate on this target"));
        otherwise(
            QS_TR_NOOP("Sentence", "strategy 'static' with calibration data, for what is still too slow"));
        aboutTraining();
    }

    /// What it multiplies with, and which of it has no integer kernel.
    void aboutProducts()
    {
        if (m_facts.matrixMacs > 0)
            because(QS_TR_NOOP("Sentence", "%1 of its multiplications are products with constant matrices"),
                    {percent(m_facts.matrixMacs, m_facts.macs)});
        if (m_facts.lstmLayers > 0 && m_target.dynamicOps.contains("LSTM"))
            because(
                QS_TR_NOOP("Sentence",
                           "%1 of its multiplications are in LSTM layers, whose states have no fixed range"),
                {percent(m_facts.lstmMacs, m_facts.macs)});
        aboutFloatRecurrence(!m_target.dynamicOps.contains("LSTM"));
    }

    void aboutFloatRecurrence(bool isLstmFloat)
    {
        if (m_facts.lstmLayers > 0 && isLstmFloat)
            because(QS_TR_NOOP("Sentence", "LSTM layers stay float: %1 of its multiplications"),
                    {percent(m_facts.lstmMacs, m_facts.macs)});
        if (m_facts.gruLayers > 0)
            because(QS_TR_NOOP("Sentence",
                               "GRU and RNN layers stay float, %1 of its multiplications: the runtime has no "
                               "integer kernel for them"),
                    {percent(m_facts.gruMacs, m_facts.macs)});
    }

    bool hasProductsFor(bool isDynamic) const
    {
        if (m_facts.matrixLayers > 0)
            return true;
        if (!isDynamic)
            return m_facts.convolutionLayers > 0;
        return m_facts.tableParameters > 0
            || (m_facts.lstmLayers > 0 && m_target.dynamicOps.contains("LSTM"));
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
        m_advice.strategy = m_wish.mayTrain && isStrict() ? "qat" : "static";
        because(QS_TR_NOOP("Sentence",
                           "%1 of its multiplications are convolutions, which need calibrated ranges"),
                {percent(m_facts.convolutionMacs, m_facts.macs)});
        if (m_advice.strategy == "qat")
            because(
                QS_TR_NOOP("Sentence",
                           "no more than %1 points may be lost: training with the rounding simulated gives "
                           "the best accuracy"),
                {text(m_wish.largestDrop)});
        aboutFloatRecurrence(true);
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
        otherwise(QS_TR_NOOP("Sentence", "keep the layers with the largest drift float"));
        aboutTraining();
    }

    void aboutTraining()
    {
        if (m_advice.strategy == "qat" || recurrentLayers() > 0)
            return; // the trainer has no recurrent layers
        otherwise(
            m_wish.mayTrain
                ? QS_TR_NOOP("Sentence",
                             "strategy 'qat', quantization-aware training, when more than %1 points are lost")
                : QS_TR_NOOP("Sentence",
                             "strategy 'qat', quantization-aware training, when more than %1 points are "
                             "lost: it takes time and some thousand samples, with or without labels"),
            {text(m_wish.largestDrop)});
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

Advice advise(const ModelFacts &facts, const Target &target, const Wish &wish, const TargetRegistry &targets)
{
    return heedTuning(Adviser(facts, targetFor(target, wish, targets), wish).advise(), wish);
}

Advice heedTuning(Advice advice, const Wish &wish)
{
    if (wish.mayTune || advice.strategy.empty())
        return advice;
    Advice other;
    other.target = advice.target;
    other.isReadyMade = true;
    other.reasons.push_back(
        sentence(QS_TR_NOOP("Sentence",
                            "nothing to tune: open a ready-made quantized model, from its makers, the ONNX "
                            "model zoo or Hugging Face; it shows its scales and precisions, and is compared "
                            "with this one as the float original")));
    other.ifNotEnough.push_back(
        sentence(QS_TR_NOOP("Sentence", "where there is none, strategy '%1' with its settings as they are"),
                 {advice.strategy}));
    return other;
}

} // namespace qs
