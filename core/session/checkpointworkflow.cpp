// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpointworkflow.h"

#include "core/session/checkpointproject.h"
#include "core/session/filepath.h"

#include <QDir>
#include <QFileInfo>

namespace qs {

namespace {

std::filesystem::path toPath(const std::string &path)
{
    return path.empty() ? std::filesystem::path() : qs::toPath(QString::fromStdString(path));
}

/// "Q4_K_M", "4.5bpw", "4bit", or nothing.
std::string particularsOf(const ParamSet &parameters)
{
    const auto textOf = [&](const char *key) {
        return parameters.contains(key) && std::holds_alternative<std::string>(parameters.value(key))
            ? parameters.text(key)
            : std::string();
    };
    std::string text = textOf("type");
    if (parameters.contains("bits_per_weight") && parameters.real("bits_per_weight") > 0)
        text = QString::number(parameters.real("bits_per_weight"), 'g', 4).toStdString() + "bpw";
    if (text.empty() && !textOf("bits").empty())
        text = textOf("bits") + "bit";
    if (!textOf("tensor_types").empty())
        text += "-mixed";
    return text;
}

}

CheckpointWorkflow::CheckpointWorkflow(CheckpointServices services, QObject *parent)
    : QObject(parent)
    , m_services(services)
{
    connect(&m_services.session, &CheckpointSession::checkpointChanged, this,
            &CheckpointWorkflow::cancelRun); // its result has no place to go
    connect(&m_services.session, &CheckpointSession::checkpointChanged, this,
            &CheckpointWorkflow::updatePreview);
    connect(&m_services.session, &CheckpointSession::recipeChanged, this, &CheckpointWorkflow::updatePreview);
}

QString CheckpointWorkflow::checkpointAt(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir())
        return QFileInfo::exists(path + QStringLiteral("/config.json")) ? path : QString();
    const QString name = info.fileName().toLower();
    if (name.endsWith(QLatin1String(".gguf"))
        || (name.endsWith(QLatin1String(".qsproj")) && isCheckpointProject(qs::toPath(path))))
        return path;
    const bool isPart = name == QLatin1String("config.json") || name.endsWith(QLatin1String(".safetensors"));
    return isPart ? info.absolutePath() : QString();
}

void CheckpointWorkflow::open(const QString &path)
{
    if (isCheckpointProject(toPath(path))) {
        openProject(path);
        return;
    }
    emit openingChanged(true);
    const auto work = [file = toPath(path)](JobContext &job) { return openCheckpointFile(file, job); };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Open language model"),
                           .subject = toPath(path).filename().string(),
                           .key = "open"},
                          work, this, [this, path](const Outcome<OpenedCheckpointPtr> &outcome) {
                              emit openingChanged(false);
                              if (outcome.isFailed())
                                  emit failed(outcome.error());
                              if (!outcome.isFinished())
                                  return;
                              m_services.session.setCheckpoint(outcome.value());
                              m_services.settings.addRecentFile(fromPath(toPath(path)));
                              emit opened(path);
                          });
}

void CheckpointWorkflow::openProject(const QString &path)
{
    emit openingChanged(true);
    const auto work = [file = toPath(path)](JobContext &job) { return loadCheckpointProject(file, job); };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Open project"),
                           .subject = toPath(path).filename().string(),
                           .key = "open"},
                          work, this, [this, path](const Outcome<CheckpointProject> &outcome) {
                              emit openingChanged(false);
                              if (outcome.isFailed())
                                  emit failed(outcome.error());
                              if (!outcome.isFinished())
                                  return;
                              const CheckpointProject &project = outcome.value();
                              m_services.session.restore(project.checkpoint, project.recipe, project.runs,
                                                         project.currentRun);
                              m_services.session.setProjectPath(path);
                              m_services.settings.addRecentFile(fromPath(toPath(path)));
                              emit opened(path);
                          });
}

void CheckpointWorkflow::saveProject(const QString &path)
{
    CheckpointSession &session = m_services.session;
    if (!session.checkpoint())
        return;
    const CheckpointRunPtr current = session.currentRun();
    const CheckpointProject project {session.checkpoint(), session.recipe(), session.runs(),
                                     current ? current->id : 0};
    // Changes made while it is being written count as unsaved again.
    session.setModified(false);
    const auto work
        = [project, file = toPath(path)](JobContext &) { return saveCheckpointProject(project, file); };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Save project"),
                           .subject = toPath(path).filename().string(),
                           .key = "save"},
                          work, this, [this, path](const Outcome<Done> &outcome) {
                              if (outcome.isFailed())
                                  emit failed(outcome.error());
                              if (!outcome.isFinished()) {
                                  m_services.session.setModified(true);
                                  return;
                              }
                              m_services.session.setProjectPath(path);
                              m_services.settings.addRecentFile(fromPath(toPath(path)));
                              emit saved(path);
                          });
}

