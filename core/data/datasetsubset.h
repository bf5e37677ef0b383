// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

namespace qs {

/// Some samples of another dataset, in an order of their own.
class DatasetSubset : public Dataset
{
public:
    /// \a places are indices of \a all. \a suffix tells this choice from others of the same dataset in
    /// fingerprint().
    DatasetSubset(DatasetPtr all, std::vector<std::size_t> places, std::string suffix);

    std::size_t size() const override { return m_places.size(); }
    Result<Sample> sample(std::size_t index) const override { return m_all->sample(m_places.at(index)); }
    std::string sampleId(std::size_t index) const override { return m_all->sampleId(m_places.at(index)); }
    std::optional<std::int64_t> label(std::size_t index) const override;
    bool hasLabels() const override { return m_all->hasLabels(); }
    bool isSynthetic() const override { return m_all->isSynthetic(); }
    Text description() const override; ///< "…, 32 of them"
    std::string fingerprint() const override { return m_all->fingerprint() + m_suffix; }
    std::filesystem::path sourceFile(std::size_t index) const override;

private:
    DatasetPtr m_all;
    std::vector<std::size_t> m_places;
    std::string m_suffix;
};

/// \a limit samples of \a data, spread over it evenly; all of them when \a limit is 0 or they are no more.
DatasetPtr someSamples(const DatasetPtr &data, std::size_t limit);
/// Samples \a first, \a first + \a step, \a first + 2 \a step …; \a step is at least 1.
DatasetPtr everyNthSample(const DatasetPtr &data, std::size_t first, std::size_t step);

} // namespace qs
