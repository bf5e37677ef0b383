// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/presets.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/base/paramspec.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace {

const std::vector<float> kImageNetMean {0.485F, 0.456F, 0.406F};
const std::vector<float> kImageNetStd {0.229F, 0.224F, 0.225F};
constexpr float kUnit = 1.F / 255.F;

/// Shorter side to input / 0.875, centre crop.
Preprocessing imageNet(std::string id)
{
    Preprocessing p;
    p.id = std::move(id);
    return p;
}

/// Resized only where the size differs.
Preprocessing asIs(std::string id)
{
    Preprocessing p;
    p.id = std::move(id);
    p.resize = ResizeRule::IfDifferent;
    p.centreCrop = false;
    return p;
}

/// Models fed by OpenCV programs: cv2.imread gives BGR, cv2.resize does not widen its filter.
Preprocessing openCv(std::string id, ResizeRule resize)
{
    Preprocessing p = asIs(std::move(id));
    p.resize = resize;
    p.antialias = false;
    p.colour = ColourOrder::Bgr;
    return p;
}

PreprocessingPreset imageNetTorch()
{
    Preprocessing p = imageNet("imagenet-torch");
    p.scale = kUnit;
    p.mean = kImageNetMean;
    p.std = kImageNetStd;
    return {p.id, QS_TR_NOOP("Presets", "ImageNet (PyTorch)"),
            QS_TR_NOOP("Presets",
                       "torchvision and timm classifiers: centre crop, RGB, ImageNet mean and deviation."),
            p};
}

PreprocessingPreset imageNetTf()
{
    Preprocessing p = imageNet("imagenet-tf");
    p.cropFloor = true;
    p.mean = {127.5F};
    p.std = {127.5F};
    return {
        p.id, QS_TR_NOOP("Presets", "ImageNet (TensorFlow)"),
        QS_TR_NOOP("Presets", "MobileNet and Inception from TensorFlow or Keras: centre crop, RGB, -1 to 1."),
        p};
}

PreprocessingPreset imageNetCaffe()
{
    Preprocessing p = imageNet("imagenet-caffe");
    // Caffe takes its crop, 227 or 224, from pictures whose shorter side is 256.
    p.shorterSide = 256;
    p.cropFloor = true;
    p.colour = ColourOrder::Bgr;
    p.mean = {104.F, 117.F, 123.F};
    return {
        p.id, QS_TR_NOOP("Presets", "ImageNet (Caffe)"),
        QS_TR_NOOP("Presets",
                   "AlexNet, SqueezeNet, VGG from Caffe: centre crop of 256, BGR, 0 to 255 minus the mean."),
        p};
}

PreprocessingPreset normalizeImageNet()
{
    Preprocessing p = asIs("normalize-imagenet");
    p.scale = kUnit;
    p.mean = kImageNetMean;
    p.std = kImageNetStd;
    return {p.id, QS_TR_NOOP("Presets", "ImageNet mean, no crop"),
            QS_TR_NOOP("Presets", "CIFAR ResNets: the whole picture, RGB, ImageNet mean and deviation."), p};
}

PreprocessingPreset unit()
{
    Preprocessing p = asIs("unit");
    p.scale = kUnit;
    return {p.id, QS_TR_NOOP("Presets", "0 to 1"),
            QS_TR_NOOP(
                "Presets",
                "MNIST and many others: the whole picture, grey or RGB as the model wants, divided by 255."),
            p};
}

PreprocessingPreset raw()
{
    const Preprocessing p = asIs("raw");
    return {p.id, QS_TR_NOOP("Presets", "0 to 255"),
            QS_TR_NOOP("Presets", "Models that normalize inside: the whole picture, grey or RGB, as bytes."),
            p};
}

PreprocessingPreset ultraFace()
{
    Preprocessing p = openCv("ultraface", ResizeRule::Stretch);
    p.colour = ColourOrder::Rgb;
    p.mean = {127.F};
    p.std = {128.F};
    return {p.id, QS_TR_NOOP("Presets", "UltraFace"),
            QS_TR_NOOP("Presets", "UltraFace face detectors: stretched, RGB, (x - 127) / 128."), p};
}

