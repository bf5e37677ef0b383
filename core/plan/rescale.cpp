// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/rescale.h"

#include "core/base/jsontext.h"
#include "core/model/model.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace qs {
namespace {

Rescale rescaleFromJson(const nlohmann::json &item)
{
    Rescale rescale;
    rescale.tensors = item.at("tensors").get<std::vector<std::string>>();
    rescale.axis = item.at("axis").get<int>();
    rescale.factors = item.at("factors").get<std::vector<float>>();
    rescale.limitFactor = item.value("limit_factor", 1.F);
    rescale.insertedAfter = item.value("inserted_after", std::string());
    if (rescale.tensors.empty() || rescale.axis < -1)
        throw std::invalid_argument("no tensor or a bad axis");
    const auto isFactor = [](float factor) { return std::isnormal(factor) && factor > 0; };
    if (!isFactor(rescale.limitFactor)
        || !std::all_of(rescale.factors.begin(), rescale.factors.end(), isFactor))
        throw std::invalid_argument("a factor that is not a positive number");
    return rescale;
}

} // namespace

nlohmann::json toJson(const std::vector<Rescale> &rescales)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Rescale &rescale : rescales) {
        nlohmann::json item {{"tensors", rescale.tensors}, {"axis", rescale.axis}};
        nlohmann::json &factors = item["factors"];
        // As the shortest decimal number of a float, not of the double it becomes.
        for (const float factor : rescale.factors)
            factors.push_back(factor);
        if (rescale.limitFactor != 1.F)
            item["limit_factor"] = rescale.limitFactor;
        if (!rescale.insertedAfter.empty())
            item["inserted_after"] = rescale.insertedAfter;
        list.push_back(std::move(item));
    }
    return list;
}

Result<std::vector<Rescale>> rescalesFromJson(const nlohmann::json &json)
{
    std::vector<Rescale> rescales;
    try {
        for (const nlohmann::json &item : json)
            rescales.push_back(rescaleFromJson(item));
    } catch (const std::exception &e) {
        return Error {ErrorCode::Format, "rescaled channels", e.what()};
    }
    return rescales;
}

ChannelUnits::ChannelUnits(const Model &model)
{
    const std::optional<std::string> text = model.metadata(kRescaleKey);
    if (!text)
        return;
    auto rescales = rescalesFromJson(parseJson(*text));
    if (!rescales.ok())
        return;
    m_rescales = std::move(rescales).value();
    for (std::size_t i = 0; i < m_rescales.size(); ++i) {
        for (const std::string &tensor : m_rescales[i].tensors)
            m_byTensor.emplace(tensor, i);
    }
}

Tensor ChannelUnits::original(const std::string &tensor, const Tensor &values) const
{
    return convert(tensor, values, true);
}

Tensor ChannelUnits::rescaled(const std::string &tensor, const Tensor &values) const
{
    return convert(tensor, values, false);
}

Tensor ChannelUnits::convert(const std::string &tensor, const Tensor &values, bool multiply) const
{
    const auto [first, last] = m_byTensor.equal_range(tensor);
    if (first == last || values.type() != DType::Float32)
        return values;
    Tensor result = Tensor::fromFloats(values.shape(), values.floats());
    const std::span<float> x = result.mutableData<float>();
    for (auto it = first; it != last; ++it) {
        const Rescale &rescale = m_rescales[it->second];
        const Shape &shape = values.shape();
        const std::size_t axis = rescale.axis < 0 ? shape.size() - 1 : static_cast<std::size_t>(rescale.axis);
        const std::size_t channels = rescale.factors.size();
        if (shape.empty() || axis >= shape.size() || static_cast<std::size_t>(shape[axis]) != channels)
            return values;
        std::size_t inner = 1;
        for (std::size_t d = axis + 1; d < shape.size(); ++d)
            inner *= static_cast<std::size_t>(shape[d]);
        for (std::size_t begin = 0; begin < x.size(); begin += inner) {
            const float factor = rescale.factors[begin / inner % channels];
            for (float &value : x.subspan(begin, inner))
                value = multiply ? value * factor : value / factor;
        }
    }
    return result;
}

} // namespace qs
