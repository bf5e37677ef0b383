// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <string_view>

namespace qs {

/// Writes all of \a bytes to the open file \a descriptor; errors are about \a path.
Status writeAll(int descriptor, std::string_view bytes, const std::filesystem::path &path);

} // namespace qs