const LlmStrategyDescriptor *CheckpointWorkflow::strategy() const
{
    return m_services.strategies.find(m_services.session.recipe().strategy);
}

ParamSet CheckpointWorkflow::parameters() const
{
    const LlmStrategyDescriptor *chosen = strategy();
    if (!chosen)
        return {};
    auto set = ParamSet::fromJson(chosen->params, m_services.session.recipe().parameters);
    return set.ok() ? std::move(set).value() : ParamSet(chosen->params);
}

void CheckpointWorkflow::setParameters(const ParamSet &parameters)
{
    CheckpointRecipe recipe = m_services.session.recipe();
    recipe.parameters = parameters.toJson();
    m_services.session.setRecipe(std::move(recipe));
}

void CheckpointWorkflow::setTypes(const std::set<TensorPlace> &places, std::optional<GgmlType> type)
{
    const OpenedCheckpointPtr &checkpoint = m_services.session.checkpoint();
    const ParamSet set = parameters();
    if (!checkpoint || !checkpoint->ggufHeader || !set.contains("tensor_types"))
        return;
    // As with the preview: patterns are not for this thread.
    const auto work = [header = checkpoint->ggufHeader, before = set.text("tensor_types"), places,
                       type](JobContext &) -> Result<std::string> {
        QS_TRY(const std::vector<GgufTypeRule> rules, parseGgufTypeRules(before));
        QS_TRY(const std::vector<GgufTypeRule> changed, changedTypeRules(rules, places, type, *header));
        return toText(changed);
    };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Change types"), .key = "gguf-types", .hidden = true},
                          work, this, [this](const Outcome<std::string> &outcome) {
                              if (outcome.isFailed())
                                  emit failed(outcome.error());
                              ParamSet changed = parameters();
                              if (outcome.isFinished() && changed.contains("tensor_types")
                                  && changed.set("tensor_types", outcome.value()).ok())
                                  setParameters(changed);
                          });
}

QString CheckpointWorkflow::outputPath() const
{
    const OpenedCheckpointPtr &checkpoint = m_services.session.checkpoint();
    const CheckpointRecipe &recipe = m_services.session.recipe();
    const LlmStrategyDescriptor *chosen = strategy();
    if (!checkpoint || !chosen || !recipe.output.empty())
        return QString::fromStdString(recipe.output);
    const QFileInfo model(fromPath(checkpoint->path));
    const QFileInfo parent(recipe.outputFolder.empty() ? model.absolutePath()
                                                       : QString::fromStdString(recipe.outputFolder));
    const std::string particulars = particularsOf(parameters());
    QString stem = (parent.isWritable() ? parent.absoluteFilePath() : QDir::homePath()) + QLatin1Char('/')
        + (model.isDir() ? model.fileName() : model.completeBaseName());
    if (chosen->outputSuffix.empty())
        stem += QLatin1Char('-') + QString::fromStdString(chosen->id);
    if (!particulars.empty())
        stem += QLatin1Char('-') + QString::fromStdString(particulars);
    const QString suffix = QString::fromStdString(chosen->outputSuffix);
    QString path = stem + suffix;
    for (int i = 2; QFileInfo::exists(path); ++i)
        path = stem + QLatin1Char('-') + QString::number(i) + suffix;
    return path;
}

CheckpointWorkflow::Obstacle CheckpointWorkflow::obstacle() const
{
    const LlmStrategyDescriptor *chosen = strategy();
    if (!m_services.session.checkpoint() || !chosen)
        return Obstacle::NoModel;
    if (chosen->needsCalibration && m_services.session.recipe().calibration.empty())
        return Obstacle::NoCalibrationText;
    return isRunning() ? Obstacle::Running : Obstacle::None;
}

CheckpointMeasure CheckpointWorkflow::measureRequest() const
{
    const CheckpointRecipe &recipe = m_services.session.recipe();
    return {.text = toPath(recipe.evaluation),
            .windows = recipe.windows,
            .threads = std::max(0, m_services.settings.value(settings::threads))};
}

void CheckpointWorkflow::run()
{
    if (obstacle() != Obstacle::None)
        return;
    CheckpointSession &session = m_services.session;
    const std::string particulars = particularsOf(parameters());
    CheckpointRunRequest request;
    request.name
        = session.nextRunName(session.recipe().strategy + (particulars.empty() ? "" : " ") + particulars);
    request.strategy = strategy();
    request.task.output = toPath(outputPath());
    request.task.parameters = parameters();
    request.task.calibration = toPath(session.recipe().calibration);
    const std::string subject = request.name;
    startRunOf(std::move(request), QS_TR_NOOP("Job", "Quantize"), subject);
}

