// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/tensorpair.h"

#include "core/evaluation/errorsums.h"
#include "core/evaluation/tensormatch.h"
#include "core/plan/channelpadding.h"
#include "core/plan/rescale.h"

#include <algorithm>

namespace qs {
namespace {

Result<MatchedTensor> findMatch(const Model &reference, const Model &quantized, const std::string &tensor)
{
    QS_TRY(const std::vector<MatchedTensor> matches, matchTensors(reference, quantized));
    const auto it = std::find_if(matches.begin(), matches.end(),
                                 [&](const MatchedTensor &m) { return m.tensor == tensor; });
    if (it == matches.end())
        return Error {ErrorCode::NotFound, tensor, "has no counterpart in the quantized model"};
    return *it;
}

/// The tapped tensor of one session.
class Tap
{
public:
    static Result<Tap> open(const Model &model, const std::string &value, const InferenceEngine &engine,
                            int threads)
    {
        SessionOptions options;
        options.threads = threads;
        options.taps = {value};
        Tap tap;
        QS_TRY(tap.m_session, engine.open(model, options));
        const auto &outputs = tap.m_session->outputs();
        tap.m_position = static_cast<std::size_t>(
            std::find_if(outputs.begin(), outputs.end(), [&](const ValueInfo &v) { return v.name == value; })
            - outputs.begin());
        return tap;
    }

    Result<Tensor> run(const Sample &sample, const JobContext &job)
    {
        QS_TRY(const std::vector<Tensor> all, m_session->run(sample.inputs, job));
        return all.at(m_position);
    }

private:
    std::unique_ptr<InferenceSession> m_session;
    std::size_t m_position = 0;
};

} // namespace

Result<TensorPair> tapPair(const Model &reference, const Model &quantized, const std::string &tensor,
                           const Dataset &dataset, const InferenceEngine &engine,
                           const TensorPairOptions &options, JobContext &job)
{
    QS_TRY(const MatchedTensor match, findMatch(reference, quantized, tensor));
    QS_TRY(Tap floatTap, Tap::open(reference, match.tensor, engine, options.threads));
    QS_TRY(Tap integerTap, Tap::open(quantized, match.value, engine, options.threads));
    TensorPair pair;
    pair.tensor = tensor;
    pair.synthetic = dataset.isSynthetic();
    std::optional<Range> range;
    if (match.isInteger) {
        pair.params = match.params;
        pair.type = match.type;
        range = representableRange(match.params, match.limits);
    }
    const ChannelUnits referenceUnits(reference);
    const ChannelUnits quantizedUnits(quantized);
    const ChannelPadding padding(quantized);
    ErrorSums sums;
    const std::size_t wanted = std::min(options.samples, dataset.size());
    for (std::size_t i = 0; i < wanted; ++i) {
        job.progress("compare", static_cast<std::int64_t>(i), static_cast<std::int64_t>(wanted));
        job.throwIfStopped();
        const Result<Sample> sample = dataset.sample(i * dataset.size() / wanted);
        if (!sample.ok())
            continue; // a damaged file; the ones around it do as well
        QS_TRY(const Tensor floats, floatTap.run(*sample, job));
        QS_TRY(const Tensor tapped, integerTap.run(*sample, job));
        const Tensor integers = padding.stripped(tensor, tapped);
        QS_TRY(const Tensor asFloats, toFloat32(floats));
        const Tensor x = quantizedUnits.rescaled(tensor, referenceUnits.original(tensor, asFloats));
        QS_TRY(const Tensor y, match.isInteger ? dequantized(integers, match.params) : toFloat32(integers));
        if (x.size() != y.size())
            return Error {ErrorCode::InvalidArgument, tensor,
                          "is " + toString(x.shape()) + " in the float model and " + toString(y.shape())
                              + " in the quantized one"};
        pair.reference.add(x.floats());
        pair.quantized.add(y.floats());
        sums.add(x.floats(), y.floats());
        if (range)
            sums.clipped += countOutside(x.floats(), *range);
        ++pair.samples;
    }
    if (pair.samples == 0)
        return Error {ErrorCode::InvalidArgument, dataset.description().str(),
                      "has no sample that could be used"};
    pair.metrics = sums.metrics();
    return pair;
}

} // namespace qs
