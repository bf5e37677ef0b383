// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointview.h"

#include "core/llm/folderview.h"
#include "core/llm/gguf.h"
#include "core/llm/ggufmix.h"
#include "core/llm/ggufnames.h"
#include "core/llm/weightsource.h"

#include <algorithm>
#include <map>

namespace qs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 200; ///< of metadata; chat templates are pages

Json shortened(const std::string &text)
{
    if (text.size() <= kLongestText)
        return text;
    return text.substr(0, kLongestText) + "… (" + std::to_string(text.size()) + " bytes)";
}

Json valueJson(const GgufValue &value)
{
    if (const auto *text = std::get_if<std::string>(&value))
        return shortened(*text);
    if (const auto *list = std::get_if<GgufArray>(&value))
        return std::to_string(list->size()) + " entries";
    return std::visit(
        [](const auto &v) -> Json {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(v)>>)
                return v;
            else
                return nullptr;
        },
        value);
}

Result<CheckpointView> viewGguf(const std::filesystem::path &path)
{
    QS_TRY(const GgufFilePtr file, GgufFile::open(path));
    const GgufHeader &header = file->header();
    CheckpointView view;
    view.format = "GGUF";
    view.architecture = header.architecture();
    view.metadata = Json::object();
    for (const GgufEntry &entry : header.metadata)
        view.metadata[entry.key] = valueJson(entry.value);
    bool isQuantized = false;
    for (const GgufTensorInfo &tensor : header.tensors) {
        const GgmlTraits &traits = ggmlTraits(tensor.type);
        view.tensors.push_back({tensor.name,
                                std::string(traits.name),
                                Shape(tensor.shape.rbegin(), tensor.shape.rend()),
                                tensor.byteSize,
                                traits.isQuantized,
                                {tensor.name}});
        view.byteSize += tensor.byteSize;
        isQuantized = isQuantized || traits.isQuantized;
    }
    if (isQuantized) {
        view.quantization = "blocks with scales";
        const auto type = header.number("general.file_type");
        for (const GgufMix &mix : ggufMixes())
            view.quantization = type == mix.fileType ? std::string(mix.name) : view.quantization;
    }
    return view;
}

} // namespace

double CheckpointTensor::bitsPerWeight() const
{
    return elements() > 0 ? 8.0 * double(byteSize) / double(elements()) : 0;
}

std::int64_t CheckpointView::parameters() const
{
    std::int64_t count = 0;
    for (const CheckpointTensor &tensor : tensors)
        count += tensor.elements();
    return count;
}

double CheckpointView::bitsPerWeight() const
{
    return parameters() > 0 ? 8.0 * double(byteSize) / double(parameters()) : 0;
}

const CheckpointTensor *CheckpointView::find(const std::string &name) const
{
    std::string there = name;
    if (format == "GGUF") {
        const auto place = ggufPlaceOf(name, architecture);
        if (!place.ok())
            return nullptr;
        there = place->name;
    }
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const CheckpointTensor &tensor) { return tensor.name == there; });
    return found == tensors.end() ? nullptr : &*found;
}

Result<CheckpointView> viewCheckpoint(const std::filesystem::path &path)
{
    std::error_code ignored;
    const bool isFile = std::filesystem::is_regular_file(path, ignored);
    QS_TRY(CheckpointView view, isFile ? viewGguf(path) : viewFolder(path));
    if (const auto opened = openCheckpoint(path); !opened.ok())
        view.obstacle = opened.error().detail;
    for (const CheckpointTensor &tensor : view.tensors) {
        const GgmlTraits *traits = isFile ? findGgmlType(std::string_view(tensor.type)) : nullptr;
        if (view.obstacle.empty() && traits && !traits->dequantize)
            view.obstacle
                = "tensor '" + tensor.name + "' is of type " + tensor.type + ", which is not decoded here";
    }
    return view;
}

Json toJson(const CheckpointView &view)
{
    Json types = Json::object();
    Json tensors = Json::array();
    for (const CheckpointTensor &tensor : view.tensors) {
        if (!types.contains(tensor.type))
            types[tensor.type] = {{"tensors", 0}, {"parameters", 0}, {"size_bytes", 0}};
        Json &type = types[tensor.type];
        type["tensors"] = type["tensors"].get<int>() + 1;
        type["parameters"] = type["parameters"].get<std::int64_t>() + tensor.elements();
        type["size_bytes"] = type["size_bytes"].get<std::uint64_t>() + tensor.byteSize;
        tensors.push_back({{"name", tensor.name},
                           {"type", tensor.type},
                           {"shape", tensor.shape},
                           {"parameters", tensor.elements()},
                           {"size_bytes", tensor.byteSize},
                           {"bits_per_weight", tensor.bitsPerWeight()},
                           {"quantized", tensor.isQuantized},
                           {"parts", tensor.parts}});
    }
    return {{"format", view.format},
            {"architecture", view.architecture},
            {"quantization", view.quantization},
            {"quantization_config", Json(view.quantizationConfig)},
            {"metadata", view.metadata},
            {"size_bytes", view.byteSize},
            {"parameters", view.parameters()},
            {"bits_per_weight", view.bitsPerWeight()},
            {"obstacle", view.obstacle.empty() ? Json() : Json(view.obstacle)},
            {"types", std::move(types)},
            {"tensors", std::move(tensors)}};
}

} // namespace qs
