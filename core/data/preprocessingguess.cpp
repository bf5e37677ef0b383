// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/jsontext.h"
#include "core/data/imagegeometry.h"
#include "core/data/presets.h"
#include "core/model/graphview.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qs {
namespace {

PreprocessingGuess guessFrom(const char *preset, Text reason)
{
    return {presetById(preset).value(), std::move(reason), false};
}

/// "3x32x?"
std::string shapeText(const ImageInput &image)
{
    const auto side = [](int pixels) { return pixels > 0 ? std::to_string(pixels) : std::string("?"); };
    return std::to_string(image.channels) + "x" + side(image.height) + "x" + side(image.width);
}

/// Pictures of classifiers trained on ImageNet are 128 (small MobileNets) to 331 (NASNet) pixels square.
bool isImageNetSize(int side)
{
    return side >= 128 && side <= 331;
}

PreprocessingGuess guessFor(const ImageInput &image)
{
    const std::string shape = shapeText(image);
    if (image.channels == 1)
        return guessFrom(
            "unit",
            sentence(QS_TR_NOOP("Sentence", "%1 input: a grey picture, a guess from its shape"), {shape}));
    if (image.height == 32 && image.width == 32)
        return guessFrom(
            "normalize-imagenet",
            sentence(QS_TR_NOOP("Sentence", "%1 input: CIFAR-style, a guess from its shape"), {shape}));
    if (image.height == 48 && image.width == 0)
        return guessFrom(
            "ocr-rec",
            sentence(QS_TR_NOOP("Sentence", "%1 input: text lines of PaddleOCR, a guess from its shape"),
                     {shape}));
    if (image.height == 0 || image.width == 0) {
        PreprocessingGuess guess
            = guessFrom("imagenet-torch",
                        sentence(QS_TR_NOOP("Sentence",
                                            "%1 input: of open size, 224x224 as for ImageNet is a guess; "
                                            "choose what it was trained with"),
                                 {shape}));
        guess.preprocessing.width = image.width > 0 ? image.width : 224;
        guess.preprocessing.height = image.height > 0 ? image.height : 224;
        return guess;
    }
    if (image.height == image.width && isImageNetSize(image.width))
        return guessFrom("imagenet-torch",
                         sentence(QS_TR_NOOP("Sentence",
                                             "%1 input: ImageNet-sized; its mean and deviation are a guess, "
                                             "TensorFlow and Caffe models want others"),
                                  {shape}));
    return guessFrom(
        "unit",
        sentence(QS_TR_NOOP("Sentence", "%1 input: 0 to 1 is a guess; choose what it was trained with"),
                 {shape}));
}

/// Null when \a input is no picture.
std::optional<ImageInput> asImage(const ValueInfo &input)
{
    if (!input.hasShape || input.shape.size() != 4)
        return std::nullopt;
    // One of the channel dimensions must be known: four open dimensions may be anything.
    const auto isChannels = [](std::int64_t dim) { return dim == 1 || dim == 3; };
    if (!isChannels(input.shape[1]) && !isChannels(input.shape[3]))
        return std::nullopt;
    Preprocessing open;
    open.resize = ResizeRule::IfDifferent;
    open.centreCrop = false;
    const Result<ImageInput> image = resolveImageInput(input, open);
    return image.ok() ? std::optional(*image) : std::nullopt;
}

} // namespace

std::optional<PreprocessingGuess> guessPreprocessing(const Model &model)
{
    if (const std::optional<std::string> stored = model.metadata(kPreprocessingKey)) {
        const nlohmann::json json = parseJson(*stored);
        const Result<Preprocessing> preprocessing = preprocessingFromJson(json);
        if (preprocessing.ok())
            return PreprocessingGuess {*preprocessing,
                                       sentence(QS_TR_NOOP("Sentence", "stored in the model")), true};
    }
    for (const ValueInfo &input : model.graph().inputs()) {
        if (const std::optional<ImageInput> image = asImage(input))
            return guessFor(*image);
    }
    return std::nullopt;
}

} // namespace qs
