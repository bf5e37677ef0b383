// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/composition.h"

#include "core/targets/target.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

// Resources of a static library have to be asked for, outside of any namespace.
static void initializeResources()
{
    Q_INIT_RESOURCE(quantstudio);
}

namespace qs {

Composition::Composition(std::unique_ptr<QSettings> store, std::unique_ptr<DialogService> dialogs,
                         std::filesystem::path cacheFolder)
    : m_settings(std::move(store))
    , m_dialogs(std::move(dialogs))
    , m_workflow({.session = m_session,
                  .jobs = m_jobs,
                  .settings = m_settings,
                  .engine = makeOnnxRuntimeEngine(),
                  .strategies = builtinStrategies(),
                  .targets = builtinTargets(),
                  .observers = builtinObservers(),
                  .cacheFolder = std::move(cacheFolder)})
    , m_checkpointWorkflow({.session = m_checkpoint,
                            .jobs = m_jobs,
                            .settings = m_settings,
                            .strategies = builtinLlmStrategies()})
{
    initializeResources();
}

std::filesystem::path userCacheFolder()
{
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
    if (folder.isEmpty() || !QDir().mkpath(folder))
        return {};
    return QFile::encodeName(folder).toStdString();
}

} // namespace qs
