// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/equalization.h"

#include <QTest>

#include <cmath>

using namespace qs;

namespace {

/// One input, two channels of unlike range, one output: what happens depends on the ratio of two factors.
struct Network
{
    std::vector<EqualizedLayer> layers;
    std::vector<EqualizedPair> pairs;
};

Network twoChannels()
{
    EqualizedLayer first {.outputs = 2, .inputs = 1, .magnitudes = {8, 0.5}, .inputPower = {1}};
    first.outputPower = 64.25;
    first.outputPair = 0;
    EqualizedLayer second {.outputs = 1, .inputs = 2, .magnitudes = {2, 2}, .inputPower = {64, 0.25}};
    second.outputPower = 257;
    second.inputPair = 0;
    return {{first, second}, {{.peaks = {24, 1.5}, .power = 64.25, .clipPeaks = {}}}};
}

std::vector<EqualizedFactors> factorsOf(double a, double b)
{
    return {{{a, b}, 1}};
}

} // namespace

class tst_Equalization : public QObject
{
    Q_OBJECT

private slots:
    void noiseByHand()
    {
        const auto [layers, pairs] = twoChannels();
        // Factors 2 and 0.5: weights {4, 1} on a step of 4 / 127, whose errors count 2 and 0.5 times; {4, 1}
        // once more, with inputs of power 64 / 4 and 0.25 / 0.25; activations up to {12, 3} on a step of 12 /
        // 255.
        const double weights = 4.0 / 127 * 4.0 / 127 / 12;
        const double activations = 12.0 / 255 * 12.0 / 255 / 12;
        const double expected
            = weights * (4 + 0.25) / 64.25 + weights * (16 + 1) / 257 + activations * (4 + 0.25) / 64.25;
        const double noise = equalizationNoise(layers, pairs, factorsOf(2, 0.5), false);
        QVERIFY2(std::abs(noise / expected - 1) < 1e-12, qPrintable(QString::number(noise / expected)));
        // With a step for each output channel the first layer's are 4 / 127 and 1 / 127.
        const double rows = weights * 4 / 64.25 + weights / 16 * 0.25 / 64.25;
        const double perChannel = rows + weights * (16 + 1) / 257 + activations * (4 + 0.25) / 64.25;
        QVERIFY(std::abs(equalizationNoise(layers, pairs, factorsOf(2, 0.5), true) / perChannel - 1) < 1e-12);
    }

    void groupsAndTaps()
    {
        // Depthwise, 3 x 3: each output sees its own input alone.
        EqualizedLayer layer {.groups = 2, .outputs = 2, .inputs = 2, .taps = 9, .magnitudes = {4, 1}};
        layer.inputPower = {2, 5};
        layer.outputPower = 10;
        const double step = 4.0 / 127;
        const double expected = step * step / 12 * 9 * (2 + 5) / 10;
        QVERIFY(std::abs(equalizationNoise({layer}, {}, {}, false) / expected - 1) < 1e-12);
    }

    // No pair of factors on a fine grid does better than what descent finds.
    void findsTheLeast_data()
    {
        QTest::addColumn<bool>("perChannel");
        QTest::newRow("per tensor") << false;
        QTest::newRow("per channel") << true;
    }
    void findsTheLeast()
    {
        QFETCH(bool, perChannel);
        const auto [layers, pairs] = twoChannels();
        double least = 1e9;
        for (int i = 0; i <= 4000; ++i)
            least = std::min(
                least, equalizationNoise(layers, pairs, factorsOf(std::exp(i * 0.002 - 4), 1), perChannel));
        JobContext job;
        const auto found = equalize(layers, pairs, perChannel, job);
        const double noise = equalizationNoise(layers, pairs, found, perChannel);
        // A norm stands in for the maximum, so not quite the least.
        QVERIFY2(noise < 1.03 * least, qPrintable(QString::number(noise / least)));
        QVERIFY(noise < equalizationNoise(layers, pairs, factorsOf(1, 1), perChannel));
    }

    // Those that reach the limit share a factor; the others stay below it, however much they would gain.
    void keepsToClips()
    {
        EqualizedLayer first {.outputs = 4, .inputs = 1, .magnitudes = {8, 0.5, 0.01, 3}, .inputPower = {1}};
        first.outputPower = 70;
        first.outputPair = 0;
        EqualizedLayer second {.outputs = 1, .inputs = 4, .magnitudes = {2, 2, 9, 1}};
        second.inputPower = {64, 0.25, 0.01, 9};
        second.outputPower = 260;
        second.inputPair = 0;
        const EqualizedPair pair {.peaks = {6, 6, 0.3, 4}, .power = 70, .clipPeaks = {1.5, 1, 0.05, 0.6}};
        JobContext job;
        const auto found = equalize({first, second}, {pair}, false, job).front();
        QCOMPARE(found.factors.size(), std::size_t {4});
        QCOMPARE(found.factors[0], found.factors[1]);
        QCOMPARE(found.limitFactor, found.factors[0]);
        for (const std::size_t c : {2U, 3U})
            QVERIFY(pair.clipPeaks[c] / found.factors[c] < 1 / found.limitFactor);
        // The third channel's weights were the smallest here and the largest there.
        QVERIFY(found.factors[2] < found.factors[0]);
    }

    // Channels without weights or activations, and layers without signal, are left alone.
    void nothingToGain()
    {
        auto [layers, pairs] = twoChannels();
        layers[0].magnitudes = {0, 0};
        layers[1].magnitudes = {0, 0};
        pairs[0].peaks = {0, 0};
        JobContext job;
        QCOMPARE(equalize(layers, pairs, false, job).front().factors, (std::vector<double> {1, 1}));
        auto [other, otherPairs] = twoChannels();
        for (EqualizedLayer &layer : other)
            layer.outputPower = 0;
        otherPairs[0].power = 0;
        QCOMPARE(equalize(other, otherPairs, false, job).front().factors, (std::vector<double> {1, 1}));
        QCOMPARE(equalizationNoise(other, otherPairs, factorsOf(1, 1), false), 0.0);
    }
};

QTEST_GUILESS_MAIN(tst_Equalization)
#include "tst_equalization.moc"
