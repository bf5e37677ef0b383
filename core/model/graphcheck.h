// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

namespace onnx {
class GraphProto;
}

namespace qs {

/// Whether \a graph is in SSA form: every value has one producer, every input of a node (also inside
/// sub-graphs) and every graph output comes from somewhere, nothing depends on itself. Error Format that
/// names node and value.
Status checkGraph(const onnx::GraphProto &graph);

} // namespace qs
