// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

namespace qs {

/// A function of a module (a shared library of ours) that is loaded on first use and stays loaded: what it
/// made may live until the program ends. It is looked for beside the program and in ../lib/quantstudio.
/// \a flags are those of dlopen() on top of RTLD_NOW and RTLD_LOCAL. Unsupported, with \a subject and what
/// the loader said, or \a missing where there is no such file.
Result<void *> loadModuleFunction(const char *file, const char *function, int flags, const char *subject,
                                  const char *missing);

} // namespace qs
