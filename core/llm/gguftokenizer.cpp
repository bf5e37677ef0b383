// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/gguftokenizer.h"

#include "core/base/atomicfile.h"
#include "core/llm/ggufhparams.h"
#include "core/llm/pretokenizer.h"
#include "core/llm/safetensorsheader.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace qs {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTokens = 1 << 22;
constexpr float kUnusedScore = -10000.F;
constexpr float kAddedScore = -1000.F;
constexpr const char *kWordStart = "\xE2\x96\x81"; // U+2581, SentencePiece's space

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string textOf(const Json &object, const char *key)
{
    return object.is_object() && object.contains(key) && object[key].is_string()
        ? object[key].get<std::string>()
        : std::string();
}
bool flagOf(const Json &object, const char *key, bool otherwise)
{
    return object.is_object() && object.contains(key) && object[key].is_boolean() ? object[key].get<bool>()
                                                                                  : otherwise;
}
std::vector<Json> listOf(const Json &object, const char *key)
{
    if (!object.is_object() || !object.contains(key) || !object[key].is_array())
        return {};
    return object[key].get<std::vector<Json>>();
}

bool isByteLevel(const Json &part, bool splits)
{
    return textOf(part, "type") == "ByteLevel" && flagOf(part, "use_regex", true) == splits;
}

/// llama.cpp's name for the way \a tokenizer cuts text into words, "" when it has none.
std::string wordRule(const Json &tokenizer)
{
    const Json rule = tokenizer.value("pre_tokenizer", Json());
    if (isByteLevel(rule, true))
        return "gpt-2";
    const std::vector<Json> parts = listOf(rule, "pretokenizers");
    if (textOf(rule, "type") != "Sequence" || parts.size() != 2)
        return {};
    if (textOf(parts[0], "type") == "Digits" && flagOf(parts[0], "individual_digits", false)
        && isByteLevel(parts[1], true))
        return "smollm";
    if (textOf(parts[0], "type") == "Split" && isByteLevel(parts[1], false)) {
        const std::string words = textOf(parts[0].value("pattern", Json()), "Regex");
        if (words == kLlama3Pattern)
            return "llama-bpe";
        if (words == kQwen2Pattern)
            return "qwen2";
    }
    return {};
}

/// Whether SentencePiece's space is put before a text: by a normalizer in older files, else by the splitter.
bool putsSpaceBefore(const Json &tokenizer)
{
    std::vector<Json> parts = listOf(tokenizer.value("normalizer", Json()), "normalizers");
    parts.push_back(tokenizer.value("normalizer", Json()));
    parts.push_back(tokenizer.value("pre_tokenizer", Json()));
    return std::any_of(parts.begin(), parts.end(), [](const Json &part) {
        const std::string type = textOf(part, "type");
        if (type == "Metaspace")
            return flagOf(part, "add_prefix_space", true) && textOf(part, "prepend_scheme") != "never";
        return type == "Prepend";
    });
}

/// Left and right part of a merge, written "a b" or ["a", "b"].
std::optional<std::pair<std::string, std::string>> mergeOf(const Json &merge)
{
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        return std::pair(merge[0].get<std::string>(), merge[1].get<std::string>());
    if (!merge.is_string())
        return std::nullopt;
    const auto text = merge.get<std::string>();
    const std::size_t space = text.find(' ', 1);
    if (space == std::string::npos)
        return std::nullopt;
    return std::pair(text.substr(0, space), text.substr(space + 1));
}

GgufArray arrayOf(auto values)
{
    GgufArray array;
    array.items = std::move(values);
    return array;
}

class Builder
{
public:
    Builder(const fs::path &folder, const Json &config, std::size_t rows)
        : m_folder(folder)
        , m_config(config)
        , m_rows(rows)
    { }

    Result<std::vector<GgufEntry>> build()
    {
        m_settings = Json::object();
        if (isThere("tokenizer_config.json")) {
            QS_TRY(m_settings, readJsonObject(m_folder / "tokenizer_config.json"));
        }
        if (isThere("tokenizer.model")) {
            m_path = m_folder / "tokenizer.model";
            QS_CHECK(fromSentencePiece());
        } else {
            m_path = m_folder / "tokenizer.json";
            QS_CHECK(fromJson());
        }
        QS_CHECK(checkVocabulary());
        add("tokens", arrayOf(m_vocabulary.tokens));
        if (m_model == "llama")
            add("scores", arrayOf(m_vocabulary.scores));
        add("token_type", arrayOf(m_vocabulary.kinds));
        if (m_model == "gpt2")
            add("merges", arrayOf(m_merges));
        addSpecialTokens();
        for (const char *key : {"add_bos_token", "add_eos_token"}) {
            if (m_settings.contains(key) && m_settings[key].is_boolean())
                add(key, m_settings[key].get<bool>());
        }
        if (m_model == "llama")
            add("add_space_prefix", m_addsSpace);
        QS_CHECK(addChatTemplate());
        return std::move(m_entries);
    }

private:
    bool isThere(const char *file) const
    {
        std::error_code ignored;
        return fs::exists(m_folder / file, ignored);
    }
    Error damaged(const std::string &why) const { return {ErrorCode::Format, m_path.string(), why}; }
    void add(const std::string &key, GgufValue value)
    {
        m_entries.push_back({"tokenizer.ggml." + key, std::move(value)});
    }
    void addModel(const char *model, const std::string &words)
    {
        m_model = model;
        add("model", std::string(model));
        add("pre", words);
    }

