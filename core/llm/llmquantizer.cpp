// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/llmquantizer.h"

#include "core/base/atomicfile.h"
#include "core/base/sha256.h"
#include "core/llm/decoder.h"
#include "core/llm/floatmath.h"
#include "core/llm/moduleformat.h"
#include "core/llm/outputfolder.h"
#include "core/llm/parallel.h"
#include "core/llm/rtn.h"
#include "core/llm/workfolder.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kUsualContext = 2048;

bool isTable(LlmMethod method)
{
    return method == LlmMethod::Nf4 || method == LlmMethod::Fp4;
}
bool isBitsAndBytes(LlmMethod method)
{
    return isTable(method) || method == LlmMethod::Int8;
}

Error badOption(const char *option, const std::string &why)
{
    return {ErrorCode::InvalidArgument, option, why};
}

/// \a options with everything that is left open decided.
LlmQuantizeOptions resolved(LlmQuantizeOptions options)
{
    if (options.method == LlmMethod::Awq || options.method == LlmMethod::Hqq)
        options.scheme.isSymmetric = false;
    if (options.format == LlmFormat::Auto) {
        if (isBitsAndBytes(options.method))
            options.format = LlmFormat::BitsAndBytes;
        else if (options.method == LlmMethod::Awq)
            options.format = LlmFormat::Awq;
        else
            options.format = options.scheme.isSymmetric ? LlmFormat::GptqV1 : LlmFormat::GptqV2;
    }
    options.scheme.roundsScales = true;
    return options;
}

/// Sizes of \a config that the format cannot hold, before anything is computed.
Status checkShapes(const LlmConfig &config, const LlmQuantizeOptions &options)
{
    for (const LinearShape &shape : linearsOf(config)) {
        const std::string sizes = moduleName(0, shape.role) + " has " + std::to_string(shape.in)
            + " inputs and " + std::to_string(shape.out) + " outputs, ";
        const std::int64_t size = options.scheme.sizeFor(shape.in);
        const auto fail = [&](const std::string &why) {
            return Error {ErrorCode::Unsupported, {}, sizes + why};
        };
        if (options.format == LlmFormat::BitsAndBytes) {
            if (shape.in * shape.out % 2 != 0)
                return fail("bitsandbytes takes an even number of weights");
            continue;
        }
        if (shape.in % size != 0)
            return fail("which are no whole groups of " + std::to_string(size));
        if (options.format == LlmFormat::Awq && shape.out % 8 != 0)
            return fail("AWQ takes outputs in multiples of 8");
        if (options.format != LlmFormat::Awq && (shape.in % 32 != 0 || shape.out % 32 != 0))
            return fail("GPTQ takes multiples of 32");
    }
    return Done {};
}

class Quantizer
{
public:
    Quantizer(const fs::path &source, const LlmQuantizeOptions &options, JobContext &job)
        : m_source(source)
        , m_options(options)
        , m_job(job)
    { }

