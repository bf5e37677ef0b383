// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/plotprobe.h"
#include "widgets/controls/theme.h"
#include "widgets/plots/driftbars.h"
#include "widgets/plots/driftheatmap.h"
#include "widgets/plots/histogramplot.h"
#include "widgets/plots/paretoplot.h"
#include "widgets/plots/rangeplot.h"

#include <QClipboard>
#include <QPainter>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTranslator>

#include <memory>

using namespace qs;

namespace {

/// Marks every text that goes through it.
class MarkingTranslator : public QTranslator
{
public:
    QString translate(const char *, const char *source, const char *, int) const override
    {
        return u'«' + QString::fromUtf8(source) + u'»';
    }
    bool isEmpty() const override { return false; }
};

std::unique_ptr<PlotWidget> filledPlot(const QString &kind)
{
    auto drift = std::make_shared<Drift>();
    std::vector<LayerRange> ranges;
    for (int i = 0; i < 12; ++i) {
        LayerDrift layer;
        layer.name = "/layer" + std::to_string(i) + "/Conv";
        layer.accumulated.sqnrDb = 20 + i;
        layer.alone = layer.accumulated;
        layer.sampleSqnrDb = {20.F, 25.F, static_cast<float>(i), 40.F, 21.F, 22.F, 23.F, 24.F};
        drift->layers.push_back(layer);
        ranges.push_back({layer.name,
                          "Conv",
                          {-1.F, 1.F + static_cast<float>(i)},
                          Range {-0.5F, 0.5F},
                          Range {-1.F, 1.F}});
    }
    if (kind == "range") {
        auto plot = std::make_unique<RangePlot>();
        plot->setLayers(ranges);
        return plot;
    }
    if (kind == "heatmap") {
        auto plot = std::make_unique<DriftHeatmap>();
        plot->setDrift(drift);
        return plot;
    }
    if (kind == "bars") {
        auto plot = std::make_unique<DriftBars>();
        plot->setDrift(drift);
        return plot;
    }
    if (kind == "histogram") {
        auto histogram = std::make_shared<Histogram>();
        std::vector<float> values;
        for (int i = 0; i < 1000; ++i)
            values.push_back(static_cast<float>((i % 100) - 30) / 50.F);
        histogram->add(values);
        auto plot = std::make_unique<HistogramPlot>();
        plot->setContent({"conv", "conv_out", histogram, nullptr, {}, {}});
        return plot;
    }
    auto plot = std::make_unique<ParetoPlot>();
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->sizeBytes = 10'000'000;
    evaluation->referenceSizeBytes = 40'000'000;
    evaluation->top1 = Proportion {90, 100, 0.9, 0.83, 0.94};
    evaluation->referenceTop1 = Proportion {92, 100, 0.92, 0.85, 0.96};
    plot->setRuns({std::make_shared<Run>(Run {"minmax", {}, evaluation, {}})});
    return plot;
}

} // namespace

/// What all plots share, for each of them.
class TestPlotExport : public QObject
{
    Q_OBJECT
private slots:
    void saves_data();
    void saves();
    void refusesOtherSuffixes();
    void reportsWhatFailed();
    void copies();
    void followsTheTheme_data() { saves_data(); }
    void followsTheTheme();
    void zoomsAndResets_data() { saves_data(); }
    void zoomsAndResets();
    void explainsItselfWhenEmpty();
    void retranslates_data() { saves_data(); }
    void retranslates();
    void savesAtOnce_data() { saves_data(); }
    void savesAtOnce();
};

void TestPlotExport::saves_data()
{
    QTest::addColumn<QString>("kind");
    for (const char *kind : {"range", "heatmap", "bars", "histogram", "pareto"})
        QTest::newRow(kind) << kind;
}

void TestPlotExport::saves()
{
    QFETCH(QString, kind);
    const auto plot = filledPlot(kind);
    probe::show(*plot);
    QVERIFY(!plot->isEmpty());
    QTemporaryDir folder;

    QVERIFY(plot->saveImage(folder.filePath("a.png")).ok());
    const QImage png(folder.filePath("a.png"));
    QCOMPARE(png.size(), plot->plot().size() * 2);
    QVERIFY(probe::colorCount(png) > 5);

    QVERIFY(plot->saveImage(folder.filePath("a.svg")).ok());
    QSvgRenderer svg(folder.filePath("a.svg"));
    QVERIFY(svg.isValid());
    QCOMPARE(svg.viewBox().size(), plot->plot().size());
    QImage drawn(svg.viewBox().size(), QImage::Format_ARGB32);
    drawn.fill(Qt::transparent);
    QPainter painter(&drawn);
    svg.render(&painter);
    painter.end();
    QVERIFY(probe::colorCount(drawn) > 5);

    QVERIFY(plot->saveImage(folder.filePath("a.PDF")).ok());
    QFile pdf(folder.filePath("a.PDF"));
    QVERIFY(pdf.open(QIODevice::ReadOnly));
    const QByteArray bytes = pdf.readAll();
    QVERIFY(bytes.startsWith("%PDF-"));
    QVERIFY(bytes.contains("/MediaBox"));
    QVERIFY(bytes.size() > 4000);
}

