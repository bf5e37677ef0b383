// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QComboBox;
class QLabel;
class QMenu;
class QTableView;

namespace qs {

class HeatDelegate;
class LayerFilterModel;
class LayerModel;
class SearchLine;

/// The layers as a table to sort and to filter; the menu of a layer excludes it or overrides its output.
class LayersPanel : public Panel
{
    Q_OBJECT
public:
    explicit LayersPanel(Workflow &workflow, QWidget *parent = nullptr);

    QString title() const override { return tr("Layers"); }
    QTableView &table() const { return *m_table; }
    /// The menu for the selected layer.
    void fillMenu(QMenu &menu);

signals:
    void layerActivated(const QString &layer); ///< double-click or Enter

protected:
    void retranslate() override;

private:
    void refresh();
    void refreshCount();
    void refreshExcluded();
    void showSelection();
    void selectionChanged();
    void fitColumns();
    void copySelection() const;
    void setKeepFloat(const std::string &tensor, bool keep);

    Workflow &m_workflow;
    Session &m_session;
    LayerModel *m_model;
    LayerFilterModel *m_filter;
    SearchLine *m_search;
    QComboBox *m_precision;
    QLabel *m_count;
    QTableView *m_table;
    HeatDelegate *m_heat;
    bool m_selecting = false;
};

} // namespace qs