    Result<LlmQuantizeReport> run(const fs::path &destination, std::span<const std::int32_t> calibration)
    {
        QS_TRY(m_weights, openCheckpoint(m_source));
        if (!m_weights->config().quantization.is_null())
            return Error {ErrorCode::InvalidArgument, m_source.string(),
                          "is quantized already; take the original model"};
        if (auto status = checkShapes(m_weights->config(), m_options); !status.ok())
            return Error {status.error().code, m_source.string(), status.error().detail};
        std::error_code ignored;
        if (fs::equivalent(m_source, destination, ignored))
            return Error {ErrorCode::InvalidArgument, destination.string(),
                          "is the model that is to be quantized"};
        QS_TRY(SafetensorsSet tensors, SafetensorsSet::open(m_source));
        m_tensors.emplace(std::move(tensors));
        m_job.progress("quantize", 0, config().layers);
        if (needsCalibration(m_options.method))
            QS_CHECK(prepareCalibration(calibration));
        if (m_options.method == LlmMethod::Awq && m_options.scales)
            collectChanged();
        QS_TRY(WorkFolder work, WorkFolder::open(destination, fingerprint(calibration)));
        QS_TRY(OutputFolder folder, OutputFolder::resume(destination, work.path() / "out"));
        QS_CHECK(createWriter(folder.path(), destination));
        QS_TRY(const std::int64_t finished, takeUp(work.journal(), destination));
        QS_CHECK(copyTensors());
        for (std::int64_t layer = 0; layer < config().layers; ++layer) {
            m_job.throwIfStopped();
            m_job.progress("quantize", layer, config().layers);
            if (layer < finished) {
                QS_CHECK(repeatLayer(layer));
                continue;
            }
            m_inLayer = true;
            QS_CHECK(quantizeLayer(layer));
            m_inLayer = false;
            QS_CHECK(m_writer->sync());
            QS_CHECK(work.writeJournal(journal(layer + 1)));
        }
        QS_TRY([[maybe_unused]] const auto files, m_writer->finish());
        QS_CHECK(copyModelFiles(m_source, folder.path()));
        QS_CHECK(writeConfig(folder.path()));
        QS_CHECK(folder.commit());
        m_report.format = m_options.format;
        m_report.bitsPerWeight = double(m_quantizedBytes) * 8 / double(m_quantizedWeights);
        return m_report;
    }

private:
    const LlmConfig &config() const { return m_weights->config(); }
    bool storesHalf() const { return m_options.format != LlmFormat::BitsAndBytes; }

    Status prepareCalibration(std::span<const std::int32_t> tokens)
    {
        const std::int64_t context
            = m_options.context > 0 ? m_options.context : std::min(config().maxPositions, kUsualContext);
        if (context > config().maxPositions)
            return badOption("context",
                             std::to_string(context) + " tokens are more than the model's "
                                 + std::to_string(config().maxPositions));
        const auto size = static_cast<std::size_t>(context);
        const std::size_t count = std::min({m_options.windows, tokens.size() / size,
                                            windowsFor(config(), context, m_options.activationBytes)});
        if (count == 0)
            return badOption("calibration",
                             "has " + std::to_string(tokens.size()) + " tokens, one window takes "
                                 + std::to_string(context));
        QS_TRY(m_activations, embed(*m_weights, spreadWindows(tokens, count, size), context));
        m_rope.emplace(config(), context);
        m_report.windows = count;
        return Done {};
    }

    /// What the tensor \a name is written as: in binary16 for GPTQ and AWQ, whose kernels want it, else
    /// unchanged.
    DType storedType(DType type) const
    {
        const bool isFloat = type == DType::Float32 || type == DType::BFloat16;
        return storesHalf() && isFloat ? DType::Float16 : type;
    }

    /// What the bytes of the result depend on.
    std::string fingerprint(std::span<const std::int32_t> calibration) const
    {
        const LlmQuantizeOptions &o = m_options;
        const nlohmann::json options {"folder 1",        int(o.method),      int(o.format),
                                      o.scheme.bits,     o.scheme.groupSize, o.scheme.isSymmetric,
                                      o.damping,         o.usesActOrder,     o.hasStaticGroups,
                                      o.searchesScales,  o.isSequential,     o.scales,
                                      o.clips,           o.isDouble,         o.int8Threshold,
                                      o.windows,         o.context,          o.searchWindows,
                                      o.activationBytes, o.shardBytes};
        Sha256 hash;
        hash.updateField(options.dump()).updateField(modelStamp(m_source));
        hash.update(std::as_bytes(calibration));
        return hash.hexDigest();
    }

    /// What is finished after so many layers: tensors of the layers, and what was said of their modules. The
    /// content of tensors of open size, short texts, lies in no file yet.
    nlohmann::json journal(std::int64_t layers) const
    {
        nlohmann::json modules = nlohmann::json::array();
        for (const LlmModuleReport &module : m_report.modules)
            modules.push_back({module.module, module.relativeError, module.loss});
        return {{"layers", layers},
                {"modules", std::move(modules)},
                {"tensors", m_written},
                {"texts", m_texts},
                {"quantized_bytes", m_quantizedBytes},
                {"quantized_weights", m_quantizedWeights}};
    }

