// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingdata.h"

#include "core/data/imagegeometry.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace qs {
namespace {

constexpr std::uint64_t kAugmentationStream = 1ULL << 32;
constexpr std::uint64_t kHeldBackStream = 1ULL << 33;

/// Rows of several tensors of one shape as one tensor.
Tensor stacked(const std::vector<const Tensor *> &parts)
{
    if (parts.size() == 1)
        return *parts[0];
    Shape shape = parts[0]->shape();
    shape[0] *= static_cast<std::int64_t>(parts.size());
    Tensor whole(parts[0]->type(), shape);
    std::byte *to = whole.mutableBytes().data();
    for (const Tensor *part : parts) {
        std::memcpy(to, part->bytes().data(), part->byteSize());
        to += part->byteSize();
    }
    return whole;
}

std::vector<Shape> shapesOf(const std::vector<Tensor> &tensors)
{
    std::vector<Shape> shapes;
    for (const Tensor &tensor : tensors)
        shapes.push_back(tensor.shape());
    return shapes;
}

std::vector<std::size_t> shuffled(std::size_t size, Random random)
{
    std::vector<std::size_t> positions(size);
    std::iota(positions.begin(), positions.end(), std::size_t {0});
    for (std::size_t i = size; i > 1; --i)
        std::swap(positions[i - 1], positions[random.below(i)]);
    return positions;
}

} // namespace

Result<std::vector<Tensor>> inputsInOrder(const Sample &sample, const std::vector<ValueInfo> &inputs)
{
    std::vector<Tensor> result;
    for (const ValueInfo &input : inputs) {
        const auto it = std::find_if(sample.inputs.begin(), sample.inputs.end(),
                                     [&](const NamedTensor &tensor) { return tensor.name == input.name; });
        if (it == sample.inputs.end())
            return Error {ErrorCode::InvalidArgument, input.name,
                          "the training data has no values for this input"};
        result.push_back(it->tensor);
    }
    return result;
}

std::vector<bool> heldBack(std::size_t size, double share, std::uint64_t seed)
{
    std::vector<bool> held(size, false);
    if (share <= 0 || size < 2)
        return held;
    const auto count = std::clamp<std::size_t>(static_cast<std::size_t>(double(size) * share), 1, size - 1);
    // At random: samples come in an order that goes round the classes, so every tenth would be one class.
    const std::vector<std::size_t> order = shuffled(size, Random(seed, kHeldBackStream));
    for (std::size_t i = 0; i < count; ++i)
        held[order[i]] = true;
    return held;
}

Result<Layout> augmentedLayout(const std::vector<ValueInfo> &inputs, const TrainingSettings &settings,
                               std::optional<Layout> otherwise)
{
    if (!settings.augments())
        return otherwise.value_or(Layout::Nchw);
    auto layout = inputs.empty() ? Result<Layout>(Error {}) : pictureLayout(inputs[0], otherwise);
    if (layout.ok() && inputs[0].type != DType::Float32)
        layout = Error {ErrorCode::InvalidArgument, "input '" + inputs[0].name + "'", "is not float32"};
    if (layout.ok())
        return layout;
    return Error {ErrorCode::InvalidArgument, "augmentation", "is for pictures; " + layout.error().message()};
}

Tensor augmented(const Tensor &picture, Layout layout, const TrainingSettings &settings, Random &random)
{
    const bool mirror = settings.flip && random.below(2) == 1;
    const auto reach = static_cast<std::uint64_t>(2 * settings.crop + 1);
    const std::int64_t down = static_cast<std::int64_t>(random.below(reach)) - settings.crop;
    const std::int64_t right = static_cast<std::int64_t>(random.below(reach)) - settings.crop;
    const Shape &shape = picture.shape();
    if (shape.size() != 4 || picture.type() != DType::Float32 || (!mirror && down == 0 && right == 0))
        return picture;
    // A picture is planes of pixels; where channels are last there is one, of pixels that many numbers wide.
    const bool isPlanar = layout == Layout::Nchw;
    const std::int64_t planes = isPlanar ? shape[0] * shape[1] : shape[0];
    const std::int64_t height = shape[isPlanar ? 2 : 1];
    const std::int64_t width = shape[isPlanar ? 3 : 2];
    const std::int64_t wide = isPlanar ? 1 : shape[3];
    const float *from = picture.floats().data();
    Tensor result(DType::Float32, shape);
    float *to = result.mutableData<float>().data();
    for (std::int64_t plane = 0; plane < planes; ++plane) {
        for (std::int64_t y = 0; y < height; ++y) {
            const std::int64_t row = y + down;
            if (row < 0 || row >= height)
                continue; // stays 0, the mean of normalized pictures
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t column = (mirror ? width - 1 - x : x) + right;
                if (column >= 0 && column < width)
                    std::copy_n(from + ((plane * height + row) * width + column) * wide, wide,
                                to + ((plane * height + y) * width + x) * wide);
            }
        }
    }
    return result;
}

