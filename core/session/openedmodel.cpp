// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/openedmodel.h"

#include "core/model/modelio.h"
#include "core/passes/passpipeline.h"

namespace qs {

Result<OpenedModelPtr> openModelFile(const std::filesystem::path &path, const InferenceEngine *engine,
                                     JobContext &job)
{
    auto opened = std::make_shared<OpenedModel>();
    job.progress("load", 0, 0);
    QS_TRY(opened->model, loadModel(path, job));
    job.throwIfStopped();
    job.progress("shapes", 0, 0);
    opened->shapes = inferShapes(*opened->model, engine, job);
    job.throwIfStopped();
    job.progress("prepare", 0, 0);
    opened->prepared = opened->model;
    auto prepared
        = runPasses(opened->model, builtinPasses(), PassPhase::Prepare, {.shapes = opened->shapes}, job);
    if (prepared.ok()) {
        opened->prepared = prepared->model;
        opened->shapes = inferShapes(*opened->prepared, engine, job);
    } else {
        job.report({Severity::Warning, "not-prepared", path.filename().string(), prepared.error().message()});
    }
    opened->layers = makeLayerTable(*opened->prepared, opened->shapes);
    opened->facts = factsOf(*opened->prepared, opened->shapes);
    opened->guess = guessPreprocessing(*opened->model);
    return OpenedModelPtr(std::move(opened));
}

} // namespace qs
