// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tools address nodes by name, and programs feed and read models by the names and types of their inputs and
// outputs: both must be told apart, and the latter must survive quantizing.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>

namespace qs {
namespace {

void checkNodeNames(const LintInput &input, std::vector<Finding> &findings)
{
    std::map<std::string, int> counts;
    for (const auto &node : input.model().proto().graph().node()) {
        if (!node.name().empty())
            ++counts[node.name()];
    }
    for (const auto &[name, count] : counts) {
        if (count > 1)
            findings.push_back(
                {Severity::Warning, "name-not-unique", name,
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 nodes have this name, so tools cannot tell them apart; give each "
                                     "its own"),
                          {std::to_string(count)})});
    }
}

bool isSameShape(const ValueInfo &a, const ValueInfo &b)
{
    if (!a.hasShape || !b.hasShape)
        return true;
    return a.shape.size() == b.shape.size()
        && std::equal(a.shape.begin(), a.shape.end(), b.shape.begin(),
                      [](std::int64_t x, std::int64_t y) { return x < 0 || y < 0 || x == y; });
}

void compare(const std::vector<ValueInfo> &source, const std::vector<ValueInfo> &model,
             std::vector<Finding> &findings)
{
    for (std::size_t i = 0; i < std::max(source.size(), model.size()); ++i) {
        if (i >= model.size() || i >= source.size() || source[i].name != model[i].name) {
            const std::string name = i < source.size() ? source[i].name : model[i].name;
            findings.push_back(
                {Severity::Error, "interface-changed", name,
                 sentence(QS_TR_NOOP("Sentence",
                                     "it is not where the float model has it, so programs that use the "
                                     "model fail; keep names and order of inputs and outputs"))});
            return;
        }
        if (source[i].type != model[i].type || !isSameShape(source[i], model[i]))
            findings.push_back(
                {Severity::Error, "interface-changed", source[i].name,
                 sentence(QS_TR_NOOP("Sentence",
                                     "it is %1 %2 and was %3 %4 in the float model; keep type and shape"),
                          {std::string(toString(model[i].type)), toString(model[i].shape),
                           std::string(toString(source[i].type)), toString(source[i].shape)})});
    }
}

void checkNames(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    checkNodeNames(input, findings);
    if (const Model *source = input.options.source) {
        compare(source->graph().inputs(), input.view().inputs(), findings);
        compare(source->graph().outputs(), input.view().outputs(), findings);
    }
}

} // namespace

void register_namecheck(LintRegistry &registry)
{
    registry.add({.id = "names", .apply = checkNames});
}

} // namespace qs
