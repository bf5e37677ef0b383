// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointwork.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

namespace qs {

/// The checkpoints of a language model side by side; the first row is the original.
class CheckpointRunModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        NameColumn,
        TypeColumn,
        BitsColumn,
        SizeColumn,
        PerplexityColumn,
        DivergenceColumn,
        SameTopColumn,
        SqnrColumn,
        TimeColumn,
        ColumnCount
    };

    explicit CheckpointRunModel(QObject *parent = nullptr);

    void setRuns(std::vector<CheckpointRunPtr> runs);
    CheckpointRunPtr runAt(int row) const; ///< null beyond the end
    int rowOf(int id) const; ///< -1 = none
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    /// Whether the run was measured on other text than the original, so that one must not compare them.
    bool isOutdated(const CheckpointRun &run) const;
    QString text(const CheckpointRun &run, int column) const;
    QString toolTip(const CheckpointRun &run, int column) const;

    std::vector<CheckpointRunPtr> m_runs;
};

/// Sorts by the bare figures; the original stays on top, and what is not known comes last.
class CheckpointRunSorter : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit CheckpointRunSorter(QObject *parent = nullptr);

protected:
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;
};

/// "Q4_K_M", "gptq, 4 bit, groups of 128"; of an unquantized one the type of most weights.
QString checkpointTypeText(const CheckpointView &view);

} // namespace qs
