// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace qs {

/// What kind of thing went wrong; the window turns it into a translated headline.
enum class ErrorCode {
    NotFound, ///< a file, a name or an id that is not there
    Permission, ///< the file system said no
    Io, ///< reading or writing failed half way (device, disk full)
    Format, ///< the bytes are not what the format says
    Unsupported, ///< well-formed, but this program cannot do it
    InvalidArgument, ///< what the user asked for contradicts itself or the model
    Runtime, ///< the inference runtime refused or failed
    OutOfMemory,
};

/// An expected failure: what it concerns (usually a file) and one line on why.
struct Error
{
    ErrorCode code = ErrorCode::InvalidArgument;
    std::string subject; ///< file, layer or option; may be empty
    std::string detail; ///< one English line, no trailing full stop

    /// "subject: detail", always a single line.
    std::string message() const;
    bool operator==(const Error &) const = default;
};

/// Stable identifier of \a code, e.g. "not-found"; used in JSON.
const char *toString(ErrorCode code);

/// A value or an Error. Expected failures travel as values; exceptions only end a job.
template <typename T> class [[nodiscard]] Result
{
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    { }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    { }

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    T &value() &
    {
        assert(ok());
        return std::get<0>(m_state);
    }
    const T &value() const &
    {
        assert(ok());
        return std::get<0>(m_state);
    }
    T &&value() &&
    {
        assert(ok());
        return std::get<0>(std::move(m_state));
    }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    const Error &error() const
    {
        assert(!ok());
        return std::get<1>(m_state);
    }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value.
struct Done
{
    bool operator==(const Done &) const = default;
};
using Status = Result<Done>;

} // namespace qs

#define QS_CONCAT_(a, b) a##b
#define QS_CONCAT(a, b) QS_CONCAT_(a, b)
#define QS_TRY_(name, declaration, expression)                                                               \
    auto name = (expression);                                                                                \
    if (!name.ok())                                                                                          \
        return name.error();                                                                                 \
    declaration = std::move(name).value()
/// `QS_TRY(auto x, f());` binds the value of f() or returns its error from the enclosing function.
#define QS_TRY(declaration, ...) QS_TRY_(QS_CONCAT(qsResult_, __LINE__), declaration, (__VA_ARGS__))
/// `QS_CHECK(f());` returns the error of f(), if any, and drops its value.
#define QS_CHECK(...)                                                                                        \
    do {                                                                                                     \
        if (auto qsStatus = (__VA_ARGS__); !qsStatus.ok())                                                   \
            return qsStatus.error();                                                                         \
    } while (false)
