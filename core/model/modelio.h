// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

namespace qs {

/// Loads an .onnx file of any opset and IR version. External tensor files are memory-mapped, looked for
/// beside the model only (absolute paths and ".." are refused), and every offset and length is checked.
Result<ModelPtr> loadModel(const std::filesystem::path &path, JobContext &job);

/// Same from bytes in memory (no external data).
Result<ModelPtr> parseModel(std::string_view bytes, const std::string &name);

struct SaveOptions
{
    /// Above this many bytes, tensors go to "<name>.onnx.data" beside the model (protobuf ends at 2 GiB).
    std::uint64_t externalThreshold = std::uint64_t {3} << 29;
};

/// Writes \a model, beside and renamed; deterministic: the same model gives the same bytes.
Status saveModel(const Model &model, const std::filesystem::path &path, const SaveOptions &options,
                 JobContext &job);

/// The model as one message; tensors that are external stay external references. Empty when it is over the
/// 2 GiB that protobuf can write.
std::string serializeModel(const Model &model);

} // namespace qs
