// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startscript.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPixmap>
#include <QTextStream>
#include <QTimer>

#include <cstdio>
#include <cstdlib>

namespace qs {

namespace {

constexpr int kUsage = 2;
/// Plots lay themselves out and previews arrive a moment after the last job.
constexpr int kSettleMs = 600;

QSize sizeFrom(const QString &text)
{
    const QStringList parts = text.split(QLatin1Char('x'));
    return parts.size() == 2 ? QSize(parts.at(0).toInt(), parts.at(1).toInt()) : QSize();
}

[[noreturn]] void wrongUsage(const QString &message)
{
    QTextStream(stderr) << message << '\n';
    std::exit(kUsage);
}

}

WindowOptions parseWindowOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QCoreApplication::translate("CommandLine", "Quantizes neural networks and shows what that costs."));
    const auto option = [&](const char *name, const char *help, const char *value) {
        return QCommandLineOption(QLatin1String(name), QCoreApplication::translate("CommandLine", help),
                                  QLatin1String(value));
    };
    const QCommandLineOption calibration = option(
        "calibration", QT_TRANSLATE_NOOP("CommandLine", "Folder of images, .npy or .npz to calibrate with."),
        "DATA");
    const QCommandLineOption evaluation
        = option("evaluation", QT_TRANSLATE_NOOP("CommandLine", "Data to measure with."), "DATA");
    const QCommandLineOption theme
        = option("theme", QT_TRANSLATE_NOOP("CommandLine", "Colours: light or dark."), "THEME");
    const QCommandLineOption language
        = option("language", QT_TRANSLATE_NOOP("CommandLine", "Language: en or zh_CN."), "LANGUAGE");
    const QCommandLineOption panel
        = option("panel", QT_TRANSLATE_NOOP("CommandLine", "Panel to bring to the front, e.g. drift."), "ID");
    const QCommandLineOption layer
        = option("layer", QT_TRANSLATE_NOOP("CommandLine", "Layer to select."), "NAME");
    const QCommandLineOption size
        = option("size", QT_TRANSLATE_NOOP("CommandLine", "Size of the window, e.g. 1440x900."), "WxH");
    const QCommandLineOption screenshot = option(
        "screenshot",
        QT_TRANSLATE_NOOP("CommandLine", "Write a picture of the window when all is done, and quit."),
        "FILE");
    const QCommandLineOption run(
        QStringLiteral("run"),
        QCoreApplication::translate("CommandLine", "Start a run as soon as the model is open."));
    parser.addOptions({calibration, evaluation, theme, language, panel, layer, size, run, screenshot});
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(
        QStringLiteral("FILE"),
        QCoreApplication::translate(
            "CommandLine",
            "ONNX model, language model (Hugging Face folder or GGUF file) or project to open."),
        QStringLiteral("[FILE]"));
    if (!parser.parse(arguments))
        wrongUsage(parser.errorText());
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp();

    WindowOptions options;
    if (parser.positionalArguments().size() > 1)
        wrongUsage(QCoreApplication::translate("CommandLine", "More than one file was given."));
    options.file = parser.positionalArguments().value(0);
    options.calibration = parser.value(calibration);
    options.evaluation = parser.value(evaluation);
    options.theme = parser.value(theme);
    options.language = parser.value(language);
    options.panel = parser.value(panel);
    options.layer = parser.value(layer);
    options.size = sizeFrom(parser.value(size));
    options.run = parser.isSet(run);
    options.screenshot = parser.value(screenshot);
    if (!options.theme.isEmpty() && options.theme != QLatin1String("light")
        && options.theme != QLatin1String("dark"))
        wrongUsage(QCoreApplication::translate("CommandLine", "--theme is light or dark."));
    if (!options.language.isEmpty() && options.language != QLatin1String("en")
        && options.language != QLatin1String("zh_CN"))
        wrongUsage(QCoreApplication::translate("CommandLine", "--language is en or zh_CN."));
    if (parser.isSet(size) && (options.size.width() <= 0 || options.size.height() <= 0))
        wrongUsage(QCoreApplication::translate("CommandLine", "--size is WIDTHxHEIGHT."));
    return options;
}

