// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/findingmodel.h"
#include "widgets/models/roles.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace qs;

class TestFindingModel : public QObject
{
    Q_OBJECT
private slots:
    void showsFindings();
};

void TestFindingModel::showsFindings()
{
    FindingModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFindings({{Severity::Warning, "no-such-code-yet", "conv1", "do this"}});
    model.append({Severity::Error, "opset-raised", "", "whole"});
    QCOMPARE(model.rowCount(), 2);
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, FindingModel::SeverityColumn), "Warning");
    QCOMPARE(text(0, FindingModel::CodeColumn), "No such code yet");
    QCOMPARE(text(0, FindingModel::SubjectColumn), "conv1");
    QCOMPARE(text(0, FindingModel::DetailColumn), "do this");
    QCOMPARE(text(1, FindingModel::SubjectColumn), "Whole model");
    QCOMPARE(model.index(1, 0).data(SubjectRole).toString(), QString());
    QCOMPARE(model.index(0, 2).data(SubjectRole).toString(), "conv1");
    QCOMPARE(model.index(1, 2).data(SeverityRole).toInt(), static_cast<int>(Severity::Error));
    QVERIFY(model.index(0, 0).data(SortRole).toInt() < model.index(1, 0).data(SortRole).toInt());
}

QTEST_MAIN(TestFindingModel)
#include "tst_findingmodel.moc"
