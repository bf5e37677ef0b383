// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/checkpointrunmodel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace qs {
namespace {

using Column = CheckpointRunModel::Column;

const PredictionDivergence *divergenceOf(const CheckpointRun &run)
{
    return run.quality && run.quality->result.divergence ? &*run.quality->result.divergence : nullptr;
}

QVariant numberOf(const CheckpointRun &run, int column)
{
    const PredictionDivergence *divergence = divergenceOf(run);
    switch (column) {
    case Column::BitsColumn:
        return run.view ? QVariant(run.view->bitsPerWeight()) : QVariant();
    case Column::SizeColumn:
        return run.fileBytes > 0 ? QVariant(static_cast<qulonglong>(run.fileBytes)) : QVariant();
    case Column::PerplexityColumn:
        return run.quality ? QVariant(run.quality->result.perplexity) : QVariant();
    case Column::DivergenceColumn:
        return divergence ? QVariant(divergence->mean) : QVariant();
    case Column::SameTopColumn:
        return divergence ? QVariant(100 * divergence->sameTop.estimate) : QVariant();
    case Column::SqnrColumn:
        return run.drift ? QVariant(run.drift->total.sqnrDb()) : QVariant();
    case Column::TimeColumn:
        return run.seconds > 0 ? QVariant(run.seconds) : QVariant();
    default:
        return {};
    }
}

QString textOf(const CheckpointRun &run, int column)
{
    if (column == Column::NameColumn)
        return QString::fromStdString(run.name);
    if (column == Column::TypeColumn)
        return run.view ? checkpointTypeText(*run.view) : unknownText();
    const QVariant number = numberOf(run, column);
    if (!number.isValid())
        return unknownText();
    switch (column) {
    case Column::SizeColumn:
        return bytesText(number.toULongLong());
    case Column::PerplexityColumn:
        return QStringLiteral("%1 ± %2").arg(fixedText(number.toDouble(), 3),
                                             fixedText(run.quality->result.perplexityError, 3));
    case Column::DivergenceColumn:
        return fixedText(number.toDouble(), number.toDouble() < 0.01 ? 5 : 4);
    case Column::SqnrColumn:
        return fixedText(number.toDouble(), 1);
    case Column::TimeColumn:
        return number.toDouble() < 10 ? CheckpointRunModel::tr("%1 s").arg(fixedText(number.toDouble(), 1))
                                      : durationText(std::llround(number.toDouble()));
    default:
        return fixedText(number.toDouble(), 2);
    }
}

QString toolTipOf(const CheckpointRun &run, int column)
{
    if (column == Column::NameColumn)
        return QString::fromStdString(run.path.string());
    if (column == Column::TypeColumn)
        return textOf(run, column);
    if (column == Column::SizeColumn && run.view)
        return CheckpointRunModel::tr("%1 bytes, %2 of them tensors")
            .arg(countText(static_cast<std::int64_t>(run.fileBytes)),
                 countText(static_cast<std::int64_t>(run.view->byteSize)));
    if (!run.quality)
        return {};
    const PerplexityResult &result = run.quality->result;
    const PredictionDivergence *divergence = divergenceOf(run);
    if (column == Column::PerplexityColumn)
        return CheckpointRunModel::tr("%1 tokens of %2, in %3 windows of %4; ± is the standard error")
            .arg(countText(result.scored), QString::fromStdString(run.quality->text.filename().string()),
                 countText(result.windows), countText(result.context));
    if (column == Column::DivergenceColumn && divergence)
        return CheckpointRunModel::tr("Median %1, 99 % of the tokens below %2, largest %3 nats")
            .arg(numberText(divergence->median), numberText(divergence->percentile99),
                 numberText(divergence->maximum));
    if (column == Column::SameTopColumn && divergence)
        return CheckpointRunModel::tr("95 % interval %1 to %2 %")
            .arg(fixedText(100 * divergence->sameTop.low, 2), fixedText(100 * divergence->sameTop.high, 2));
    return {};
}

QVariant alignment(int column)
{
    return QVariant((column <= Column::TypeColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

} // namespace

QString checkpointTypeText(const CheckpointView &view)
{
    if (!view.quantization.empty())
        return QString::fromStdString(view.quantization);
    std::map<std::string, std::int64_t> elements;
    for (const CheckpointTensor &tensor : view.tensors)
        elements[tensor.type] += tensor.elements();
    const auto most = std::max_element(elements.begin(), elements.end(),
                                       [](const auto &a, const auto &b) { return a.second < b.second; });
    return most == elements.end() ? unknownText() : QString::fromStdString(most->first);
}

CheckpointRunModel::CheckpointRunModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void CheckpointRunModel::setRuns(std::vector<CheckpointRunPtr> runs)
{
    beginResetModel();
    m_runs = std::move(runs);
    endResetModel();
}

CheckpointRunPtr CheckpointRunModel::runAt(int row) const
{
    return row < 0 || row >= rowCount() ? nullptr : m_runs[static_cast<std::size_t>(row)];
}

int CheckpointRunModel::rowOf(int id) const
{
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [id](const CheckpointRunPtr &run) { return run->id == id; });
    return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

void CheckpointRunModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_runs.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int CheckpointRunModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int CheckpointRunModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

bool CheckpointRunModel::isOutdated(const CheckpointRun &run) const
{
    const auto &original = m_runs.front()->quality;
    return run.quality && original && !run.quality->isOf(original->text, original->windows);
}

QString CheckpointRunModel::text(const CheckpointRun &run, int column) const
{
    const bool isMeasured
        = column == PerplexityColumn || column == DivergenceColumn || column == SameTopColumn;
    return isMeasured && isOutdated(run) ? QStringLiteral("(%1)").arg(textOf(run, column))
                                         : textOf(run, column);
}

QString CheckpointRunModel::toolTip(const CheckpointRun &run, int column) const
{
    const QString text = toolTipOf(run, column);
    if (column != PerplexityColumn || !isOutdated(run))
        return text;
    return text + QLatin1Char('\n')
        + tr("Not on the same windows as the original; Measure brings them together");
}

QVariant CheckpointRunModel::data(const QModelIndex &index, int role) const
{
    const CheckpointRunPtr run = index.isValid() ? runAt(index.row()) : nullptr;
    if (!run)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(*run, index.column());
    case Qt::ToolTipRole:
        return toolTip(*run, index.column());
    case Qt::TextAlignmentRole:
        return alignment(index.column());
    case SortRole:
        return index.column() <= TypeColumn ? QVariant(textOf(*run, index.column()))
                                            : numberOf(*run, index.column());
    default:
        return {};
    }
}

QVariant CheckpointRunModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return QAbstractTableModel::headerData(section, orientation, role);
    if (role == Qt::TextAlignmentRole)
        return alignment(section);
    const bool isHelp = role == Qt::ToolTipRole;
    if (role != Qt::DisplayRole && !isHelp)
        return {};
    switch (section) {
    case NameColumn:
        return isHelp ? tr("The original, then what was made of it") : tr("Run");
    case TypeColumn:
        return isHelp ? tr("How its weights are stored") : tr("Stored as");
    case BitsColumn:
        return isHelp ? tr("Bits a weight: mean over all tensors, with their scales and zeros") : tr("Bits");
    case SizeColumn:
        return isHelp ? tr("Of the file, or of the folder's files with weights") : tr("Size");
    case PerplexityColumn:
        return isHelp ? tr("On the evaluation text, with its standard error: lower is better")
                      : tr("Perplexity");
    case DivergenceColumn:
        return isHelp
            ? tr("Mean Kullback-Leibler divergence of the predictions from the original's, in nats per "
                 "token: lower is better")
            : tr("KLD");
    case SameTopColumn:
        return isHelp ? tr("Share of tokens after which the same one is likeliest as with the original")
                      : tr("Same top %");
    case SqnrColumn:
        return isHelp
            ? tr("Signal to quantization noise ratio of all weights together, in decibels: higher is "
                 "better")
            : tr("SQNR dB");
    default:
        return isHelp ? tr("That quantizing took, without measuring") : tr("Time");
    }
}

CheckpointRunSorter::CheckpointRunSorter(QObject *parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(SortRole);
}

bool CheckpointRunSorter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const bool isDescending = sortOrder() == Qt::DescendingOrder;
    if (left.row() == 0 || right.row() == 0)
        return (left.row() == 0) != isDescending;
    const QVariant a = left.data(SortRole);
    const QVariant b = right.data(SortRole);
    if (!a.isValid() || !b.isValid())
        return a.isValid() != b.isValid() && a.isValid() != isDescending;
    return QSortFilterProxyModel::lessThan(left, right);
}

} // namespace qs
