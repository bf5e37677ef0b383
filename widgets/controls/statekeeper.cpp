// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/statekeeper.h"

#include <QHeaderView>
#include <QSplitter>

namespace qs {
namespace {

/// Header views have no name of their own; they go by their view's.
QString keyOf(const QWidget &widget)
{
    const QWidget *named = &widget;
    if (qobject_cast<const QHeaderView *>(&widget)) {
        named = widget.parentWidget();
        const auto *header = static_cast<const QHeaderView *>(&widget);
        if (!named || named->objectName().isEmpty() || header->orientation() == Qt::Vertical)
            return {};
        return named->objectName() + QLatin1String("/header");
    }
    const bool isInternal = named->objectName().startsWith(QLatin1String("qt_"));
    return named->objectName().isEmpty() || isInternal ? QString()
                                                       : named->objectName() + QLatin1String("/splitter");
}

template <typename Widget, typename Root, typename Action> void forEach(Root &root, Action action)
{
    for (Widget *widget : root.template findChildren<Widget *>())
        if (const QString key = keyOf(*widget); !key.isEmpty())
            action(*widget, key);
}

} // namespace

StateKeeper::StateKeeper(QSettings &settings, QString group)
    : m_settings(settings)
    , m_group(std::move(group))
{ }

void StateKeeper::save(const QWidget &root) const
{
    m_settings.beginGroup(m_group);
    const auto keep
        = [&](const auto &widget, const QString &key) { m_settings.setValue(key, widget.saveState()); };
    forEach<QSplitter>(root, keep);
    forEach<QHeaderView>(root, keep);
    m_settings.endGroup();
}

void StateKeeper::restore(QWidget &root) const
{
    m_settings.beginGroup(m_group);
    forEach<QSplitter>(root, [&](QSplitter &splitter, const QString &key) {
        splitter.restoreState(m_settings.value(key).toByteArray());
    });
    forEach<QHeaderView>(root, [&](QHeaderView &header, const QString &key) {
        // A header remembers its number of columns; a state from before a column was added must not hide it.
        const int sections = header.count();
        const QByteArray before = header.saveState();
        if (header.restoreState(m_settings.value(key).toByteArray()) && header.count() != sections)
            header.restoreState(before);
    });
    m_settings.endGroup();
}

} // namespace qs
