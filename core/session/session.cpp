// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/session/excludematch.h"

#include <algorithm>
#include <cstdlib>

namespace qs {

Session::Session(QObject *parent)
    : QObject(parent)
{
    m_recipe.calibration.limit = kCalibrationSamples;
}

void Session::setModel(OpenedModelPtr model)
{
    m_model = std::move(model);
    m_runs.clear();
    m_currentRun = -1;
    m_runsMade = 0;
    m_selectedLayer.clear();
    m_recipe.exclude.clear();
    m_recipe.overrides.clear();
    if (m_model && (!preprocessing() || m_preprocessingGuessed)) {
        const auto guessed = m_model->guess ? std::optional(m_model->guess->preprocessing) : std::nullopt;
        m_recipe.calibration.preprocessing = guessed;
        m_evaluationData.preprocessing = guessed;
        m_preprocessingGuessed = guessed.has_value();
    }
    emit modelChanged();
    emit runsReset();
    emit currentRunChanged();
    emit recipeChanged();
    emit evaluationDataChanged();
    emit selectedLayerChanged(m_selectedLayer);
    setProjectPath({});
    setModified(false);
}

void Session::clear()
{
    m_recipe = {};
    m_recipe.calibration.limit = kCalibrationSamples;
    m_evaluationData = {};
    m_preprocessingGuessed = false;
    setModel({});
}

void Session::setRecipe(Recipe recipe)
{
    if (recipe == m_recipe)
        return;
    const bool preprocessingDiffers = recipe.calibration.preprocessing != m_recipe.calibration.preprocessing;
    m_recipe = std::move(recipe);
    if (preprocessingDiffers) {
        m_preprocessingGuessed = false;
        m_evaluationData.preprocessing = m_recipe.calibration.preprocessing;
    }
    emit recipeChanged();
    if (preprocessingDiffers)
        emit evaluationDataChanged();
    setModified(true);
}

void Session::setEvaluationData(DataSpec data)
{
    data.preprocessing = preprocessing();
    if (data == m_evaluationData)
        return;
    m_evaluationData = std::move(data);
    emit evaluationDataChanged();
    setModified(true);
}

void Session::setPreprocessing(std::optional<Preprocessing> preprocessing)
{
    Recipe recipe = m_recipe;
    recipe.calibration.preprocessing = std::move(preprocessing);
    setRecipe(std::move(recipe));
}

void Session::setOverride(const TensorOverride &change)
{
    Recipe recipe = m_recipe;
    std::erase_if(recipe.overrides, [&](const TensorOverride &o) { return o.tensor == change.tensor; });
    if (change.range || change.observer || change.keepFloat)
        recipe.overrides.push_back(change);
    setRecipe(std::move(recipe));
}

const TensorOverride *Session::overrideOf(const std::string &tensor) const
{
    const auto it = std::find_if(m_recipe.overrides.begin(), m_recipe.overrides.end(),
                                 [&](const TensorOverride &o) { return o.tensor == tensor; });
    return it == m_recipe.overrides.end() ? nullptr : &*it;
}

void Session::setExcluded(const std::string &layer, bool excluded)
{
    Recipe recipe = m_recipe;
    const std::string pattern = exactPattern(layer);
    std::erase(recipe.exclude, pattern);
    if (excluded)
        recipe.exclude.push_back(pattern);
    setRecipe(std::move(recipe));
}

RunPtr Session::currentRun() const
{
    return m_currentRun < 0 ? RunPtr() : m_runs[static_cast<std::size_t>(m_currentRun)];
}

void Session::setCurrentRun(int index)
{
    index = std::clamp(index, -1, static_cast<int>(m_runs.size()) - 1);
    if (index == m_currentRun)
        return;
    m_currentRun = index;
    emit currentRunChanged();
}

void Session::addRun(RunPtr run)
{
    m_runs.push_back(std::move(run));
    ++m_runsMade;
    const int index = static_cast<int>(m_runs.size()) - 1;
    emit runAdded(index);
    setCurrentRun(index);
    setModified(true);
}

void Session::replaceRun(const RunPtr &old, RunPtr run)
{
    const auto it = std::find(m_runs.begin(), m_runs.end(), old);
    if (it == m_runs.end())
        return;
    *it = std::move(run);
    const int index = static_cast<int>(it - m_runs.begin());
    emit runReplaced(index);
    if (index == m_currentRun)
        emit currentRunChanged();
    setModified(true);
}

void Session::removeRun(int index)
{
    if (index < 0 || index >= static_cast<int>(m_runs.size()))
        return;
    m_runs.erase(m_runs.begin() + index);
    const bool wasCurrent = index == m_currentRun;
    if (index < m_currentRun || m_currentRun == static_cast<int>(m_runs.size()))
        --m_currentRun;
    emit runRemoved(index);
    if (wasCurrent)
        emit currentRunChanged();
    setModified(true);
}

void Session::renameRun(int index, const std::string &name)
{
    if (index < 0 || index >= static_cast<int>(m_runs.size()))
        return;
    const RunPtr old = m_runs[static_cast<std::size_t>(index)];
    if (old->name == name || name.empty())
        return;
    auto renamed = std::make_shared<Run>(*old);
    renamed->name = name;
    replaceRun(old, std::move(renamed));
}

std::string Session::nextRunName(const Recipe &recipe) const
{
    std::string what = recipe.strategy;
    if (recipe.parameters.is_object() && recipe.parameters.contains("observer")
        && recipe.parameters["observer"].is_string())
        what += " " + recipe.parameters["observer"].get<std::string>();
    return nextRunName(what);
}

std::string Session::nextRunName(const std::string &what) const
{
    // Names of an opened project count on too, also where earlier runs were removed.
    int number = m_runsMade;
    for (const RunPtr &run : m_runs)
        if (run->name.starts_with('#'))
            number = std::max(number, std::atoi(run->name.c_str() + 1));
    return "#" + std::to_string(number + 1) + " " + what;
}

void Session::selectLayer(const std::string &layer)
{
    if (layer == m_selectedLayer)
        return;
    m_selectedLayer = layer;
    emit selectedLayerChanged(m_selectedLayer);
}

void Session::setProjectPath(const QString &path)
{
    if (path == m_projectPath)
        return;
    m_projectPath = path;
    emit projectPathChanged();
}

void Session::setModified(bool modified)
{
    if (modified == m_modified)
        return;
    m_modified = modified;
    emit modifiedChanged(modified);
}

} // namespace qs
