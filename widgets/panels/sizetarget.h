// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QSlider;

namespace qs {

/// The size of the next GGUF file: what it will be, and a slider for what it should be, where the strategy
/// can keep to one. Hidden for strategies without sizes to tell.
class SizeTarget : public QWidget
{
    Q_OBJECT
public:
    explicit SizeTarget(CheckpointWorkflow &workflow, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();
    void refresh();
    void enter();

    CheckpointWorkflow &m_workflow;
    QCheckBox *m_isOn;
    QSlider *m_bits;
    QLabel *m_size;
    bool m_showing = false;
};

} // namespace qs
