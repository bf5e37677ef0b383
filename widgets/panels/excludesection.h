// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/section.h"

#include <QTimer>

class QPlainTextEdit;
class QPushButton;

namespace qs {

/// What stays float and what was decided by hand: exclude patterns, one a line, with the number of layers
/// they match, and the overrides there are.
class ExcludeSection : public Section
{
    Q_OBJECT
public:
    explicit ExcludeSection(Workflow &workflow, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    std::vector<std::string> patterns() const;
    void refresh();
    void apply();
    void showMatches();

    Workflow &m_workflow;
    Session &m_session;
    QPlainTextEdit *m_patterns;
    QLabel *m_matches;
    QLabel *m_overrides;
    QPushButton *m_clearOverrides;
    QTimer m_pause; ///< typing is over
};

} // namespace qs