    Status fromSentencePiece()
    {
        QS_TRY(SentencePieces pieces, readSentencePieces(m_path));
        m_vocabulary = std::move(pieces.vocabulary);
        m_addsSpace = pieces.addsSpace;
        addModel("llama", "default");
        const Json added = m_settings.value("added_tokens_decoder", Json::object());
        for (const auto &[number, token] : added.items()) {
            const bool isNumber = !number.empty() && number.size() < 10
                && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
            QS_CHECK(addAdded(isNumber ? Json(std::stoul(number)) : Json(), token));
        }
        return Done {};
    }

    Status fromJson()
    {
        QS_TRY(const Json json, readJsonObject(m_path));
        const Json model = json.value("model", Json());
        if (textOf(model, "type") != "BPE" && !(model.is_object() && model.contains("merges")))
            return Error {ErrorCode::Unsupported, m_path.string(),
                          "its model " + quotedName(textOf(model, "type")) + " is not BPE"};
        const Json vocabulary = model.value("vocab", Json());
        if (!vocabulary.is_object() || vocabulary.size() > kMaxTokens)
            return damaged("has no vocabulary");
        const bool hasBytes = flagOf(model, "byte_fallback", false);
        const std::string words = wordRule(json);
        if (!hasBytes && words.empty())
            return Error {ErrorCode::Unsupported, m_path.string(),
                          "llama.cpp has no name for the way it cuts text into words"};
        addModel(hasBytes ? "llama" : "gpt2", hasBytes ? "default" : words);
        m_addsSpace = putsSpaceBefore(json);
        for (const auto &[text, id] : vocabulary.items()) {
            if (!id.is_number_unsigned() || id.get<std::size_t>() >= kMaxTokens)
                return damaged("token " + quotedName(text) + " has no number");
            m_vocabulary.set(id.get<std::size_t>(), text, kindOf(text, hasBytes, textOf(model, "unk_token")));
        }
        QS_CHECK(readMerges(model, hasBytes));
        for (const Json &token : listOf(json, "added_tokens"))
            QS_CHECK(addAdded(token.is_object() ? token.value("id", Json()) : Json(), token));
        return Done {};
    }

    static GgufTokenKind kindOf(const std::string &text, bool hasBytes, const std::string &unknown)
    {
        if (!hasBytes)
            return GgufTokenKind::Normal;
        const bool isByte = text.size() == 6 && text.starts_with("<0x") && text.ends_with(">");
        if (isByte)
            return GgufTokenKind::Byte;
        return text == unknown ? GgufTokenKind::Unknown : GgufTokenKind::Normal;
    }

    Status readMerges(const Json &model, bool hasBytes)
    {
        // SentencePiece has no merges but scores: the better a pair, the earlier it was merged.
        std::unordered_map<std::string, float> ranks;
        for (const Json &merge : listOf(model, "merges")) {
            const auto parts = mergeOf(merge);
            if (!parts)
                return damaged("merge " + std::to_string(m_merges.size() + 1) + " has not two parts");
            if (hasBytes)
                ranks.emplace(parts->first + parts->second, -static_cast<float>(ranks.size() + 1));
            else
                m_merges.push_back(replaced(parts->first, " ", "\xC4\xA0") + " "
                                   + replaced(parts->second, " ", "\xC4\xA0"));
        }
        if (hasBytes) {
            for (std::size_t i = 0; i < m_vocabulary.tokens.size(); ++i) {
                const auto rank = ranks.find(m_vocabulary.tokens[i]);
                m_vocabulary.scores[i] = rank == ranks.end() ? 0.F : rank->second;
            }
        }
        return Done {};
    }

