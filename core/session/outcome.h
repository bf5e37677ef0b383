// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <optional>

namespace qs {

/// How a job ended: with a value, with an error, or because somebody stopped it. Three cases, so that a
/// cancel is never shown as an error.
template <typename T> class Outcome
{
public:
    /// Cancelled.
    Outcome() = default;
    Outcome(Result<T> result)
        : m_result(std::move(result))
    { }

    bool isFinished() const { return m_result && m_result->ok(); }
    bool isFailed() const { return m_result && !m_result->ok(); }
    bool isCancelled() const { return !m_result; }

    const T &value() const { return m_result->value(); } ///< finished only (asserted)
    const Error &error() const { return m_result->error(); } ///< failed only (asserted)

private:
    std::optional<Result<T>> m_result;
};

} // namespace qs
