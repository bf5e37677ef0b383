// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/regularfile.h"
#include "core/model/externaldata.h"
#include "core/model/modelio.h"
#include "core/model/subgraphs.h"
#include "core/model/tensorview.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <onnx/onnx_pb.h>

#include <limits>

namespace qs {
namespace fs = std::filesystem;
namespace io = google::protobuf::io;
namespace {

/// Reads a file for protobuf, tells how far it is, and ends early when the job is stopped.
class JobInputStream : public io::ZeroCopyInputStream
{
public:
    JobInputStream(int fd, std::int64_t size, JobContext &job)
        : m_file(fd, 1 << 20)
        , m_size(size)
        , m_job(job)
    { }

    bool Next(const void **data, int *size) override
    {
        if (m_job.isStopped())
            return false;
        m_job.progress("load", m_file.ByteCount(), m_size);
        return m_file.Next(data, size);
    }
    void BackUp(int count) override { m_file.BackUp(count); }
    bool Skip(int count) override { return m_file.Skip(count); }
    std::int64_t ByteCount() const override { return m_file.ByteCount(); }
    int readError() const { return m_file.GetErrno(); }

private:
    io::FileInputStream m_file;
    std::int64_t m_size;
    JobContext &m_job;
};

Error notOnnx(const std::string &name, const std::string &why)
{
    return {ErrorCode::Format, name, why};
}

/// What to say of bytes that did not parse; \a partial is what was understood until then.
Error parseError(const std::string &name, const onnx::ModelProto &partial)
{
    const bool beganWell = partial.has_ir_version() && (partial.has_graph() || partial.has_producer_name());
    return notOnnx(name, beganWell ? "the ONNX model is damaged or cut off" : "not an ONNX model");
}

/// Random bytes may happen to parse; a model at least says its version or has a graph.
bool looksLikeModel(const onnx::ModelProto &proto)
{
    return proto.has_ir_version() || proto.has_graph();
}

} // namespace

Result<ModelPtr> loadModel(const fs::path &path, JobContext &job)
{
    QS_TRY(const RegularFile file, RegularFile::open(path));
    if (file.size() == 0)
        return notOnnx(path.string(), "the file is empty");
    if (file.size() > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        return notOnnx(
            path.string(),
            "larger than 2 GiB, where protobuf ends; such a model keeps its weights in a file beside it");

    auto proto = std::make_unique<onnx::ModelProto>();
    JobInputStream stream(file.descriptor(), static_cast<std::int64_t>(file.size()), job);
    const bool parsed = proto->ParsePartialFromZeroCopyStream(&stream);
    job.throwIfStopped();
    if (stream.readError() != 0)
        return systemError(path, stream.readError());
    if (!parsed)
        return parseError(path.string(), *proto);
    if (!looksLikeModel(*proto))
        return notOnnx(path.string(), "not an ONNX model");

    std::vector<const onnx::TensorProto *> tensors;
    forEachTensor(std::as_const(*proto), [&](const onnx::TensorProto &tensor) {
        if (isExternal(tensor))
            tensors.push_back(&tensor);
    });
    std::shared_ptr<const ExternalData> external;
    if (!tensors.empty()) {
        auto opened = ExternalData::open(path.parent_path(), tensors);
        if (!opened.ok())
            return Error {opened.error().code, path.string(), opened.error().message()};
        external = std::move(*opened);
    }
    return Model::create(std::move(proto), std::move(external), path);
}

Result<ModelPtr> parseModel(std::string_view bytes, const std::string &name)
{
    if (bytes.empty())
        return notOnnx(name, "the file is empty");
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return notOnnx(name, "larger than 2 GiB, where protobuf ends");
    auto proto = std::make_unique<onnx::ModelProto>();
    if (!proto->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return parseError(name, *proto);
    if (!looksLikeModel(*proto))
        return notOnnx(name, "not an ONNX model");
    bool external = false;
    forEachTensor(std::as_const(*proto),
                  [&](const onnx::TensorProto &tensor) { external = external || isExternal(tensor); });
    if (external)
        return Error {ErrorCode::Unsupported, name,
                      "keeps tensors in files beside it, so it must be loaded from a file"};
    auto model = Model::create(std::move(proto));
    if (!model.ok())
        return Error {model.error().code, name, model.error().detail};
    return model;
}

} // namespace qs
