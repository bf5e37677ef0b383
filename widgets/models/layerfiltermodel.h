// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>

namespace qs {

/// Filters a LayerModel by free text over name and operator and by precision; sorts by SortRole with unknown
/// values last in either direction.
class LayerFilterModel : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    enum class Precision { Any, Quantized, Float };

    explicit LayerFilterModel(QObject *parent = nullptr);

    /// Words separated by blanks; all of them must occur in the name or the operator, in any case.
    void setText(const QString &text);
    void setPrecision(Precision precision);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QStringList m_words;
    Precision m_precision = Precision::Any;
};

} // namespace qs
