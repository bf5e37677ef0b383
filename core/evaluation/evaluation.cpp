// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/evaluation.h"

#include "core/evaluation/predictiontally.h"
#include "core/evaluation/sampleprefetcher.h"

namespace qs {
namespace {

struct Sessions
{
    std::unique_ptr<InferenceSession> model;
    std::unique_ptr<InferenceSession> reference; ///< may be null

    std::vector<InferenceSession *> all() const
    {
        return reference ? std::vector {model.get(), reference.get()} : std::vector {model.get()};
    }
};

Result<Sessions> openSessions(const Model &model, const Model *reference, const InferenceEngine &engine,
                              int threads)
{
    SessionOptions options;
    options.threads = threads;
    Sessions sessions;
    QS_TRY(sessions.model, engine.open(model, options));
    if (reference) {
        QS_TRY(sessions.reference, engine.open(*reference, options));
    }
    return sessions;
}

Status measure(const Sessions &sessions, const std::vector<NamedTensor> &inputs,
               const LatencyOptions &options, Evaluation &evaluation, JobContext &job)
{
    const std::vector<InferenceSession *> all = sessions.all();
    const std::vector<std::vector<NamedTensor>> feeds(all.size(), inputs);
    QS_TRY(const std::vector<Latency> latencies, measureLatency(all, feeds, options, job));
    evaluation.latency = latencies.at(0);
    if (sessions.reference)
        evaluation.referenceLatency = latencies.at(1);
    return Done {};
}

} // namespace

Result<Evaluation> evaluate(const Model &model, const Model *reference, const Dataset &dataset,
                            const InferenceEngine &engine, const EvaluateOptions &options, JobContext &job)
{
    QS_TRY(const Sessions sessions, openSessions(model, reference, engine, options.threads));
    PredictionTally tally(sessions.model->outputs(),
                          reference ? sessions.reference->outputs() : std::vector<ValueInfo> {});
    Evaluation evaluation;
    evaluation.synthetic = dataset.isSynthetic();
    std::vector<NamedTensor> firstInputs;
    {
        SamplePrefetcher samples(dataset, job);
        for (std::int64_t done = 0;; ++done) {
            job.progress("evaluate", done, static_cast<std::int64_t>(dataset.size()));
            job.throwIfStopped();
            QS_TRY(const SamplePrefetcher::Item item, samples.next());
            evaluation.skipped = samples.skipped();
            if (!item)
                break;
            const auto &[index, sample] = *item;
            std::vector<Tensor> theirs;
            if (reference) {
                QS_TRY(theirs, sessions.reference->run(sample.inputs, job));
            }
            QS_TRY(const std::vector<Tensor> outputs, sessions.model->run(sample.inputs, job));
            QS_CHECK(tally.add(index, sample, outputs, theirs));
            if (firstInputs.empty())
                firstInputs = sample.inputs;
        }
    }
    tally.finish(evaluation, job);
    if (evaluation.samples == 0)
        return Error {ErrorCode::InvalidArgument, dataset.description().str(),
                      "has no sample that could be used"};
    evaluation.sizeBytes = model.sizeBytes();
    evaluation.referenceSizeBytes = reference ? reference->sizeBytes() : 0;
    if (options.latency)
        QS_CHECK(measure(sessions, firstInputs, options.latencyOptions, evaluation, job));
    return evaluation;
}

} // namespace qs
