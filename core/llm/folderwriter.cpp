// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/folderwriter.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/llm/floatmath.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace fs = std::filesystem;
namespace {

/// GPTQ and AWQ: their kernels want the rest of the model in binary16.
bool storesHalf(const LlmQuantizeOptions &options)
{
    return options.format != LlmFormat::BitsAndBytes;
}

/// Index of the block \a tensor belongs to; -1 = before the blocks, \a layers = behind them.
std::int64_t layerOf(const std::string &tensor, std::int64_t layers)
{
    constexpr std::string_view prefix = "model.layers.";
    if (!tensor.starts_with(prefix))
        return tensor.find("embed") == std::string::npos ? layers : -1;
    return std::min<std::int64_t>(std::atoll(tensor.c_str() + prefix.size()), layers);
}

/// \a tensor in binary16; of its floats only a piece is in memory at a time.
Result<Tensor> asHalf(const Tensor &tensor)
{
    constexpr std::size_t kPiece = std::size_t {1} << 22;
    const auto half = std::make_shared<std::vector<std::byte>>();
    half->reserve(2 * tensor.size());
    std::vector<float> values;
    for (std::size_t first = 0; first < tensor.size(); first += kPiece) {
        values.resize(std::min(kPiece, tensor.size() - first));
        QS_CHECK(copyFloats(tensor, first, values));
        const Tensor piece
            = tensorFromFloats(DType::Float16, {static_cast<std::int64_t>(values.size())}, values);
        half->insert(half->end(), piece.bytes().begin(), piece.bytes().end());
    }
    return Tensor(DType::Float16, tensor.shape(), *half, half);
}

} // namespace

Result<FolderWriter> FolderWriter::open(const FolderJob &what, const fs::path &destination,
                                        const std::string &fingerprint, std::set<std::string> changed,
                                        std::uint64_t memory, JobContext &job)
{
    QS_TRY(WorkFolder work, WorkFolder::open(destination, fingerprint));
    QS_TRY(OutputFolder folder, OutputFolder::resume(destination, work.path() / "out"));
    FolderWriter writer(what, std::move(work), std::move(folder), std::move(changed));
    QS_CHECK(writer.createWriter(destination, memory, job));
    QS_CHECK(writer.takeUp(destination, job));
    return writer;
}

FolderWriter::FolderWriter(const FolderJob &what, WorkFolder work, OutputFolder folder,
                           std::set<std::string> changed)
    : m_what(what)
    , m_work(std::move(work))
    , m_folder(std::move(folder))
    , m_changed(std::move(changed))
{ }

/// All tensors of the result, block by block.
std::vector<SafetensorsDeclaration> FolderWriter::plan()
{
    std::vector<SafetensorsDeclaration> declarations;
    std::set<std::string> replaced;
    std::map<std::int64_t, std::vector<std::string>> ofLayers; ///< -1: before the layers
    for (const std::string &name : m_what.tensors.names())
        ofLayers[layerOf(name, m_what.config.layers)].push_back(name);
    for (std::int64_t layer = 0; layer < m_what.config.layers; ++layer) {
        for (const LinearShape &shape : linearsOf(m_what.config)) {
            if (!m_what.skipped.contains(layer, shape.role))
                replaced.insert(moduleName(layer, shape.role) + ".weight");
        }
    }
    for (const auto &[layer, names] : ofLayers) {
        for (const std::string &name : names) {
            if (replaced.contains(name))
                continue;
            const SafetensorsEntry &entry = *m_what.tensors.find(name);
            declarations.push_back({name, storedType(entry.type), entry.shape, {}, false});
            m_copied.push_back(name);
        }
        for (const LinearShape &shape : linearsOf(m_what.config)) {
            if (layer < 0 || layer >= m_what.config.layers)
                break;
            if (m_what.skipped.contains(layer, shape.role))
                continue;
            const std::string module = moduleName(layer, shape.role);
            for (auto &declaration : declareModule(m_what.options, module, shape.out, shape.in))
                declarations.push_back(std::move(declaration));
        }
    }
    return declarations;
}

