// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <filesystem>

namespace qs {

/// \a path as the file system wants it: absolute, in its normal form, without a slash at the end.
std::filesystem::path toPath(const QString &path);
QString fromPath(const std::filesystem::path &path);

} // namespace qs
