// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/preview.h"

#include <algorithm>
#include <cmath>

namespace qs {

namespace {

constexpr std::int64_t kLargestSide = 4096;

float perChannel(const std::vector<float> &values, std::int64_t channel, float fallback)
{
    if (values.empty())
        return fallback;
    const auto i = static_cast<std::size_t>(channel);
    return values.size() == 1 ? values.front() : i < values.size() ? values[i] : fallback;
}

}

Image pictureOf(const Tensor &tensor, const Preprocessing &preprocessing)
{
    const bool nchw = preprocessing.layout == Layout::Nchw;
    const Shape &shape = tensor.shape();
    if (shape.size() != 4 || tensor.type() != DType::Float32)
        return {};
    const std::int64_t channels = nchw ? shape[1] : shape[3];
    const std::int64_t height = nchw ? shape[2] : shape[1];
    const std::int64_t width = nchw ? shape[3] : shape[2];
    const bool plausible = (channels == 1 || channels == 3) && width > 0 && height > 0
        && width <= kLargestSide && height <= kLargestSide && shape[0] > 0;
    if (!plausible)
        return {};

    Image picture = makeImage(static_cast<int>(width), static_cast<int>(height), 3);
    const std::span<const float> x = tensor.floats();
    const std::int64_t pixelStep = nchw ? 1 : channels;
    const std::int64_t channelStep = nchw ? width * height : 1;
    for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t shown = preprocessing.colour == ColourOrder::Bgr ? 2 - c : c;
        const std::int64_t source = channels == 1 ? 0 : c;
        const float mean = perChannel(preprocessing.mean, source, 0.F);
        const float deviation = perChannel(preprocessing.std, source, 1.F);
        for (std::int64_t i = 0; i < width * height; ++i) {
            const float value = x[static_cast<std::size_t>(source * channelStep + i * pixelStep)];
            const float pixel = (value * deviation + mean) / preprocessing.scale;
            const float clamped = std::isfinite(pixel) ? std::clamp(pixel, 0.F, 255.F) : 0.F;
            picture.pixels[static_cast<std::size_t>(i * 3 + shown)]
                = static_cast<std::uint8_t>(std::lround(clamped));
        }
    }
    return picture;
}

Result<SamplePreview> makePreview(const DataSpec &data, const std::vector<ValueInfo> &inputs,
                                  std::size_t index, JobContext &job)
{
    QS_TRY(const DatasetPtr dataset, openDataset(data, inputs, job));
    if (dataset->size() == 0)
        return Error {ErrorCode::NotFound, data.path, "has no samples"};
    SamplePreview preview;
    preview.index = index % dataset->size();
    preview.count = dataset->size();
    preview.description = dataset->description();
    job.throwIfStopped();
    QS_TRY(const Sample sample, dataset->sample(preview.index));
    preview.id = sample.id;
    preview.label = sample.label;
    if (sample.inputs.empty())
        return preview;
    const Tensor &tensor = sample.inputs.front().tensor;
    preview.shape = toString(tensor.shape());
    if (const auto floats = toFloat32(tensor); floats.ok())
        preview.range = extentOf(floats->floats()).range;
    if (data.preprocessing)
        preview.picture = pictureOf(tensor, *data.preprocessing);
    return preview;
}

} // namespace qs
