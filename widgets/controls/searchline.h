// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <QTimer>

namespace qs {

/// A line to search with: tells the text when typing pauses, Escape clears it, Enter tells at once.
class SearchLine : public QLineEdit
{
    Q_OBJECT
public:
    explicit SearchLine(QWidget *parent = nullptr);

signals:
    void searchChanged(const QString &text);

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void retranslate();
    void tell();

    QTimer m_pause;
    QString m_told;
};

} // namespace qs
