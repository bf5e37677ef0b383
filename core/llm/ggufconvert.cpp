// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufconvert.h"

#include "core/llm/gguf.h"
#include "core/llm/ggufhparams.h"
#include "core/llm/ggufmix.h"
#include "core/llm/ggufnames.h"
#include "core/llm/gguftokenizer.h"
#include "core/llm/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <map>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr const char *kRopeFactors = "rope_freqs.weight";

/// What a tensor of the file is made of.
struct Origin
{
    std::vector<Tensor> parts; ///< one, or a matrix an expert
    std::vector<std::string> names; ///< of the parts in the checkpoint
    GgmlType type = GgmlType::F32; ///< of the parts
    std::int64_t headSize = 0; ///< rows to be reordered in; 0 = as stored
};

std::optional<GgmlType> ggmlTypeOf(DType type)
{
    switch (type) {
    case DType::Float32:
        return GgmlType::F32;
    case DType::Float16:
        return GgmlType::F16;
    case DType::BFloat16:
        return GgmlType::BF16;
    default:
        return std::nullopt;
    }
}

/// Tensors in the order a model uses them: embedding, layers, output.
std::pair<std::int64_t, std::string> orderOf(const std::string &name)
{
    if (name.starts_with("token_embd"))
        return {-2, name};
    if (name == kRopeFactors)
        return {-1, name};
    if (name.starts_with("blk."))
        return {std::atoll(name.c_str() + 4), name};
    return {std::int64_t {1} << 40, name == "output_norm.weight" ? "0" : name};
}

class HfSource : public GgufSource
{
public:
    static Result<std::unique_ptr<GgufSource>> open(const fs::path &folder, JobContext &job);

    std::string name() const override { return m_folder.string(); }
    const GgufHeader &header() const override { return m_header; }
    Status rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                std::span<float> out) const override;
    std::optional<std::span<const std::byte>> bytes(const GgufTensorInfo &tensor) const override;
    void forget(const GgufTensorInfo &tensor) const override
    {
        for (const std::string &part : m_origins.at(tensor.name).names)
            m_set.forget(part);
    }

private:
    HfSource(fs::path folder, SafetensorsSet set)
        : m_folder(std::move(folder))
        , m_set(std::move(set))
    { }

    Status collect(const GgufHyperparameters &parameters);
    Status addPart(const std::string &hfName, const GgufPlace &place, const GgufHyperparameters &parameters);
    Status describe(const GgufHyperparameters &parameters);
    Error about(const std::string &why, ErrorCode code = ErrorCode::Format) const
    {
        return {code, m_folder.string(), why};
    }

    fs::path m_folder;
    SafetensorsSet m_set;
    std::map<std::string, Origin> m_origins; ///< by the name in the file
    GgufHeader m_header;
};

Status HfSource::addPart(const std::string &hfName, const GgufPlace &place,
                         const GgufHyperparameters &parameters)
{
    QS_TRY(Tensor tensor, m_set.tensor(hfName));
    const auto type = ggmlTypeOf(tensor.type());
    if (!type)
        return about("tensor " + quotedName(hfName) + " is of type " + std::string(toString(tensor.type()))
                         + "; only float32, float16 and bfloat16 are converted",
                     ErrorCode::Unsupported);
    if (tensor.shape().empty() || tensor.shape().size() > 2 || tensor.size() == 0)
        return about("tensor " + quotedName(hfName) + " is neither a vector nor a matrix");
    Origin &origin = m_origins[place.name];
    const auto index = static_cast<std::size_t>(place.expert.value_or(0));
    if (place.expert && *place.expert >= parameters.experts)
        return about("tensor " + quotedName(hfName) + " is of an expert that config.json does not have");
    if (index >= origin.parts.size()) {
        origin.parts.resize(index + 1);
        origin.names.resize(index + 1);
    }
    if (!origin.parts[index].isNull())
        return about("two tensors take the place of " + quotedName(place.name));
    if (place.order != RowOrder::AsStored) {
        const std::int64_t heads
            = place.order == RowOrder::QueryHeads ? parameters.heads : parameters.keyHeads;
        if (tensor.shape().front() != heads * parameters.headSize)
            return about("tensor " + quotedName(hfName) + " has " + std::to_string(tensor.shape().front())
                         + " rows, not " + std::to_string(heads) + " heads of "
                         + std::to_string(parameters.headSize));
        origin.headSize = parameters.headSize;
    }
    origin.type = *type;
    origin.names[index] = hfName;
    origin.parts[index] = std::move(tensor);
    return Done {};
}

Status HfSource::collect(const GgufHyperparameters &parameters)
{
    for (const std::string &hfName : m_set.names()) {
        const auto place = ggufPlaceOf(hfName, parameters.architecture);
        if (!place.ok())
            return about(place.error().detail, place.error().code);
        const bool isSpare = parameters.isTied && place->name == "output.weight";
        if (!place->name.empty() && !isSpare)
            QS_CHECK(addPart(hfName, *place, parameters));
    }
    for (const auto &[name, origin] : m_origins) {
        const bool isStack = name.find("_exps.") != std::string::npos;
        const auto expected = isStack ? static_cast<std::size_t>(parameters.experts) : std::size_t {1};
        const bool isWhole = origin.parts.size() == expected
            && std::all_of(origin.parts.begin(), origin.parts.end(), [&](const Tensor &part) {
                                 return part.shape() == origin.parts.front().shape()
                                     && part.type() == origin.parts.front().type();
                             });
        if (!isWhole)
            return about("the parts of " + quotedName(name)
                         + " are not all there, or differ in shape or type");
    }
    if (!m_origins.contains("token_embd.weight"))
        return about("has no tensor 'model.embed_tokens.weight'");
    if (!parameters.ropeFactors.empty()) {
        Origin &origin = m_origins[kRopeFactors];
        origin.parts = {Tensor::fromFloats({static_cast<std::int64_t>(parameters.ropeFactors.size())},
                                           parameters.ropeFactors)};
    }
    return Done {};
}

