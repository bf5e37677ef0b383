// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/qnamespace.h>

namespace qs {

/// What our item models offer beside texts. A number that is not known is an invalid QVariant.
enum Role {
    SortRole = Qt::UserRole + 1, ///< the bare number or text of a cell, in the unit of its column
    LayerNameRole, ///< full name of the layer of a row
    TensorNameRole, ///< name of the first output of a layer
    SubjectRole, ///< what a finding is about; empty = the whole model
    SeverityRole, ///< qs::Severity as int
    ProgressRole, ///< 0..1, -1 while unknown
    JobStateRole, ///< qs::JobState as int
    SampleIndexRole, ///< position in the dataset
    ExcludedRole, ///< bool: the user keeps this layer in float
    QuantizedRole, ///< bool: the plan quantizes this layer; invalid without a plan
    BitsRole, ///< bits a weight of what a tensor is stored as
    VectorRole, ///< bool: a tensor of one dimension, which is not quantized
};

} // namespace qs
