// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run.h"

#include "core/advisor/modelfacts.h"
#include "core/calibration/calibrator.h"
#include "core/lint/lint.h"
#include "core/plan/foldedlayers.h"
#include "core/plan/innerlayers.h"
#include "core/refinements/refinementpipeline.h"
#include "core/run/carryout.h"
#include "core/run/hostfindings.h"
#include "core/run/verify.h"
#include "core/strategies/strategy.h"
#include "core/trainer/foldednormalization.h"
#include "core/trainer/simulationcheck.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
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
        , m_job(job.withSinks([&job](const Progress &p) { job.progress(p.stage, p.done, p.total); },
                              [this, &job](const Finding &finding) {
                                  m_result->findings.push_back(finding);
                                  job.report(finding);
                              }))
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
        TrainingSettings training;
        if (descriptor->trains) { // before the work, not after it
            QS_CHECK(trainingEngine());
            QS_TRY(training, trainingSettings(parameters));
        }
        warnOfTarget(*target, parameters);
        warnOfSubGraphs();
        QS_CHECK(prepare());
        if (descriptor->trains) {
            QS_TRY(m_trainingData, trainingData());
            m_normalized = foldedNormalizations(*m_result->source, *m_result->prepared);
            QS_CHECK(checkTrainable(*m_result->prepared, training, *m_trainingData, preprocessedLayout(),
                                    m_normalized));
        }
        QS_CHECK(refineSource(*target, parameters));
        const StrategyInput input {m_result->prepared, m_shapes, *target, m_followed, parameters};
        const std::unique_ptr<Strategy> strategy = descriptor->make();
        QS_TRY(const std::vector<StatRequest> requests, strategy->statRequests(input));
        if (descriptor->needsCalibration)
            QS_CHECK(calibrateFor(requests));
        static const Statistics kNone;
        auto plan = strategy->makePlan(input, m_result->statistics ? *m_result->statistics : kNone, m_job);
        if (!plan.ok()) // it names tensors and layers; of which file, it does not know
            return Error {plan.error().code, m_result->source->path().string(), plan.error().message()};
        m_result->plan = std::move(plan).value();
        m_result->plan.rescales = m_rescales;
        for (const Finding &finding : m_result->plan.findings)
            m_job.report(finding);
        QS_CHECK(refineDecisions(*target, parameters));
        if (descriptor->trains)
            QS_CHECK(trainPlan(training));
        QS_CHECK(apply());
        if (descriptor->trains)
            QS_CHECK(checkTraining());
        m_job.progress("verify", 0, 1);
        QS_CHECK(verifyLoads(*m_result, *target, m_engine, m_job));
        lint(*target);
        countNodes();
        m_result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        return QuantizedPtr(m_result);
    }

