// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QLibraryInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

namespace {

struct Message
{
    QString context;
    QString source;
    QStringList translations; ///< more than one: plural forms
    bool finished = true;
};

const QString kFolder = QStringLiteral(QS_SOURCE_DIR "/translations/");

QList<Message> messagesOf(const QString &path)
{
    QFile file(path);
    QList<Message> messages;
    if (!file.open(QIODevice::ReadOnly))
        return messages;
    QXmlStreamReader xml(&file);
    QString context;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement)
            continue;
        const auto name = xml.name();
        if (name == u"name") {
            context = xml.readElementText();
        } else if (name == u"source") {
            messages.append({.context = context, .source = xml.readElementText()});
        } else if (name == u"translation") {
            const bool finished = !xml.attributes().hasAttribute(QStringLiteral("type"));
            messages.last().finished = finished;
            QString text;
            while (!(xml.readNext() == QXmlStreamReader::EndElement && xml.name() == u"translation")) {
                if (xml.isStartElement())
                    messages.last().translations.append(xml.readElementText());
                else if (xml.isCharacters())
                    text += xml.text();
            }
            if (messages.last().translations.isEmpty())
                messages.last().translations.append(text);
        }
    }
    return messages;
}

/// The places for arguments, "%1", "%n", which a translation may put in another order.
QStringList placesOf(const QString &text)
{
    static const QRegularExpression place(QStringLiteral("%[0-9n]"));
    QStringList places;
    for (const auto &match : place.globalMatch(text))
        places << match.captured();
    places.sort();
    return places;
}

QStringList sourcesOf(const QString &path)
{
    QStringList sources;
    for (const Message &message : messagesOf(path))
        sources << message.context + QStringLiteral(": ") + message.source;
    sources.sort();
    return sources;
}

} // namespace

class TestTranslations : public QObject
{
    Q_OBJECT
private slots:
    void complete_data();
    void complete();
    void upToDate();
};

void TestTranslations::complete_data()
{
    QTest::addColumn<QString>("file");
    for (const char *file : {"quantstudio_en.ts", "quantstudio_zh_CN.ts"})
        QTest::newRow(file) << QString::fromLatin1(file);
}

void TestTranslations::complete()
{
    QFETCH(const QString, file);
    const QList<Message> messages = messagesOf(kFolder + file);
    QVERIFY(!messages.isEmpty());
    for (const Message &message : messages) {
        const QByteArray where = (message.context + QStringLiteral(": ") + message.source).toUtf8();
        QVERIFY2(message.finished && !message.translations.isEmpty(), where.constData());
        for (const QString &translation : message.translations) {
            QVERIFY2(!translation.trimmed().isEmpty(), where.constData());
            QVERIFY2(placesOf(translation) == placesOf(message.source), where.constData());
        }
    }
}

/// Every text of the sources is in the file, in the context in which the program looks for it.
void TestTranslations::upToDate()
{
    const QString lupdate = QLibraryInfo::path(QLibraryInfo::BinariesPath) + QStringLiteral("/lupdate");
    if (!QFile::exists(lupdate))
        QSKIP("lupdate is not installed");
    QTemporaryDir folder;
    const QString fresh = folder.filePath(QStringLiteral("fresh.ts"));
    const QString root = QStringLiteral(QS_SOURCE_DIR);
    QProcess process;
    process.start(lupdate,
                  {root + QStringLiteral("/core"), root + QStringLiteral("/widgets"),
                   root + QStringLiteral("/app"), QStringLiteral("-I"), root, QStringLiteral("-extensions"),
                   QStringLiteral("cpp,h"), QStringLiteral("-tr-function-alias"),
                   QStringLiteral("QT_TRANSLATE_NOOP+=QS_TR_NOOP,QT_TRANSLATE_N_NOOP+=QS_TR_N_NOOP"),
                   QStringLiteral("-target-language"), QStringLiteral("zh_CN"), QStringLiteral("-ts"),
                   fresh});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    const QStringList wanted = sourcesOf(fresh);
    const QStringList present = sourcesOf(kFolder + QStringLiteral("quantstudio_zh_CN.ts"));
    QVERIFY(wanted.size() > 100);
    for (const QString &source : wanted)
        QVERIFY2(present.contains(source), source.toUtf8().constData());
    QCOMPARE(present.size(), wanted.size());
}

QTEST_GUILESS_MAIN(TestTranslations)
#include "tst_translations.moc"
