// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/changedsamplesmodel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <cmath>

namespace qs {

ChangedSamplesModel::ChangedSamplesModel(QObject *parent)
    : QAbstractTableModel(parent)
{
    connect(&m_loader, &ThumbnailLoader::loaded, this, &ChangedSamplesModel::pictureLoaded);
}

void ChangedSamplesModel::setContent(std::shared_ptr<const Evaluation> evaluation, DatasetPtr dataset,
                                     QStringList classNames)
{
    beginResetModel();
    m_loader.cancel();
    m_rowsByPath.clear();
    m_rows.clear();
    m_evaluation = std::move(evaluation);
    m_dataset = std::move(dataset);
    m_classNames = std::move(classNames);
    if (m_evaluation)
        for (const SampleResult &result : m_evaluation->results)
            if (result.prediction != result.referencePrediction && result.referencePrediction >= 0)
                m_rows.push_back(&result);
    endResetModel();
}

void ChangedSamplesModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int ChangedSamplesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ChangedSamplesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ChangedSamplesModel::className(std::int64_t index) const
{
    return index >= 0 && index < m_classNames.size() ? m_classNames[static_cast<qsizetype>(index)]
                                                     : QString::number(index);
}

QString ChangedSamplesModel::sourceFile(const SampleResult &result) const
{
    if (!m_dataset || result.index >= m_dataset->size())
        return {};
    return QString::fromStdString(m_dataset->sourceFile(result.index).string());
}

QString ChangedSamplesModel::text(const SampleResult &result, int column) const
{
    switch (column) {
    case SampleColumn:
        return QString::fromStdString(result.id);
    case LabelColumn:
        return result.label ? className(*result.label) : unknownText();
    case ReferenceColumn:
        return className(result.referencePrediction);
    case QuantizedColumn:
        return className(result.prediction);
    case SqnrColumn:
        return fixedText(result.sqnrDb, 1);
    default:
        return {};
    }
}

QVariant ChangedSamplesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const SampleResult &result = *m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(result, index.column());
    case Qt::ToolTipRole:
        return tr("%1: label %2, FP32 %3, quantized %4")
            .arg(text(result, SampleColumn), text(result, LabelColumn), text(result, ReferenceColumn),
                 text(result, QuantizedColumn));
    case Qt::DecorationRole: {
        const QString path = index.column() == SampleColumn ? sourceFile(result) : QString();
        if (path.isEmpty())
            return {};
        const QImage image = m_loader.thumbnail(path);
        if (!image.isNull())
            return image;
        if (!m_rowsByPath.contains(path, index.row()))
            m_rowsByPath.insert(path, index.row());
        return {};
    }
    case Qt::TextAlignmentRole:
        return index.column() == SqnrColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case SortRole:
        if (index.column() == SqnrColumn)
            return std::isnan(result.sqnrDb) ? QVariant() : QVariant(result.sqnrDb);
        return text(result, index.column());
    case SampleIndexRole:
        return static_cast<qulonglong>(result.index);
    default:
        return {};
    }
}

QVariant ChangedSamplesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case SampleColumn:
        return tr("Sample");
    case LabelColumn:
        return tr("Label");
    case ReferenceColumn:
        return tr("FP32 says");
    case QuantizedColumn:
        return tr("Quantized says");
    case SqnrColumn:
        return tr("Output SQNR dB");
    default:
        return {};
    }
}

void ChangedSamplesModel::pictureLoaded(const QString &path)
{
    for (const int row : m_rowsByPath.values(path))
        emit dataChanged(index(row, SampleColumn), index(row, SampleColumn), {Qt::DecorationRole});
    m_rowsByPath.remove(path);
}

} // namespace qs
