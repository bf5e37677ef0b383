// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/folderjournal.h"

#include "core/base/sha256.h"
#include "core/llm/workfolder.h"

#include <algorithm>

namespace qs {
namespace fs = std::filesystem;
namespace {

/// Whether parseFolderJournal() can take everything out of \a journal.
bool isSound(const nlohmann::json &journal, const std::function<bool(const std::string &)> &isTensor)
{
    for (const char *key : {"modules", "tensors"}) {
        if (!journal.is_object() || !journal.contains(key) || !journal[key].is_array())
            return false;
    }
    for (const char *key : {"layers", "quantized_bytes", "quantized_weights"}) {
        if (!journal.contains(key) || !journal[key].is_number_unsigned())
            return false;
    }
    const auto isModule = [](const nlohmann::json &m) {
        return m.is_array() && m.size() == 3 && m[0].is_string() && m[1].is_number() && m[2].is_number();
    };
    const auto isKnown
        = [&](const nlohmann::json &name) { return name.is_string() && isTensor(name.get<std::string>()); };
    const auto isText = [](const nlohmann::json &text) { return text.is_string(); };
    return journal.contains("texts") && journal["texts"].is_object()
        && std::all_of(journal["modules"].begin(), journal["modules"].end(), isModule)
        && std::all_of(journal["tensors"].begin(), journal["tensors"].end(), isKnown)
        && std::all_of(journal["texts"].begin(), journal["texts"].end(), isText);
}

} // namespace

nlohmann::json toJson(const FolderJournal &journal)
{
    nlohmann::json modules = nlohmann::json::array();
    for (const LlmModuleReport &module : journal.modules)
        modules.push_back({module.module, module.relativeError, module.loss});
    return {{"layers", journal.layers},
            {"modules", std::move(modules)},
            {"tensors", journal.tensors},
            {"texts", journal.texts},
            {"quantized_bytes", journal.quantizedBytes},
            {"quantized_weights", journal.quantizedWeights}};
}

std::optional<FolderJournal> parseFolderJournal(const nlohmann::json &json,
                                                const std::function<bool(const std::string &)> &isTensor)
{
    if (!isSound(json, isTensor))
        return std::nullopt;
    FolderJournal journal;
    journal.layers = json.at("layers");
    for (const nlohmann::json &module : json.at("modules"))
        journal.modules.push_back({module.at(0), module.at(1), module.at(2)});
    journal.tensors = json.at("tensors").get<std::vector<std::string>>();
    journal.texts = json.at("texts").get<std::map<std::string, std::string>>();
    journal.quantizedBytes = json.at("quantized_bytes");
    journal.quantizedWeights = json.at("quantized_weights");
    return journal;
}

std::string folderFingerprint(const LlmQuantizeOptions &o, const fs::path &source,
                              std::span<const std::int32_t> calibration)
{
    const nlohmann::json options {"folder 1",        int(o.method),      int(o.format),
                                  o.scheme.bits,     o.scheme.groupSize, o.scheme.isSymmetric,
                                  o.damping,         o.usesActOrder,     o.hasStaticGroups,
                                  o.searchesScales,  o.isSequential,     o.scales,
                                  o.clips,           o.isDouble,         o.int8Threshold,
                                  o.windows,         o.context,          o.searchWindows,
                                  o.activationBytes, o.shardBytes,       o.skip};
    Sha256 hash;
    hash.updateField(options.dump()).updateField(modelStamp(source));
    hash.update(std::as_bytes(calibration));
    return hash.hexDigest();
}

} // namespace qs
