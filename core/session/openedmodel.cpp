// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/openedmodel.h"

#include "core/model/modelio.h"
#include "core/passes/passpipeline.h"

#include <unordered_set>

namespace qs {

namespace {

void prepare(OpenedModel &opened, const InferenceEngine *engine, JobContext &job)
{
    auto prepared
        = runPasses(opened.model, builtinPasses(), PassPhase::Prepare, {.shapes = opened.shapes}, job);
    if (prepared.ok()) {
        opened.prepared = prepared->model;
        opened.shapes = inferShapes(*opened.prepared, engine, job);
    } else {
        job.report({Severity::Warning, "not-prepared", opened.model->path().filename().string(),
                    prepared.error().message()});
    }
}

/// QuantizeLinear, DequantizeLinear and Constant nodes say how the others compute; they are no layers.
void keepLayersOf(const QuantizedView &view, std::vector<Layer> &layers)
{
    std::unordered_set<std::string> names;
    for (const QuantizedLayer &layer : view.layers)
        names.insert(layer.name);
    std::erase_if(layers, [&](const Layer &layer) { return !names.contains(layer.name); });
}

}

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
    auto quantized = std::make_shared<QuantizedView>(viewQuantized(*opened->model));
    if (quantized->isQuantized())
        opened->quantized = std::move(quantized);
    else
        prepare(*opened, engine, job);
    opened->layers = makeLayerTable(*opened->prepared, opened->shapes);
    opened->facts = factsOf(*opened->prepared, opened->shapes);
    if (opened->quantized)
        keepLayersOf(*opened->quantized, opened->layers);
    opened->guess = guessPreprocessing(*opened->model);
    return OpenedModelPtr(std::move(opened));
}

} // namespace qs