    /// Whether \a journal is one that journal() made; files may be damaged.
    bool isSound(const nlohmann::json &journal) const
    {
        for (const char *key : {"modules", "tensors"}) {
            if (!journal.is_object() || !journal.contains(key) || !journal[key].is_array())
                return false;
        }
        for (const char *key : {"layers", "quantized_bytes", "quantized_weights"}) {
            if (!journal.contains(key) || !journal[key].is_number_unsigned())
                return false;
        }
        const auto isModule = [](const nlohmann::json &m) {
            return m.is_array() && m.size() == 3 && m[0].is_string() && m[1].is_number() && m[2].is_number();
        };
        const auto isTensor = [&](const nlohmann::json &name) {
            return name.is_string() && m_declared.contains(name.get<std::string>());
        };
        const auto isText = [](const nlohmann::json &text) { return text.is_string(); };
        return journal.contains("texts") && journal["texts"].is_object()
            && std::all_of(journal["modules"].begin(), journal["modules"].end(), isModule)
            && std::all_of(journal["tensors"].begin(), journal["tensors"].end(), isTensor)
            && std::all_of(journal["texts"].begin(), journal["texts"].end(), isText);
    }

    /// Takes over what a job that was killed has finished; returns how many layers that are.
    Result<std::int64_t> takeUp(const nlohmann::json &journal, const fs::path &destination)
    {
        if (!isSound(journal))
            return 0;
        const std::int64_t layers = journal.at("layers");
        for (const nlohmann::json &module : journal.at("modules"))
            m_report.modules.push_back({module.at(0), module.at(1), module.at(2)});
        m_written = journal.at("tensors").get<std::vector<std::string>>();
        m_texts = journal.at("texts").get<std::map<std::string, std::string>>();
        m_quantizedBytes = journal.at("quantized_bytes");
        m_quantizedWeights = journal.at("quantized_weights");
        for (const std::string &name : m_written) {
            if (const auto text = m_texts.find(name); text != m_texts.end()) {
                const std::span<const std::uint8_t> bytes(
                    reinterpret_cast<const std::uint8_t *>(text->second.data()), text->second.size());
                const Tensor tensor = Tensor::fromValues<std::uint8_t>(
                    DType::UInt8, {static_cast<std::int64_t>(bytes.size())}, bytes);
                m_report.sizeBytes += tensor.byteSize();
                QS_CHECK(m_writer->write(name, tensor));
                continue;
            }
            QS_CHECK(m_writer->markWritten(name));
            m_report.sizeBytes += m_declared.at(name);
        }
        m_job.report({Severity::Info, "resumed", destination.string(),
                      sentence(QS_TR_NOOP("Sentence", "goes on where it was ended: %1 of %2 are done"),
                               {std::to_string(layers), std::to_string(config().layers)})});
        return layers;
    }

    /// A layer that is written: only the activations behind it are missing.
    Status repeatLayer(std::int64_t layer)
    {
        if (!needsCalibration(m_options.method) || layer + 1 >= config().layers)
            return Done {};
        QS_TRY(Block block, loadBlock(*m_weights, layer));
        for (const LinearShape &shape : linearsOf(config())) {
            if (m_options.method == LlmMethod::Gptq) {
                QS_TRY(block.linears.at(shape.role).weight, writtenWeight(layer, shape));
            }
        }
        advance(block);
        return Done {};
    }
    Result<Matrix> writtenWeight(std::int64_t layer, const LinearShape &shape) const
    {
        const std::string module = moduleName(layer, shape.role);
        const auto read = [&](const char *part) { return m_writer->readBack(module + part); };
        QS_TRY(const Tensor codes, read(".qweight"));
        QS_TRY(const Tensor zeros, read(".qzeros"));
        QS_TRY(const Tensor scales, read(".scales"));
        if (m_options.format == LlmFormat::Awq) {
            QS_TRY(const GroupedWeights weights, unpackAwq({codes, zeros, scales}, shape.out, shape.in));
            return dequantize(weights);
        }
        QS_TRY(const Tensor groups, read(".g_idx"));
        const GptqFormat format = m_options.format == LlmFormat::GptqV1 ? GptqFormat::V1 : GptqFormat::V2;
        QS_TRY(
            const GroupedWeights weights,
            unpackGptq({codes, zeros, scales, groups}, m_options.scheme.bits, shape.out, shape.in, format));
        return dequantize(weights);
    }

