// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/settings.h"

#include <QFileInfo>

namespace qs {

Settings::Settings(std::unique_ptr<QSettings> store, QObject *parent)
    : QObject(parent)
    , m_store(std::move(store))
{ }

Settings::~Settings() = default;

void Settings::addRecentFile(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList files = recentFiles();
    files.removeAll(absolute);
    files.prepend(absolute);
    setValue(settings::recentFiles, QStringList(files.mid(0, kRecentFiles)));
    emit recentFilesChanged();
}

void Settings::clearRecentFiles()
{
    setValue(settings::recentFiles, QStringList());
    emit recentFilesChanged();
}

} // namespace qs
