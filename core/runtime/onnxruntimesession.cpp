// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/onnxruntimesession.h"

#include "core/runtime/watchoperator.h"

#include <algorithm>
#include <optional>
#include <regex>

namespace qs {
namespace {

// Both enums number element types as onnx.TensorProto.DataType does.
static_assert(static_cast<int>(DType::Float32) == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
static_assert(static_cast<int>(DType::BFloat16) == ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16);
static_assert(static_cast<int>(DType::Int4) == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4);

ValueInfo readTypeInfo(std::string name, const Ort::TypeInfo &info)
{
    ValueInfo value;
    value.name = std::move(name);
    if (info.GetONNXType() != ONNX_TYPE_TENSOR)
        return value;
    const auto tensor = info.GetTensorTypeAndShapeInfo();
    value.type = static_cast<DType>(tensor.GetElementType());
    value.shape = tensor.GetShape();
    value.hasShape = !value.shape.empty(); // the runtime shows an unknown rank as a scalar
    return value;
}

Error badInput(const std::string &name, const std::string &why)
{
    return {ErrorCode::InvalidArgument, "input '" + name + "'", why};
}

Status checkInput(const ValueInfo &wanted, const Tensor &given)
{
    if (wanted.type == DType::String || bitsOf(wanted.type) == 0)
        return Error {ErrorCode::Unsupported, "input '" + wanted.name + "'",
                      "of type " + std::string(toString(wanted.type)) + " cannot be fed"};
    if (given.type() != wanted.type)
        return badInput(wanted.name,
                        "wants " + std::string(toString(wanted.type)) + " but was given "
                            + std::string(toString(given.type())));
    if (!wanted.hasShape)
        return Done {};
    bool fits = wanted.shape.size() == given.shape().size();
    for (std::size_t i = 0; fits && i < wanted.shape.size(); ++i)
        fits = wanted.shape[i] < 0 || wanted.shape[i] == given.shape()[i];
    if (!fits)
        return badInput(wanted.name,
                        "wants shape " + toString(wanted.shape) + " but was given "
                            + toString(given.shape()));
    return Done {};
}

/// The runtime's buffer as a Tensor that keeps it alive. What is not a tensor comes out null.
Tensor adopt(Ort::Value value)
{
    if (!value.IsTensor())
        return {};
    const auto info = value.GetTensorTypeAndShapeInfo();
    const auto type = static_cast<DType>(info.GetElementType());
    Shape shape = info.GetShape();
    const std::size_t bytes
        = bytesFor(type, static_cast<std::size_t>(std::max<std::int64_t>(0, elementCount(shape))));
    const auto *data = bytes > 0 ? static_cast<const std::byte *>(value.GetTensorRawData()) : nullptr;
    return {type, std::move(shape), {data, bytes}, std::make_shared<Ort::Value>(std::move(value))};
}

} // namespace

std::string runtimeMessage(const std::exception &exception)
{
    std::string text = exception.what();
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    // "[ONNXRuntimeError] : 1 : FAIL : /build/core/graph/graph.cc:123 Status onnxruntime::Graph::Resolve(...)
    // This is an invalid model" and "tensorprotoutils.cc:1540 ValidateSize Initializer …": the rest is for a
    // user.
    static const std::regex kCode(R"(^\[ONNXRuntimeError\] : \d+ : \w+ : )");
    static const std::regex kPlace(R"(^\S+\.(cc|h|cpp):\d+ ([^()]*\([^()]*\)|\S+) )");
    text = std::regex_replace(text, kCode, "");
    text = std::regex_replace(text, kPlace, "");
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

OnnxRuntimeSession::OnnxRuntimeSession(Ort::Session session, std::string subject, OutputPlan plan,
                                       int threads)
    : m_subject(std::move(subject))
    , m_session(std::move(session))
    , m_plan(std::move(plan))
    , m_threads(threads)
{
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < m_session.GetInputCount(); ++i)
        m_inputs.push_back(
            readTypeInfo(m_session.GetInputNameAllocated(i, allocator).get(), m_session.GetInputTypeInfo(i)));
    std::vector<ValueInfo> produced;
    for (std::size_t i = 0; i < m_session.GetOutputCount(); ++i)
        produced.push_back(readTypeInfo(m_session.GetOutputNameAllocated(i, allocator).get(),
                                        m_session.GetOutputTypeInfo(i)));
    const auto named = [](const std::vector<ValueInfo> &values, const std::string &name) {
        return std::find_if(values.begin(), values.end(), [&](const ValueInfo &v) { return v.name == name; });
    };
    for (std::size_t i = 0; i < m_plan.outputs.size(); ++i) {
        const std::string name = m_plan.outputs[i].name;
        if (m_plan.sources[i].kind == OutputSource::Kind::Input)
            m_plan.sources[i].index = static_cast<std::size_t>(named(m_inputs, name) - m_inputs.begin());
        if (m_plan.sources[i].kind != OutputSource::Kind::Runtime)
            continue;
        const auto it = named(produced, name);
        if (it == produced.end())
            continue;
        const bool declared = m_plan.outputs[i].hasShape;
        m_plan.outputs[i] = *it;
        m_plan.outputs[i].hasShape = it->hasShape || declared;
    }
}

Result<std::vector<Tensor>> OnnxRuntimeSession::orderedInputs(std::span<const NamedTensor> given) const
{
    std::vector<std::optional<Tensor>> found(m_inputs.size());
    for (const NamedTensor &input : given) {
        const auto it = std::find_if(m_inputs.begin(), m_inputs.end(),
                                     [&](const ValueInfo &v) { return v.name == input.name; });
        if (it == m_inputs.end())
            return badInput(input.name, "the model has no such input");
        auto &place = found[static_cast<std::size_t>(it - m_inputs.begin())];
        if (place)
            return badInput(input.name, "was given twice");
        QS_CHECK(checkInput(*it, input.tensor));
        place = input.tensor;
    }
    std::vector<Tensor> ordered;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i])
            return badInput(m_inputs[i].name, "was not given");
        ordered.push_back(std::move(*found[i]));
    }
    return ordered;
}

