// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/temporaryfolder.h"
#include "core/runtime/channelblock.h"
#include "core/runtime/onnxruntimesession.h"
#include "core/runtime/runtimeenvironment.h"
#include "core/runtime/runtimemodel.h"
#include "core/runtime/watchoperator.h"

#include <onnx/onnx_pb.h>
#include <onnxruntime_session_options_config_keys.h>

#include <algorithm>
#include <optional>
#include <thread>

namespace qs {
namespace {

GraphOptimizationLevel level(Optimization optimization)
{
    switch (optimization) {
    case Optimization::None:
        return ORT_DISABLE_ALL;
    case Optimization::Basic:
        return ORT_ENABLE_BASIC;
    case Optimization::Extended:
        return ORT_ENABLE_EXTENDED;
    case Optimization::All:
        return ORT_ENABLE_ALL;
    }
    return ORT_ENABLE_ALL;
}

Error notInModel(const std::string &value)
{
    return {ErrorCode::InvalidArgument, "value '" + value + "'", "is not in the model"};
}

/// Outputs of the model, then the taps; a tap that is an input or a constant needs no run.
Result<OutputPlan> planOutputs(const Model &model, const std::vector<std::string> &taps)
{
    OutputPlan plan;
    const GraphView &graph = model.graph();
    const auto fromRuntime = [&](ValueInfo info) {
        auto &names = plan.runtimeOutputs;
        const auto it = std::find(names.begin(), names.end(), info.name);
        plan.sources.push_back(
            {OutputSource::Kind::Runtime, static_cast<std::size_t>(it - names.begin()), {}});
        if (it == names.end())
            names.push_back(info.name);
        plan.outputs.push_back(std::move(info));
    };
    for (const ValueInfo &output : graph.outputs())
        fromRuntime(output);
    for (const std::string &tap : taps) {
        const auto input = std::find_if(graph.inputs().begin(), graph.inputs().end(),
                                        [&](const ValueInfo &v) { return v.name == tap; });
        if (graph.initializer(tap)) {
            QS_TRY(const std::optional<Tensor> value, model.constant(tap));
            plan.outputs.push_back({tap, value->type(), value->shape(), true});
            plan.sources.push_back({OutputSource::Kind::Constant, 0, *value});
        } else if (input != graph.inputs().end()) {
            plan.outputs.push_back(*input);
            plan.sources.push_back(
                {OutputSource::Kind::Input, static_cast<std::size_t>(input - graph.inputs().begin()), {}});
        } else if (graph.producer(tap)) {
            fromRuntime({tap, DType::Undefined, {}, false});
        } else {
            return notInModel(tap);
        }
    }
    return plan;
}

Status checkWatched(const Model &model, const std::vector<std::string> &watched)
{
    const GraphView &graph = model.graph();
    for (const std::string &value : watched) {
        const bool isInput
            = std::ranges::find(graph.inputs(), value, &ValueInfo::name) != graph.inputs().end();
        if (!isInput && !graph.initializer(value) && !graph.producer(value))
            return notInModel(value);
    }
    return Done {};
}

/// What all sessions have in common.
Ort::SessionOptions plainOptions(int threads)
{
    Ort::SessionOptions result;
    result.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    result.SetIntraOpNumThreads(threads);
    result.SetInterOpNumThreads(1);
    result.SetExecutionMode(ORT_SEQUENTIAL);
    // Threads that spin between operators keep latency low, as in a deployment. They must not go on spinning
    // after a run, where they would take the cores from statistics and from other sessions being timed.
    result.AddConfigEntry(kOrtSessionOptionsConfigForceSpinningStop, "1");
    return result;
}

Ort::SessionOptions sessionOptions(const Model &model, const SessionOptions &options, int threads)
{
    Ort::SessionOptions result = plainOptions(threads);
    result.SetGraphOptimizationLevel(level(options.optimization));
    if (!options.watched.empty())
        result.Add(watchDomain());
    if (!options.optimizedModelPath.empty()) {
        result.SetOptimizedModelFilePath(options.optimizedModelPath.c_str());
        // The runtime's own writer ends at 2 GiB as well; optimizing can make a model larger.
        if (model.sizeBytes() > std::uint64_t {1} << 30) {
            const std::string weights = options.optimizedModelPath.filename().string() + ".data";
            result.AddConfigEntry(kOrtSessionOptionsOptimizedModelExternalInitializersFileName,
                                  weights.c_str());
        }
    }
    return result;
}

Ort::Session openSession(const RuntimeModel &source, Ort::SessionOptions options)
{
    std::vector<char *> buffers;
    std::vector<std::size_t> lengths;
    for (const std::span<const std::byte> file : source.files) {
        buffers.push_back(const_cast<char *>(reinterpret_cast<const char *>(file.data())));
        lengths.push_back(file.size());
    }
    if (!buffers.empty())
        options.AddExternalInitializersFromFilesInMemory(source.fileNames, buffers, lengths);
    return Ort::Session(runtimeEnvironment(), source.graph.data(), source.graph.size(), options);
}

class OnnxRuntimeEngine : public InferenceEngine
{
public:
    std::string version() const override { return "ONNX Runtime " + Ort::GetVersionString(); }

