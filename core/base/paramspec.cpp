// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace qs {
namespace {

const ParamSpec *findSpec(const std::vector<ParamSpec> &specs, const std::string &key)
{
    const auto it
        = std::find_if(specs.begin(), specs.end(), [&](const ParamSpec &s) { return s.key == key; });
    return it == specs.end() ? nullptr : &*it;
}

std::string join(const std::vector<std::string> &words)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

Error badValue(const ParamSpec &spec, const std::string &why)
{
    return {ErrorCode::InvalidArgument, "parameter '" + spec.key + "'", why};
}

Status checkRange(const ParamSpec &spec, double value)
{
    if (spec.minimum == spec.maximum || (value >= spec.minimum && value <= spec.maximum))
        return Done {};
    std::ostringstream text;
    text << value << " is outside " << spec.minimum << " to " << spec.maximum;
    return badValue(spec, text.str());
}

template <typename Number> bool parseNumber(const std::string &text, Number &out)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc {} && end == text.data() + text.size();
}

Result<ParamValue> parseValue(const ParamSpec &spec, const std::string &text)
{
    if (std::holds_alternative<bool>(spec.defaultValue)) {
        if (text == "true" || text == "1" || text == "on" || text == "yes")
            return ParamValue {true};
        if (text == "false" || text == "0" || text == "off" || text == "no")
            return ParamValue {false};
        return badValue(spec, "'" + text + "' is not true or false");
    }
    if (std::holds_alternative<std::int64_t>(spec.defaultValue)) {
        std::int64_t number = 0;
        if (!parseNumber(text, number))
            return badValue(spec, "'" + text + "' is not a whole number");
        return ParamValue {number};
    }
    if (std::holds_alternative<double>(spec.defaultValue)) {
        double number = 0;
        if (!parseNumber(text, number))
            return badValue(spec, "'" + text + "' is not a number");
        return ParamValue {number};
    }
    return ParamValue {text};
}

} // namespace

ParamSpec boolParam(std::string key, bool value, std::string title, std::string help)
{
    return {std::move(key), std::move(title), std::move(help), value, 0, 0, {}};
}

ParamSpec intParam(std::string key, std::int64_t value, std::int64_t min, std::int64_t max, std::string title,
                   std::string help)
{
    return {std::move(key),
            std::move(title),
            std::move(help),
            value,
            static_cast<double>(min),
            static_cast<double>(max),
            {}};
}

ParamSpec realParam(std::string key, double value, double min, double max, std::string title,
                    std::string help)
{
    return {std::move(key), std::move(title), std::move(help), value, min, max, {}};
}

ParamSpec choiceParam(std::string key, std::string value, std::vector<std::string> choices, std::string title,
                      std::string help)
{
    return {std::move(key), std::move(title), std::move(help), std::move(value), 0, 0, std::move(choices)};
}

ParamSet::ParamSet(std::vector<ParamSpec> specs)
    : m_specs(std::move(specs))
{
    for (const ParamSpec &spec : m_specs)
        m_values[spec.key] = spec.defaultValue;
}

const ParamValue &ParamSet::value(const std::string &key) const
{
    const auto it = m_values.find(key);
    assert(it != m_values.end());
    return it->second;
}

bool ParamSet::flag(const std::string &key) const
{
    return std::get<bool>(value(key));
}
std::int64_t ParamSet::integer(const std::string &key) const
{
    return std::get<std::int64_t>(value(key));
}
double ParamSet::real(const std::string &key) const
{
    return std::get<double>(value(key));
}
const std::string &ParamSet::text(const std::string &key) const
{
    return std::get<std::string>(value(key));
}

Status ParamSet::set(const std::string &key, const ParamValue &value)
{
    const ParamSpec *spec = findSpec(m_specs, key);
    if (!spec) {
        std::vector<std::string> keys;
        for (const ParamSpec &s : m_specs)
            keys.push_back(s.key);
        return Error {ErrorCode::InvalidArgument, "parameter '" + key + "'",
                      "not known; there are: " + join(keys)};
    }
    ParamValue stored = value;
    if (std::holds_alternative<double>(spec->defaultValue) && std::holds_alternative<std::int64_t>(value))
        stored = static_cast<double>(std::get<std::int64_t>(value));
    if (stored.index() != spec->defaultValue.index())
        return badValue(*spec, "wrong kind of value");
    if (const auto *number = std::get_if<std::int64_t>(&stored))
        QS_CHECK(checkRange(*spec, static_cast<double>(*number)));
    if (const auto *number = std::get_if<double>(&stored))
        QS_CHECK(checkRange(*spec, *number));
    if (const auto *word = std::get_if<std::string>(&stored)) {
        const auto &choices = spec->choices;
        if (!choices.empty() && std::find(choices.begin(), choices.end(), *word) == choices.end())
            return badValue(*spec, "'" + *word + "' is none of: " + join(choices));
    }
    m_values[key] = std::move(stored);
    return Done {};
}

Status ParamSet::parse(const std::string &assignment)
{
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
        return Error {ErrorCode::InvalidArgument, "'" + assignment + "'", "not of the form KEY=VALUE"};
    const std::string key = assignment.substr(0, equals);
    const ParamSpec *spec = findSpec(m_specs, key);
    if (!spec)
        return set(key, {}); // makes the error that lists the keys
    QS_TRY(ParamValue value, parseValue(*spec, assignment.substr(equals + 1)));
    return set(key, value);
}

nlohmann::json ParamSet::toJson() const
{
    nlohmann::json json = nlohmann::json::object();
    for (const auto &[key, value] : m_values)
        std::visit([&json, &name = key](const auto &v) { json[name] = v; }, value);
    return json;
}

Result<ParamSet> ParamSet::fromJson(std::vector<ParamSpec> specs, const nlohmann::json &json)
{
    ParamSet set(std::move(specs));
    if (!json.is_object())
        return Error {ErrorCode::Format, "parameters", "not a JSON object"};
    for (const auto &[key, value] : json.items()) {
        if (value.is_boolean())
            QS_CHECK(set.set(key, value.get<bool>()));
        else if (value.is_number_integer())
            QS_CHECK(set.set(key, value.get<std::int64_t>()));
        else if (value.is_number())
            QS_CHECK(set.set(key, value.get<double>()));
        else if (value.is_string())
            QS_CHECK(set.set(key, value.get<std::string>()));
        else
            return Error {ErrorCode::Format, "parameter '" + key + "'", "neither boolean, number nor text"};
    }
    return set;
}

} // namespace qs
