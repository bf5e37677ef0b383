// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/llm/pretokenizer.h"
#include "core/llm/safetensorsheader.h"
#include "core/llm/tokenizer.h"

namespace qs {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxFile
    = 256'000'000; ///< bytes; those of models with 256,000 tokens have 35 million
constexpr std::string_view kWordMark = "\xE2\x96\x81"; ///< U+2581, what SentencePiece writes for a space
/// Words kept with their tokens while a text is encoded; most of a text is a few thousand words.
constexpr std::size_t kCacheSize = 1 << 16;

struct Parts
{
    Normalizer normalizer;
    PreTokenizer preTokenizer;
    BpeModel model;
    AddedTokens added;
    std::vector<TokenId> prefix;
};

class JsonTokenizer : public Tokenizer
{
public:
    explicit JsonTokenizer(Parts parts)
        : m_parts(std::move(parts))
    { }

    Result<std::vector<TokenId>> encode(std::string_view text) const override
    {
        const std::string valid = validUtf8(text);
        std::vector<TokenId> ids;
        std::unordered_map<std::string, std::vector<TokenId>> cache;
        bool isStart = true;
        for (const AddedTokens::Piece &piece : m_parts.added.split(valid)) {
            if (piece.id >= 0) {
                ids.push_back(piece.id);
            } else {
                QS_TRY(std::string normal, m_parts.normalizer.apply(std::string(piece.text)));
                QS_TRY(const auto words, m_parts.preTokenizer.split(std::move(normal), isStart));
                for (const std::string &word : words)
                    encodeWord(word, cache, ids);
            }
            isStart = false;
        }
        return ids;
    }

    std::string decode(std::span<const TokenId> ids) const override
    {
        std::string text;
        for (const TokenId id : ids) {
            const AddedToken *added = m_parts.added.find(id);
            text += added ? added->text : m_parts.model.bytesOf(id);
        }
        if (m_parts.preTokenizer.isByteLevel())
            return text;
        for (std::size_t at = text.find(kWordMark); at != std::string::npos;
             at = text.find(kWordMark, at + 1))
            text.replace(at, kWordMark.size(), " ");
        return text.starts_with(' ') ? text.substr(1) : text;
    }

    std::vector<TokenId> prefix() const override { return m_parts.prefix; }
    std::size_t size() const override
    {
        return std::max(m_parts.model.size(), static_cast<std::size_t>(m_parts.added.largest() + 1));
    }

private:
    void encodeWord(const std::string &word, std::unordered_map<std::string, std::vector<TokenId>> &cache,
                    std::vector<TokenId> &ids) const
    {
        const auto known = cache.find(word);
        if (known != cache.end()) {
            ids.insert(ids.end(), known->second.begin(), known->second.end());
            return;
        }
        const std::size_t first = ids.size();
        m_parts.model.encode(word, ids);
        if (cache.size() < kCacheSize && word.size() < 64)
            cache[word] = {ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end()};
    }

    Parts m_parts;
};

const Json &field(const Json &json, const char *key)
{
    static const Json kNull;
    return json.is_object() && json.contains(key) ? json[key] : kNull;
}

/// Special tokens before the text in a TemplateProcessing, alone or in a Sequence.
std::vector<TokenId> readPrefix(const Json &processor)
{
    if (field(processor, "type") == "Sequence" && field(processor, "processors").is_array()) {
        for (const Json &entry : processor["processors"]) {
            if (auto prefix = readPrefix(entry); !prefix.empty())
                return prefix;
        }
    }
    std::vector<TokenId> prefix;
    if (field(processor, "type") != "TemplateProcessing" || !field(processor, "single").is_array())
        return prefix;
    for (const Json &item : processor["single"]) {
        const Json &name = field(field(item, "SpecialToken"), "id");
        if (!name.is_string())
            break;
        const Json &token = field(field(processor, "special_tokens"), name.get<std::string>().c_str());
        for (const Json &id : field(token, "ids").is_array() ? token["ids"] : Json::array()) {
            if (id.is_number_unsigned())
                prefix.push_back(id.get<TokenId>());
        }
    }
    return prefix;
}

Result<Parts> readParts(const Json &json)
{
    const Json &model = field(json, "model");
    if (!model.is_object())
        return Error {ErrorCode::Format, {}, "is no tokenizer: no valid JSON with a model"};
    std::string type = field(model, "type").is_string() ? model["type"].get<std::string>() : "";
    if (type.empty() && model.contains("merges"))
        type = "BPE"; // files of tokenizers before 0.9 do not say
    if (type != "BPE")
        return Error {
            ErrorCode::Unsupported, {}, "tokenizer model " + quotedName(type) + " is not supported; BPE is"};
    if (field(model, "dropout").is_number() && model["dropout"] != 0.0)
        return Error {ErrorCode::Unsupported, {}, "a tokenizer with dropout is not supported"};
    Parts parts;
    QS_TRY(parts.normalizer, Normalizer::fromJson(field(json, "normalizer")));
    QS_TRY(parts.preTokenizer, PreTokenizer::fromJson(field(json, "pre_tokenizer")));
    QS_TRY(parts.model, BpeModel::fromJson(model, parts.preTokenizer.isByteLevel()));
    QS_TRY(parts.added, AddedTokens::fromJson(field(json, "added_tokens")));
    parts.prefix = readPrefix(field(json, "post_processor"));
    return parts;
}

} // namespace

Result<TokenizerPtr> makeJsonTokenizer(const Json &json)
{
    QS_TRY(Parts parts, readParts(json));
    return TokenizerPtr(std::make_shared<JsonTokenizer>(std::move(parts)));
}

Result<TokenizerPtr> openJsonTokenizer(const fs::path &path)
{
    QS_TRY(const std::string text, readFile(path, kMaxFile));
    const auto isShallow = [](int depth, Json::parse_event_t, Json &) { return depth <= 32; };
    auto tokenizer = makeJsonTokenizer(Json::parse(text, isShallow, false));
    if (!tokenizer.ok())
        return Error {tokenizer.error().code, path.string(), tokenizer.error().detail};
    return tokenizer;
}

Result<TokenizerPtr> openTokenizer(const fs::path &folder)
{
    std::error_code ignored;
    if (fs::is_regular_file(folder, ignored))
        return openGgufTokenizer(folder);
    const fs::path json = folder / "tokenizer.json";
    const fs::path pieces = folder / "tokenizer.model";
    const bool hasPieces = fs::exists(pieces, ignored);
    if (fs::exists(json, ignored)) {
        auto opened = openJsonTokenizer(json);
        // The same tokenizer in its older form, where the newer one has parts that are not supported.
        if (opened.ok() || opened.error().code != ErrorCode::Unsupported || !hasPieces)
            return opened;
    }
    if (hasPieces)
        return openSentencePieceTokenizer(pieces);
    return Error {ErrorCode::NotFound, folder.string(), "has neither tokenizer.json nor tokenizer.model"};
}

} // namespace qs
