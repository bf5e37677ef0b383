// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/histogram.h"

#include <QVector>

namespace qs {

/// What clipping and rounding would do to the values of a histogram.
struct ClipPrediction
{
    double sqnrDb = 0; ///< 10 log10(E[x^2] / mean squared error); infinite when the error is 0
    double clippedPercent = 0; ///< 0..100
    double step = 0; ///< distance of two neighbours on the grid

    bool operator==(const ClipPrediction &) const = default;
};
/// NaN where \a values is empty.
ClipPrediction predictClipping(const Histogram &values, Range limits, const QuantScheme &scheme);

/// \a limits as they will be used: containing 0, and mirror images for symmetric schemes.
Range effectiveLimits(Range limits, const QuantScheme &scheme);

/// Columns of equal width for drawing.
struct Columns
{
    double width = 0;
    QVector<double> centers;
    QVector<double> percent; ///< of all values, in each column
};
/// \a histogram in at most \a most columns, each several bins wide; from the first bin with a value to the
/// last.
Columns groupBins(const Histogram &histogram, int most);
/// Where the values of \a histogram go on the grid for \a limits: one column a grid value that is used.
/// Columns are widened to \a narrowest by taking neighbours together.
Columns quantizedColumns(const Histogram &histogram, Range limits, const QuantScheme &scheme,
                         double narrowest);

} // namespace qs
