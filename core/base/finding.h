// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

namespace qs {

enum class Severity { Info, Warning, Error };

/// Something the user should know about a model, a layer or the data; the window jumps to the layer.
struct Finding
{
    Severity severity = Severity::Info;
    std::string code; ///< stable kebab-case key, e.g. "opset-raised"
    std::string subject; ///< layer, tensor or file; empty = the whole model
    Text detail; ///< one line with what to do about it

    bool operator==(const Finding &) const = default;
};

const char *toString(Severity severity);

} // namespace qs
