// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/languagemodel.h"
#include "app/commandline/options.h"

#include "core/llm/checkpointview.h"
#include "core/llm/parallel.h"
#include "core/llm/weightdrift.h"

#include <cmath>

namespace qs {
namespace {

std::string bits(double value)
{
    return value > 0 ? formatNumber(value, 3) : "";
}

std::vector<std::string> errorRow(const WeightError &error)
{
    return {error.name,
            error.op,
            error.type,
            bits(error.bitsPerWeight),
            std::isfinite(error.sqnrDb()) ? formatNumber(error.sqnrDb(), 2) : "exact",
            formatNumber(error.relativeError(), 5),
            formatNumber(error.cosine(), 6),
            formatNumber(error.maxAbs, 5)};
}

} // namespace

Result<CommandOutput> inspectLanguageModel(const std::string &path)
{
    QS_TRY(const CheckpointView view, viewCheckpoint(path));
    CommandOutput output;
    output.json = toJson(view);
    output.json["path"] = path;
    output.text = path + "  " + formatBytes(view.byteSize) + ", " + view.format + ", "
        + (view.architecture.empty() ? "unknown architecture" : view.architecture) + ", "
        + formatCount(view.parameters()) + " parameters, " + formatNumber(view.bitsPerWeight(), 3)
        + " bits a weight\nquantized  " + (view.quantization.empty() ? "no" : view.quantization) + "\n";
    if (!view.obstacle.empty())
        output.text += "cannot be evaluated here  " + view.obstacle + "\n";
    std::vector<std::vector<std::string>> types {{"type", "tensors", "parameters", "bytes", "bits/weight"}};
    for (const auto &[name, type] : output.json["types"].items()) {
        const auto bytes = type["size_bytes"].get<std::uint64_t>();
        const auto parameters = type["parameters"].get<std::int64_t>();
        types.push_back({name, type["tensors"].dump(), formatCount(parameters), formatBytes(bytes),
                         parameters > 0 ? bits(8 * double(bytes) / double(parameters)) : ""});
    }
    std::vector<std::vector<std::string>> rows {{"tensor", "type", "shape", "bytes", "bits/weight"}};
    for (const CheckpointTensor &tensor : view.tensors)
        rows.push_back({tensor.name, tensor.type, toString(tensor.shape), formatBytes(tensor.byteSize),
                        bits(tensor.bitsPerWeight())});
    output.text += "\n" + formatTable(types) + "\n" + formatTable(rows);
    return output;
}

Result<CommandOutput> compareLanguageModels(const std::string &original, const std::string &quantized,
                                            int threads, JobContext &job)
{
    const ThreadLimit limit(threads);
    QS_TRY(const WeightDrift drift, compareWeights(original, quantized, job));
    CommandOutput output;
    output.json = toJson(drift);
    std::vector<std::vector<std::string>> rows {
        {"tensor", "operator", "type", "bits/weight", "SQNR dB", "relative", "cosine", "max abs"}};
    for (const WeightError &error : drift.tensors)
        rows.push_back(errorRow(error));
    WeightError total = drift.total;
    total.name = "all";
    rows.push_back(errorRow(total));
    output.text = formatTable(rows);
    return output;
}

} // namespace qs