    /// Bytes of memory at the most: a block, what its method needs beside it, and the activations.
    std::uint64_t memoryEstimate() const
    {
        std::uint64_t block = 0;
        std::uint64_t largest = 0;
        std::uint64_t widest = 0;
        for (const LinearShape &shape : linearsOf(config())) {
            const auto bytes = static_cast<std::uint64_t>(shape.out * shape.in) * sizeof(float);
            block += bytes;
            largest = std::max(largest, bytes);
            widest = std::max(widest, static_cast<std::uint64_t>(shape.in));
        }
        std::uint64_t bytes = block + 2 * largest;
        if (m_options.method == LlmMethod::Gptq)
            bytes += 3 * widest * widest * sizeof(double);
        if (m_options.method == LlmMethod::Awq)
            bytes += block + largest;
        for (const Matrix &window : m_activations)
            bytes += window.values.size() * sizeof(float);
        return bytes;
    }

    /// Says what will be needed, and refuses what the disk has no room for.
    Status checkResources(const fs::path &folder, const fs::path &destination,
                          std::span<const SafetensorsDeclaration> declarations)
    {
        std::uint64_t total = 0;
        for (const SafetensorsDeclaration &tensor : declarations) {
            const std::uint64_t bytes
                = bytesFor(tensor.type, static_cast<std::size_t>(elementCount(tensor.shape)));
            m_declared[tensor.name] = bytes;
            total += bytes;
        }
        std::uint64_t there = 0; // of an earlier try
        std::error_code failure;
        for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
            there += fs::file_size(at->path(), failure);
        tellNeeds(destination, total, memoryEstimate(), m_job);
        return checkRoom(destination, total - std::min(total, there));
    }

    Status createWriter(const fs::path &folder, const fs::path &destination)
    {
        std::vector<SafetensorsDeclaration> declarations;
        std::set<std::string> replaced;
        std::map<std::int64_t, std::vector<std::string>> ofLayers; ///< -1: before the layers
        const auto layerOf = [&](const std::string &name) -> std::int64_t {
            constexpr std::string_view prefix = "model.layers.";
            if (!name.starts_with(prefix))
                return name.find("embed") == std::string::npos ? config().layers : -1;
            return std::min<std::int64_t>(std::atoll(name.c_str() + prefix.size()), config().layers);
        };
        for (const std::string &name : m_tensors->names())
            ofLayers[layerOf(name)].push_back(name);
        for (std::int64_t layer = 0; layer < config().layers; ++layer) {
            for (const LinearShape &shape : linearsOf(config()))
                replaced.insert(moduleName(layer, shape.role) + ".weight");
        }
        for (const auto &[layer, names] : ofLayers) {
            for (const std::string &name : names) {
                if (replaced.contains(name))
                    continue;
                const SafetensorsEntry &entry = *m_tensors->find(name);
                declarations.push_back({name, storedType(entry.type), entry.shape, {}, false});
                m_copied.push_back(name);
            }
            for (const LinearShape &shape : linearsOf(config())) {
                if (layer < 0 || layer >= config().layers)
                    break;
                const std::string module = moduleName(layer, shape.role);
                for (auto &declaration : declareModule(m_options, module, shape.out, shape.in))
                    declarations.push_back(std::move(declaration));
            }
        }
        QS_CHECK(checkResources(folder, destination, declarations));
        SafetensorsWriteOptions options;
        options.shardBytes = m_options.shardBytes;
        options.isResumable = true;
        QS_TRY(SafetensorsWriter writer, SafetensorsWriter::create(folder, declarations, options));
        m_writer.emplace(std::move(writer));
        return Done {};
    }

    /// Type the weights of \a module have in the source.
    DType floatType(const std::string &module) const
    {
        const SafetensorsEntry *entry = m_tensors->find(module + ".weight");
        return entry ? entry->type : DType::Float16;
    }

