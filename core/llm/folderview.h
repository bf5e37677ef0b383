// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/checkpointview.h"

namespace qs {

/// viewCheckpoint() of a Hugging Face folder. What a weight is stored as shows in the names, types and shapes
/// of its tensors; the configuration is not asked.
Result<CheckpointView> viewFolder(const std::filesystem::path &folder);

} // namespace qs