/// Says what will be needed, refuses what the disk has no room for, and makes the files.
Status FolderWriter::createWriter(const fs::path &destination, std::uint64_t memory, JobContext &job)
{
    const std::vector<SafetensorsDeclaration> declarations = plan();
    std::uint64_t total = 0;
    for (const SafetensorsDeclaration &tensor : declarations) {
        const std::uint64_t bytes
            = bytesFor(tensor.type, static_cast<std::size_t>(elementCount(tensor.shape)));
        m_declared[tensor.name] = bytes;
        total += bytes;
    }
    std::uint64_t there = 0; // of an earlier try
    std::error_code failure;
    for (fs::directory_iterator at(m_folder.path(), failure), end; !failure && at != end;
         at.increment(failure))
        there += fs::file_size(at->path(), failure);
    tellTied(job);
    tellNeeds(destination, total, memory, job);
    QS_CHECK(checkRoom(destination, total - std::min(total, there)));
    SafetensorsWriteOptions options;
    options.shardBytes = m_what.options.shardBytes;
    options.isResumable = true;
    QS_TRY(SafetensorsWriter writer, SafetensorsWriter::create(m_folder.path(), declarations, options));
    m_writer.emplace(std::move(writer));
    return Done {};
}

/// One matrix is at both ends of the model, and methods for the Linears between leave it alone.
void FolderWriter::tellTied(JobContext &job) const
{
    const SafetensorsEntry *embeddings = m_what.tensors.find("model.embed_tokens.weight");
    if (!embeddings || (!m_what.config.tiedEmbeddings && m_what.tensors.contains("lm_head.weight")))
        return;
    job.report({Severity::Info, "tied-embeddings", m_what.source.string(),
                sentence(QS_TR_NOOP("Sentence", "the embeddings are the output matrix, too: they stay %1"),
                         {std::string(toString(storedType(embeddings->type)))})});
}

/// Takes over what a job that was killed has finished.
Status FolderWriter::takeUp(const fs::path &destination, JobContext &job)
{
    auto journal = parseFolderJournal(m_work.journal(),
                                      [&](const std::string &name) { return m_declared.contains(name); });
    if (!journal)
        return Done {};
    m_journal = std::move(*journal);
    for (const std::string &name : m_journal.tensors) {
        if (const auto text = m_journal.texts.find(name); text != m_journal.texts.end()) {
            const std::span<const std::uint8_t> bytes(
                reinterpret_cast<const std::uint8_t *>(text->second.data()), text->second.size());
            QS_CHECK(write(name,
                           Tensor::fromValues<std::uint8_t>(
                               DType::UInt8, {static_cast<std::int64_t>(bytes.size())}, bytes)));
            continue;
        }
        QS_CHECK(m_writer->markWritten(name));
        m_sizeBytes += m_declared.at(name);
    }
    job.report({Severity::Info, "resumed", destination.string(),
                sentence(QS_TR_NOOP("Sentence", "goes on where it was ended: %1 of %2 are done"),
                         {std::to_string(m_journal.layers), std::to_string(m_what.config.layers)})});
    return Done {};
}

/// What a tensor is written as: in binary16 for GPTQ and AWQ, else unchanged.
DType FolderWriter::storedType(DType type) const
{
    const bool isFloat = type == DType::Float32 || type == DType::BFloat16;
    return storesHalf(m_what.options) && isFloat ? DType::Float16 : type;
}

/// Type the weights of \a module have in the source.
DType FolderWriter::floatType(const std::string &module) const
{
    const SafetensorsEntry *entry = m_what.tensors.find(module + ".weight");
    return entry ? entry->type : DType::Float16;
}

Status FolderWriter::copyTensors(JobContext &job)
{
    for (const std::string &name : m_copied) {
        job.throwIfStopped();
        if (m_changed.contains(name))
            continue; // comes with its block
        QS_TRY(Tensor tensor, m_what.tensors.tensor(name));
        if (storedType(tensor.type()) != tensor.type()) {
            QS_TRY(tensor, asHalf(tensor));
        }
        QS_CHECK(write(name, tensor));
        m_what.tensors.forget(name);
    }
    return Done {};
}

Status FolderWriter::write(const std::string &name, const Tensor &tensor)
{
    m_sizeBytes += tensor.byteSize();
    return m_writer->write(name, tensor);
}

Status FolderWriter::writeOfLayer(const std::string &name, const Tensor &tensor)
{
    m_journal.tensors.push_back(name);
    if (name.find(".quant_state.") != std::string::npos)
        m_journal.texts[name] = {reinterpret_cast<const char *>(tensor.bytes().data()), tensor.byteSize()};
    return write(name, tensor);
}

