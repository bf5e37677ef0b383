// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"
#include "core/session/settings.h"
#include "core/session/workflow.h"
#include "widgets/dialogs/dialogservice.h"

namespace qs {

/// What the window is made from. The only place that knows every part.
class Composition
{
public:
    /// \a store keeps the settings; \a cacheFolder keeps statistics between runs (empty = none are kept).
    Composition(std::unique_ptr<QSettings> store, std::unique_ptr<DialogService> dialogs,
                std::filesystem::path cacheFolder);

    Settings &settings() { return m_settings; }
    JobRunner &jobs() { return m_jobs; }
    Session &session() { return m_session; }
    Workflow &workflow() { return m_workflow; }
    CheckpointSession &checkpoint() { return m_checkpoint; }
    CheckpointWorkflow &checkpointWorkflow() { return m_checkpointWorkflow; }
    DialogService &dialogs() { return *m_dialogs; }

private:
    Settings m_settings;
    std::unique_ptr<DialogService> m_dialogs;
    JobRunner m_jobs;
    Session m_session;
    Workflow m_workflow;
    CheckpointSession m_checkpoint;
    CheckpointWorkflow m_checkpointWorkflow;
};

/// Where statistics are kept for this user.
std::filesystem::path userCacheFolder();

} // namespace qs
