// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/drift.h"

#include "core/evaluation/alonemodel.h"
#include "core/evaluation/driftaccumulator.h"
#include "core/evaluation/sampleprefetcher.h"
#include "core/evaluation/tensormatch.h"
#include "core/plan/channelpadding.h"
#include "core/plan/rescale.h"

#include <algorithm>

namespace qs {
namespace {

/// One layer under comparison.
struct Watched
{
    MatchedTensor match;
    ValueInfo type; ///< in the float model
    std::optional<Range> range; ///< of the integer grid
    DriftAccumulator accumulated;
    DriftAccumulator alone;
    bool isBroken = false; ///< the two models disagree on its size
};

std::string nameOf(const Model &model, const char *fallback)
{
    return model.path().empty() ? fallback : model.path().string();
}

const ValueInfo *findValue(const std::vector<ValueInfo> &values, const std::string &name)
{
    const auto it
        = std::find_if(values.begin(), values.end(), [&](const ValueInfo &v) { return v.name == name; });
    return it == values.end() ? nullptr : &*it;
}

/// A session and where in its results the watched values are.
class TappedSession
{
public:
    static Result<TappedSession> open(const Model &model, std::vector<std::string> taps,
                                      const InferenceEngine &engine, int threads)
    {
        SessionOptions options;
        options.threads = threads;
        options.taps = std::move(taps);
        TappedSession session;
        QS_TRY(session.m_session, engine.open(model, options));
        return session;
    }

    const std::vector<ValueInfo> &outputs() const { return m_session->outputs(); }

    /// Remembers the positions of \a names among the outputs.
    void follow(const std::vector<std::string> &names)
    {
        m_positions.clear();
        for (const std::string &name : names) {
            const ValueInfo *value = findValue(outputs(), name);
            assert(value != nullptr);
            m_positions.push_back(static_cast<std::size_t>(value - outputs().data()));
        }
    }

    /// The followed values, in the order of follow().
    Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const JobContext &job)
    {
        QS_TRY(const std::vector<Tensor> all, m_session->run(inputs, job));
        std::vector<Tensor> followed;
        for (const std::size_t position : m_positions)
            followed.push_back(all.at(position));
        return followed;
    }

private:
    std::unique_ptr<InferenceSession> m_session;
    std::vector<std::size_t> m_positions;
};

/// The values of both models that are floats where they should be.
std::vector<Watched> watch(std::vector<MatchedTensor> matches, const std::vector<ValueInfo> &reference,
                           const std::vector<ValueInfo> &quantized)
{
    std::vector<Watched> watched;
    for (MatchedTensor &match : matches) {
        const ValueInfo *x = findValue(reference, match.tensor);
        const ValueInfo *y = findValue(quantized, match.value);
        if (!x || !y || !isFloatingPoint(x->type) || isFloatingPoint(y->type) == match.isInteger)
            continue;
        if (!match.isInteger && y->type != x->type)
            continue;
        Watched entry;
        entry.type = *x;
        if (match.isInteger)
            entry.range = representableRange(match.params, match.limits);
        entry.match = std::move(match);
        watched.push_back(std::move(entry));
    }
    return watched;
}

template <typename Get> std::vector<std::string> names(const std::vector<Watched> &watched, Get get)
{
    std::vector<std::string> result;
    for (const Watched &entry : watched)
        result.push_back(get(entry));
    return result;
}

Result<Tensor> floatValues(const Watched &entry, const Tensor &value)
{
    return entry.match.isInteger ? dequantized(value, entry.match.params) : toFloat32(value);
}

class DriftRun
{
public:
    DriftRun(const Model &reference, const Model &quantized, const InferenceEngine &engine,
             const DriftOptions &options)
        : m_reference(reference)
        , m_quantized(quantized)
        , m_engine(engine)
        , m_options(options)
        , m_referenceUnits(reference)
        , m_quantizedUnits(quantized)
        , m_padding(quantized)
    { }

    Status open()
    {
        QS_TRY(std::vector<MatchedTensor> matches, matchTensors(m_reference, m_quantized));
        std::vector<std::string> tensors, values;
        for (const MatchedTensor &match : matches) {
            tensors.push_back(match.tensor);
            values.push_back(match.value);
        }
        QS_TRY(m_float, TappedSession::open(m_reference, tensors, m_engine, m_options.threads));
        QS_TRY(m_integer, TappedSession::open(m_quantized, values, m_engine, m_options.threads));
        m_watched = watch(std::move(matches), m_float->outputs(), m_integer->outputs());
        if (m_watched.empty())
            return Error {ErrorCode::InvalidArgument, nameOf(m_quantized, "quantized model"),
                          "has no tensor named like one of " + nameOf(m_reference, "the float model")
                              + "; were both made from the same network?"};
        m_float->follow(names(m_watched, [](const Watched &w) { return w.match.tensor; }));
        m_integer->follow(names(m_watched, [](const Watched &w) { return w.match.value; }));
        return Done {};
    }

    Status add(const Sample &sample, const JobContext &job)
    {
        QS_TRY(const std::vector<Tensor> x, m_float->run(sample.inputs, job));
        QS_TRY(const std::vector<Tensor> y, m_integer->run(sample.inputs, job));
        QS_CHECK(compare(x, y, &Watched::accumulated, job));
        if (!m_options.alone || m_aloneFailed)
            return Done {};
        Status status = addAlone(sample, x, job);
        if (!status.ok()) {
            // A variant of the model that the runtime does not take must not cost the user the rest.
            m_aloneFailed = true;
            job.report({Severity::Warning,
                        "alone-not-measured",
                        {},
                        sentence(QS_TR_NOOP("Sentence", "drift of single layers is missing: %1"),
                                 {status.error().message()})});
        }
        return Done {};
    }

