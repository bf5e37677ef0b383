// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/skippedmodules.h"

#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <regex>

namespace qs {
namespace {

Error bad(const std::string &why)
{
    return {ErrorCode::InvalidArgument, "skip", why};
}

/// Linears that runtimes keep as one matrix of another name.
struct FusedLinears
{
    const char *name;
    std::vector<LinearRole> roles;
};
const std::vector<FusedLinears> &fusedLinears()
{
    static const std::vector<FusedLinears> all {
        {"self_attn.qkv_proj", {LinearRole::Query, LinearRole::Key, LinearRole::Value}},
        {"mlp.gate_up_proj", {LinearRole::Gate, LinearRole::Up}}};
    return all;
}

/// "down_proj" of "mlp.down_proj".
std::string lastPart(const std::string &name)
{
    return name.substr(name.rfind('.') + 1);
}

/// Those of \a roles, and what runtimes make of them.
std::vector<std::string> namesOf(const std::set<LinearRole> &roles)
{
    std::vector<std::string> names;
    for (const LinearRole role : roles)
        names.push_back(roleName(role));
    for (const FusedLinears &fused : fusedLinears()) {
        if (roles.contains(fused.roles.front()))
            names.emplace_back(fused.name);
    }
    return names;
}

Status checkFused(const std::set<LinearRole> &roles)
{
    for (const FusedLinears &fused : fusedLinears()) {
        const auto isIn = [&](LinearRole role) { return roles.contains(role); };
        const auto there = std::count_if(fused.roles.begin(), fused.roles.end(), isIn);
        if (there == 0 || there == static_cast<std::ptrdiff_t>(fused.roles.size()))
            continue;
        const auto kept = std::find_if(fused.roles.begin(), fused.roles.end(), isIn);
        const auto other = std::find_if_not(fused.roles.begin(), fused.roles.end(), isIn);
        return bad("keeps " + roleName(*kept) + " but not " + roleName(*other)
                   + ", which runtimes read as one matrix");
    }
    return Done {};
}

} // namespace

std::string roleName(LinearRole role)
{
    constexpr std::size_t kPrefix = sizeof "model.layers.0." - 1;
    return moduleName(0, role).substr(kPrefix);
}

Result<SkippedModules> SkippedModules::find(const std::string &pattern, const LlmConfig &config)
{
    SkippedModules skipped;
    if (pattern.empty())
        return skipped;
    std::regex expression;
    try {
        expression.assign(pattern);
    } catch (const std::regex_error &) {
        return bad(quotedName(pattern) + " is no regular expression");
    }
    const std::vector<LinearShape> linears = linearsOf(config);
    std::size_t found = 0;
    skipped.m_roles.resize(static_cast<std::size_t>(config.layers));
    for (std::int64_t layer = 0; layer < config.layers; ++layer) {
        std::set<LinearRole> &roles = skipped.m_roles[static_cast<std::size_t>(layer)];
        for (const LinearShape &shape : linears) {
            if (std::regex_search(moduleName(layer, shape.role), expression))
                roles.insert(shape.role);
        }
        found += roles.size();
        QS_CHECK(checkFused(roles));
    }
    if (found == 0)
        return bad(quotedName(pattern) + " is found in no name, such as "
                   + quotedName(moduleName(0, linears.back().role)));
    if (found == linears.size() * static_cast<std::size_t>(config.layers))
        return bad(quotedName(pattern) + " leaves nothing to quantize");
    return skipped;
}

bool SkippedModules::contains(std::int64_t layer, LinearRole role) const
{
    return !m_roles.empty() && m_roles[static_cast<std::size_t>(layer)].contains(role);
}

std::set<LinearRole> SkippedModules::rolesOf(std::int64_t layer) const
{
    return m_roles.empty() ? std::set<LinearRole>() : m_roles[static_cast<std::size_t>(layer)];
}

bool SkippedModules::isEverywhere(LinearRole role) const
{
    return !m_roles.empty()
        && std::all_of(m_roles.begin(), m_roles.end(),
                       [&](const std::set<LinearRole> &roles) { return roles.contains(role); });
}

bool SkippedModules::isUniform() const
{
    return std::all_of(m_roles.begin(), m_roles.end(),
                       [&](const std::set<LinearRole> &roles) { return roles == m_roles.front(); });
}

std::vector<std::string> SkippedModules::names() const
{
    std::vector<std::string> names;
    if (isUniform()) {
        for (const std::string &name : namesOf(rolesOf(0)))
            names.push_back(lastPart(name));
        return names;
    }
    for (std::size_t layer = 0; layer < m_roles.size(); ++layer) {
        for (const std::string &name : namesOf(m_roles[layer]))
            names.push_back(layerTensor(static_cast<std::int64_t>(layer), name));
    }
    return names;
}

std::vector<std::string> SkippedModules::fullNames() const
{
    std::vector<std::string> names;
    for (std::size_t layer = 0; layer < m_roles.size(); ++layer) {
        for (const LinearRole role : m_roles[layer])
            names.push_back(moduleName(static_cast<std::int64_t>(layer), role));
    }
    return names;
}

} // namespace qs
