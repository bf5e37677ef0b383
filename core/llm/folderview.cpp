// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/folderview.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/llm/modelconfig.h"
#include "core/llm/safetensors.h"

#include <algorithm>
#include <set>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxConfig = 16'000'000;
constexpr std::int64_t kMaxState = 65536; ///< bytes of a 4-bit weight's JSON

std::string textOf(const Json &json, const char *key)
{
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                                           : std::string();
}

std::string groupType(std::int64_t bits, std::int64_t in, std::int64_t groups)
{
    return "int" + std::to_string(bits)
        + (groups > 1 ? " g" + std::to_string((in + groups - 1) / groups) : " per row");
}

class Folder
{
public:
    explicit Folder(const SafetensorsSet &set)
        : m_set(set)
    { }

    std::vector<CheckpointTensor> tensors()
    {
        const std::vector<std::string> names = m_set.names();
        std::vector<CheckpointTensor> list;
        for (const std::string &name : names) { // quantized weights first: they take their parts along
            if (auto weight = quantized(name))
                list.push_back(std::move(*weight));
        }
        for (const std::string &name : names) {
            if (m_used.contains(name))
                continue;
            const SafetensorsEntry &entry = *m_set.find(name);
            list.push_back(
                {name, std::string(toString(entry.type)), entry.shape, entry.byteSize(), false, {name}});
        }
        std::sort(list.begin(), list.end(), before);
        return list;
    }

private:
    /// Numbers in names by their value: layer 2 before layer 10.
    static bool before(const CheckpointTensor &a, const CheckpointTensor &b)
    {
        const std::string &x = a.name;
        const std::string &y = b.name;
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
            const std::size_t first = i;
            const std::size_t second = j;
            while (i < x.size() && isDigit(x[i]))
                ++i;
            while (j < y.size() && isDigit(y[j]))
                ++j;
            if (i - first != j - second)
                return i == first || j == second ? x[first] < y[second] : i - first < j - second;
            const int order
                = i == first ? x[i++] - y[j++] : x.compare(first, i - first, y, second, j - second);
            if (order != 0)
                return order < 0;
        }
        return x.size() < y.size();
    }

    const SafetensorsEntry *find(const std::string &name) const { return m_set.find(name); }

    /// The weight whose main tensor \a name is, if it is one of a quantized Linear.
    std::optional<CheckpointTensor> quantized(const std::string &name)
    {
        const auto moduleOf = [&](std::string_view suffix) {
            return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string();
        };
        if (const std::string module = moduleOf(".qweight"); !module.empty())
            return grouped(module);
        if (const std::string module = moduleOf(".SCB"); !module.empty())
            return rows(module);
        for (const char *kind : {"nf4", "fp4"}) {
            const std::string suffix = std::string(".weight.quant_state.bitsandbytes__") + kind;
            if (const std::string module = moduleOf(suffix); !module.empty())
                return table(module, kind, name);
        }
        return {};
    }

    CheckpointTensor weight(const std::string &module, std::string type, Shape shape)
    {
        return {module + ".weight", std::move(type), std::move(shape), 0, true, {}};
    }
    void take(CheckpointTensor &weight, const std::string &part)
    {
        const SafetensorsEntry *entry = find(part);
        if (!entry || !m_used.insert(part).second)
            return;
        weight.byteSize += entry->byteSize();
        weight.parts.push_back(part);
    }

    /// GPTQ: qweight [in * bits / 32, out], qzeros [groups, out * bits / 32]; AWQ: qweight [in, out / 8],
    /// qzeros [groups, out / 8]; both scales [groups, out].
    std::optional<CheckpointTensor> grouped(const std::string &module)
    {
        const SafetensorsEntry *codes = find(module + ".qweight");
        const SafetensorsEntry *zeros = find(module + ".qzeros");
        const SafetensorsEntry *scales = find(module + ".scales");
        const auto isMatrix = [](const SafetensorsEntry *entry) {
            return entry && entry->shape.size() == 2 && entry->shape[0] > 0 && entry->shape[1] > 0
                && entry->shape[0] < (1 << 28) && entry->shape[1] < (1 << 28);
        };
        if (!isMatrix(codes) || !isMatrix(zeros) || !isMatrix(scales) || codes->type != DType::Int32)
            return {};
        const std::int64_t out = scales->shape[1];
        const std::int64_t groups = scales->shape[0];
        const bool isAwq = codes->shape[1] * 8 == out && !find(module + ".g_idx");
        const std::int64_t bits = isAwq ? 4 : zeros->shape[1] * 32 / out;
        if (bits < 1 || bits > 8)
            return {};
        const std::int64_t in = isAwq ? codes->shape[0] : codes->shape[0] * 32 / bits;
        CheckpointTensor found = weight(module, groupType(bits, in, groups), {out, in});
        for (const char *part : {".qweight", ".qzeros", ".scales", ".g_idx"})
            take(found, module + part);
        return found;
    }

    std::optional<CheckpointTensor> rows(const std::string &module)
    {
        const SafetensorsEntry *codes = find(module + ".weight");
        if (!codes || codes->type != DType::Int8 || codes->shape.size() != 2)
            return {};
        CheckpointTensor found = weight(module, "int8 per row", codes->shape);
        for (const char *part : {".weight", ".SCB", ".weight_format"})
            take(found, module + part);
        return found;
    }

    std::optional<CheckpointTensor> table(const std::string &module, const char *kind,
                                          const std::string &state)
    {
        const auto text = m_set.tensor(state);
        if (!text.ok() || text->type() != DType::UInt8 || text->size() > kMaxState
            || !find(module + ".weight"))
            return {};
        const auto *characters = reinterpret_cast<const char *>(text->bytes().data());
        const Json json = parseJson({characters, text->size()});
        const Json shape = json.is_object() ? json.value("shape", Json()) : Json();
        Shape sizes;
        for (const Json &size : shape.is_array() ? shape : Json::array()) {
            if (!size.is_number_unsigned() || size.get<std::uint64_t>() > (1 << 28))
                return {};
            sizes.push_back(size.get<std::int64_t>());
        }
        if (sizes.size() != 2)
            return {};
        const bool isNested = find(module + ".weight.nested_absmax") != nullptr;
        CheckpointTensor found
            = weight(module, std::string(kind) + (isNested ? " double" : ""), std::move(sizes));
        for (const char *part : {".weight", ".weight.absmax", ".weight.quant_map", ".weight.nested_absmax",
                                 ".weight.nested_quant_map"})
            take(found, module + part);
        take(found, state);
        return found;
    }

    const SafetensorsSet &m_set;
    std::set<std::string> m_used;
};

