// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

namespace qs {

std::string Error::message() const
{
    std::string text = subject.empty() ? detail : subject + ": " + detail;
    // Runtimes and protobuf put line breaks into their messages; a user gets one line. Names out of damaged
    // files may hold anything, and a terminal would obey the rest.
    for (char &c : text) {
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = '?';
    }
    return text;
}

const char *toString(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
        return "not-found";
    case ErrorCode::Permission:
        return "permission";
    case ErrorCode::Io:
        return "io";
    case ErrorCode::Format:
        return "format";
    case ErrorCode::Unsupported:
        return "unsupported";
    case ErrorCode::InvalidArgument:
        return "invalid-argument";
    case ErrorCode::Runtime:
        return "runtime";
    case ErrorCode::OutOfMemory:
        return "out-of-memory";
    }
    return "unknown";
}

} // namespace qs
