// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTranslator>

class QApplication;

namespace qs {

/// The language of all texts, changed while the program runs: every widget gets a LanguageChange event.
class Language : public QObject
{
    Q_OBJECT
public:
    explicit Language(QApplication &application);

    /// "en", "zh_CN", or empty for the system's; anything else is English.
    void set(const QString &code);
    const QString &code() const { return m_code; } ///< "en" or "zh_CN"

private:
    QApplication &m_application;
    QTranslator m_own;
    QTranslator m_qt;
    QString m_code;
};

} // namespace qs
