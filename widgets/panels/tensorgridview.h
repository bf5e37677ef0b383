// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"
#include "widgets/models/tensorgridmodel.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace qs {

class GridLegend;
class TensorCellDelegate;

/// The tensors of the current run as a grid, coloured by type or by error, and the bar that gives those which
/// are selected another type.
class TensorGridView : public QWidget
{
    Q_OBJECT
public:
    explicit TensorGridView(CheckpointWorkflow &workflow, QWidget *parent = nullptr);

    QTableView &table() { return *m_table; }
    TensorGridModel &model() { return *m_model; }
    GridLegend &legend() { return *m_legend; }

protected:
    void changeEvent(QEvent *event) override;

private:
    QWidget *makeMixBar();
    void retranslate();
    void refreshGrid();
    void refreshPlanned();
    void refreshLegend();
    void showErrorLegend();
    void showTypeLegend();
    void refreshSelection();
    void applyType();
    std::set<TensorPlace> selectedPlaces() const; ///< those that can be quantized

    CheckpointWorkflow &m_workflow;
    CheckpointSession &m_session;
    TensorGridModel *m_model;
    TensorCellDelegate *m_delegate;
    QTableView *m_table;
    QLabel *m_figureLabel;
    QComboBox *m_figure;
    GridLegend *m_legend;
    QLabel *m_details;
    QWidget *m_mixBar;
    QLabel *m_selected;
    QComboBox *m_type;
    QPushButton *m_apply;
    QPushButton *m_clear;
};

} // namespace qs
