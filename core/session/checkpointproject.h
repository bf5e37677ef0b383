// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointsession.h"

namespace qs {

/// What a project file (.qsproj, JSON) keeps of a language model: where it and its runs are, what was asked
/// for, and what was measured. The checkpoints themselves stay where they are.
struct CheckpointProject
{
    OpenedCheckpointPtr checkpoint;
    CheckpointRecipe recipe;
    std::vector<CheckpointRunPtr> runs; ///< the original first
    int currentRun = 0; ///< its id
};

/// Whether \a path is a project of a language model; looks at the start of the file only.
bool isCheckpointProject(const std::filesystem::path &path);

Status saveCheckpointProject(const CheckpointProject &project, const std::filesystem::path &path);

/// Opens it again. A run whose file is gone is left out and reported as a finding; one whose file is another
/// by now is there without what was measured. One error names the file when it is damaged, written by a newer
/// version, or its model is gone.
Result<CheckpointProject> loadCheckpointProject(const std::filesystem::path &path, JobContext &job);

} // namespace qs
