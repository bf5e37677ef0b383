// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <set>

namespace qs {

/// Samples given by the test; those in \a damaged cannot be read.
class MemoryDataset : public Dataset
{
public:
    explicit MemoryDataset(std::vector<Sample> samples, std::set<std::size_t> damaged = {})
        : m_samples(std::move(samples))
        , m_damaged(std::move(damaged))
    { }

    std::size_t size() const override { return m_samples.size(); }
    Result<Sample> sample(std::size_t index) const override
    {
        if (m_damaged.contains(index))
            return Error {ErrorCode::Format, sampleId(index), "damaged on purpose"};
        return m_samples[index];
    }
    std::string sampleId(std::size_t index) const override { return m_samples[index].id; }
    std::optional<std::int64_t> label(std::size_t index) const override { return m_samples[index].label; }
    bool hasLabels() const override { return !m_samples.empty() && m_samples.front().label.has_value(); }
    Text description() const override { return "samples of the test"; }
    std::string fingerprint() const override { return "memory-" + std::to_string(m_samples.size()); }

private:
    std::vector<Sample> m_samples;
    std::set<std::size_t> m_damaged;
};

} // namespace qs
