// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggmltype.h"

#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlhalf.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace qs {
namespace {

using namespace ggml;

constexpr GgmlTraits plain(GgmlType type, std::string_view name, std::int64_t bytes,
                           GgmlTraits::Quantize quantize, GgmlTraits::Dequantize dequantize)
{
    return {type, name, 1, bytes, quantize, dequantize};
}
constexpr GgmlTraits blocks(GgmlType type, std::string_view name, std::int64_t elements, std::int64_t bytes,
                            std::int64_t scaleAt, std::int64_t minimumAt, GgmlTraits::Quantize quantize,
                            GgmlTraits::Dequantize dequantize)
{
    return {type, name, elements, bytes, quantize, dequantize, true, {scaleAt, minimumAt}};
}
constexpr GgmlTraits sizeOnly(std::uint32_t id, std::string_view name, std::int64_t elements,
                              std::int64_t bytes, bool isQuantized = true)
{
    return {static_cast<GgmlType>(id), name, elements, bytes, nullptr, nullptr, isQuantized};
}

// Ids and sizes: ggml.h and ggml-common.h; ids that are missing were removed from ggml or live in memory
// only.
constexpr std::array kTypes {
    plain(GgmlType::F32, "F32", 4, quantizeF32, dequantizeF32),
    plain(GgmlType::F16, "F16", 2, quantizeF16, dequantizeF16),
    blocks(GgmlType::Q4_0, "Q4_0", 32, 18, 0, -1, quantizeQ4_0, dequantizeQ4_0),
    blocks(GgmlType::Q4_1, "Q4_1", 32, 20, 0, 2, quantizeQ4_1, dequantizeQ4_1),
    blocks(GgmlType::Q5_0, "Q5_0", 32, 22, 0, -1, quantizeQ5_0, dequantizeQ5_0),
    blocks(GgmlType::Q5_1, "Q5_1", 32, 24, 0, 2, quantizeQ5_1, dequantizeQ5_1),
    blocks(GgmlType::Q8_0, "Q8_0", 32, 34, 0, -1, quantizeQ8_0, dequantizeQ8_0),
    sizeOnly(9, "Q8_1", 32, 36),
    blocks(GgmlType::Q2_K, "Q2_K", 256, 84, 80, 82, quantizeQ2_K, dequantizeQ2_K),
    blocks(GgmlType::Q3_K, "Q3_K", 256, 110, 108, -1, quantizeQ3_K, dequantizeQ3_K),
    blocks(GgmlType::Q4_K, "Q4_K", 256, 144, 0, 2, quantizeQ4_K, dequantizeQ4_K),
    blocks(GgmlType::Q5_K, "Q5_K", 256, 176, 0, 2, quantizeQ5_K, dequantizeQ5_K),
    blocks(GgmlType::Q6_K, "Q6_K", 256, 210, 208, -1, quantizeQ6_K, dequantizeQ6_K),
    sizeOnly(15, "Q8_K", 256, 292),
    sizeOnly(16, "IQ2_XXS", 256, 66),
    sizeOnly(17, "IQ2_XS", 256, 74),
    sizeOnly(18, "IQ3_XXS", 256, 98),
    sizeOnly(19, "IQ1_S", 256, 50),
    sizeOnly(20, "IQ4_NL", 32, 18),
    sizeOnly(21, "IQ3_S", 256, 110),
    sizeOnly(22, "IQ2_S", 256, 82),
    sizeOnly(23, "IQ4_XS", 256, 136),
    sizeOnly(24, "I8", 1, 1, false),
    sizeOnly(25, "I16", 1, 2, false),
    sizeOnly(26, "I32", 1, 4, false),
    sizeOnly(27, "I64", 1, 8, false),
    sizeOnly(28, "F64", 1, 8, false),
    sizeOnly(29, "IQ1_M", 256, 56),
    plain(GgmlType::BF16, "BF16", 2, quantizeBF16, dequantizeBF16),
    sizeOnly(34, "TQ1_0", 256, 54),
    sizeOnly(35, "TQ2_0", 256, 66),
    sizeOnly(39, "MXFP4", 32, 17),
    sizeOnly(40, "NVFP4", 64, 36),
    sizeOnly(41, "Q1_0", 128, 18),
    sizeOnly(42, "Q2_0", 64, 18),
};

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

bool areFloatsFinite(const std::byte *bytes, std::size_t size)
{
    std::uint32_t largest = 0;
    for (std::size_t i = 0; i + 4 <= size; i += 4) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, bytes + i, sizeof bits);
        largest = std::max(largest, bits & 0x7FFFFFFFU);
    }
    return largest < 0x7F800000U;
}

/// One half each \a stride bytes.
bool areHalvesFinite(const std::byte *bytes, std::size_t size, std::size_t stride, std::uint16_t infinity)
{
    std::uint16_t largest = 0;
    for (std::size_t i = 0; i + 2 <= size; i += stride) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, bytes + i, sizeof bits);
        largest = std::max(largest, static_cast<std::uint16_t>(bits & 0x7FFF));
    }
    return largest < infinity;
}

} // namespace

std::span<const GgmlTraits> ggmlTypes()
{
    return kTypes;
}

const GgmlTraits *findGgmlType(std::uint32_t id)
{
    const auto it = std::find_if(kTypes.begin(), kTypes.end(), [&](const GgmlTraits &t) {
        return static_cast<std::uint32_t>(t.type) == id;
    });
    return it == kTypes.end() ? nullptr : &*it;
}

const GgmlTraits *findGgmlType(std::string_view name)
{
    const auto it = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const GgmlTraits &t) { return equalsIgnoringCase(t.name, name); });
    return it == kTypes.end() ? nullptr : &*it;
}

const GgmlTraits &ggmlTraits(GgmlType type)
{
    const GgmlTraits *found = findGgmlType(static_cast<std::uint32_t>(type));
    assert(found);
    return *found;
}

bool isFinite(const GgmlTraits &traits, std::span<const std::byte> bytes)
{
    constexpr std::uint16_t kHalfInfinity = 0x7C00;
    constexpr std::uint16_t kBfloatInfinity = 0x7F80;
    if (traits.type == GgmlType::F32)
        return areFloatsFinite(bytes.data(), bytes.size());
    if (traits.type == GgmlType::F16)
        return areHalvesFinite(bytes.data(), bytes.size(), 2, kHalfInfinity);
    if (traits.type == GgmlType::BF16)
        return areHalvesFinite(bytes.data(), bytes.size(), 2, kBfloatInfinity);
    const auto stride = static_cast<std::size_t>(traits.blockBytes);
    for (const std::int64_t at : traits.scaleAt) {
        const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(at, 0));
        if (at >= 0 && bytes.size() >= stride
            && !areHalvesFinite(bytes.data() + skip, bytes.size() - skip, stride, kHalfInfinity))
            return false;
    }
    return true;
}

} // namespace qs
