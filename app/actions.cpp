// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/actions.h"

#include "app/icons.h"

namespace qs {

Actions::Actions(QObject *parent)
    : QObject(parent)
    , openModel(add(QStringLiteral("openModel"), QKeySequence::Open))
    , openProject(add(QStringLiteral("openProject"), {Qt::CTRL | Qt::SHIFT | Qt::Key_O}))
    , openLanguageModel(add(QStringLiteral("openLanguageModel"), {Qt::CTRL | Qt::Key_L}))
    , openLanguageFolder(add(QStringLiteral("openLanguageFolder"), {Qt::CTRL | Qt::SHIFT | Qt::Key_L}))
    , addModel(add(QStringLiteral("addModel")))
    , save(add(QStringLiteral("save"), QKeySequence::Save))
    , saveAs(add(QStringLiteral("saveAs"), {Qt::CTRL | Qt::SHIFT | Qt::Key_S}))
    , exportModel(add(QStringLiteral("exportModel"), {Qt::CTRL | Qt::Key_E}))
    , exportReport(add(QStringLiteral("exportReport"), {Qt::CTRL | Qt::SHIFT | Qt::Key_E}))
    , close(add(QStringLiteral("close"), {Qt::CTRL | Qt::Key_W}))
    , quit(add(QStringLiteral("quit"), {Qt::CTRL | Qt::Key_Q}))
    , run(add(QStringLiteral("runAction"), {Qt::CTRL | Qt::Key_R}))
    , cancel(add(QStringLiteral("cancelAction"), {Qt::Key_Escape}))
    , resetLayout(add(QStringLiteral("resetLayout")))
    , clearRecent(add(QStringLiteral("clearRecent")))
    , about(add(QStringLiteral("about")))
    , themes(new QActionGroup(this))
    , languages(new QActionGroup(this))
{
    for (const char *theme : {"system", "light", "dark"})
        addChoice(themes, QLatin1String(theme));
    for (const char *code : {"en", "zh_CN"})
        addChoice(languages, QLatin1String(code));
    // Their own names, the same in every language.
    languages->actions().at(0)->setText(QStringLiteral("English"));
    languages->actions().at(1)->setText(QStringLiteral("简体中文"));
    quit->setMenuRole(QAction::QuitRole);
    about->setMenuRole(QAction::AboutRole);
    retranslate();
}

QAction *Actions::add(const QString &name, const QKeySequence &shortcut)
{
    auto *action = new QAction(this);
    action->setObjectName(name);
    action->setShortcut(shortcut);
    return action;
}

QAction *Actions::addChoice(QActionGroup *group, const QString &value)
{
    auto *action = group->addAction(QString());
    action->setCheckable(true);
    action->setData(value);
    return action;
}

void Actions::retranslate()
{
    const auto set = [](QAction *action, const QString &text, const QString &iconText, const QString &help) {
        action->setText(text);
        action->setIconText(iconText);
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        action->setToolTip(keys.isEmpty() ? help : QStringLiteral("%1 (%2)").arg(help, keys));
        action->setStatusTip({});
    };
    set(openModel, tr("&Open model…"), tr("Open"), tr("Open an ONNX model"));
    set(openProject, tr("Open &project…"), tr("Project"), tr("Open a project with its runs"));
    set(openLanguageModel, tr("Open &language model…"), tr("Language model"),
        tr("Open a GGUF file, or a Hugging Face folder by its config.json"));
    set(openLanguageFolder, tr("Open language model &folder…"), tr("Folder"),
        tr("Open a Hugging Face folder, plain or quantized"));
    set(addModel, tr("&Add a quantized model…"), tr("Add"),
        tr("Compare a model that was quantized by any tool with the runs"));
    set(save, tr("&Save project"), tr("Save"), tr("Save model, settings and runs as a project"));
    set(saveAs, tr("Save project &as…"), tr("Save as"), tr("Save the project under another name"));
    set(exportModel, tr("&Export ONNX…"), tr("Export"), tr("Export the quantized model of the current run"));
    set(exportReport, tr("Export &report…"), tr("Report"), tr("Write a report of all runs into a folder"));
    set(close, tr("&Close model"), tr("Close"), tr("Close the model and its runs"));
    set(quit, tr("&Quit"), tr("Quit"), tr("Quit the program"));
    set(run, tr("&Run"), tr("Run"), tr("Calibrate, quantize, measure drift and evaluate"));
    set(cancel, tr("&Cancel the run"), tr("Cancel"), tr("Stop the run"));
    set(resetLayout, tr("&Reset the layout"), {}, tr("Put all panels where they were at first"));
    set(clearRecent, tr("&Clear this list"), {}, tr("Forget the recent files"));
    set(about, tr("&About Quantization Studio"), {}, tr("Version and licence"));
    const QStringList names {tr("As the &system"), tr("&Light"), tr("&Dark")};
    for (qsizetype i = 0; i < names.size(); ++i)
        themes->actions().at(i)->setText(names.at(i));
}

void Actions::refreshIcons(const QPalette &palette)
{
    openModel->setIcon(themedIcon(QStringLiteral("open"), palette));
    openProject->setIcon(themedIcon(QStringLiteral("project"), palette));
    save->setIcon(themedIcon(QStringLiteral("save"), palette));
    exportModel->setIcon(themedIcon(QStringLiteral("export"), palette));
    exportReport->setIcon(themedIcon(QStringLiteral("report"), palette));
    run->setIcon(themedIcon(QStringLiteral("run"), palette));
    cancel->setIcon(themedIcon(QStringLiteral("cancel"), palette));
}

void Actions::setTheme(const QString &value)
{
    for (QAction *action : themes->actions())
        action->setChecked(action->data().toString() == value);
}

void Actions::setLanguage(const QString &code)
{
    for (QAction *action : languages->actions())
        action->setChecked(action->data().toString() == code);
}

} // namespace qs
