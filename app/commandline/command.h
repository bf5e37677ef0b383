// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace qs {

/// What a command gives back: the object for --json and the text for people.
struct CommandOutput
{
    nlohmann::json json;
    std::string text;
    bool isRejected = false; ///< it worked, and what it looked at is not good: exit code 1
};

/// Runs with the options that were parsed into it.
using CommandBody = std::function<Result<CommandOutput>(JobContext &)>;

/// A verb of the command line. Adds its options to \a app and returns what runs when the verb is given.
struct Command
{
    const char *name;
    const char *help;
    CommandBody (*setUp)(CLI::App &app);
};

CommandBody setUpInspect(CLI::App &app);
CommandBody setUpQuantize(CLI::App &app);
CommandBody setUpEvaluate(CLI::App &app);
CommandBody setUpDrift(CLI::App &app);
CommandBody setUpBench(CLI::App &app);
CommandBody setUpCompare(CLI::App &app);
CommandBody setUpLint(CLI::App &app);
CommandBody setUpList(CLI::App &app);
CommandBody setUpAdvise(CLI::App &app);

} // namespace qs
