// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/plots/rangeplot.h"

#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

using namespace qs;

namespace {

std::vector<LayerRange> makeLayers(int count)
{
    std::vector<LayerRange> layers;
    for (int i = 0; i < count; ++i) {
        LayerRange range;
        range.layer = "/layer" + std::to_string(i / 10) + "/conv" + std::to_string(i) + "/Conv";
        range.op = "Conv";
        range.extent = {-1.F - static_cast<float>(i), 2.F * static_cast<float>(i + 1)};
        range.band = Range {-0.5F, 1.F};
        if (i % 2 == 0)
            range.clip = Range {-1.F, static_cast<float>(i + 1)};
        layers.push_back(range);
    }
    return layers;
}

} // namespace

class TestRangePlot : public QObject
{
    Q_OBJECT
private slots:
    void clickSelects();
    void programmaticSelectionIsSilent();
    void arrowsMoveTheSelection();
    void enterActivates();
    void showsASelectionThatIsOutOfView();
    void symlogKeepsSmallRangesVisible();
    void symlogIsInvertible();
    void channels();
    void describesTheLayer();
    void tenThousandLayers();
    void collectsFromStatistics();
};

void TestRangePlot::clickSelects()
{
    RangePlot plot;
    plot.setLayers(makeLayers(30));
    probe::show(plot);
    QSignalSpy selected(&plot, &PlotWidget::layerSelected);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 12, 5));
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.front().front().toString(), "/layer1/conv12/Conv");
    QCOMPARE(plot.selectedLayer(), "/layer1/conv12/Conv");
    // A drag is no click.
    QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 5, 5));
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 10, 5));
    QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, probe::pixel(plot, 10, 5));
    QCOMPARE(selected.size(), 1);
}

void TestRangePlot::programmaticSelectionIsSilent()
{
    RangePlot plot;
    plot.setLayers(makeLayers(30));
    probe::show(plot);
    QSignalSpy selected(&plot, &PlotWidget::layerSelected);
    plot.setSelectedLayer("/layer0/conv3/Conv");
    QCOMPARE(plot.selectedLayer(), "/layer0/conv3/Conv");
    plot.setSelectedLayer("not in this plot");
    QCOMPARE(selected.size(), 0);
}

void TestRangePlot::arrowsMoveTheSelection()
{
    RangePlot plot;
    plot.setLayers(makeLayers(30));
    probe::show(plot);
    QSignalSpy selected(&plot, &PlotWidget::layerSelected);
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(plot.selectedLayer(), "/layer0/conv0/Conv");
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(plot.selectedLayer(), "/layer0/conv1/Conv");
    QTest::keyClick(&plot, Qt::Key_PageDown);
    QCOMPARE(plot.selectedLayer(), "/layer1/conv11/Conv");
    QTest::keyClick(&plot, Qt::Key_Left);
    QCOMPARE(plot.selectedLayer(), "/layer1/conv10/Conv");
    QTest::keyClick(&plot, Qt::Key_End);
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(plot.selectedLayer(), "/layer2/conv29/Conv");
    QCOMPARE(selected.size(), 6);
}

