// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/base/module.h"
#include "core/llm/sentencepiece/piecemodule.h"
#include "core/llm/tokenizer.h"
#include "core/llm/unicodetext.h"

#include <algorithm>

#include <dlfcn.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFile = 256'000'000; ///< bytes

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanLoad = false; // sanitizers refuse libraries with symbols of their own
#else
constexpr bool kCanLoad = true;
#endif

Result<const PieceApi *> loadModule()
{
    if (!kCanLoad)
        return Error {ErrorCode::Unsupported, "SentencePiece", "is not there in builds with sanitizers"};
    // With symbols of its own: see piecemodule.h.
    QS_TRY(void *function,
           loadModuleFunction("libqs_sentencepiece.so", kPieceApiName, RTLD_DEEPBIND, "SentencePiece",
                              "libqs_sentencepiece.so is not beside the program"));
    return reinterpret_cast<PieceApiFunction>(function)();
}

Result<const PieceApi *> pieceApi()
{
    static const Result<const PieceApi *> api = loadModule();
    return api;
}

class SentencePieceTokenizer : public Tokenizer
{
public:
    SentencePieceTokenizer(const PieceApi &api, void *processor, AddedTokens added)
        : m_api(api)
        , m_processor(processor)
        , m_added(std::move(added))
    { }
    SentencePieceTokenizer(const SentencePieceTokenizer &) = delete;
    SentencePieceTokenizer &operator=(const SentencePieceTokenizer &) = delete;
    ~SentencePieceTokenizer() override { m_api.close(m_processor); }

    Result<std::vector<TokenId>> encode(std::string_view text) const override
    {
        const std::string valid = validUtf8(text);
        std::vector<TokenId> ids;
        const auto add = [](void *user, int id) { static_cast<std::vector<TokenId> *>(user)->push_back(id); };
        for (const AddedTokens::Piece &piece : m_added.split(valid)) {
            if (piece.id >= 0)
                ids.push_back(piece.id);
            else if (!m_api.encode(m_processor, piece.text.data(), piece.text.size(), add, &ids))
                return Error {ErrorCode::Runtime, "SentencePiece", "could not take the text apart"};
        }
        return ids;
    }

    std::string decode(std::span<const TokenId> ids) const override
    {
        std::string text;
        std::vector<int> run;
        const auto put = [](void *user, const char *part, std::size_t size) {
            static_cast<std::string *>(user)->append(part, size);
        };
        const auto flush = [&] {
            if (!run.empty())
                m_api.decode(m_processor, run.data(), run.size(), put, &text);
            run.clear();
        };
        for (const TokenId id : ids) {
            if (const AddedToken *added = m_added.find(id)) {
                flush();
                text += added->text;
            } else if (id >= 0 && id < m_api.size(m_processor)) {
                run.push_back(id);
            }
        }
        flush();
        return text;
    }

    std::vector<TokenId> prefix() const override
    {
        const int begin = m_api.beginId(m_processor);
        return begin < 0 ? std::vector<TokenId> {} : std::vector<TokenId> {begin};
    }
    std::size_t size() const override
    {
        return static_cast<std::size_t>(std::max(m_api.size(m_processor), m_added.largest() + 1));
    }

private:
    const PieceApi &m_api;
    void *m_processor;
    AddedTokens m_added;
};

/// added_tokens.json: {"<|user|>": 32010, …}.
Result<AddedTokens> readAdded(const fs::path &path)
{
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return AddedTokens();
    QS_TRY(const std::string text, readFile(path, kMaxFile));
    const nlohmann::json json = parseJson(text);
    if (!json.is_object())
        return Error {ErrorCode::Format, path.string(), "is no valid JSON object"};
    nlohmann::json list = nlohmann::json::array();
    for (const auto &[token, id] : json.items())
        list.push_back({{"content", token}, {"id", id}});
    auto added = AddedTokens::fromJson(list);
    if (!added.ok())
        return Error {added.error().code, path.string(), added.error().detail};
    return added;
}

} // namespace

Result<TokenizerPtr> openSentencePieceTokenizer(const fs::path &path)
{
    QS_TRY(const std::string bytes, readFile(path, kMaxFile));
    QS_TRY(AddedTokens added, readAdded(path.parent_path() / "added_tokens.json"));
    QS_TRY(const PieceApi *api, pieceApi());
    void *processor = api->open(bytes.data(), bytes.size());
    if (!processor)
        return Error {ErrorCode::Format, path.string(), "is no SentencePiece model"};
    return TokenizerPtr(std::make_shared<SentencePieceTokenizer>(*api, processor, std::move(added)));
}

} // namespace qs
