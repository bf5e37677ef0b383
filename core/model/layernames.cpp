// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/layernames.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {

std::string layerNameFor(const onnx::NodeProto &node, NodeId id,
                         const std::function<int(const std::string &)> &nodesCalled)
{
    if (!node.name().empty() && nodesCalled(node.name()) == 1)
        return node.name();
    const std::string number = "#" + std::to_string(id.index);
    const auto output = std::find_if(node.output().begin(), node.output().end(),
                                     [](const std::string &value) { return !value.empty(); });
    std::string name = output != node.output().end() ? *output : node.op_type() + number;
    while (nodesCalled(name) > 0)
        name += number;
    return name;
}

} // namespace qs
