// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/histogram.h"

#include <vector>

namespace qs {

/// Kullback-Leibler divergence of the quantized from the original distribution of a tensor, for any range:
/// S. Migacz, "8-bit Inference with TensorRT", GTC 2017, done on the cells of the real grid and with
/// two-sided ranges.
///
/// P: the bins within the range, with everything outside added to the outermost bins. Q: each cell of the
/// grid spreads the values that rounded to it, without the outliers, evenly over its bins that P has values
/// in. Half a count is added to each cell so that no P meets an empty Q. The bin of zero is levelled with
/// its neighbours first: zero is exact on every grid, and a ReLU's peak there would outweigh all the rest.
class Divergence
{
public:
    explicit Divergence(const Histogram &histogram);

    /// In nats, for \a codes levels from end to end of \a range, which contains 0 and is widened to whole
    /// bins. Infinite where a cell is smaller than a bin: such a histogram cannot tell.
    double operator()(Range range, int codes) const;

private:
    std::size_t clampedIndex(double bin) const;

    double m_binWidth = 1;
    double m_firstBin = 0;
    std::vector<double> m_counts;
    std::vector<double> m_below; ///< m_below[i]: sum of the counts before bin i; one longer than the counts
    std::vector<double> m_entropyBelow; ///< the same of n ln n
    std::vector<int> m_usedBelow; ///< the same of n > 0
};

} // namespace qs
