// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphedit.h"

/// What rewriting nodes for a newer operator set takes.
namespace qs {

void eraseAttribute(onnx::NodeProto &node, const std::string &name);
void setAttribute(onnx::NodeProto &node, const std::string &name, std::int64_t value);
void setAttribute(onnx::NodeProto &node, const std::string &name, const std::string &value);

/// A vector of int64 as an initializer named after \a base; returns its name.
std::string addInts(GraphEdit &edit, const std::string &base, const std::vector<std::int64_t> &values);
/// Moves integer list attribute \a attribute to input \a input, where the node has it.
void intsToInput(GraphEdit &edit, NodeId id, const std::string &attribute, int input);

} // namespace qs
