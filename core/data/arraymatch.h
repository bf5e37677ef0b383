// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/npyfile.h"
#include "core/model/graphview.h"

namespace qs {

/// How one array feeds one input.
struct ArrayFeed
{
    ValueInfo input;
    NpyArray array;
    /// Rows of the array are whole inputs (their shape is the input's); else the array's first dimension is
    /// the input's batch.
    bool isWhole = false;
};

struct ArrayMatch
{
    std::vector<ArrayFeed> feeds; ///< in the order of the inputs
    std::int64_t rows = 0; ///< first dimension of every array
    std::int64_t batch = 1; ///< rows a sample takes
    std::vector<std::int64_t> labels; ///< one a row, or empty
    std::vector<std::string> unused; ///< arrays that feed nothing
};

/// Pairs \a arrays with \a inputs. By name ('/' may be written '_', which a file name allows); where no name
/// fits, by order if there are as many as inputs and they are called arr_0, arr_1, … as numpy.savez does, or
/// if it is a single array for a single input. "labels" or "label" holds whole numbers, one a row.
/// InvalidArgument, with names, types and shapes, where something is missing or does not fit; \a subject is
/// what the error is about.
Result<ArrayMatch> matchArrays(const std::string &subject, std::vector<NpyArray> arrays,
                               const std::vector<ValueInfo> &inputs);

} // namespace qs
