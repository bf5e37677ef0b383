// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

/// Paths in a project file, whatever it is of.
namespace qs {

inline constexpr const char *kProjectFormatName = "quantstudio-project";

std::filesystem::path absolutePath(const std::filesystem::path &path);

/// Both spellings: the relative one survives moving project and files together, the absolute one moving the
/// project alone.
nlohmann::json pathToJson(const std::string &text, const std::filesystem::path &folder);
/// Throws json::exception on what is no path.
std::string pathFromJson(const nlohmann::json &item, const std::filesystem::path &folder);

} // namespace qs
