// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/plots/paretoplot.h"

#include <QSignalSpy>
#include <QTest>

using namespace qs;

namespace {

RunPtr makeRun(const std::string &name, double megabytes, double milliseconds, std::optional<double> top1,
               double sqnrDb)
{
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->sizeBytes = static_cast<std::uint64_t>(megabytes * 1e6);
    evaluation->referenceSizeBytes = 100'000'000;
    evaluation->latency = Latency {milliseconds, milliseconds * 1.2, milliseconds * 0.9, 100, 5, 2};
    evaluation->referenceLatency = Latency {50, 55, 48, 100, 5, 2};
    if (top1) {
        evaluation->top1 = Proportion {0, 0, *top1, *top1 - 0.02, *top1 + 0.02};
        evaluation->referenceTop1 = Proportion {0, 0, 0.76, 0.74, 0.78};
    }
    evaluation->outputSqnrDb = sqnrDb;
    return std::make_shared<Run>(Run {name, {}, evaluation, {}});
}

std::vector<RunPtr> runs()
{
    return {makeRun("minmax", 25, 20, 0.70, 20), makeRun("entropy", 25, 20, 0.75, 30),
            makeRun("int4", 13, 30, 0.60, 12), makeRun("worse", 30, 40, 0.65, 15)};
}

} // namespace

class TestParetoPlot : public QObject
{
    Q_OBJECT
private slots:
    void front();
    void qualityFallsBack();
    void clickSelects();
    void keyboard();
    void survivesOddRuns();
};

void TestParetoPlot::front()
{
    const auto points = paretoPoints(runs(), ParetoCost::Size, ParetoQuality::Top1);
    QCOMPARE(points.size(), 5U);
    QCOMPARE(points[0].run, -1);
    QCOMPARE(points[0].quality, 76.0);
    QVERIFY(points[0].onFront); // the most accurate
    QVERIFY(!points[1].onFront); // entropy is better at the same size
    QVERIFY(points[2].onFront);
    QVERIFY(points[3].onFront); // the smallest
    QVERIFY(!points[4].onFront);
    QCOMPARE(points[2].qualityLow, 73.0);
    const auto byLatency = paretoPoints(runs(), ParetoCost::Latency, ParetoQuality::Top1);
    QVERIFY(!byLatency[3].onFront); // int4 is slower and worse than entropy
    QCOMPARE(byLatency[2].costHigh, 24.0);
}

void TestParetoPlot::qualityFallsBack()
{
    const std::vector<RunPtr> unlabelled {makeRun("a", 25, 20, {}, 30), makeRun("b", 13, 20, {}, 20)};
    QCOMPARE(bestQuality(runs()), ParetoQuality::Top1);
    QCOMPARE(bestQuality(unlabelled), ParetoQuality::OutputSqnr);
    ParetoPlot plot;
    plot.setRuns(unlabelled);
    QCOMPARE(plot.quality(), ParetoQuality::OutputSqnr);
    QCOMPARE(plot.points().size(), 2U); // the float model has no SQNR
    QVERIFY(plot.plot().yAxis->label().contains("dB"));
}

void TestParetoPlot::clickSelects()
{
    ParetoPlot plot;
    plot.setRuns(runs());
    probe::show(plot);
    QSignalSpy selected(&plot, &ParetoPlot::runSelected);
    QSignalSpy activated(&plot, &ParetoPlot::runActivated);
    const auto pixelOf = [&](int run) {
        for (const ParetoPoint &point : plot.points())
            if (point.run == run)
                return plot.pixelOf(point).toPoint();
        return QPoint();
    };
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, pixelOf(2) + QPoint(2, 2));
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.front().front().toInt(), 2);
    QCOMPARE(plot.selectedRun(), 2);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, pixelOf(-1)); // the float model is no run
    QCOMPARE(selected.size(), 1);
    plot.setSelectedRun(0);
    QCOMPARE(selected.size(), 1);
    probe::doubleClick(plot, pixelOf(1));
    QCOMPARE(activated.size(), 1);
    plot.setCost(ParetoCost::Latency);
    QVERIFY(plot.plot().xAxis->label().contains("ms"));
}

void TestParetoPlot::keyboard()
{
    ParetoPlot plot;
    plot.setRuns(runs());
    probe::show(plot);
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(plot.selectedRun(), 2); // the smallest
    QTest::keyClick(&plot, Qt::Key_Right);
    QTest::keyClick(&plot, Qt::Key_Right);
    QTest::keyClick(&plot, Qt::Key_Right);
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(plot.selectedRun(), 3); // the biggest run
}

void TestParetoPlot::survivesOddRuns()
{
    ParetoPlot plot;
    plot.setRuns({std::make_shared<Run>()});
    QVERIFY(plot.isEmpty());
    plot.setRuns({makeRun("single", 25, 20, 0.7, INFINITY)});
    plot.setQuality(ParetoQuality::OutputSqnr);
    QVERIFY(plot.isEmpty()); // an infinite SQNR cannot be drawn
    plot.setQuality(ParetoQuality::Top1);
    QVERIFY(!plot.isEmpty());
    probe::show(plot, {200, 150});
}

QTEST_MAIN(TestParetoPlot)
#include "tst_paretoplot.moc"
