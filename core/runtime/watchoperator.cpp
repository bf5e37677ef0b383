// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/watchoperator.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace qs {
namespace {

constexpr const char *kOperator = "Watch";
constexpr const char *kIndex = "index";
/// Of the operators behind the outputs of the graph, which show nothing.
constexpr std::int64_t kNothing = -1;

// A run with one thread between operators computes all of them on the thread that asked for it.
thread_local WatchedRun *t_run = nullptr;

void setInt(onnx::NodeProto &node, const char *name, std::int64_t value)
{
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}

void addOperator(const std::string &value, std::int64_t index, onnx::GraphProto &graph)
{
    const std::string name = std::string(kWatchDomain) + "/" + std::to_string(graph.node_size());
    onnx::NodeProto &node = *graph.add_node();
    node.set_name(name);
    node.set_op_type(kOperator);
    node.set_domain(kWatchDomain);
    node.add_input(value);
    node.add_output(name);
    setInt(node, kIndex, index);
    setInt(node, kWatchBlock, 1);
    setInt(node, kWatchChannels, 0);
    graph.add_output()->set_name(name);
}

/// Indices of \a values in the order in which they are computed, from the end; what no node computes is last.
std::vector<std::size_t> latestFirst(std::span<const std::string> values,
                                     const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes)
{
    std::map<std::string, int> producer;
    for (int i = 0; i < nodes.size(); ++i) {
        for (const std::string &output : nodes[i].output())
            producer.emplace(output, i + 1);
    }
    std::vector<std::size_t> indices(values.size());
    std::iota(indices.begin(), indices.end(), 0);
    std::ranges::stable_sort(indices, std::greater(), [&](std::size_t i) {
        const auto it = producer.find(values[i]);
        return it == producer.end() ? 0 : it->second;
    });
    return indices;
}

} // namespace

class WatchKernel
{
public:
    explicit WatchKernel(const Ort::ConstKernelInfo &info)
        : m_index(info.GetAttribute<std::int64_t>(kIndex))
        , m_block(info.GetAttribute<std::int64_t>(kWatchBlock))
        , m_channels(info.GetAttribute<std::int64_t>(kWatchChannels))
    { }

    OrtStatusPtr ComputeV2(OrtKernelContext *raw)
    {
        try {
            const Ort::KernelContext context(raw);
            const std::int64_t nothing = 0;
            context.GetOutput(0, &nothing, 1);
            if (m_index == kNothing || !t_run)
                return nullptr;
            const Ort::ConstValue value = context.GetInput(0);
            const auto info = value.GetTensorTypeAndShapeInfo();
            const auto type = static_cast<DType>(info.GetElementType());
            const std::size_t bytes = bytesFor(type, info.GetElementCount());
            const auto *data = bytes > 0 ? static_cast<const std::byte *>(value.GetTensorRawData()) : nullptr;
            const WatchedValue shown {Tensor(type, info.GetShape(), {data, bytes}, nullptr), m_block,
                                      m_channels};
            const Status status = t_run->show(static_cast<std::size_t>(m_index), shown);
            return status.ok() ? nullptr : Ort::Status("a watcher ended the run", ORT_FAIL).release();
        } catch (const Ort::Exception &exception) {
            return Ort::Status(exception).release();
        }
    }

private:
    std::int64_t m_index;
    std::int64_t m_block;
    std::int64_t m_channels;
};

namespace {

class WatchOperator : public Ort::CustomOpBase<WatchOperator, WatchKernel, true>
{
public:
    const char *GetName() const { return kOperator; }
    std::size_t GetInputTypeCount() const { return 1; }
    /// Any type.
    ONNXTensorElementDataType GetInputType(std::size_t) const
    {
        return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    }
    std::size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(std::size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8; }
    OrtStatusPtr CreateKernelV2(const OrtApi &, const OrtKernelInfo *info, void **kernel) const
    {
        try {
            *kernel = new WatchKernel(Ort::ConstKernelInfo(info));
            return nullptr;
        } catch (const Ort::Exception &exception) {
            return Ort::Status(exception).release();
        }
    }
};

} // namespace

void addWatchOperators(std::span<const std::string> values, onnx::ModelProto &model)
{
    onnx::OperatorSetIdProto &opset = *model.add_opset_import();
    opset.set_domain(kWatchDomain);
    opset.set_version(1);
    // The runtime walks up from the nodes that nothing follows, the last first, and computes each when all
    // before it are there. These must be that end, those of later values before those of earlier ones, so
    // that each value is looked at right after it was computed and not when everything else is done.
    onnx::GraphProto &graph = *model.mutable_graph();
    google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
    nodes.Swap(graph.mutable_node());
    std::vector<std::string> outputs;
    for (const auto &output : graph.output())
        outputs.push_back(output.name());
    for (const std::string &output : outputs)
        addOperator(output, kNothing, graph);
    for (const std::size_t index : latestFirst(values, nodes))
        addOperator(values[index], static_cast<std::int64_t>(index), graph);
    for (onnx::NodeProto &node : nodes)
        graph.add_node()->Swap(&node);
}

const Ort::CustomOpDomain &watchDomain()
{
    static const Ort::CustomOpDomain *domain = [] {
        static const WatchOperator watchOperator;
        auto *made = new Ort::CustomOpDomain(kWatchDomain);
        made->Add(&watchOperator);
        return made;
    }();
    return *domain;
}

WatchedRun::WatchedRun(const ValueWatcher &watcher)
    : m_watcher(watcher)
    , m_outer(t_run)
{
    t_run = this;
}

WatchedRun::~WatchedRun()
{
    t_run = m_outer;
}

const std::optional<Error> &WatchedRun::error() const
{
    if (m_exception)
        std::rethrow_exception(m_exception);
    return m_error;
}

Status WatchedRun::show(std::size_t index, const WatchedValue &value) noexcept
{
    try {
        const Status status = m_watcher(index, value);
        if (!status.ok())
            m_error = status.error();
        return status;
    } catch (...) {
        // The runtime knows nothing of our exceptions.
        m_exception = std::current_exception();
        return Error {ErrorCode::Runtime, "", "a watcher threw"};
    }
}

} // namespace qs
