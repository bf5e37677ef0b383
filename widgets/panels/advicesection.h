// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/adviceview.h"

namespace qs {

/// The strategy and settings that fit the open model, the chosen target and the user's wishes. Hidden while
/// no model is open.
class AdviceSection : public AdviceView
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
};

} // namespace qs
