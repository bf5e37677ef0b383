// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSettings>

class QWidget;

namespace qs {

/// Remembers the sizes of splitters and the columns of headers below a widget, for those that have an object
/// name (headers: whose view has one). Geometry and docks are the main window's own business.
class StateKeeper
{
public:
    /// \a settings must outlive the keeper.
    explicit StateKeeper(QSettings &settings, QString group = QStringLiteral("Views"));

    void save(const QWidget &root) const;
    /// Unknown names and states of other versions are left alone.
    void restore(QWidget &root) const;

private:
    QSettings &m_settings;
    QString m_group;
};

} // namespace qs
