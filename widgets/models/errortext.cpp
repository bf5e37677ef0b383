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
    Entry {"plan", QT_TRANSLATE_NOOP("Stages", "Planning")},
    Entry {"quantize", QT_TRANSLATE_NOOP("Stages", "Quantizing")},
    Entry {"verify", QT_TRANSLATE_NOOP("Stages", "Verifying")},
    Entry {"evaluate", QT_TRANSLATE_NOOP("Stages", "Measuring accuracy")},
    Entry {"latency", QT_TRANSLATE_NOOP("Stages", "Measuring latency")},
    Entry {"drift", QT_TRANSLATE_NOOP("Stages", "Measuring drift")},
    Entry {"save", QT_TRANSLATE_NOOP("Stages", "Saving")},
    Entry {"report", QT_TRANSLATE_NOOP("Stages", "Writing the report")},
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
    const QString fallback = readable(code);
    const QString translated = QCoreApplication::translate("Findings", fallback.toUtf8().constData());
    return translated;
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

} // namespace qs
