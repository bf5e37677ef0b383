// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointwork.h"

#include <QObject>
#include <QString>

namespace qs {

/// How a language model is to be quantized and measured.
struct CheckpointRecipe
{
    std::string strategy = "gguf";
    nlohmann::json parameters = nlohmann::json::object(); ///< those that differ from the defaults, or all
    std::string calibration; ///< text file; empty = none
    std::string evaluation; ///< text file; empty = nothing is measured
    std::size_t windows = 32; ///< of the evaluation text; 0 = all
    std::string output; ///< empty = a new name
    std::string outputFolder; ///< for new names; empty = beside the model

    bool operator==(const CheckpointRecipe &) const = default;
};

/// The language model that is open, what is asked for, and what became of it. Only state and signals;
/// CheckpointWorkflow does the work. Setters that change nothing emit nothing.
class CheckpointSession : public QObject
{
    Q_OBJECT

public:
    explicit CheckpointSession(QObject *parent = nullptr);

    const OpenedCheckpointPtr &checkpoint() const { return m_checkpoint; } ///< null = nothing is open
    /// The runs of the old model go, the new one is the first run. The texts stay, and the strategy.
    void setCheckpoint(OpenedCheckpointPtr checkpoint);
    void close();
    /// A project that was opened: its runs and recipe take the place of the old ones.
    void restore(OpenedCheckpointPtr checkpoint, CheckpointRecipe recipe, std::vector<CheckpointRunPtr> runs,
                 int currentRun);

    const QString &projectPath() const { return m_projectPath; } ///< empty = not saved yet
    void setProjectPath(const QString &path);
    bool isModified() const { return m_isModified; } ///< runs came or went since it was saved
    void setModified(bool modified);

    const CheckpointRecipe &recipe() const { return m_recipe; }
    void setRecipe(CheckpointRecipe recipe);

    /// The original first, then in the order of their making; empty while nothing is open.
    const std::vector<CheckpointRunPtr> &runs() const { return m_runs; }
    CheckpointRunPtr run(int id) const; ///< null = none, or not any more
    CheckpointRunPtr currentRun() const { return run(m_currentRun); }
    void setCurrentRun(int id);
    /// Takes the place of the run of the same id, else comes last and becomes the current one; an older one
    /// whose file it has written over goes.
    void putRun(const CheckpointRunPtr &run);
    void removeRun(int id); ///< not the original; files stay
    int takeRunId() { return ++m_lastId; }
    /// Before takeRunId(): "#2 gguf Q4_K_M".
    std::string nextRunName(const std::string &what) const;

signals:
    void checkpointChanged();
    void recipeChanged();
    void runsChanged();
    void currentRunChanged(); ///< another run, or more of the same one
    void projectPathChanged();
    void modifiedChanged(bool modified);

private:
    OpenedCheckpointPtr m_checkpoint;
    CheckpointRecipe m_recipe;
    std::vector<CheckpointRunPtr> m_runs;
    int m_currentRun = 0;
    int m_lastId = 0;
    QString m_projectPath;
    bool m_isModified = false;
};

} // namespace qs
