// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A project file whose models are good.
#include "core/model/modelio.h"
#include "core/session/projectfile.h"
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

using namespace qs;
using namespace qs::test;

std::vector<std::string> qs::test::fuzzSeeds()
{
    JobContext job;
    const std::filesystem::path file = fuzzFolder() / "float.onnx";
    const ModelPtr model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 13]>
        g (float[1,4] x) => (float[1,2] y)
        <float[4,2] w = {1,2,3,4,5,6,7,8}> { t = MatMul(x, w)  y = Relu(t) })");
    FUZZ_CHECK(saveModel(*model, file, {}, job).ok());
    const auto opened = openModelFile(file, nullptr, job);
    FUZZ_CHECK(isValue(opened));
    const auto quantized = quantizeModel((*opened)->model, syntheticRecipe("onnxruntime-cpu"));
    FUZZ_CHECK(isValue(quantized));
    Project project;
    project.model = *opened;
    project.recipe = (*quantized)->recipe;
    const std::filesystem::path path = fuzzFolder() / "x.qsproj";
    FUZZ_CHECK(saveProject(project, path, job).ok());
    const std::string empty = contentOf(path);
    auto run = std::make_shared<Run>();
    run->name = "first";
    run->quantized = *quantized;
    Evaluation evaluation;
    evaluation.samples = 3;
    evaluation.top1 = makeProportion(2, 3);
    evaluation.results = {{"a/1.png", 0, 1, 1, 1, 20.5}};
    run->evaluation = std::make_shared<Evaluation>(evaluation);
    Drift drift;
    drift.sampleIds = {"a/1.png"};
    LayerDrift layer;
    layer.name = "t";
    layer.sampleSqnrDb = {30.F};
    drift.layers = {layer};
    run->drift = std::make_shared<Drift>(drift);
    project.runs = {run};
    project.currentRun = 0;
    FUZZ_CHECK(saveProject(project, path, job).ok());
    return {contentOf(path), empty};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    [[maybe_unused]] static const auto seeds = [] {
        auto made = fuzzSeeds();
        std::filesystem::copy(fuzzFolder() / "x.qsproj.d", fuzzFolder() / "p.qsproj.d",
                              std::filesystem::copy_options::recursive);
        return made;
    }();
    JobContext job;
    const auto project = loadProject(writeInput("p.qsproj", textOf(data, size)), nullptr, job);
    if (!isAccepted(project))
        return 0;
    for (const RunPtr &run : project->runs) {
        FUZZ_CHECK(run->quantized && run->quantized->model && run->quantized->prepared);
        (void)findingsOf(*run);
    }
    return 0;
}
