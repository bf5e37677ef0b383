// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufbudget.h"

#include "core/llm/ggufcolumns.h"
#include "core/llm/parallel.h"
#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qs {
namespace {

/// Elements of a tensor that are tried, at most, and that a thread takes at a time.
constexpr std::int64_t kSampleElements = 1 << 21;
constexpr std::int64_t kPieceElements = 1 << 16;

constexpr const char *kBestUse = QS_TR_NOOP("Sentence", "best use of the size asked for");

/// In blocks of 256 where rows allow it: their types are better than the older ones of the same size.
constexpr std::array kTypes {GgmlType::Q2_K, GgmlType::Q3_K, GgmlType::Q4_K, GgmlType::Q5_K,
                             GgmlType::Q6_K, GgmlType::Q8_0, GgmlType::F16};
constexpr std::array kSmallBlockTypes {GgmlType::Q4_0, GgmlType::Q4_1, GgmlType::Q5_0,
                                       GgmlType::Q5_1, GgmlType::Q8_0, GgmlType::F16};

std::vector<GgmlType> typesFor(const GgufTensorInfo &tensor)
{
    std::vector<GgmlType> types;
    const bool isWide = tensor.rowLength() % 256 == 0;
    for (const GgmlType type :
         isWide ? std::span<const GgmlType>(kTypes) : std::span<const GgmlType>(kSmallBlockTypes)) {
        if (tensor.rowLength() % ggmlTraits(type).blockElements == 0)
            types.push_back(type);
    }
    return types;
}

/// Whether the size decides on the type of \a tensor.
bool isSolved(const GgufTensorInfo &tensor, const GgufBudgetOptions &options)
{
    return isQuantizable(tensor) && !isRuled(tensor.name, options.rules);
}

std::uint64_t bytesOf(const GgufTensorInfo &tensor, GgmlType type)
{
    return static_cast<std::uint64_t>(ggmlTraits(type).bytesFor(tensor.elements()));
}

struct Candidate
{
    GgmlType type = GgmlType::F32;
    std::uint64_t bytes = 0;
    double cost = 0;
};

/// Less divergence for a byte.
double slope(const Candidate &from, const Candidate &to)
{
    return (from.cost - to.cost) / double(to.bytes - from.bytes);
}

/// The corners of the lower convex hull of \a all, which are in the order of their bytes; what costs more
/// than something smaller is never worth it.
std::vector<Candidate> hullOf(const std::vector<Candidate> &all)
{
    std::vector<Candidate> hull;
    for (const Candidate &next : all) {
        if (!hull.empty() && next.cost >= hull.back().cost)
            continue;
        while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) <= slope(hull.back(), next))
            hull.pop_back();
        hull.push_back(next);
    }
    return hull;
}

struct Choice
{
    std::size_t tensor;
    std::vector<Candidate> steps;
    std::size_t at = 0;
};

/// Goes up where it helps most for a byte, as long as anything fits into \a bytes.
void spend(std::vector<Choice> &choices, std::uint64_t bytes)
{
    for (;;) {
        Choice *best = nullptr;
        double bestSlope = 0;
        for (Choice &choice : choices) {
            if (choice.at + 1 >= choice.steps.size())
                continue;
            const Candidate &now = choice.steps[choice.at];
            const Candidate &next = choice.steps[choice.at + 1];
            if (next.bytes - now.bytes <= bytes && slope(now, next) > bestSlope) {
                best = &choice;
                bestSlope = slope(now, next);
            }
        }
        if (!best)
            return;
        bytes -= best->steps[best->at + 1].bytes - best->steps[best->at].bytes;
        ++best->at;
    }
}

struct Sums
{
    double squares = 0;
    double errors = 0;
};

Result<Sums> errorOfRows(const GgufSource &source, const GgufTensorInfo &tensor, const GgmlTraits &traits,
                         const ColumnWeights &weights, std::int64_t first, std::int64_t count)
{
    const std::int64_t length = tensor.rowLength();
    std::vector<float> values(static_cast<std::size_t>(count * length));
    QS_CHECK(source.rows(tensor, first, count, values));
    std::vector<std::byte> coded(static_cast<std::size_t>(traits.bytesFor(length)));
    std::vector<float> back(static_cast<std::size_t>(length));
    Sums sums;
    for (std::int64_t row = 0; row < count; ++row) {
        const float *from = values.data() + row * length;
        const float *importance = weights.forRow(first + row, length);
        traits.quantize(from, coded.data(), 1, length, importance);
        traits.dequantize(coded.data(), back.data(), length);
        for (std::int64_t i = 0; i < length; ++i) {
            const double weight = importance ? double(importance[i]) : 1;
            const double error = double(from[i]) - double(back[static_cast<std::size_t>(i)]);
            sums.squares += weight * double(from[i]) * double(from[i]);
            sums.errors += weight * error * error;
        }
    }
    return sums;
}

} // namespace

