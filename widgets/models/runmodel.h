// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

#include <QAbstractTableModel>

namespace qs {

/// The runs side by side. The first row is the float model that all of them come from; row i + 1 is run i.
class RunModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        NameColumn,
        StrategyColumn,
        TargetColumn,
        Top1Column,
        DropColumn,
        AgreementColumn,
        OutputSqnrColumn,
        SizeColumn,
        RatioColumn,
        MedianColumn,
        P90Column,
        SpeedUpColumn,
        MeanSqnrColumn,
        ColumnCount
    };

    explicit RunModel(QObject *parent = nullptr);

    void setRuns(std::vector<RunPtr> runs);
    const std::vector<RunPtr> &runs() const { return m_runs; }
    /// The run of \a row; null for the float model's row.
    RunPtr runAt(int row) const;
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QVariant number(int row, int column) const;
    QVariant referenceNumber(int column) const;
    QString text(int row, int column) const;
    QString toolTip(int row, int column) const;
    const Evaluation *evaluation(int row) const;

    std::vector<RunPtr> m_runs;
};

/// Mean of the layers' accumulated SQNR in dB, equal layers left out; NaN when there are none.
double meanSqnrDb(const Drift &drift);

} // namespace qs
