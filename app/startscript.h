// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/mainwindow.h"

#include <QCommandLineParser>

namespace qs {

/// What the program is started with.
struct WindowOptions
{
    QString file;
    QString calibration;
    QString evaluation;
    QString theme; ///< empty = as set before
    QString language;
    QString panel; ///< id of the one to bring to the front
    QString layer; ///< to select
    QSize size; ///< invalid = as it was
    bool run = false;
    QString screenshot; ///< write the window's picture here when all is done, and quit
};

/// Ends the program after --help, --version and wrong usage (exit code 2).
WindowOptions parseWindowOptions(const QStringList &arguments);

/// Carries \a options out on \a window, step by step as the jobs end.
class StartScript : public QObject
{
    Q_OBJECT
public:
    StartScript(MainWindow &window, Composition &composition, WindowOptions options);

private:
    void opened();
    void checkpointOpened();
    void settled();
    void takeScreenshot();

    MainWindow &m_window;
    Composition &m_composition;
    WindowOptions m_options;
    bool m_settled = false;
};

} // namespace qs
