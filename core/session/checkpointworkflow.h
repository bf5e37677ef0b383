// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufpreview.h"
#include "core/session/checkpointsession.h"
#include "core/session/jobrunner.h"
#include "core/session/settings.h"

#include <QString>

namespace qs {

struct CheckpointServices
{
    CheckpointSession &session;
    JobRunner &jobs;
    Settings &settings;
    const LlmStrategyRegistry &strategies;
};

/// What a user can do with a language model: each call starts a job and puts its result into the session.
/// Errors come as failed(); a cancel is never an error.
class CheckpointWorkflow : public QObject
{
    Q_OBJECT

public:
    enum class Obstacle { None, NoModel, NoCalibrationText, Running };

    explicit CheckpointWorkflow(CheckpointServices services, QObject *parent = nullptr);

    const CheckpointServices &services() const { return m_services; }

    /// The language model that \a path means: a .gguf, a folder with a config.json, such a folder's
    /// config.json or safetensors file, or a project of one. Empty = none.
    static QString checkpointAt(const QString &path);
    void open(const QString &path); ///< a model, or a project
    void saveProject(const QString &path);

    const LlmStrategyDescriptor *strategy() const; ///< of the recipe; null = unknown
    /// Of the recipe over the strategy's defaults.
    ParamSet parameters() const;
    void setParameters(const ParamSet &parameters);
    /// Writes rules for the tensors in \a places into the parameter "tensor_types", where the strategy has
    /// it; no type = as the mix has them. Comes a moment later, with recipeChanged().
    void setTypes(const std::set<TensorPlace> &places, std::optional<GgmlType> type);
    /// Where the next run is written: as the recipe says, else a new name beside the model that says how it
    /// was made; in the user's home where one cannot write there.
    QString outputPath() const;

    Obstacle obstacle() const;
    void run();
    /// Adds a checkpoint of the same model that was made elsewhere.
    void addCheckpoint(const QString &path);
    /// Measures all runs on the text of the recipe, those that are not yet.
    void measure();
    bool canMeasure() const;
    void cancelRun();
    bool isRunning() const { return m_runJob.isValid(); }
    JobId runJob() const { return m_runJob; }

    /// What the recipe would give as a GGUF file; nothing for other strategies and while it is not known.
    const std::optional<GgufPreview> &preview() const { return m_preview; }
    /// Why there is none, where the settings are wrong.
    const std::optional<Error> &previewError() const { return m_previewError; }

signals:
    void opened(const QString &path);
    void saved(const QString &path);
    void openingChanged(bool opening);
    void runningChanged(bool running);
    void runEnded(qs::JobState state); ///< after run(), addCheckpoint() and measure(), whatever the end was
    void previewChanged();
    void failed(const qs::Error &error);

private:
    void openProject(const QString &path);
    template <typename Work> void startRun(std::string title, std::string subject, Work work);
    void startRunOf(CheckpointRunRequest request, std::string title, std::string subject);
    CheckpointMeasure measureRequest() const;
    void setRunJob(JobId id);
    void updatePreview();

    CheckpointServices m_services;
    JobId m_runJob;
    std::optional<GgufPreview> m_preview;
    std::optional<Error> m_previewError;
};

} // namespace qs
