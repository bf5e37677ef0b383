// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/trainingengine.h"

#include <QMetaType>
#include <QStringList>

namespace qs {

/// A small network around one operator of the trainer, as a row of test data.
struct OpCase
{
    QString text; ///< see modelFromText()
    QStringList fixed; ///< values whose gradient nothing wants: limits, statistics, scales of a Resize
    float low = -1.F; ///< inputs are uniform in [low, high]
    float high = 1.F;
    bool flat = false; ///< the gradient is 0 everywhere
    bool straight = false; ///< the gradient ignores that the value is rounded, which differences do not
};

/// Adds \a op as a row named \a name, with the graph \a body (without its name) of \a opset.
void addOpRow(const std::string &name, int opset, const std::string &body, OpCase op = {});

/// What is wrong with \a op, "" when nothing is: outputs must be those of ONNX Runtime within 1e-5, and
/// gradients with respect to every float input and constant those of central differences in double
/// precision, not 0 everywhere unless OpCase::flat.
QString problemOf(const TrainingEngine &engine, const OpCase &op);

} // namespace qs

Q_DECLARE_METATYPE(qs::OpCase)