Status HfSource::describe(const GgufHyperparameters &parameters)
{
    for (const auto &[name, origin] : m_origins) {
        const Shape &shape = origin.parts.front().shape();
        GgufTensorInfo info {name, origin.type, Shape(shape.rbegin(), shape.rend())};
        if (name.find("_exps.") != std::string::npos)
            info.shape.push_back(static_cast<std::int64_t>(origin.parts.size()));
        // Vectors and what is never quantized are read as F32 by every runtime, and only as that.
        if (!isQuantizable(info))
            info.type = GgmlType::F32;
        m_header.tensors.push_back(std::move(info));
    }
    std::sort(
        m_header.tensors.begin(), m_header.tensors.end(),
        [](const GgufTensorInfo &a, const GgufTensorInfo &b) { return orderOf(a.name) < orderOf(b.name); });
    std::int64_t layers = 0;
    for (const GgufTensorInfo &info : m_header.tensors) {
        if (info.name.starts_with("blk."))
            layers = std::max<std::int64_t>(layers, std::atoll(info.name.c_str() + 4) + 1);
    }
    if (layers != parameters.layers)
        return about("has tensors of " + std::to_string(layers) + " layers, but config.json says "
                     + std::to_string(parameters.layers));
    const auto laidOut = layOutGguf(m_header);
    if (!laidOut.ok())
        return about(laidOut.error().detail, laidOut.error().code);
    return Done {};
}

Result<std::unique_ptr<GgufSource>> HfSource::open(const fs::path &folder, JobContext &job)
{
    const fs::path configPath = folder / "config.json";
    QS_TRY(const nlohmann::json config, readJsonObject(configPath));
    const auto parameters = ggufHyperparameters(config);
    if (!parameters.ok())
        return Error {parameters.error().code, configPath.string(), parameters.error().detail};
    job.throwIfStopped();
    QS_TRY(SafetensorsSet set, SafetensorsSet::open(folder));
    std::unique_ptr<HfSource> source(new HfSource(folder, std::move(set)));
    QS_CHECK(source->collect(*parameters));
    std::string title = fs::weakly_canonical(folder).filename().string();
    source->m_header.metadata = {{"general.architecture", parameters->architecture},
                                 {"general.type", std::string("model")},
                                 {"general.name", std::move(title)}};
    auto &metadata = source->m_header.metadata;
    metadata.insert(metadata.end(), parameters->metadata.begin(), parameters->metadata.end());
    const std::int64_t rows = source->m_origins.at("token_embd.weight").parts.front().shape().front();
    metadata.push_back({parameters->architecture + ".vocab_size", static_cast<std::uint32_t>(rows)});
    job.throwIfStopped();
    QS_TRY(const auto tokenizer, ggufTokenizer(folder, config, static_cast<std::size_t>(rows)));
    metadata.insert(metadata.end(), tokenizer.begin(), tokenizer.end());
    QS_CHECK(source->describe(*parameters));
    return std::unique_ptr<GgufSource>(std::move(source));
}

Status HfSource::rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                      std::span<float> out) const
{
    const Origin &origin = m_origins.at(tensor.name);
    const GgmlTraits &traits = ggmlTraits(origin.type);
    const std::int64_t length = tensor.rowLength();
    assert(out.size() == static_cast<std::size_t>(count * length));
    if (origin.headSize > 0 && tensor.shape.size() == 1) { // a bias: its elements are the rows
        std::vector<float> stored(out.size());
        traits.dequantize(origin.parts.front().bytes().data(), stored.data(), length);
        for (std::int64_t i = 0; i < length; ++i)
            out[static_cast<std::size_t>(i)]
                = stored[static_cast<std::size_t>(storedRow(i, origin.headSize))];
        return Done {};
    }
    const std::int64_t rowsPerPart = tensor.rows() / static_cast<std::int64_t>(origin.parts.size());
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t row = (first + i) % rowsPerPart;
        const auto part = static_cast<std::size_t>((first + i) / rowsPerPart);
        const std::int64_t stored = origin.headSize > 0 ? storedRow(row, origin.headSize) : row;
        traits.dequantize(origin.parts[part].bytes().data() + traits.bytesFor(stored * length),
                          out.data() + i * length, length);
    }
    return Done {};
}

std::optional<std::span<const std::byte>> HfSource::bytes(const GgufTensorInfo &tensor) const
{
    const Origin &origin = m_origins.at(tensor.name);
    if (origin.type != tensor.type || origin.headSize > 0 || origin.parts.size() != 1)
        return std::nullopt;
    return origin.parts.front().bytes();
}

} // namespace

Result<std::unique_ptr<GgufSource>> openHfFolder(const fs::path &folder, JobContext &job)
{
    return HfSource::open(folder, job);
}

std::shared_ptr<const GgufHeader> unchangedGgufHeader(const fs::path &model, JobContext &job)
{
    std::error_code ignored;
    if (fs::is_directory(model, ignored)) {
        const auto source = openHfFolder(model, job);
        return source.ok() ? std::make_shared<GgufHeader>((*source)->header()) : nullptr;
    }
    const auto file = GgufFile::open(model);
    return file.ok() ? std::make_shared<GgufHeader>((*file)->header()) : nullptr;
}

} // namespace qs
