// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/runmodel.h"

#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <cmath>

namespace qs {
namespace {

QString intervalText(const Proportion &share)
{
    const double halfWidth = 50 * (share.high - share.low);
    return QStringLiteral("%1 ± %2").arg(fixedText(100 * share.value, 2), fixedText(halfWidth, 2));
}

QString pValueText(double p)
{
    return p < 0.001 ? RunModel::tr("p < %1").arg(numberText(0.001))
                     : RunModel::tr("p = %1").arg(fixedText(p, 3));
}

/// Numbers with an explicit sign, since they are differences.
QString signedText(double value, int decimals)
{
    return (value > 0 ? QStringLiteral("+") : QString()) + fixedText(value, decimals);
}

/// Figures to the right, under a header that stands there too.
QVariant alignment(int column)
{
    return QVariant((column <= RunModel::TargetColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

} // namespace

double meanSqnrDb(const Drift &drift)
{
    double sum = 0;
    int count = 0;
    for (const LayerDrift &layer : drift.layers) {
        if (std::isfinite(layer.accumulated.sqnrDb)) {
            sum += layer.accumulated.sqnrDb;
            ++count;
        }
    }
    return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / count;
}

RunModel::RunModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void RunModel::setRuns(std::vector<RunPtr> runs)
{
    beginResetModel();
    m_runs = std::move(runs);
    endResetModel();
}

RunPtr RunModel::runAt(int row) const
{
    return row < 1 || row > static_cast<int>(m_runs.size()) ? RunPtr()
                                                            : m_runs[static_cast<std::size_t>(row - 1)];
}

void RunModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_runs.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int RunModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || m_runs.empty() ? 0 : static_cast<int>(m_runs.size()) + 1;
}

int RunModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

const Evaluation *RunModel::evaluation(int row) const
{
    const RunPtr run = runAt(row);
    return run ? run->evaluation.get() : nullptr;
}

QVariant RunModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(index.row(), index.column());
    case Qt::ToolTipRole:
        return toolTip(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return alignment(index.column());
    case SortRole:
        return index.column() <= TargetColumn ? QVariant(text(index.row(), index.column()))
                                              : number(index.row(), index.column());
    default:
        return {};
    }
}

/// The float model as the first run that measured it saw it.
QVariant RunModel::referenceNumber(int column) const
{
    for (const RunPtr &run : m_runs) {
        const Evaluation *e = run->evaluation.get();
        if (!e)
            continue;
        if (column == Top1Column && e->referenceTop1)
            return 100 * e->referenceTop1->value;
        if (column == SizeColumn && e->referenceSizeBytes > 0)
            return static_cast<qulonglong>(e->referenceSizeBytes);
        if (column == MedianColumn && e->referenceLatency)
            return e->referenceLatency->medianMs;
        if (column == P90Column && e->referenceLatency)
            return e->referenceLatency->p90Ms;
    }
    return {};
}

QVariant RunModel::number(int row, int column) const
{
    if (row == 0)
        return referenceNumber(column);
    if (column == MeanSqnrColumn) {
        const RunPtr run = runAt(row);
        const double mean
            = run && run->drift ? meanSqnrDb(*run->drift) : std::numeric_limits<double>::quiet_NaN();
        return std::isnan(mean) ? QVariant() : QVariant(mean);
    }
    const Evaluation *e = evaluation(row);
    if (!e)
        return {};
    const bool sizes = e->sizeBytes > 0 && e->referenceSizeBytes > 0;
    const bool times = e->latency && e->referenceLatency && e->latency->medianMs > 0;
    switch (column) {
    case Top1Column:
        return e->top1 ? QVariant(100 * e->top1->value) : QVariant();
    case DropColumn:
        return e->paired ? QVariant(100 * e->paired->difference) : QVariant();
    case AgreementColumn:
        return e->agreement ? QVariant(100 * e->agreement->value) : QVariant();
    case OutputSqnrColumn:
        return e->outputSqnrDb ? QVariant(*e->outputSqnrDb) : QVariant();
    case SizeColumn:
        return e->sizeBytes > 0 ? QVariant(static_cast<qulonglong>(e->sizeBytes)) : QVariant();
    case RatioColumn:
        return sizes
            ? QVariant(static_cast<double>(e->referenceSizeBytes) / static_cast<double>(e->sizeBytes))
            : QVariant();
    case MedianColumn:
        return e->latency ? QVariant(e->latency->medianMs) : QVariant();
    case P90Column:
        return e->latency ? QVariant(e->latency->p90Ms) : QVariant();
    case SpeedUpColumn:
        return times ? QVariant(e->referenceLatency->medianMs / e->latency->medianMs) : QVariant();
    default:
        return {};
    }
}

QString RunModel::text(int row, int column) const
{
    const RunPtr run = runAt(row);
    if (column == NameColumn)
        return run ? QString::fromStdString(run->name) : tr("FP32 reference");
    if (column == StrategyColumn && run && run->quantized)
        return run->quantized->recipe.strategy.empty()
            ? tr("other tool")
            : QString::fromStdString(run->quantized->recipe.strategy);
    if (column == StrategyColumn)
        return unknownText();
    if (column == TargetColumn)
        return run && run->quantized ? QString::fromStdString(run->quantized->recipe.target) : unknownText();
    const QVariant value = number(row, column);
    if (!value.isValid())
        return unknownText();
    const Evaluation *e = evaluation(row);
    switch (column) {
    case Top1Column:
        if (e)
            return intervalText(*e->top1);
        for (const RunPtr &other : m_runs)
            if (other->evaluation && other->evaluation->referenceTop1)
                return intervalText(*other->evaluation->referenceTop1);
        return {};
    case DropColumn:
        return tr("%1 (%2)").arg(signedText(value.toDouble(), 2), pValueText(e->paired->pValue));
    case AgreementColumn:
        return intervalText(*e->agreement);
    case SizeColumn:
        return bytesText(value.toULongLong());
    case RatioColumn:
    case SpeedUpColumn:
        return tr("%1×").arg(fixedText(value.toDouble(), 2));
    case MedianColumn:
    case P90Column:
        return fixedText(value.toDouble(), value.toDouble() < 10 ? 2 : 1);
    default:
        return fixedText(value.toDouble(), 1);
    }
}

QString RunModel::toolTip(int row, int column) const
{
    const Evaluation *e = evaluation(row);
    if (!e)
        return {};
    if (column == Top1Column && e->top1)
        return tr("%1 of %2 samples right; 95 % interval %3 to %4 %")
            .arg(countText(static_cast<std::int64_t>(e->top1->successes)),
                 countText(static_cast<std::int64_t>(e->top1->total)), fixedText(100 * e->top1->low, 2),
                 fixedText(100 * e->top1->high, 2));
    if (column == DropColumn && e->paired)
        return tr("Right only with FP32: %1 samples; right only when quantized: %2. 95 % interval of the "
                  "difference "
                  "%3 to %4 percentage points. A small p means that the difference is not chance (McNemar "
                  "test).")
            .arg(countText(static_cast<std::int64_t>(e->paired->onlyReferenceRight)),
                 countText(static_cast<std::int64_t>(e->paired->onlyModelRight)),
                 signedText(100 * e->paired->low, 2), signedText(100 * e->paired->high, 2));
    if ((column == MedianColumn || column == P90Column || column == SpeedUpColumn) && e->latency)
        return tr("%1 runs after %2 to warm up, %3 threads; fastest %4")
            .arg(e->latency->runs)
            .arg(e->latency->warmup)
            .arg(e->latency->threads)
            .arg(millisecondsText(e->latency->minMs));
    if (column == SizeColumn)
        return tr("%1 bytes").arg(countText(static_cast<std::int64_t>(e->sizeBytes)));
    return {};
}

QVariant RunModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return QAbstractTableModel::headerData(section, orientation, role);
    if (role == Qt::TextAlignmentRole)
        return alignment(section);
    if (role == Qt::DisplayRole) {
        switch (section) {
        case NameColumn:
            return tr("Run");
        case StrategyColumn:
            return tr("Strategy");
        case TargetColumn:
            return tr("Target");
        case Top1Column:
            return tr("Top-1 %");
        case DropColumn:
            return tr("Change vs FP32, points");
        case AgreementColumn:
            return tr("Agreement %");
        case OutputSqnrColumn:
            return tr("Output SQNR dB");
        case SizeColumn:
            return tr("Size");
        case RatioColumn:
            return tr("Smaller");
        case MedianColumn:
            return tr("Median ms");
        case P90Column:
            return tr("p90 ms");
        case SpeedUpColumn:
            return tr("Faster");
        case MeanSqnrColumn:
            return tr("Mean layer SQNR dB");
        default:
            return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case Top1Column:
            return tr(
                "Share of samples whose best class is the label, with half the width of its 95 % interval");
        case DropColumn:
            return tr(
                "Top-1 of the quantized model minus top-1 of the float model, in percentage points, with the "
                "p-value of the exact McNemar test");
        case AgreementColumn:
            return tr("Share of samples for which both models predict the same class");
        case OutputSqnrColumn:
            return tr(
                "Signal to quantization noise ratio of the model's outputs, in decibels: higher is better");
        case RatioColumn:
            return tr("How many times smaller than the float model");
        case MedianColumn:
            return tr("Median time of one inference, in milliseconds");
        case P90Column:
            return tr("Time within which 9 of 10 inferences end, in milliseconds");
        case SpeedUpColumn:
            return tr("How many times faster than the float model, by median time");
        case MeanSqnrColumn:
            return tr("Mean over the layers of the signal to quantization noise ratio, in decibels");
        default:
            return {};
        }
    }
    return QAbstractTableModel::headerData(section, orientation, role);
}

} // namespace qs
