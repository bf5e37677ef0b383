// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

namespace qs {

/// Writes \a runs, made from one float model, as a self-contained page: figures, findings, plan with reasons,
/// drift and range charts (inline SVG), recipe. No script or file from elsewhere is needed to read it.
std::string htmlReport(std::span<const RunPtr> runs);

/// The same facts for programs.
nlohmann::json jsonReport(std::span<const RunPtr> runs);
std::string csvReport(const Run &run); ///< a row a layer
std::string markdownReport(std::span<const RunPtr> runs);

/// index.html, report.json, layers-<n>.csv, report.md and recipe-<n>.json in \a folder, made when missing.
/// All of them or, where one cannot be written, none, and no folder that was not there before.
Status writeReport(std::span<const RunPtr> runs, const std::filesystem::path &folder);
/// The error that writeReport() would end with, as far as can be told before there is anything to write.
Status checkReportFolder(const std::filesystem::path &folder);

} // namespace qs
