// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

#include <onnxruntime_cxx_api.h>

#include <exception>
#include <optional>

namespace onnx {
class GraphProto;
class ModelProto;
} // namespace onnx

/// Values shown in the middle of a run: an operator of our own behind each, which calls back. Other than a
/// further output of the graph it copies nothing and keeps nothing alive, and finds the value in the cache.
namespace qs {

inline constexpr const char *kWatchDomain = "quantstudio.watch";
/// Attributes of the operators that say in which layout they read, see WatchedValue.
inline constexpr const char *kWatchBlock = "block";
inline constexpr const char *kWatchChannels = "channels";

/// Puts an operator behind each of \a values, and behind the outputs of the graph.
void addWatchOperators(std::span<const std::string> values, onnx::ModelProto &model);

/// Lets the operators of \a model, as the runtime rewrote it, read pictures in the layout they are computed
/// in, without a copy in the usual one, and puts all operators where addWatchOperators() does. \a block is
/// the layout's. False when there is no such picture.
bool watchBlocks(onnx::ModelProto &model, std::int64_t block);

/// The operators' domain, for the sessions of such models. It must outlive them, and lives for ever.
const Ort::CustomOpDomain &watchDomain();

/// Where the operators of a run on this thread call, as long as this lives.
class WatchedRun
{
public:
    explicit WatchedRun(const ValueWatcher &watcher);
    ~WatchedRun();
    WatchedRun(const WatchedRun &) = delete;
    WatchedRun &operator=(const WatchedRun &) = delete;

    /// What the watcher answered or threw, if not Done: throws it again.
    const std::optional<Error> &error() const;

private:
    friend class WatchKernel;
    Status show(std::size_t index, const WatchedValue &value) noexcept;

    const ValueWatcher &m_watcher;
    WatchedRun *m_outer;
    std::optional<Error> m_error;
    std::exception_ptr m_exception;
};

} // namespace qs
