// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QLibraryInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QTranslator>

namespace qs::test {

/// The program's Chinese, compiled from translations/ when it is made. Empty where lrelease is not installed.
class ChineseTranslator : public QTranslator
{
public:
    ChineseTranslator()
    {
        const QTemporaryDir folder;
        const QString binary = folder.filePath(QStringLiteral("zh_CN.qm"));
        QProcess::execute(QLibraryInfo::path(QLibraryInfo::BinariesPath) + QStringLiteral("/lrelease"),
                          {QStringLiteral("-silent"),
                           QStringLiteral(QS_SOURCE_DIR "/translations/quantstudio_zh_CN.ts"),
                           QStringLiteral("-qm"), binary});
        QFile file(binary);
        if (file.open(QIODevice::ReadOnly))
            m_bytes = file.readAll();
        // Without it texts stay English, which is what a test then fails on.
        [[maybe_unused]] const bool isLoaded
            = load(reinterpret_cast<const uchar *>(m_bytes.constData()), static_cast<int>(m_bytes.size()));
    }

private:
    QByteArray m_bytes; ///< the translator reads in it
};

} // namespace qs::test
