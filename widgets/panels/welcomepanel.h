// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/settings.h"
#include "widgets/panels/panel.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace qs {

/// What stands in the middle while nothing is open: how to begin, and what was open before.
class WelcomePanel : public Panel
{
    Q_OBJECT
public:
    explicit WelcomePanel(Settings &settings, QWidget *parent = nullptr);

    QString title() const override { return tr("Welcome"); }
    void setBusy(bool busy); ///< while a model is being opened

signals:
    void openModelRequested();
    void openLanguageModelRequested();
    void openProjectRequested();
    void fileRequested(const QString &path);

protected:
    void retranslate() override;

private:
    void refreshRecent();

    Settings &m_settings;
    QLabel *m_title;
    QLabel *m_text;
    QPushButton *m_openModel;
    QPushButton *m_openLanguageModel;
    QPushButton *m_openProject;
    QLabel *m_recentTitle;
    QVBoxLayout *m_recent;
    bool m_busy = false;
};

} // namespace qs
