// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/roles.h"
#include "widgets/models/runmodel.h"

#include <QAbstractItemModelTester>
#include <QTest>

#include <cmath>

using namespace qs;

namespace {

RunPtr makeRun()
{
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->samples = 1000;
    evaluation->top1 = Proportion {910, 1000, 0.91, 0.89, 0.93};
    evaluation->referenceTop1 = Proportion {920, 1000, 0.92, 0.90, 0.94};
    evaluation->paired = PairedComparison {15, 5, 0.0414, -0.01, -0.019, -0.001};
    evaluation->agreement = Proportion {970, 1000, 0.97, 0.96, 0.98};
    evaluation->outputSqnrDb = 27.31;
    evaluation->sizeBytes = 11'000'000;
    evaluation->referenceSizeBytes = 44'000'000;
    evaluation->latency = Latency {4.0, 5.0, 3.5, 100, 5, 2};
    evaluation->referenceLatency = Latency {10.0, 12.0, 9.5, 100, 5, 2};
    auto quantized = std::make_shared<Quantized>();
    quantized->recipe.strategy = "static";
    quantized->recipe.target = "x86-vnni";
    auto drift = std::make_shared<Drift>();
    drift->layers.resize(3);
    drift->layers[0].accumulated.sqnrDb = 20;
    drift->layers[1].accumulated.sqnrDb = 30;
    drift->layers[2].accumulated.sqnrDb = INFINITY;
    return std::make_shared<Run>(Run {"entropy", quantized, evaluation, drift});
}

} // namespace

class TestRunModel : public QObject
{
    Q_OBJECT
private slots:
    void showsTheReferenceFirst();
    void showsFigures();
    void unknownStaysUnknown();
    void meanLeavesEqualLayersOut();
};

void TestRunModel::showsTheReferenceFirst()
{
    RunModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    model.setRuns({makeRun()});
    QCOMPARE(model.rowCount(), 2);
    QVERIFY(!model.runAt(0));
    QVERIFY(model.runAt(1));
    QVERIFY(!model.runAt(2));
    QCOMPARE(model.index(0, RunModel::NameColumn).data().toString(), "FP32 reference");
    QCOMPARE(model.index(0, RunModel::Top1Column).data().toString(), "92.00 ± 2.00");
    QCOMPARE(model.index(0, RunModel::MedianColumn).data(SortRole).toDouble(), 10.0);
    QCOMPARE(model.index(0, RunModel::SizeColumn).data().toString(), "44.0 MB");
    QCOMPARE(model.index(0, RunModel::DropColumn).data().toString(), "–");
}

void TestRunModel::showsFigures()
{
    RunModel model;
    model.setRuns({makeRun()});
    const auto text = [&](int column) { return model.index(1, column).data().toString(); };
    QCOMPARE(text(RunModel::NameColumn), "entropy");
    QCOMPARE(text(RunModel::StrategyColumn), "static");
    QCOMPARE(text(RunModel::TargetColumn), "x86-vnni");
    QCOMPARE(text(RunModel::Top1Column), "91.00 ± 2.00");
    QCOMPARE(text(RunModel::DropColumn), "-1.00 (p = 0.041)");
    QCOMPARE(text(RunModel::AgreementColumn), "97.00 ± 1.00");
    QCOMPARE(text(RunModel::OutputSqnrColumn), "27.3");
    QCOMPARE(text(RunModel::SizeColumn), "11.0 MB");
    QCOMPARE(text(RunModel::RatioColumn), "4.00×");
    QCOMPARE(text(RunModel::MedianColumn), "4.00");
    QCOMPARE(text(RunModel::P90Column), "5.00");
    QCOMPARE(text(RunModel::SpeedUpColumn), "2.50×");
    QCOMPARE(text(RunModel::MeanSqnrColumn), "25.0");
    QCOMPARE(model.index(1, RunModel::DropColumn).data(SortRole).toDouble(), -1.0);
    QVERIFY(model.index(1, RunModel::DropColumn).data(Qt::ToolTipRole).toString().contains("15"));
    for (int column = 0; column < RunModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

void TestRunModel::unknownStaysUnknown()
{
    RunModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRuns({std::make_shared<Run>(Run {"bare", {}, {}, {}})});
    for (int column = RunModel::StrategyColumn; column < RunModel::ColumnCount; ++column) {
        QCOMPARE(model.index(1, column).data().toString(), "–");
        QCOMPARE(model.index(0, column).data().toString(), "–");
    }
}

void TestRunModel::meanLeavesEqualLayersOut()
{
    QVERIFY(std::isnan(meanSqnrDb(Drift())));
    QCOMPARE(meanSqnrDb(*makeRun()->drift), 25.0);
}

QTEST_MAIN(TestRunModel)
#include "tst_runmodel.moc"