    std::vector<LayerDrift> finish()
    {
        std::vector<LayerDrift> layers;
        for (Watched &entry : m_watched) {
            if (entry.isBroken || entry.accumulated.isEmpty())
                continue;
            LayerDrift layer;
            layer.name = entry.match.layer;
            layer.op = entry.match.op;
            layer.tensor = entry.match.tensor;
            layer.accumulated = entry.accumulated.metrics();
            layer.sampleSqnrDb = entry.accumulated.sampleSqnrDb();
            layer.channelSqnrDb = entry.accumulated.channelSqnrDb();
            layer.channelMaxAbs = entry.accumulated.channelMaxAbs();
            if (!m_aloneFailed && !entry.alone.isEmpty()) {
                layer.alone = entry.alone.metrics();
                layer.sampleAloneSqnrDb = entry.alone.sampleSqnrDb();
            }
            layers.push_back(std::move(layer));
        }
        return layers;
    }

private:
    /// Built at the first sample, when the rank of every value is known.
    Status openAlone(const std::vector<Tensor> &x)
    {
        std::vector<MatchedTensor> matches;
        std::vector<ValueInfo> types;
        std::vector<std::string> values;
        for (std::size_t i = 0; i < m_watched.size(); ++i) {
            ValueInfo type = m_watched[i].type;
            if (!type.hasShape || type.shape.size() != x[i].shape().size())
                type.shape.assign(x[i].shape().size(), -1);
            if (m_padding.isPadded(type.name))
                std::ranges::fill(type.shape, -1);
            matches.push_back(m_watched[i].match);
            types.push_back(std::move(type));
            values.push_back(m_watched[i].match.value);
        }
        QS_TRY(AloneModel alone, makeAloneModel(m_quantized, matches, types));
        m_aloneInputs = std::move(alone.inputs);
        QS_TRY(m_alone, TappedSession::open(*alone.model, values, m_engine, m_options.threads));
        m_alone->follow(values);
        return Done {};
    }

    Status addAlone(const Sample &sample, const std::vector<Tensor> &x, const JobContext &job)
    {
        if (!m_alone)
            QS_CHECK(openAlone(x));
        std::vector<NamedTensor> inputs = sample.inputs;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::string &tensor = m_watched[i].match.tensor;
            const Tensor original = m_referenceUnits.original(tensor, x[i]);
            inputs.push_back(
                {m_aloneInputs[i], m_padding.padded(tensor, m_quantizedUnits.rescaled(tensor, original))});
        }
        QS_TRY(const std::vector<Tensor> y, m_alone->run(inputs, job));
        return compare(x, y, &Watched::alone, job);
    }

    Status compare(const std::vector<Tensor> &x, const std::vector<Tensor> &y,
                   DriftAccumulator Watched::*sums, const JobContext &job)
    {
        for (std::size_t i = 0; i < m_watched.size(); ++i) {
            Watched &entry = m_watched[i];
            if (entry.isBroken || (sums == &Watched::alone && !entry.match.isQuantizedLayer))
                continue;
            const std::string &tensor = entry.match.tensor;
            const Tensor trained = m_padding.stripped(tensor, y[i]);
            if (x[i].size() != trained.size()) {
                entry.isBroken = true;
                job.report({Severity::Warning, "layer-not-compared", entry.match.layer,
                            sentence(QS_TR_NOOP("Sentence",
                                                "%1 is %2 in the float model and %3 in the quantized one"),
                                     {tensor, toString(x[i].shape()), toString(trained.shape())})});
                continue;
            }
            QS_TRY(const Tensor reference, toFloat32(x[i]));
            QS_TRY(const Tensor quantized, floatValues(entry, trained));
            const Tensor a = m_referenceUnits.original(tensor, reference);
            const Tensor b = m_quantizedUnits.original(tensor, quantized);
            const std::uint64_t clipped
                = entry.range ? countOutside(m_quantizedUnits.rescaled(tensor, a).floats(), *entry.range) : 0;
            (entry.*sums).add(a, b, clipped);
        }
        return Done {};
    }

    const Model &m_reference;
    const Model &m_quantized;
    const InferenceEngine &m_engine;
    const DriftOptions &m_options;
    const ChannelUnits m_referenceUnits;
    const ChannelUnits m_quantizedUnits;
    const ChannelPadding m_padding;
    std::vector<Watched> m_watched;
    std::optional<TappedSession> m_float;
    std::optional<TappedSession> m_integer;
    std::optional<TappedSession> m_alone;
    std::vector<std::string> m_aloneInputs;
    bool m_aloneFailed = false;
};

} // namespace

Result<Drift> measureDrift(const Model &reference, const Model &quantized, const Dataset &dataset,
                           const InferenceEngine &engine, const DriftOptions &options, JobContext &job)
{
    DriftRun run(reference, quantized, engine, options);
    QS_CHECK(run.open());
    Drift drift;
    drift.synthetic = dataset.isSynthetic();
    SamplePrefetcher samples(dataset, job);
    for (std::int64_t done = 0;; ++done) {
        job.progress("drift", done, static_cast<std::int64_t>(dataset.size()));
        job.throwIfStopped();
        QS_TRY(const SamplePrefetcher::Item item, samples.next());
        drift.skipped = samples.skipped();
        if (!item)
            break;
        QS_CHECK(run.add(item->second, job));
        drift.sampleIds.push_back(item->second.id);
    }
    if (drift.sampleIds.empty())
        return Error {ErrorCode::InvalidArgument, dataset.description().str(),
                      "has no sample that could be used"};
    drift.layers = run.finish();
    return drift;
}

} // namespace qs
