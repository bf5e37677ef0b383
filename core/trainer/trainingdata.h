// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/trainer/trainingsettings.h"

#include <set>

namespace qs {

/// Samples that go through the network together: stacked along their first dimension.
struct TrainBatch
{
    std::vector<Tensor> inputs; ///< in the model's order
    std::vector<std::int64_t> labels; ///< empty when a sample has none
    std::int64_t rows = 0;
};

/// How the pictures of one epoch are changed at random.
struct Augmentation
{
    const TrainingSettings &settings;
    Layout layout = Layout::Nchw;
    int epoch = 0;
};

/// Samples of a dataset for training: decoded once where they fit into memory, shuffled and augmented in a
/// way that depends on seed and epoch alone, so that an interrupted training can go on as if it had not been.
class TrainingData
{
public:
    /// Of \a dataset the samples \a indices, for a model with \a inputs, kept decoded where they take no more
    /// than \a memory bytes. Damaged samples are left out and reported; an error when more than a tenth is
    /// damaged.
    static Result<TrainingData> open(DatasetPtr dataset, std::vector<std::size_t> indices,
                                     std::vector<ValueInfo> inputs, std::uint64_t memory, JobContext &job);

    std::size_t size() const { return m_indices.size(); }
    bool hasLabels() const { return m_dataset->hasLabels(); }
    /// Positions 0 to size() - 1 in the order of \a epoch.
    std::vector<std::size_t> order(std::uint64_t seed, int epoch) const;
    /// The samples at \a positions: one batch, or several where the model or the samples' shapes forbid to
    /// stack them; their first input is augmented where \a augmentation is not null. Samples that turn out
    /// damaged only now are left out as in open(), so there may be fewer rows than positions, or none.
    Result<std::vector<TrainBatch>> batches(std::span<const std::size_t> positions,
                                            const Augmentation *augmentation, JobContext &job);

private:
    Status leaveOut(std::size_t index, const Error &error, JobContext &job);
    Result<Sample> sampleAt(std::size_t position) const;

    DatasetPtr m_dataset;
    std::vector<std::size_t> m_indices;
    std::vector<ValueInfo> m_inputs;
    std::vector<Sample> m_decoded; ///< empty when they are decoded anew each time
    std::size_t m_asked = 0; ///< samples there were before the damaged ones were left out
    std::set<std::size_t> m_damaged; ///< indices
};

/// Whether samples for \a inputs can go through a network together.
bool canStack(const std::vector<ValueInfo> &inputs);

/// The values of \a sample in the order of \a inputs; InvalidArgument where one is missing.
Result<std::vector<Tensor>> inputsInOrder(const Sample &sample, const std::vector<ValueInfo> &inputs);

/// Which of \a size samples are held back, at random: at least one where \a share > 0 and size > 1.
std::vector<bool> heldBack(std::size_t size, double share, std::uint64_t seed);

/// Mirrors a picture of four dimensions, or shifts it within a border of \a settings.crop zeros.
Tensor augmented(const Tensor &picture, Layout layout, const TrainingSettings &settings, Random &random);

/// The layout of the first of \a inputs, \a otherwise where its shape does not tell. An error where \a
/// settings ask for augmentation and it is no picture.
Result<Layout> augmentedLayout(const std::vector<ValueInfo> &inputs, const TrainingSettings &settings,
                               std::optional<Layout> otherwise);

} // namespace qs