Result<std::vector<Tensor>> OnnxRuntimeSession::run(std::span<const NamedTensor> inputs,
                                                    const ValueWatcher &watcher, const JobContext &job)
{
    job.throwIfStopped();
    QS_TRY(const std::vector<Tensor> tensors, orderedInputs(inputs));
    std::optional<WatchedRun> watched;
    if (watcher)
        watched.emplace(watcher);
    try {
        const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
        std::vector<Ort::Value> values;
        std::vector<const char *> inputNames;
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const Tensor &tensor = tensors[i];
            // The runtime only reads its inputs, but its interface has no const.
            auto *bytes = const_cast<std::byte *>(tensor.bytes().data());
            values.push_back(Ort::Value::CreateTensor(memory, bytes, tensor.byteSize(), tensor.shape().data(),
                                                      tensor.shape().size(),
                                                      static_cast<ONNXTensorElementDataType>(tensor.type())));
            inputNames.push_back(m_inputs[i].name.c_str());
        }
        std::vector<const char *> outputNames;
        for (const std::string &name : m_plan.runtimeOutputs)
            outputNames.push_back(name.c_str());

        std::vector<Ort::Value> results;
        {
            Ort::RunOptions options;
            const std::stop_callback onStop(job.stopToken(),
                                            [&options]() noexcept { options.SetTerminate(); });
            results = m_session.Run(options, inputNames.data(), values.data(), values.size(),
                                    outputNames.data(), outputNames.size());
        }
        std::vector<Tensor> produced;
        for (Ort::Value &value : results)
            produced.push_back(adopt(std::move(value)));
        std::vector<Tensor> outputs;
        for (const OutputSource &source : m_plan.sources) {
            switch (source.kind) {
            case OutputSource::Kind::Runtime:
                outputs.push_back(produced[source.index]);
                break;
            case OutputSource::Kind::Input:
                outputs.push_back(tensors[source.index]);
                break;
            case OutputSource::Kind::Constant:
                outputs.push_back(source.constant);
                break;
            }
        }
        return outputs;
    } catch (const Ort::Exception &exception) {
        if (watched && watched->error())
            return *watched->error();
        job.throwIfStopped();
        return Error {ErrorCode::Runtime, m_subject, runtimeMessage(exception)};
    } catch (const std::bad_alloc &) {
        return Error {ErrorCode::OutOfMemory, m_subject, "not enough memory to run the model"};
    }
}

} // namespace qs