    Status addAdded(const Json &id, const Json &token)
    {
        std::string text = textOf(token, "content");
        if (!id.is_number_unsigned() || id.get<std::size_t>() >= kMaxTokens || text.empty())
            return damaged("an added token has no number or no text");
        const bool isControl
            = flagOf(token, "special", false) || (text.starts_with("<|") && text.ends_with("|>"));
        if (!isControl && m_model == "llama")
            text = replaced(text, kWordStart, " ");
        const auto number = id.get<std::size_t>();
        const std::vector<std::int32_t> &kinds = m_vocabulary.kinds;
        // The unknown token and bytes stay what they are, though the list has them too.
        const bool isKept = number < kinds.size() && m_vocabulary.tokens[number] == text
            && (kinds[number] == static_cast<std::int32_t>(GgufTokenKind::Unknown)
                || kinds[number] == static_cast<std::int32_t>(GgufTokenKind::Byte));
        if (!isKept)
            m_vocabulary.set(number, text, isControl ? GgufTokenKind::Control : GgufTokenKind::UserDefined,
                             kAddedScore);
        return Done {};
    }

    Status checkVocabulary()
    {
        if (m_vocabulary.tokens.size() > m_rows)
            return damaged("has " + std::to_string(m_vocabulary.tokens.size())
                           + " tokens, but the embedding has only " + std::to_string(m_rows) + " rows");
        m_vocabulary.fill(m_rows);
        std::unordered_set<std::string_view> seen;
        for (const std::string &token : m_vocabulary.tokens) {
            if (!seen.insert(token).second)
                return damaged("has the token " + quotedName(token) + " twice");
        }
        return Done {};
    }

    void addSpecialTokens()
    {
        const struct
        {
            const char *key;
            const char *setting;
            const char *inConfig;
        } specials[] = {{"bos_token_id", "bos_token", "bos_token_id"},
                        {"eos_token_id", "eos_token", "eos_token_id"},
                        {"unknown_token_id", "unk_token", nullptr},
                        {"padding_token_id", "pad_token", "pad_token_id"}};
        for (const auto &special : specials) {
            std::optional<std::uint32_t> id;
            if (m_settings.contains(special.setting)) {
                const Json &setting = m_settings[special.setting];
                const std::string text
                    = setting.is_string() ? setting.get<std::string>() : textOf(setting, "content");
                id = text.empty() ? std::nullopt : m_vocabulary.find(text);
            }
            if (!id && special.inConfig && m_config.contains(special.inConfig)) {
                const Json &value = m_config[special.inConfig];
                const Json &first
                    = value.is_array() && !value.empty() ? value[0] : value; // several may end a text
                if (first.is_number_unsigned() && first.get<std::size_t>() < m_rows)
                    id = first.get<std::uint32_t>();
            }
            if (id)
                add(special.key, *id);
        }
    }

    Status addChatTemplate()
    {
        std::string text = textOf(m_settings, "chat_template");
        for (const Json &choice : listOf(m_settings, "chat_template")) {
            if (textOf(choice, "name") == "default")
                text = textOf(choice, "template");
        }
        if (text.empty() && isThere("chat_template.jinja")) {
            QS_TRY(text, readFile(m_folder / "chat_template.jinja", 1 << 22));
        }
        if (!text.empty())
            m_entries.push_back({"tokenizer.chat_template", std::move(text)});
        return Done {};
    }

    fs::path m_folder;
    fs::path m_path; ///< of the tokenizer itself
    const Json &m_config;
    std::size_t m_rows;
    Json m_settings; ///< tokenizer_config.json
    std::string m_model; ///< "llama" or "gpt2"
    GgufVocabulary m_vocabulary;
    std::vector<std::string> m_merges;
    bool m_addsSpace = true;
    std::vector<GgufEntry> m_entries;
};

} // namespace

void GgufVocabulary::set(std::size_t id, std::string text, GgufTokenKind kind, float score)
{
    if (id >= tokens.size()) {
        tokens.resize(id + 1);
        kinds.resize(id + 1, 0);
        scores.resize(id + 1, 0.F);
    }
    tokens[id] = std::move(text);
    kinds[id] = static_cast<std::int32_t>(kind);
    scores[id] = score;
}

void GgufVocabulary::fill(std::size_t size)
{
    for (std::size_t id = 0; id < size; ++id) {
        if (id >= tokens.size() || kinds[id] == 0)
            set(id, "[PAD" + std::to_string(id) + "]", GgufTokenKind::Unused, kUnusedScore);
    }
}

std::optional<std::uint32_t> GgufVocabulary::find(std::string_view text) const
{
    const auto it = std::find(tokens.begin(), tokens.end(), text);
    if (it == tokens.end())
        return std::nullopt;
    return static_cast<std::uint32_t>(it - tokens.begin());
}

Result<std::vector<GgufEntry>> ggufTokenizer(const fs::path &folder, const Json &config, std::size_t rows)
{
    return Builder(folder, config, rows).build();
}

} // namespace qs
