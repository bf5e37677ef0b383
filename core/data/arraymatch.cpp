// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/arraymatch.h"

#include "core/data/tensorconvert.h"

#include <algorithm>

namespace qs {
namespace {

std::string describe(const std::string &name, DType type, const Shape &shape)
{
    return "'" + name + "' (" + std::string(toString(type)) + " " + toString(shape) + ")";
}

std::string describe(const NpyArray &array)
{
    return describe(array.name(), array.type(), array.shape());
}

std::string describe(const ValueInfo &input)
{
    return describe(input.name, input.type, input.shape);
}

template <typename Items> std::string list(const Items &items)
{
    std::string text;
    for (const auto &item : items)
        text += (text.empty() ? "" : ", ") + describe(item);
    return text;
}

bool isCalled(const std::string &name, const std::string &input)
{
    if (name == input)
        return true;
    std::string asFile = input;
    std::replace(asFile.begin(), asFile.end(), '/', '_');
    return name == asFile;
}

bool isLabelName(const std::string &name)
{
    return name == "labels" || name == "label";
}

using Arrays = std::vector<NpyArray>;

Arrays::iterator findFor(Arrays &arrays, const std::string &input)
{
    return std::find_if(arrays.begin(), arrays.end(),
                        [&](const NpyArray &array) { return isCalled(array.name(), input); });
}

/// The arrays without names of their own, one for each input; empty where that cannot be meant.
Arrays inOrder(const Arrays &arrays, const std::vector<ValueInfo> &inputs)
{
    Arrays candidates;
    std::copy_if(arrays.begin(), arrays.end(), std::back_inserter(candidates),
                 [](const NpyArray &array) { return !isLabelName(array.name()); });
    const bool areNumbered = std::all_of(candidates.begin(), candidates.end(), [](const NpyArray &array) {
        return array.name().starts_with("arr_");
    });
    if (candidates.size() != inputs.size() || (inputs.size() > 1 && !areNumbered))
        return {};
    const auto number = [](const NpyArray &a) { return std::pair(a.name().size(), a.name()); };
    std::sort(candidates.begin(), candidates.end(),
              [&](const NpyArray &a, const NpyArray &b) { return number(a) < number(b); });
    return candidates;
}

bool fits(std::span<const std::int64_t> sizes, std::span<const std::int64_t> wanted)
{
    return std::equal(sizes.begin(), sizes.end(), wanted.begin(), wanted.end(),
                      [](std::int64_t size, std::int64_t want) { return want < 0 || size == want; });
}

Result<ArrayFeed> makeFeed(const std::string &subject, const NpyArray &array, const ValueInfo &input)
{
    const Error misfit {ErrorCode::InvalidArgument, subject,
                        "array " + describe(array) + " does not fit input " + describe(input)};
    const std::span<const std::int64_t> sizes(array.shape());
    if (sizes.empty())
        return misfit;
    const Result<Tensor> convertible = convertTensor(Tensor(array.type(), {0}), input.type);
    if (!convertible.ok())
        return misfit;
    const std::span<const std::int64_t> wanted(input.shape);
    if (!input.hasShape || (wanted.size() == sizes.size() && fits(sizes.subspan(1), wanted.subspan(1))))
        return ArrayFeed {input, array, false};
    if (fits(sizes.subspan(1), wanted))
        return ArrayFeed {input, array, true};
    return misfit;
}

Result<std::vector<std::int64_t>> readLabels(const std::string &subject, const NpyArray &array,
                                             std::int64_t rows)
{
    const Shape &shape = array.shape();
    const bool isColumn = shape.size() == 2 && shape[1] == 1;
    if ((shape.size() != 1 && !isColumn) || shape[0] != rows)
        return Error {ErrorCode::InvalidArgument, subject,
                      describe(array) + " must hold one label for each of " + std::to_string(rows) + " rows"};
    QS_TRY(const Tensor tensor, array.read());
    const Result<Tensor> whole = convertTensor(tensor, DType::Int64);
    if (!whole.ok())
        return Error {ErrorCode::InvalidArgument, subject, describe(array) + ": " + whole.error().detail};
    const auto labels = whole->data<std::int64_t>();
    return std::vector<std::int64_t>(labels.begin(), labels.end());
}

/// Rows that a sample takes: the batch that some input fixes, which all must share.
Result<std::int64_t> commonBatch(const std::string &subject, const std::vector<ArrayFeed> &feeds)
{
    const ArrayFeed *fixed = nullptr;
    for (const ArrayFeed &feed : feeds) {
        if (feed.isWhole || !feed.input.hasShape || feed.input.shape.front() < 0)
            continue;
        if (fixed && fixed->input.shape.front() != feed.input.shape.front())
            return Error {ErrorCode::InvalidArgument, subject,
                          "inputs " + describe(fixed->input) + " and " + describe(feed.input)
                              + " want different batches"};
        fixed = &feed;
    }
    const std::int64_t batch = fixed ? std::max<std::int64_t>(fixed->input.shape.front(), 1) : 1;
    for (const ArrayFeed &feed : feeds) {
        if (batch > 1 && feed.isWhole)
            return Error {ErrorCode::InvalidArgument, subject,
                          "input " + describe(fixed->input) + " takes several rows at once, input "
                              + describe(feed.input) + " takes one"};
    }
    return batch;
}

} // namespace

Result<ArrayMatch> matchArrays(const std::string &subject, Arrays arrays,
                               const std::vector<ValueInfo> &inputs)
{
    ArrayMatch match;
    const bool anyNamed = std::any_of(inputs.begin(), inputs.end(), [&](const ValueInfo &input) {
        return findFor(arrays, input.name) != arrays.end();
    });
    const Arrays unnamed = anyNamed ? Arrays() : inOrder(arrays, inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto named = findFor(arrays, unnamed.empty() ? inputs[i].name : unnamed[i].name());
        if (named == arrays.end())
            return Error {ErrorCode::InvalidArgument, subject,
                          "has no array for input " + describe(inputs[i]) + "; there are: " + list(arrays)};
        QS_TRY(ArrayFeed feed, makeFeed(subject, *named, inputs[i]));
        match.feeds.push_back(std::move(feed));
        arrays.erase(named);
    }
    match.rows = match.feeds.front().array.shape().front();
    for (const ArrayFeed &feed : match.feeds) {
        if (feed.array.shape().front() != match.rows)
            return Error {ErrorCode::InvalidArgument, subject,
                          "arrays " + describe(match.feeds.front().array) + " and " + describe(feed.array)
                              + " hold different numbers of samples"};
    }
    QS_TRY(match.batch, commonBatch(subject, match.feeds));
    if (match.rows < match.batch)
        return Error {ErrorCode::InvalidArgument, subject,
                      "holds " + std::to_string(match.rows) + " rows, less than one batch of "
                          + std::to_string(match.batch)};
    for (const NpyArray &array : arrays) {
        if (isLabelName(array.name()) && match.labels.empty()) {
            QS_TRY(match.labels, readLabels(subject, array, match.rows));
        } else {
            match.unused.push_back(array.name());
        }
    }
    return match;
}

} // namespace qs
