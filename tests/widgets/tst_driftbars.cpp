// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/plots/driftbars.h"

#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

#include <cmath>

using namespace qs;

namespace {

std::shared_ptr<const Drift> makeDrift(int layers)
{
    auto drift = std::make_shared<Drift>();
    for (int i = 0; i < layers; ++i) {
        LayerDrift layer;
        layer.name = "/layer" + std::to_string(i) + "/Conv";
        layer.op = "Conv";
        layer.accumulated = {40.0 - i, 0.99, 0.5, 0.1};
        if (i % 2 == 0)
            layer.alone = DriftMetrics {45.0, 0.999, 0.25, 0.05};
        drift->layers.push_back(layer);
    }
    drift->layers.front().accumulated.sqnrDb = INFINITY;
    return drift;
}

} // namespace

class TestDriftBars : public QObject
{
    Q_OBJECT
private slots:
    void clickSelects();
    void metrics();
    void infiniteStaysInside();
    void describes();
};

void TestDriftBars::clickSelects()
{
    DriftBars plot;
    plot.setDrift(makeDrift(12));
    probe::show(plot);
    QSignalSpy selected(&plot, &PlotWidget::layerSelected);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 5, 10));
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.front().front().toString(), "/layer5/Conv");
    plot.setSelectedLayer("/layer6/Conv");
    QCOMPARE(selected.size(), 1);
    QTest::keyClick(&plot, Qt::Key_Left);
    QCOMPARE(plot.selectedLayer(), "/layer5/Conv");
}

void TestDriftBars::metrics()
{
    DriftBars plot;
    plot.setDrift(makeDrift(12));
    probe::show(plot);
    const auto bar = [&](int series, int index) {
        return (qobject_cast<QCPBars *>(plot.plot().plottable(series))->data()->constBegin() + index)->value;
    };
    QCOMPARE(bar(0, 3), 37.0);
    QCOMPARE(bar(1, 1), 45.0); // layer 2; layer 1 was not quantized
    QVERIFY(plot.plot().yAxis->label().contains("dB"));
    plot.setMetric(DriftBars::Metric::Cosine);
    QVERIFY(std::abs(bar(0, 3) - 0.01) < 1e-12);
    plot.setMetric(DriftBars::Metric::MaxAbs);
    QCOMPARE(bar(1, 0), 0.25);
    plot.setMetric(DriftBars::Metric::Clipped);
    QCOMPARE(bar(0, 0), 0.1);
    QVERIFY(plot.plot().yAxis->label().contains("%"));
}

void TestDriftBars::infiniteStaysInside()
{
    DriftBars plot;
    plot.setDrift(makeDrift(12));
    probe::show(plot);
    QVERIFY(std::isfinite(plot.plot().yAxis->range().upper));
    const auto first = qobject_cast<QCPBars *>(plot.plot().plottable(0))->data()->constBegin();
    QCOMPARE(first->value, plot.plot().yAxis->range().upper);
}

void TestDriftBars::describes()
{
    DriftBars plot;
    plot.setDrift(makeDrift(12));
    probe::show(plot);
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 2, 10));
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 3, 10));
    QTRY_VERIFY(QToolTip::text().contains("/layer3/Conv"));
    QVERIFY(QToolTip::text().contains("37.0 dB"));
    QVERIFY(QToolTip::text().contains("not quantized"));
}

QTEST_MAIN(TestDriftBars)
#include "tst_driftbars.moc"