    Status copyTensors()
    {
        for (const std::string &name : m_copied) {
            m_job.throwIfStopped();
            if (m_changed.contains(name))
                continue; // comes with its block
            QS_TRY(Tensor tensor, m_tensors->tensor(name));
            if (storedType(tensor.type()) != tensor.type()) {
                std::vector<float> values(tensor.size());
                QS_CHECK(copyFloats(tensor, 0, values));
                tensor = tensorFromFloats(DType::Float16, tensor.shape(), values);
            }
            QS_CHECK(writeTensor(name, tensor));
            m_tensors->forget(name);
        }
        return Done {};
    }

    Status writeTensor(const std::string &name, const Tensor &tensor)
    {
        m_report.sizeBytes += tensor.byteSize();
        if (m_inLayer)
            m_written.push_back(name);
        if (m_inLayer && name.find(".quant_state.") != std::string::npos)
            m_texts[name] = {reinterpret_cast<const char *>(tensor.bytes().data()), tensor.byteSize()};
        return m_writer->write(name, tensor);
    }

    Status quantizeLayer(std::int64_t layer)
    {
        QS_TRY(Block block, loadBlock(*m_weights, layer));
        if (m_options.method == LlmMethod::Gptq)
            return quantizeByGptq(block);
        if (m_options.method == LlmMethod::Awq) {
            const Block original = block;
            const std::size_t count
                = std::min(std::max<std::size_t>(m_options.searchWindows, 1), m_activations.size());
            AwqOptions options {m_options.scheme};
            options.scales = m_options.scales;
            options.clips = m_options.clips;
            prepareAwq(config(), *m_rope, block, std::span(m_activations).first(count), options, m_job,
                       m_options.threads);
            if (m_options.scales)
                QS_CHECK(writeChanged(block));
            // The next block's inputs are those of the original model.
            if (layer + 1 < config().layers)
                advance(original);
        }
        for (const LinearShape &shape : linearsOf(config())) {
            m_job.throwIfStopped();
            const Matrix &weight = block.linears.at(shape.role).weight;
            QS_CHECK(writeModule(layer, shape, weight, roundLinear(weight), 0));
        }
        return Done {};
    }

    QuantizedLinear roundLinear(const Matrix &weight) const
    {
        switch (m_options.method) {
        case LlmMethod::Nf4:
            return quantizeTable(weight.values, TableKind::Nf4, m_options.isDouble);
        case LlmMethod::Fp4:
            return quantizeTable(weight.values, TableKind::Fp4, m_options.isDouble);
        case LlmMethod::Int8:
            return quantizeInt8Rows(weight);
        case LlmMethod::Hqq:
            return quantizeHqq(weight, m_options.scheme);
        default:
            if (m_options.format == LlmFormat::Awq)
                return roundAwq(weight, m_options.scheme);
            return quantizeRtn(weight, m_options.scheme,
                               m_options.searchesScales ? gptqParamsByError : gptqParams);
        }
    }

    /// Runs all windows through \a block.
    void advance(const Block &block)
    {
        parallelFor(
            m_activations.size(),
            [&](std::size_t i) {
                m_job.throwIfStopped();
                BlockScratch scratch;
                runBlock(config(), *m_rope, block, m_activations[i], scratch);
            },
            m_options.threads);
    }

    SecondMoments momentsAt(const Block &block, InputPoint point, std::int64_t size)
    {
        SecondMoments moments(size);
        const auto batch = static_cast<std::size_t>(threadCount(m_options.threads));
        std::vector<Matrix> inputs(batch);
        for (std::size_t first = 0; first < m_activations.size(); first += batch) {
            const std::size_t count = std::min(batch, m_activations.size() - first);
            parallelFor(
                count,
                [&](std::size_t i) {
                    m_job.throwIfStopped();
                    BlockScratch scratch;
                    inputs[i] = Matrix(0, size);
                    captureInputs(config(), *m_rope, block, m_activations[first + i], point, scratch,
                                  [&](InputPoint, const Matrix &rows) {
                                      inputs[i].rows += rows.rows;
                                      inputs[i].values.insert(inputs[i].values.end(), rows.values.begin(),
                                                              rows.values.end());
                                  });
                },
                m_options.threads);
            for (std::size_t i = 0; i < count; ++i)
                moments.add(inputs[i]);
        }
        return moments;
    }

