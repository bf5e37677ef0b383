// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"
#include "widgets/panels/panel.h"

class QComboBox;
class QStackedWidget;

namespace qs {

class DriftBars;
class DriftHeatmap;

/// Where the quantized model leaves the float one: layers by samples, layers by channels, or a bar a layer.
class DriftPanel : public Panel
{
    Q_OBJECT
public:
    explicit DriftPanel(Session &session, QWidget *parent = nullptr);

    QString title() const override { return tr("Drift"); }
    DriftHeatmap &heatmap() const { return *m_heatmap; }

signals:
    void layerActivated(const QString &layer);

protected:
    void retranslate() override;

private:
    enum View { SamplesView, ChannelsView, BarsView };
    void refresh();
    void showSelection();
    void fillMetrics();
    void viewChosen();
    void showHeatmapView();

    Session &m_session;
    QComboBox *m_view;
    QComboBox *m_metric;
    QComboBox *m_variant;
    QComboBox *m_colors;
    QStackedWidget *m_stack;
    DriftHeatmap *m_heatmap;
    DriftBars *m_bars;
};

} // namespace qs
