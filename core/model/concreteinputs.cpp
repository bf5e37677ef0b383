// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/concreteinputs.h"

#include "core/model/protocopy.h"
#include "core/model/tensorview.h"
#include "core/model/valueinfo.h"

#include <Eigen/Core>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace qs {
namespace {

// Inference reads the elements of shapes, axes, pads and the like only.
constexpr std::int64_t kLargestKept = 1024;
// 4 GiB of input is a damaged model, not an input.
constexpr std::size_t kLargestInput = std::size_t {1} << 32;

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

std::int64_t chooseSize(const std::string &symbol, int position, int rank, const OpenDimensions &open)
{
    const std::string name = lowered(symbol);
    // Exporters of decoders write sums such as "past_sequence_length + sequence_length" as one symbol.
    if (contains(name, "past") && !contains(name, "+"))
        return 0;
    if (contains(name, "batch") || position == 0)
        return 1;
    if (rank == 4)
        return position == 1 ? 3 : open.spatial;
    return open.length;
}

template <typename T> void fill(Tensor &tensor, T value)
{
    std::ranges::fill(tensor.mutableData<T>(), value);
}

void fillWithOnes(Tensor &tensor)
{
    switch (tensor.type()) {
    case DType::Float32:
        return fill(tensor, 1.0f);
    case DType::Float64:
        return fill(tensor, 1.0);
    case DType::Float16:
        return fill(tensor, Eigen::half(1.0f));
    case DType::BFloat16:
        return fill(tensor, Eigen::bfloat16(1.0f));
    case DType::Int64:
        return fill(tensor, std::int64_t {1});
    case DType::Int32:
        return fill(tensor, std::int32_t {1});
    case DType::Bool:
        return fill(tensor, std::uint8_t {1});
    default:
        return; // zero, as it was made
    }
}

} // namespace

bool hasOpenDimensions(const Model &model)
{
    const std::vector<ValueInfo> &inputs = model.graph().inputs();
    return std::any_of(inputs.begin(), inputs.end(),
                       [](const ValueInfo &input) { return elementCount(input.shape) < 0; });
}

std::vector<ValueInfo> concreteInputs(const Model &model, const OpenDimensions &open)
{
    std::map<std::string, std::int64_t> symbols;
    std::vector<ValueInfo> inputs;
    for (const auto &proto : model.proto().graph().input()) {
        if (!model.graph().isGraphInput(proto.name()))
            continue;
        ValueInfo info = readValueInfo(proto);
        const auto &dims = proto.type().tensor_type().shape().dim();
        for (int i = 0; i < static_cast<int>(info.shape.size()); ++i) {
            std::int64_t &size = info.shape[static_cast<std::size_t>(i)];
            if (size >= 0)
                continue;
            const std::string &symbol = dims.Get(i).dim_param();
            size = chooseSize(symbol, i, dims.size(), open);
            if (!symbol.empty())
                size = symbols.emplace(symbol, size).first->second;
        }
        inputs.push_back(std::move(info));
    }
    return inputs;
}

namespace {

void setInput(onnx::GraphProto &graph, const ValueInfo &info)
{
    auto &inputs = *graph.mutable_input();
    auto it
        = std::find_if(inputs.begin(), inputs.end(), [&](const auto &v) { return v.name() == info.name; });
    onnx::ValueInfoProto &input = it == inputs.end() ? *graph.add_input() : *it;
    input.set_name(info.name);
    writeTensorType(info.type, info.shape, *input.mutable_type());
}

} // namespace

Result<ModelPtr> skeletonForInference(const Model &model, const std::vector<ValueInfo> &inputs)
{
    auto proto = copyWithoutInitializers(model.proto());
    onnx::GraphProto &graph = *proto->mutable_graph();
    graph.clear_value_info();
    for (auto &output : *graph.mutable_output()) {
        if (output.type().has_tensor_type())
            output.mutable_type()->mutable_tensor_type()->clear_shape();
    }
    for (const ValueInfo &input : inputs) {
        if (input.hasShape)
            setInput(graph, input);
    }
    for (const auto &initializer : model.proto().graph().initializer()) {
        QS_TRY(const Shape shape, checkedShape(initializer));
        if (elementCount(shape) > kLargestKept)
            setInput(graph, {initializer.name(), static_cast<DType>(initializer.data_type()), shape, true});
        else
            *graph.add_initializer() = initializer;
    }
    return Model::create(std::move(proto), model.externalData());
}

std::vector<NamedTensor> syntheticInputs(const std::vector<ValueInfo> &inputs)
{
    std::vector<NamedTensor> tensors;
    for (const ValueInfo &input : inputs) {
        const std::int64_t count = elementCount(input.shape);
        if (bitsOf(input.type) == 0 || count < 0 || static_cast<std::size_t>(count) > kLargestInput / 16)
            continue;
        Tensor tensor(input.type, input.shape);
        if (isFloatingPoint(input.type) || input.type == DType::Bool || contains(lowered(input.name), "mask"))
            fillWithOnes(tensor);
        tensors.push_back({input.name, std::move(tensor)});
    }
    return tensors;
}

} // namespace qs
