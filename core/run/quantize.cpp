// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run.h"

#include "core/calibration/calibrator.h"
#include "core/run/carryout.h"
#include "core/run/verify.h"
#include "core/strategies/strategy.h"

#include <onnx/onnx_pb.h>

#include <chrono>
#include <set>

namespace qs {
namespace {

/// The path of one recipe, step by step; what the steps make is kept in m_result.
class Quantizer
{
public:
    Quantizer(ModelPtr model, const Recipe &recipe, const InferenceEngine &engine,
              const QuantizeOptions &options, JobContext &job)
        : m_engine(engine)
        , m_options(options)
        // Findings of all steps are part of the result as well as told on the way.
        , m_job(
              job.stopToken(), [&job](const Progress &p) { job.progress(p.stage, p.done, p.total); },
              [this, &job](const Finding &finding) {
                  m_result->findings.push_back(finding);
                  job.report(finding);
              })
        , m_result(std::make_shared<Quantized>())
    {
        m_result->recipe = recipe;
        m_result->source = std::move(model);
    }

    Result<QuantizedPtr> run()
    {
        const auto started = std::chrono::steady_clock::now();
        const Recipe &recipe = m_result->recipe;
        QS_TRY(const StrategyDescriptor *descriptor,
               builtinStrategies().require(recipe.strategy, "strategy"));
        QS_TRY(const Target *target, builtinTargets().require(recipe.target, "target"));
        QS_TRY(
            ParamSet parameters,
            ParamSet::fromJson(descriptor->params,
                               recipe.parameters.is_null() ? nlohmann::json::object() : recipe.parameters));
        m_result->recipe.parameters = parameters.toJson();
        QS_CHECK(checkIsFloat());
        QS_CHECK(prepare());
        const StrategyInput input {m_result->prepared, m_shapes, *target, m_result->recipe,
                                   std::move(parameters)};
        const std::unique_ptr<Strategy> strategy = descriptor->make();
        QS_TRY(const std::vector<StatRequest> requests, strategy->statRequests(input));
        if (descriptor->needsCalibration)
            QS_CHECK(calibrateFor(requests));
        static const Statistics kNone;
        QS_TRY(m_result->plan,
               strategy->makePlan(input, m_result->statistics ? *m_result->statistics : kNone, m_job));
        for (const Finding &finding : m_result->plan.findings)
            m_job.report(finding);
        QS_CHECK(apply());
        m_job.progress("verify", 0, 1);
        QS_CHECK(verifyLoads(*m_result, *target, m_engine, m_job));
        countNodes();
        m_result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        return QuantizedPtr(m_result);
    }

private:
    Status checkIsFloat() const
    {
        for (const onnx::NodeProto &node : m_result->source->proto().graph().node()) {
            static const std::set<std::string> kQuantized
                = {"QuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"};
            if (kQuantized.contains(node.op_type()))
                return Error {ErrorCode::InvalidArgument, m_result->source->path().string(),
                              "already quantized (it has " + node.op_type()
                                  + " nodes); start from the float model"};
        }
        return Done {};
    }

    /// What passes did, told and kept; their model.
    ModelPtr record(PassResult result)
    {
        for (PassReport &report : result.reports) {
            for (const Finding &finding : report.findings)
                m_job.report(finding);
            m_result->passes.push_back(std::move(report));
        }
        return std::move(result.model);
    }

    Status prepare()
    {
        m_job.progress("prepare", 0, 1);
        m_shapes = inferShapes(*m_result->source, &m_engine, m_job);
        QS_TRY(PassResult prepared,
               runPasses(m_result->source, builtinPasses(), PassPhase::Prepare, {.shapes = m_shapes}, m_job));
        m_result->prepared = record(std::move(prepared));
        m_shapes = inferShapes(*m_result->prepared, &m_engine, m_job);
        return verifyPrepared(*m_result->source, *m_result->prepared, m_engine, m_job);
    }

    Status calibrateFor(const std::vector<StatRequest> &requests)
    {
        DatasetPtr data = m_options.calibration;
        if (!data) {
            if (m_result->recipe.calibration.path.empty())
                return Error {ErrorCode::InvalidArgument, "strategy '" + m_result->recipe.strategy + "'",
                              "needs calibration data"};
            QS_TRY(data,
                   openDataset(m_result->recipe.calibration, m_result->source->graph().inputs(), m_job));
        }
        if (data->isSynthetic())
            m_job.report(
                {Severity::Warning,
                 "synthetic-calibration",
                 {},
                 sentence(QS_TR_NOOP("Sentence",
                                     "ranges come from synthetic data; accuracy on real data is unknown"))});
        CalibrationOptions options {.threads = m_options.threads, .cacheFolder = m_options.cacheFolder};
        QS_TRY(m_result->statistics,
               calibrate(*m_result->prepared, *data, requests, m_engine, options, m_job));
        return Done {};
    }

    Status apply()
    {
        m_job.progress("quantize", 0, 1);
        QS_TRY(PassResult made,
               carryOut(m_result->prepared, m_shapes, m_result->plan, m_result->recipe, m_job));
        m_result->model = record(std::move(made));
        return Done {};
    }

    void countNodes()
    {
        for (const NodePlan &node : m_result->plan.nodes)
            ++(node.isQuantized() ? m_result->quantizedNodes : m_result->floatNodes);
    }

    const InferenceEngine &m_engine;
    const QuantizeOptions &m_options;
    JobContext m_job;
    std::shared_ptr<Quantized> m_result;
    ShapeMap m_shapes;
};

} // namespace

Result<QuantizedPtr> quantize(const ModelPtr &model, const Recipe &recipe, const InferenceEngine &engine,
                              const QuantizeOptions &options, JobContext &job)
{
    return Quantizer(model, recipe, engine, options, job).run();
}

} // namespace qs
