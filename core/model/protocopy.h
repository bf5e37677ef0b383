// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

namespace google::protobuf {
class Message;
}
namespace onnx {
class ModelProto;
class TensorProto;
}

namespace qs {

/// Adds the fields of \a from to \a to, of the same type, but for those whose numbers are in \a except. Goes
/// by reflection and not by a list of names, so fields that a newer onnx library added are not lost, and
/// neither are unknown ones. Saves copying the gigabytes that the excepted fields may hold.
void copyFields(const google::protobuf::Message &from, google::protobuf::Message &to,
                std::initializer_list<int> except);

/// Everything of a tensor (name, type, dims, …) but the fields that hold its elements.
void copyTensorHeader(const onnx::TensorProto &from, onnx::TensorProto &to);
/// Everything of a model but the initializers of its main graph.
std::unique_ptr<onnx::ModelProto> copyWithoutInitializers(const onnx::ModelProto &model);

/// Makes \a tensor one whose elements are \a length bytes at \a offset of the file \a location.
void setExternalData(onnx::TensorProto &tensor, const std::string &location, std::uint64_t offset,
                     std::uint64_t length);

} // namespace qs
