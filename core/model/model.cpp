// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include "core/base/sha256.h"
#include "core/model/externaldata.h"
#include "core/model/graphcheck.h"
#include "core/model/graphview.h"
#include "core/model/protocopy.h"
#include "core/model/subgraphs.h"
#include "core/model/tensorview.h"

#include <onnx/onnx_pb.h>

#include <mutex>
#include <unordered_set>

namespace qs {
namespace {

Status checkModel(const onnx::ModelProto &proto)
{
    if (!proto.has_graph())
        return Error {ErrorCode::Format, {}, "the model has no graph"};
    if (proto.graph().node_size() == 0)
        return Error {ErrorCode::Format, {}, "the model's graph has no nodes"};
    return checkGraph(proto.graph());
}

bool isSparse(const onnx::GraphProto &graph, const std::string &name)
{
    for (const auto &sparse : graph.sparse_initializer()) {
        if (sparse.values().name() == name)
            return true;
    }
    return false;
}

} // namespace

struct Model::Cache
{
    std::once_flag fingerprintOnce;
    std::string fingerprint;
    std::uint64_t sizeBytes = 0;
};

Model::Model() = default;
Model::~Model() = default;

Result<ModelPtr> Model::create(std::unique_ptr<onnx::ModelProto> proto,
                               std::shared_ptr<const ExternalData> external, std::filesystem::path path)
{
    if (Status status = checkModel(*proto); !status.ok())
        return Error {status.error().code, path.string(), status.error().detail};
    const std::shared_ptr<Model> model(new Model);
    model->m_proto = std::move(proto);
    model->m_graph = std::make_unique<GraphView>(model->m_proto->graph());
    if (const std::optional<NodeId> id = model->m_graph->nodeOnCycle())
        return Error {ErrorCode::Format, path.string(),
                      "node '" + model->m_graph->layerName(*id) + "' depends on its own output"};
    model->m_external = std::move(external);
    model->m_path = std::move(path);
    model->m_cache = std::make_unique<Cache>();
    model->m_cache->sizeBytes = model->m_proto->ByteSizeLong();
    if (model->m_external) {
        forEachTensor(*model->m_proto, [&](const onnx::TensorProto &tensor) {
            if (!isExternal(tensor))
                return;
            if (const auto bytes = model->m_external->bytes(tensor); bytes.ok())
                model->m_cache->sizeBytes += bytes->size();
        });
    }
    return ModelPtr(model);
}

std::int64_t Model::opset(const std::string &domain) const
{
    const auto canonical = [](const std::string &d) { return d == "ai.onnx" ? std::string() : d; };
    for (const auto &import : m_proto->opset_import()) {
        if (canonical(import.domain()) == canonical(domain))
            return import.version();
    }
    return 0;
}

std::optional<std::string> Model::metadata(const std::string &key) const
{
    for (const auto &entry : m_proto->metadata_props()) {
        if (entry.key() == key)
            return entry.value();
    }
    return std::nullopt;
}

Result<std::optional<Tensor>> Model::constant(const std::string &name) const
{
    if (name.empty())
        return std::optional<Tensor>();
    if (const onnx::TensorProto *proto = m_graph->initializer(name)) {
        QS_TRY(Tensor tensor, viewTensor(*proto, m_external.get(), shared_from_this()));
        return std::optional(std::move(tensor));
    }
    const std::optional<NodeId> producer = m_graph->producer(name);
    if (producer && isOp(m_graph->node(*producer), "Constant")) {
        QS_TRY(Tensor tensor,
               constantNodeValue(m_graph->node(*producer), m_external.get(), shared_from_this()));
        return std::optional(std::move(tensor));
    }
    if (!producer && isSparse(m_proto->graph(), name))
        return Error {ErrorCode::Unsupported, "tensor '" + name + "'", "is sparse, which cannot be read"};
    return std::optional<Tensor>();
}

std::uint64_t Model::sizeBytes() const
{
    return m_cache->sizeBytes;
}

std::string Model::fingerprint() const
{
    std::call_once(m_cache->fingerprintOnce, [this] {
        // The initializers' bytes are hashed where they are: as one message they may be over protobuf's 2
        // GiB.
        Sha256 hash;
        const auto add = [&](const google::protobuf::Message &message) {
            hash.updateField(message.SerializeAsString());
        };
        add(*copyWithoutInitializers(*m_proto));
        for (const auto &initializer : m_proto->graph().initializer())
            add(initializer);
        forEachTensor(*m_proto, [&](const onnx::TensorProto &tensor) {
            if (!isExternal(tensor) || !m_external)
                return;
            if (const auto bytes = m_external->bytes(tensor); bytes.ok())
                hash.update(*bytes);
        });
        m_cache->fingerprint = hash.hexDigest();
    });
    return m_cache->fingerprint;
}

} // namespace qs
