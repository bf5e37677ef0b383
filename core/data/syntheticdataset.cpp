// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/base/sha256.h"
#include "core/data/datasets.h"
#include "core/data/tensorconvert.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace qs {
namespace {

constexpr std::size_t kDefaultSamples = 32;
constexpr std::int64_t kPictureSide = 224; // a multiple of 32, as detectors want
constexpr std::int64_t kTextLineWidth = 320;
constexpr std::int64_t kSequence = 32;
constexpr std::int64_t kVocabulary = 100; // every tokenizer has more
constexpr std::size_t kMaxBytes = std::size_t {1} << 31;

bool contains(const std::string &name, const char *part)
{
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find(part) != std::string::npos;
}

bool isPicture(const Shape &shape)
{
    return shape.size() == 4 && (shape[1] == 1 || shape[1] == 3 || shape[3] == 1 || shape[3] == 3);
}

/// \a input's shape with its unknown dimensions filled in.
Shape plausibleShape(const ValueInfo &input, const std::optional<Preprocessing> &preprocessing)
{
    Shape shape = input.hasShape ? input.shape : Shape {1};
    if (isPicture(shape)) {
        const bool isPlanar = shape[1] == 1 || shape[1] == 3;
        std::int64_t &height = shape[isPlanar ? 2 : 1];
        std::int64_t &width = shape[isPlanar ? 3 : 2];
        const bool isLine = height > 0 && height <= 64 && width < 0; // text lines are flat
        if (preprocessing && preprocessing->height > 0 && height < 0)
            height = preprocessing->height;
        if (preprocessing && preprocessing->width > 0 && width < 0)
            width = preprocessing->width;
        if (height < 0)
            height = width > 0 ? width : kPictureSide;
        if (width < 0)
            width = isLine ? kTextLineWidth : height;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] < 0)
            shape[i] = i == 0 ? 1 : kSequence;
    }
    return shape;
}

enum class Content { Normal, Picture, Ids, Mask, Zeros, Positions, Bytes, Flags };

Content contentOf(const ValueInfo &input)
{
    if (input.type == DType::Bool)
        return Content::Flags;
    if (contains(input.name, "mask"))
        return Content::Mask;
    if (contains(input.name, "type_id") || contains(input.name, "segment"))
        return Content::Zeros;
    if (contains(input.name, "position"))
        return Content::Positions;
    if (isFloatingPoint(input.type))
        return isPicture(input.shape) ? Content::Picture : Content::Normal;
    if (input.type == DType::UInt8 && isPicture(input.shape))
        return Content::Bytes;
    return Content::Ids;
}

/// The range that preprocessing gives to the bytes of a picture, for channel \a channel.
float pictureValue(std::uint64_t byte, std::size_t channel, const Preprocessing &p)
{
    const float mean = p.mean[channel % p.mean.size()];
    const float std = p.std[channel % p.std.size()];
    return (static_cast<float>(byte) * p.scale - mean) / std;
}

class SyntheticDataset : public Dataset
{
public:
    SyntheticDataset(std::vector<ValueInfo> inputs, std::vector<Shape> shapes, const DataSpec &spec)
        : m_inputs(std::move(inputs))
        , m_shapes(std::move(shapes))
        , m_size(spec.limit > 0 ? spec.limit : kDefaultSamples)
        , m_preprocessing(spec.preprocessing)
    { }

    std::size_t size() const override { return m_size; }
    std::string sampleId(std::size_t index) const override { return "#" + std::to_string(index); }
    std::optional<std::int64_t> label(std::size_t) const override { return std::nullopt; }
    bool hasLabels() const override { return false; }
    bool isSynthetic() const override { return true; }
    Text description() const override
    {
        return countedSentence(QS_TR_N_NOOP("Sentence", "synthetic random data, %n sample(s)"),
                               static_cast<int>(m_size));
    }

