// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagegeometry.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

// Enough for any network's input, and 300 MB as a picture.
constexpr std::int64_t kMaxPixels = 100'000'000;
constexpr std::int64_t kMaxSide = 1 << 20;

bool isChannelCount(std::int64_t dim)
{
    return dim == 1 || dim == 3;
}

Error misfit(const ValueInfo &input, const std::string &reason)
{
    return {ErrorCode::InvalidArgument,
            "input '" + input.name + "' (" + std::string(toString(input.type)) + " " + toString(input.shape)
                + ")",
            reason};
}

/// The centre crop along one axis: where the window of \a wanted begins in \a size.
int cropStart(int size, int wanted, bool floor)
{
    if (wanted > size)
        return -((wanted - size) / 2);
    if (floor)
        return (size - wanted) / 2;
    return static_cast<int>(std::nearbyint((size - wanted) / 2.0)); // half to even, as Python's round()
}

/// PaddleOCR's rounding to a multiple; Python's round() goes to even.
int nearestMultiple(int size, int multiple)
{
    const auto rounded = static_cast<int>(std::nearbyint(static_cast<double>(size) / multiple)) * multiple;
    return std::max(rounded, multiple);
}

struct Size
{
    std::int64_t width;
    std::int64_t height;
};

Size shorterSideTo(std::int64_t side, std::int64_t width, std::int64_t height)
{
    // In integers: torchvision's int(size * long / short) is exact below 2^53 as well.
    if (width <= height)
        return {side, side * height / width};
    return {side * width / height, side};
}

Size multiplesOf(const Preprocessing &p, int width, int height)
{
    const int longer = std::max(width, height);
    const double ratio = longer > p.maxSide ? static_cast<double>(p.maxSide) / longer : 1.0;
    return {nearestMultiple(static_cast<int>(width * ratio), p.multiple),
            nearestMultiple(static_cast<int>(height * ratio), p.multiple)};
}

Size scaledSize(const Preprocessing &p, const ImageInput &input, int width, int height)
{
    const Size wanted {input.width > 0 ? input.width : width, input.height > 0 ? input.height : height};
    switch (p.resize) {
    case ResizeRule::None:
        break;
    case ResizeRule::IfDifferent:
    case ResizeRule::Stretch:
        return wanted;
    case ResizeRule::ShorterSide:
        if (p.shorterSide > 0)
            return shorterSideTo(p.shorterSide, width, height);
        return shorterSideTo(std::lround(std::max(input.width, input.height) / 0.875), width, height);
    case ResizeRule::Height: {
        const double exact = static_cast<double>(input.height) * width / height;
        const std::int64_t room = input.width > 0
            ? input.width
            : std::max<std::int64_t>(p.minWidth, static_cast<std::int64_t>(exact));
        return {std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(exact)), 1,
                                         std::max<std::int64_t>(room, 1)),
                input.height};
    }
    case ResizeRule::MultipleOf:
        return input.width > 0 && input.height > 0 ? wanted : multiplesOf(p, width, height);
    }
    return {width, height};
}

bool needsSize(const Preprocessing &p)
{
    const bool fromSize
        = p.resize == ResizeRule::Stretch || (p.resize == ResizeRule::ShorterSide && p.shorterSide == 0);
    return fromSize || (p.centreCrop && p.resize != ResizeRule::Height && p.resize != ResizeRule::MultipleOf);
}

int knownOr(std::int64_t dim, int fallback)
{
    return dim > 0 ? static_cast<int>(std::min<std::int64_t>(dim, kMaxSide + 1)) : fallback;
}

} // namespace

Result<Layout> pictureLayout(const ValueInfo &input, std::optional<Layout> otherwise)
{
    if (input.hasShape && input.shape.size() != 4)
        return misfit(input, "is no picture: that has four dimensions, batch x channels x height x width");
    const Shape shape = input.hasShape ? input.shape : Shape(4, -1);
    if (isChannelCount(shape[1]) != isChannelCount(shape[3]))
        return isChannelCount(shape[1]) ? Layout::Nchw : Layout::Nhwc;
    if (!otherwise)
        return misfit(input, "does not tell where its 1 or 3 channels are");
    const std::int64_t channels = shape[*otherwise == Layout::Nchw ? 1 : 3];
    if (channels > 0 && !isChannelCount(channels))
        return misfit(input, "is no picture: it has " + std::to_string(channels) + " channels, not 1 or 3");
    return *otherwise;
}

