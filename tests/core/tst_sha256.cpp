// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <QCryptographicHash>
#include <QtTest>

using namespace qs;

class TestSha256 : public QObject
{
    Q_OBJECT

private slots:
    void publishedVectors();
    void everyLengthAroundABlock();
    void anySplitGivesTheSameDigest();
    void fieldsAreKeptApart();
};

void TestSha256::publishedVectors()
{
    // FIPS 180-4 examples (NIST, SHA256.pdf).
    QCOMPARE(sha256Hex(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sha256Hex("abc"),
             std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
             std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
}

void TestSha256::everyLengthAroundABlock()
{
    for (int length = 0; length <= 200; ++length) {
        QByteArray bytes(length, Qt::Uninitialized);
        for (int i = 0; i < length; ++i)
            bytes[i] = static_cast<char>(i * 37 + length);
        const QByteArray expected = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
        QCOMPARE(sha256Hex(bytes.toStdString()), expected.toStdString());
    }
}

void TestSha256::anySplitGivesTheSameDigest()
{
    const std::string text(300, 'q');
    for (std::size_t first = 0; first <= text.size(); first += 7) {
        Sha256 hash;
        hash.update(std::string_view(text).substr(0, first));
        QCOMPARE(hash.hexDigest(), sha256Hex(text.substr(0, first))); // looking does not disturb the stream
        hash.update(std::string_view(text).substr(first));
        QCOMPARE(hash.hexDigest(), sha256Hex(text));
    }
}

void TestSha256::fieldsAreKeptApart()
{
    QVERIFY(Sha256().updateField("ab").updateField("c").hexDigest()
            != Sha256().updateField("a").updateField("bc").hexDigest());
    QCOMPARE(Sha256().updateNumber(0x0102).hexDigest(), sha256Hex(std::string("\x02\x01\0\0\0\0\0\0", 8)));
}

QTEST_GUILESS_MAIN(TestSha256)
#include "tst_sha256.moc"
