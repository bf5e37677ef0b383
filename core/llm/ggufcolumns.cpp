// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufcolumns.h"

#include "core/llm/safetensorsheader.h"

#include <numeric>

namespace qs {
namespace {

constexpr float kLeastImportance = 1e-6F; ///< of the mean

} // namespace

void raiseZeros(std::span<float> values)
{
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    // Without any importance all columns matter the same.
    const auto least = sum > 0 ? kLeastImportance * static_cast<float>(sum / double(values.size())) : 1.F;
    for (float &value : values)
        value = value > 0.F ? value : least;
}

Result<ColumnWeights> columnWeights(const GgufSource &source, const GgufTensorInfo &from, GgmlType to,
                                    const ImportanceMatrix *importance)
{
    ColumnWeights weights;
    const ImportanceEntry *entry = importance ? importance->find(from.name) : nullptr;
    if (!entry || !ggmlTraits(to).isQuantized || from.name == "token_embd.weight")
        return weights;
    const auto columns = static_cast<std::size_t>(from.rowLength());
    const auto matrices = static_cast<std::size_t>(from.shape.size() > 2 ? from.rows() / from.shape[1] : 1);
    if (entry->values.size() != columns && entry->values.size() != columns * matrices)
        return Error {ErrorCode::InvalidArgument, source.name(),
                      "tensor " + quotedName(from.name) + " has " + std::to_string(columns * matrices)
                          + " inputs, but the importance matrix has " + std::to_string(entry->values.size())
                          + " values for it"};
    weights.values = entry->values;
    weights.rowsPerMatrix = matrices > 1 && entry->values.size() > columns ? from.shape[1] : 0;
    for (std::size_t at = 0; at < weights.values.size(); at += columns)
        raiseZeros(std::span(weights.values).subspan(at, columns));
    return weights;
}

} // namespace qs
