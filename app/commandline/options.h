// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/model/model.h"

#include <functional>

namespace CLI {
class App;
class Option;
}

namespace qs {

/// --threads, the same for every verb that runs models.
void addThreadsOption(CLI::App &app, int &threads);

/// A number of samples, at least 0.
CLI::Option *addCountOption(CLI::App &app, const char *name, std::size_t &count, const char *help);

/// Throws CLI::Error where options that are fine by themselves do not go together.
using ParseCheck = std::function<void()>;
/// Runs \a checks in turn before the verb. One call a verb: another one would replace it.
void checkWhenParsed(CLI::App &app, std::vector<ParseCheck> checks);

/// It is wrong usage to leave out all of the options whose values are \a values.
ParseCheck requireOneOf(std::vector<std::pair<const char *, const std::string *>> values);

/// The preprocessing to use on images for \a models, best first: what the user named (preset or file), what
/// one of the models has stored, or none (opening image data then fails with the list of presets).
Result<std::optional<Preprocessing>> choosePreprocessing(const std::string &presetOrFile,
                                                         std::span<const ModelPtr> models);

/// \a name, which a file made by others has, on one line and without what a terminal would obey.
std::string printable(std::string name);
/// "1.23 MB"; powers of 1000.
std::string formatBytes(std::uint64_t bytes);
/// "12.3 M", "1.2 G": counts of parameters or multiply-accumulates.
std::string formatCount(std::int64_t count);
/// "%.*f" without locale surprises.
std::string formatNumber(double value, int decimals);

/// Columns aligned to the widest cell, two blanks between; numbers (cells that start with a digit or sign) to
/// the right; what is in them is made printable().
std::string formatTable(const std::vector<std::vector<std::string>> &rows);

} // namespace qs
