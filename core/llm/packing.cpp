// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/packing.h"

#include "core/llm/floatmath.h"

#include <nlohmann/json.hpp>

#include <array>

namespace qs {
namespace {

Error unsupported(const std::string &why)
{
    return {ErrorCode::Unsupported, {}, why};
}

std::uint32_t maskOf(int bits)
{
    return (1U << bits) - 1;
}

/// Writes number \a index of a row of numbers of \a bits bits that follow each other from the lowest bit up.
/// With 3 bits, 32 numbers fill three words and two of them lie across words, just as this places them.
void putBits(std::uint32_t *words, std::int64_t stride, std::int64_t index, int bits, std::uint32_t value)
{
    const std::int64_t bit = index * bits;
    const std::int64_t word = bit / 32;
    const auto shift = static_cast<int>(bit % 32);
    words[word * stride] |= value << shift;
    if (shift + bits > 32)
        words[(word + 1) * stride] |= value >> (32 - shift);
}

std::uint32_t getBits(const std::uint32_t *words, std::int64_t stride, std::int64_t index, int bits)
{
    const std::int64_t bit = index * bits;
    const std::int64_t word = bit / 32;
    const auto shift = static_cast<int>(bit % 32);
    std::uint32_t value = words[word * stride] >> shift;
    if (shift + bits > 32)
        value |= words[(word + 1) * stride] << (32 - shift);
    return value & maskOf(bits);
}

std::uint32_t *wordsOf(Tensor &tensor)
{
    return reinterpret_cast<std::uint32_t *>(tensor.mutableBytes().data());
}
const std::uint32_t *wordsOf(const Tensor &tensor)
{
    return reinterpret_cast<const std::uint32_t *>(tensor.bytes().data());
}

/// Scales [groups, out] in binary16 out of [out][groups].
Tensor packScales(const Matrix &scales)
{
    Matrix turned(scales.cols, scales.rows);
    for (std::int64_t row = 0; row < scales.rows; ++row) {
        for (std::int64_t group = 0; group < scales.cols; ++group)
            turned.row(group)[row] = scales.row(row)[group];
    }
    return tensorFromFloats(DType::Float16, {turned.rows, turned.cols}, turned.values);
}

Status unpackScales(const Tensor &tensor, Matrix &scales)
{
    Matrix turned(scales.cols, scales.rows);
    QS_CHECK(copyFloats(tensor, 0, turned.values));
    for (std::int64_t row = 0; row < scales.rows; ++row) {
        for (std::int64_t group = 0; group < scales.cols; ++group)
            scales.row(row)[group] = turned.row(group)[row];
    }
    return Done {};
}

Status checkTensor(const Tensor &tensor, const char *name, std::initializer_list<DType> types,
                   const Shape &shape)
{
    if (tensor.shape() == shape && std::find(types.begin(), types.end(), tensor.type()) != types.end())
        return Done {};
    return Error {ErrorCode::Format,
                  {},
                  std::string(name) + " is " + std::string(toString(tensor.type())) + " "
                      + toString(tensor.shape()) + ", where " + toString(shape) + " should be"};
}

const std::initializer_list<DType> kFloats {DType::Float16, DType::BFloat16, DType::Float32};

/// Whether every zero is a whole code that can be stored less \a offset.
bool hasStorableZeros(const GroupedWeights &weights, float offset)
{
    const auto largest = static_cast<float>(maskOf(weights.bits));
    return std::all_of(weights.zeros.values.begin(), weights.zeros.values.end(), [&](float zero) {
        return zero == std::nearbyint(zero) && zero >= offset && zero - offset <= largest;
    });
}

// Output column within eight that nibble p of a word holds (AutoAWQ packing_utils, AWQ_ORDER).
constexpr std::array<std::int64_t, 8> kAwqOrder {0, 2, 4, 6, 1, 3, 5, 7};

} // namespace

Result<GptqTensors> packGptq(const GroupedWeights &weights, GptqFormat format)
{
    const int bits = weights.bits;
    if (bits != 2 && bits != 3 && bits != 4 && bits != 8)
        return unsupported("GPTQ's files have no " + std::to_string(bits)
                           + "-bit weights; 2, 3, 4 and 8 there are");
    if (weights.in % 32 != 0 || weights.out % 32 != 0)
        return unsupported("GPTQ's files take inputs and outputs in multiples of 32, here are "
                           + std::to_string(weights.in) + " and " + std::to_string(weights.out));
    const float offset = format == GptqFormat::V1 ? 1.F : 0.F;
    if (!hasStorableZeros(weights, offset))
        return unsupported("a zero cannot be stored in this GPTQ format; symmetric weights or gptq_v2 can");
    const std::int64_t groups = weights.scales.cols;
    GptqTensors tensors;
    tensors.qweight = Tensor(DType::Int32, {weights.in * bits / 32, weights.out});
    tensors.qzeros = Tensor(DType::Int32, {groups, weights.out * bits / 32});
    tensors.scales = packScales(weights.scales);
    tensors.groupOf = Tensor::fromValues<std::int32_t>(DType::Int32, {weights.in}, weights.groupOf);
    std::uint32_t *words = wordsOf(tensors.qweight);
    std::uint32_t *zeroWords = wordsOf(tensors.qzeros);
    for (std::int64_t row = 0; row < weights.out; ++row) {
        for (std::int64_t i = 0; i < weights.in; ++i)
            putBits(words + row, weights.out, i, bits,
                    weights.codes[static_cast<std::size_t>(row * weights.in + i)]);
        for (std::int64_t group = 0; group < groups; ++group) {
            const auto zero = static_cast<std::uint32_t>(weights.zeros.row(row)[group] - offset);
            putBits(zeroWords + group * (weights.out * bits / 32), 1, row, bits, zero);
        }
    }
    return tensors;
}

Result<GroupedWeights> unpackGptq(const GptqTensors &tensors, int bits, std::int64_t out, std::int64_t in,
                                  GptqFormat format)
{
    if (bits != 2 && bits != 3 && bits != 4 && bits != 8)
        return unsupported(std::to_string(bits) + "-bit GPTQ weights");
    if (in % 32 != 0 || out % 32 != 0)
        return Error {ErrorCode::Format, {}, "GPTQ weights whose sizes are no multiples of 32"};
    const Shape &scaleShape = tensors.scales.shape();
    const std::int64_t groups = scaleShape.empty() ? 0 : scaleShape[0];
    if (groups < 1 || groups > in)
        return Error {ErrorCode::Format, {}, "scales is " + toString(scaleShape)};
    QS_CHECK(checkTensor(tensors.qweight, "qweight", {DType::Int32}, {in * bits / 32, out}));
    QS_CHECK(checkTensor(tensors.qzeros, "qzeros", {DType::Int32}, {groups, out * bits / 32}));
    QS_CHECK(checkTensor(tensors.scales, "scales", kFloats, {groups, out}));
    GroupScheme scheme;
    scheme.bits = bits;
    scheme.groupSize = (in + groups - 1) / groups;
    GroupedWeights weights(scheme, out, in);
    if (weights.scales.cols != groups)
        weights.scales = weights.zeros = Matrix(out, groups);
    if (!tensors.groupOf.isNull()) {
        QS_CHECK(checkTensor(tensors.groupOf, "g_idx", {DType::Int32}, {in}));
        const auto groupOf = tensors.groupOf.data<std::int32_t>();
        weights.groupOf.assign(groupOf.begin(), groupOf.end());
    }
    for (const std::int32_t group : weights.groupOf) {
        if (group < 0 || group >= groups)
            return Error {ErrorCode::Format,
                          {},
                          "g_idx has group " + std::to_string(group) + " of " + std::to_string(groups)};
    }
    QS_CHECK(unpackScales(tensors.scales, weights.scales));
    const std::uint32_t *words = wordsOf(tensors.qweight);
    const std::uint32_t *zeroWords = wordsOf(tensors.qzeros);
    // V1 adds 1 and keeps the bits, so that a stored 15 means 0, as newer readers have it.
    const std::uint32_t offset = format == GptqFormat::V1 ? 1 : 0;
    for (std::int64_t row = 0; row < out; ++row) {
        for (std::int64_t i = 0; i < in; ++i)
            weights.codes[static_cast<std::size_t>(row * in + i)]
                = static_cast<std::uint8_t>(getBits(words + row, out, i, bits));
        for (std::int64_t group = 0; group < groups; ++group) {
            const std::uint32_t field = getBits(zeroWords + group * (out * bits / 32), 1, row, bits);
            weights.zeros.row(row)[group] = static_cast<float>((field + offset) & maskOf(bits));
        }
    }
    return weights;
}

GptqFormat detectGptqFormat(const GptqTensors &tensors, int bits, bool isSymmetric, GptqFormat said)
{
    if (!isSymmetric || (bits != 2 && bits != 4 && bits != 8) || tensors.qzeros.type() != DType::Int32)
        return said;
    std::uint32_t middle = 0;
    for (int shift = 0; shift < 32; shift += bits)
        middle |= (1U << (bits - 1)) << shift;
    const auto words = std::span(wordsOf(tensors.qzeros), tensors.qzeros.size());
    const bool isV2
        = std::all_of(words.begin(), words.end(), [&](std::uint32_t word) { return word == middle; });
    return isV2 ? GptqFormat::V2 : said;
}

Result<AwqTensors> packAwq(const GroupedWeights &weights)
{
    const std::int64_t groups = weights.scales.cols;
    if (weights.bits != 4)
        return unsupported("AWQ's files have 4-bit weights only");
    if (weights.out % 8 != 0 || weights.in % groups != 0)
        return unsupported("AWQ's files take outputs in multiples of 8 and inputs in whole groups, here are "
                           + std::to_string(weights.out) + " and " + std::to_string(weights.in));
    for (std::int64_t i = 0; i < weights.in; ++i) {
        if (weights.groupOf[static_cast<std::size_t>(i)] != i / (weights.in / groups))
            return unsupported("AWQ's files have no groups in activation order");
    }
    if (!hasStorableZeros(weights, 0))
        return unsupported("AWQ's files have whole zeros only");
    AwqTensors tensors {Tensor(DType::Int32, {weights.in, weights.out / 8}),
                        Tensor(DType::Int32, {groups, weights.out / 8}), packScales(weights.scales)};
    std::uint32_t *words = wordsOf(tensors.qweight);
    std::uint32_t *zeroWords = wordsOf(tensors.qzeros);
    const std::int64_t columns = weights.out / 8;
    for (std::int64_t column = 0; column < columns; ++column) {
        for (std::size_t nibble = 0; nibble < kAwqOrder.size(); ++nibble) {
            const std::int64_t row = column * 8 + kAwqOrder[nibble];
            const auto shift = static_cast<int>(4 * nibble);
            for (std::int64_t i = 0; i < weights.in; ++i)
                words[i * columns + column]
                    |= std::uint32_t {weights.codes[static_cast<std::size_t>(row * weights.in + i)]} << shift;
            for (std::int64_t group = 0; group < groups; ++group)
                zeroWords[group * columns + column]
                    |= static_cast<std::uint32_t>(weights.zeros.row(row)[group]) << shift;
        }
    }
    return tensors;
}

Result<GroupedWeights> unpackAwq(const AwqTensors &tensors, std::int64_t out, std::int64_t in)
{
    const Shape &scaleShape = tensors.scales.shape();
    const std::int64_t groups = scaleShape.empty() ? 0 : scaleShape[0];
    if (groups < 1 || in % groups != 0 || out % 8 != 0)
        return Error {ErrorCode::Format, {}, "scales is " + toString(scaleShape)};
    QS_CHECK(checkTensor(tensors.qweight, "qweight", {DType::Int32}, {in, out / 8}));
    QS_CHECK(checkTensor(tensors.qzeros, "qzeros", {DType::Int32}, {groups, out / 8}));
    QS_CHECK(checkTensor(tensors.scales, "scales", kFloats, {groups, out}));
    GroupScheme scheme;
    scheme.groupSize = in / groups;
    GroupedWeights weights(scheme, out, in);
    QS_CHECK(unpackScales(tensors.scales, weights.scales));
    const std::uint32_t *words = wordsOf(tensors.qweight);
    const std::uint32_t *zeroWords = wordsOf(tensors.qzeros);
    const std::int64_t columns = out / 8;
    for (std::int64_t column = 0; column < columns; ++column) {
        for (std::size_t nibble = 0; nibble < kAwqOrder.size(); ++nibble) {
            const std::int64_t row = column * 8 + kAwqOrder[nibble];
            const auto shift = static_cast<int>(4 * nibble);
            for (std::int64_t i = 0; i < in; ++i)
                weights.codes[static_cast<std::size_t>(row * in + i)]
                    = static_cast<std::uint8_t>((words[i * columns + column] >> shift) & 15);
            for (std::int64_t group = 0; group < groups; ++group)
                weights.zeros.row(row)[group]
                    = static_cast<float>((zeroWords[group * columns + column] >> shift) & 15);
        }
    }
    return weights;
}

std::string tableState(const TableWeights &weights, std::int64_t out, std::int64_t in, DType type)
{
    const char *name = type == DType::Float16 ? "float16" : type == DType::BFloat16 ? "bfloat16" : "float32";
    std::string text = std::string("{\"quant_type\": \"") + (weights.kind == TableKind::Nf4 ? "nf4" : "fp4")
        + "\", \"blocksize\": " + std::to_string(weights.blockSize) + ", \"dtype\": \"" + name
        + "\", \"shape\": [" + std::to_string(out) + ", " + std::to_string(in) + "]";
    if (weights.nested)
        text += ", \"nested_blocksize\": " + std::to_string(kNestedBlock)
            + ", \"nested_dtype\": \"float32\", \"nested_offset\": "
            + nlohmann::json(double(weights.nested->offset)).dump();
    return text + "}";
}

} // namespace qs
