// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"
#include "core/tensor/tensor.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace onnx {
class ModelProto;
class TensorProto;
}

namespace qs {

class ExternalData;
class GraphView;
class Model;
using ModelPtr = std::shared_ptr<const Model>;

/// An ONNX model of any opset and IR version; never changes once made, so any thread may read it.
/// What this program does not understand (unknown fields, element types, domains) is kept byte for byte.
class Model : public std::enable_shared_from_this<Model>
{
public:
    /// Takes \a proto over. \a external resolves its tensors with data_location EXTERNAL; null when there are
    /// none. Error Format, naming node and value, when there is no graph or no node in it, when a value has
    /// two producers or none, or when a node depends on itself.
    static Result<ModelPtr> create(std::unique_ptr<onnx::ModelProto> proto,
                                   std::shared_ptr<const ExternalData> external = {},
                                   std::filesystem::path path = {});
    ~Model();

    const onnx::ModelProto &proto() const { return *m_proto; }
    const GraphView &graph() const { return *m_graph; }
    const std::shared_ptr<const ExternalData> &externalData() const { return m_external; }
    /// Where it was loaded from; empty for a model made in memory.
    const std::filesystem::path &path() const { return m_path; }

    /// Version of the operator set of \a domain, 0 when it is not imported. "" and "ai.onnx" are the same.
    std::int64_t opset(const std::string &domain = {}) const;
    std::optional<std::string> metadata(const std::string &key) const;
    /// The value of \a name where it is known without running: an initializer that is not overridable in
    /// practice, or the output of a Constant node. Null when it is not constant; an error when its bytes are
    /// damaged. The tensor shares the model's bytes where it can, and keeps the model alive.
    Result<std::optional<Tensor>> constant(const std::string &name) const;

    /// Bytes of the serialized proto plus the external tensor bytes it refers to.
    std::uint64_t sizeBytes() const;
    /// SHA-256 over the serialized proto and external bytes, lower-case hex; computed once, on first use.
    std::string fingerprint() const;

private:
    Model();
    std::unique_ptr<const onnx::ModelProto> m_proto;
    std::unique_ptr<const GraphView> m_graph;
    std::shared_ptr<const ExternalData> m_external;
    std::filesystem::path m_path;
    struct Cache;
    std::unique_ptr<Cache> m_cache;
};

/// The tensor that \a proto holds, in whichever field it holds it (raw_data, float_data, …, external).
/// Sizes are checked against the shape before anything is allocated.
Result<Tensor> tensorFromProto(const onnx::TensorProto &proto, const ExternalData *external);
/// A TensorProto with raw_data.
onnx::TensorProto tensorToProto(const std::string &name, const Tensor &tensor);

} // namespace qs
