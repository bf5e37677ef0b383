// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/protocopy.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void copyRepeated(const Reflection &r, const Message &from, Message &to, const FieldDescriptor *field)
{
    for (int i = 0; i < r.FieldSize(from, field); ++i) {
        switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
            r.AddMessage(&to, field)->CopyFrom(r.GetRepeatedMessage(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_STRING:
            r.AddString(&to, field, r.GetRepeatedString(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_INT32:
            r.AddInt32(&to, field, r.GetRepeatedInt32(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_INT64:
            r.AddInt64(&to, field, r.GetRepeatedInt64(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_UINT32:
            r.AddUInt32(&to, field, r.GetRepeatedUInt32(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_UINT64:
            r.AddUInt64(&to, field, r.GetRepeatedUInt64(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_FLOAT:
            r.AddFloat(&to, field, r.GetRepeatedFloat(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
            r.AddDouble(&to, field, r.GetRepeatedDouble(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_BOOL:
            r.AddBool(&to, field, r.GetRepeatedBool(from, field, i));
            break;
        case FieldDescriptor::CPPTYPE_ENUM:
            r.AddEnumValue(&to, field, r.GetRepeatedEnumValue(from, field, i));
            break;
        }
    }
}

void copySingular(const Reflection &r, const Message &from, Message &to, const FieldDescriptor *field)
{
    switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
        r.MutableMessage(&to, field)->CopyFrom(r.GetMessage(from, field));
        break;
    case FieldDescriptor::CPPTYPE_STRING:
        r.SetString(&to, field, r.GetString(from, field));
        break;
    case FieldDescriptor::CPPTYPE_INT32:
        r.SetInt32(&to, field, r.GetInt32(from, field));
        break;
    case FieldDescriptor::CPPTYPE_INT64:
        r.SetInt64(&to, field, r.GetInt64(from, field));
        break;
    case FieldDescriptor::CPPTYPE_UINT32:
        r.SetUInt32(&to, field, r.GetUInt32(from, field));
        break;
    case FieldDescriptor::CPPTYPE_UINT64:
        r.SetUInt64(&to, field, r.GetUInt64(from, field));
        break;
    case FieldDescriptor::CPPTYPE_FLOAT:
        r.SetFloat(&to, field, r.GetFloat(from, field));
        break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
        r.SetDouble(&to, field, r.GetDouble(from, field));
        break;
    case FieldDescriptor::CPPTYPE_BOOL:
        r.SetBool(&to, field, r.GetBool(from, field));
        break;
    case FieldDescriptor::CPPTYPE_ENUM:
        r.SetEnumValue(&to, field, r.GetEnumValue(from, field));
        break;
    }
}

} // namespace

void copyFields(const Message &from, Message &to, std::initializer_list<int> except)
{
    const Reflection &reflection = *from.GetReflection();
    std::vector<const FieldDescriptor *> fields;
    reflection.ListFields(from, &fields);
    for (const FieldDescriptor *field : fields) {
        if (std::find(except.begin(), except.end(), field->number()) != except.end())
            continue;
        if (field->is_repeated())
            copyRepeated(reflection, from, to, field);
        else
            copySingular(reflection, from, to, field);
    }
    reflection.MutableUnknownFields(&to)->MergeFrom(reflection.GetUnknownFields(from));
}

void copyTensorHeader(const onnx::TensorProto &from, onnx::TensorProto &to)
{
    using T = onnx::TensorProto;
    copyFields(from, to,
               {T::kRawDataFieldNumber, T::kFloatDataFieldNumber, T::kInt32DataFieldNumber,
                T::kInt64DataFieldNumber, T::kUint64DataFieldNumber, T::kDoubleDataFieldNumber,
                T::kStringDataFieldNumber, T::kExternalDataFieldNumber, T::kDataLocationFieldNumber});
}

std::unique_ptr<onnx::ModelProto> copyWithoutInitializers(const onnx::ModelProto &model)
{
    auto copy = std::make_unique<onnx::ModelProto>();
    copyFields(model, *copy, {onnx::ModelProto::kGraphFieldNumber});
    copyFields(model.graph(), *copy->mutable_graph(), {onnx::GraphProto::kInitializerFieldNumber});
    return copy;
}

void setExternalData(onnx::TensorProto &tensor, const std::string &location, std::uint64_t offset,
                     std::uint64_t length)
{
    const auto add = [&](const char *key, const std::string &value) {
        auto *entry = tensor.add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    };
    tensor.clear_external_data();
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    add("location", location);
    add("offset", std::to_string(offset));
    add("length", std::to_string(length));
}

} // namespace qs
