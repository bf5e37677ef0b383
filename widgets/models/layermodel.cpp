// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layermodel.h"

#include "widgets/models/errortext.h"
#include "widgets/models/gridtext.h"
#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <cmath>

namespace qs {
namespace {

QString shapeText(const Layer &layer)
{
    if (layer.outputShapes.empty() || !layer.outputShapes.front())
        return unknownText();
    const Shape &shape = *layer.outputShapes.front();
    return shape.empty() ? LayerModel::tr("scalar")
                         : QString::fromStdString(toString(shape)).replace(u'x', u'×');
}

QVariant known(double value)
{
    return std::isnan(value) ? QVariant() : QVariant(value);
}

bool isMeasured(int column)
{
    return column >= LayerModel::SqnrColumn && column <= LayerModel::MaximumColumn;
}

/// Figures to the right, under a header that stands there too.
QVariant alignment(int column)
{
    const bool text = column <= LayerModel::PrecisionColumn || column == LayerModel::ReasonColumn;
    return QVariant((text ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

/// Share of values that the chosen range cuts off: as measured, else as the calibration data predict it.
double clippedPercent(const LayerDrift *drift, const TensorStatistics *statistics, const TensorPlan *plan)
{
    if (drift)
        return drift->accumulated.clippedPercent;
    if (statistics && statistics->histogram && plan && plan->ranges.size() == 1)
        return 100 * statistics->histogram->fractionOutside(plan->ranges.front());
    return std::numeric_limits<double>::quiet_NaN();
}

/// What a layer makes says it best; one with a float result is known by its weights.
const QuantizedTensor *shownGrid(const QuantizedView &view, const QuantizedLayer &layer)
{
    if (const QuantizedTensor *result = view.resultOf(layer))
        return result;
    for (const std::size_t index : layer.tensors) {
        if (view.tensors[index].role == OperandRole::Weight)
            return &view.tensors[index];
    }
    return nullptr;
}

} // namespace

LayerModel::LayerModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void LayerModel::setContent(LayerContent content)
{
    beginResetModel();
    m_content = std::move(content);
    m_rows.clear();
    m_rowByName.clear();
    std::unordered_map<std::string, const NodePlan *> nodes;
    if (m_content.plan)
        for (const NodePlan &node : m_content.plan->nodes)
            nodes.emplace(node.layer, &node);
    std::unordered_map<std::string, const LayerDrift *> drifts;
    if (m_content.drift)
        for (const LayerDrift &drift : m_content.drift->layers)
            drifts.emplace(drift.name, &drift);
    std::unordered_map<std::string, const QuantizedLayer *> quantized;
    if (m_content.quantized)
        for (const QuantizedLayer &layer : m_content.quantized->layers)
            quantized.emplace(layer.name, &layer);
    const auto find = [](const auto &map, const std::string &key) {
        const auto it = map.find(key);
        return it == map.end() ? nullptr : &it->second;
    };
    if (m_content.layers) {
        m_rows.reserve(m_content.layers->size());
        for (const Layer &layer : *m_content.layers) {
            Row row;
            row.layer = &layer;
            if (const auto *node = find(nodes, layer.name))
                row.node = *node;
            if (const auto *drift = find(drifts, layer.name))
                row.drift = *drift;
            if (const auto *found = find(quantized, layer.name)) {
                row.quantized = *found;
                row.grid = shownGrid(*m_content.quantized, **found);
            }
            const std::string output = layer.outputs.empty() ? std::string() : layer.outputs.front();
            if (m_content.plan)
                row.tensor = find(m_content.plan->tensors, output);
            if (m_content.statistics)
                row.statistics = find(m_content.statistics->tensors, output);
            row.clippedPercent = clippedPercent(row.drift, row.statistics, row.tensor);
            m_rowByName.emplace(layer.name, static_cast<int>(m_rows.size()));
            m_rows.push_back(row);
        }
    }
    endResetModel();
}

void LayerModel::setExcluded(const QSet<QString> &layers)
{
    if (layers == m_excluded)
        return;
    m_excluded = layers;
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int LayerModel::rowOf(const QString &layer) const
{
    const auto it = m_rowByName.find(layer.toStdString());
    return it == m_rowByName.end() ? -1 : it->second;
}

QString LayerModel::layerAt(int row) const
{
    return row < 0 || row >= rowCount()
        ? QString()
        : QString::fromStdString(m_rows[static_cast<std::size_t>(row)].layer->name);
}

void LayerModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int LayerModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int LayerModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LayerModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Row &row = m_rows[static_cast<std::size_t>(index.row())];
    const QString name = QString::fromStdString(row.layer->name);
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return toolTip(row, index.column());
    case Qt::TextAlignmentRole:
        return alignment(index.column());
    case SortRole: {
        const QVariant value = number(row, index.column());
        return value.isValid() || isMeasured(index.column()) ? value : text(row, index.column());
    }
    case LayerNameRole:
        return name;
    case TensorNameRole:
        return row.layer->outputs.empty() ? QString() : QString::fromStdString(row.layer->outputs.front());
    case ExcludedRole:
        return m_excluded.contains(name);
    case QuantizedRole:
        if (row.quantized)
            return !row.quantized->precision.empty();
        return row.node ? QVariant(row.node->isQuantized()) : QVariant();
    default:
        return {};
    }
}

std::optional<ScaleZeroPoint> LayerModel::gridOf(const Row &row)
{
    if (row.tensor && row.tensor->params.size() == 1)
        return row.tensor->params.front();
    if (row.grid && row.grid->scales.size() == 1 && row.grid->zeroPoints.size() == 1)
        return ScaleZeroPoint {row.grid->scales.front(), row.grid->zeroPoints.front()};
    return std::nullopt;
}

QVariant LayerModel::number(const Row &row, int column) const
{
    switch (column) {
    case ShapeColumn:
        return row.layer->outputShapes.empty() || !row.layer->outputShapes.front()
            ? QVariant()
            : QVariant(static_cast<qlonglong>(elementCount(*row.layer->outputShapes.front())));
    case ScaleColumn:
        return gridOf(row) ? known(static_cast<double>(gridOf(row)->scale)) : QVariant();
    case ZeroPointColumn:
        return gridOf(row) ? QVariant(gridOf(row)->zeroPoint) : QVariant();
    case ParametersColumn:
        return static_cast<qlonglong>(row.layer->parameters);
    case MacsColumn:
        return static_cast<qlonglong>(row.layer->macs);
    case MinimumColumn:
        return row.statistics ? known(static_cast<double>(row.statistics->extent.min)) : QVariant();
    case MaximumColumn:
        return row.statistics ? known(static_cast<double>(row.statistics->extent.max)) : QVariant();
    case ClippedColumn:
        return known(row.clippedPercent);
    case SqnrColumn:
        return row.drift ? known(row.drift->accumulated.sqnrDb) : QVariant();
    case CosineColumn:
        return row.drift ? known(row.drift->accumulated.cosine) : QVariant();
    case MaxAbsColumn:
        return row.drift ? known(row.drift->accumulated.maxAbs) : QVariant();
    default:
        return {};
    }
}

QString LayerModel::precision(const Row &row) const
{
    if (row.quantized)
        return row.quantized->precision.empty() ? QStringLiteral("FP32")
                                                : QString::fromStdString(row.quantized->precision);
    if (!row.node)
        return unknownText();
    if (!row.node->isQuantized())
        return QStringLiteral("FP32");
    if (row.node->form == NodeForm::Dynamic)
        return tr("Dynamic INT8");
    if (row.node->form == NodeForm::IntegerTable)
        return tr("INT8 table");
    if (row.node->form == NodeForm::WeightOnly)
        return blockPrecision();
    // The output says it best; a layer that keeps a float output is named after what it reads.
    const TensorPlan *tensor = row.tensor;
    for (const std::string &input : row.layer->inputs) {
        if (tensor)
            break;
        const auto it = m_content.plan->tensors.find(input);
        tensor = it == m_content.plan->tensors.end() ? nullptr : &it->second;
    }
    if (!tensor)
        return tr("Integer");
    const int bits = bitsOf(tensor->scheme);
    const int weightBits = weightBitsOf(*row.layer);
    return weightBits == 0 || weightBits == bits ? QStringLiteral("INT%1").arg(bits)
                                                 : QStringLiteral("W%1A%2").arg(weightBits).arg(bits);
}

/// 0 for layers without integer weights.
int LayerModel::weightBitsOf(const Layer &layer) const
{
    for (const std::string &input : layer.inputs) {
        const auto it = m_content.plan->tensors.find(input);
        if (it != m_content.plan->tensors.end() && it->second.role == TensorRole::Weight)
            return bitsOf(it->second.scheme);
    }
    return 0;
}

/// Blocks are alike in all of a plan.
QString LayerModel::blockPrecision() const
{
    for (const auto &[name, tensor] : m_content.plan->tensors) {
        if (tensor.blocks)
            return tr("INT%1 weights").arg(tensor.blocks->bits);
    }
    return tr("Integer");
}

QString LayerModel::text(const Row &row, int column) const
{
    const QVariant value = number(row, column);
    switch (column) {
    case NameColumn:
        return QString::fromStdString(row.layer->name);
    case OpColumn:
        return QString::fromStdString(row.layer->domain.empty() ? row.layer->op
                                                                : row.layer->domain + "." + row.layer->op);
    case ShapeColumn:
        return shapeText(*row.layer);
    case PrecisionColumn:
        return precision(row);
    case ReasonColumn:
        return row.node ? translated(row.node->reason) : QString();
    case ParametersColumn:
        return value.toLongLong() == 0 ? unknownText() : countText(value.toLongLong());
    case MacsColumn:
        return value.toLongLong() == 0 ? unknownText() : compactText(value.toLongLong());
    default:
        break;
    }
    if (column == ScaleColumn && !value.isValid() && row.grid && row.grid->scales.size() > 1)
        return scalesText(*row.grid);
    if (!value.isValid())
        return unknownText();
    switch (column) {
    case ZeroPointColumn:
        return QString::number(value.toInt());
    case SqnrColumn:
        return fixedText(value.toDouble(), 1);
    case CosineColumn:
        return fixedText(value.toDouble(), 5);
    case ClippedColumn:
        return fixedText(value.toDouble(), value.toDouble() < 0.1 ? 3 : 2);
    default:
        return numberText(value.toDouble());
    }
}

QString LayerModel::toolTip(const Row &row, int column) const
{
    switch (column) {
    case NameColumn:
        return QString::fromStdString(row.layer->name);
    case OpColumn:
        return QString::fromStdString(row.layer->attributes);
    case ReasonColumn:
        return text(row, column);
    case MacsColumn:
        return tr("%1 multiply-accumulates").arg(countText(row.layer->macs));
    case ScaleColumn:
    case ZeroPointColumn:
        return gridToolTip(row);
    case PrecisionColumn:
        if (row.quantized)
            return gridToolTip(row);
        return row.tensor ? translated(row.tensor->reason) : text(row, ReasonColumn);
    case MinimumColumn:
    case MaximumColumn:
        if (!row.tensor || row.tensor->ranges.size() != 1)
            return {};
        return tr("Quantized over %1 to %2")
            .arg(numberText(static_cast<double>(row.tensor->ranges.front().min)),
                 numberText(static_cast<double>(row.tensor->ranges.front().max)));
    case SqnrColumn:
        if (!row.drift)
            return {};
        return row.drift->alone
            ? tr("%1 with all layers quantized, %2 with only this one")
                  .arg(decibelText(row.drift->accumulated.sqnrDb), decibelText(row.drift->alone->sqnrDb))
            : decibelText(row.drift->accumulated.sqnrDb);
    default:
        return {};
    }
}

/// One line for each tensor of an opened quantized model, else what the plan gave the output.
QString LayerModel::gridToolTip(const Row &row) const
{
    QStringList lines;
    if (row.quantized) {
        for (const std::size_t index : row.quantized->tensors)
            lines += gridText(m_content.quantized->tensors[index]);
    } else if (row.tensor && row.tensor->ranges.size() == 1) {
        lines += tr("Holds %1 to %2")
                     .arg(numberText(static_cast<double>(row.tensor->ranges.front().min)),
                          numberText(static_cast<double>(row.tensor->ranges.front().max)));
    }
    return lines.join(QLatin1Char('\n'));
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return QAbstractTableModel::headerData(section, orientation, role);
    if (role == Qt::TextAlignmentRole)
        return alignment(section);
    if (role == Qt::DisplayRole) {
        switch (section) {
        case NameColumn:
            return tr("Layer");
        case OpColumn:
            return tr("Operator");
        case ShapeColumn:
            return tr("Output shape");
        case ParametersColumn:
            return tr("Parameters");
        case MacsColumn:
            return tr("MACs");
        case PrecisionColumn:
            return tr("Precision");
        case ScaleColumn:
            return tr("Scale");
        case ZeroPointColumn:
            return tr("Zero point");
        case ReasonColumn:
            return tr("Why");
        case MinimumColumn:
            return tr("Minimum");
        case MaximumColumn:
            return tr("Maximum");
        case ClippedColumn:
            return tr("Clipped %");
        case SqnrColumn:
            return tr("SQNR dB");
        case CosineColumn:
            return tr("Cosine");
        case MaxAbsColumn:
            return tr("Max error");
        default:
            return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case ShapeColumn:
            return tr("Shape of the first output");
        case ParametersColumn:
            return tr("Numbers stored in the layer: weights and bias");
        case MacsColumn:
            return tr("Multiply-accumulate operations of one inference");
        case PrecisionColumn:
            return tr("Number format in which the layer computes");
        case ScaleColumn:
            return tr("Step between two integers of the output; of the weights where the output is float");
        case ZeroPointColumn:
            return tr("Integer that stands for 0");
        case ReasonColumn:
            return tr("Why the layer is quantized or kept in floating point");
        case MinimumColumn:
            return tr("Smallest output value in the calibration data, in the tensor's own unit");
        case MaximumColumn:
            return tr("Largest output value in the calibration data, in the tensor's own unit");
        case ClippedColumn:
            return tr("Share of the output values, in percent, that lie outside the quantized range");
        case SqnrColumn:
            return tr("Signal to quantization noise ratio of the output, in decibels: higher is better");
        case CosineColumn:
            return tr("Cosine similarity between the float and the quantized output: 1 is equal");
        case MaxAbsColumn:
            return tr("Largest absolute difference between the float and the quantized output");
        default:
            return {};
        }
    }
    return QAbstractTableModel::headerData(section, orientation, role);
}

} // namespace qs
