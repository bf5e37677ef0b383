// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

namespace qs {

/// A column of fields that scrolls up and down. The wheel scrolls it wherever the pointer is; it changes a
/// choice or a number only after the user has gone there.
class FormPage : public QScrollArea
{
    Q_OBJECT
public:
    explicit FormPage(QWidget *inside, QWidget *parent = nullptr);

    /// As wide as the fields and the scroll bar: it does not scroll sideways.
    QSize minimumSizeHint() const override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
};

} // namespace qs
