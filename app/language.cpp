// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/language.h"

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace qs {

Language::Language(QApplication &application)
    : m_application(application)
{ }

void Language::set(const QString &wanted)
{
    QString code = wanted;
    if (code.isEmpty())
        code = QLocale::system().language() == QLocale::Chinese ? QStringLiteral("zh_CN")
                                                                : QStringLiteral("en");
    if (code != QLatin1String("zh_CN"))
        code = QStringLiteral("en");
    if (code == m_code)
        return;
    m_code = code;
    QLocale::setDefault(code == QLatin1String("en") ? QLocale(QLocale::English, QLocale::UnitedStates)
                                                    : QLocale(code));
    m_application.removeTranslator(&m_own);
    m_application.removeTranslator(&m_qt);
    // English has a file too: it holds the plural forms.
    if (m_own.load(QStringLiteral(":/i18n/quantstudio_%1.qm").arg(code)))
        m_application.installTranslator(&m_own);
    if (code != QLatin1String("en")
        && m_qt.load(QStringLiteral("qtbase_%1").arg(code),
                     QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        m_application.installTranslator(&m_qt);
}

} // namespace qs
