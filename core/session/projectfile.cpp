// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/projectfile.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/model/modelio.h"
#include "core/refinements/rescaling.h"
#include "core/run/carryout.h"
#include "core/session/projectpath.h"
#include "core/session/runjson.h"

#include <set>

namespace qs {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::uint64_t kLargestProject = std::uint64_t {1} << 28;
constexpr std::size_t kNameDigits = 24; ///< of a SHA-256, enough to tell a project's files apart

fs::path filesFolder(const fs::path &project)
{
    fs::path folder = project;
    folder += ".d";
    return folder;
}

json dataToJson(const DataSpec &data, const fs::path &folder)
{
    json item {{"path", pathToJson(data.path, folder)}, {"limit", data.limit}};
    if (data.preprocessing)
        item["preprocessing"] = toJson(*data.preprocessing);
    return item;
}

DataSpec dataFromJson(const json &item, const fs::path &folder)
{
    DataSpec data;
    data.path = pathFromJson(item.at("path"), folder);
    data.limit = item.at("limit").get<std::size_t>();
    if (item.contains("preprocessing")) {
        auto preprocessing = preprocessingFromJson(item.at("preprocessing"));
        if (!preprocessing.ok())
            throw std::invalid_argument(preprocessing.error().message());
        data.preprocessing = std::move(preprocessing).value();
    }
    return data;
}

/// A name inside the project's folder; anything that would lead elsewhere is refused.
fs::path storedFile(const json &item, const fs::path &folder)
{
    const fs::path name = item.get<std::string>();
    if (name.empty() || name != name.filename() || name == "." || name == "..")
        throw std::invalid_argument("'" + name.string() + "' is not a plain file name");
    return folder / name;
}

std::string shortName(const std::string &fingerprint)
{
    return fingerprint.substr(0, kNameDigits);
}

/// Files are named after their content: one that is there already need not be written again.
Result<std::string> storeModel(const Model &model, const fs::path &folder, std::set<std::string> &used,
                               JobContext &job)
{
    const std::string name = shortName(model.fingerprint()) + ".onnx";
    used.insert(name);
    used.insert(name + ".data");
    std::error_code ignored;
    if (!fs::exists(folder / name, ignored))
        QS_CHECK(saveModel(model, folder / name, {}, job));
    return name;
}

Result<json> storeRun(const Run &run, const fs::path &folder, std::set<std::string> &used, JobContext &job)
{
    json item = runToJson(run);
    QS_TRY(item["model"], storeModel(*run.quantized->model, folder, used, job));
    // The float model with the weights as trained cannot be worked out from the opened one again.
    if (run.quantized->training) {
        QS_TRY(item["prepared"], storeModel(*run.quantized->prepared, folder, used, job));
    }
    std::error_code ignored;
    if (const StatisticsPtr &statistics = run.quantized->statistics) {
        const std::string name = shortName(statistics->fingerprint) + ".statistics";
        used.insert(name);
        if (!fs::exists(folder / name, ignored))
            QS_CHECK(saveStatistics(*statistics, folder / name));
        item["statistics"] = name;
        item["statistics_fingerprint"] = statistics->fingerprint;
    }
    return item;
}

void removeUnused(const fs::path &folder, const std::set<std::string> &used)
{
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        const bool ours
            = name.find_first_not_of("0123456789abcdef") == kNameDigits && name[kNameDigits] == '.';
        if (ours && !used.contains(name))
            fs::remove(entry.path(), error);
    }
}

Result<RunPtr> restoreRun(const json &item, const OpenedModel &source, const fs::path &folder,
                          JobContext &job)
{
    RunFigures figures = runFromJson(item);
    Quantized &quantized = figures.quantized;
    quantized.source = source.model;
    if (item.contains("prepared")) {
        QS_TRY(quantized.prepared, loadModel(storedFile(item.at("prepared"), folder), job));
    } else {
        QS_TRY(quantized.prepared, applyRescales(source.prepared, quantized.plan.rescales));
    }
    auto model = loadModel(storedFile(item.at("model"), folder), job);
    if (!model.ok()) {
        const Error missing = model.error();
        if (quantized.plan.strategy.empty()) // made elsewhere
            return missing;
        auto again = carryOut(quantized.prepared, source.shapes, quantized.plan, quantized.recipe, job);
        if (!again.ok())
            return missing;
        model = std::move(again->model);
    }
    quantized.model = std::move(model).value();
    if (item.contains("statistics")) {
        auto statistics = loadStatistics(storedFile(item.at("statistics"), folder),
                                         item.at("statistics_fingerprint").get<std::string>());
        if (statistics.ok())
            quantized.statistics = std::move(statistics).value();
        else
            job.report({Severity::Warning, "statistics-missing", figures.name,
                        sentence(QS_TR_NOOP("Sentence", "its statistics cannot be shown: %1"),
                                 {statistics.error().message()})});
    }
    auto run = std::make_shared<Run>();
    run->name = std::move(figures.name);
    run->quantized = std::make_shared<Quantized>(std::move(quantized));
    run->evaluation = std::move(figures.evaluation);
    run->drift = std::move(figures.drift);
    return RunPtr(std::move(run));
}

