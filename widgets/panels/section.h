// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace qs {

/// A titled part of the setup panel.
class Section : public QWidget
{
    Q_OBJECT
protected:
    explicit Section(QWidget *parent = nullptr);

    QVBoxLayout &content() { return *m_layout; }
    void setTitle(const QString &title);
    virtual void retranslate() = 0;
    void changeEvent(QEvent *event) override;

private:
    QLabel *m_title;
    QVBoxLayout *m_layout;
};

/// A label for explanations: smaller, muted, wrapped.
QLabel *makeHint();

} // namespace qs
