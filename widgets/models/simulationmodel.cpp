// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/simulationmodel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

namespace qs {

SimulationModel::SimulationModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void SimulationModel::setHistory(std::shared_ptr<const TrainingHistory> history)
{
    beginResetModel();
    m_history = std::move(history);
    endResetModel();
}

void SimulationModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int SimulationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_history ? 0 : static_cast<int>(m_history->differences.size());
}

int SimulationModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant SimulationModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const SimulationDifference &row = m_history->differences[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    if (role == Qt::TextAlignmentRole)
        return QVariant(column == TensorColumn ? Qt::AlignLeft | Qt::AlignVCenter
                                               : Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != SortRole)
        return {};
    const bool sorts = role == SortRole;
    switch (column) {
    case TensorColumn:
        return sorts ? QVariant(index.row()) : QVariant(QString::fromStdString(row.tensor));
    case ChangedColumn:
        return sorts ? QVariant(row.changed) : QVariant(percentText(100 * row.changed));
    case LargestColumn:
        return sorts ? QVariant(row.largest) : QVariant(countText(row.largest));
    case SqnrColumn:
        return sorts ? QVariant(row.sqnrDb) : QVariant(decibelText(row.sqnrDb));
    default:
        return {};
    }
}

QVariant SimulationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(section == TensorColumn ? Qt::AlignLeft | Qt::AlignVCenter
                                                : Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TensorColumn:
        return tr("Activation");
    case ChangedColumn:
        return tr("Different integers");
    case LargestColumn:
        return tr("Largest (steps)");
    case SqnrColumn:
        return tr("SQNR");
    default:
        return {};
    }
}

} // namespace qs
