// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

#include <set>
#include <string>

namespace qs {

/// Outputs of layers of \a prepared into whose weights a BatchNormalization of \a source was folded.
std::set<std::string> foldedNormalizations(const Model &source, const Model &prepared);

} // namespace qs
