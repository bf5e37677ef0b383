// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/moduleformat.h"

#include "core/llm/floatmath.h"

namespace qs {
namespace {

using Json = nlohmann::ordered_json;

// Of the state of a 4-bit weight: a JSON text of five or eight short values.
constexpr std::int64_t kLongestState = 400;

bool isGptq(LlmFormat format)
{
    return format == LlmFormat::GptqV1 || format == LlmFormat::GptqV2;
}

std::string stateName(const std::string &module, LlmMethod method)
{
    return module + ".weight.quant_state.bitsandbytes__" + (method == LlmMethod::Nf4 ? "nf4" : "fp4");
}

Tensor bytesTensor(std::span<const std::uint8_t> bytes, Shape shape)
{
    return Tensor::fromValues<std::uint8_t>(DType::UInt8, std::move(shape), bytes);
}

Tensor vectorTensor(std::span<const float> values)
{
    return Tensor::fromFloats({static_cast<std::int64_t>(values.size())}, values);
}

std::vector<NamedTensor> packTable(const LlmQuantizeOptions &options, const std::string &module,
                                   const TableWeights &weights, std::int64_t out, std::int64_t in,
                                   DType floatType)
{
    const std::string weight = module + ".weight";
    const std::string state = tableState(weights, out, in, floatType);
    const std::span<const std::uint8_t> text(reinterpret_cast<const std::uint8_t *>(state.data()),
                                             state.size());
    std::vector<NamedTensor> tensors {
        {weight, bytesTensor(weights.packed, {static_cast<std::int64_t>(weights.packed.size()), 1})},
        {weight + ".quant_map", vectorTensor(tableOf(weights.kind))},
        {stateName(module, options.method), bytesTensor(text, {static_cast<std::int64_t>(text.size())})}};
    if (weights.nested) {
        const auto &nested = *weights.nested;
        tensors.push_back({weight + ".absmax",
                           bytesTensor(nested.codes, {static_cast<std::int64_t>(nested.codes.size())})});
        tensors.push_back({weight + ".nested_absmax", vectorTensor(nested.absMax)});
        tensors.push_back({weight + ".nested_quant_map", vectorTensor(dynamicMap())});
    } else {
        tensors.push_back({weight + ".absmax", vectorTensor(weights.absMax)});
    }
    return tensors;
}

/// Null when nothing is skipped, as transformers and vLLM write it.
Json namesOrNull(const SkippedModules &skipped, std::vector<std::string> names)
{
    if (skipped.isEmpty())
        return nullptr;
    const std::vector<std::string> more = skipped.names();
    names.insert(names.end(), more.begin(), more.end());
    return names;
}

/// What of each block is quantized, by the inputs that they share, where all blocks are the same; else
/// GPTQModel's overrides, in which "-:" and a pattern leave modules out.
Json gptqSelection(const LlmConfig &config, const SkippedModules &skipped)
{
    if (!skipped.isUniform()) {
        Json overrides = Json::object();
        for (const std::string &name : skipped.names()) {
            std::string pattern = "-:^";
            for (const char c : name)
                pattern += c == '.' ? std::string("\\.") : std::string(1, c);
            overrides[pattern + "$"] = Json::object();
        }
        return {{"dynamic", overrides}};
    }
    Json lists = Json::array();
    std::optional<InputPoint> point;
    for (const LinearShape &shape : linearsOf(config)) {
        if (skipped.contains(0, shape.role))
            continue;
        if (point != shape.point)
            lists.push_back(Json::array());
        point = shape.point;
        lists.back().push_back(roleName(shape.role));
    }
    return {{"modules_in_block_to_quantize", lists}};
}

} // namespace

Matrix dequantize(const QuantizedLinear &weights, std::int64_t out, std::int64_t in)
{
    if (const auto *table = std::get_if<TableWeights>(&weights)) {
        Matrix matrix(out, in);
        dequantizeTable(*table, tableOf(table->kind), matrix.values);
        return matrix;
    }
    if (const auto *rows = std::get_if<Int8Rows>(&weights))
        return dequantize(*rows);
    return dequantize(std::get<GroupedWeights>(weights));
}

std::vector<SafetensorsDeclaration>
declareModule(const LlmQuantizeOptions &options, const std::string &module, std::int64_t out, std::int64_t in)
{
    const std::int64_t groups = options.scheme.groupsFor(in);
    const std::int64_t bits = options.scheme.bits;
    const auto declare = [&](const std::string &name, DType type, Shape shape, bool isSizeOpen = false) {
        return SafetensorsDeclaration {module + name, type, std::move(shape), module, isSizeOpen};
    };
    if (isGptq(options.format))
        return {declare(".qweight", DType::Int32, {in * bits / 32, out}),
                declare(".qzeros", DType::Int32, {groups, out * bits / 32}),
                declare(".scales", DType::Float16, {groups, out}), declare(".g_idx", DType::Int32, {in})};
    if (options.format == LlmFormat::Awq)
        return {declare(".qweight", DType::Int32, {in, out / 8}),
                declare(".qzeros", DType::Int32, {groups, out / 8}),
                declare(".scales", DType::Float16, {groups, out})};
    if (options.method == LlmMethod::Int8)
        return {declare(".weight", DType::Int8, {out, in}), declare(".SCB", DType::Float32, {out}),
                declare(".weight_format", DType::UInt8, {})};
    const std::int64_t blocks = (out * in + kTableBlock - 1) / kTableBlock;
    std::vector<SafetensorsDeclaration> list {declare(".weight", DType::UInt8, {(out * in + 1) / 2, 1}),
                                              declare(".weight.quant_map", DType::Float32, {16})};
    if (options.isDouble) {
        list.push_back(declare(".weight.absmax", DType::UInt8, {blocks}));
        list.push_back(
            declare(".weight.nested_absmax", DType::Float32, {(blocks + kNestedBlock - 1) / kNestedBlock}));
        list.push_back(declare(".weight.nested_quant_map", DType::Float32, {256}));
    } else {
        list.push_back(declare(".weight.absmax", DType::Float32, {blocks}));
    }
    list.push_back({stateName(module, options.method), DType::UInt8, {kLongestState}, module, true});
    return list;
}

Result<std::vector<NamedTensor>> packModule(const LlmQuantizeOptions &options, const std::string &module,
                                            const QuantizedLinear &weights, std::int64_t out, std::int64_t in,
                                            DType floatType)
{
    if (const auto *table = std::get_if<TableWeights>(&weights))
        return packTable(options, module, *table, out, in, floatType);
    if (const auto *rows = std::get_if<Int8Rows>(&weights)) {
        return std::vector<NamedTensor> {
            {module + ".weight", Tensor::fromValues<std::int8_t>(DType::Int8, {out, in}, rows->codes)},
            {module + ".SCB", vectorTensor(rows->scales)},
            {module + ".weight_format", Tensor(DType::UInt8, {})}}; // 0: rows
    }
    const auto &grouped = std::get<GroupedWeights>(weights);
    const auto named = [&](Error error) { return Error {error.code, module, error.detail}; };
    if (options.format == LlmFormat::Awq) {
        auto packed = packAwq(grouped);
        if (!packed.ok())
            return named(packed.error());
        return std::vector<NamedTensor> {{module + ".qweight", packed->qweight},
                                         {module + ".qzeros", packed->qzeros},
                                         {module + ".scales", packed->scales}};
    }
    auto packed = packGptq(grouped, options.format == LlmFormat::GptqV1 ? GptqFormat::V1 : GptqFormat::V2);
    if (!packed.ok())
        return named(packed.error());
    return std::vector<NamedTensor> {{module + ".qweight", packed->qweight},
                                     {module + ".qzeros", packed->qzeros},
                                     {module + ".scales", packed->scales},
                                     {module + ".g_idx", packed->groupOf}};
}

nlohmann::ordered_json quantizationConfig(const LlmQuantizeOptions &options, DType floatType,
                                          const LlmConfig &config, const SkippedModules &skipped)
{
    const GroupScheme &scheme = options.scheme;
    if (isGptq(options.format)) {
        const bool isOrdered = options.method == LlmMethod::Gptq && options.usesActOrder;
        Json json {{"quant_method", "gptq"},
                   {"bits", scheme.bits},
                   {"group_size", scheme.groupSize},
                   {"damp_percent", options.damping},
                   // Groups of neighbours need no activation order to be read.
                   {"desc_act", isOrdered && !options.hasStaticGroups},
                   {"static_groups", isOrdered && options.hasStaticGroups},
                   {"sym", scheme.isSymmetric},
                   {"true_sequential", options.isSequential},
                   {"lm_head", false},
                   {"checkpoint_format", options.format == LlmFormat::GptqV1 ? "gptq" : "gptq_v2"},
                   {"model_name_or_path", nullptr},
                   {"model_file_base_name", "model"}};
        if (!skipped.isEmpty())
            json.update(gptqSelection(config, skipped));
        return json;
    }
    if (options.format == LlmFormat::Awq)
        return Json {{"quant_method", "awq"},
                     {"zero_point", true},
                     {"group_size", scheme.groupSize},
                     {"bits", scheme.bits},
                     {"version", "gemm"},
                     {"modules_to_not_convert", namesOrNull(skipped, {})}};
    const bool isInt8 = options.method == LlmMethod::Int8;
    return Json {{"quant_method", "bitsandbytes"},
                 {"_load_in_4bit", !isInt8},
                 {"_load_in_8bit", isInt8},
                 {"load_in_4bit", !isInt8},
                 {"load_in_8bit", isInt8},
                 {"bnb_4bit_quant_type", options.method == LlmMethod::Fp4 ? "fp4" : "nf4"},
                 {"bnb_4bit_use_double_quant", !isInt8 && options.isDouble},
                 {"bnb_4bit_compute_dtype", std::string(toString(floatType))},
                 {"bnb_4bit_quant_storage", "uint8"},
                 {"llm_int8_threshold", options.int8Threshold},
                 // A list takes the place of transformers' own, which is the head.
                 {"llm_int8_skip_modules", namesOrNull(skipped, {"lm_head"})},
                 {"llm_int8_enable_fp32_cpu_offload", false},
                 {"llm_int8_has_fp16_weight", false}};
}

} // namespace qs
