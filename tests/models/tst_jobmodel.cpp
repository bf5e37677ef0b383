// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/jobmodel.h"
#include "widgets/models/roles.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace qs;

class TestJobModel : public QObject
{
    Q_OBJECT
private slots:
    void addsAndUpdates();
    void removes();
};

void TestJobModel::addsAndUpdates()
{
    JobModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    JobInfo job;
    job.id = 7;
    job.title = "ResNet50, entropy";
    job.stage = "calibrate";
    job.state = JobState::Running;
    model.setJob(job);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, JobModel::StageColumn).data().toString(), "Collecting statistics");
    QCOMPARE(model.index(0, JobModel::ProgressColumn).data().toString(), QString());
    QCOMPARE(model.index(0, JobModel::ProgressColumn).data(ProgressRole).toDouble(), -1.0);
    model.setJob(job);
    QCOMPARE(changed.size(), 0);
    job.fraction = 0.999;
    job.secondsLeft = 200;
    model.setJob(job);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, JobModel::ProgressColumn).data().toString(), "99 %"); // 100 only when done
    QCOMPARE(model.index(0, JobModel::TimeLeftColumn).data().toString(), "3 min 20 s");
    job.state = JobState::Failed;
    job.message = "Out of memory";
    model.setJob(job);
    QCOMPARE(model.index(0, JobModel::StateColumn).data().toString(), "Failed");
    QCOMPARE(model.index(0, JobModel::StateColumn).data(Qt::ToolTipRole).toString(), "Out of memory");
    QCOMPARE(model.index(0, JobModel::TimeLeftColumn).data().toString(), QString());
}

void TestJobModel::removes()
{
    JobModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (quint64 id = 1; id <= 4; ++id) {
        JobInfo job;
        job.id = id;
        job.state = id % 2 ? JobState::Finished : JobState::Running;
        model.setJob(job);
    }
    model.removeFinished();
    QCOMPARE(model.rowCount(), 2);
    model.removeJob(4);
    model.removeJob(99);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.jobs().front().id, 2U);
}

QTEST_MAIN(TestJobModel)
#include "tst_jobmodel.moc"
