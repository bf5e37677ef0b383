// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/histogramwindow.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace {

Error damaged(const std::string &what)
{
    return {ErrorCode::Format, "histogram", what};
}

/// Counts from left to right; -n stands for n empty bins.
nlohmann::json packed(const std::vector<std::uint64_t> &counts)
{
    nlohmann::json list = nlohmann::json::array();
    std::int64_t empty = 0;
    for (const std::uint64_t count : counts) {
        if (count == 0) {
            ++empty;
            continue;
        }
        if (empty > 0)
            list.push_back(-empty);
        empty = 0;
        list.push_back(count);
    }
    return list; // trailing empty bins are not written
}

Result<std::vector<std::uint64_t>> unpacked(const nlohmann::json &list)
{
    std::vector<std::uint64_t> counts;
    for (const nlohmann::json &item : list) {
        if (item.is_number_unsigned())
            counts.push_back(item.get<std::uint64_t>());
        else if (item.is_number_integer() && item.get<std::int64_t>() >= -Histogram::kBins)
            counts.resize(counts.size() + static_cast<std::size_t>(-item.get<std::int64_t>()), 0);
        else
            return damaged("a count is not an integer");
        if (counts.size() > Histogram::kBins)
            return damaged("too many bins");
    }
    counts.resize(Histogram::kBins, 0);
    return counts;
}

} // namespace

nlohmann::json Histogram::toJson() const
{
    if (isEmpty())
        return nlohmann::json::object();
    return {{"min", m_extent.min}, {"max", m_extent.max}, {"counts", packed(m_counts)}};
}

Result<Histogram> Histogram::fromJson(const nlohmann::json &json)
{
    if (!json.is_object())
        return damaged("not an object");
    Histogram histogram;
    if (json.empty())
        return histogram;
    const auto min = json.find("min");
    const auto max = json.find("max");
    const auto counts = json.find("counts");
    if (min == json.end() || max == json.end() || counts == json.end() || !min->is_number()
        || !max->is_number() || !counts->is_array())
        return damaged("needs numbers min and max and an array of counts");
    const Range extent {min->get<float>(), max->get<float>()};
    if (!std::isfinite(extent.min) || !std::isfinite(extent.max) || extent.min > extent.max)
        return damaged("min and max are not a range");

    QS_TRY(histogram.m_counts, unpacked(*counts));
    const HistogramWindow window = HistogramWindow::around(extent);
    histogram.m_exponent = window.exponent;
    histogram.m_firstBin = window.firstBin;
    histogram.m_extent = extent;
    for (const std::uint64_t count : histogram.m_counts) {
        if (__builtin_add_overflow(histogram.m_total, count, &histogram.m_total))
            return damaged("the counts overflow");
    }
    const auto last
        = static_cast<std::size_t>(binOf(extent.max, std::ldexp(1.F, -window.exponent)) - window.firstBin);
    if (histogram.m_counts.front() == 0 || histogram.m_counts[last] == 0)
        return damaged("the counts do not reach from min to max");
    return histogram;
}

} // namespace qs
