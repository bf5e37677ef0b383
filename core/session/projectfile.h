// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"
#include "core/session/openedmodel.h"

namespace qs {

/// What a project file (.qsproj, JSON) keeps.
struct Project
{
    OpenedModelPtr model;
    Recipe recipe;
    DataSpec evaluationData;
    std::vector<RunPtr> runs;
    int currentRun = -1;
    std::string selectedLayer;
};

inline constexpr int kProjectVersion = 1;

/// Writes \a project to \a path. Quantized models and statistics go beside it, into the folder "<path>.d",
/// under names made from their content; the project file itself is written last and renamed into place, so an
/// interrupted save leaves the old project whole. Paths of model and data are kept relative to the project
/// too.
Status saveProject(const Project &project, const std::filesystem::path &path, JobContext &job);

/// Opens it again: loads the float model and the quantized models. A quantized model that is missing or
/// damaged is made again from its plan; a run that cannot be restored is left out and reported as a finding.
/// One error names the file when it is damaged, written by a newer version, or its float model is gone.
Result<Project> loadProject(const std::filesystem::path &path, const InferenceEngine *engine,
                            JobContext &job);

} // namespace qs
