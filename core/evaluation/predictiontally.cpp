// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/predictiontally.h"

#include "core/evaluation/classscores.h"
#include "core/evaluation/statisticsmath.h"

#include <algorithm>
#include <cmath>

namespace qs {

PredictionTally::PredictionTally(std::vector<ValueInfo> outputs, std::vector<ValueInfo> reference)
    : m_outputs(std::move(outputs))
    , m_reference(std::move(reference))
{ }

Status PredictionTally::add(std::size_t index, const Sample &sample, const std::vector<Tensor> &outputs,
                            const std::vector<Tensor> &reference)
{
    if (m_isFirst) {
        m_isFirst = false;
        m_scores = scoresIn(outputs);
        m_referenceScores = scoresIn(reference);
    }
    SampleResult result;
    result.id = sample.id;
    result.index = index;
    result.label = sample.label;
    result.sqnrDb = std::numeric_limits<double>::quiet_NaN();
    std::optional<Verdict> own, theirs;
    if (m_scores) {
        QS_TRY(own, judge(outputs[*m_scores], sample.label));
        result.prediction = own->prediction;
        m_notANumber += own->prediction < 0 ? 1 : 0;
    }
    if (m_scores && m_referenceScores) {
        QS_TRY(theirs, judge(reference[*m_referenceScores], sample.label));
        result.referencePrediction = theirs->prediction;
        ++m_judged;
        m_agreed += own->rows == theirs->rows && own->prediction >= 0 ? 1 : 0;
    }
    if (own && sample.label) {
        ++m_labelled;
        m_top1 += own->top1 ? 1 : 0;
        m_top5 += own->top5 ? 1 : 0;
        m_foreignLabels += *sample.label < 0 || *sample.label >= m_classes ? 1 : 0;
        if (theirs)
            countPaired(own->top1, theirs->top1);
    }
    if (!reference.empty())
        QS_CHECK(compareOutputs(outputs, reference, result));
    m_results.push_back(std::move(result));
    return Done {};
}

void PredictionTally::countPaired(bool modelRight, bool referenceRight)
{
    if (modelRight)
        ++(referenceRight ? m_bothRight : m_onlyModel);
    else
        ++(referenceRight ? m_onlyReference : m_bothWrong);
}

std::optional<std::size_t> PredictionTally::scoresIn(const std::vector<Tensor> &outputs) const
{
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (scoreLayout(outputs[i].type(), outputs[i].shape()))
            return i;
    }
    return {};
}

Result<PredictionTally::Verdict> PredictionTally::judge(const Tensor &scores,
                                                        std::optional<std::int64_t> label)
{
    const auto layout = scoreLayout(scores.type(), scores.shape());
    if (!layout)
        return Error {ErrorCode::Runtime, m_outputs[*m_scores].name,
                      "is " + toString(scores.shape()) + " here and was class scores before"};
    QS_TRY(const Tensor values, toFloat32(scores));
    m_classes = layout->classes;
    Verdict verdict {-1, true, true, {}};
    const auto classes = static_cast<std::size_t>(layout->classes);
    for (std::size_t row = 0; row < static_cast<std::size_t>(layout->rows); ++row) {
        const std::span<const float> line = values.floats().subspan(row * classes, classes);
        verdict.rows.push_back(argMax(line));
        verdict.top1 = verdict.top1 && label && verdict.rows.back() == *label;
        verdict.top5 = verdict.top5 && label && isInTop(line, *label, 5);
    }
    verdict.prediction = verdict.rows.front();
    return verdict;
}

Status PredictionTally::compareOutputs(const std::vector<Tensor> &outputs,
                                       const std::vector<Tensor> &reference, SampleResult &result)
{
    bool isFirst = true;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto same = std::find_if(m_reference.begin(), m_reference.end(),
                                       [&](const ValueInfo &v) { return v.name == m_outputs[i].name; });
        // Other tools rename outputs; their order is what then tells them apart.
        const auto j = same == m_reference.end() ? i : static_cast<std::size_t>(same - m_reference.begin());
        if (j >= reference.size() || !isFloatingPoint(outputs[i].type())
            || !isFloatingPoint(reference[j].type()))
            continue;
        if (outputs[i].size() != reference[j].size())
            return Error {ErrorCode::InvalidArgument, m_outputs[i].name,
                          "has " + toString(outputs[i].shape()) + " values, the reference's "
                              + toString(reference[j].shape())};
        QS_TRY(const Tensor y, toFloat32(outputs[i]));
        QS_TRY(const Tensor x, toFloat32(reference[j]));
        ErrorSums sums;
        sums.add(x.floats(), y.floats());
        m_error.add(sums);
        if (isFirst)
            result.sqnrDb = sums.sqnrDb();
        isFirst = false;
    }
    m_compared += isFirst ? 0 : 1;
    return Done {};
}

void PredictionTally::finish(Evaluation &evaluation, const JobContext &job)
{
    evaluation.samples = m_results.size();
    evaluation.results = std::move(m_results);
    if (m_labelled > 0) {
        evaluation.top1 = makeProportion(m_top1, m_labelled);
        if (m_classes > 5)
            evaluation.top5 = makeProportion(m_top5, m_labelled);
    }
    const PairedCounts counts {m_bothRight, m_onlyModel, m_onlyReference, m_bothWrong};
    if (counts.total() > 0) {
        evaluation.referenceTop1 = makeProportion(m_bothRight + m_onlyReference, counts.total());
        const Interval difference = newcombePairedDifference(counts);
        evaluation.paired = PairedComparison {
            m_onlyReference,     m_onlyModel,    mcnemarExact(m_onlyReference, m_onlyModel),
            difference.estimate, difference.low, difference.high};
    }
    if (m_judged > 0)
        evaluation.agreement = makeProportion(m_agreed, m_judged);
    if (m_compared > 0)
        evaluation.outputSqnrDb = m_error.sqnrDb();
    if (m_notANumber > 0)
        job.report(
            {Severity::Warning, "nan-output", m_outputs[*m_scores].name,
             sentence(
                 QS_TR_NOOP(
                     "Sentence",
                     "%1 of %2 samples gave NaN, counted as wrong; check the preprocessing and the ranges"),
                 {std::to_string(m_notANumber), std::to_string(evaluation.samples)})});
    if (m_foreignLabels > 0)
        job.report({Severity::Warning, "label-outside-classes", m_outputs[*m_scores].name,
                    countedSentence(QS_TR_N_NOOP("Sentence",
                                                 "%n label(s) outside the %1 classes, counted as wrong; "
                                                 "check that data and model belong together"),
                                    static_cast<int>(m_foreignLabels), {std::to_string(m_classes)})});
}

} // namespace qs
