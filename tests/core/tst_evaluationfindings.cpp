// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/evaluationfindings.h"

#include <QTest>

using namespace qs;

class tst_EvaluationFindings : public QObject
{
    Q_OBJECT

private slots:
    void slowerIsTold();
    void noiseIsNot();
    void aCertainLossIsTold();
    void anUncertainLossIsNot();
    void disagreementCountsWithoutLabels();
};

namespace {

std::string only(const Evaluation &evaluation)
{
    const std::vector<Finding> findings = evaluationFindings(evaluation);
    return findings.size() == 1 ? findings[0].code + ": " + findings[0].detail.str() : std::string();
}

} // namespace

void tst_EvaluationFindings::slowerIsTold()
{
    Evaluation evaluation;
    evaluation.latency = Latency {.medianMs = 1.35};
    evaluation.referenceLatency = Latency {.medianMs = 1.0};
    QVERIFY(only(evaluation).starts_with("slower-than-float: takes 1.35 times as long as the float model"));
}

void tst_EvaluationFindings::noiseIsNot()
{
    Evaluation evaluation;
    evaluation.latency = Latency {.medianMs = 1.01};
    evaluation.referenceLatency = Latency {.medianMs = 1.0};
    QVERIFY(evaluationFindings(evaluation).empty());
}

void tst_EvaluationFindings::aCertainLossIsTold()
{
    Evaluation evaluation;
    evaluation.paired = PairedComparison {.difference = -0.021, .low = -0.03, .high = -0.012};
    QVERIFY(
        only(evaluation).starts_with("accuracy-lost: loses 2.1 points of top-1 (95 % interval 1.2 to 3.0)"));
}

void tst_EvaluationFindings::anUncertainLossIsNot()
{
    Evaluation evaluation;
    evaluation.paired = PairedComparison {.difference = -0.021, .low = -0.05, .high = 0.008};
    QVERIFY(evaluationFindings(evaluation).empty());
}

void tst_EvaluationFindings::disagreementCountsWithoutLabels()
{
    Evaluation evaluation;
    evaluation.agreement = makeProportion(90, 100);
    QVERIFY(only(evaluation).starts_with("disagrees: only 90.0 %"));
    evaluation.paired = PairedComparison {};
    QVERIFY(evaluationFindings(evaluation).empty());
}

QTEST_GUILESS_MAIN(tst_EvaluationFindings)
#include "tst_evaluationfindings.moc"
