// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/terminal.h"
#include "core/trainer/trainingengine.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <thread>

#include <semaphore.h>

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kCancelled = 130; // 128 + SIGINT, as shells have it

constexpr qs::Command kCommands[] = {
    {"inspect", "Show what a model is made of", qs::setUpInspect},
    {"quantize", "Quantize a model", qs::setUpQuantize},
    {"evaluate", "Measure accuracy, agreement, size and latency", qs::setUpEvaluate},
    {"drift", "Compare a quantized model with its float original, layer by layer", qs::setUpDrift},
    {"bench", "Measure latency, models in turn in one run", qs::setUpBench},
    {"compare", "Quantize with several recipes and write one report", qs::setUpCompare},
    {"advise", "Recommend a strategy for a model and a target", qs::setUpAdvise},
    {"lint", "Look for what is wrong with a quantized model, made by any tool", qs::setUpLint},
    {"list", "List strategies, targets, observers or presets", qs::setUpList},
};

sem_t gSignalled; ///< all that a signal handler may touch

/// Turns the first SIGINT or SIGTERM into a stop request; a second one ends the program at once. Handlers,
/// not a blocked mask and sigwait(): libraries start threads before main() that would take the signal.
void stopOnSignals(std::stop_source stop)
{
    sem_init(&gSignalled, 0, 0);
    struct sigaction action = {};
    action.sa_handler = [](int) { sem_post(&gSignalled); };
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM})
        sigaction(signal, &action, nullptr);
    std::thread([stop = std::move(stop)]() mutable {
        const auto wait = [] {
            while (sem_wait(&gSignalled) != 0) { } // EINTR
        };
        wait();
        stop.request_stop();
        wait();
        std::_Exit(kCancelled);
    }).detach();
}

int run(const qs::CommandBody &body, bool asJson)
{
    std::stop_source stop;
    stopOnSignals(stop);
    qs::Terminal terminal;
    qs::JobContext job(
        stop.get_token(), [&](const qs::Progress &p) { terminal.show(p); },
        [&](const qs::Finding &f) { terminal.show(f); });
    try {
        const auto output = body(job);
        terminal.clear();
        if (!output.ok()) {
            std::fprintf(stderr, "quantstudio-cli: %s\n", output.error().message().c_str());
            return kFailed;
        }
        // Layer names come from files and need not be UTF-8.
        const auto replace = nlohmann::json::error_handler_t::replace;
        const std::string text = asJson ? output->json.dump(2, ' ', false, replace) + "\n" : output->text;
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
            std::fputs("quantstudio-cli: standard output: could not be written\n", stderr);
            return kFailed;
        }
        return output->isRejected ? kFailed : kDone;
    } catch (const qs::Cancelled &) {
        terminal.clear();
        std::fputs("quantstudio-cli: cancelled\n", stderr);
        return kCancelled;
    } catch (const std::bad_alloc &) {
        terminal.clear();
        std::fputs("quantstudio-cli: not enough memory\n", stderr);
        return kFailed;
    } catch (const std::exception &e) {
        terminal.clear();
        std::fprintf(stderr, "quantstudio-cli: %s\n", e.what());
        return kFailed;
    }
}

} // namespace

int main(int argc, char **argv)
{
    qs::prepareTraining();
    CLI::App app("Quantizes neural networks and shows what it did", "quantstudio-cli");
    app.set_version_flag("--version", QS_VERSION);
    app.require_subcommand(1);
    bool asJson = false;
    qs::CommandBody body;
    for (const qs::Command &command : kCommands) {
        CLI::App *verb = app.add_subcommand(command.name, command.help);
        verb->add_flag("--json", asJson, "Print one JSON object on standard output and nothing else");
        verb->callback([&body, setUp = command.setUp(*verb)] { body = setUp; });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &e) { // --help, --version
        return app.exit(e);
    } catch (const CLI::ParseError &e) {
        app.exit(e);
        return kWrongUsage;
    }
    return run(body, asJson);
}
