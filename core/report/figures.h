// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/charts.h"
#include "core/run/run.h"

namespace qs {

/// A key figure of a run, as text.
struct Figure
{
    std::string label; ///< "Top-1 accuracy"
    std::string value; ///< "80.10 %"
    std::string note; ///< how sure, compared with what, measured how
    bool isBad = false; ///< a loss that is not chance
    bool isSynthetic = false; ///< measured on made-up data

    bool operator==(const Figure &) const = default;
};

/// Accuracy, change, agreement, size, latency, drift and nodes: those that the run has.
std::vector<Figure> keyFigures(const Run &run);

/// The same labels for the float model, as measured beside \a run.
std::vector<Figure> referenceFigures(const Run &run);

/// File name of the float model the runs were made from; "model" when it has none.
std::string modelName(std::span<const RunPtr> runs);

/// Quality (accuracy with labels, else agreement with the float model) over size and over latency; the float
/// model first when it was measured. Lists with fewer than two points are left empty.
struct ParetoData
{
    std::string qualityTitle;
    std::vector<ParetoPoint> bySize;
    std::vector<ParetoPoint> byLatency;
};
ParetoData paretoData(std::span<const RunPtr> runs);

} // namespace qs
