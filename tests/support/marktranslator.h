// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QTranslator>

namespace qs::test {

/// "Translates" every text to «text» and remembers the sources, so that a test finds texts that were not set
/// anew when the language changed.
class MarkTranslator : public QTranslator
{
public:
    QString translate(const char *, const char *source, const char *, int) const override
    {
        const QString text = QString::fromUtf8(source);
        m_sources.insert(text);
        return QStringLiteral("«%1»").arg(text);
    }
    bool isEmpty() const override { return false; }
    const QSet<QString> &sources() const { return m_sources; }

private:
    mutable QSet<QString> m_sources;
};

} // namespace qs::test
