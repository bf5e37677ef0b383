// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/layertable.h"
#include "core/plan/exclusions.h" // exactPattern()

namespace qs {

/// What \a patterns (regular expressions searched in layer names) keep float.
struct ExcludeMatches
{
    std::vector<std::string> layers; ///< each once, in the order of the model
    std::string invalidPattern; ///< the first that is no regular expression; empty = all are
};
ExcludeMatches matchExcludes(const std::vector<Layer> &layers, const std::vector<std::string> &patterns);

} // namespace qs
