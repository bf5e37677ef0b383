// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/statistics.h"
#include "core/evaluation/drift.h"
#include "core/model/layertable.h"
#include "core/model/quantizedview.h"
#include "core/plan/plan.h"

#include <QAbstractTableModel>
#include <QSet>

#include <memory>
#include <unordered_map>

namespace qs {

/// What is known of a model's layers; everything but the layers may be missing.
struct LayerContent
{
    std::shared_ptr<const std::vector<Layer>> layers; ///< topological order
    std::shared_ptr<const Plan> plan;
    StatisticsPtr statistics;
    std::shared_ptr<const Drift> drift;
    QuantizedViewPtr quantized; ///< of a model that was quantized when it was opened
};

/// One row a layer, in topological order. Roles: SortRole, LayerNameRole, TensorNameRole, ExcludedRole,
/// QuantizedRole.
class LayerModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        NameColumn,
        OpColumn,
        ShapeColumn,
        PrecisionColumn,
        ScaleColumn,
        ZeroPointColumn,
        ParametersColumn,
        MacsColumn,
        SqnrColumn,
        ClippedColumn,
        CosineColumn,
        MaxAbsColumn,
        MinimumColumn,
        MaximumColumn,
        ReasonColumn, ///< last: sentences take the room that is left
        ColumnCount
    };

    explicit LayerModel(QObject *parent = nullptr);

    void setContent(LayerContent content);
    const LayerContent &content() const { return m_content; }
    /// Layers that the user keeps in float; they are marked, whatever the plan says.
    void setExcluded(const QSet<QString> &layers);
    /// Row of \a layer, -1 when there is none.
    int rowOf(const QString &layer) const;
    QString layerAt(int row) const;
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        const Layer *layer = nullptr;
        const NodePlan *node = nullptr;
        const TensorPlan *tensor = nullptr;
        const TensorStatistics *statistics = nullptr;
        const LayerDrift *drift = nullptr;
        const QuantizedLayer *quantized = nullptr;
        const QuantizedTensor *grid = nullptr; ///< of what it makes, else of its weights
        double clippedPercent = 0; ///< NaN while unknown
    };
    QVariant number(const Row &row, int column) const;
    QString text(const Row &row, int column) const;
    QString precision(const Row &row) const;
    int weightBitsOf(const Layer &layer) const;
    QString blockPrecision() const;
    QString gridToolTip(const Row &row) const;
    /// Of what the layer makes; null when that is float.
    static std::optional<ScaleZeroPoint> gridOf(const Row &row);
    QString toolTip(const Row &row, int column) const;

    LayerContent m_content;
    std::vector<Row> m_rows;
    std::unordered_map<std::string, int> m_rowByName;
    QSet<QString> m_excluded;
};

} // namespace qs
