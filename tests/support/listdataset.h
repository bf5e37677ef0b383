// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <set>

namespace qs {

/// Samples kept in memory; those in `damaged` fail to decode.
class ListDataset : public Dataset
{
public:
    std::vector<Sample> samples;
    std::set<std::size_t> damaged;
    bool synthetic = false;

    /// Appends a sample "#<n>" that feeds \a input with \a values.
    void add(const std::string &input, const Shape &shape, std::vector<float> values,
             std::optional<std::int64_t> label = {})
    {
        samples.push_back(
            {"#" + std::to_string(samples.size()), {{input, Tensor::fromFloats(shape, values)}}, label});
    }

    std::size_t size() const override { return samples.size(); }
    Result<Sample> sample(std::size_t index) const override
    {
        if (damaged.contains(index))
            return Error {ErrorCode::Format, samples[index].id, "damaged"};
        return samples[index];
    }
    std::string sampleId(std::size_t index) const override { return samples[index].id; }
    std::optional<std::int64_t> label(std::size_t index) const override { return samples[index].label; }
    bool hasLabels() const override { return !samples.empty() && samples.front().label.has_value(); }
    bool isSynthetic() const override { return synthetic; }
    Text description() const override { return "list"; }
    std::string fingerprint() const override { return "list"; }
};

} // namespace qs
