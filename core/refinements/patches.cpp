// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/patches.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

Shape attributeOr(const onnx::NodeProto &node, const char *name, std::size_t count, std::int64_t fallback)
{
    Shape values = intsAttribute(node, name);
    if (values.size() != count)
        values.assign(count, fallback);
    return values;
}

std::int64_t product(const Shape &shape)
{
    std::int64_t result = 1;
    for (const std::int64_t d : shape)
        result *= d;
    return result;
}

/// \a count different places of \a all, or all of them.
std::vector<std::int64_t> drawPlaces(std::int64_t all, std::size_t count, Random &random)
{
    std::vector<std::int64_t> places(static_cast<std::size_t>(all));
    for (std::size_t i = 0; i < places.size(); ++i)
        places[i] = static_cast<std::int64_t>(i);
    if (places.size() <= count)
        return places;
    for (std::size_t i = 0; i < count; ++i)
        std::swap(places[i], places[i + random.below(places.size() - i)]);
    places.resize(count);
    return places;
}

} // namespace

std::optional<PatchReader> PatchReader::make(const onnx::NodeProto &node, const Shape &weight)
{
    PatchReader reader;
    if (isOp(node, "Gemm") || isOp(node, "MatMul")) {
        if (weight.size() != 2 || intAttribute(node, "transA", 0) != 0)
            return std::nullopt;
        reader.m_inputFirst = isOp(node, "MatMul") || intAttribute(node, "transB", 0) == 0;
        reader.m_outputs = weight[reader.m_inputFirst ? 1 : 0];
        reader.m_length = weight[reader.m_inputFirst ? 0 : 1];
    } else if (isOp(node, "Conv")) {
        if (weight.size() < 3)
            return std::nullopt;
        const std::size_t spatial = weight.size() - 2;
        reader.m_isConv = true;
        reader.m_groups = std::max<std::int64_t>(intAttribute(node, "group", 1), 1);
        reader.m_outputs = weight[0];
        reader.m_channels = weight[1];
        reader.m_kernel.assign(weight.begin() + 2, weight.end());
        reader.m_length = reader.m_channels * product(reader.m_kernel);
        reader.m_strides = attributeOr(node, "strides", spatial, 1);
        reader.m_dilations = attributeOr(node, "dilations", spatial, 1);
        reader.m_pads = attributeOr(node, "pads", 2 * spatial, 0);
        reader.m_autoPad = stringAttribute(node, "auto_pad", "NOTSET");
        if (reader.m_outputs % reader.m_groups != 0)
            return std::nullopt;
    } else {
        return std::nullopt;
    }
    return reader.m_length > 0 && reader.m_outputs > 0 ? std::optional(reader) : std::nullopt;
}

std::vector<float> PatchReader::read(const Tensor &input, std::int64_t group, std::size_t count,
                                     std::size_t stride, Random &random) const
{
    if (!m_isConv)
        return readRows(input, count, stride, random);
    const Shape &shape = input.shape();
    if (shape.size() != m_kernel.size() + 2 || shape[1] != m_channels * m_groups)
        return {};
    const Shape size(shape.begin() + 2, shape.end());
    Shape places;
    Shape padding;
    if (!placeWindows(size, places, padding))
        return {};
    const std::int64_t image = shape[1] * product(size);
    const std::int64_t windows = product(places);
    const std::vector<std::int64_t> drawn = drawPlaces(shape[0] * windows, count, random);
    std::vector<float> patches(drawn.size() * stride);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        Shape begins(places.size());
        std::int64_t place = drawn[i] % windows;
        for (std::size_t d = places.size(); d-- > 0; place /= places[d])
            begins[d] = place % places[d] * m_strides[d] - padding[d];
        const std::int64_t batch = drawn[i] / windows;
        readPatch(
            input.floats().subspan(static_cast<std::size_t>(batch * image), static_cast<std::size_t>(image)),
            size, begins, group, patches.data() + i * stride);
    }
    return patches;
}

std::vector<float> PatchReader::readRows(const Tensor &input, std::size_t count, std::size_t stride,
                                         Random &random) const
{
    if (input.shape().empty() || input.shape().back() != m_length)
        return {};
    const auto rows = static_cast<std::int64_t>(input.size()) / m_length;
    const std::vector<std::int64_t> drawn = drawPlaces(rows, count, random);
    std::vector<float> patches(drawn.size() * stride);
    for (std::size_t i = 0; i < drawn.size(); ++i)
        std::copy_n(input.floats().begin() + drawn[i] * m_length, m_length,
                    patches.begin() + static_cast<std::ptrdiff_t>(i * stride));
    return patches;
}

/// How many windows there are along each dimension and where the first begins (ONNX Conv).
bool PatchReader::placeWindows(const Shape &size, Shape &places, Shape &padding) const
{
    const std::size_t dimensions = size.size();
    for (std::size_t d = 0; d < dimensions; ++d) {
        const std::int64_t reach = m_dilations[d] * (m_kernel[d] - 1) + 1;
        if (m_strides[d] < 1)
            return false;
        std::int64_t begin = m_pads[d];
        std::int64_t count = (size[d] + m_pads[d] + m_pads[d + dimensions] - reach) / m_strides[d] + 1;
        if (m_autoPad == "VALID") {
            begin = 0;
            count = (size[d] - reach) / m_strides[d] + 1;
        } else if (m_autoPad.starts_with("SAME")) {
            count = (size[d] + m_strides[d] - 1) / m_strides[d];
            const std::int64_t all = std::max<std::int64_t>((count - 1) * m_strides[d] + reach - size[d], 0);
            begin = m_autoPad == "SAME_LOWER" ? all - all / 2 : all / 2;
        }
        if (count < 1)
            return false;
        places.push_back(count);
        padding.push_back(begin);
    }
    return true;
}

void PatchReader::readPatch(std::span<const float> image, const Shape &size, const Shape &begins,
                            std::int64_t group, float *patch) const
{
    const std::int64_t plane = product(size);
    const std::int64_t taps = product(m_kernel);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        std::int64_t rest = tap;
        std::int64_t offset = 0;
        std::int64_t step = 1;
        bool inside = true;
        for (std::size_t d = size.size(); d-- > 0; rest /= m_kernel[d]) {
            const std::int64_t at = begins[d] + rest % m_kernel[d] * m_dilations[d];
            inside = inside && at >= 0 && at < size[d];
            offset += at * step;
            step *= size[d];
        }
        if (!inside)
            continue;
        for (std::int64_t c = 0; c < m_channels; ++c)
            patch[c * taps + tap]
                = image[static_cast<std::size_t>((group * m_channels + c) * plane + offset)];
    }
}

} // namespace qs