Result<TrainingData> TrainingData::open(DatasetPtr dataset, std::vector<std::size_t> indices,
                                        std::vector<ValueInfo> inputs, std::uint64_t memory, JobContext &job)
{
    TrainingData data;
    data.m_dataset = std::move(dataset);
    data.m_inputs = std::move(inputs);
    data.m_asked = indices.size();
    std::uint64_t bytes = 0;
    bool keep = true;
    for (const std::size_t index : indices) {
        job.throwIfStopped();
        job.progress("read-training-data",
                     static_cast<std::int64_t>(data.m_indices.size() + data.m_damaged.size()),
                     static_cast<std::int64_t>(indices.size()));
        if (!keep) {
            data.m_indices.push_back(index);
            continue;
        }
        Result<Sample> sample = data.m_dataset->sample(index);
        if (!sample.ok()) {
            QS_CHECK(data.leaveOut(index, sample.error(), job));
            continue;
        }
        for (const NamedTensor &input : sample->inputs)
            bytes += input.tensor.byteSize();
        data.m_indices.push_back(index);
        data.m_decoded.push_back(std::move(sample.value()));
        if (bytes > memory) {
            keep = false;
            data.m_decoded.clear();
        }
    }
    if (data.m_indices.empty())
        return Error {ErrorCode::InvalidArgument, "training data", "has no usable samples"};
    return data;
}

Status TrainingData::leaveOut(std::size_t index, const Error &error, JobContext &job)
{
    if (error.code == ErrorCode::OutOfMemory)
        return error;
    if (!m_damaged.insert(index).second)
        return Done {}; // told in an earlier epoch
    job.report({Severity::Warning, "sample-skipped", m_dataset->sampleId(index), Text(error.detail)});
    if (m_damaged.size() > 1 && m_damaged.size() * 10 > m_asked)
        return error;
    return Done {};
}

std::vector<std::size_t> TrainingData::order(std::uint64_t seed, int epoch) const
{
    return shuffled(size(), Random(seed, static_cast<std::uint64_t>(epoch)));
}

Result<Sample> TrainingData::sampleAt(std::size_t position) const
{
    if (!m_decoded.empty())
        return m_decoded[position];
    return m_dataset->sample(m_indices[position]);
}

bool canStack(const std::vector<ValueInfo> &inputs)
{
    return std::all_of(inputs.begin(), inputs.end(), [](const ValueInfo &input) {
        return input.hasShape && !input.shape.empty() && input.shape[0] < 0;
    });
}

Result<std::vector<TrainBatch>> TrainingData::batches(std::span<const std::size_t> positions,
                                                      const Augmentation *augmentation, JobContext &job)
{
    struct Group
    {
        std::vector<std::vector<Tensor>> samples;
        std::vector<std::int64_t> labels;
    };
    std::vector<Group> groups;
    for (const std::size_t position : positions) {
        const Result<Sample> sample = sampleAt(position);
        if (!sample.ok()) {
            QS_CHECK(leaveOut(m_indices[position], sample.error(), job));
            continue;
        }
        QS_TRY(std::vector<Tensor> inputs, inputsInOrder(*sample, m_inputs));
        if (augmentation) {
            const TrainingSettings &settings = augmentation->settings;
            const auto epoch = static_cast<std::uint64_t>(augmentation->epoch);
            Random random(settings.seed + kAugmentationStream * (epoch + 1), position);
            inputs[0] = augmented(inputs[0], augmentation->layout, settings, random);
        }
        auto group = std::find_if(groups.begin(), groups.end(), [&](const Group &g) {
            return canStack(m_inputs) && shapesOf(g.samples[0]) == shapesOf(inputs);
        });
        if (group == groups.end())
            group = groups.insert(group, Group());
        group->samples.push_back(std::move(inputs));
        if (sample->label)
            group->labels.push_back(*sample->label);
    }
    std::vector<TrainBatch> batches;
    for (const Group &group : groups) {
        TrainBatch batch;
        for (std::size_t i = 0; i < m_inputs.size(); ++i) {
            std::vector<const Tensor *> parts;
            for (const std::vector<Tensor> &sample : group.samples)
                parts.push_back(&sample[i]);
            batch.inputs.push_back(stacked(parts));
        }
        batch.rows = static_cast<std::int64_t>(group.samples.size());
        if (group.labels.size() == group.samples.size())
            batch.labels = group.labels;
        batches.push_back(std::move(batch));
    }
    return batches;
}

} // namespace qs
