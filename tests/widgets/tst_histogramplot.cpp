// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/plots/histogramplot.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <random>

using namespace qs;

namespace {

/// Gaussian values, so that the effect of clipping is known in closed form.
std::shared_ptr<const Histogram> gaussian(int count = 200000)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float &value : values)
        value = normal(random);
    auto histogram = std::make_shared<Histogram>();
    histogram->add(values);
    return histogram;
}

HistogramContent content(QuantScheme scheme = {})
{
    return {"conv1", "conv1_out", gaussian(), nullptr, scheme, Range {-3.F, 3.F}};
}

} // namespace

class TestHistogramPlot : public QObject
{
    Q_OBJECT
private slots:
    void predictsClipping();
    void groupsBins();
    void quantizedColumnsAreOnTheGrid();
    void dragMovesALimit();
    void limitsKeepZeroInside();
    void symmetricLimitsMirror();
    void programmaticLimitsAreSilent();
    void arrowsNudge();
    void draggingElsewherePans();
    void togglesLogarithm();
    void saysWhyItIsEmpty();
};

void TestHistogramPlot::predictsClipping()
{
    // Values outside 2 sigma: erfc(2 / sqrt 2) = 4.55 %.
    const ClipPrediction atTwo = predictClipping(*gaussian(), {-2, 2}, {DType::UInt8, false});
    QVERIFY(std::abs(atTwo.clippedPercent - 4.55) < 0.2);
    QVERIFY(std::abs(atTwo.step - 4.0 / 255) < 1e-6);
    // Nothing clipped: noise step^2 / 12 over a signal of power 1.
    const Range wide {-6, 6};
    const double step = 12.0 / 255;
    const ClipPrediction atSix = predictClipping(*gaussian(), wide, {DType::UInt8, false});
    QCOMPARE(atSix.clippedPercent, 0.0);
    QVERIFY(std::abs(atSix.sqnrDb - 10 * std::log10(12 / (step * step))) < 0.2);
    // Clipping error of a Gaussian at t: 2 ((1 + t^2) Q(t) - t phi(t)), far above the rounding error here.
    const double t = 1;
    const double q = 0.5 * std::erfc(t / std::sqrt(2));
    const double phi = std::exp(-t * t / 2) / std::sqrt(2 * M_PI);
    const double error = 2 * ((1 + t * t) * q - t * phi);
    const ClipPrediction atOne = predictClipping(*gaussian(), {-1, 1}, {DType::UInt8, false});
    QVERIFY(std::abs(atOne.sqnrDb - 10 * std::log10(1 / error)) < 0.2);
    QVERIFY(std::isnan(predictClipping(Histogram(), wide, {}).sqnrDb));
}

void TestHistogramPlot::groupsBins()
{
    Histogram histogram;
    histogram.add(std::vector<float> {0.F, 1.F, 1.F, 2.F});
    const Columns columns = groupBins(histogram, 100);
    QVERIFY(columns.centers.size() <= 100);
    double sum = 0;
    for (const double percent : columns.percent)
        sum += percent;
    QVERIFY(std::abs(sum - 100) < 1e-9);
    QVERIFY(columns.centers.first() - columns.width / 2 <= 0);
    QVERIFY(columns.centers.last() + columns.width / 2 >= 2);
    QCOMPARE(groupBins(Histogram(), 10).centers.size(), 0);
}

void TestHistogramPlot::quantizedColumnsAreOnTheGrid()
{
    const Columns columns = quantizedColumns(*gaussian(), {-1.F, 1.F}, {DType::Int8, true}, 0);
    const double step = 1.0 / 127;
    QCOMPARE(columns.centers.size(), 255);
    QVERIFY(std::abs(columns.width - step) < 1e-6);
    QVERIFY(std::abs(columns.centers.first() + 1) < 1e-5);
    QVERIFY(std::abs(columns.centers[127]) < 1e-9);
    QVERIFY(std::abs(columns.percent.last() - 15.9) < 0.5); // all above 1 sigma end there
    const Columns coarse = quantizedColumns(*gaussian(), {-1.F, 1.F}, {DType::Int8, true}, 3.5 * step);
    QVERIFY(std::abs(coarse.width - 4 * step) < 1e-6);
}

void TestHistogramPlot::dragMovesALimit()
{
    HistogramPlot plot;
    plot.setContent(content());
    probe::show(plot);
    QSignalSpy changed(&plot, &HistogramPlot::limitsChanged);
    QSignalSpy committed(&plot, &HistogramPlot::limitsCommitted);
    const double before = plot.prediction().clippedPercent;
    const int y = plot.plot().axisRect()->center().y();
    const auto at = [&](double x) { return QPoint(probe::pixel(plot, x, 1).x(), y); };
    QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, at(3.0));
    QTest::mouseMove(&plot.plot(), at(2.5));
    QTest::mouseMove(&plot.plot(), at(1.0));
    QVERIFY(changed.size() >= 2);
    QCOMPARE(committed.size(), 0);
    QVERIFY(std::abs(plot.limits().max - 1.0F) < 0.05F);
    QCOMPARE(plot.limits().min, -3.F);
    QVERIFY(plot.prediction().clippedPercent > before + 10);
    QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, at(1.0));
    QCOMPARE(committed.size(), 1);
    QCOMPARE(committed.front().front().value<Range>(), plot.limits());
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, at(1.0)); // moves nothing
    QCOMPARE(committed.size(), 1);
}