Result<ImageInput> resolveImageInput(const ValueInfo &input, const Preprocessing &p)
{
    ImageInput result;
    result.name = input.name;
    result.type = input.type;
    QS_TRY(result.layout, pictureLayout(input, p.layout));
    const Shape shape = input.hasShape ? input.shape : Shape(4, -1);
    const bool isPlanar = result.layout == Layout::Nchw;
    const std::int64_t channels = shape[isPlanar ? 1 : 3];
    result.batch = std::max<std::int64_t>(shape[0], 1);
    result.channels = channels > 0 ? static_cast<int>(channels) : (p.colour == ColourOrder::Grey ? 1 : 3);
    result.height = knownOr(shape[isPlanar ? 2 : 1], p.height);
    result.width = knownOr(shape[isPlanar ? 3 : 2], p.width);
    if (result.width > kMaxSide || result.height > kMaxSide)
        return misfit(input, "is too large for a picture");

    for (const std::vector<float> *numbers : {&p.mean, &p.std}) {
        if (numbers->size() != 1 && numbers->size() != static_cast<std::size_t>(result.channels))
            return misfit(input,
                          "has " + std::to_string(result.channels) + " channels, but preprocessing '" + p.id
                              + "' is for " + std::to_string(numbers->size()));
    }
    const bool isOpen = result.width == 0 || result.height == 0;
    if ((isOpen && needsSize(p)) || (p.resize == ResizeRule::Height && result.height == 0))
        return misfit(input, "leaves the size open: set width and height in preprocessing '" + p.id + "'");
    return result;
}

Result<ImageGeometry> imageGeometry(int width, int height, const Preprocessing &p, const ImageInput &input)
{
    const Size scaled = scaledSize(p, input, width, height);
    ImageGeometry geometry;
    // Only the window is computed, so a thin picture may be scaled far beyond it; sides must fit an int.
    if (scaled.width > (1 << 30) || scaled.height > (1 << 30))
        return Error {ErrorCode::Unsupported, {}, "too elongated to be resized"};
    geometry.scaledWidth = static_cast<int>(std::max<std::int64_t>(scaled.width, 1));
    geometry.scaledHeight = static_cast<int>(std::max<std::int64_t>(scaled.height, 1));
    geometry.window = {0, 0, geometry.scaledWidth, geometry.scaledHeight};
    if (p.resize == ResizeRule::Height) {
        const auto open = static_cast<int>(static_cast<double>(input.height) * width / height);
        geometry.window.width
            = input.width > 0 ? input.width : std::max({p.minWidth, open, geometry.scaledWidth});
        geometry.padsAfter = true;
    } else if (p.centreCrop && p.resize != ResizeRule::MultipleOf) {
        geometry.window
            = {cropStart(geometry.scaledWidth, input.width, p.cropFloor),
               cropStart(geometry.scaledHeight, input.height, p.cropFloor), input.width, input.height};
    }
    const auto pixels = static_cast<std::int64_t>(geometry.window.width) * geometry.window.height;
    if (pixels > kMaxPixels)
        return Error {ErrorCode::Unsupported, {}, "too elongated to be resized"};
    const bool fits = (input.width == 0 || input.width == geometry.window.width)
        && (input.height == 0 || input.height == geometry.window.height);
    if (!fits)
        return Error {ErrorCode::InvalidArgument,
                      {},
                      "gives " + std::to_string(geometry.window.width) + "x"
                          + std::to_string(geometry.window.height) + " pixels where input '" + input.name
                          + "' wants " + std::to_string(input.width) + "x" + std::to_string(input.height)
                          + "; choose a preprocessing that resizes or crops"};
    return geometry;
}

} // namespace qs
