// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingcheckpoint.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/base/sha256.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

namespace qs {
namespace {

// "QSTRAIN2", SHA-256 of the rest in hex, then three blocks (JSON, state, best), each behind its length.
constexpr std::string_view kMagic = "QSTRAIN2";
constexpr std::size_t kDigest = 64;
static_assert(std::endian::native == std::endian::little);

void appendBlock(std::string &file, std::string_view block)
{
    const std::uint64_t size = block.size();
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    file.append(bytes, sizeof size);
    file.append(block);
}

/// Takes the first block off \a rest; false when there is no whole one.
bool takeBlock(std::string_view &rest, std::string_view &block)
{
    std::uint64_t size = 0;
    if (rest.size() < sizeof size)
        return false;
    std::memcpy(&size, rest.data(), sizeof size);
    rest.remove_prefix(sizeof size);
    if (size > rest.size())
        return false;
    block = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
}

struct Written
{
    std::filesystem::file_time_type when;
    std::filesystem::path path;
};

/// Newest first.
std::vector<Written> checkpointsIn(const std::filesystem::path &folder)
{
    namespace fs = std::filesystem;
    std::vector<Written> found;
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        std::error_code gone;
        const auto when = fs::last_write_time(it->path(), gone);
        if (!gone && it->path().extension() == ".training" && fs::is_regular_file(it->path(), gone))
            found.push_back({when, it->path()});
    }
    std::sort(found.begin(), found.end(), [](const Written &a, const Written &b) { return a.when > b.when; });
    return found;
}

} // namespace

void removeAbandonedCheckpoints(const std::filesystem::path &folder, const std::filesystem::path &wanted)
{
    constexpr std::size_t kKept = 10; // of a MobileNet some 100 MB each
    constexpr std::chrono::hours kMonth {30 * 24};
    const auto now = std::filesystem::file_time_type::clock::now();
    std::size_t kept = 0;
    for (const auto &[when, path] : checkpointsIn(folder)) {
        std::error_code ignored;
        if (path == wanted)
            continue;
        if (kept < kKept && now - when < kMonth)
            ++kept;
        else
            std::filesystem::remove(path, ignored);
    }
}

Status saveCheckpoint(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path)
{
    const nlohmann::json json {{"fingerprint", checkpoint.fingerprint},
                               {"epoch", checkpoint.epoch},
                               {"samples_done", checkpoint.samplesDone},
                               {"rows", checkpoint.rows},
                               {"folded", checkpoint.isFolded},
                               {"loss_sum", checkpoint.lossSum},
                               {"right", checkpoint.right},
                               {"seconds", checkpoint.seconds},
                               {"best_score", checkpoint.bestScore},
                               {"history", toJson(checkpoint.history)}};
    std::string body;
    appendBlock(body, json.dump());
    appendBlock(body, checkpoint.state);
    appendBlock(body, checkpoint.best);
    return writeFileAtomically(path, std::string(kMagic) + sha256Hex(body) + body);
}

Result<TrainingCheckpoint> loadCheckpoint(const std::filesystem::path &path)
{
    constexpr std::uint64_t kLargest = std::uint64_t {1} << 36;
    QS_TRY(const std::string file, readFile(path, kLargest));
    const Error damaged {ErrorCode::Format, path.string(), "is no training checkpoint, or a damaged one"};
    std::string_view rest = file;
    if (rest.size() < kMagic.size() + kDigest || !rest.starts_with(kMagic))
        return damaged;
    const std::string_view digest = rest.substr(kMagic.size(), kDigest);
    rest.remove_prefix(kMagic.size() + kDigest);
    std::string_view text;
    std::string_view state;
    std::string_view best;
    if (sha256Hex(rest) != digest || !takeBlock(rest, text) || !takeBlock(rest, state)
        || !takeBlock(rest, best))
        return damaged;
    try {
        const auto json = parseJson(text);
        return TrainingCheckpoint {.fingerprint = json.at("fingerprint").get<std::string>(),
                                   .epoch = json.at("epoch").get<int>(),
                                   .samplesDone = json.at("samples_done").get<std::int64_t>(),
                                   .rows = json.at("rows").get<std::int64_t>(),
                                   .lossSum = json.at("loss_sum").get<double>(),
                                   .isFolded = json.at("folded").get<bool>(),
                                   .right = json.at("right").get<std::int64_t>(),
                                   .seconds = json.at("seconds").get<double>(),
                                   .history = trainingHistoryFromJson(json.at("history")),
                                   .bestScore = json.at("best_score").get<double>(),
                                   .state = std::string(state),
                                   .best = std::string(best)};
    } catch (const nlohmann::json::exception &) {
        return damaged;
    }
}

} // namespace qs
