// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

/// One opener a kind of data, for openDataset().
namespace qs {

/// Pictures of a folder, or one picture. A folder whose sub-folders hold pictures is labelled: each direct
/// sub-folder is a class, pictures deeper inside belong to it, and pictures beside the class folders are left
/// out with a finding. The label is the integer that the class folder's name starts with when all have one
/// ("007_cock"), else the position of the folder in the order of names, empty folders included. Names are
/// ordered byte by byte. Hidden files and folders and files that are no pictures are ignored. All samples are
/// in an order that goes round the classes.
Result<DatasetPtr> openImageFolder(const DataSpec &spec, const std::vector<ValueInfo> &inputs,
                                   JobContext &job);

/// Arrays of a .npy or .npz file, or a folder of .npy files. See ArrayDataset.
Result<DatasetPtr> openArrays(const DataSpec &spec, const std::vector<ValueInfo> &inputs, JobContext &job);

/// Random numbers in a plausible range; `spec.limit` samples, 32 without.
Result<DatasetPtr> openSynthetic(const DataSpec &spec, const std::vector<ValueInfo> &inputs);

} // namespace qs
