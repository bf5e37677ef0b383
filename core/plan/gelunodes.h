// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/model/model.h"

#include <set>

namespace qs {

/// The nodes of every GELU that \a model has written out: x/2 · (1 + erf(x/√2)), or its approximation
/// x/2 · (1 + tanh(√(2/π)(x + 0.044715x³))) (Hendrycks and Gimpel 2016). Runtimes make one kernel of them.
std::set<NodeId> geluNodes(const Model &model);

} // namespace qs
