// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpointproject.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/base/sha256.h"
#include "core/llm/workfolder.h"
#include "core/session/projectpath.h"

#include <fstream>

namespace qs {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

/// Versions up to 1 know networks only: they say that this is of a newer version.
constexpr int kVersion = 2;
constexpr const char *kKey = "language_model"; ///< near the start, see isCheckpointProject()
constexpr std::size_t kStart = 200;
constexpr std::uint64_t kLargestProject = std::uint64_t {1} << 28;

/// Tells whether the files of a checkpoint are still the same: their names, sizes and times.
std::string stampOf(const fs::path &checkpoint)
{
    const std::string stamp = modelStamp(checkpoint);
    Sha256 hash;
    hash.updateField(stamp.substr(std::min(stamp.find('\n'), stamp.size()))); // the first line is the path
    return hash.hexDigest();
}

Json recipeToJson(const CheckpointRecipe &recipe, const fs::path &folder)
{
    return {{"strategy", recipe.strategy},
            {"parameters", Json(recipe.parameters)},
            {"calibration", Json(pathToJson(recipe.calibration, folder))},
            {"evaluation", Json(pathToJson(recipe.evaluation, folder))},
            {"windows", recipe.windows},
            {"output_folder", recipe.outputFolder}};
}

CheckpointRecipe recipeFromJson(const nlohmann::json &json, const fs::path &folder)
{
    CheckpointRecipe recipe;
    json.at("strategy").get_to(recipe.strategy);
    recipe.parameters = json.at("parameters");
    recipe.calibration = pathFromJson(json.at("calibration"), folder);
    recipe.evaluation = pathFromJson(json.at("evaluation"), folder);
    json.at("windows").get_to(recipe.windows);
    json.at("output_folder").get_to(recipe.outputFolder);
    return recipe;
}

Json errorToJson(const WeightError &error)
{
    return {error.name,      error.op,     error.type,     error.bitsPerWeight,    error.elements,
            error.squares,   error.errors, error.products, error.quantizedSquares, error.maxAbs,
            error.isRescaled};
}

WeightError errorFromJson(const nlohmann::json &json)
{
    return {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4), json.at(5),
            json.at(6), json.at(7), json.at(8), json.at(9), json.at(10)};
}

Json runToJson(const CheckpointRun &run, const fs::path &folder)
{
    Json json {{"id", run.id},
               {"name", run.name},
               {"strategy", run.strategy},
               {"parameters", Json(run.parameters)},
               {"path", Json(pathToJson(run.path.string(), folder))},
               {"stamp", stampOf(run.path)},
               {"seconds", run.seconds}};
    if (run.drift) {
        json["weights"]["total"] = errorToJson(run.drift->total);
        for (const WeightError &error : run.drift->tensors)
            json["weights"]["tensors"].push_back(errorToJson(error));
    }
    if (run.quality)
        json["quality"] = {{"text", Json(pathToJson(run.quality->text.string(), folder))},
                           {"windows", run.quality->windows},
                           {"result", Json(toJson(run.quality->result))}};
    return json;
}

/// What was measured of \a run.
void restoreFigures(const nlohmann::json &json, const fs::path &folder, CheckpointRun &run)
{
    if (json.contains("weights")) {
        auto drift = std::make_shared<WeightDrift>();
        drift->total = errorFromJson(json.at("weights").at("total"));
        for (const nlohmann::json &error : json.at("weights").at("tensors"))
            drift->tensors.push_back(errorFromJson(error));
        run.drift = std::move(drift);
    }
    if (json.contains("quality")) {
        const nlohmann::json &stored = json.at("quality");
        auto quality = std::make_shared<TextQuality>();
        quality->text = pathFromJson(stored.at("text"), folder);
        stored.at("windows").get_to(quality->windows);
        quality->result = perplexityFromJson(stored.at("result"));
        run.quality = std::move(quality);
    }
}