StartScript::StartScript(MainWindow &window, Composition &composition, WindowOptions options)
    : QObject(&window)
    , m_window(window)
    , m_composition(composition)
    , m_options(std::move(options))
{
    if (m_options.size.isValid()) {
        window.resize(m_options.size);
        window.resetLayout();
    }
    if (!m_options.theme.isEmpty())
        window.setTheme(m_options.theme);
    if (!m_options.language.isEmpty())
        window.setLanguage(m_options.language);
    Workflow &workflow = composition.workflow();
    connect(&workflow, &Workflow::opened, this, &StartScript::opened);
    connect(&workflow, &Workflow::failed, this, &StartScript::settled);
    connect(&workflow, &Workflow::runEnded, this, &StartScript::settled);
    CheckpointWorkflow &checkpoints = composition.checkpointWorkflow();
    connect(&checkpoints, &CheckpointWorkflow::opened, this, &StartScript::checkpointOpened);
    connect(&checkpoints, &CheckpointWorkflow::failed, this, &StartScript::settled);
    connect(&checkpoints, &CheckpointWorkflow::runEnded, this, &StartScript::settled);
    if (m_options.file.isEmpty())
        opened();
    else if (const QString model = CheckpointWorkflow::checkpointAt(m_options.file); !model.isEmpty())
        checkpoints.open(model);
    else if (QFileInfo(m_options.file).isDir())
        checkpoints.open(m_options.file); // says what it lacks
    else
        workflow.open(m_options.file);
}

void StartScript::checkpointOpened()
{
    CheckpointWorkflow &checkpoints = m_composition.checkpointWorkflow();
    disconnect(&checkpoints, &CheckpointWorkflow::opened, this, &StartScript::checkpointOpened);
    CheckpointSession &session = m_composition.checkpoint();
    CheckpointRecipe recipe = session.recipe();
    if (!m_options.calibration.isEmpty())
        recipe.calibration = QFileInfo(m_options.calibration).absoluteFilePath().toStdString();
    if (!m_options.evaluation.isEmpty())
        recipe.evaluation = QFileInfo(m_options.evaluation).absoluteFilePath().toStdString();
    session.setRecipe(std::move(recipe));
    if (m_options.run && checkpoints.obstacle() == CheckpointWorkflow::Obstacle::None)
        checkpoints.run();
    else
        settled();
}

void StartScript::opened()
{
    disconnect(&m_composition.workflow(), &Workflow::opened, this, &StartScript::opened);
    Session &session = m_composition.session();
    if (!m_options.calibration.isEmpty()) {
        Recipe recipe = session.recipe();
        recipe.calibration.path = QFileInfo(m_options.calibration).absoluteFilePath().toStdString();
        session.setRecipe(std::move(recipe));
    }
    if (!m_options.evaluation.isEmpty()) {
        DataSpec data = session.evaluationData();
        data.path = QFileInfo(m_options.evaluation).absoluteFilePath().toStdString();
        session.setEvaluationData(std::move(data));
    }
    if (m_options.run && m_composition.workflow().obstacle() == Workflow::Obstacle::None)
        m_composition.workflow().run();
    else
        settled();
}

void StartScript::settled()
{
    if (std::exchange(m_settled, true))
        return;
    if (!m_options.layer.isEmpty())
        m_composition.session().selectLayer(m_options.layer.toStdString());
    if (!m_options.panel.isEmpty())
        m_window.showPanel(m_options.panel);
    if (!m_options.screenshot.isEmpty())
        QTimer::singleShot(kSettleMs, this, &StartScript::takeScreenshot);
}

void StartScript::takeScreenshot()
{
    const bool written = m_window.grab().save(m_options.screenshot);
    if (!written)
        QTextStream(stderr) << m_options.screenshot << ": cannot be written\n";
    QCoreApplication::exit(written ? 0 : 1);
}

} // namespace qs
