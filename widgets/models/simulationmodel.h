// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traininghistory.h"

#include <QAbstractTableModel>

#include <memory>

namespace qs {

/// How the exported integers differ from those that training simulated, a row an activation, in the order of
/// the network. Roles: SortRole, LayerRole (the tensor).
class SimulationModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { TensorColumn, ChangedColumn, LargestColumn, SqnrColumn, ColumnCount };

    explicit SimulationModel(QObject *parent = nullptr);

    void setHistory(std::shared_ptr<const TrainingHistory> history);
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const TrainingHistory> m_history;
};

} // namespace qs
