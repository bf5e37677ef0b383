// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpointsession.h"

#include <algorithm>

namespace qs {

CheckpointSession::CheckpointSession(QObject *parent)
    : QObject(parent)
{ }

void CheckpointSession::setCheckpoint(OpenedCheckpointPtr checkpoint)
{
    if (checkpoint == m_checkpoint)
        return;
    m_checkpoint = std::move(checkpoint);
    m_runs.clear();
    m_currentRun = 0;
    m_lastId = 0;
    if (m_checkpoint) {
        auto original = std::make_shared<CheckpointRun>();
        original->name = m_checkpoint->name();
        original->path = m_checkpoint->path;
        original->view = std::shared_ptr<const CheckpointView>(m_checkpoint, &m_checkpoint->view);
        original->fileBytes = m_checkpoint->fileBytes;
        m_runs.push_back(std::move(original));
    }
    setProjectPath({});
    setModified(false);
    emit checkpointChanged();
    emit runsChanged();
    emit currentRunChanged();
    CheckpointRecipe recipe = m_recipe;
    recipe.output.clear(); // it was meant for the old model
    setRecipe(std::move(recipe));
}

void CheckpointSession::close()
{
    setCheckpoint(nullptr);
}

void CheckpointSession::restore(OpenedCheckpointPtr checkpoint, CheckpointRecipe recipe,
                                std::vector<CheckpointRunPtr> runs, int currentRun)
{
    setCheckpoint(std::move(checkpoint));
    setRecipe(std::move(recipe));
    m_runs = std::move(runs);
    for (const CheckpointRunPtr &run : m_runs)
        m_lastId = std::max(m_lastId, run->id);
    m_currentRun = run(currentRun) ? currentRun : 0;
    emit runsChanged();
    emit currentRunChanged();
}

void CheckpointSession::setProjectPath(const QString &path)
{
    if (path == m_projectPath)
        return;
    m_projectPath = path;
    emit projectPathChanged();
}

void CheckpointSession::setModified(bool modified)
{
    if (modified == m_isModified)
        return;
    m_isModified = modified;
    emit modifiedChanged(modified);
}

void CheckpointSession::setRecipe(CheckpointRecipe recipe)
{
    if (recipe == m_recipe)
        return;
    m_recipe = std::move(recipe);
    emit recipeChanged();
}

CheckpointRunPtr CheckpointSession::run(int id) const
{
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [id](const CheckpointRunPtr &run) { return run->id == id; });
    return found == m_runs.end() ? nullptr : *found;
}

void CheckpointSession::setCurrentRun(int id)
{
    if (id == m_currentRun || !run(id))
        return;
    m_currentRun = id;
    emit currentRunChanged();
}

void CheckpointSession::putRun(const CheckpointRunPtr &run)
{
    if (m_runs.empty())
        return;
    setModified(true);
    const auto same = std::find_if(m_runs.begin(), m_runs.end(),
                                   [&](const CheckpointRunPtr &other) { return other->id == run->id; });
    if (same != m_runs.end()) {
        *same = run;
        emit runsChanged();
        if (run->id == m_currentRun)
            emit currentRunChanged();
        return;
    }
    std::erase_if(m_runs, [&](const CheckpointRunPtr &other) { return other->path == run->path; });
    m_runs.push_back(run);
    m_currentRun = run->id;
    emit runsChanged();
    emit currentRunChanged();
}

void CheckpointSession::removeRun(int id)
{
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [id](const CheckpointRunPtr &run) { return run->id == id; });
    if (id == 0 || found == m_runs.end())
        return;
    const int before = (*std::prev(found))->id;
    m_runs.erase(found);
    setModified(true);
    const bool wasCurrent = std::exchange(m_currentRun, m_currentRun == id ? before : m_currentRun) == id;
    emit runsChanged();
    if (wasCurrent)
        emit currentRunChanged();
}

std::string CheckpointSession::nextRunName(const std::string &what) const
{
    return "#" + std::to_string(m_lastId + 1) + " " + what;
}

} // namespace qs
