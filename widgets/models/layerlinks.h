// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/layertable.h"

#include <functional>

namespace qs {

/// Whether something is known of the layer of this name.
using KnownLayer = std::function<bool(const std::string &)>;

/// The layer to show for \a layer in a view that knows only some: itself or, as an activation is computed
/// together with the layer before it, its other half. Statistics belong to the one (the grid is that of the
/// activation), drift to the other. \a layer itself when neither is known.
std::string shownLayer(const std::vector<Layer> &layers, const std::string &layer, const KnownLayer &isKnown);

/// The activation that alone reads what \a layer makes; null = there is none.
const Layer *fusedActivation(const std::vector<Layer> &layers, const Layer &layer);

const Layer *findLayer(const std::vector<Layer> &layers, const std::string &name);

} // namespace qs
