// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startscript.h"
#include "core/trainer/trainingengine.h"

#include <QApplication>
#include <QSettings>

int main(int argc, char *argv[])
{
    qs::prepareTraining();
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("quantstudio"));
    QApplication::setApplicationName(QStringLiteral("quantstudio"));
    QApplication::setApplicationDisplayName(QStringLiteral("Quantization Studio"));
    QApplication::setApplicationVersion(QStringLiteral(QS_VERSION));

    const qs::WindowOptions options = qs::parseWindowOptions(application.arguments());
    qs::Composition composition(std::make_unique<QSettings>(), std::make_unique<qs::QtDialogService>(),
                                qs::userCacheFolder());
    qs::MainWindow window(application, composition);
    window.show();
    const qs::StartScript script(window, composition, options);
    return QApplication::exec();
}
