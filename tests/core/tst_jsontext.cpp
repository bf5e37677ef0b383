// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of brackets alone took the whole stack, and names out of damaged files reached the terminal as they
// were.
#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/calibration/statistics.h"
#include "core/data/presets.h"
#include "core/plan/recipe.h"

#include <QtTest>

#include <QTemporaryDir>

using namespace qs;

namespace {

std::string brackets(int depth)
{
    const auto count = static_cast<std::size_t>(depth);
    return std::string(count, '[') + std::string(count, ']');
}

} // namespace

class TestJsonText : public QObject
{
    Q_OBJECT

private slots:
    void depth();
    void deepFiles_data();
    void deepFiles();
    void messagesAreOneHarmlessLine();
};

void TestJsonText::depth()
{
    QVERIFY(!parseJson(brackets(kMaxJsonDepth)).is_discarded());
    QVERIFY(parseJson(brackets(kMaxJsonDepth + 1)).is_discarded());
    QVERIFY(parseJson("[").is_discarded());
    // Brackets in strings are none, also behind a quote that ends nothing.
    const std::string text = R"({"a\"": ")" + std::string(1000, '[') + R"(\\", "b": [[1], [2]]})";
    QCOMPARE(parseJson(text)["b"][1][0].get<int>(), 2);
    // Side by side is not deep.
    std::string wide = "[[]";
    for (int i = 0; i < 1000; ++i)
        wide += ",{}";
    QCOMPARE(parseJson(wide + "]").size(), std::size_t {1001});
}

void TestJsonText::deepFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("reason");
    const std::string deep = brackets(200'000);
    const auto row = [](const char *name, const std::string &text, const char *reason) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << reason;
    };
    row("recipe", R"({"format":1,"strategy":"static","target":"t","parameters":)" + deep + "}",
        "not a JSON file");
    row("preprocessing", R"({"mean":)" + deep + "}", "not valid JSON");
    row("statistics", R"({"format":"quantstudio-statistics","tensors":{"t":{"channel_means":)" + deep + "}}}",
        "not a file of calibration statistics");
}

void TestJsonText::deepFiles()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, reason);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("deep.json").toStdString();
    QVERIFY(writeFileAtomically(path, text.toStdString()).ok());
    std::string line;
    const std::string what = QTest::currentDataTag();
    if (what == "recipe")
        line = loadRecipe(path).error().message();
    else if (what == "preprocessing")
        line = findPreprocessing(path).error().message();
    else
        line = loadStatistics(path, "f").error().message();
    QCOMPARE(QString::fromStdString(line), QString::fromStdString(path) + ": " + reason);
}

void TestJsonText::messagesAreOneHarmlessLine()
{
    const Error error {ErrorCode::Format, "a\x1B[2Jb", std::string("x\ny\tz\0\x7F", 7) + "\xC3\xA4"};
    QCOMPARE(error.message(), std::string("a?[2Jb: x y z??\xC3\xA4"));
}

QTEST_APPLESS_MAIN(TestJsonText)
#include "tst_jsontext.moc"
