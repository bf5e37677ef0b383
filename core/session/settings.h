// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QSettings>
#include <QStringList>

#include <memory>

namespace qs {

/// A setting's name and the value it has until the user chooses one.
template <typename T> struct SettingKey
{
    const char *name;
    T fallback;
};

/// Every setting there is.
namespace settings {
inline const SettingKey<QString> theme {"window/theme", QStringLiteral("system")}; ///< system, light, dark
inline const SettingKey<QString> language {"window/language", {}}; ///< "en", "zh_CN"; empty = the system's
inline const SettingKey<QByteArray> geometry {"window/geometry", {}};
inline const SettingKey<QByteArray> layout {"window/layout", {}};
inline const SettingKey<QStringList> recentFiles {"files/recent", {}};
inline const SettingKey<QString> lastFolder {"files/lastFolder", {}};
inline const SettingKey<int> driftSamples {"run/driftSamples", 64};
inline const SettingKey<int> threads {"run/threads", 0}; ///< 0 = all cores
}

/// Typed access to a store that is passed in, so that tests bring their own.
class Settings : public QObject
{
    Q_OBJECT

public:
    static constexpr int kRecentFiles = 10;

    explicit Settings(std::unique_ptr<QSettings> store, QObject *parent = nullptr);
    ~Settings() override;

    template <typename T> T value(const SettingKey<T> &key) const
    {
        const QVariant stored = m_store->value(QLatin1String(key.name));
        return stored.canConvert<T>() ? stored.value<T>() : key.fallback;
    }
    template <typename T> void setValue(const SettingKey<T> &key, const T &value)
    {
        m_store->setValue(QLatin1String(key.name), value);
    }

    /// Newest first; files that are gone are kept, because a drive may come back.
    QStringList recentFiles() const { return value(settings::recentFiles); }
    void addRecentFile(const QString &path);
    void clearRecentFiles();

signals:
    void recentFilesChanged();

private:
    std::unique_ptr<QSettings> m_store;
};

} // namespace qs
