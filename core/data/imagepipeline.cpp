// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagepipeline.h"

#include "core/data/tensorconvert.h"

#include <algorithm>
#include <array>

namespace qs {
namespace {

/// Pillow, Convert.c: L = (R * 19595 + G * 38470 + B * 7471 + 2^15) / 2^16.
Image toGrey(const Image &image)
{
    Image grey = makeImage(image.width, image.height, 1);
    const std::uint8_t *in = image.pixels.data();
    for (std::uint8_t &out : grey.pixels) {
        out = static_cast<std::uint8_t>((in[0] * 19595U + in[1] * 38470U + in[2] * 7471U + 0x8000U) >> 16);
        in += 3;
    }
    return grey;
}

bool wantsGrey(const Preprocessing &p, const ImageInput &input)
{
    return input.channels == 1 || p.colour == ColourOrder::Grey;
}

/// The part of a scaled picture that is inside of the window, and where in the window it goes.
struct Placed
{
    Image grey; ///< the picture without its colours, where the model wants it so
    Image owned; ///< holds the pixels where they had to be computed
    const Image *image = nullptr;
    PixelWindow part; ///< of *image
    int left = 0; ///< in the window
    int top = 0;

    const std::uint8_t *row(int y) const
    {
        return image->row(part.top + y)
            + static_cast<std::size_t>(part.left) * static_cast<std::size_t>(image->channels);
    }
};

PixelWindow visiblePart(const ImageGeometry &g)
{
    const int left = std::max(g.window.left, 0);
    const int top = std::max(g.window.top, 0);
    return {left, top, std::min(g.window.left + g.window.width, g.scaledWidth) - left,
            std::min(g.window.top + g.window.height, g.scaledHeight) - top};
}

/// Fills \a placed with \a picture scaled, in grey if that is what \a input takes; \a picture must outlive
/// it.
Status place(const Image &picture, const Preprocessing &p, const ImageInput &input, const ImageGeometry &g,
             Placed &placed)
{
    const bool isConverted = wantsGrey(p, input) && picture.channels == 3;
    if (isConverted)
        placed.grey = toGrey(picture);
    const Image &source = isConverted ? placed.grey : picture;
    placed.part = visiblePart(g);
    placed.left = std::max(-g.window.left, 0);
    placed.top = std::max(-g.window.top, 0);
    placed.image = &source;
    if (source.width == g.scaledWidth && source.height == g.scaledHeight)
        return Done {};
    const bool isOpenCv = !p.antialias || p.filter == ResizeFilter::Nearest || p.filter == ResizeFilter::Area;
    if (isOpenCv) {
        constexpr std::int64_t kMaxPixels = 100'000'000;
        if (static_cast<std::int64_t>(g.scaledWidth) * g.scaledHeight > kMaxPixels)
            return Error {ErrorCode::Unsupported, {}, "too elongated to be resized"};
        QS_TRY(placed.owned, resizeWithOpenCv(source, g.scaledWidth, g.scaledHeight, p.filter, p.antialias));
    } else {
        placed.owned = resampleAntialiased(source, g.scaledWidth, g.scaledHeight, placed.part, p.filter);
        placed.part.left = placed.part.top = 0;
    }
    placed.image = &placed.owned;
    return Done {};
}

/// (x * scale - mean) / std for every byte, in float32 and in this order, for the model's channel \a channel.
std::array<float, 256> normalization(const Preprocessing &p, std::size_t channel)
{
    const float mean = p.mean[p.mean.size() == 1 ? 0 : channel];
    const float std = p.std[p.std.size() == 1 ? 0 : channel];
    std::array<float, 256> table;
    for (std::size_t x = 0; x < table.size(); ++x)
        table[x] = (static_cast<float>(x) * p.scale - mean) / std;
    return table;
}

struct Plane
{
    std::size_t source; ///< channel in the picture
    std::size_t pixelStep; ///< floats between neighbours in the tensor
    float *out; ///< first pixel of the window
};

void fillPlane(const Placed &placed, const ImageGeometry &g, const Plane &plane,
               const std::array<float, 256> &table)
{
    const bool isCovered = placed.part.width == g.window.width && placed.part.height == g.window.height;
    const auto width = static_cast<std::size_t>(g.window.width);
    const auto height = static_cast<std::size_t>(g.window.height);
    if (!isCovered) {
        const float padding = g.padsAfter ? 0.F : table[0];
        for (std::size_t i = 0; i < width * height; ++i)
            plane.out[i * plane.pixelStep] = padding;
    }
    const auto channels = static_cast<std::size_t>(placed.image->channels);
    for (int y = 0; y < placed.part.height; ++y) {
        const std::uint8_t *in = placed.row(y) + plane.source;
        float *out = plane.out
            + (static_cast<std::size_t>(placed.top + y) * width + static_cast<std::size_t>(placed.left))
                * plane.pixelStep;
        for (int x = 0; x < placed.part.width; ++x, in += channels, out += plane.pixelStep)
            *out = table[*in];
    }
}

Shape tensorShape(const ImageInput &input, const PixelWindow &window)
{
    if (input.layout == Layout::Nchw)
        return {input.batch, input.channels, window.height, window.width};
    return {input.batch, window.height, window.width, input.channels};
}

} // namespace

Result<Image> shapeImage(const Image &image, const Preprocessing &p, const ImageInput &input)
{
    QS_TRY(const ImageGeometry g, imageGeometry(image.width, image.height, p, input));
    Placed placed;
    QS_CHECK(place(image, p, input, g, placed));
    Image result = makeImage(g.window.width, g.window.height, placed.image->channels);
    const auto channels = static_cast<std::size_t>(result.channels);
    for (int y = 0; y < placed.part.height; ++y)
        std::copy_n(placed.row(y), static_cast<std::size_t>(placed.part.width) * channels,
                    result.row(placed.top + y) + static_cast<std::size_t>(placed.left) * channels);
    return result;
}

Result<Tensor> preprocessImage(const Image &image, const Preprocessing &p, const ImageInput &input)
{
    QS_TRY(const ImageGeometry g, imageGeometry(image.width, image.height, p, input));
    Placed placed;
    QS_CHECK(place(image, p, input, g, placed));

    Tensor tensor(DType::Float32, tensorShape(input, g.window));
    const std::span<float> values = tensor.mutableData<float>();
    const auto channels = static_cast<std::size_t>(input.channels);
    const std::size_t sampleSize = values.size() / static_cast<std::size_t>(input.batch);
    const std::size_t planeSize = sampleSize / channels;
    const bool isPlanar = input.layout == Layout::Nchw;
    for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t colour = p.colour == ColourOrder::Bgr ? channels - 1 - c : c;
        const Plane plane {placed.image->channels == 1 ? 0 : colour, isPlanar ? 1 : channels,
                           values.data() + c * (isPlanar ? planeSize : 1)};
        fillPlane(placed, g, plane, normalization(p, c));
    }
    for (std::size_t i = 1; i < static_cast<std::size_t>(input.batch); ++i)
        std::copy_n(values.begin(), sampleSize, values.begin() + static_cast<std::ptrdiff_t>(i * sampleSize));
    return convertTensor(tensor, input.type);
}

} // namespace qs
