// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/model/graphview.h"

namespace qs {

/// Products and convolutions inside of If, Loop and Scan, which no strategy quantizes.
struct InnerLayers
{
    int count = 0;
    std::string owner; ///< first node that has some
};
InnerLayers innerLayers(const GraphView &graph);

/// Whether \a id has sub-graphs.
bool hasSubGraphs(const GraphView &graph, NodeId id);

/// What to do about a model in which a strategy finds no layer: \a advice, or, when the layers are in
/// sub-graphs, how to get them out.
std::string wayOut(const GraphView &graph, const std::string &advice);

} // namespace qs
