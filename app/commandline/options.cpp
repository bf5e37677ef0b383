// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/options.h"

#include "core/data/presets.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace qs {

void addThreadsOption(CLI::App &app, int &threads)
{
    app.add_option("--threads", threads, "Threads in an operator; 0 = all cores")->check(CLI::Range(0, 1024));
}

CLI::Option *addCountOption(CLI::App &app, const char *name, std::size_t &count, const char *help)
{
    // CLI11 reads "-3" into an unsigned number as 2^64 - 3.
    return app.add_option(name, count, help)->check([](const std::string &text) {
        return text.starts_with('-') ? text + " is less than 0" : std::string();
    });
}

void checkWhenParsed(CLI::App &app, std::vector<ParseCheck> checks)
{
    // Not the callback, which is the verb's own.
    app.parse_complete_callback([checks = std::move(checks)] {
        for (const ParseCheck &check : checks)
            check();
    });
}

ParseCheck requireOneOf(std::vector<std::pair<const char *, const std::string *>> values)
{
    return [values = std::move(values)] {
        std::string names;
        for (const auto &[name, value] : values) {
            if (!value->empty())
                return;
            names += (names.empty() ? "" : " or ") + std::string(name);
        }
        throw CLI::RequiredError(names);
    };
}

Result<std::optional<Preprocessing>> choosePreprocessing(const std::string &presetOrFile,
                                                         std::span<const ModelPtr> models)
{
    if (!presetOrFile.empty()) {
        QS_TRY(Preprocessing found, findPreprocessing(presetOrFile));
        return std::optional(std::move(found));
    }
    for (const ModelPtr &model : models) {
        if (!model)
            continue;
        const auto guess = guessPreprocessing(*model);
        if (guess && guess->isStored)
            return std::optional(guess->preprocessing);
    }
    return std::optional<Preprocessing>();
}

std::string formatNumber(double value, int decimals)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

namespace {

std::string withUnit(double value, const char *const *units, std::size_t count)
{
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < count) {
        value /= 1000;
        ++unit;
    }
    return formatNumber(value, unit == 0 ? 0 : 2) + units[unit];
}

} // namespace

std::string formatBytes(std::uint64_t bytes)
{
    static constexpr const char *kUnits[] = {" B", " kB", " MB", " GB", " TB"};
    return withUnit(static_cast<double>(bytes), kUnits, std::size(kUnits));
}

std::string formatCount(std::int64_t count)
{
    static constexpr const char *kUnits[] = {"", " k", " M", " G", " T"};
    return withUnit(static_cast<double>(count), kUnits, std::size(kUnits));
}

std::string printable(std::string name)
{
    std::ranges::replace_if(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    return name;
}

std::string formatTable(const std::vector<std::vector<std::string>> &rows)
{
    std::vector<std::size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t c = 0; c < row.size(); ++c)
            widths[c] = std::max(widths[c], row[c].size());
    }
    std::string text;
    for (const auto &row : rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string cell = printable(row[c]); // a byte for each, so the widths stay
            const std::string padding(widths[c] - cell.size(), ' ');
            const bool isNumber = !cell.empty()
                && (std::isdigit(static_cast<unsigned char>(cell[0])) != 0 || cell[0] == '-'
                    || cell[0] == '+');
            line += (c == 0 ? "" : "  ") + (isNumber ? padding + cell : cell + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

} // namespace qs
