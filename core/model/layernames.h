// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"

#include <functional>
#include <string>

namespace onnx {
class NodeProto;
}

namespace qs {

/// The name a user sees for \a node: its own where \a nodesCalled says that no other has it, else its first
/// output's, else its operator and number. What clashes with a name that a node has gets its number appended.
std::string layerNameFor(const onnx::NodeProto &node, NodeId id,
                         const std::function<int(const std::string &)> &nodesCalled);

} // namespace qs