Result<CheckpointRunPtr> runFromJson(const nlohmann::json &json, const fs::path &folder,
                                     const OpenedCheckpointPtr &original)
{
    auto run = std::make_shared<CheckpointRun>();
    json.at("id").get_to(run->id);
    json.at("name").get_to(run->name);
    json.at("strategy").get_to(run->strategy);
    run->parameters = json.at("parameters");
    json.at("seconds").get_to(run->seconds);
    run->path = pathFromJson(json.at("path"), folder);
    if (run->id == 0) {
        run->path = original->path;
        run->view = std::shared_ptr<const CheckpointView>(original, &original->view);
    } else {
        QS_TRY(CheckpointView view, viewCheckpoint(run->path));
        run->view = std::make_shared<CheckpointView>(std::move(view));
    }
    run->fileBytes = checkpointBytes(run->path);
    if (stampOf(run->path) == json.at("stamp").get<std::string>())
        restoreFigures(json, folder, *run);
    return CheckpointRunPtr(std::move(run));
}

/// Throws json::exception on what does not fit.
Result<CheckpointProject> parseProject(const nlohmann::json &root, const fs::path &path, JobContext &job)
{
    const auto damaged = [&](const char *why) {
        return Error {ErrorCode::Format, path.string(), std::string("damaged project file: ") + why};
    };
    if (root.at("format").get<std::string>() != kProjectFormatName || !root.contains(kKey))
        return Error {ErrorCode::Format, path.string(), "not a project file of a language model"};
    if (root.at("version").get<int>() > kVersion)
        return Error {ErrorCode::Unsupported, path.string(), "written by a newer version of the program"};
    const fs::path folder = absolutePath(path).parent_path();
    CheckpointProject project;
    QS_TRY(project.checkpoint, openCheckpointFile(pathFromJson(root.at(kKey), folder), job));
    project.recipe = recipeFromJson(root.at("recipe"), folder);
    root.at("current_run").get_to(project.currentRun);
    const nlohmann::json &list = root.at("runs");
    std::set<int> ids;
    for (const nlohmann::json &item : list) {
        job.throwIfStopped();
        job.progress("restore", static_cast<std::int64_t>(ids.size()),
                     static_cast<std::int64_t>(list.size()));
        const int id = item.at("id").get<int>();
        if (id < 0 || (ids.empty() && id != 0) || !ids.insert(id).second)
            return damaged("its runs are numbered wrongly");
        auto run = runFromJson(item, folder, project.checkpoint);
        if (run.ok())
            project.runs.push_back(std::move(run).value());
        else
            job.report({Severity::Warning, "run-left-out", item.at("name").get<std::string>(),
                        sentence(QS_TR_NOOP("Sentence", "this run could not be restored: %1"),
                                 {run.error().message()})});
    }
    if (project.runs.empty())
        return damaged("it has no runs");
    return project;
}

} // namespace

bool isCheckpointProject(const fs::path &path)
{
    std::string start(kStart, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return start.find(kProjectFormatName) != std::string::npos
        && start.find("\"" + std::string(kKey) + "\"") != std::string::npos;
}

Status saveCheckpointProject(const CheckpointProject &project, const fs::path &path)
{
    const fs::path folder = absolutePath(path).parent_path();
    Json root {{"format", kProjectFormatName},
               {"version", kVersion},
               {kKey, Json(pathToJson(project.checkpoint->path.string(), folder))},
               {"recipe", recipeToJson(project.recipe, folder)},
               {"current_run", project.currentRun},
               {"runs", Json::array()}};
    for (const CheckpointRunPtr &run : project.runs)
        root["runs"].push_back(runToJson(*run, folder));
    // File names that are no UTF-8 must not make saving impossible.
    return writeFileAtomically(path, root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<CheckpointProject> loadCheckpointProject(const fs::path &path, JobContext &job)
{
    QS_TRY(const std::string text, readFile(path, kLargestProject));
    const auto root = parseJson(text);
    if (!root.is_object())
        return Error {ErrorCode::Format, path.string(), "not a project file, or damaged: no JSON object"};
    try {
        return parseProject(root, path, job);
    } catch (const nlohmann::json::exception &e) {
        return Error {ErrorCode::Format, path.string(), std::string("damaged project file: ") + e.what()};
    }
}

} // namespace qs