void CheckpointWorkflow::addCheckpoint(const QString &path)
{
    if (!m_services.session.checkpoint() || isRunning())
        return;
    CheckpointRunRequest request;
    request.task.output = toPath(path);
    const std::string subject = request.task.output.filename().string();
    request.name = m_services.session.nextRunName(subject);
    startRunOf(std::move(request), QS_TR_NOOP("Job", "Add a quantized model"), subject);
}

void CheckpointWorkflow::startRunOf(CheckpointRunRequest request, std::string title, std::string subject)
{
    CheckpointSession &session = m_services.session;
    request.id = session.takeRunId();
    request.original = session.runs().front();
    request.task.source = session.checkpoint()->path;
    request.measure = measureRequest();
    request.task.threads = request.measure.threads;
    // What cannot be run here can still be quantized and looked at.
    if (!session.checkpoint()->view.obstacle.empty())
        request.measure.text.clear();
    startRun(std::move(title), std::move(subject),
             [request](JobContext &job, const PublishCheckpointRun &publish) -> Status {
                 QS_CHECK(performCheckpointRun(request, publish, job));
                 return Done {};
             });
}

bool CheckpointWorkflow::canMeasure() const
{
    return m_services.session.checkpoint() && !isRunning() && !m_services.session.recipe().evaluation.empty();
}

void CheckpointWorkflow::measure()
{
    if (!canMeasure())
        return;
    startRun(QS_TR_NOOP("Job", "Measure perplexity"), m_services.session.checkpoint()->name(),
             [runs = m_services.session.runs(),
              how = measureRequest()](JobContext &job, const PublishCheckpointRun &publish) -> Status {
                 return measureCheckpointRuns(runs, how, publish, job);
             });
}

template <typename Work> void CheckpointWorkflow::startRun(std::string title, std::string subject, Work work)
{
    setRunJob(m_services.jobs.startStreaming<CheckpointRunPtr>(
        {.title = std::move(title),
         .subject = std::move(subject),
         .lane = JobLane::Engine,
         .key = "checkpoint-run"},
        std::move(work), this, [this](const CheckpointRunPtr &run) { m_services.session.putRun(run); },
        [this](const Outcome<Done> &outcome) {
            setRunJob({});
            if (outcome.isFailed())
                emit failed(outcome.error());
            if (outcome.isFinished()) {
                CheckpointRecipe recipe = m_services.session.recipe();
                recipe.output.clear(); // the next run must not write over this one
                m_services.session.setRecipe(std::move(recipe));
            }
            emit runEnded(outcome.isFinished()        ? JobState::Finished
                              : outcome.isCancelled() ? JobState::Cancelled
                                                      : JobState::Failed);
        }));
}

void CheckpointWorkflow::cancelRun()
{
    if (isRunning())
        m_services.jobs.cancel(m_runJob);
}

void CheckpointWorkflow::setRunJob(JobId id)
{
    const bool wasRunning = isRunning();
    m_runJob = id;
    if (wasRunning != isRunning())
        emit runningChanged(isRunning());
}

void CheckpointWorkflow::updatePreview()
{
    const OpenedCheckpointPtr &checkpoint = m_services.session.checkpoint();
    const CheckpointRecipe &recipe = m_services.session.recipe();
    const ParamSet set = parameters();
    // A pattern may take exponential time, so it never runs on this thread.
    const auto work
        = [header = checkpoint ? checkpoint->ggufHeader : nullptr, set,
           hasText = !recipe.calibration.empty()](JobContext &) -> Result<std::optional<GgufPreview>> {
        if (!header || !set.contains("tensor_types") || !set.contains("type"))
            return std::optional<GgufPreview>();
        QS_TRY(GgufPreview preview, previewGguf(*header, set, hasText || !set.text("imatrix").empty()));
        return std::optional(std::move(preview));
    };
    m_services.jobs.start(
        {.title = QS_TR_NOOP("Job", "Predict the size"), .key = "gguf-preview", .hidden = true}, work, this,
        [this](const Outcome<std::optional<GgufPreview>> &outcome) {
            m_preview.reset();
            m_previewError.reset();
            if (outcome.isFinished())
                m_preview = outcome.value();
            else if (outcome.isFailed())
                m_previewError = outcome.error();
            emit previewChanged();
        });
}

} // namespace qs