    std::string fingerprint() const override
    {
        Sha256 hash;
        hash.updateField("synthetic").updateNumber(m_size);
        hash.updateField(m_preprocessing ? toJson(*m_preprocessing).dump() : std::string());
        for (std::size_t i = 0; i < m_inputs.size(); ++i) {
            hash.updateField(m_inputs[i].name).updateField(toString(m_inputs[i].type));
            hash.updateField(toString(m_shapes[i]))
                .updateNumber(static_cast<std::uint64_t>(m_inputs[i].indexLimit));
        }
        return hash.hexDigest();
    }

    Result<Sample> sample(std::size_t index) const override
    {
        assert(index < m_size);
        Sample sample {sampleId(index), {}, std::nullopt};
        for (std::size_t i = 0; i < m_inputs.size(); ++i) {
            Random random(index, i);
            const Tensor values = fill(m_inputs[i], m_shapes[i], index, random);
            QS_TRY(Tensor tensor, convertTensor(values, m_inputs[i].type));
            sample.inputs.push_back({m_inputs[i].name, std::move(tensor)});
        }
        return sample;
    }

private:
    /// Small whole numbers are exact in float32, so every content is made in it.
    Tensor fill(const ValueInfo &input, const Shape &shape, std::size_t index, Random &random) const
    {
        const Content content = contentOf(input);
        Tensor tensor(DType::Float32, shape);
        const std::span<float> values = tensor.mutableData<float>();
        const auto last
            = static_cast<std::size_t>(shape.empty() ? 1 : std::max<std::int64_t>(shape.back(), 1));
        // Sequences differ in length, but all masks of one sample agree.
        const std::size_t used = last - Random(index).below(last / 2 + 1);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = value(content, shape, i, last, used, random);
        // Wherever a table is read, the places must lie in it.
        if (input.indexLimit > 0) {
            for (float &v : values)
                v = std::fmod(v, static_cast<float>(input.indexLimit));
        }
        return tensor;
    }

    float value(Content content, const Shape &shape, std::size_t i, std::size_t last, std::size_t used,
                Random &random) const
    {
        switch (content) {
        case Content::Normal:
            return random.normal();
        case Content::Picture:
            if (!m_preprocessing)
                return random.normal();
            return pictureValue(random.below(256), channelAt(shape, i), *m_preprocessing);
        case Content::Ids:
            return static_cast<float>(random.below(kVocabulary));
        case Content::Mask:
            return i % last < used ? 1.F : 0.F;
        case Content::Zeros:
            return 0.F;
        case Content::Positions:
            return static_cast<float>(i % last);
        case Content::Bytes:
            return static_cast<float>(random.below(256));
        case Content::Flags:
            return static_cast<float>(random.below(2));
        }
        return 0.F;
    }

    static std::size_t channelAt(const Shape &shape, std::size_t i)
    {
        const bool isPlanar = shape[1] == 1 || shape[1] == 3;
        if (!isPlanar)
            return i % static_cast<std::size_t>(shape[3]);
        return i / static_cast<std::size_t>(shape[2] * shape[3]) % static_cast<std::size_t>(shape[1]);
    }

    std::vector<ValueInfo> m_inputs;
    std::vector<Shape> m_shapes;
    std::size_t m_size;
    std::optional<Preprocessing> m_preprocessing;
};

} // namespace

Result<DatasetPtr> openSynthetic(const DataSpec &spec, const std::vector<ValueInfo> &inputs)
{
    std::vector<Shape> shapes;
    for (const ValueInfo &input : inputs) {
        const Shape shape = plausibleShape(input, spec.preprocessing);
        const std::int64_t elements = elementCount(shape);
        const std::string subject = "input '" + input.name + "' (" + std::string(toString(input.type)) + " "
            + toString(input.shape) + ")";
        if (elements < 0 || static_cast<std::size_t>(elements) > kMaxBytes / sizeof(float))
            return Error {ErrorCode::Unsupported, subject, "is too large for synthetic data"};
        if (!convertTensor(Tensor(DType::Float32, {0}), input.type).ok())
            return Error {ErrorCode::Unsupported, subject, "has a type that synthetic data cannot have"};
        shapes.push_back(shape);
    }
    return DatasetPtr(std::make_shared<SyntheticDataset>(inputs, std::move(shapes), spec));
}

} // namespace qs
