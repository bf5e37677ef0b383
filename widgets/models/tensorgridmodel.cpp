// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/tensorgridmodel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace qs {
namespace {

using Entry = std::pair<const char *, const char *>;

constexpr std::array kKinds {
    Entry {"vocabulary", QT_TRANSLATE_NOOP("TensorKind", "Tokens")},
    Entry {"attn_norm", QT_TRANSLATE_NOOP("TensorKind", "Norm")},
    Entry {"q", QT_TRANSLATE_NOOP("TensorKind", "Q")},
    Entry {"k", QT_TRANSLATE_NOOP("TensorKind", "K")},
    Entry {"v", QT_TRANSLATE_NOOP("TensorKind", "V")},
    Entry {"qkv", QT_TRANSLATE_NOOP("TensorKind", "QKV")},
    Entry {"q_norm", QT_TRANSLATE_NOOP("TensorKind", "Q norm")},
    Entry {"k_norm", QT_TRANSLATE_NOOP("TensorKind", "K norm")},
    Entry {"o", QT_TRANSLATE_NOOP("TensorKind", "O")},
    Entry {"post_attn_norm", QT_TRANSLATE_NOOP("TensorKind", "O norm")},
    Entry {"ffn_norm", QT_TRANSLATE_NOOP("TensorKind", "MLP norm")},
    Entry {"router", QT_TRANSLATE_NOOP("TensorKind", "Router")},
    Entry {"gate", QT_TRANSLATE_NOOP("TensorKind", "Gate")},
    Entry {"up", QT_TRANSLATE_NOOP("TensorKind", "Up")},
    Entry {"down", QT_TRANSLATE_NOOP("TensorKind", "Down")},
    Entry {"post_ffn_norm", QT_TRANSLATE_NOOP("TensorKind", "Down norm")},
};

QString kindHelp(const std::string &kind)
{
    if (kind == "vocabulary")
        return TensorGridModel::tr("Tables of tokens: embeddings at the beginning, scores at the end");
    if (kind == "attn_norm")
        return TensorGridModel::tr("Norm before attention; in the last row, before the output");
    return tensorKindText(kind);
}

} // namespace

QString layerText(std::int64_t layer)
{
    if (layer == TensorPlace::kBeforeLayers)
        return TensorGridModel::tr("Embeddings");
    if (layer == TensorPlace::kAfterLayers)
        return TensorGridModel::tr("Output");
    return TensorGridModel::tr("Layer %1").arg(layer);
}

QString tensorKindText(const std::string &kind)
{
    for (const auto &[key, text] : kKinds)
        if (kind == key)
            return QCoreApplication::translate("TensorKind", text);
    return QString::fromStdString(kind);
}

TensorGridModel::TensorGridModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void TensorGridModel::setGrid(TensorGrid grid)
{
    // The selection of a view survives when only what the cells hold changes.
    if (grid.layers == m_grid.layers && grid.kinds == m_grid.kinds) {
        m_grid = std::move(grid);
        figuresChanged();
        return;
    }
    beginResetModel();
    m_grid = std::move(grid);
    endResetModel();
}

void TensorGridModel::setPlanned(std::map<TensorPlace, GgmlType> planned)
{
    m_planned = std::move(planned);
    figuresChanged();
}

void TensorGridModel::setFigure(TensorFigure figure)
{
    if (std::exchange(m_figure, figure) != figure)
        figuresChanged();
}

void TensorGridModel::figuresChanged()
{
    if (rowCount() > 0 && columnCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void TensorGridModel::retranslate()
{
    if (columnCount() > 0)
        emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    if (rowCount() > 0)
        emit headerDataChanged(Qt::Vertical, 0, rowCount() - 1);
    figuresChanged();
}

TensorPlace TensorGridModel::placeAt(const QModelIndex &index) const
{
    return index.isValid() ? TensorPlace {m_grid.layers[static_cast<std::size_t>(index.row())],
                                          m_grid.kinds[static_cast<std::size_t>(index.column())]}
                           : TensorPlace {};
}

QModelIndex TensorGridModel::indexOf(const TensorPlace &place) const
{
    const auto row = std::find(m_grid.layers.begin(), m_grid.layers.end(), place.layer);
    const auto column = std::find(m_grid.kinds.begin(), m_grid.kinds.end(), place.kind);
    if (row == m_grid.layers.end() || column == m_grid.kinds.end() || !m_grid.find(place))
        return {};
    return index(static_cast<int>(row - m_grid.layers.begin()),
                 static_cast<int>(column - m_grid.kinds.begin()));
}

const TensorCell *TensorGridModel::cellAt(const QModelIndex &index) const
{
    return index.isValid() ? m_grid.find(placeAt(index)) : nullptr;
}

int TensorGridModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_grid.layers.size());
}

int TensorGridModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_grid.kinds.size());
}

QString TensorGridModel::text(const QModelIndex &index) const
{
    const TensorCell &cell = *cellAt(index);
    switch (m_figure) {
    case TensorFigure::Type:
        return QString::fromStdString(cell.type);
    case TensorFigure::Error:
        return cell.sqnrDb ? fixedText(*cell.sqnrDb, 1) : QString();
    case TensorFigure::PlannedType:
        if (const auto planned = m_planned.find(placeAt(index)); planned != m_planned.end())
            return QString::fromLatin1(ggmlTraits(planned->second).name.data(),
                                       static_cast<qsizetype>(ggmlTraits(planned->second).name.size()));
        return {};
    }
    return {};
}

QStringList TensorGridModel::facts(const QModelIndex &index) const
{
    const TensorCell &cell = *cellAt(index);
    QStringList names;
    for (const std::string &name : cell.names)
        names << QString::fromStdString(name);
    QStringList sizes;
    for (const std::int64_t size : cell.shape)
        sizes << countText(size);
    QStringList list {
        names.size() > 2
            ? tr("%1 and %n more", nullptr, static_cast<int>(names.size()) - 1).arg(names.front())
            : names.join(QStringLiteral(", ")),
        sizes.join(QStringLiteral(" × ")), QString::fromStdString(cell.type),
        tr("%1 bits a weight").arg(fixedText(cell.bitsPerWeight(), 2)), bytesText(cell.byteSize)};
    if (cell.sqnrDb)
        list << tr("SQNR %1").arg(decibelText(*cell.sqnrDb));
    if (const auto planned = m_planned.find(placeAt(index)); planned != m_planned.end())
        list << tr("planned: %1").arg(QString::fromStdString(std::string(ggmlTraits(planned->second).name)));
    return list;
}

QString TensorGridModel::describe(const QModelIndex &index) const
{
    return cellAt(index) ? facts(index).join(QStringLiteral("  ·  ")) : QString();
}

QVariant TensorGridModel::data(const QModelIndex &index, int role) const
{
    const TensorCell *cell = cellAt(index);
    if (!cell)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(index);
    case Qt::ToolTipRole:
        return facts(index).join(QLatin1Char('\n'));
    case Qt::AccessibleTextRole:
        return describe(index);
    case Qt::TextAlignmentRole:
        return int(Qt::AlignCenter);
    case TensorNameRole:
        return QString::fromStdString(cell->names.front());
    case SortRole:
        return m_figure == TensorFigure::Error && cell->sqnrDb ? QVariant(*cell->sqnrDb) : QVariant();
    case VectorRole:
        return !cell->isMatrix();
    case BitsRole:
        if (m_figure == TensorFigure::PlannedType) {
            const auto planned = m_planned.find(placeAt(index));
            return planned == m_planned.end() ? QVariant()
                                              : QVariant(ggmlTraits(planned->second).bitsPerWeight());
        }
        return m_figure == TensorFigure::Type ? QVariant(cell->bitsPerWeight()) : QVariant();
    default:
        return {};
    }
}

QVariant TensorGridModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool isColumn = orientation == Qt::Horizontal;
    if (section < 0 || section >= (isColumn ? columnCount() : rowCount()))
        return {};
    const auto at = static_cast<std::size_t>(section);
    if (role == Qt::DisplayRole)
        return isColumn ? tensorKindText(m_grid.kinds[at]) : layerText(m_grid.layers[at]);
    if (role == Qt::ToolTipRole && isColumn)
        return kindHelp(m_grid.kinds[at]);
    if (role == Qt::TextAlignmentRole)
        return int(isColumn ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter);
    return {};
}

} // namespace qs
