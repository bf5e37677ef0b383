// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/textjson.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace qs;
using nlohmann::json;

namespace {

Text nested()
{
    return sentence(
        "%1; made from %2",
        {countedSentence("%1 over %n sample(s)", 8, {"mse"}), sentence("the tensor '%1'", {"x"})});
}

} // namespace

class TestText : public QObject
{
    Q_OBJECT
private slots:
    void english_data();
    void english();
    void literalsAreNoSentences();
    void jsonKeepsTheLineAndItsParts();
    void jsonOfALiteralIsTheLineAlone();
    void damagedPartsLeaveTheLine_data();
    void damagedPartsLeaveTheLine();
    void aLineOfTheWrongKindThrows();
};

void TestText::english_data()
{
    QTest::addColumn<QString>("is");
    QTest::addColumn<QString>("wanted");
    const auto row = [](const char *name, const Text &text, const char *wanted) {
        QTest::newRow(name) << QString::fromStdString(text.str()) << wanted;
    };
    row("empty", {}, "");
    row("literal", "50 %1 %n (s)", "50 %1 %n (s)");
    row("plain", sentence("integer kernel"), "integer kernel");
    row("order", sentence("%2 before %1, and %2 again", {"a", "b"}), "b before a, and b again");
    row("nine", sentence("%1%2%3%4%5%6%7%8%9", {"a", "b", "c", "d", "e", "f", "g", "h", "i"}), "abcdefghi");
    row("nested", nested(), "mse over 8 samples; made from the tensor 'x'");
    row("one", countedSentence("%n weight scale(s) widened", 1), "1 weight scale widened");
    row("many", countedSentence("%n weight scale(s) widened", 12), "12 weight scales widened");
    row("none", countedSentence("%n weight scale(s) widened", 0), "0 weight scales widened");
    row("values are not filled in again", sentence("%1 and %2", {"%2 %n (s)", "b"}), "%2 %n (s) and b");
    row("nor counted", countedSentence("%1: %n row(s)", 1, {"f(s)%n"}), "f(s)%n: 1 row");
    row("a place without a value", sentence("%1 and %2", {"a"}), "a and %2");
    row("a percent sign", sentence("%1 % of %2 %", {"2.5", "t"}), "2.5 % of t %");
}

void TestText::english()
{
    QFETCH(QString, is);
    QFETCH(QString, wanted);
    QCOMPARE(is, wanted);
}

void TestText::literalsAreNoSentences()
{
    QVERIFY(!Text("excluded").isSentence);
    QVERIFY(sentence("excluded").isSentence);
    QVERIFY(!(Text("excluded") == sentence("excluded")));
    QVERIFY(!sentence("same grid as %1", {"excluded"}).arguments.front().isSentence);
    QVERIFY(Text().empty() && !sentence("a").empty());
}

void TestText::jsonKeepsTheLineAndItsParts()
{
    json object;
    writeText(object, "reason", nested());
    const json wanted = json::parse(R"json({
        "reason": "mse over 8 samples; made from the tensor 'x'",
        "reason_parts": {"pattern": "%1; made from %2", "arguments": [
            {"pattern": "%1 over %n sample(s)", "arguments": ["mse"], "count": 8},
            {"pattern": "the tensor '%1'", "arguments": ["x"]}]}})json");
    QCOMPARE(object.dump().c_str(), wanted.dump().c_str());
    QVERIFY(readText(wanted, "reason") == nested());
    for (const char *pattern : {"excluded", "100 %", "%"}) {
        json other;
        writeText(other, "detail", sentence(pattern));
        QVERIFY(readText(other, "detail") == sentence(pattern));
    }
}

void TestText::jsonOfALiteralIsTheLineAlone()
{
    json object;
    writeText(object, "detail", "excluded");
    QCOMPARE(object.dump().c_str(), R"({"detail":"excluded"})");
    QVERIFY(readText(object, "detail") == Text("excluded"));
}

void TestText::damagedPartsLeaveTheLine_data()
{
    QTest::addColumn<QString>("parts");
    const auto row = [](const char *name, const char *parts) { QTest::newRow(name) << parts; };
    row("another line", R"({"pattern": "b"})");
    row("a number", "7");
    row("null", "null");
    row("a list", R"([{"pattern": "a"}])");
    row("no pattern", R"({"arguments": ["a"]})");
    row("pattern of the wrong kind", R"({"pattern": 1})");
    row("arguments of the wrong kind", R"({"pattern": "a", "arguments": {"0": "x"}})");
    row("damaged argument", R"({"pattern": "a", "arguments": [null]})");
    row("too many arguments", R"({"pattern": "a", "arguments": ["","","","","","","","","",""]})");
    row("count of the wrong kind", R"({"pattern": "a", "count": "1"})");
    row("fractional count", R"({"pattern": "a", "count": 1.5})");
    row("negative count", R"({"pattern": "a", "count": -1})");
    row("huge count", R"({"pattern": "a", "count": 4294967297})");
    row("a place twice", R"({"pattern": "%1%1", "arguments": ["", ""]})");
    QString deep = QStringLiteral(R"("a")");
    for (int i = 0; i < 9; ++i)
        deep = QStringLiteral(R"({"pattern": "%1", "arguments": [)") + deep + QStringLiteral("]}");
    QTest::newRow("too deep") << deep;
}

void TestText::damagedPartsLeaveTheLine()
{
    QFETCH(QString, parts);
    json object {{"detail", "a"}, {"detail_parts", json::parse(parts.toStdString())}};
    if (QTest::currentDataTag() == QByteArray("a place twice"))
        object["detail"] = "";
    const Text text = readText(object, "detail");
    QVERIFY(!text.isSentence && text.arguments.empty() && !text.count);
    QCOMPARE(text.pattern, object["detail"].get<std::string>());
}

void TestText::aLineOfTheWrongKindThrows()
{
    QVERIFY_EXCEPTION_THROWN(readText(json {{"detail", 1}}, "detail"), json::exception);
    QVERIFY_EXCEPTION_THROWN(readText(json::object(), "detail"), json::exception);
}

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
