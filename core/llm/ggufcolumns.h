// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufsource.h"
#include "core/llm/imatrix.h"

namespace qs {

/// How much the columns of a tensor matter: one value each, for one matrix or for each of the experts.
struct ColumnWeights
{
    std::vector<float> values;
    std::int64_t rowsPerMatrix = 0; ///< 0 = the same for all

    const float *forRow(std::int64_t row, std::int64_t rowLength) const
    {
        if (values.empty())
            return nullptr;
        return values.data() + (rowsPerMatrix > 0 ? row / rowsPerMatrix * rowLength : 0);
    }
};

/// Zeros among the values of a matrix become a millionth of their mean: as 0 they would switch the search
/// off.
void raiseZeros(std::span<float> values);

/// Of the tensor \a from of \a source that becomes \a to; empty when there is nothing for it. Zeros are
/// raised. InvalidArgument names a tensor of another width than its entry.
Result<ColumnWeights> columnWeights(const GgufSource &source, const GgufTensorInfo &from, GgmlType to,
                                    const ImportanceMatrix *importance);

} // namespace qs
