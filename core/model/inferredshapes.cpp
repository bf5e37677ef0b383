// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/inferredshapes.h"

#include "core/model/concreteinputs.h"
#include "core/model/graphview.h"
#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

#include <unordered_set>

namespace qs {
namespace {

// Each is found in log2(nodes) tries; a model with more kinds of unknown operators is not for this runtime.
constexpr int kMostRefusedKinds = 8;

/// Opens a model that has all shapes at hand, or as much of it as the runtime takes.
class ShapeInference
{
public:
    ShapeInference(const Model &skeleton, const InferenceEngine &engine, JobContext &job)
        : m_skeleton(skeleton)
        , m_graph(skeleton.graph())
        , m_engine(engine)
        , m_job(job)
    { }

    ShapeMap run()
    {
        std::vector<NodeId> nodes = m_graph.topologicalOrder();
        if (open(m_skeleton, nodes))
            return m_shapes;
        for (int kind = 0; kind < kMostRefusedKinds && !nodes.empty(); ++kind) {
            nodes = withoutKind(nodes, firstRefused(nodes));
            if (openPart(nodes))
                break;
        }
        return m_shapes;
    }

private:
    /// The last node of the shortest beginning of \a nodes, in topological order, that does not open.
    NodeId firstRefused(const std::vector<NodeId> &nodes)
    {
        std::size_t good = 0;
        std::size_t bad = nodes.size();
        while (bad - good > 1) {
            const std::size_t middle = good + (bad - good) / 2;
            const bool opens = openPart({nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(middle)});
            (opens ? good : bad) = middle;
        }
        return nodes[bad - 1];
    }

    /// Leaves out all operators of the kind of \a refused, and what reads their results.
    std::vector<NodeId> withoutKind(const std::vector<NodeId> &nodes, NodeId refused) const
    {
        const onnx::NodeProto &kind = m_graph.node(refused);
        std::unordered_set<NodeId> dropped;
        std::vector<NodeId> kept;
        for (const NodeId id : nodes) {
            const onnx::NodeProto &node = m_graph.node(id);
            const bool isOfKind = node.op_type() == kind.op_type() && node.domain() == kind.domain();
            if (!isOfKind && !dropped.contains(id)) {
                kept.push_back(id);
                continue;
            }
            for (const std::string &output : node.output()) {
                for (const Use &use : m_graph.uses(output))
                    dropped.insert(use.node);
            }
        }
        return kept;
    }

    bool openPart(const std::vector<NodeId> &nodes)
    {
        if (nodes.empty())
            return true;
        auto proto = std::make_unique<onnx::ModelProto>(m_skeleton.proto());
        onnx::GraphProto &graph = *proto->mutable_graph();
        graph.clear_node();
        graph.clear_output();
        for (const NodeId id : nodes)
            *graph.add_node() = m_graph.node(id);
        const auto part = Model::create(std::move(proto), m_skeleton.externalData());
        return part.ok() && open(**part, nodes);
    }

    /// Takes the shapes of everything that \a nodes, those of \a model, compute.
    bool open(const Model &model, const std::vector<NodeId> &nodes)
    {
        m_job.throwIfStopped();
        SessionOptions options;
        options.threads = 1;
        options.optimization = Optimization::None;
        for (const NodeId id : nodes) {
            if (isOp(m_graph.node(id), "Constant"))
                continue;
            for (const std::string &output : m_graph.node(id).output()) {
                if (!output.empty())
                    options.taps.push_back(output);
            }
        }
        const auto session = m_engine.open(model, options);
        if (!session.ok())
            return false;
        for (const ValueInfo &value : (*session)->outputs()) {
            if (value.hasShape)
                m_shapes[value.name] = {value.type, value.shape};
        }
        return true;
    }

    const Model &m_skeleton;
    const GraphView &m_graph;
    const InferenceEngine &m_engine;
    JobContext &m_job;
    ShapeMap m_shapes;
};

} // namespace

ShapeMap inferredShapes(const Model &model, const std::vector<ValueInfo> &inputs,
                        const InferenceEngine &engine, JobContext &job)
{
    const auto skeleton = skeletonForInference(model, inputs);
    return skeleton.ok() ? ShapeInference(**skeleton, engine, job).run() : ShapeMap();
}

} // namespace qs
