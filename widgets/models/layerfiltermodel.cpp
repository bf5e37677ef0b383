// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layerfiltermodel.h"

#include "widgets/models/layermodel.h"
#include "widgets/models/roles.h"

namespace qs {

LayerFilterModel::LayerFilterModel(QObject *parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(SortRole);
    setSortLocaleAware(true);
    setSortCaseSensitivity(Qt::CaseInsensitive);
}

void LayerFilterModel::setText(const QString &text)
{
    m_words = text.split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

void LayerFilterModel::setPrecision(Precision precision)
{
    m_precision = precision;
    invalidateFilter();
}

bool LayerFilterModel::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const auto text = [&](int column) {
        return sourceModel()->index(row, column, parent).data(Qt::DisplayRole).toString();
    };
    const QString name = text(LayerModel::NameColumn);
    const QString op = text(LayerModel::OpColumn);
    for (const QString &word : m_words)
        if (!name.contains(word, Qt::CaseInsensitive) && !op.contains(word, Qt::CaseInsensitive))
            return false;
    if (m_precision == Precision::Any)
        return true;
    const QVariant quantized
        = sourceModel()->index(row, LayerModel::PrecisionColumn, parent).data(QuantizedRole);
    return quantized.isValid() && quantized.toBool() == (m_precision == Precision::Quantized);
}

bool LayerFilterModel::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(SortRole);
    const QVariant b = right.data(SortRole);
    if (a.isValid() != b.isValid())
        return a.isValid() == (sortOrder() == Qt::AscendingOrder);
    return QSortFilterProxyModel::lessThan(left, right);
}

} // namespace qs
