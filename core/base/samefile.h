// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace qs {

/// An error where \a output, under whatever name, is the float model \a source itself: writing it would
/// destroy what cannot be made again.
Status refuseToReplace(const std::filesystem::path &source, const std::filesystem::path &output);

} // namespace qs