    Result<std::unique_ptr<InferenceSession>> open(const Model &model,
                                                   const SessionOptions &options) const override
    {
        const std::string subject = model.path().string();
        QS_TRY(OutputPlan plan, planOutputs(model, options.taps));
        const std::span<const std::string> names = plan.runtimeOutputs;
        QS_CHECK(checkWatched(model, options.watched));
        QS_TRY(const RuntimeModel source,
               makeRuntimeModel(model, names.subspan(outputNames(model).size()), options.watched));
        const int threads = options.threads > 0
            ? options.threads
            : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        try {
            std::optional<Ort::Session> session;
            if (options.watchesBlocks && canWatchBlocks(model, options))
                session = openBlocked(model, source, options, threads);
            if (!session)
                session = openSession(source, sessionOptions(model, options, threads));
            return std::unique_ptr<InferenceSession>(
                std::make_unique<OnnxRuntimeSession>(std::move(*session), subject, std::move(plan), threads));
        } catch (const Ort::Exception &exception) {
            return Error {ErrorCode::Runtime, subject, runtimeMessage(exception)};
        } catch (const std::bad_alloc &) {
            return Error {ErrorCode::OutOfMemory, subject, "not enough memory to open the model"};
        }
    }

private:
    /// The runtime computes in blocks around these only; without one, opening twice would be for nothing.
    static bool hasConvolution(const Model &model)
    {
        return std::ranges::any_of(model.proto().graph().node(),
                                   [](const onnx::NodeProto &node) { return isOp(node, "Conv"); });
    }

    static bool canWatchBlocks(const Model &model, const SessionOptions &options)
    {
        constexpr std::uint64_t kLargest = std::uint64_t {1} << 29; // bytes: the graph is written and read
        return !options.watched.empty() && options.optimization == Optimization::All
            && options.optimizedModelPath.empty() && model.sizeBytes() < kLargest && hasConvolution(model);
    }

    /// Null where the way through blocks is not open, as on a full disk: the usual one shows the same values,
    /// and says what is wrong with the model.
    std::optional<Ort::Session> openBlocked(const Model &model, const RuntimeModel &source,
                                            const SessionOptions &options, int threads) const
    {
        try {
            return openRewritten(model, source, options, threads);
        } catch (const Ort::Exception &) {
            return std::nullopt;
        }
    }

    /// A session of the graph as the runtime rewrites it, but for what it puts between its convolutions and
    /// the watching operators. Null where it puts nothing there.
    std::optional<Ort::Session> openRewritten(const Model &model, const RuntimeModel &source,
                                              const SessionOptions &options, int threads) const
    {
        const std::int64_t block = channelBlock(*this);
        if (block == 0)
            return std::nullopt;
        const auto folder = TemporaryFolder::create();
        if (!folder.ok())
            return std::nullopt;
        const std::filesystem::path path = folder->path() / "optimized.onnx";
        Ort::SessionOptions writing = sessionOptions(model, options, 1);
        writing.SetOptimizedModelFilePath(path.c_str());
        // The weights beside it are neither read nor written again on the way.
        writing.AddConfigEntry(kOrtSessionOptionsOptimizedModelExternalInitializersFileName, "weights");
        writing.AddConfigEntry(kOrtSessionOptionsConfigDisablePrepacking, "1");
        (void)openSession(source, std::move(writing));
        const auto bytes = readFile(path);
        onnx::ModelProto graph;
        if (!bytes.ok() || !graph.ParsePartialFromArray(bytes->data(), static_cast<int>(bytes->size()))
            || !watchBlocks(graph, block))
            return std::nullopt;
        std::string edited;
        if (!graph.SerializePartialToString(&edited))
            return std::nullopt;
        Ort::SessionOptions asItIs = plainOptions(threads);
        asItIs.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
        asItIs.Add(watchDomain());
        asItIs.AddConfigEntry(kOrtSessionOptionsModelExternalInitializersFileFolderPath,
                              folder->path().c_str());
        return Ort::Session(runtimeEnvironment(), edited.data(), edited.size(), asItIs);
    }

    /// Names of the model's outputs, each once: how many of the planned ones the graph has already.
    static std::vector<std::string> outputNames(const Model &model)
    {
        std::vector<std::string> names;
        for (const ValueInfo &output : model.graph().outputs()) {
            if (std::find(names.begin(), names.end(), output.name) == names.end())
                names.push_back(output.name);
        }
        return names;
    }
};

} // namespace

std::unique_ptr<InferenceEngine> makeOnnxRuntimeEngine()
{
    return std::make_unique<OnnxRuntimeEngine>();
}

} // namespace qs
