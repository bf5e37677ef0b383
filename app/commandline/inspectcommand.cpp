// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/data/presets.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "core/runtime/inferenceengine.h"

#include <CLI/CLI.hpp>
#include <onnx/onnx_pb.h>

namespace qs {
namespace {

nlohmann::json valueJson(const ValueInfo &value)
{
    return {{"name", value.name}, {"type", toString(value.type)}, {"shape", value.shape}};
}

std::string valueText(const char *title, const std::vector<ValueInfo> &values)
{
    std::string text;
    for (const ValueInfo &value : values)
        text += std::string(title) + value.name + "  " + std::string(toString(value.type)) + " "
            + (value.hasShape ? toString(value.shape) : "of unknown shape") + "\n";
    return text;
}

nlohmann::json layersJson(const std::vector<Layer> &layers)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Layer &layer : layers) {
        list.push_back({{"name", layer.name},
                        {"op", layer.op},
                        {"attributes", layer.attributes},
                        {"inputs", layer.inputs},
                        {"outputs", layer.outputs},
                        {"output_shapes", layer.outputShapes},
                        {"parameters", layer.parameters},
                        {"macs", layer.macs}});
    }
    return list;
}

Result<CommandOutput> inspect(const std::string &path, JobContext &job)
{
    QS_TRY(const ModelPtr model, loadModel(path, job));
    const auto engine = makeOnnxRuntimeEngine();
    const std::vector<Layer> layers = makeLayerTable(*model, inferShapes(*model, engine.get(), job));
    std::int64_t parameters = 0;
    std::int64_t macs = 0;
    std::map<std::string, int> operators;
    for (const Layer &layer : layers) {
        parameters += layer.parameters;
        macs += layer.macs;
        ++operators[layer.domain.empty() ? layer.op : layer.domain + "." + layer.op];
    }
    CommandOutput output;
    output.json = {{"path", path},
                   {"size_bytes", model->sizeBytes()},
                   {"opset", model->opset()},
                   {"ir_version", model->proto().ir_version()},
                   {"producer", model->proto().producer_name()},
                   {"fingerprint", model->fingerprint()},
                   {"parameters", parameters},
                   {"macs", macs},
                   {"operators", operators},
                   {"layers", layersJson(layers)}};
    for (const ValueInfo &value : model->graph().inputs())
        output.json["inputs"].push_back(valueJson(value));
    for (const ValueInfo &value : model->graph().outputs())
        output.json["outputs"].push_back(valueJson(value));

    output.text = path + "  " + formatBytes(model->sizeBytes()) + ", opset " + std::to_string(model->opset())
        + ", IR " + std::to_string(model->proto().ir_version()) + ", " + formatCount(parameters)
        + " parameters, " + formatCount(macs) + " multiply-accumulates\n"
        + valueText("input   ", model->graph().inputs()) + valueText("output  ", model->graph().outputs());
    if (const auto guess = guessPreprocessing(*model)) {
        output.json["preprocessing"] = {{"value", toJson(guess->preprocessing)},
                                        {"stored", guess->isStored},
                                        {"reason", guess->reason.str()}};
        output.text += "preprocessing  " + guess->preprocessing.id + " (" + guess->reason.str() + ")\n";
    }
    std::vector<std::vector<std::string>> rows {{"layer", "operator", "output", "parameters", "MACs"}};
    for (const Layer &layer : layers) {
        const bool known = !layer.outputShapes.empty();
        rows.push_back({layer.name, layer.op, known ? toString(layer.outputShapes[0]) : "?",
                        layer.parameters > 0 ? formatCount(layer.parameters) : "",
                        layer.macs > 0 ? formatCount(layer.macs) : ""});
    }
    output.text += "\n" + formatTable(rows);
    return output;
}

} // namespace

CommandBody setUpInspect(CLI::App &app)
{
    const auto path = std::make_shared<std::string>();
    app.add_option("model", *path, "ONNX file")->required();
    return [path](JobContext &job) { return inspect(*path, job); };
}

} // namespace qs
