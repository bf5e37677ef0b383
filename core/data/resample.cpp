// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/resample.h"

#include <opencv2/imgproc.hpp>

#include <cmath>
#include <numbers>

namespace qs {
namespace {

// Pillow, Resample.c: 8 bits of result and 2 for overshoot leave 22 of an int for the weights.
constexpr int kPrecision = 32 - 8 - 2;

double triangle(double x)
{
    return std::max(0.0, 1.0 - std::abs(x));
}

/// Keys' cubic with a = -1/2 (Pillow); OpenCV's and torch's is a = -3/4.
double cubic(double x)
{
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

double sinc(double x)
{
    return x == 0.0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi);
}

double lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

struct Filter
{
    double (*weight)(double x);
    double support;
};

Filter filterOf(ResizeFilter filter)
{
    switch (filter) {
    case ResizeFilter::Bicubic:
        return {cubic, 2.0};
    case ResizeFilter::Lanczos:
        return {lanczos, 3.0};
    default:
        assert(filter == ResizeFilter::Bilinear);
        return {triangle, 1.0};
    }
}

/// For each output pixel of one axis: which input pixels, with which weights.
struct Weights
{
    struct Span
    {
        int first;
        int count;
    };
    std::vector<Span> spans;
    std::vector<std::int32_t> values; ///< `stride` a span
    std::size_t stride = 0;

