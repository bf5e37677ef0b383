// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/jsontext.h"
#include "core/llm/floatmath.h"
#include "core/llm/moduleformat.h"

#include <limits>

namespace qs {
namespace {

using Json = nlohmann::json;

Error bad(const std::string &why)
{
    return {ErrorCode::Format, {}, why};
}

std::string textOf(const Json &json, const char *key, const std::string &fallback = {})
{
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : fallback;
}

bool flagOf(const Json &json, const char *key, bool fallback)
{
    return json.contains(key) && json[key].is_boolean() ? json[key].get<bool>() : fallback;
}

Result<std::int64_t> integerOf(const Json &json, const char *key)
{
    if (!json.contains(key) || !json[key].is_number_integer())
        return bad(std::string(key) + " is no whole number");
    return json[key].get<std::int64_t>();
}

Result<Tensor> typed(const SafetensorsSet &tensors, const std::string &name, DType type, const Shape &shape)
{
    QS_TRY(Tensor tensor, tensors.tensor(name));
    if (tensor.type() != type || tensor.shape() != shape)
        return bad(quotedName(name) + " is " + std::string(toString(tensor.type())) + " "
                   + toString(tensor.shape()) + ", where " + std::string(toString(type)) + " "
                   + toString(shape) + " should be");
    return tensor;
}

std::vector<float> floatsOf(const Tensor &tensor)
{
    return {tensor.floats().begin(), tensor.floats().end()};
}
std::vector<std::uint8_t> bytesOf(const Tensor &tensor)
{
    const auto values = tensor.data<std::uint8_t>();
    return {values.begin(), values.end()};
}

Result<Linear> readGptq(const SafetensorsSet &tensors, const CheckpointFormat &format,
                        const std::string &module, std::int64_t out, std::int64_t in)
{
    GptqTensors stored;
    QS_TRY(stored.qweight, tensors.tensor(module + ".qweight"));
    QS_TRY(stored.qzeros, tensors.tensor(module + ".qzeros"));
    QS_TRY(stored.scales, tensors.tensor(module + ".scales"));
    if (tensors.contains(module + ".g_idx")) {
        QS_TRY(stored.groupOf, tensors.tensor(module + ".g_idx"));
    }
    // Some tools give modules bits of their own; the shapes tell.
    int bits = format.bits;
    for (const int other : {2, 3, 4, 8}) {
        if (in % 32 == 0 && stored.qweight.shape() == Shape {in * other / 32, out})
            bits = other;
    }
    const GptqFormat said = format.format == LlmFormat::GptqV1 ? GptqFormat::V1 : GptqFormat::V2;
    const GptqFormat really = detectGptqFormat(stored, bits, format.isSymmetric, said);
    QS_TRY(const GroupedWeights weights, unpackGptq(stored, bits, out, in, really));
    return Linear {dequantize(weights), {}, 0};
}

Result<Linear> readAwq(const SafetensorsSet &tensors, const std::string &module, std::int64_t out,
                       std::int64_t in)
{
    AwqTensors stored;
    QS_TRY(stored.qweight, tensors.tensor(module + ".qweight"));
    QS_TRY(stored.qzeros, tensors.tensor(module + ".qzeros"));
    QS_TRY(stored.scales, tensors.tensor(module + ".scales"));
    QS_TRY(const GroupedWeights weights, unpackAwq(stored, out, in));
    return Linear {dequantize(weights), {}, 0};
}

/// \a state: name of the tensor with the JSON text.
Result<Linear> readTable(const SafetensorsSet &tensors, const std::string &module, const std::string &state,
                         std::int64_t out, std::int64_t in)
{
    QS_TRY(const Tensor text, tensors.tensor(state));
    if (text.type() != DType::UInt8 || text.size() > 65536)
        return bad(quotedName(state) + " is no text");
    const auto *characters = reinterpret_cast<const char *>(text.bytes().data());
    const Json json = parseJson({characters, text.size()});
    if (!json.is_object())
        return bad(quotedName(state) + " is no JSON object");
    TableWeights weights;
    weights.count = out * in;
    QS_TRY(weights.blockSize, integerOf(json, "blocksize"));
    if (weights.blockSize < 1 || json.value("shape", Json()) != Json({out, in}))
        return bad(quotedName(state) + " has another shape or no block size");
    const std::string weight = module + ".weight";
    const std::int64_t blocks = (weights.count - 1) / weights.blockSize + 1;
    QS_TRY(const Tensor packed, typed(tensors, weight, DType::UInt8, {(weights.count + 1) / 2, 1}));
    weights.packed = bytesOf(packed);
    QS_TRY(const Tensor table, typed(tensors, weight + ".quant_map", DType::Float32, {16}));
    if (tensors.contains(weight + ".nested_absmax")) {
        TableWeights::Nested nested;
        QS_TRY(const std::int64_t nestedBlock, integerOf(json, "nested_blocksize"));
        if (nestedBlock < 1 || !json.contains("nested_offset") || !json["nested_offset"].is_number())
            return bad(quotedName(state) + " has no nested block size or offset");
        nested.offset = json["nested_offset"].get<float>();
        QS_TRY(const Tensor codes, typed(tensors, weight + ".absmax", DType::UInt8, {blocks}));
        QS_TRY(const Tensor scales,
               typed(tensors, weight + ".nested_absmax", DType::Float32, {(blocks - 1) / nestedBlock + 1}));
        QS_TRY(const Tensor map, typed(tensors, weight + ".nested_quant_map", DType::Float32, {256}));
        nested.codes = bytesOf(codes);
        nested.absMax = floatsOf(scales);
        weights.absMax = expandScales(nested, map.floats(), nestedBlock);
    } else {
        QS_TRY(const Tensor scales, typed(tensors, weight + ".absmax", DType::Float32, {blocks}));
        weights.absMax = floatsOf(scales);
    }
    Linear linear;
    linear.weight = Matrix(out, in);
    dequantizeTable(weights, table.floats(), linear.weight.values);
    return linear;
}

Result<Linear> readInt8(const SafetensorsSet &tensors, const CheckpointFormat &format,
                        const std::string &module, std::int64_t out, std::int64_t in)
{
    if (tensors.contains(module + ".weight_format")) {
        QS_TRY(const Tensor layout, typed(tensors, module + ".weight_format", DType::UInt8, {}));
        if (layout.data<std::uint8_t>()[0] != 0)
            return Error {ErrorCode::Unsupported, {}, module + " is stored in a layout of tiles"};
    }
    QS_TRY(const Tensor codes, typed(tensors, module + ".weight", DType::Int8, {out, in}));
    QS_TRY(const Tensor scales, typed(tensors, module + ".SCB", DType::Float32, {out}));
    const auto values = codes.data<std::int8_t>();
    // bitsandbytes takes 0 for "no outliers": then all columns are rounded.
    const float threshold
        = format.int8Threshold > 0 ? format.int8Threshold : std::numeric_limits<float>::infinity();
    return Linear {
        dequantize(Int8Rows {out, in, {values.begin(), values.end()}, floatsOf(scales)}), {}, threshold};
}

} // namespace

Result<CheckpointFormat> parseCheckpointFormat(const Json &json)
{
    CheckpointFormat format;
    if (json.is_null())
        return format;
    if (!json.is_object())
        return bad("quantization_config is no object");
    const std::string method = textOf(json, "quant_method");
    if (method == "gptq") {
        const std::string version = textOf(json, "checkpoint_format", textOf(json, "format", "gptq"));
        if (version != "gptq" && version != "gptq_v2")
            return Error {ErrorCode::Unsupported, {}, "GPTQ weights in the format " + quotedName(version)};
        format.format = version == "gptq" ? LlmFormat::GptqV1 : LlmFormat::GptqV2;
        QS_TRY(const std::int64_t bits, integerOf(json, "bits"));
        if (bits != 2 && bits != 3 && bits != 4 && bits != 8)
            return Error {ErrorCode::Unsupported, {}, "GPTQ weights of " + std::to_string(bits) + " bits"};
        format.bits = static_cast<int>(bits);
        format.isSymmetric = flagOf(json, "sym", true);
    } else if (method == "awq") {
        format.format = LlmFormat::Awq;
        if (const std::string version = textOf(json, "version", "gemm");
            version != "gemm" && version != "GEMM")
            return Error {ErrorCode::Unsupported, {}, "AWQ weights in the version " + quotedName(version)};
        if (json.contains("bits") && json["bits"] != 4)
            return Error {ErrorCode::Unsupported, {}, "AWQ weights of other than 4 bits"};
    } else if (method == "bitsandbytes") {
        format.format = LlmFormat::BitsAndBytes;
        if (json.contains("llm_int8_threshold") && json["llm_int8_threshold"].is_number())
            format.int8Threshold = json["llm_int8_threshold"].get<float>();
    } else {
        return Error {ErrorCode::Unsupported,
                      {},
                      "quantized by " + quotedName(method) + "; gptq, awq and bitsandbytes are read"};
    }
    return format;
}

Result<std::optional<Linear>> readQuantized(const SafetensorsSet &tensors, const CheckpointFormat &format,
                                            const std::string &module, std::int64_t out, std::int64_t in)
{
    const auto wrap = [](Result<Linear> linear) -> Result<std::optional<Linear>> {
        if (!linear.ok())
            return linear.error();
        return std::optional(std::move(linear).value());
    };
    switch (format.format) {
    case LlmFormat::Auto:
        break;
    case LlmFormat::GptqV1:
    case LlmFormat::GptqV2:
        if (tensors.contains(module + ".qweight"))
            return wrap(readGptq(tensors, format, module, out, in));
        break;
    case LlmFormat::Awq:
        if (tensors.contains(module + ".qweight"))
            return wrap(readAwq(tensors, module, out, in));
        break;
    case LlmFormat::BitsAndBytes:
        for (const char *kind : {"nf4", "fp4"}) {
            const std::string state = module + ".weight.quant_state.bitsandbytes__" + kind;
            if (tensors.contains(state))
                return wrap(readTable(tensors, module, state, out, in));
        }
        if (tensors.contains(module + ".SCB"))
            return wrap(readInt8(tensors, format, module, out, in));
        break;
    }
    return std::optional<Linear>();
}

} // namespace qs