    Status quantizeByGptq(Block &block)
    {
        GptqOptions options {m_options.scheme};
        options.damping = m_options.damping;
        options.usesActOrder = m_options.usesActOrder;
        options.hasStaticGroups = m_options.hasStaticGroups;
        options.searchesScales = m_options.searchesScales;
        const std::vector<LinearShape> linears = linearsOf(config());
        std::map<LinearRole, Matrix> later; ///< not sequential: weights that the block gets at its end
        std::optional<GptqFactor> factor;
        std::optional<InputPoint> point;
        for (const LinearShape &shape : linears) {
            m_job.throwIfStopped();
            if (point != shape.point) {
                point = shape.point;
                factor.reset();
                auto made = factorize(momentsAt(block, shape.point, shape.in), options);
                if (!made.ok())
                    return Error {made.error().code, moduleName(block.layer, shape.role),
                                  made.error().detail};
                factor.emplace(std::move(*made));
            }
            Matrix &weight = block.linears.at(shape.role).weight;
            const GptqResult result = quantizeGptq(weight, *factor, options);
            QS_CHECK(writeModule(block.layer, shape, weight, result.weights, result.loss));
            Matrix rounded = dequantize(result.weights);
            if (m_options.isSequential)
                weight = std::move(rounded);
            else
                later[shape.role] = std::move(rounded);
        }
        for (auto &[role, weight] : later)
            block.linears.at(role).weight = std::move(weight);
        if (block.layer + 1 < config().layers)
            advance(block);
        return Done {};
    }

    Status writeModule(std::int64_t layer, const LinearShape &shape, const Matrix &weight,
                       const QuantizedLinear &quantized, double loss)
    {
        const std::string module = moduleName(layer, shape.role);
        QS_TRY(const auto tensors,
               packModule(m_options, module, quantized, shape.out, shape.in, floatType(module)));
        for (const NamedTensor &tensor : tensors) {
            m_quantizedBytes += tensor.tensor.byteSize();
            QS_CHECK(writeTensor(tensor.name, tensor.tensor));
        }
        m_quantizedWeights += shape.out * shape.in;
        Matrix difference = dequantize(quantized, shape.out, shape.in);
        for (std::size_t i = 0; i < difference.values.size(); ++i)
            difference.values[i] -= weight.values[i];
        const double norm = double(squaredNorm(weight.values));
        const double error = double(squaredNorm(difference.values));
        m_report.modules.push_back({module, norm > 0 ? std::sqrt(error / norm) : 0, loss});
        return Done {};
    }

    /// Norms and biases that AWQ divides.
    void collectChanged()
    {
        for (std::int64_t layer = 0; layer < config().layers; ++layer) {
            for (const char *norm : {"input_layernorm.weight", "post_attention_layernorm.weight",
                                     "pre_feedforward_layernorm.weight"})
                m_changed.insert(layerTensor(layer, norm));
            for (const LinearShape &shape : linearsOf(config())) {
                if (shape.hasBias)
                    m_changed.insert(moduleName(layer, shape.role) + ".bias");
            }
        }
    }

    Status writeChanged(const Block &block)
    {
        const auto write = [&](const std::string &name, const std::vector<float> &values) -> Status {
            if (!m_changed.contains(name) || !m_tensors->contains(name))
                return Done {};
            const SafetensorsEntry &entry = *m_tensors->find(name);
            return writeTensor(name, tensorFromFloats(storedType(entry.type), entry.shape, values));
        };
        const auto norm = [&](const char *name, std::vector<float> values) -> Status {
            for (float &value : values)
                value -= config().isGemma ? 1.F : 0.F;
            return write(layerTensor(block.layer, name), values);
        };
        QS_CHECK(norm("input_layernorm.weight", block.inputNorm));
        QS_CHECK(norm("post_attention_layernorm.weight", block.postAttentionNorm));
        QS_CHECK(norm("pre_feedforward_layernorm.weight", block.preMlpNorm));
        for (const auto &[role, linear] : block.linears) {
            if (!linear.bias.empty())
                QS_CHECK(write(moduleName(block.layer, role) + ".bias", linear.bias));
        }
        return Done {};
    }