/// "gptq, 4 bit, groups of 128, activation order".
std::string inShort(const Json &config)
{
    if (!config.is_object())
        return {};
    std::string text = textOf(config, "quant_method");
    const auto flag = [&](const char *key) { return config.contains(key) && config[key] == true; };
    const auto add = [&](const std::string &part) { text += (text.empty() ? "" : ", ") + part; };
    if (const std::string version = textOf(config, "checkpoint_format"); !version.empty() && version != text)
        add(version);
    if (config.contains("bits") && config["bits"].is_number_integer())
        add(config["bits"].dump() + " bit");
    if (config.contains("group_size") && config["group_size"].is_number_integer())
        add(config["group_size"] == -1 ? "whole rows" : "groups of " + config["group_size"].dump());
    if (flag("desc_act"))
        add("activation order");
    if (flag("load_in_4bit") || flag("_load_in_4bit"))
        add(textOf(config, "bnb_4bit_quant_type") + (flag("bnb_4bit_use_double_quant") ? ", double" : ""));
    if (flag("load_in_8bit") || flag("_load_in_8bit"))
        add("LLM.int8");
    return text.empty() ? "in a way it does not name" : text;
}

} // namespace

Result<CheckpointView> viewFolder(const std::filesystem::path &folder)
{
    const std::filesystem::path path = folder / "config.json";
    QS_TRY(const std::string text, readFile(path, kMaxConfig));
    const auto isShallow = [](int depth, Json::parse_event_t, Json &) { return depth <= 8; };
    const Json config = Json::parse(text, isShallow, false);
    if (!config.is_object())
        return Error {ErrorCode::Format, path.string(), "is no valid JSON object"};
    QS_TRY(const SafetensorsSet set, SafetensorsSet::open(folder));
    CheckpointView view;
    view.format = "safetensors";
    view.architecture = textOf(config, "model_type");
    QS_TRY(view.quantizationConfig, readQuantizationConfig(folder, config));
    view.quantization = inShort(view.quantizationConfig);
    view.byteSize = set.byteSize();
    view.tensors = Folder(set).tensors();
    return view;
}

} // namespace qs