PreprocessingPreset bgrUnit()
{
    Preprocessing p = openCv("bgr-unit", ResizeRule::Stretch);
    p.scale = kUnit;
    return {p.id, QS_TR_NOOP("Presets", "BGR, 0 to 1"),
            QS_TR_NOOP("Presets",
                       "FastestDet and other detectors fed by OpenCV: stretched, BGR, divided by 255."),
            p};
}

PreprocessingPreset ocrDetection()
{
    Preprocessing p = openCv("ocr-det", ResizeRule::MultipleOf);
    p.scale = kUnit;
    // PaddleOCR applies the ImageNet numbers in this order to B, G, R (ppocr/data/imaug/operators.py).
    p.mean = kImageNetMean;
    p.std = kImageNetStd;
    return {p.id, QS_TR_NOOP("Presets", "PaddleOCR detection"),
            QS_TR_NOOP("Presets",
                       "PP-OCR text detectors: sides to multiples of 32, at most 960, BGR, ImageNet mean and "
                       "deviation."),
            p};
}

Preprocessing textLine(std::string id, int height)
{
    Preprocessing p = openCv(std::move(id), ResizeRule::Height);
    p.height = height;
    // (x / 255 - 0.5) / 0.5 without rounding twice.
    p.mean = {127.5F};
    p.std = {127.5F};
    return p;
}

PreprocessingPreset ocrRecognition()
{
    Preprocessing p = textLine("ocr-rec", 48);
    p.minWidth = 320;
    return {p.id, QS_TR_NOOP("Presets", "PaddleOCR recognition"),
            QS_TR_NOOP("Presets",
                       "PP-OCR text recognizers: height 48, padded with zeros to a width of at least 320, "
                       "BGR, -1 to 1."),
            p};
}

PreprocessingPreset ocrDirection()
{
    Preprocessing p = textLine("ocr-cls", 48);
    p.width = 192;
    return {p.id, QS_TR_NOOP("Presets", "PaddleOCR direction"),
            QS_TR_NOOP(
                "Presets",
                "PP-OCR text direction classifiers: height 48, width 192, padded with zeros, BGR, -1 to 1."),
            p};
}

} // namespace

const std::vector<PreprocessingPreset> &preprocessingPresets()
{
    static const std::vector<PreprocessingPreset> presets {
        imageNetTorch(), imageNetTf(), imageNetCaffe(), normalizeImageNet(), unit(),         raw(),
        ultraFace(),     bgrUnit(),    ocrDetection(),  ocrRecognition(),    ocrDirection(),
    };
    return presets;
}

std::string presetIds()
{
    std::string ids;
    for (const PreprocessingPreset &preset : preprocessingPresets())
        ids += (ids.empty() ? "" : ", ") + preset.id;
    return ids;
}

Result<Preprocessing> presetById(const std::string &id)
{
    for (const PreprocessingPreset &preset : preprocessingPresets()) {
        if (preset.id == id)
            return preset.preprocessing;
    }
    return Error {ErrorCode::InvalidArgument, "preprocessing '" + id + "'",
                  "not known; there are: " + presetIds()};
}

Result<Preprocessing> findPreprocessing(const std::string &presetOrFile)
{
    if (Result<Preprocessing> preset = presetById(presetOrFile); preset.ok())
        return preset;
    constexpr std::uint64_t kMaxBytes = 1 << 20;
    const Result<std::string> text = readFile(presetOrFile, kMaxBytes);
    if (!text.ok() && text.error().code == ErrorCode::NotFound)
        return Error {ErrorCode::NotFound, "preprocessing '" + presetOrFile + "'",
                      "neither a file nor a preset; presets: " + presetIds()};
    if (!text.ok())
        return text.error();
    const nlohmann::json json = parseJson(*text);
    if (json.is_discarded())
        return Error {ErrorCode::Format, presetOrFile, "not valid JSON"};
    Result<Preprocessing> result = preprocessingFromJson(json);
    if (!result.ok())
        return Error {result.error().code, presetOrFile, result.error().message()};
    return result;
}

} // namespace qs
