// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/plots/driftheatmap.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

#include <cmath>

using namespace qs;

namespace {

/// Sample s of layer l has an SQNR of 40 - l + s dB; the alone variant is 10 dB better and absent for every
/// third.
std::shared_ptr<const Drift> makeDrift(int layers, int samples)
{
    auto drift = std::make_shared<Drift>();
    for (int s = 0; s < samples; ++s)
        drift->sampleIds.push_back("cat/" + std::to_string(s) + ".png");
    for (int l = 0; l < layers; ++l) {
        LayerDrift layer;
        layer.name = "/layer" + std::to_string(l) + "/Conv";
        layer.op = "Conv";
        for (int s = 0; s < samples; ++s) {
            layer.sampleSqnrDb.push_back(static_cast<float>(40 - l + s));
            if (l % 3 != 0)
                layer.sampleAloneSqnrDb.push_back(static_cast<float>(50 - l + s));
        }
        for (int c = 0; c <= l % 8; ++c) {
            layer.channelSqnrDb.push_back(static_cast<float>(20 + c));
            layer.channelMaxAbs.push_back(0.1F * static_cast<float>(c + 1));
        }
        drift->layers.push_back(layer);
    }
    return drift;
}

QColor pixelColor(const DriftHeatmap &plot, double column, double layer)
{
    const QImage image = plot.plot().toPixmap().toImage();
    return image.pixelColor(probe::pixel(plot, column, layer));
}

int distance(const QColor &a, const QColor &b)
{
    return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue());
}

} // namespace

class TestDriftHeatmap : public QObject
{
    Q_OBJECT
private slots:
    void clickSelectsTheLayer();
    void doubleClickActivates();
    void firstLayerIsOnTop();
    void coloursFollowTheValues();
    void missingCellsAreNeutral();
    void channelsArePadded();
    void fallsBackToWhatIsAvailable();
    void keyboard();
    void describesTheCell();
    void equalTensorsAreTheBestColour();
    void bigIsFast();
    void aSingleBadCellIsNeverLost();
};

void TestDriftHeatmap::clickSelectsTheLayer()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    QSignalSpy selected(&plot, &PlotWidget::layerSelected);
    QSignalSpy cell(&plot, &DriftHeatmap::cellSelected);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 3, 7));
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.front().front().toString(), "/layer7/Conv");
    QCOMPARE(cell.size(), 1);
    QCOMPARE(cell.front().at(1).toInt(), 3);
    plot.setSelectedLayer("/layer2/Conv");
    QCOMPARE(selected.size(), 1);
}

void TestDriftHeatmap::doubleClickActivates()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    QSignalSpy activated(&plot, &PlotWidget::layerActivated);
    probe::doubleClick(plot, probe::pixel(plot, 3, 7));
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.front().front().toString(), "/layer7/Conv");
}

void TestDriftHeatmap::firstLayerIsOnTop()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    QVERIFY(probe::pixel(plot, 0, 0).y() < probe::pixel(plot, 0, 19).y());
}

void TestDriftHeatmap::coloursFollowTheValues()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    for (const auto &[column, layer] : {std::pair {0, 0}, {9, 0}, {0, 19}, {5, 10}}) {
        const QColor expected = plot.colorScale().color(plot.valueAt(layer, column));
        QVERIFY2(distance(pixelColor(plot, column, layer), expected) < 12, qPrintable(expected.name()));
    }
    QVERIFY(distance(pixelColor(plot, 9, 0), pixelColor(plot, 0, 19)) > 150);
    plot.setColorMap(ColorMap::Cividis);
    QVERIFY(distance(pixelColor(plot, 9, 0), plot.colorScale().color(plot.valueAt(0, 9))) < 12);
}

void TestDriftHeatmap::missingCellsAreNeutral()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    plot.setView(DriftHeatmap::Mode::Samples, DriftHeatmap::Metric::Sqnr, DriftHeatmap::Variant::Alone);
    probe::show(plot);
    QVERIFY(std::isnan(plot.valueAt(3, 0)));
    QCOMPARE(plot.valueAt(4, 2), 48.0);
    const QColor missing = pixelColor(plot, 5, 3);
    QVERIFY(std::abs(missing.red() - missing.green()) < 12
            && std::abs(missing.green() - missing.blue()) < 12);
}

void TestDriftHeatmap::channelsArePadded()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    plot.setView(DriftHeatmap::Mode::Channels, DriftHeatmap::Metric::MaxAbs,
                 DriftHeatmap::Variant::Accumulated);
    QCOMPARE(plot.columnCount(), 8);
    QVERIFY(std::abs(plot.valueAt(1, 1) - 0.2) < 1e-6);
    QVERIFY(std::isnan(plot.valueAt(1, 2)));
    QVERIFY(plot.colorScale().reversed); // a large error is bad, a large SQNR is good
}

