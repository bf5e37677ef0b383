// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/contrast.h"
#include "widgets/controls/heatdelegate.h"
#include "widgets/controls/theme.h"
#include "widgets/models/roles.h"
#include "widgets/plots/colorscale.h"
#include "widgets/plots/layerticker.h"
#include "widgets/plots/plottheme.h"

#include <QApplication>
#include <QFont>
#include <QPainter>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>

#include <cmath>

using namespace qs;

class TestTheme : public QObject
{
    Q_OBJECT
private slots:
    void contrastOfKnownPairs();
    void palettesAreReadable();
    void appliesToTheProgram();
    void plotColoursStandOut();
    void colorScale();
    void heatCells();
    void layerNames();
};

void TestTheme::contrastOfKnownPairs()
{
    QVERIFY(std::abs(contrastRatio(Qt::black, Qt::white) - 21) < 1e-9);
    QVERIFY(std::abs(contrastRatio(Qt::white, QColor(0x77, 0x77, 0x77)) - 4.48)
            < 0.01); // WCAG's known example
    QCOMPARE(contrastRatio(Qt::red, Qt::red), 1.0);
    QCOMPARE(readableOn(Qt::yellow), QColor(Qt::black));
    QCOMPARE(readableOn(Qt::darkBlue), QColor(Qt::white));
}

void TestTheme::palettesAreReadable()
{
    using P = QPalette;
    const std::vector<std::pair<P::ColorRole, P::ColorRole>> texts {
        {P::WindowText, P::Window},         {P::Text, P::Base},
        {P::Text, P::AlternateBase},        {P::ButtonText, P::Button},
        {P::HighlightedText, P::Highlight}, {P::ToolTipText, P::ToolTipBase},
        {P::PlaceholderText, P::Base},      {P::Link, P::Base},
        {P::LinkVisited, P::Base},          {P::Link, P::Window},
        {P::PlaceholderText, P::Window}};
    for (const P &palette : {lightPalette(), darkPalette()}) {
        for (const auto &[text, ground] : texts)
            QVERIFY2(contrastRatio(palette.color(text), palette.color(ground)) >= 4.5,
                     qPrintable(QString("%1 on %2").arg(text).arg(ground)));
        for (const auto &[text, ground] :
             {std::pair {P::WindowText, P::Window}, {P::Text, P::Base}, {P::ButtonText, P::Button}})
            QVERIFY2(contrastRatio(palette.color(P::Disabled, text), palette.color(P::Disabled, ground)) >= 3,
                     qPrintable(QString("disabled %1 on %2: %3")
                                    .arg(text)
                                    .arg(ground)
                                    .arg(contrastRatio(palette.color(P::Disabled, text),
                                                       palette.color(P::Disabled, ground)))));
    }
    QVERIFY(!isDark(lightPalette()));
    QVERIFY(isDark(darkPalette()));
}

void TestTheme::appliesToTheProgram()
{
    applyTheme(*qApp, ThemeKind::Dark);
    QVERIFY(isDark(QApplication::palette()));
    QCOMPARE(QApplication::style()->name(), "fusion");
    applyTheme(*qApp, ThemeKind::Light);
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightPalette().color(QPalette::Window));
    applyTheme(*qApp, ThemeKind::System);
    applyTheme(*qApp, ThemeKind::Light);
}

void TestTheme::plotColoursStandOut()
{
    for (const QPalette &palette : {lightPalette(), darkPalette()}) {
        const PlotTheme theme = PlotTheme::from(palette, QFont());
        for (const QColor &color : {theme.blue, theme.orange, theme.green, theme.vermilion, theme.highlight})
            QVERIFY2(contrastRatio(color, theme.background) >= 3, qPrintable(color.name()));
        QVERIFY(contrastRatio(theme.text, theme.background) >= 7);
        QVERIFY(contrastRatio(theme.mutedText, theme.background) >= 4.5);
        QVERIFY(contrastRatio(theme.grid, theme.background) < 1.6); // the grid must not shout
    }
}

void TestTheme::colorScale()
{
    ColorScale scale {ColorMap::Viridis, 10, 30, false};
    QCOMPARE(scale.color(10), QColor(0x44, 0x01, 0x54)); // the published ends of viridis
    QCOMPARE(scale.color(99), QColor(0xfd, 0xe7, 0x25));
    QVERIFY(!scale.color(NAN).isValid());
    scale.reversed = true;
    QCOMPARE(scale.color(10), QColor(0xfd, 0xe7, 0x25));
    for (const ColorMap map : {ColorMap::Viridis, ColorMap::Cividis}) // lightness only ever grows
        for (int i = 0; i < 50; ++i)
            QVERIFY(contrastRatio(mapColor(map, (i + 1) / 50.0), Qt::black)
                    > contrastRatio(mapColor(map, i / 50.0), Qt::black));
}

void TestTheme::heatCells()
{
    QStandardItemModel model(3, 1);
    model.setData(model.index(1, 0), 0.0, SortRole); // row 0 is the current one, drawn otherwise
    QTableView view;
    view.setModel(&model);
    HeatDelegate delegate;
    delegate.setScale({ColorMap::Viridis, 0, 1, false});
    view.setItemDelegateForColumn(0, &delegate);
    view.resize(300, 200);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const QImage image = view.viewport()->grab().toImage();
    QCOMPARE(image.pixelColor(view.visualRect(model.index(1, 0)).center()), QColor(0x44, 0x01, 0x54));
    QCOMPARE(image.pixelColor(view.visualRect(model.index(2, 0)).center()),
             view.palette().color(QPalette::Base));
}

void TestTheme::layerNames()
{
    QCOMPARE(shortLayerName("/layer2/layer2.0/conv1/Conv"), "layer2.0/conv1/Conv");
    QCOMPARE(shortLayerName("/bert/encoder/layer.0/attention/MatMul"),
             "bert/encoder/layer.0/attention/MatMul");
    QCOMPARE(shortLayerName("Conv_12"), "Conv_12");
    QCOMPARE(shortLayerName("layer1/layer10/Conv"), "layer1/layer10/Conv"); // 10 is no child of 1
    QCOMPARE(shortLayerName(""), "");
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
