// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/roles.h"
#include "widgets/models/simulationmodel.h"

#include <QAbstractItemModelTester>
#include <QTest>

#include <cmath>

using namespace qs;

class tst_SimulationModel : public QObject
{
    Q_OBJECT

private slots:
    void showsDifferences();
};

void tst_SimulationModel::showsDifferences()
{
    QLocale::setDefault(QLocale::C);
    SimulationModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    auto history = std::make_shared<TrainingHistory>();
    history->differences = {{"relu1", 0.0, 0, HUGE_VAL}, {"relu2", 0.125, 3, 41.3}};
    model.setHistory(history);
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(1, SimulationModel::TensorColumn).data().toString(), QStringLiteral("relu2"));
    QCOMPARE(model.index(1, SimulationModel::ChangedColumn).data(SortRole).toDouble(), 0.125);
    QVERIFY(
        model.index(1, SimulationModel::ChangedColumn).data().toString().startsWith(QStringLiteral("12.5")));
    QCOMPARE(model.index(1, SimulationModel::LargestColumn).data().toString(), QStringLiteral("3"));
    QVERIFY(model.index(1, SimulationModel::SqnrColumn).data().toString().startsWith(QStringLiteral("41.3")));
    for (int column = 0; column < SimulationModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    model.retranslate();
    model.setHistory({});
    QCOMPARE(model.rowCount(), 0);
}

QTEST_GUILESS_MAIN(tst_SimulationModel)
#include "tst_simulationmodel.moc"
