// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/workflow.h"

#include "core/base/samefile.h"
#include "core/model/modelio.h"
#include "core/report/report.h"
#include "core/session/filepath.h"
#include "core/session/projectfile.h"

#include <QFileInfo>

namespace qs {

namespace {

std::string subjectOf(const QString &path)
{
    return QFileInfo(path).fileName().toStdString();
}

}

Workflow::Workflow(Services services, QObject *parent)
    : QObject(parent)
    , m_services(std::move(services))
{
    qRegisterMetaType<TrainingHistoryPtr>();
    // A run that was started for the old model has no place to go.
    connect(&m_services.session, &Session::modelChanged, this, &Workflow::cancelRun);
    connect(&m_services.session, &Session::modelChanged, this, &Workflow::updateExcludeMatches);
    connect(&m_services.session, &Session::recipeChanged, this, &Workflow::updateExcludeMatches);
    // Also when something else was opened in its place: its result never comes then.
    connect(&m_services.jobs, &JobRunner::jobChanged, this, [this](const JobStatus &status) {
        if (status.id == m_openJob && !status.isActive())
            setOpenJob({});
    });
}

template <typename T> bool Workflow::failedOrCancelled(const Outcome<T> &outcome)
{
    if (outcome.isFailed())
        emit failed(outcome.error());
    return !outcome.isFinished();
}

void Workflow::open(const QString &path)
{
    if (path.endsWith(QLatin1String(".qsproj"), Qt::CaseInsensitive))
        openProject(path);
    else
        openModel(path);
}

void Workflow::openModel(const QString &path)
{
    const auto work = [file = toPath(path), engine = m_services.engine](JobContext &job) {
        return openModelFile(file, engine.get(), job);
    };
    setOpenJob(m_services.jobs.start(
        {.title = QS_TR_NOOP("Job", "Open model"), .subject = subjectOf(path), .key = "open"}, work, this,
        [this, path](const Outcome<OpenedModelPtr> &outcome) {
            if (failedOrCancelled(outcome))
                return;
            m_services.session.setModel(outcome.value());
            m_services.settings.addRecentFile(path);
            emit opened(path);
        }));
}

void Workflow::openProject(const QString &path)
{
    const auto work = [file = toPath(path), engine = m_services.engine](JobContext &job) {
        return loadProject(file, engine.get(), job);
    };
    setOpenJob(m_services.jobs.start(
        {.title = QS_TR_NOOP("Job", "Open project"), .subject = subjectOf(path), .key = "open"}, work, this,
        [this, path](const Outcome<Project> &outcome) {
            if (failedOrCancelled(outcome))
                return;
            const Project &project = outcome.value();
            Session &session = m_services.session;
            session.setModel(project.model);
            session.setRecipe(project.recipe);
            session.setEvaluationData(project.evaluationData);
            for (const RunPtr &run : project.runs)
                session.addRun(run);
            session.setCurrentRun(project.currentRun);
            session.selectLayer(project.selectedLayer);
            session.setProjectPath(path);
            session.setModified(false);
            m_services.settings.addRecentFile(path);
            emit opened(path);
        }));
}

void Workflow::saveProject(const QString &path)
{
    Session &session = m_services.session;
    if (!session.model())
        return;
    const Project project {session.model(), session.recipe(),          session.evaluationData(),
                           session.runs(),  session.currentRunIndex(), session.selectedLayer()};
    // Changes made while it is being written count as unsaved again.
    session.setModified(false);
    const auto work
        = [project, file = toPath(path)](JobContext &job) { return qs::saveProject(project, file, job); };
    m_services.jobs.start(
        {.title = QS_TR_NOOP("Job", "Save project"), .subject = subjectOf(path), .key = "save"}, work, this,
        [this, path](const Outcome<Done> &outcome) {
            if (failedOrCancelled(outcome)) {
                m_services.session.setModified(true);
                return;
            }
            m_services.session.setProjectPath(path);
            m_services.settings.addRecentFile(path);
            emit saved(path);
        });
}

void Workflow::exportModel(const QString &path)
{
    const RunPtr run = m_services.session.currentRun();
    if (!run)
        return;
    const auto work = [quantized = run->quantized, file = toPath(path)](JobContext &job) -> Status {
        QS_CHECK(refuseToReplace(quantized->source->path(), file));
        return saveModel(*quantized->model, file, {}, job);
    };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Export model"), .subject = subjectOf(path)}, work,
                          this, [this, path](const Outcome<Done> &outcome) {
                              if (!failedOrCancelled(outcome))
                                  emit exported(path);
                          });
}

void Workflow::exportReport(const QString &folder)
{
    const std::vector<RunPtr> runs = m_services.session.runs();
    if (runs.empty())
        return;
    const auto work = [runs, path = toPath(folder)](JobContext &) { return writeReport(runs, path); };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Export report"), .subject = subjectOf(folder)}, work,
                          this, [this, folder](const Outcome<Done> &outcome) {
                              if (!failedOrCancelled(outcome))
                                  emit exported(folder);
                          });
}

