// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/evaluation.h"
#include "core/evaluation/statisticsmath.h"

#include <QtTest>

#include <cmath>

using namespace qs;

class TestStatisticsMath : public QObject
{
    Q_OBJECT

private slots:
    void wilson_data();
    void wilson();
    void wilsonEdges();
    void mcnemar_data();
    void mcnemar();
    void mcnemarOfManyPairs();
    void newcombe_data();
    void newcombe();
    void newcombeIsAntisymmetric();
    void newcombeWithoutDisagreement();
};

void TestStatisticsMath::wilson_data()
{
    QTest::addColumn<quint64>("successes");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    // Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    QTest::newRow("81/263") << quint64 {81} << quint64 {263} << 0.2553 << 0.3662;
    QTest::newRow("15/148") << quint64 {15} << quint64 {148} << 0.0624 << 0.1605;
    QTest::newRow("0/20") << quint64 {0} << quint64 {20} << 0.0 << 0.1611;
    QTest::newRow("1/29") << quint64 {1} << quint64 {29} << 0.0061 << 0.1718;
}

void TestStatisticsMath::wilson()
{
    QFETCH(quint64, successes);
    QFETCH(quint64, total);
    QFETCH(double, low);
    QFETCH(double, high);
    const Proportion p = makeProportion(successes, total);
    QCOMPARE(p.value, double(successes) / double(total));
    QVERIFY2(std::abs(p.low - low) < 5.1e-5, qPrintable(QString::number(p.low)));
    QVERIFY2(std::abs(p.high - high) < 5.1e-5, qPrintable(QString::number(p.high)));
}

void TestStatisticsMath::wilsonEdges()
{
    QCOMPARE(makeProportion(0, 0), (Proportion {0, 0, 0.0, 0.0, 1.0}));
    QCOMPARE(makeProportion(0, 7).low, 0.0);
    QCOMPARE(makeProportion(7, 7).high, 1.0);
    QVERIFY(makeProportion(7, 7).low > 0.6 && makeProportion(7, 7).low < 0.7);
}

void TestStatisticsMath::mcnemar_data()
{
    QTest::addColumn<quint64>("b");
    QTest::addColumn<quint64>("c");
    QTest::addColumn<double>("p");
    // By counting: 2 * (sum of C(n, i), i <= min) / 2^n.
    QTest::newRow("no disagreement") << quint64 {0} << quint64 {0} << 1.0;
    QTest::newRow("as many each way") << quint64 {4} << quint64 {4} << 1.0;
    QTest::newRow("0 of 5") << quint64 {0} << quint64 {5} << 2.0 / 32;
    QTest::newRow("1 of 8") << quint64 {1} << quint64 {7} << 2.0 * 9 / 256;
    QTest::newRow("7 to 1") << quint64 {7} << quint64 {1} << 2.0 * 9 / 256;
    QTest::newRow("6 to 16") << quint64 {6} << quint64 {16} << 2.0 * 110056 / 4194304;
    QTest::newRow("2 to 3") << quint64 {2} << quint64 {3} << 1.0; // 2 * 16/32
}

void TestStatisticsMath::mcnemar()
{
    QFETCH(quint64, b);
    QFETCH(quint64, c);
    QFETCH(double, p);
    QVERIFY2(std::abs(mcnemarExact(b, c) - p) < 1e-12,
             qPrintable(QString::number(mcnemarExact(b, c), 'g', 17)));
}

void TestStatisticsMath::mcnemarOfManyPairs()
{
    // With a continuity correction the normal distribution is close for large counts.
    const double b = 100400;
    const double c = 99600;
    const double z = (b - c - 1) / std::sqrt(b + c);
    const double normal = std::erfc(z / std::sqrt(2.0));
    const double exact = mcnemarExact(100400, 99600);
    QVERIFY2(std::abs(exact - normal) < 1e-5, qPrintable(QString::number(exact)));
    QCOMPARE(mcnemarExact(0, 100000), 0.0); // 2^-99999 is below what a double holds
}

void TestStatisticsMath::newcombe_data()
{
    QTest::addColumn<QList<int>>("table"); // both, only first, only second, neither
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<double>("tolerance");
    // Altman et al., Statistics with Confidence (2000), p. 52: thallium stress test.
    QTest::newRow("14/5/0/22") << QList<int> {14, 5, 0, 22} << 0.011 << 0.226 << 6e-4;
    // Newcombe (1998), table II: an empty cell, where the correction of phi does nothing.
    QTest::newRow("36/12/2/0") << QList<int> {36, 12, 2, 0} << 0.0569 << 0.3404 << 5.1e-5;
    // Fagerland, Lydersen, Laake, Statistical Analysis of Contingency Tables (2017), chapter 8.
    QTest::newRow("59/6/16/80") << QList<int> {59, 6, 16, 80} << -0.1186 << -0.0046 << 5.1e-5;
}

void TestStatisticsMath::newcombe()
{
    QFETCH(QList<int>, table);
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(double, tolerance);
    const auto n = [&](int i) { return static_cast<std::uint64_t>(table.at(i)); };
    const Interval interval = newcombePairedDifference({n(0), n(1), n(2), n(3)});
    QVERIFY2(std::abs(interval.low - low) < tolerance, qPrintable(QString::number(interval.low, 'g', 8)));
    QVERIFY2(std::abs(interval.high - high) < tolerance, qPrintable(QString::number(interval.high, 'g', 8)));
    QVERIFY(std::abs(interval.estimate - double(table[1] - table[2]) / double(n(0) + n(1) + n(2) + n(3)))
            < 1e-15);
}

void TestStatisticsMath::newcombeIsAntisymmetric()
{
    const Interval a = newcombePairedDifference({20, 12, 2, 16});
    const Interval b = newcombePairedDifference({20, 2, 12, 16});
    QVERIFY(std::abs(a.low + b.high) < 1e-15);
    QVERIFY(std::abs(a.high + b.low) < 1e-15);
}

void TestStatisticsMath::newcombeWithoutDisagreement()
{
    const Interval same = newcombePairedDifference({54, 0, 0, 0});
    QCOMPARE(same.estimate, 0.0);
    const double z2 = 1.959963984540054 * 1.959963984540054;
    QVERIFY(std::abs(same.low + z2 / (54 + z2)) < 1e-15); // what Wilson leaves open below 54 of 54
    QVERIFY(std::abs(same.high - z2 / (54 + z2)) < 1e-15);
    QCOMPARE(newcombePairedDifference({}), (Interval {0, -1, 1}));
}

QTEST_GUILESS_MAIN(TestStatisticsMath)
#include "tst_statisticsmath.moc"
