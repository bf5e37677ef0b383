// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/advice.h"
#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QPushButton;
class QToolButton;

namespace qs {

/// The strategy and settings that fit the open model and the chosen target, why, and what comes next when
/// they do not do. The reasons are folded away once the advice is followed. Hidden while no model is open.
class AdviceSection : public Section
{
    Q_OBJECT
public:
    explicit AdviceSection(const Services &services, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    void refresh();
    void use();
    bool isFollowed() const;
    void unfold(bool open);

    const Services &m_services;
    Advice m_advice;
    QLabel *m_what;
    QToolButton *m_unfold;
    QLabel *m_why;
    QPushButton *m_use;
};

} // namespace qs
