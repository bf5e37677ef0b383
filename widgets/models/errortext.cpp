// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/errortext.h"

#include <QCoreApplication>

#include <array>
#include <utility>

namespace qs {
namespace {

using Entry = std::pair<const char *, const char *>;

constexpr std::array kStages {
    Entry {"load", QT_TRANSLATE_NOOP("Stages", "Loading")},
    Entry {"prepare", QT_TRANSLATE_NOOP("Stages", "Preparing the model")},
    Entry {"calibrate", QT_TRANSLATE_NOOP("Stages", "Collecting statistics")},
    Entry {"read-training-data", QT_TRANSLATE_NOOP("Stages", "Reading training data")},
    Entry {"train", QT_TRANSLATE_NOOP("Stages", "Training")},
    Entry {"check-simulation", QT_TRANSLATE_NOOP("Stages", "Comparing with the simulation")},
    Entry {"equalize", QT_TRANSLATE_NOOP("Stages", "Equalizing layers")},
    Entry {"smoothquant", QT_TRANSLATE_NOOP("Stages", "Smoothing activations")},
    Entry {"adaround", QT_TRANSLATE_NOOP("Stages", "Choosing the rounding of weights")},
    Entry {"sequential_bias_correction", QT_TRANSLATE_NOOP("Stages", "Correcting biases")},
    Entry {"plan", QT_TRANSLATE_NOOP("Stages", "Planning")},
    Entry {"quantize", QT_TRANSLATE_NOOP("Stages", "Quantizing")},
    Entry {"verify", QT_TRANSLATE_NOOP("Stages", "Verifying")},
    Entry {"lint", QT_TRANSLATE_NOOP("Stages", "Checking")},
    Entry {"evaluate", QT_TRANSLATE_NOOP("Stages", "Measuring accuracy")},
    Entry {"latency", QT_TRANSLATE_NOOP("Stages", "Measuring latency")},
    Entry {"drift", QT_TRANSLATE_NOOP("Stages", "Measuring drift")},
    Entry {"save", QT_TRANSLATE_NOOP("Stages", "Saving")},
    Entry {"report", QT_TRANSLATE_NOOP("Stages", "Writing the report")},
    Entry {"shapes", QT_TRANSLATE_NOOP("Stages", "Inferring shapes")},
    Entry {"compare", QT_TRANSLATE_NOOP("Stages", "Comparing the models")},
    Entry {"sensitivity", QT_TRANSLATE_NOOP("Stages", "Measuring sensitivity")},
    Entry {"weigh", QT_TRANSLATE_NOOP("Stages", "Weighing types")},
    Entry {"restore", QT_TRANSLATE_NOOP("Stages", "Restoring the runs")},
};

constexpr std::array kFindingTitles {
    Entry {"needs", QT_TRANSLATE_NOOP("Findings", "Disk and memory")},
    Entry {"resumed", QT_TRANSLATE_NOOP("Findings", "Resumed")},
    Entry {"tied-embeddings", QT_TRANSLATE_NOOP("Findings", "Tied embeddings")},
    Entry {"weights-not-compared", QT_TRANSLATE_NOOP("Findings", "Weights not compared")},
    Entry {"type-fallback", QT_TRANSLATE_NOOP("Findings", "Another type")},
    Entry {"opset-raised", QT_TRANSLATE_NOOP("Findings", "Opset raised")},
    Entry {"accuracy-level-of-session", QT_TRANSLATE_NOOP("Findings", "Accuracy level left to the session")},
    Entry {"opset-kept", QT_TRANSLATE_NOOP("Findings", "Opset kept")},
    Entry {"constants-not-folded", QT_TRANSLATE_NOOP("Findings", "Constants not folded")},
    Entry {"fold-not-finite", QT_TRANSLATE_NOOP("Findings", "Not folded")},
    Entry {"activation-not-absorbed", QT_TRANSLATE_NOOP("Findings", "Activation not absorbed")},
    Entry {"bias-saturated", QT_TRANSLATE_NOOP("Findings", "Bias saturated")},
    Entry {"bias-scale-widened", QT_TRANSLATE_NOOP("Findings", "Bias scale widened")},
    Entry {"equalized", QT_TRANSLATE_NOOP("Findings", "Layers equalized")},
    Entry {"nothing-to-equalize", QT_TRANSLATE_NOOP("Findings", "Nothing to equalize")},
    Entry {"smoothed", QT_TRANSLATE_NOOP("Findings", "Activations smoothed")},
    Entry {"adaround", QT_TRANSLATE_NOOP("Findings", "Rounding chosen")},
    Entry {"bias-corrected", QT_TRANSLATE_NOOP("Findings", "Biases corrected")},
    Entry {"model-changed-by-refinement", QT_TRANSLATE_NOOP("Findings", "Model changed by refinement")},
    Entry {"excluded-folded", QT_TRANSLATE_NOOP("Findings", "Excluded layer was folded")},
    Entry {"nothing-quantized", QT_TRANSLATE_NOOP("Findings", "Nothing quantized")},
    Entry {"override-unused", QT_TRANSLATE_NOOP("Findings", "Override unused")},
    Entry {"nan-in-activations", QT_TRANSLATE_NOOP("Findings", "NaN in activations")},
    Entry {"inf-in-activations", QT_TRANSLATE_NOOP("Findings", "Infinity in activations")},
    Entry {"calibration-cache-ignored", QT_TRANSLATE_NOOP("Findings", "Calibration cache ignored")},
    Entry {"calibration-cache-not-written", QT_TRANSLATE_NOOP("Findings", "Calibration cache not written")},
    Entry {"synthetic-calibration", QT_TRANSLATE_NOOP("Findings", "Synthetic calibration")},
    Entry {"float-kernel", QT_TRANSLATE_NOOP("Findings", "Float kernel")},
    Entry {"high-drift", QT_TRANSLATE_NOOP("Findings", "High drift")},
    Entry {"clipped-activations", QT_TRANSLATE_NOOP("Findings", "Clipped activations")},
    Entry {"dead-channels", QT_TRANSLATE_NOOP("Findings", "Dead channels")},
    Entry {"weights-stored-wider", QT_TRANSLATE_NOOP("Findings", "Stored wider than used")},
    Entry {"training-resumed", QT_TRANSLATE_NOOP("Findings", "Training went on")},
    Entry {"training-ended-early", QT_TRANSLATE_NOOP("Findings", "Training ended early")},
    Entry {"training-diverged", QT_TRANSLATE_NOOP("Findings", "Training diverged")},
    Entry {"other-checkpoint", QT_TRANSLATE_NOOP("Findings", "Checkpoint not used")},
    Entry {"alone-not-measured", QT_TRANSLATE_NOOP("Findings", "Single layers not measured")},
    Entry {"layer-not-compared", QT_TRANSLATE_NOOP("Findings", "Layer not compared")},
    Entry {"nan-output", QT_TRANSLATE_NOOP("Findings", "NaN in outputs")},
    Entry {"label-outside-classes", QT_TRANSLATE_NOOP("Findings", "Label outside classes")},
    Entry {"convolutions-stay-float", QT_TRANSLATE_NOOP("Findings", "Convolutions stay float")},
    Entry {"sub-graphs-stay-float", QT_TRANSLATE_NOOP("Findings", "Sub-graphs stay float")},
    Entry {"foreign-target", QT_TRANSLATE_NOOP("Findings", "Made for another machine")},
    Entry {"target-needs-vnni", QT_TRANSLATE_NOOP("Findings", "This machine has no VNNI")},
    Entry {"open-shapes", QT_TRANSLATE_NOOP("Findings", "Open shapes")},
    Entry {"slower-than-float", QT_TRANSLATE_NOOP("Findings", "Slower than float")},
    Entry {"accuracy-lost", QT_TRANSLATE_NOOP("Findings", "Accuracy lost")},
    Entry {"disagrees", QT_TRANSLATE_NOOP("Findings", "Predictions differ")},
    Entry {"no-evaluation-data", QT_TRANSLATE_NOOP("Findings", "No evaluation data")},
    Entry {"sample-skipped", QT_TRANSLATE_NOOP("Findings", "Sample skipped")},
    Entry {"pictures-without-class", QT_TRANSLATE_NOOP("Findings", "Pictures without class")},
    Entry {"array-unused", QT_TRANSLATE_NOOP("Findings", "Array unused")},
    Entry {"labels-unused", QT_TRANSLATE_NOOP("Findings", "Labels unused")},
    Entry {"rows-unused", QT_TRANSLATE_NOOP("Findings", "Rows unused")},
    Entry {"not-prepared", QT_TRANSLATE_NOOP("Findings", "Model not prepared")},
    Entry {"model-changed", QT_TRANSLATE_NOOP("Findings", "Model changed")},
    Entry {"statistics-missing", QT_TRANSLATE_NOOP("Findings", "Statistics missing")},
    Entry {"run-left-out", QT_TRANSLATE_NOOP("Findings", "Run left out")},
    Entry {"opset-too-old", QT_TRANSLATE_NOOP("Findings", "Opset too old")},
    Entry {"ir-too-old", QT_TRANSLATE_NOOP("Findings", "IR version too old")},
    Entry {"opset-without-fusion", QT_TRANSLATE_NOOP("Findings", "Opset without fusion")},
    Entry {"axis-missing", QT_TRANSLATE_NOOP("Findings", "Axis missing")},
    Entry {"axis-wrong", QT_TRANSLATE_NOOP("Findings", "Wrong axis")},
    Entry {"axis-not-channels", QT_TRANSLATE_NOOP("Findings", "Axis not the channels")},
    Entry {"damaged-tensor", QT_TRANSLATE_NOOP("Findings", "Damaged tensor")},
    Entry {"scale-invalid", QT_TRANSLATE_NOOP("Findings", "Invalid scale")},
    Entry {"scale-subnormal", QT_TRANSLATE_NOOP("Findings", "Subnormal scale")},
    Entry {"zero-point-type", QT_TRANSLATE_NOOP("Findings", "Type of the zero point")},
    Entry {"zero-point-count", QT_TRANSLATE_NOOP("Findings", "Number of zero points")},
    Entry {"zero-point-of-int32", QT_TRANSLATE_NOOP("Findings", "Zero point of int32")},
    Entry {"pair-differs", QT_TRANSLATE_NOOP("Findings", "Pair differs")},
    Entry {"channel-zero-points", QT_TRANSLATE_NOOP("Findings", "Zero points of channels")},
    Entry {"weight-zero-point", QT_TRANSLATE_NOOP("Findings", "Zero point of weights")},
    Entry {"weight-lowest-code", QT_TRANSLATE_NOOP("Findings", "Lowest code in weights")},
    Entry {"bias-scale", QT_TRANSLATE_NOOP("Findings", "Scale of the bias")},
    Entry {"bias-scale-rounded", QT_TRANSLATE_NOOP("Findings", "Scale of the bias rounded")},
    Entry {"bias-in-float", QT_TRANSLATE_NOOP("Findings", "Bias in float")},
    Entry {"bias-in-integers", QT_TRANSLATE_NOOP("Findings", "Bias in integers")},
    Entry {"bias-type", QT_TRANSLATE_NOOP("Findings", "Type of the bias")},
    Entry {"weights-only", QT_TRANSLATE_NOOP("Findings", "Weights only")},
    Entry {"operand-in-float", QT_TRANSLATE_NOOP("Findings", "Operand in float")},
    Entry {"quantized-twice", QT_TRANSLATE_NOOP("Findings", "Quantized twice")},
    Entry {"read-in-float", QT_TRANSLATE_NOOP("Findings", "Read in float")},
    Entry {"grids-differ", QT_TRANSLATE_NOOP("Findings", "Grids differ")},
    Entry {"clipping-not-absorbed", QT_TRANSLATE_NOOP("Findings", "Clipping not absorbed")},
    Entry {"activation-type", QT_TRANSLATE_NOOP("Findings", "Type of activations")},
    Entry {"activation-zero-point", QT_TRANSLATE_NOOP("Findings", "Zero point of activations")},
    Entry {"weight-type", QT_TRANSLATE_NOOP("Findings", "Type of weights")},
    Entry {"weight-granularity", QT_TRANSLATE_NOOP("Findings", "Granularity of weights")},
    Entry {"signed-by-unsigned", QT_TRANSLATE_NOOP("Findings", "Signed by unsigned")},
    Entry {"conv-integer-signed", QT_TRANSLATE_NOOP("Findings", "ConvInteger with signed weights")},
    Entry {"weights-may-saturate", QT_TRANSLATE_NOOP("Findings", "Weights may saturate")},
    Entry {"not-fused", QT_TRANSLATE_NOOP("Findings", "Not fused")},
    Entry {"idle-pair", QT_TRANSLATE_NOOP("Findings", "Idle pair")},
    Entry {"float-island", QT_TRANSLATE_NOOP("Findings", "Float island")},
    Entry {"matrix-too-small", QT_TRANSLATE_NOOP("Findings", "Matrix too small")},
    Entry {"batch-norm-not-folded", QT_TRANSLATE_NOOP("Findings", "Batch normalization not folded")},
    Entry {"weight-stored-twice", QT_TRANSLATE_NOOP("Findings", "Weights stored twice")},
    Entry {"float-copy", QT_TRANSLATE_NOOP("Findings", "Float copy of weights")},
    Entry {"float-copy-read", QT_TRANSLATE_NOOP("Findings", "Float copy of weights in use")},
    Entry {"weight-quantized-twice", QT_TRANSLATE_NOOP("Findings", "Weights quantized twice")},
    Entry {"external-location", QT_TRANSLATE_NOOP("Findings", "Place of external data")},
    Entry {"external-not-aligned", QT_TRANSLATE_NOOP("Findings", "External data not aligned")},
    Entry {"file-too-large", QT_TRANSLATE_NOOP("Findings", "File too large")},
    Entry {"name-not-unique", QT_TRANSLATE_NOOP("Findings", "Name not unique")},
    Entry {"interface-changed", QT_TRANSLATE_NOOP("Findings", "Interface changed")},
    Entry {"does-not-load", QT_TRANSLATE_NOOP("Findings", "Does not load")},
    Entry {"does-not-run", QT_TRANSLATE_NOOP("Findings", "Does not run")},
    Entry {"differs-from-simulation", QT_TRANSLATE_NOOP("Findings", "Differs from simulation")},
};

/// "opset-raised" → "Opset raised"
QString readable(const std::string &code)
{
    QString text = QString::fromStdString(code).replace(QLatin1Char('-'), QLatin1Char(' '));
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

const char *headline(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
        return QT_TRANSLATE_NOOP("Errors", "Not found");
    case ErrorCode::Permission:
        return QT_TRANSLATE_NOOP("Errors", "No permission");
    case ErrorCode::Io:
        return QT_TRANSLATE_NOOP("Errors", "Reading or writing failed");
    case ErrorCode::Format:
        return QT_TRANSLATE_NOOP("Errors", "Damaged or unknown format");
    case ErrorCode::Unsupported:
        return QT_TRANSLATE_NOOP("Errors", "Not supported");
    case ErrorCode::InvalidArgument:
        return QT_TRANSLATE_NOOP("Errors", "This does not fit");
    case ErrorCode::Runtime:
        return QT_TRANSLATE_NOOP("Errors", "The inference runtime failed");
    case ErrorCode::OutOfMemory:
        return QT_TRANSLATE_NOOP("Errors", "Out of memory");
    }
    return "";
}

} // namespace

QString errorHeadline(ErrorCode code)
{
    return QCoreApplication::translate("Errors", headline(code));
}

QString errorText(const Error &error)
{
    return QCoreApplication::translate("Errors", "%1: %2")
        .arg(errorHeadline(error.code), QString::fromStdString(error.message()));
}

QString findingTitle(const std::string &code)
{
    for (const auto &[key, text] : kFindingTitles)
        if (code == key)
            return QCoreApplication::translate("Findings", text);
    return readable(code);
}

QString severityText(Severity severity)
{
    switch (severity) {
    case Severity::Info:
        return QCoreApplication::translate("Findings", "Note");
    case Severity::Warning:
        return QCoreApplication::translate("Findings", "Warning");
    case Severity::Error:
        return QCoreApplication::translate("Findings", "Error");
    }
    return {};
}

QString stageText(const std::string &stage)
{
    for (const auto &[key, text] : kStages)
        if (stage == key)
            return QCoreApplication::translate("Stages", text);
    return readable(stage);
}

QString translateCore(const char *context, const std::string &text)
{
    return QCoreApplication::translate(context, text.c_str());
}

QString translated(const Text &text)
{
    if (!text.isSentence)
        return QString::fromStdString(text.pattern);
    const QString pattern
        = QCoreApplication::translate("Sentence", text.pattern.c_str(), nullptr, text.count.value_or(-1));
    std::vector<std::string> values;
    values.reserve(text.arguments.size());
    for (const Text &argument : text.arguments)
        values.push_back(translated(argument).toStdString());
    return QString::fromStdString(filledIn(pattern.toStdString(), values));
}

} // namespace qs