Status FolderWriter::writeModule(std::int64_t layer, const LinearShape &shape, const Matrix &weight,
                                 const QuantizedLinear &quantized, double loss)
{
    const std::string module = moduleName(layer, shape.role);
    QS_TRY(const auto tensors,
           packModule(m_what.options, module, quantized, shape.out, shape.in, floatType(module)));
    for (const NamedTensor &tensor : tensors) {
        m_journal.quantizedBytes += tensor.tensor.byteSize();
        QS_CHECK(writeOfLayer(tensor.name, tensor.tensor));
    }
    m_journal.quantizedWeights += shape.out * shape.in;
    Matrix difference = dequantize(quantized, shape.out, shape.in);
    for (std::size_t i = 0; i < difference.values.size(); ++i)
        difference.values[i] -= weight.values[i];
    const double norm = double(squaredNorm(weight.values));
    const double error = double(squaredNorm(difference.values));
    m_journal.modules.push_back({module, norm > 0 ? std::sqrt(error / norm) : 0, loss});
    return Done {};
}

Status FolderWriter::writeChanged(const std::string &name, const std::vector<float> &values)
{
    const SafetensorsEntry *entry = m_changed.contains(name) ? m_what.tensors.find(name) : nullptr;
    if (!entry)
        return Done {};
    return writeOfLayer(name, tensorFromFloats(storedType(entry->type), entry->shape, values));
}

Status FolderWriter::finishLayer(std::int64_t layer)
{
    QS_CHECK(m_writer->sync());
    m_journal.layers = layer + 1;
    return m_work.writeJournal(toJson(m_journal));
}

Result<Matrix> FolderWriter::writtenWeight(std::int64_t layer, const LinearShape &shape) const
{
    const std::string module = moduleName(layer, shape.role);
    const auto read = [&](const char *part) { return m_writer->readBack(module + part); };
    QS_TRY(const Tensor codes, read(".qweight"));
    QS_TRY(const Tensor zeros, read(".qzeros"));
    QS_TRY(const Tensor scales, read(".scales"));
    if (m_what.options.format == LlmFormat::Awq) {
        QS_TRY(const GroupedWeights weights, unpackAwq({codes, zeros, scales}, shape.out, shape.in));
        return dequantize(weights);
    }
    QS_TRY(const Tensor groups, read(".g_idx"));
    const GptqFormat format = m_what.options.format == LlmFormat::GptqV1 ? GptqFormat::V1 : GptqFormat::V2;
    QS_TRY(
        const GroupedWeights weights,
        unpackGptq({codes, zeros, scales, groups}, m_what.options.scheme.bits, shape.out, shape.in, format));
    return dequantize(weights);
}

Result<LlmQuantizeReport> FolderWriter::finish()
{
    QS_TRY([[maybe_unused]] const auto files, m_writer->finish());
    QS_CHECK(copyModelFiles(m_what.source, m_folder.path()));
    QS_CHECK(writeConfig());
    QS_CHECK(m_folder.commit());
    LlmQuantizeReport report;
    report.format = m_what.options.format;
    report.modules = m_journal.modules;
    report.sizeBytes = m_sizeBytes;
    report.bitsPerWeight = double(m_journal.quantizedBytes) * 8 / double(m_journal.quantizedWeights);
    return report;
}

Status FolderWriter::writeConfig() const
{
    const fs::path &folder = m_folder.path();
    QS_TRY(const std::string text, readFile(m_what.source / "config.json"));
    auto json = parseJson<nlohmann::ordered_json>(text);
    if (!json.is_object())
        return Error {ErrorCode::Format, (m_what.source / "config.json").string(),
                      "changed while it was read"};
    const char *key = json.contains("torch_dtype") || !json.contains("dtype") ? "torch_dtype" : "dtype";
    if (storesHalf(m_what.options))
        json[key] = "float16";
    const auto quantization
        = quantizationConfig(m_what.options, floatType(moduleName(0, linearsOf(m_what.config).front().role)),
                             m_what.config, m_what.skipped);
    json["quantization_config"] = quantization;
    if (m_what.options.format == LlmFormat::GptqV1 || m_what.options.format == LlmFormat::GptqV2)
        QS_CHECK(writeFileAtomically(folder / "quantize_config.json", quantization.dump(2) + "\n"));
    return writeFileAtomically(folder / "config.json", json.dump(2) + "\n");
}

} // namespace qs