void TestPlotExport::refusesOtherSuffixes()
{
    const auto plot = filledPlot("bars");
    probe::show(*plot);
    QTemporaryDir folder;
    const Status status = plot->saveImage(folder.filePath("a.doc"));
    QVERIFY(!status.ok());
    QCOMPARE(status.error().code, ErrorCode::InvalidArgument);
    QVERIFY(!QFile::exists(folder.filePath("a.doc")));
}

void TestPlotExport::reportsWhatFailed()
{
    const auto plot = filledPlot("bars");
    probe::show(*plot);
    const Status status = plot->saveImage("/no/such/folder/a.png");
    QVERIFY(!status.ok());
    QCOMPARE(status.error().subject, std::string("/no/such/folder/a.png"));
    QVERIFY(!status.error().detail.empty());
}

void TestPlotExport::copies()
{
    const auto plot = filledPlot("range");
    probe::show(*plot);
    plot->setFocus();
    QTest::keySequence(plot.get(), QKeySequence::Copy);
    QVERIFY(probe::colorCount(QGuiApplication::clipboard()->image()) > 5);
}

void TestPlotExport::followsTheTheme()
{
    QFETCH(QString, kind);
    const auto plot = filledPlot(kind);
    plot->setPalette(lightPalette());
    probe::show(*plot);
    QCOMPARE(probe::background(*plot), lightPalette().color(QPalette::Base));
    QCOMPARE(plot->plot().xAxis->labelColor(), lightPalette().color(QPalette::Text));
    plot->setPalette(darkPalette());
    QCOMPARE(probe::background(*plot), darkPalette().color(QPalette::Base));
    QCOMPARE(plot->plot().xAxis->labelColor(), darkPalette().color(QPalette::Text));
    QCOMPARE(plot->plot().yAxis->tickLabelColor(), darkPalette().color(QPalette::Text));
}

void TestPlotExport::zoomsAndResets()
{
    QFETCH(QString, kind);
    const auto plot = filledPlot(kind);
    probe::show(*plot);
    const QCPRange all = plot->plot().xAxis->range();
    QTest::keyClick(plot.get(), Qt::Key_Plus);
    QVERIFY(plot->plot().xAxis->range().size() < all.size());
    QTest::keyClick(plot.get(), Qt::Key_Home);
    QCOMPARE(plot->plot().xAxis->range(), all);
    QTest::keyClick(plot.get(), Qt::Key_Minus); // nothing beyond the data
    QCOMPARE(plot->plot().xAxis->range(), all);
}

void TestPlotExport::explainsItselfWhenEmpty()
{
    RangePlot range;
    HistogramPlot histogram;
    DriftHeatmap heatmap;
    DriftBars bars;
    ParetoPlot pareto;
    for (PlotWidget *plot : {static_cast<PlotWidget *>(&range), static_cast<PlotWidget *>(&histogram),
                             static_cast<PlotWidget *>(&heatmap), static_cast<PlotWidget *>(&bars),
                             static_cast<PlotWidget *>(&pareto)}) {
        QVERIFY(plot->isEmpty());
        QVERIFY(plot->emptyText().size() > 20);
        QVERIFY(!plot->accessibleName().isEmpty());
        plot->resize(400, 300);
        plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(plot));
        QVERIFY(!plot->plot().isVisible());
        QTest::keyClick(plot, Qt::Key_Right);
        QTest::keyClick(plot, Qt::Key_Return);
        QTest::keyClick(plot, Qt::Key_Home);
    }
}

void TestPlotExport::retranslates()
{
    QFETCH(QString, kind);
    const auto plot = filledPlot(kind);
    probe::show(*plot);
    MarkingTranslator translator;
    QVERIFY(QCoreApplication::installTranslator(&translator));
    QCoreApplication::processEvents();
    plot->plot().replot();
    const QStringList texts {plot->accessibleName(), plot->emptyText(), plot->plot().xAxis->label(),
                             plot->plot().yAxis->label()};
    for (const QString &text : texts)
        QVERIFY2(text.contains(u'«'), qPrintable(text));
    for (int i = 0; i < plot->plot().legend->itemCount(); ++i)
        if (auto *item = qobject_cast<QCPPlottableLegendItem *>(plot->plot().legend->item(i)))
            QVERIFY2(item->plottable()->name().contains(u'«'), qPrintable(item->plottable()->name()));
    QCoreApplication::removeTranslator(&translator);
    QCoreApplication::processEvents();
    QVERIFY(!plot->emptyText().contains(u'«'));
}

/// A plot that was never shown can be saved too, as a report does.
void TestPlotExport::savesAtOnce()
{
    QFETCH(QString, kind);
    const auto plot = filledPlot(kind);
    plot->resize(800, 400);
    QTemporaryDir folder;
    QVERIFY(plot->saveImage(folder.filePath("a.png")).ok());
    const QImage png(folder.filePath("a.png"));
    QVERIFY(png.width() >= 1500);
    QVERIFY(probe::colorCount(png) > 5);
}

QTEST_MAIN(TestPlotExport)
#include "tst_plotexport.moc"
