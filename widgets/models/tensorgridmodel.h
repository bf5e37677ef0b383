// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufpreview.h"

#include <QAbstractTableModel>

namespace qs {

/// What the cells of the grid say.
enum class TensorFigure { Type, Error, PlannedType };

/// A language model's tensors: a row a layer, a column a kind. Cells give their figure as text, and what a
/// delegate draws as BitsRole (bits a weight, of types) and SortRole (dB, of errors).
class TensorGridModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    explicit TensorGridModel(QObject *parent = nullptr);

    void setGrid(TensorGrid grid);
    const TensorGrid &grid() const { return m_grid; }
    /// Types that are planned, by the tensor's place; may be empty.
    void setPlanned(std::map<TensorPlace, GgmlType> planned);
    void setFigure(TensorFigure figure);
    TensorFigure figure() const { return m_figure; }

    TensorPlace placeAt(const QModelIndex &index) const;
    QModelIndex indexOf(const TensorPlace &place) const; ///< invalid where there is none
    const TensorCell *cellAt(const QModelIndex &index) const; ///< null for an empty place
    /// Everything of a cell in one line; empty for an empty place.
    QString describe(const QModelIndex &index) const;
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const QModelIndex &index) const;
    QStringList facts(const QModelIndex &index) const;
    void figuresChanged();

    TensorGrid m_grid;
    std::map<TensorPlace, GgmlType> m_planned;
    TensorFigure m_figure = TensorFigure::Type;
};

/// "Embeddings", "Layer 3", "Output".
QString layerText(std::int64_t layer);
/// "Q", "Down"; names of unknown kinds as they are.
QString tensorKindText(const std::string &kind);

} // namespace qs
