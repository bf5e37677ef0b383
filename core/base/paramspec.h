// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace qs {

using ParamValue = std::variant<bool, std::int64_t, double, std::string>;

/// A parameter that describes itself: the form, the command line (`--set key=value`), the recipe and the
/// documentation are all made from this. Texts are English source strings, marked with QS_TR_NOOP("Params",
/// …).
struct ParamSpec
{
    std::string key; ///< snake_case, stable
    std::string title;
    std::string help; ///< one sentence, with the unit
    ParamValue defaultValue; ///< its alternative is the parameter's kind
    double minimum = 0; ///< numbers only; ignored when minimum == maximum
    double maximum = 0;
    std::vector<std::string> choices; ///< strings only; empty = free text

    bool operator==(const ParamSpec &) const = default;
};

ParamSpec boolParam(std::string key, bool value, std::string title, std::string help);
ParamSpec intParam(std::string key, std::int64_t value, std::int64_t min, std::int64_t max, std::string title,
                   std::string help);
ParamSpec realParam(std::string key, double value, double min, double max, std::string title,
                    std::string help);
ParamSpec choiceParam(std::string key, std::string value, std::vector<std::string> choices, std::string title,
                      std::string help);

/// Values for a list of specs: every key is present, of the right kind and in range.
class ParamSet
{
public:
    ParamSet() = default;
    explicit ParamSet(std::vector<ParamSpec> specs); ///< all defaults

    const std::vector<ParamSpec> &specs() const { return m_specs; }
    bool contains(const std::string &key) const { return m_values.contains(key); }

    /// Access by key; the key must exist with that kind (asserted).
    bool flag(const std::string &key) const;
    std::int64_t integer(const std::string &key) const;
    double real(const std::string &key) const;
    const std::string &text(const std::string &key) const;
    const ParamValue &value(const std::string &key) const;

    Status set(const std::string &key, const ParamValue &value);
    /// Parses "key=value"; unknown keys, wrong kinds and values out of range are errors that list what is
    /// allowed.
    Status parse(const std::string &assignment);

    nlohmann::json toJson() const;
    static Result<ParamSet> fromJson(std::vector<ParamSpec> specs, const nlohmann::json &json);

    bool operator==(const ParamSet &) const = default;

private:
    std::vector<ParamSpec> m_specs;
    std::map<std::string, ParamValue> m_values;
};

} // namespace qs
