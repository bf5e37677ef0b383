// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"

#include <QTest>

#include <cmath>

using namespace qs;

class TestTexts : public QObject
{
    Q_OBJECT
private slots:
    void numbers();
    void errors();
    void stages();
};

void TestTexts::numbers()
{
    QCOMPARE(numberText(0.123456), "0.1235");
    QCOMPARE(numberText(NAN), "–");
    QCOMPARE(numberText(-INFINITY), "−∞");
    QCOMPARE(decibelText(34.21), "34.2 dB");
    QCOMPARE(decibelText(INFINITY), "∞ dB (equal)");
    QCOMPARE(percentText(0), "0 %");
    QCOMPARE(percentText(100), "100 %");
    QCOMPARE(percentText(12.34), "12.3 %");
    QCOMPARE(percentText(0.004), "0.004 %"); // must not read as nothing
    QCOMPARE(percentText(99.996), "99.996 %"); // must not read as all
    QCOMPARE(compactText(999), "999");
    QCOMPARE(compactText(462422016), "462 M");
    QCOMPARE(compactText(1234567890), "1.23 G");
    QCOMPARE(compactText(999600), "1 M");
    QCOMPARE(bytesText(44'700'000), "44.7 MB");
    QCOMPARE(durationText(12), "12 s");
    QCOMPARE(durationText(200), "3 min 20 s");
    QCOMPARE(durationText(3720), "1 h 02 min");
}

void TestTexts::errors()
{
    QCOMPARE(errorText({ErrorCode::NotFound, "model.onnx", "no such file"}),
             "Not found: model.onnx: no such file");
    for (const auto code :
         {ErrorCode::NotFound, ErrorCode::Permission, ErrorCode::Io, ErrorCode::Format,
          ErrorCode::Unsupported, ErrorCode::InvalidArgument, ErrorCode::Runtime, ErrorCode::OutOfMemory})
        QVERIFY(!errorHeadline(code).isEmpty());
    QCOMPARE(severityText(Severity::Error), "Error");
    QCOMPARE(findingTitle("some-code"), "Some code");
    QCOMPARE(findingTitle(""), QString());
}

void TestTexts::stages()
{
    for (const char *stage :
         {"load", "prepare", "calibrate", "plan", "quantize", "verify", "evaluate", "drift"})
        QVERIFY(stageText(stage) != QLatin1String(stage));
    QCOMPARE(stageText("something-new"), "Something new");
}

QTEST_MAIN(TestTexts)
#include "tst_texts.moc"
