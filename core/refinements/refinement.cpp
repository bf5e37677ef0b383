// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/refinement.h"

namespace qs {

#define QS_BUILTIN(function) void function(RefinementRegistry &);
#include "builtinrefinements.inc"
#undef QS_BUILTIN

namespace {

/// Every n-th sample of another dataset.
class SomeSamples : public Dataset
{
public:
    SomeSamples(DatasetPtr all, std::size_t count)
        : m_all(std::move(all))
        , m_count(count)
    { }

    std::size_t size() const override { return m_count; }
    Result<Sample> sample(std::size_t index) const override { return m_all->sample(place(index)); }
    std::string sampleId(std::size_t index) const override { return m_all->sampleId(place(index)); }
    std::optional<std::int64_t> label(std::size_t index) const override { return m_all->label(place(index)); }
    bool hasLabels() const override { return m_all->hasLabels(); }
    bool isSynthetic() const override { return m_all->isSynthetic(); }
    Text description() const override
    {
        return sentence(QS_TR_NOOP("Sentence", "%1, %2 of them"),
                        {m_all->description(), std::to_string(m_count)});
    }
    std::string fingerprint() const override { return m_all->fingerprint() + "/" + std::to_string(m_count); }
    std::filesystem::path sourceFile(std::size_t index) const override
    {
        return m_all->sourceFile(place(index));
    }

private:
    std::size_t place(std::size_t index) const { return index * m_all->size() / m_count; }

    DatasetPtr m_all;
    std::size_t m_count;
};

} // namespace

const RefinementRegistry &builtinRefinements()
{
    static const RefinementRegistry registry = [] {
        RefinementRegistry refinements;
#define QS_BUILTIN(function) function(refinements);
#include "builtinrefinements.inc"
#undef QS_BUILTIN
        return refinements;
    }();
    return registry;
}

std::vector<ParamSpec> refinementParams()
{
    std::vector<ParamSpec> params;
    for (const RefinementDescriptor &refinement : builtinRefinements().all())
        params.insert(params.end(), refinement.params.begin(), refinement.params.end());
    return params;
}

DatasetPtr someSamples(const DatasetPtr &data, std::size_t limit)
{
    if (limit == 0 || limit >= data->size())
        return data;
    return std::make_shared<SomeSamples>(data, limit);
}

} // namespace qs
