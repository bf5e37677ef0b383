// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/errorsums.h"
#include "core/evaluation/evaluation.h"

namespace qs {

/// Counts what the outputs of a model, and of its reference, say of one sample after the other.
class PredictionTally
{
public:
    /// The outputs the runs give, in order; \a reference is empty without one.
    PredictionTally(std::vector<ValueInfo> outputs, std::vector<ValueInfo> reference);

    /// Error when outputs of one name differ in size between the two models.
    Status add(std::size_t index, const Sample &sample, const std::vector<Tensor> &outputs,
               const std::vector<Tensor> &reference);

    /// Fills in everything but sizes and latencies; reports what is odd about the outputs to \a job.
    void finish(Evaluation &evaluation, const JobContext &job);

private:
    struct Verdict
    {
        std::int64_t prediction = -1; ///< of the first row
        bool top1 = false; ///< every row: a model with a fixed batch is fed one sample in all of its rows
        bool top5 = false;
        std::vector<std::int64_t> rows;
    };
    Result<Verdict> judge(const Tensor &scores, std::optional<std::int64_t> label);
    Status compareOutputs(const std::vector<Tensor> &outputs, const std::vector<Tensor> &reference,
                          SampleResult &result);
    void countPaired(bool modelRight, bool referenceRight);
    std::optional<std::size_t> scoresIn(const std::vector<Tensor> &outputs) const;

    std::vector<ValueInfo> m_outputs;
    std::vector<ValueInfo> m_reference;
    std::vector<SampleResult> m_results;
    bool m_isFirst = true;
    std::optional<std::size_t> m_scores; ///< output read as class scores, and the same of the reference
    std::optional<std::size_t> m_referenceScores;
    std::int64_t m_classes = 0;
    ErrorSums m_error;
    std::uint64_t m_compared = 0; ///< samples with an output both models have
    std::uint64_t m_labelled = 0;
    std::uint64_t m_top1 = 0;
    std::uint64_t m_top5 = 0;
    std::uint64_t m_agreed = 0;
    std::uint64_t m_judged = 0;
    std::uint64_t m_notANumber = 0;
    std::uint64_t m_foreignLabels = 0;
    std::uint64_t m_bothRight = 0;
    std::uint64_t m_onlyModel = 0;
    std::uint64_t m_onlyReference = 0;
    std::uint64_t m_bothWrong = 0;
};

} // namespace qs
