// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/projectpath.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace fs = std::filesystem;
using nlohmann::json;

fs::path absolutePath(const fs::path &path)
{
    std::error_code ignored;
    fs::path absolute = fs::absolute(path, ignored).lexically_normal();
    return absolute.empty() ? path : absolute;
}

json pathToJson(const std::string &text, const fs::path &folder)
{
    if (text.empty() || text == "synthetic")
        return {{"absolute", text}};
    const fs::path absolute = absolutePath(text);
    return {{"absolute", absolute.string()}, {"relative", absolute.lexically_relative(folder).string()}};
}

std::string pathFromJson(const json &item, const fs::path &folder)
{
    const auto absolute = item.at("absolute").get<std::string>();
    const auto relative = item.value("relative", std::string());
    if (relative.empty())
        return absolute;
    std::error_code ignored;
    const fs::path beside = (folder / relative).lexically_normal();
    return fs::exists(beside, ignored) ? beside.string() : absolute;
}

} // namespace qs
