// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnxruntime_cxx_api.h>

namespace qs {

/// One for the process, made on first use. Never destroyed: sessions in other statics may outlive it. What
/// the runtime and its libraries log goes nowhere, and nothing goes to anybody else.
const Ort::Env &runtimeEnvironment();

} // namespace qs
