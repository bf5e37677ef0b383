// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QCheckBox;
class QComboBox;

namespace qs {

class RangePlot;

/// How far activations reach, layer by layer, or the weights of the selected layer, channel by channel.
class RangesPanel : public Panel
{
    Q_OBJECT
public:
    explicit RangesPanel(Workflow &workflow, QWidget *parent = nullptr);

    QString title() const override { return tr("Ranges"); }
    RangePlot &plot() const { return *m_plot; }

signals:
    void layerActivated(const QString &layer);

protected:
    void retranslate() override;

private:
    void refresh();
    void selectionChanged();
    void requestChannels();

    Workflow &m_workflow;
    Session &m_session;
    RangePlot *m_plot;
    QComboBox *m_mode;
    QCheckBox *m_symlog;
};

} // namespace qs
