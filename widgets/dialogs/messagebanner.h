// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QTimer>

class QLabel;
class QToolButton;

namespace qs {

/// A line above the views that tells what happened, without stopping the user: errors stay until they are
/// closed, successes go by themselves. The newest message replaces the one before.
class MessageBanner : public QFrame
{
    Q_OBJECT
public:
    enum class Kind { Success, Warning, Error };

    explicit MessageBanner(QWidget *parent = nullptr);

    void show(Kind kind, const QString &text);
    /// With a link that calls actionTriggered().
    void show(Kind kind, const QString &text, const QString &action);
    void dismiss();
    QString text() const { return m_text; }
    Kind kind() const { return m_kind; }

signals:
    void actionTriggered();

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();
    void restyle();

    QLabel *m_symbol;
    QLabel *m_label;
    QToolButton *m_action;
    QToolButton *m_close;
    QTimer m_hide;
    QString m_text;
    Kind m_kind = Kind::Success;
};

} // namespace qs
