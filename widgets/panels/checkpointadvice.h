// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"
#include "widgets/panels/adviceview.h"

namespace qs {

/// The form that fits the open language model and the user's wishes, with the size of each. Hidden while none
/// is open.
class CheckpointAdvice : public AdviceView
{
    Q_OBJECT
public:
    explicit CheckpointAdvice(const CheckpointServices &services, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    void refresh();
    void use();

    const CheckpointServices &m_services;
    Advice m_advice;
};

} // namespace qs
