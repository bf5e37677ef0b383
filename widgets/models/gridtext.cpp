// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/gridtext.h"

#include "widgets/models/numbertext.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace qs {
namespace {

QString typeText(const QuantizedTensor &tensor)
{
    if (tensor.type == DType::Undefined)
        return QCoreApplication::translate("Grids", "%1 bits").arg(tensor.bits);
    const QString type = QString::fromUtf8(toString(tensor.type).data(),
                                           static_cast<qsizetype>(toString(tensor.type).size()));
    return tensor.bits == bitsOf(tensor.type)
        ? type
        : QCoreApplication::translate("Grids", "%1 (%2 bit)").arg(type).arg(tensor.bits);
}

} // namespace

QString scalesText(const QuantizedTensor &tensor)
{
    const auto [low, high] = std::minmax_element(tensor.scales.begin(), tensor.scales.end());
    const QString lowest = numberText(static_cast<double>(*low));
    return *low == *high ? lowest
                         : QStringLiteral("%1 … %2").arg(lowest, numberText(static_cast<double>(*high)));
}

QString gridText(const QuantizedTensor &tensor)
{
    const QString role = tensor.role == OperandRole::Weight ? QCoreApplication::translate("Grids", "Weights")
        : tensor.role == OperandRole::Bias                  ? QCoreApplication::translate("Grids", "Bias")
                                                            : QCoreApplication::translate("Grids", "Output");
    QStringList parts {role + QLatin1Char(' ') + typeText(tensor)};
    if (tensor.isDynamic || tensor.scales.empty()) {
        parts += QCoreApplication::translate("Grids", "scale computed in every run");
        return parts.join(QStringLiteral(", "));
    }
    if (tensor.granularity == Granularity::PerChannel)
        parts += QCoreApplication::translate("Grids", "per channel");
    else if (tensor.granularity == Granularity::PerBlock)
        parts += QCoreApplication::translate("Grids", "in blocks of %1").arg(tensor.blockSize);
    parts += QCoreApplication::translate("Grids", "scale %1").arg(scalesText(tensor));
    if (tensor.zeroPoints.size() == 1)
        parts += QCoreApplication::translate("Grids", "zero point %1").arg(tensor.zeroPoints.front());
    parts += QCoreApplication::translate("Grids", "holds %1 to %2")
                 .arg(numberText(static_cast<double>(tensor.range.min)),
                      numberText(static_cast<double>(tensor.range.max)));
    return parts.join(QStringLiteral(", "));
}

} // namespace qs