    const std::int32_t *of(std::size_t i) const { return values.data() + i * stride; }
};

/// Weights of output pixels [\a first, \a first + \a count) when \a from pixels become \a to.
Weights makeWeights(int from, int to, int first, int count, const Filter &filter)
{
    const double scale = static_cast<double>(from) / to;
    const double filterScale = std::max(scale, 1.0);
    const double support = filter.support * filterScale;
    Weights weights;
    weights.stride = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
    weights.spans.reserve(static_cast<std::size_t>(count));
    weights.values.resize(weights.stride * static_cast<std::size_t>(count));
    std::vector<double> exact(weights.stride);
    for (int i = 0; i < count; ++i) {
        const double centre = (first + i + 0.5) * scale;
        const int begin = std::max(static_cast<int>(centre - support + 0.5), 0);
        const int end = std::min(static_cast<int>(centre + support + 0.5), from);
        double sum = 0.0;
        for (int x = begin; x < end; ++x)
            sum += exact[static_cast<std::size_t>(x - begin)]
                = filter.weight((x - centre + 0.5) * (1.0 / filterScale));
        std::int32_t *out = weights.values.data() + static_cast<std::size_t>(i) * weights.stride;
        for (int x = 0; x < end - begin; ++x) {
            double w = exact[static_cast<std::size_t>(x)];
            w = (sum != 0.0 ? w / sum : w) * (1 << kPrecision);
            out[x] = static_cast<std::int32_t>(w < 0 ? w - 0.5 : w + 0.5);
        }
        weights.spans.push_back({begin, end - begin});
    }
    return weights;
}

std::uint8_t toByte(std::int32_t sum)
{
    return static_cast<std::uint8_t>(std::clamp(sum >> kPrecision, 0, 255));
}

constexpr std::int32_t kHalf = 1 << (kPrecision - 1);

template <int channels> void resampleRow(const std::uint8_t *in, const Weights &weights, std::uint8_t *out)
{
    for (std::size_t i = 0; i < weights.spans.size(); ++i, out += channels) {
        const auto [first, count] = weights.spans[i];
        const std::int32_t *w = weights.of(i);
        const std::uint8_t *pixel = in + static_cast<std::ptrdiff_t>(first) * channels;
        std::int32_t sums[channels];
        std::fill_n(sums, channels, kHalf);
        for (int x = 0; x < count; ++x, pixel += channels) {
            for (int c = 0; c < channels; ++c)
                sums[c] += pixel[c] * w[x];
        }
        for (int c = 0; c < channels; ++c)
            out[c] = toByte(sums[c]);
    }
}

/// Rows [\a firstRow, \a firstRow + \a rows) of \a source, their columns resampled to the window.
Image resampleColumns(const Image &source, int firstRow, int rows, int width, const PixelWindow &window,
                      const Filter &filter)
{
    Image result = makeImage(window.width, rows, source.channels);
    if (source.width == width) {
        const auto offset = static_cast<std::size_t>(window.left) * static_cast<std::size_t>(source.channels);
        for (int y = 0; y < rows; ++y)
            std::copy_n(source.row(firstRow + y) + offset, result.stride(), result.row(y));
        return result;
    }
    const Weights weights = makeWeights(source.width, width, window.left, window.width, filter);
    for (int y = 0; y < rows; ++y) {
        if (source.channels == 1)
            resampleRow<1>(source.row(firstRow + y), weights, result.row(y));
        else
            resampleRow<3>(source.row(firstRow + y), weights, result.row(y));
    }
    return result;
}

int interpolationOf(ResizeFilter filter, bool exactNearest)
{
    switch (filter) {
    case ResizeFilter::Nearest:
        return exactNearest ? cv::INTER_NEAREST_EXACT : cv::INTER_NEAREST;
    case ResizeFilter::Bilinear:
        return cv::INTER_LINEAR;
    case ResizeFilter::Bicubic:
        return cv::INTER_CUBIC;
    case ResizeFilter::Area:
        return cv::INTER_AREA;
    case ResizeFilter::Lanczos:
        return cv::INTER_LANCZOS4;
    }
    return cv::INTER_LINEAR;
}

} // namespace

Image resampleAntialiased(const Image &source, int width, int height, const PixelWindow &window,
                          ResizeFilter filter)
{
    assert(window.left >= 0 && window.width > 0 && window.left <= width - window.width);
    assert(window.top >= 0 && window.height > 0 && window.top <= height - window.height);
    const Filter kernel = filterOf(filter);
    if (source.height == height)
        return resampleColumns(source, window.top, window.height, width, window, kernel);

    const Weights weights = makeWeights(source.height, height, window.top, window.height, kernel);
    const int firstRow = weights.spans.front().first;
    const int lastRow = weights.spans.back().first + weights.spans.back().count;
    const Image columns = resampleColumns(source, firstRow, lastRow - firstRow, width, window, kernel);
    Image result = makeImage(window.width, window.height, source.channels);
    std::vector<std::int32_t> sums(result.stride());
    for (int y = 0; y < window.height; ++y) {
        const auto [first, count] = weights.spans[static_cast<std::size_t>(y)];
        const std::int32_t *w = weights.of(static_cast<std::size_t>(y));
        std::fill(sums.begin(), sums.end(), kHalf);
        for (int i = 0; i < count; ++i) {
            const std::uint8_t *in = columns.row(first - firstRow + i);
            const std::int32_t weight = w[i];
            for (std::size_t x = 0; x < sums.size(); ++x)
                sums[x] += in[x] * weight;
        }
        std::transform(sums.begin(), sums.end(), result.row(y), toByte);
    }
    return result;
}

Result<Image> resizeWithOpenCv(const Image &source, int width, int height, ResizeFilter filter,
                               bool exactNearest)
{
    const int type = CV_8UC(source.channels);
    Image result = makeImage(width, height, source.channels);
    try {
        const cv::Mat in(source.height, source.width, type, const_cast<std::uint8_t *>(source.pixels.data()));
        cv::Mat out(height, width, type, result.pixels.data());
        cv::resize(in, out, out.size(), 0, 0, interpolationOf(filter, exactNearest));
        assert(out.data == result.pixels.data());
    } catch (const cv::Exception &e) {
        return Error {ErrorCode::Runtime, {}, "cannot be resized: " + std::string(e.what())};
    }
    return result;
}

} // namespace qs