void TestRangePlot::enterActivates()
{
    RangePlot plot;
    plot.setLayers(makeLayers(3));
    probe::show(plot);
    QSignalSpy activated(&plot, &PlotWidget::layerActivated);
    QTest::keyClick(&plot, Qt::Key_Return);
    QCOMPARE(activated.size(), 0); // nothing is selected
    plot.setSelectedLayer("/layer0/conv1/Conv");
    QTest::keyClick(&plot, Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
}

void TestRangePlot::showsASelectionThatIsOutOfView()
{
    RangePlot plot;
    plot.setLayers(makeLayers(100));
    probe::show(plot);
    plot.plot().xAxis->setRange(0, 10);
    plot.setSelectedLayer("/layer5/conv50/Conv");
    QVERIFY(plot.plot().xAxis->range().contains(50));
    QVERIFY(qAbs(plot.plot().xAxis->range().size() - 10) < 1e-9);
}

void TestRangePlot::symlogKeepsSmallRangesVisible()
{
    RangePlot plot;
    std::vector<LayerRange> layers = makeLayers(2);
    layers[0].extent = {-0.01F, 0.01F};
    layers[1].extent = {-1000.F, 1000.F};
    layers[0].clip.reset();
    plot.setLayers(layers);
    probe::show(plot);
    const auto heightOfFirst = [&] {
        const auto *boxes = qobject_cast<QCPFinancial *>(plot.plot().plottable(2));
        const auto data = boxes->data()->constBegin();
        return plot.plot().yAxis->coordToPixel(data->low) - plot.plot().yAxis->coordToPixel(data->high);
    };
    QVERIFY(heightOfFirst() < 2);
    plot.setSymlog(true);
    plot.plot().replot();
    QVERIFY(heightOfFirst() > 10);
}

void TestRangePlot::symlogIsInvertible()
{
    const std::vector<double> values {-120, -0.5, 0, 3, 8};
    const Symlog scale = Symlog::forValues(values);
    QCOMPARE(scale.threshold, 0.01); // a decade below the power of ten of the smallest, 0.5
    for (const double value : {-120.0, -0.001, 0.0, 0.02, 1e6})
        QVERIFY(qAbs(scale.inverse(scale.forward(value)) - value) <= 1e-9 * qMax(1.0, qAbs(value)));
    QCOMPARE(Symlog::forValues({}).threshold, 1.0);
}

void TestRangePlot::channels()
{
    RangePlot plot;
    plot.setLayers(makeLayers(5));
    plot.setMode(RangePlot::Mode::Channels);
    QVERIFY(plot.isEmpty());
    plot.setChannels("/layer0/conv1/Conv", {{-1, 1}, {-2, 0.5F}, {0, 3}});
    QVERIFY(!plot.isEmpty());
    probe::show(plot);
    QVERIFY(plot.plot().xAxis->label().contains("conv1"));
    QCOMPARE(plot.plot().xAxis->range().upper, 2.5);
    plot.setChannels("/layer0/conv2/Conv", {});
    QVERIFY(plot.isEmpty());
    QVERIFY(plot.emptyText().contains("conv2"));
    plot.setMode(RangePlot::Mode::Layers);
    QVERIFY(!plot.isEmpty());
}

void TestRangePlot::describesTheLayer()
{
    RangePlot plot;
    plot.setLayers(makeLayers(10));
    probe::show(plot);
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 1, 1));
    QTest::mouseMove(&plot.plot(), probe::pixel(plot, 2, 1));
    QTRY_VERIFY(QToolTip::text().contains("/layer0/conv2/Conv"));
    QVERIFY(QToolTip::text().contains("-3 to 6"));
    QVERIFY(QToolTip::text().contains("-1 to 3"));
}

void TestRangePlot::tenThousandLayers()
{
    RangePlot plot;
    plot.setLayers(makeLayers(10000));
    probe::show(plot);
    QTest::mouseClick(&plot.plot(), Qt::LeftButton, {}, plot.plot().axisRect()->center());
    QVERIFY(!plot.selectedLayer().isEmpty());
    // The names are thinned out: no more than fit.
    QVERIFY(plot.plot().xAxis->tickVectorLabels().size() < 80);
}

void TestRangePlot::collectsFromStatistics()
{
    Layer conv;
    conv.name = "conv";
    conv.op = "Conv";
    conv.outputs = {"a"};
    Layer unseen;
    unseen.name = "unseen";
    unseen.outputs = {"b"};
    Statistics statistics;
    TensorStatistics &tensor = statistics.tensors["a"];
    std::vector<float> values;
    for (int i = 0; i <= 2000; ++i)
        values.push_back(static_cast<float>(i) / 1000.F); // 0 to 2, even
    tensor.histogram = Histogram();
    tensor.histogram->add(values);
    tensor.extent = {0, 2};
    tensor.count = values.size();
    Plan plan;
    plan.tensors["a"].ranges = {{0, 1.5F}};
    const auto ranges = layerRanges({conv, unseen}, statistics, &plan);
    QCOMPARE(ranges.size(), 1U);
    QCOMPARE(ranges[0].extent, (Range {0, 2}));
    QVERIFY(qAbs(ranges[0].band->min - 0.002F) < 0.002F);
    QVERIFY(qAbs(ranges[0].band->max - 1.998F) < 0.002F);
    QCOMPARE(*ranges[0].clip, (Range {0, 1.5F}));
    QVERIFY(!layerRanges({conv}, statistics, nullptr).front().clip);
}

QTEST_MAIN(TestRangePlot)
#include "tst_rangeplot.moc"
