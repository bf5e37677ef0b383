// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufpreview.h"

#include <algorithm>
#include <cmath>
#include <regex>

namespace qs {

Result<std::vector<GgufTypeRule>> parseGgufTypeRules(const std::string &text)
{
    std::vector<GgufTypeRule> rules;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string item = text.substr(begin, end - begin);
        begin = end + 1;
        const auto equals = item.rfind('=');
        const GgmlTraits *const type
            = equals == std::string::npos ? nullptr : findGgmlType(std::string_view(item).substr(equals + 1));
        if (!type || equals == 0)
            return Error {ErrorCode::InvalidArgument, "tensor_types '" + item + "'",
                          "is not PATTERN=TYPE with a type like Q6_K"};
        rules.push_back({item.substr(0, equals), type->type});
    }
    return rules;
}

std::string toText(const std::vector<GgufTypeRule> &rules)
{
    std::string text;
    for (const GgufTypeRule &rule : rules)
        text += (text.empty() ? "" : ",") + rule.pattern + "=" + std::string(ggmlTraits(rule.type).name);
    return text;
}

Result<std::vector<GgufTypeRule>> changedTypeRules(const std::vector<GgufTypeRule> &rules,
                                                   const std::set<TensorPlace> &places,
                                                   std::optional<GgmlType> type, const GgufHeader &header)
{
    QS_CHECK(checkRules(rules));
    std::vector<std::regex> expressions;
    for (const GgufTypeRule &rule : rules)
        expressions.emplace_back(rule.pattern);
    const bool isGemma = header.architecture().starts_with("gemma");
    std::map<GgmlType, std::set<TensorPlace>> wanted;
    for (const GgufTensorInfo &tensor : header.tensors) {
        if (!isQuantizable(tensor))
            continue;
        const TensorPlace place = tensorPlaceOf(tensor.name, isGemma);
        if (places.contains(place)) {
            if (type)
                wanted[*type].insert(place);
            continue;
        }
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (std::regex_search(tensor.name, expressions[i])) {
                wanted[rules[i].type].insert(place);
                break;
            }
        }
    }
    std::vector<GgufTypeRule> changed;
    for (const auto &[to, where] : wanted) {
        for (const std::string &pattern : patternsFor(where, header))
            changed.push_back({pattern, to});
    }
    return changed;
}

Result<GgufPreview> previewGguf(const GgufHeader &header, const ParamSet &parameters, bool hasImportance)
{
    GgufMixOptions options;
    QS_TRY(const GgufMix *const mix, requireGgufMix(parameters.text("type")));
    QS_TRY(options.rules, parseGgufTypeRules(parameters.text("tensor_types")));
    options.isPure = parameters.flag("pure");
    options.hasImportance = hasImportance;
    QS_TRY(const std::vector<GgufTypeChoice> choices, chooseGgufTypes(header, *mix, options));
    GgufPreview preview;
    GgufHeader planned = header;
    double elements = 0;
    double bytes = 0;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        GgufTensorInfo &tensor = planned.tensors[i];
        tensor.type = choices[i].type;
        preview.types[tensor.name] = tensor.type;
        elements += double(tensor.elements());
        bytes += double(ggmlTraits(tensor.type).bytesFor(tensor.elements()));
    }
    QS_TRY(const std::string start, layOutGguf(planned));
    preview.bitsPerWeight = elements > 0 ? 8 * bytes / elements : 0;
    preview.byteSize = start.size();
    if (!planned.tensors.empty()) {
        const GgufTensorInfo &last = planned.tensors.back();
        preview.byteSize += last.offset + padded(last.byteSize, planned.alignment);
    }
    const double wanted = parameters.contains("bits_per_weight") ? parameters.real("bits_per_weight") : 0.0;
    if (wanted > 0) {
        preview.types.clear();
        preview.bitsPerWeight = wanted;
        preview.byteSize = start.size() + static_cast<std::uint64_t>(std::ceil(elements * wanted / 8));
    }
    return preview;
}

} // namespace qs
