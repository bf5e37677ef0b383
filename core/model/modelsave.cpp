// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/model/externaldata.h"
#include "core/model/modelio.h"
#include "core/model/protocopy.h"
#include "core/model/subgraphs.h"
#include "core/model/tensorview.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace qs {
namespace fs = std::filesystem;
namespace io = google::protobuf::io;
namespace {

// A runtime maps the file: tensors start on a cache line, large ones on a page.
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kPageAlignment = 4096;
constexpr std::uint64_t kPageAlignedFrom = std::uint64_t {1} << 20;
// Shapes, scales and zero points stay in the model, where shape inference of other tools finds them.
constexpr std::size_t kSmallestExternal = 1024;

class AtomicFileStream : public io::CopyingOutputStream
{
public:
    explicit AtomicFileStream(AtomicFile &file)
        : m_file(file)
    { }

    bool Write(const void *buffer, int size) override
    {
        m_status = m_file.write({static_cast<const char *>(buffer), static_cast<std::size_t>(size)});
        return m_status.ok();
    }
    const Status &status() const { return m_status; }

private:
    AtomicFile &m_file;
    Status m_status = Done {};
};

bool serialize(const onnx::ModelProto &proto, io::ZeroCopyOutputStream &stream)
{
    io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    return proto.SerializePartialToCodedStream(&coded);
}

Status writeProto(const onnx::ModelProto &proto, const fs::path &path, AtomicFile &file)
{
    if (proto.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return Error {ErrorCode::Unsupported, path.string(),
                      "the model without its large weights is over the 2 GiB that protobuf can write"};
    AtomicFileStream sink(file);
    bool written = false;
    {
        io::CopyingOutputStreamAdaptor stream(&sink, 1 << 20);
        written = serialize(proto, stream) && stream.Flush();
    }
    QS_CHECK(sink.status());
    if (!written)
        return Error {ErrorCode::Io, path.string(), "the model could not be serialized"};
    return Done {};
}

/// The file beside the model that takes the large tensors.
class DataWriter
{
public:
    DataWriter(AtomicFile &file, std::string location)
        : m_file(file)
        , m_location(std::move(location))
    { }

    Status add(std::span<const std::byte> bytes, onnx::TensorProto &tensor)
    {
        const std::uint64_t alignment = bytes.size() >= kPageAlignedFrom ? kPageAlignment : kAlignment;
        const std::uint64_t padding = (alignment - m_file.position() % alignment) % alignment;
        QS_CHECK(m_file.write(std::string(padding, '\0')));
        setExternalData(tensor, m_location, m_file.position(), bytes.size());
        return m_file.write({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    }

private:
    AtomicFile &m_file;
    std::string m_location;
};

/// \a bytes as a tensor of bytes: the element type may be one that this program does not know.
Tensor asBytes(std::span<const std::byte> bytes, const Model &model)
{
    return {DType::UInt8, {static_cast<std::int64_t>(bytes.size())}, bytes, model.shared_from_this()};
}

/// The content of an initializer that is worth moving out, as it goes into the file.
Result<std::optional<Tensor>> movableContent(const onnx::TensorProto &tensor, const Model &model)
{
    if (isExternal(tensor)) {
        QS_TRY(const auto bytes, model.externalData()->bytes(tensor));
        return std::optional(asBytes(bytes, model));
    }
    if (tensor.ByteSizeLong() < kSmallestExternal)
        return std::optional<Tensor>();
    if (tensor.has_raw_data())
        return std::optional(asBytes(std::as_bytes(std::span(tensor.raw_data())), model));
    if (bitsOf(static_cast<DType>(tensor.data_type())) == 0)
        return std::optional<Tensor>();
    QS_TRY(Tensor values, tensorFromProto(tensor, nullptr));
    return std::optional(std::move(values));
}

Status saveExternal(const Model &model, const fs::path &path, JobContext &job)
{
    // Both files are written aside and renamed at the end, so the mapped file that the model may come from
    // stays as it is until then, and its mapping stays valid after.
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    fs::path dataPath = file.destination(); // runtimes look beside the model itself
    dataPath += ".data";
    QS_TRY(AtomicFile dataFile, AtomicFile::create(dataPath));
    DataWriter writer(dataFile, dataPath.filename().string());

    const auto copy = copyWithoutInitializers(model.proto());
    // Tensors of sub-graphs and attributes stay inside, unless they were outside before.
    Status status = Done {};
    forEachTensor(*copy, [&](onnx::TensorProto &tensor) {
        if (!status.ok() || !isExternal(tensor))
            return;
        const auto bytes = model.externalData()->bytes(tensor);
        status = bytes.ok() ? writer.add(*bytes, tensor) : Status(bytes.error());
    });
    QS_CHECK(status);
    const auto total = static_cast<std::int64_t>(model.sizeBytes());
    for (const auto &from : model.proto().graph().initializer()) {
        job.throwIfStopped();
        job.progress("save", static_cast<std::int64_t>(dataFile.position()), total);
        onnx::TensorProto &to = *copy->mutable_graph()->add_initializer();
        QS_TRY(const std::optional<Tensor> content, movableContent(from, model));
        if (!content) {
            to = from;
            continue;
        }
        copyTensorHeader(from, to);
        QS_CHECK(writer.add(content->bytes(), to));
    }
    QS_CHECK(writeProto(*copy, path, file));
    job.throwIfStopped();
    return AtomicFile::commitTogether(dataFile, file);
}

Status saveEmbedded(const Model &model, const fs::path &path)
{
    QS_TRY(AtomicFile file, AtomicFile::create(path));
    if (!model.externalData()) {
        QS_CHECK(writeProto(model.proto(), path, file));
        return file.commit();
    }
    onnx::ModelProto copy = model.proto();
    Status status = Done {};
    forEachTensor(copy, [&](onnx::TensorProto &tensor) {
        if (!status.ok() || !isExternal(tensor))
            return;
        const auto bytes = model.externalData()->bytes(tensor);
        if (!bytes.ok()) {
            status = bytes.error();
            return;
        }
        tensor.set_raw_data(bytes->data(), bytes->size());
        tensor.clear_external_data();
        tensor.clear_data_location();
    });
    QS_CHECK(status);
    QS_CHECK(writeProto(copy, path, file));
    return file.commit();
}

} // namespace

Status saveModel(const Model &model, const fs::path &path, const SaveOptions &options, JobContext &job)
{
    job.throwIfStopped();
    const auto largest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    if (model.sizeBytes() > std::min(options.externalThreshold, largest))
        return saveExternal(model, path, job);
    return saveEmbedded(model, path);
}

std::string serializeModel(const Model &model)
{
    std::string bytes;
    if (model.proto().ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return bytes;
    io::StringOutputStream stream(&bytes);
    serialize(model.proto(), stream);
    return bytes;
}

} // namespace qs
