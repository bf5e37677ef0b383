// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"

#include <optional>
#include <string>

namespace qs {

/// A decision the user made for one activation tensor; wins over observer and target.
struct TensorOverride
{
    std::string tensor;
    std::optional<Range> range; ///< clip limits
    std::optional<std::string> observer; ///< another observer for this tensor
    bool keepFloat = false;

    bool operator==(const TensorOverride &) const = default;
};

} // namespace qs