Result<double> ggufTypeError(const GgufSource &source, const GgufTensorInfo &tensor, GgmlType type,
                             const ImportanceMatrix *importance, int threads)
{
    QS_TRY(const ColumnWeights weights, columnWeights(source, tensor, type, importance));
    const std::int64_t each = std::max<std::int64_t>(kPieceElements / tensor.rowLength(), 1);
    const std::int64_t pieces = (tensor.rows() + each - 1) / each;
    const std::int64_t tried
        = std::min(pieces, std::max<std::int64_t>(kSampleElements / (each * tensor.rowLength()), 1));
    std::vector<Result<Sums>> found(static_cast<std::size_t>(tried), Sums {});
    parallelFor(
        found.size(),
        [&](std::size_t i) {
            const std::int64_t first = static_cast<std::int64_t>(i) * pieces / tried * each;
            found[i] = errorOfRows(source, tensor, ggmlTraits(type), weights, first,
                                   std::min(each, tensor.rows() - first));
        },
        threads);
    Sums total;
    for (const Result<Sums> &sums : found) {
        if (!sums.ok())
            return sums.error();
        total.squares += sums->squares;
        total.errors += sums->errors;
    }
    if (!std::isfinite(total.squares) || !std::isfinite(total.errors))
        return Error {ErrorCode::InvalidArgument, source.name(),
                      "tensor " + quotedName(tensor.name) + " has values that are infinite or too large"};
    return total.squares > 0 ? total.errors / total.squares : 0.0;
}

Result<std::vector<GgufTypeChoice>> smallestGgufTypes(const GgufSource &source,
                                                      const GgufBudgetOptions &options)
{
    const GgufHeader &header = source.header();
    // What the rules and the kept tensors get, the mix has no say in.
    auto types
        = chooseGgufTypes(header, *requireGgufMix("F16").value(), {.isPure = true, .rules = options.rules});
    if (!types.ok())
        return Error {types.error().code, source.name(), types.error().detail};
    std::uint64_t least = 0;
    double elements = 0;
    for (std::size_t i = 0; i < header.tensors.size(); ++i) {
        const GgufTensorInfo &tensor = header.tensors[i];
        if (isSolved(tensor, options)) {
            for (const GgmlType type : typesFor(tensor)) {
                if (bytesOf(tensor, type) < bytesOf(tensor, (*types)[i].type))
                    (*types)[i] = {type, sentence(kBestUse)};
            }
        }
        least += bytesOf(tensor, (*types)[i].type);
        elements += double(tensor.elements());
    }
    if (double(least) > options.bitsPerWeight * elements / 8) {
        char bits[32];
        std::snprintf(bits, sizeof bits, "%.3f", double(least) * 8 / elements);
        return Error {ErrorCode::InvalidArgument, "bits_per_weight",
                      std::string("is less than the ") + bits + " that the smallest types take"};
    }
    return types;
}

Result<std::vector<GgufTypeChoice>> solveGgufTypes(const GgufSource &source,
                                                   const GgufSensitivity &sensitivity,
                                                   const GgufBudgetOptions &options, JobContext &job)
{
    const GgufHeader &header = source.header();
    QS_TRY(std::vector<GgufTypeChoice> types, smallestGgufTypes(source, options));
    std::vector<Choice> choices;
    std::uint64_t least = 0;
    double elements = 0;
    const auto total = static_cast<std::int64_t>(header.tensors.size());
    for (std::size_t i = 0; i < header.tensors.size(); ++i) {
        job.throwIfStopped();
        job.progress("weigh", static_cast<std::int64_t>(i), total);
        const GgufTensorInfo &tensor = header.tensors[i];
        elements += double(tensor.elements());
        least += bytesOf(tensor, types[i].type);
        if (!isSolved(tensor, options))
            continue;
        const auto factor = sensitivity.find(tensor.name);
        std::vector<Candidate> all;
        for (const GgmlType type : typesFor(tensor)) {
            QS_TRY(const double error,
                   ggufTypeError(source, tensor, type, options.importance, options.threads));
            all.push_back(
                {type, bytesOf(tensor, type), error * (factor == sensitivity.end() ? 1.0 : factor->second)});
        }
        source.forget(tensor);
        std::stable_sort(all.begin(), all.end(),
                         [](const Candidate &a, const Candidate &b) { return a.bytes < b.bytes; });
        choices.push_back({i, hullOf(all)});
    }
    spend(choices, static_cast<std::uint64_t>(options.bitsPerWeight * elements / 8) - least);
    for (const Choice &choice : choices)
        types[choice.tensor] = {choice.steps[choice.at].type, sentence(kBestUse)};
    return types;
}

const GgufMix &nearestGgufMix(const GgufHeader &header, const std::vector<GgufTypeChoice> &choices)
{
    std::map<GgmlType, std::int64_t> elements;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (isQuantizable(header.tensors[i]))
            elements[choices[i].type] += header.tensors[i].elements();
    }
    const auto most = std::max_element(elements.begin(), elements.end(),
                                       [](const auto &a, const auto &b) { return a.second < b.second; });
    for (const GgufMix &mix : ggufMixes()) {
        if (most != elements.end() && mix.base == most->first)
            return mix;
    }
    return ggufMixes().front();
}

} // namespace qs
