// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

namespace onnx {
class GraphProto;
}

namespace qs {

/// \a body, a sub-graph of a node of \a model's main graph, as a model of its own, to be read and not to be
/// run: constants of the main graph that it uses, and what quantizes or dequantizes for it there, come along;
/// other values from outside become inputs without a type. Error: no nodes.
Result<ModelPtr> modelOfBody(const Model &model, const onnx::GraphProto &body);

} // namespace qs
