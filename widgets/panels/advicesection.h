// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/advice.h"
#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QPushButton;

namespace qs {

/// The strategy and settings that fit the open model and the chosen target, why, and what comes next when
/// they do not do. Hidden while no model is open.
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

    const Services &m_services;
    Advice m_advice;
    QLabel *m_what;
    QLabel *m_why;
    QPushButton *m_use;
};

} // namespace qs
