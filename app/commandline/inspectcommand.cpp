// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/languagemodel.h"
#include "app/commandline/options.h"

#include "core/data/presets.h"
#include "core/llm/llmstrategy.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "core/model/quantizedview.h"
#include "core/runtime/inferenceengine.h"

#include <CLI/CLI.hpp>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdio>

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
        nlohmann::json shapes = nlohmann::json::array();
        for (const std::optional<Shape> &shape : layer.outputShapes)
            shapes.push_back(shape ? nlohmann::json(*shape) : nlohmann::json(nullptr));
        list.push_back({{"name", layer.name},
                        {"op", layer.op},
                        {"attributes", layer.attributes},
                        {"inputs", layer.inputs},
                        {"outputs", layer.outputs},
                        {"output_shapes", shapes},
                        {"parameters", layer.parameters},
                        {"macs", layer.macs}});
    }
    return list;
}

std::string number(float value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", static_cast<double>(value));
    return text;
}

/// "0.0123", or "0.001 to 0.02 (64)".
template <typename T, typename Format> std::string spanText(const std::vector<T> &values, Format format)
{
    if (values.empty())
        return "?";
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (values.size() == 1 || *low == *high)
        return format(*low);
    return format(*low) + " to " + format(*high) + " (" + std::to_string(values.size()) + ")";
}

std::string granularityText(const QuantizedTensor &tensor)
{
    if (tensor.isDynamic)
        return "at run time";
    std::string text = toString(tensor.granularity);
    if (tensor.blockSize > 0)
        text += " of " + std::to_string(tensor.blockSize);
    return tensor.axis ? text + ", axis " + std::to_string(*tensor.axis) : text;
}

std::string typeText(const QuantizedTensor &tensor)
{
    if (tensor.type == DType::Undefined)
        return std::to_string(tensor.bits) + " bits";
    const std::string type(toString(tensor.type));
    return tensor.bits == bitsOf(tensor.type) ? type : type + " (" + std::to_string(tensor.bits) + " bit)";
}

/// What is stored and computed in integers.
std::string quantizedText(const QuantizedView &view)
{
    std::string text = "quantized";
    for (const std::string &form : view.forms)
        text += (form == view.forms.front() ? "  " : ", ") + form;
    std::vector<std::vector<std::string>> rows {
        {"integers", "layer", "what", "type", "scales", "scale", "zero point", "holds"}};
    for (const QuantizedTensor &tensor : view.tensors) {
        const bool isKnown = !tensor.scales.empty() && !tensor.zeroPoints.empty();
        rows.push_back({tensor.name, tensor.layer, roleName(tensor), typeText(tensor),
                        granularityText(tensor), tensor.isDynamic ? "" : spanText(tensor.scales, number),
                        tensor.isDynamic
                            ? ""
                            : spanText(tensor.zeroPoints, [](std::int32_t z) { return std::to_string(z); }),
                        isKnown ? number(tensor.range.min) + " to " + number(tensor.range.max) : ""});
    }
    return text + "\n\n" + formatTable(rows);
}

Result<CommandOutput> inspect(const std::string &path, JobContext &job)
{
    if (isLanguageModel(path))
        return inspectLanguageModel(path);
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
    const QuantizedView quantized = viewQuantized(*model);
    if (quantized.isQuantized())
        output.json["quantized"] = toJson(quantized);
    std::vector<std::vector<std::string>> rows {{"layer", "operator", "output", "parameters", "MACs"}};
    std::map<std::string, std::string> precisions;
    if (quantized.isQuantized()) {
        rows[0].push_back("precision");
        for (const QuantizedLayer &layer : quantized.layers)
            precisions[layer.name] = layer.precision.empty() ? "float" : layer.precision;
    }
    for (const Layer &layer : layers) {
        const bool known = !layer.outputShapes.empty() && layer.outputShapes[0];
        rows.push_back({layer.name, layer.op, known ? toString(*layer.outputShapes[0]) : "?",
                        layer.parameters > 0 ? formatCount(layer.parameters) : "",
                        layer.macs > 0 ? formatCount(layer.macs) : ""});
        if (quantized.isQuantized())
            rows.back().push_back(precisions[layer.name]);
    }
    output.text += "\n" + formatTable(rows);
    if (quantized.isQuantized())
        output.text += "\n" + quantizedText(quantized);
    return output;
}

} // namespace

CommandBody setUpInspect(CLI::App &app)
{
    const auto path = std::make_shared<std::string>();
    app.add_option("model", *path, "ONNX file, or a language model: Hugging Face folder or GGUF file")
        ->required();
    return [path](JobContext &job) { return inspect(*path, job); };
}

} // namespace qs
