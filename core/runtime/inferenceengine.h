// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"

#include <functional>
#include <map>
#include <span>

namespace qs {

/// How far the runtime may rewrite the graph before it runs it. Integer kernels appear from Extended on.
enum class Optimization { None, Basic, Extended, All };

struct SessionOptions
{
    int threads = 0; ///< intra-op; 0 = all cores
    Optimization optimization = Optimization::All;
    std::vector<std::string> taps; ///< intermediate values to return beside the outputs
    std::vector<std::string> watched; ///< values to show to a watcher in the middle of a run
    /// Watched pictures are shown as the runtime keeps them, see WatchedValue: turning them round for the
    /// watcher takes up to half as long as the run itself.
    bool watchesBlocks = false;
    std::filesystem::path optimizedModelPath; ///< where to write the rewritten graph; empty = nowhere
};

/// A value in the middle of a run. Its bytes are there during the call only.
struct WatchedValue
{
    /// With block > 1, of shape [N, C, H, W] where C is a multiple of the block, but ordered as
    /// [N, C / block, H, W, block] (NCHWc).
    Tensor tensor;
    std::int64_t block = 1;
    std::int64_t channels = 0; ///< with block > 1: of C the first so many mean something
};

/// Sees SessionOptions::watched[index] as soon as it is computed, on the thread that called run(). An error
/// ends the run and is what it returns.
using ValueWatcher = std::function<Status(std::size_t index, const WatchedValue &value)>;

/// A model opened for running, by several threads at a time if need be.
class InferenceSession
{
public:
    virtual ~InferenceSession() = default;

    virtual const std::vector<ValueInfo> &inputs() const = 0;
    /// Model outputs first, then the taps, in the order asked for.
    virtual const std::vector<ValueInfo> &outputs() const = 0;
    virtual int threads() const = 0;

    /// Feeds \a inputs by name and returns one tensor for each of outputs(). Stops in mid-run when \a job is
    /// stopped (throws Cancelled). Wrong names, types or shapes are InvalidArgument naming the input.
    Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const JobContext &job)
    {
        return run(inputs, nullptr, job);
    }
    /// The same, and shows what is watched to \a watcher, in no particular order.
    virtual Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const ValueWatcher &watcher,
                                            const JobContext &job)
        = 0;
};

/// What runs models: ONNX Runtime in the program, stored tensors in tests.
class InferenceEngine
{
public:
    virtual ~InferenceEngine() = default;

    virtual std::string version() const = 0; ///< e.g. "ONNX Runtime 1.30.0"
    virtual Result<std::unique_ptr<InferenceSession>> open(const Model &model,
                                                           const SessionOptions &options) const = 0;
};

/// The real runtime. Log output of the runtime is kept off stderr.
std::unique_ptr<InferenceEngine> makeOnnxRuntimeEngine();

/// The graph as the runtime rewrote it at \a optimization, for reading: large weights may be left out, in
/// files that are gone. Nodes that were not rewritten keep their names, and values theirs.
Result<ModelPtr> optimizedModel(const InferenceEngine &engine, const Model &model, Optimization optimization);

/// Node count by operator ("QLinearConv" → 19, "com.microsoft.QGemm" → 1) of the graph as the runtime rewrote
/// it at \a optimization: which kernels will really run. Names are "Op" for ONNX's domain and "domain.Op"
/// otherwise.
Result<std::map<std::string, int>> optimizedOperators(const InferenceEngine &engine, const Model &model,
                                                      Optimization optimization);

} // namespace qs
