// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QActionGroup>
#include <QMainWindow>

class QMenu;

namespace qs {

/// Every command of the window, its texts, icons and shortcuts. What they do is the window's business.
class Actions : public QObject
{
    Q_OBJECT
public:
    explicit Actions(QObject *parent);

    QAction *openModel;
    QAction *openProject;
    QAction *openLanguageModel;
    QAction *openLanguageFolder;
    QAction *addModel;
    QAction *save;
    QAction *saveAs;
    QAction *exportModel;
    QAction *exportReport;
    QAction *close;
    QAction *quit;
    QAction *run;
    QAction *cancel;
    QAction *resetLayout;
    QAction *clearRecent;
    QAction *about;
    QActionGroup *themes; ///< data() = the setting's value
    QActionGroup *languages; ///< data() = the language's code

    void retranslate();
    void refreshIcons(const QPalette &palette);
    void setTheme(const QString &value);
    void setLanguage(const QString &code);

private:
    QAction *add(const QString &name, const QKeySequence &shortcut = {});
    static QAction *addChoice(QActionGroup *group, const QString &value);
};

} // namespace qs
