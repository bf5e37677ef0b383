// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"
#include "core/session/openedmodel.h"

#include <QObject>
#include <QString>

namespace qs {

/// What is open: a model, what is asked for, the runs made so far, and the selection that all views share.
/// Only state and signals; Workflow does the work. Setters that change nothing emit nothing.
class Session : public QObject
{
    Q_OBJECT

public:
    /// How many samples to calibrate with until the user says otherwise: enough for stable ranges of common
    /// networks, and a matter of seconds.
    static constexpr std::size_t kCalibrationSamples = 200;

    explicit Session(QObject *parent = nullptr);

    // The model.
    const OpenedModelPtr &model() const { return m_model; } ///< null = nothing is open
    /// Drops runs, selection, excludes and overrides, which belonged to the old model. Data stays. A
    /// preprocessing that was guessed before gives way to the new guess.
    void setModel(OpenedModelPtr model);
    void clear();

    // What is asked for.
    const Recipe &recipe() const { return m_recipe; }
    void setRecipe(Recipe recipe);
    const DataSpec &evaluationData() const { return m_evaluationData; }
    void setEvaluationData(DataSpec data);
    /// Of calibration and evaluation data alike.
    const std::optional<Preprocessing> &preprocessing() const { return m_recipe.calibration.preprocessing; }
    void setPreprocessing(std::optional<Preprocessing> preprocessing);
    /// Replaces the override of the same tensor; one that says nothing removes it.
    void setOverride(const TensorOverride &change);
    const TensorOverride *overrideOf(const std::string &tensor) const;
    void setExcluded(const std::string &layer, bool excluded); ///< by an exact pattern

    // Runs, oldest first.
    const std::vector<RunPtr> &runs() const { return m_runs; }
    RunPtr currentRun() const; ///< null = none
    int currentRunIndex() const { return m_currentRun; } ///< -1 = none
    void setCurrentRun(int index);
    void addRun(RunPtr run); ///< and makes it the current one
    /// Puts a fuller version of the same run in its place; ignored when \a old was removed.
    void replaceRun(const RunPtr &old, RunPtr run);
    void removeRun(int index);
    void renameRun(int index, const std::string &name);
    /// "#3 static entropy": counts on from the runs there are.
    std::string nextRunName(const Recipe &recipe) const;
    std::string nextRunName(const std::string &what) const; ///< "#4 network.onnx"

    // Selection: a layer's name in the float model; empty = none.
    const std::string &selectedLayer() const { return m_selectedLayer; }
    void selectLayer(const std::string &layer);

    // The project file.
    const QString &projectPath() const { return m_projectPath; }
    void setProjectPath(const QString &path);
    bool isModified() const { return m_modified; }
    void setModified(bool modified);

signals:
    void modelChanged();
    void recipeChanged(); ///< recipe, preprocessing or calibration data
    void evaluationDataChanged();
    void runAdded(int index);
    void runReplaced(int index);
    void runRemoved(int index);
    void runsReset();
    void currentRunChanged(); ///< another run, or more of the same one
    void selectedLayerChanged(const std::string &layer);
    void projectPathChanged();
    void modifiedChanged(bool modified);

private:
    OpenedModelPtr m_model;
    Recipe m_recipe;
    DataSpec m_evaluationData;
    std::vector<RunPtr> m_runs;
    int m_currentRun = -1;
    int m_runsMade = 0;
    std::string m_selectedLayer;
    QString m_projectPath;
    bool m_modified = false;
    bool m_preprocessingGuessed = false;
};

} // namespace qs
