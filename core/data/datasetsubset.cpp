// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/datasetsubset.h"

#include "core/data/sampling.h"

namespace qs {

DatasetSubset::DatasetSubset(DatasetPtr all, std::vector<std::size_t> places, std::string suffix)
    : m_all(std::move(all))
    , m_places(std::move(places))
    , m_suffix(std::move(suffix))
{ }

std::optional<std::int64_t> DatasetSubset::label(std::size_t index) const
{
    return m_all->label(m_places.at(index));
}

Text DatasetSubset::description() const
{
    return sentence(QS_TR_NOOP("Sentence", "%1, %2 of them"),
                    {m_all->description(), std::to_string(m_places.size())});
}

std::filesystem::path DatasetSubset::sourceFile(std::size_t index) const
{
    return m_all->sourceFile(m_places.at(index));
}

DatasetPtr someSamples(const DatasetPtr &data, std::size_t limit)
{
    if (limit == 0 || limit >= data->size())
        return data;
    return std::make_shared<DatasetSubset>(data, spreadEvenly(data->size(), limit),
                                           "/" + std::to_string(limit));
}

DatasetPtr everyNthSample(const DatasetPtr &data, std::size_t first, std::size_t step)
{
    std::vector<std::size_t> places;
    for (std::size_t i = first; i < data->size(); i += step)
        places.push_back(i);
    return std::make_shared<DatasetSubset>(data, std::move(places),
                                           "/" + std::to_string(first) + "+" + std::to_string(step));
}

} // namespace qs
