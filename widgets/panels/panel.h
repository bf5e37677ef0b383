// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace qs {

/// One view of the main window. Works with an empty session, follows the session's signals, and sets its
/// texts anew when the language changes.
class Panel : public QWidget
{
    Q_OBJECT
public:
    /// For the dock and the menu, in the present language.
    virtual QString title() const = 0;

protected:
    /// \a id names the panel in saved layouts and in tests.
    Panel(const QString &id, QWidget *parent);

    virtual void retranslate() = 0;
    void changeEvent(QEvent *event) override;
};

} // namespace qs