    Status writeConfig(const fs::path &folder) const
    {
        QS_TRY(const std::string text, readFile(m_source / "config.json"));
        auto json = nlohmann::ordered_json::parse(text, nullptr, false);
        if (!json.is_object())
            return Error {ErrorCode::Format, (m_source / "config.json").string(),
                          "changed while it was read"};
        const char *key = json.contains("torch_dtype") || !json.contains("dtype") ? "torch_dtype" : "dtype";
        if (storesHalf())
            json[key] = "float16";
        const auto quantization
            = quantizationConfig(m_options, floatType(moduleName(0, linearsOf(config()).front().role)));
        json["quantization_config"] = quantization;
        if (m_options.format == LlmFormat::GptqV1 || m_options.format == LlmFormat::GptqV2)
            QS_CHECK(writeFileAtomically(folder / "quantize_config.json", quantization.dump(2) + "\n"));
        return writeFileAtomically(folder / "config.json", json.dump(2) + "\n");
    }

    fs::path m_source;
    LlmQuantizeOptions m_options;
    JobContext &m_job;
    WeightSourcePtr m_weights;
    std::optional<SafetensorsSet> m_tensors;
    std::optional<SafetensorsWriter> m_writer;
    std::vector<std::string> m_copied; ///< tensors that are not quantized
    std::set<std::string> m_changed; ///< those of them that AWQ changes
    Activations m_activations; ///< of the calibration windows, before the next block
    std::optional<RopeTable> m_rope;
    LlmQuantizeReport m_report;
    bool m_inLayer = false; ///< tensors that are written belong to one
    std::map<std::string, std::uint64_t> m_declared; ///< bytes of all tensors of the result
    std::vector<std::string> m_written; ///< tensors of the finished layers and this one
    std::map<std::string, std::string> m_texts; ///< content of those of open size
    std::uint64_t m_quantizedBytes = 0;
    std::int64_t m_quantizedWeights = 0;
};

} // namespace

bool needsCalibration(LlmMethod method)
{
    return method == LlmMethod::Gptq || method == LlmMethod::Awq;
}

Status checkOptions(const LlmQuantizeOptions &given)
{
    const LlmQuantizeOptions options = resolved(given);
    if (isBitsAndBytes(options.method) != (options.format == LlmFormat::BitsAndBytes))
        return badOption("format",
                         "NF4, FP4 and LLM.int8 are bitsandbytes' own, and nothing else is stored like that");
    if (options.format == LlmFormat::BitsAndBytes) {
        if (!(options.int8Threshold >= 0))
            return badOption("threshold", "is negative");
        return Done {};
    }
    QS_CHECK(checkScheme(options.scheme));
    const int bits = options.scheme.bits;
    if (options.method == LlmMethod::Awq && options.format != LlmFormat::Awq)
        return badOption("format", "AWQ's weights are stored in its own layout");
    if (options.format == LlmFormat::Awq && bits != 4)
        return badOption("bits", std::to_string(bits) + " bits cannot be stored in AWQ's layout, only 4");
    if (options.format != LlmFormat::Awq && bits != 2 && bits != 3 && bits != 4 && bits != 8)
        return badOption("bits",
                         std::to_string(bits) + " bits cannot be stored in GPTQ's layout; 2, 3, 4 and 8 can");
    if (options.format == LlmFormat::GptqV1 && !options.scheme.isSymmetric)
        return badOption("format", "asymmetric weights need gptq_v2: the older layout has no zero of 0");
    if (options.format == LlmFormat::Awq && options.method == LlmMethod::Gptq && options.usesActOrder
        && !options.hasStaticGroups)
        return badOption("format", "AWQ's layout has no groups in activation order");
    if (!(options.damping > 0 && options.damping < 1))
        return badOption("damping", "is not between 0 and 1");
    return Done {};
}

Result<LlmQuantizeReport> quantizeCheckpoint(const fs::path &source, const fs::path &destination,
                                             const LlmQuantizeOptions &options,
                                             std::span<const std::int32_t> calibration, JobContext &job)
{
    const auto start = std::chrono::steady_clock::now();
    QS_CHECK(checkOptions(options));
    QS_TRY(LlmQuantizeReport report, Quantizer(source, resolved(options), job).run(destination, calibration));
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

} // namespace qs