void TestDriftHeatmap::fallsBackToWhatIsAvailable()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(4, 3));
    plot.setView(DriftHeatmap::Mode::Channels, DriftHeatmap::Metric::Sqnr, DriftHeatmap::Variant::Alone);
    QCOMPARE(plot.variant(), DriftHeatmap::Variant::Accumulated);
    plot.setView(DriftHeatmap::Mode::Samples, DriftHeatmap::Metric::MaxAbs, DriftHeatmap::Variant::Alone);
    QCOMPARE(plot.metric(), DriftHeatmap::Metric::Sqnr);
    QCOMPARE(plot.variant(), DriftHeatmap::Variant::Alone);
}

void TestDriftHeatmap::keyboard()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    QSignalSpy cell(&plot, &DriftHeatmap::cellSelected);
    QSignalSpy activated(&plot, &DriftHeatmap::cellActivated);
    QTest::keyClick(&plot, Qt::Key_Down);
    QTest::keyClick(&plot, Qt::Key_Down);
    QCOMPARE(plot.selectedLayer(), "/layer1/Conv");
    QTest::keyClick(&plot, Qt::Key_Right);
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(cell.last().at(1).toInt(), 1);
    QTest::keyClick(&plot, Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.front().at(0).toString(), "/layer1/Conv");
    QCOMPARE(activated.front().at(1).toInt(), 1);
}

void TestDriftHeatmap::describesTheCell()
{
    DriftHeatmap plot;
    plot.setDrift(makeDrift(20, 10));
    probe::show(plot);
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 1, 1));
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 2, 6));
    QTRY_VERIFY(QToolTip::text().contains("/layer6/Conv"));
    QVERIFY(QToolTip::text().contains("cat/2.png"));
    QVERIFY(QToolTip::text().contains("36.0 dB"));
}

void TestDriftHeatmap::equalTensorsAreTheBestColour()
{
    auto drift = std::make_shared<Drift>(*makeDrift(6, 6));
    drift->layers[2].sampleSqnrDb.assign(6, INFINITY);
    DriftHeatmap plot;
    plot.setDrift(drift);
    probe::show(plot);
    QVERIFY(std::isinf(plot.valueAt(2, 3)));
    QVERIFY(std::isfinite(plot.colorScale().high));
    QVERIFY(distance(pixelColor(plot, 3, 2), mapColor(ColorMap::Viridis, 1)) < 12);
}

void TestDriftHeatmap::bigIsFast()
{
    const auto drift = makeDrift(500, 500);
    DriftHeatmap plot;
    plot.setDrift(drift);
    probe::show(plot);
    QCOMPARE(plot.columnCount(), 500);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 250, 400));
    QVERIFY(plot.selectedLayer().startsWith("/layer"));
    QElapsedTimer timer;
    timer.start();
    plot.plot().replot();
    qInfo("repaint of 500 x 500 cells: %.1f ms", static_cast<double>(timer.nsecsElapsed()) / 1e6);
}

void TestDriftHeatmap::aSingleBadCellIsNeverLost()
{
    auto drift = std::make_shared<Drift>();
    drift->layers.resize(3);
    for (std::size_t l = 0; l < 3; ++l) {
        drift->layers[l].name = "layer" + std::to_string(l);
        drift->layers[l].channelSqnrDb.assign(20000, 40.F); // far more than pixels
        drift->layers[l].channelMaxAbs.assign(20000, 0.1F);
    }
    std::fill_n(drift->layers[0].channelSqnrDb.begin(), 300, 10.F);
    drift->layers[1].channelSqnrDb[12345] = 10.F;
    DriftHeatmap plot;
    plot.setDrift(drift);
    plot.setView(DriftHeatmap::Mode::Channels, DriftHeatmap::Metric::Sqnr,
                 DriftHeatmap::Variant::Accumulated);
    probe::show(plot);
    const QImage image = plot.plot().toPixmap().toImage();
    const auto darkPixels = [&](int layer) {
        const int y = probe::pixel(plot, 0, layer).y();
        int count = 0;
        for (int x = plot.plot().axisRect()->left() + 2; x < plot.plot().axisRect()->right() - 2; ++x)
            count += distance(image.pixelColor(x, y), mapColor(ColorMap::Viridis, 0)) < 40 ? 1 : 0;
        return count;
    };
    QCOMPARE(darkPixels(1), 1);
    QCOMPARE(darkPixels(2), 0);
    QVERIFY(darkPixels(0) > 5);
}

QTEST_MAIN(TestDriftHeatmap)
#include "tst_driftheatmap.moc"
