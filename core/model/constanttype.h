// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/shapes.h"

#include <optional>

namespace qs {

/// Type and shape of an initializer or of a Constant node's output, without reading its elements.
std::optional<TensorType> constantType(const Model &model, const std::string &name);

} // namespace qs
