// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufheader.h"

#include "core/llm/ggufformat.h"

#include <algorithm>
#include <bit>

namespace qs {
std::size_t GgufArray::size() const
{
    return std::visit([](const auto &values) { return values.size(); }, items);
}

const GgufValue *GgufHeader::find(std::string_view key) const
{
    const auto it
        = std::find_if(metadata.begin(), metadata.end(), [&](const GgufEntry &e) { return e.key == key; });
    return it == metadata.end() ? nullptr : &it->value;
}

const GgufTensorInfo *GgufHeader::findTensor(std::string_view name) const
{
    const auto it = std::find_if(tensors.begin(), tensors.end(),
                                 [&](const GgufTensorInfo &t) { return t.name == name; });
    return it == tensors.end() ? nullptr : &*it;
}

std::optional<std::uint64_t> GgufHeader::number(std::string_view key) const
{
    const GgufValue *value = find(key);
    if (!value)
        return std::nullopt;
    return std::visit(
        [](const auto &v) -> std::optional<std::uint64_t> {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
                if (std::cmp_greater_equal(v, 0))
                    return static_cast<std::uint64_t>(v);
            }
            return std::nullopt;
        },
        *value);
}

std::string GgufHeader::architecture() const
{
    const auto *name = get<std::string>("general.architecture");
    return name ? *name : std::string();
}

void GgufHeader::set(const std::string &key, GgufValue value)
{
    const auto it
        = std::find_if(metadata.begin(), metadata.end(), [&](const GgufEntry &e) { return e.key == key; });
    if (it == metadata.end())
        metadata.push_back({key, std::move(value)});
    else
        it->value = std::move(value);
}

void GgufHeader::remove(std::string_view key)
{
    std::erase_if(metadata, [&](const GgufEntry &e) { return e.key == key; });
}

namespace {

using namespace gguf;

template <typename T> void append(std::string &out, const T &value)
{
    out.append(reinterpret_cast<const char *>(&value), sizeof value);
}
void append(std::string &out, bool value)
{
    out += static_cast<char>(value);
}
void append(std::string &out, const std::string &value)
{
    append(out, std::uint64_t {value.size()});
    out += value;
}
void append(std::string &out, const GgufArray &array)
{
    append(out, static_cast<std::uint32_t>(array.items.index()));
    append(out, std::uint64_t {array.size()});
    std::visit(
        [&](const auto &values) {
            using T = typename std::decay_t<decltype(values)>::value_type;
            for (const T &value : values)
                append(out, value);
        },
        array.items);
}

} // namespace

Result<std::string> layOutGguf(GgufHeader &header)
{
    const auto *alignment = header.get<std::uint32_t>(kAlignmentKey);
    header.alignment = alignment ? *alignment : 32;
    if (!std::has_single_bit(header.alignment) || header.alignment > kMaxAlignment)
        return Error {
            ErrorCode::InvalidArgument, {}, std::string(kAlignmentKey) + " is no power of two that fits"};
    std::string out;
    append(out, kMagic);
    append(out, kVersion);
    append(out, std::uint64_t {header.tensors.size()});
    append(out, std::uint64_t {header.metadata.size()});
    for (const GgufEntry &entry : header.metadata) {
        append(out, entry.key);
        append(out, static_cast<std::uint32_t>(entry.value.index()));
        std::visit([&](const auto &value) { append(out, value); }, entry.value);
    }
    std::uint64_t offset = 0;
    for (GgufTensorInfo &info : header.tensors) {
        const GgmlTraits &traits = ggmlTraits(info.type);
        const std::int64_t elements = elementCount(info.shape);
        info.offset = offset;
        info.byteSize = elements < 0 ? 0 : static_cast<std::uint64_t>(traits.bytesFor(elements));
        append(out, info.name);
        append(out, static_cast<std::uint32_t>(info.shape.size()));
        for (const std::int64_t extent : info.shape)
            append(out, extent);
        append(out, static_cast<std::uint32_t>(info.type));
        append(out, info.offset);
        offset = padded(offset + info.byteSize, header.alignment);
    }
    header.dataStart = padded(out.size(), header.alignment);
    out.resize(header.dataStart, '\0');
    QS_CHECK(parseGgufHeader(std::as_bytes(std::span(out)), header.dataStart + offset));
    return out;
}

} // namespace qs