void TestHistogramPlot::limitsKeepZeroInside()
{
    HistogramPlot plot;
    plot.setContent(content());
    probe::show(plot);
    const int y = plot.plot().axisRect()->center().y();
    QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, {probe::pixel(plot, 3, 1).x(), y});
    QTest::mouseMove(&plot.plot(), {probe::pixel(plot, -2, 1).x(), y});
    QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, {probe::pixel(plot, -2, 1).x(), y});
    QCOMPARE(plot.limits().max, 0.F);
    plot.setLimits({1.F, 2.F});
    QCOMPARE(plot.limits(), (Range {0.F, 2.F}));
}

void TestHistogramPlot::symmetricLimitsMirror()
{
    HistogramPlot plot;
    plot.setContent(content({DType::Int8, true}));
    probe::show(plot);
    plot.setLimits({-1.F, 2.F});
    QCOMPARE(plot.limits(), (Range {-2.F, 2.F}));
    const int y = plot.plot().axisRect()->center().y();
    QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, {probe::pixel(plot, -2, 1).x(), y});
    QTest::mouseMove(&plot.plot(), {probe::pixel(plot, -1.5, 1).x(), y});
    QCOMPARE(plot.limits().max, -plot.limits().min);
    QVERIFY(std::abs(plot.limits().max - 1.5F) < 0.05F);
}

void TestHistogramPlot::programmaticLimitsAreSilent()
{
    HistogramPlot plot;
    plot.setContent(content());
    QSignalSpy changed(&plot, &HistogramPlot::limitsChanged);
    plot.setLimits({-1.F, 1.F});
    QCOMPARE(plot.limits(), (Range {-1.F, 1.F}));
    QCOMPARE(changed.size(), 0);
}

void TestHistogramPlot::arrowsNudge()
{
    HistogramPlot plot;
    plot.setContent(content());
    probe::show(plot);
    QSignalSpy committed(&plot, &HistogramPlot::limitsCommitted);
    QTest::keyClick(&plot, Qt::Key_Left);
    QVERIFY(plot.limits().max < 3.F);
    QCOMPARE(plot.limits().min, -3.F);
    QCOMPARE(committed.size(), 1);
    const float step = 3.F - plot.limits().max;
    QTest::keyClick(&plot, Qt::Key_Down); // the other limit
    QTest::keyClick(&plot, Qt::Key_Right, Qt::ShiftModifier);
    QVERIFY(std::abs(plot.limits().min - (-3.F + 10 * step)) < 0.01F);
}

void TestHistogramPlot::draggingElsewherePans()
{
    HistogramPlot plot;
    plot.setContent(content());
    probe::show(plot);
    QSignalSpy changed(&plot, &HistogramPlot::limitsChanged);
    plot.plot().xAxis->setRange(-1, 1);
    const QPoint center = plot.plot().axisRect()->center();
    QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, center);
    QTest::mouseMove(&plot.plot(), center + QPoint(80, 0));
    QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, center + QPoint(80, 0));
    QCOMPARE(changed.size(), 0);
    QVERIFY(plot.plot().xAxis->range().lower < -1.05);
}

void TestHistogramPlot::togglesLogarithm()
{
    HistogramPlot plot;
    plot.setContent(content());
    probe::show(plot);
    QVERIFY(plot.isLogarithmic());
    QCOMPARE(plot.plot().yAxis->scaleType(), QCPAxis::stLogarithmic);
    QVERIFY(plot.plot().yAxis->range().lower > 0);
    plot.setLogarithmic(false);
    QCOMPARE(plot.plot().yAxis->scaleType(), QCPAxis::stLinear);
    QCOMPARE(plot.plot().yAxis->range().lower, 0.0);
}

void TestHistogramPlot::saysWhyItIsEmpty()
{
    HistogramPlot plot;
    const QString nothing = plot.emptyText();
    HistogramContent noStatistics;
    noStatistics.layer = "/layer1/conv2";
    plot.setContent(noStatistics);
    QVERIFY(plot.isEmpty());
    QVERIFY(plot.emptyText() != nothing);
    QVERIFY(plot.emptyText().contains("conv2"));
    plot.setContent(content());
    QVERIFY(!plot.isEmpty());
    plot.clear();
    QVERIFY(plot.isEmpty());
}

QTEST_MAIN(TestHistogramPlot)
#include "tst_histogramplot.moc"
