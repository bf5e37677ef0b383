// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/graphview.h"
#include "core/plan/recipe.h"

#include <regex>
#include <set>

namespace qs {

/// What keeps layers float by their names: a regular expression that is searched in them.
class LayerPattern
{
public:
    static Result<LayerPattern> make(const std::string &text);
    /// In topological order.
    Result<std::vector<NodeId>> matchesIn(const GraphView &graph) const;

private:
    std::string m_text;
    std::regex m_expression;
};

/// A pattern that matches \a layer and nothing else.
std::string exactPattern(const std::string &layer);

/// The nodes that the user wants kept float: matched by an exclude pattern, or around a tensor overridden to
/// float. Errors: a pattern that is no regular expression or matches no layer, an override of an unknown
/// tensor.
Result<std::set<NodeId>> excludedNodes(const GraphView &graph, const Recipe &recipe);

} // namespace qs