private:
    Status checkIsFloat() const
    {
        const GraphView &view = m_result->source->graph();
        std::vector<const onnx::GraphProto *> graphs {&m_result->source->proto().graph()};
        for (const auto &[owner, body] : view.subGraphs())
            graphs.push_back(body);
        for (const onnx::GraphProto *graph : graphs) {
            const auto &nodes = graph->node();
            const auto quantized = std::ranges::find_if(
                nodes, [](const onnx::NodeProto &node) { return isQuantizedOperator(node.op_type()); });
            if (quantized != nodes.end())
                return Error {ErrorCode::InvalidArgument, m_result->source->path().string(),
                              "already quantized (it has " + quantized->op_type()
                                  + " nodes); start from the float model"};
        }
        return Done {};
    }

    /// Said for every strategy: a file that hardly shrinks should not surprise.
    void warnOfSubGraphs()
    {
        const InnerLayers inner = innerLayers(m_result->source->graph());
        if (inner.count > 0)
            m_job.report(
                {Severity::Warning, "sub-graphs-stay-float", inner.owner,
                 countedSentence(QS_TR_N_NOOP("Sentence",
                                              "%n layer(s) inside of If, Loop or Scan stay float, the first "
                                              "in %1; export each branch as a model of its own to quantize "
                                              "them"),
                                 inner.count, {inner.owner})});
    }

    /// Said before the work starts: which file this will be, and where it must not go.
    void warnOfTarget(const Target &target, const ParamSet &parameters)
    {
        // Strategies without the parameter have no products of integers.
        const bool isSafe = !parameters.contains("reduce_range") || parameters.flag("reduce_range");
        for (const Finding &finding : hostFindings(target, hostCpu(), isSafe))
            m_job.report(finding);
        const bool isOpen
            = std::ranges::any_of(m_result->source->graph().inputs(), [](const ValueInfo &input) {
                  return !input.hasShape
                      || std::ranges::any_of(input.shape, [](std::int64_t d) { return d < 0; });
              });
        if (target.staticShapesOnly && isOpen)
            m_job.report({Severity::Warning,
                          "open-shapes",
                          {},
                          sentence(QS_TR_NOOP("Sentence",
                                              "%1 needs inputs of fixed shape; this model leaves "
                                              "dimensions open: fix them before deploying"),
                                   {target.id})});
    }

    /// What passes and refinements did, told and kept.
    void record(std::vector<PassReport> reports)
    {
        for (PassReport &report : reports) {
            for (const Finding &finding : report.findings)
                m_job.report(finding);
            m_result->passes.push_back(std::move(report));
        }
    }

    Status prepare()
    {
        m_job.progress("prepare", 0, 1);
        m_shapes = inferShapes(*m_result->source, &m_engine, m_job);
        QS_TRY(PassResult prepared,
               runPasses(m_result->source, builtinPasses(), PassPhase::Prepare, {.shapes = m_shapes}, m_job));
        record(std::move(prepared.reports));
        m_result->prepared = std::move(prepared.model);
        m_shapes = inferShapes(*m_result->prepared, &m_engine, m_job);
        m_followed = followFoldedLayers(m_result->recipe, m_result->source->graph(),
                                        m_result->prepared->graph(), m_job);
        return verifyPrepared(*m_result->source, *m_result->prepared, m_engine, m_job);
    }

    RefinementInput refinementInput(const Target &target, const ParamSet &parameters)
    {
        return {m_result->prepared,
                m_shapes,
                target,
                m_followed,
                parameters,
                m_engine,
                [this]() { return calibrationData(); },
                calibrationOptions(),
                m_result->statistics};
    }

    Status refineSource(const Target &target, const ParamSet &parameters)
    {
        std::vector<PassReport> reports;
        QS_TRY(RefinedModel refined,
               refineModel(refinementInput(target, parameters), builtinRefinements(), reports, m_job));
        record(std::move(reports));
        m_result->prepared = std::move(refined.model);
        m_shapes = std::move(refined.shapes);
        m_rescales = std::move(refined.rescales);
        return Done {};
    }

    Status refineDecisions(const Target &target, const ParamSet &parameters)
    {
        std::vector<PassReport> reports;
        QS_CHECK(refinePlan(m_result->plan, refinementInput(target, parameters), builtinRefinements(),
                            reports, m_job));
        record(std::move(reports));
        return Done {};
    }

    CalibrationOptions calibrationOptions() const
    {
        return {.threads = m_options.threads, .cacheFolder = m_options.cacheFolder};
    }

    Result<DatasetPtr> calibrationData()
    {
        if (m_data)
            return m_data;
        m_data = m_options.calibration;
        if (!m_data) {
            if (m_result->recipe.calibration.path.empty())
                return Error {ErrorCode::InvalidArgument, "strategy '" + m_result->recipe.strategy + "'",
                              "needs calibration data"};
            QS_TRY(m_data,
                   openDataset(m_result->recipe.calibration, m_result->source->graph().inputs(), m_job));
        }
        if (m_data->isSynthetic())
            m_job.report({Severity::Warning,
                          "synthetic-calibration",
                          {},
                          sentence(QS_TR_NOOP("Sentence",
                                              "ranges come from synthetic data; accuracy on real data is "
                                              "unknown"))});
        return m_data;
    }

    Status calibrateFor(const std::vector<StatRequest> &requests)
    {
        QS_TRY(const DatasetPtr data, calibrationData());
        QS_TRY(m_result->statistics,
               calibrate(*m_result->prepared, *data, requests, m_engine, calibrationOptions(), m_job));
        return Done {};
    }

    Result<DatasetPtr> trainingData()
    {
        if (m_options.trainingData)
            return m_options.trainingData;
        const Recipe &recipe = m_result->recipe;
        if (recipe.training.path.empty())
            return calibrationData();
        DataSpec spec = recipe.training;
        spec.preprocessing = recipe.calibration.preprocessing;
        return openDataset(spec, m_result->source->graph().inputs(), m_job);
    }

    std::optional<Layout> preprocessedLayout() const
    {
        const std::optional<Preprocessing> &preprocessing = m_result->recipe.calibration.preprocessing;
        return preprocessing ? std::optional(preprocessing->layout) : std::nullopt;
    }

    Status trainPlan(const TrainingSettings &settings)
    {
        std::set<std::string> fixed;
        for (const TensorOverride &change : m_result->recipe.overrides) {
            if (change.range)
                fixed.insert(change.tensor);
        }
        const TrainingInput input {m_result->prepared,   m_result->plan, fixed,
                                   m_trainingData,       settings,       m_options.threads,
                                   preprocessedLayout(), m_normalized};
        QS_TRY(m_trained, train(input, m_options.training, m_job));
        m_result->prepared = m_trained.prepared;
        m_result->plan = m_trained.plan;
        return Done {};
    }

    Status checkTraining()
    {
        QS_CHECK(compareWithSimulation(m_trained, *m_result->model, *m_trainingData, m_engine,
                                       m_trained.history, m_job));
        m_result->training = std::make_shared<TrainingHistory>(std::move(m_trained.history));
        m_trained = {};
        return Done {};
    }

    Status apply()
    {
        m_job.progress("quantize", 0, 1);
        QS_TRY(PassResult made,
               carryOut(m_result->prepared, m_shapes, m_result->plan, m_result->recipe, m_job));
        record(std::move(made.reports));
        m_result->model = std::move(made.model);
        return Done {};
    }

    /// As a file of another tool would be; what an earlier step told is not told again.
    void lint(const Target &target)
    {
        std::set<std::string> told;
        for (const Finding &finding : m_result->findings)
            told.insert(finding.code);
        const LintOptions options {.target = &target, .engine = &m_engine, .source = m_result->source.get()};
        for (const Finding &finding : lintModel(*m_result->model, options, m_job)) {
            if (!told.contains(finding.code))
                m_job.report(finding);
        }
    }

    void countNodes()
    {
        for (const NodePlan &node : m_result->plan.nodes)
            ++(node.isQuantized() ? m_result->quantizedNodes : m_result->floatNodes);
        if (m_result->quantizedNodes == 0)
            m_job.report({Severity::Warning,
                          "nothing-quantized",
                          {},
                          sentence(QS_TR_NOOP("Sentence",
                                              "the file is a float model: no layer is one that %1 quantizes "
                                              "for %2, or all of these are excluded; the plan has the reason "
                                              "for each"),
                                   {m_result->recipe.strategy, m_result->recipe.target})});
    }

    const InferenceEngine &m_engine;
    const QuantizeOptions &m_options;
    JobContext m_job;
    std::shared_ptr<Quantized> m_result;
    Recipe m_followed; ///< the recipe, with excluded layers as they are called in the prepared model
    DatasetPtr m_data;
    DatasetPtr m_trainingData;
    std::set<std::string> m_normalized; ///< see TrainingInput
    Trained m_trained; ///< until it was compared with the model it became
    ShapeMap m_shapes; ///< of the prepared model
    std::vector<Rescale> m_rescales; ///< what refinements did to the prepared model
};

} // namespace

Result<QuantizedPtr> quantize(const ModelPtr &model, const Recipe &recipe, const InferenceEngine &engine,
                              const QuantizeOptions &options, JobContext &job)
{
    return Quantizer(model, recipe, engine, options, job).run();
}

} // namespace qs