void restoreRuns(const json &list, const fs::path &folder, Project &project, JobContext &job)
{
    std::int64_t done = 0;
    for (const json &item : list) {
        job.throwIfStopped();
        job.progress("restore", done++, static_cast<std::int64_t>(list.size()));
        auto run = restoreRun(item, *project.model, folder, job);
        if (run.ok())
            project.runs.push_back(std::move(run).value());
        else
            job.report({Severity::Warning, "run-left-out", item.value("name", std::string()),
                        sentence(QS_TR_NOOP("Sentence", "this run could not be restored: %1"),
                                 {run.error().message()})});
    }
}

/// Throws json::exception and std::invalid_argument on what does not fit.
Result<Project> parseProject(const json &root, const fs::path &path, const InferenceEngine *engine,
                             JobContext &job)
{
    if (root.at("format").get<std::string>() != kProjectFormatName)
        return Error {ErrorCode::Format, path.string(), "not a project file"};
    if (root.at("version").get<int>() > kProjectVersion)
        return Error {ErrorCode::Unsupported, path.string(), "written by a newer version of the program"};
    const fs::path folder = absolutePath(path).parent_path();

    Project project;
    QS_TRY(project.model, openModelFile(pathFromJson(root.at("model").at("path"), folder), engine, job));
    if (project.model->model->fingerprint() != root.at("model").at("fingerprint").get<std::string>())
        job.report({Severity::Warning, "model-changed", project.model->model->path().string(),
                    sentence(QS_TR_NOOP("Sentence",
                                        "the model was changed after these runs were made; run again"))});
    QS_TRY(project.recipe, recipeFromJson(root.at("recipe")));
    project.recipe.calibration = dataFromJson(root.at("calibration_data"), folder);
    if (root.contains("training_data"))
        project.recipe.training = dataFromJson(root.at("training_data"), folder);
    project.evaluationData = dataFromJson(root.at("evaluation_data"), folder);
    restoreRuns(root.at("runs"), filesFolder(path), project, job);
    project.currentRun = root.at("current_run").get<int>();
    project.selectedLayer = root.at("selected_layer").get<std::string>();
    return project;
}

}

Status saveProject(const Project &project, const fs::path &path, JobContext &job)
{
    const fs::path folder = absolutePath(path).parent_path();
    const fs::path files = filesFolder(path);
    const Model &model = *project.model->model;
    json root {{"format", kProjectFormatName},
               {"version", kProjectVersion},
               {"model",
                {{"path", pathToJson(model.path().string(), folder)}, {"fingerprint", model.fingerprint()}}},
               {"recipe", toJson(project.recipe)},
               {"calibration_data", dataToJson(project.recipe.calibration, folder)},
               {"training_data", dataToJson(project.recipe.training, folder)},
               {"evaluation_data", dataToJson(project.evaluationData, folder)},
               {"current_run", project.currentRun},
               {"selected_layer", project.selectedLayer},
               {"runs", json::array()}};
    if (!project.runs.empty()) {
        std::error_code error;
        fs::create_directories(files, error);
        if (error)
            return systemError(files, error.value());
    }
    std::set<std::string> used;
    for (std::size_t i = 0; i < project.runs.size(); ++i) {
        job.throwIfStopped();
        job.progress("save", static_cast<std::int64_t>(i), static_cast<std::int64_t>(project.runs.size()));
        QS_TRY(json item, storeRun(*project.runs[i], files, used, job));
        root["runs"].push_back(std::move(item));
    }
    job.throwIfStopped();
    // File names that are no UTF-8 must not make saving impossible.
    QS_CHECK(writeFileAtomically(path, root.dump(1, ' ', false, json::error_handler_t::replace) + "\n"));
    removeUnused(files, used);
    return Done {};
}

Result<Project> loadProject(const fs::path &path, const InferenceEngine *engine, JobContext &job)
{
    QS_TRY(const std::string text, readFile(path, kLargestProject));
    const json root = parseJson(text);
    if (root.is_discarded() || !root.is_object())
        return Error {ErrorCode::Format, path.string(), "not a project file, or damaged: no JSON object"};
    const auto damaged = [&](const std::exception &e) {
        return Error {ErrorCode::Format, path.string(), std::string("damaged project file: ") + e.what()};
    };
    try {
        return parseProject(root, path, engine, job);
    } catch (const json::exception &e) {
        return damaged(e);
    } catch (const std::invalid_argument &e) {
        return damaged(e);
    }
}

} // namespace qs
