// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

#include <span>
#include <string>
#include <vector>

namespace qs {

/// A model as ONNX Runtime takes it from memory: the graph as one message, and the weights as named "files"
/// that point at the bytes the Model has already (in its proto or mapped), so that nothing large is copied or
/// serialized and the 2 GiB limit of protobuf does not apply.
struct RuntimeModel
{
    std::string graph;
    std::vector<std::string> fileNames;
    std::vector<std::span<const std::byte>> files; ///< parallel; valid as long as the Model
};

/// \a extraOutputs are added to the graph outputs, by name alone: the runtime infers their types. \a watched
/// are shown in the middle of a run (watchoperator.h).
Result<RuntimeModel> makeRuntimeModel(const Model &model, std::span<const std::string> extraOutputs,
                                      std::span<const std::string> watched);

} // namespace qs