Workflow::Obstacle Workflow::obstacle() const
{
    const Session &session = m_services.session;
    if (!session.model())
        return Obstacle::NoModel;
    const StrategyDescriptor *strategy = m_services.strategies.find(session.recipe().strategy);
    if (strategy && strategy->needsCalibration && session.recipe().calibration.path.empty())
        return Obstacle::NoCalibrationData;
    return isRunning() ? Obstacle::Running : Obstacle::None;
}

void Workflow::run()
{
    if (obstacle() != Obstacle::None)
        return;
    Session &session = m_services.session;
    Settings &settings = m_services.settings;
    m_finishTraining = {};
    // Lives as long as the job's work, which ends on another thread.
    const std::shared_ptr<TrainingFeed> feed(new TrainingFeed, [](TrainingFeed *f) { f->deleteLater(); });
    connect(feed.get(), &TrainingFeed::progressed, this, &Workflow::setTraining);
    const RunRequest request {
        .name = session.nextRunName(session.recipe()),
        .model = session.model()->model,
        .recipe = session.recipe(),
        .evaluationData = session.evaluationData(),
        .driftSamples = static_cast<std::size_t>(std::max(0, settings.value(settings::driftSamples))),
        .threads = std::max(0, settings.value(settings::threads)),
        .cacheFolder = m_services.cacheFolder,
        .watchTraining =
            [feed](const TrainingHistory &history) {
                emit feed->progressed(std::make_shared<TrainingHistory>(history));
            },
        .finishTraining = m_finishTraining.get_token(),
    };
    startRun(QS_TR_NOOP("Job", "Quantize"), request.name,
             [request, engine = m_services.engine](JobContext &job, const PublishRun &publish) {
                 return performRun(request, *engine, publish, job);
             });
}

bool Workflow::canAddModel() const
{
    const OpenedModelPtr opened = m_services.session.model();
    return opened && !opened->quantized && !isRunning();
}

void Workflow::addModel(const QString &path)
{
    if (!canAddModel())
        return;
    const Session &session = m_services.session;
    const Settings &settings = m_services.settings;
    const AddRequest request {
        .name = session.nextRunName(subjectOf(path)),
        .file = toPath(path),
        .model = session.model()->model,
        .prepared = session.model()->prepared,
        .recipe = session.recipe(),
        .evaluationData = session.evaluationData(),
        .driftSamples = static_cast<std::size_t>(std::max(0, settings.value(settings::driftSamples))),
        .threads = std::max(0, settings.value(settings::threads)),
    };
    startRun(QS_TR_NOOP("Job", "Add a quantized model"), subjectOf(path),
             [request, engine = m_services.engine](JobContext &job, const PublishRun &publish) {
                 return performAdd(request, *engine, publish, job);
             });
}

void Workflow::startRun(std::string title, std::string subject, RunWork work)
{
    const auto show = [this](const RunPtr &run) {
        if (m_shownRun)
            m_services.session.replaceRun(m_shownRun, run);
        else
            m_services.session.addRun(run);
        m_shownRun = run;
    };
    m_shownRun.reset();
    setRunJob(m_services.jobs.startStreaming<RunPtr>(
        {.title = std::move(title), .subject = std::move(subject), .lane = JobLane::Engine, .key = "run"},
        std::move(work), this, show, [this, show](const Outcome<RunPtr> &outcome) {
            setRunJob({});
            if (!failedOrCancelled(outcome))
                show(outcome.value());
            m_shownRun.reset();
            emit runEnded(outcome.isFinished()        ? JobState::Finished
                              : outcome.isCancelled() ? JobState::Cancelled
                                                      : JobState::Failed);
        }));
}

void Workflow::finishTraining()
{
    m_finishTraining.request_stop();
}

void Workflow::setTraining(TrainingHistoryPtr history)
{
    // What is still on its way when a run has ended is not of the next one.
    if (history && !isRunning())
        return;
    m_training = std::move(history);
    emit trainingChanged();
}

void Workflow::cancelRun()
{
    if (isRunning())
        m_services.jobs.cancel(m_runJob);
}

void Workflow::updateExcludeMatches()
{
    const OpenedModelPtr model = m_services.session.model();
    const std::vector<std::string> patterns = m_services.session.recipe().exclude;
    if (model == m_matchedModel && patterns == m_matchedPatterns)
        return;
    m_matchedModel = model;
    m_matchedPatterns = patterns;
    // A pattern may take exponential time, so it never runs on this thread.
    const auto work = [model, patterns](JobContext &) -> Result<ExcludeMatches> {
        return matchExcludes(model ? model->layers : std::vector<Layer>(), patterns);
    };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Match names"), .key = "exclude", .hidden = true}, work,
                          this, [this](const Outcome<ExcludeMatches> &outcome) {
                              if (outcome.isFinished()) {
                                  m_excludeMatches = outcome.value();
                                  emit excludeMatchesChanged();
                              }
                          });
}

void Workflow::setRunJob(JobId id)
{
    const bool wasRunning = isRunning();
    m_runJob = id;
    if (!isRunning() && m_training)
        setTraining({});
    if (wasRunning != isRunning())
        emit runningChanged(isRunning());
}

void Workflow::setOpenJob(JobId id)
{
    const bool wasOpening = isOpening();
    m_openJob = id;
    if (wasOpening != isOpening())
        emit openingChanged(isOpening());
}

} // namespace qs
