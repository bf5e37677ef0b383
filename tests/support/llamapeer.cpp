// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The structures are those of llama.h of llama.cpp v0.5.0, which fetch-llamacpp.sh pins.
#include "tests/support/llamapeer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include <dlfcn.h>

namespace qs::test {
namespace fs = std::filesystem;
namespace {

constexpr const char *kVersion = "3.22.1"; // resources/scripts/fetch-llamacpp.sh
constexpr int kContext = 256;

struct ModelParams
{
    void *devices, *bufferOverrides;
    std::int32_t gpuLayers;
    int splitMode, loadMode, lazyMode;
    std::int32_t mainGpu;
    const float *tensorSplit;
    void *progress, *progressData;
    const void *metadataOverrides;
    bool vocabOnly, checkTensors, useExtraBuffers, noHost, noAlloc, loadMtp;
};

struct ContextParams
{
    std::uint32_t context, batch, microBatch, maxSequences, recurrent, maxOutputs, maxOutputsPerSequence;
    std::int32_t threads, batchThreads;
    int contextType, ropeScaling, pooling, attention, flashAttention;
    float ropeBase, ropeScale, yarnExtent, yarnAttention, yarnFast, yarnSlow;
    std::uint32_t yarnContext;
    float defragment;
    void *evalCallback, *evalData;
    int keyType, valueType;
    void *abortCallback, *abortData;
    bool embeddings, offloadCache, noPerf, offloadOps, fullWindow, unifiedCache;
    void *samplers;
    std::size_t samplerCount;
    void *otherContext;
};

struct QuantizeParams
{
    std::int32_t threads;
    int fileType, outputType, embeddingType;
    bool allowRequantize, quantizeOutput, onlyCopy, pure, keepSplit, dryRun;
    const void *importance, *metadataOverrides, *typeOverrides, *prunedLayers;
    std::size_t maxBuffer;
};

struct ImportanceItem
{
    const char *name;
    const float *data;
    std::size_t size;
};

struct Batch
{
    std::int32_t tokens;
    std::int32_t *token;
    float *embedding;
    std::int32_t *position;
    std::int32_t *sequenceCounts;
    std::int32_t **sequences;
    std::int8_t *wantsLogits;
};

/// What ggml_init takes; it fills the tables for half precision.
struct InitParams
{
    std::size_t size;
    void *buffer;
    bool noAlloc;
};

void ignoreLog(int, const char *, void *) { }

[[noreturn]] void die(const char *what)
{
    std::fprintf(stderr, "llama.cpp: %s\n", what);
    std::abort();
}

fs::path folder()
{
    const char *deps = std::getenv("QS_DEPS_DIR");
    const char *home = std::getenv("HOME");
    const fs::path root = deps ? fs::path(deps) : fs::path(home ? home : "") / ".cache" / "quantstudio";
    return root / (std::string("llamacpp-") + kVersion);
}

} // namespace

struct LlamaPeer::Functions
{
    std::size_t (*ggml_quantize_chunk)(int, const float *, void *, std::int64_t, std::int64_t, std::int64_t,
                                       const float *);
    std::size_t (*ggml_row_size)(int, std::int64_t);
    void *(*ggml_init)(InitParams);
    void (*ggml_free)(void *);
    void (*ggml_backend_load_all_from_path)(const char *);
    void (*llama_log_set)(void (*)(int, const char *, void *), void *);
    void (*llama_backend_init)();
    QuantizeParams (*llama_model_quantize_default_params)();
    std::uint32_t (*llama_model_quantize)(const char *, const char *, const QuantizeParams *);
    ModelParams (*llama_model_default_params)();
    Model *(*llama_model_load_from_file)(const char *, ModelParams);
    void (*llama_model_free)(Model *);
    ContextParams (*llama_context_default_params)();
    void *(*llama_init_from_model)(const Model *, ContextParams);
    void (*llama_free)(void *);
    const void *(*llama_model_get_vocab)(const Model *);
    std::int32_t (*llama_vocab_n_tokens)(const void *);
    std::int32_t (*llama_tokenize)(const void *, const char *, std::int32_t, std::int32_t *, std::int32_t,
                                   bool, bool);
    std::int32_t (*llama_token_to_piece)(const void *, std::int32_t, char *, std::int32_t, std::int32_t,
                                         bool);
    Batch (*llama_batch_init)(std::int32_t, std::int32_t, std::int32_t);
    void (*llama_batch_free)(Batch);
    std::int32_t (*llama_decode)(void *, Batch);
    float *(*llama_get_logits_ith)(void *, std::int32_t);
    void *(*llama_get_memory)(void *);
    void (*llama_memory_clear)(void *, bool);
};

namespace {

/// A context with room for one window, and a batch to fill it.
class Session
{
public:
    template <typename Functions, typename Model>
    Session(const Functions &f, const Model &model)
        : m_free([&f](void *context, Batch batch) {
            f.llama_batch_free(batch);
            f.llama_free(context);
        })
    {
        ContextParams params = f.llama_context_default_params();
        params.context = params.batch = params.microBatch = kContext;
        // Its threads wait for each other by spinning, which takes minutes on a machine that others use too.
        params.threads = params.batchThreads = 1;
        params.flashAttention = 0;
        params.keyType = params.valueType = 0; // F32, so that only the weights differ
        m_context = f.llama_init_from_model(&model, params);
        if (!m_context)
            die("no context");
        m_batch = f.llama_batch_init(kContext, 0, 1);
        m_decode = [&f, this] { return f.llama_decode(m_context, m_batch); };
        m_logits = [&f, this](int i) { return f.llama_get_logits_ith(m_context, i); };
        m_clear = [&f, this] { f.llama_memory_clear(f.llama_get_memory(m_context), true); };
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session() { m_free(m_context, m_batch); }

    void clear() { m_clear(); }
    /// Runs \a count tokens at positions from \a start.
    void decode(const std::int32_t *ids, int count, int start, bool wantsAll)
    {
        m_batch.tokens = count;
        for (int i = 0; i < count; ++i) {
            m_batch.token[i] = ids[i];
            m_batch.position[i] = start + i;
            m_batch.sequenceCounts[i] = 1;
            m_batch.sequences[i][0] = 0;
            m_batch.wantsLogits[i] = wantsAll || i == count - 1;
        }
        if (m_decode() != 0)
            die("decoding failed");
    }
    const float *logits(int i) { return m_logits(i); }

private:
    void *m_context = nullptr;
    Batch m_batch {};
    std::function<void(void *, Batch)> m_free;
    std::function<int()> m_decode;
    std::function<const float *(int)> m_logits;
    std::function<void()> m_clear;
};

} // namespace

const LlamaPeer *LlamaPeer::find(std::string &why)
{
    static std::string reason;
    static const LlamaPeer *const peer = []() -> const LlamaPeer * {
        void *libraries[3] {};
        const char *const names[3] = {"libggml-base.so", "libggml.so", "libllama.so"};
        for (int i = 0; i < 3; ++i) {
            const fs::path path = folder() / names[i];
            libraries[i] = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
            if (!libraries[i]) {
                reason = "llama.cpp is not there (resources/scripts/fetch-llamacpp.sh): "
                    + std::string(::dlerror());
                return nullptr;
            }
        }
        static Functions f {};
        const auto bind = [&](auto &function, int library, const char *name) {
            void *symbol = ::dlsym(libraries[library], name);
            if (!symbol)
                die(name);
            function = reinterpret_cast<std::decay_t<decltype(function)>>(symbol);
        };
#define QS_BIND(library, name) bind(f.name, library, #name)
        QS_BIND(0, ggml_quantize_chunk);
        QS_BIND(0, ggml_row_size);
        QS_BIND(0, ggml_init);
        QS_BIND(0, ggml_free);
        QS_BIND(1, ggml_backend_load_all_from_path);
        QS_BIND(2, llama_log_set);
        QS_BIND(2, llama_backend_init);
        QS_BIND(2, llama_model_quantize_default_params);
        QS_BIND(2, llama_model_quantize);
        QS_BIND(2, llama_model_default_params);
        QS_BIND(2, llama_model_load_from_file);
        QS_BIND(2, llama_model_free);
        QS_BIND(2, llama_context_default_params);
        QS_BIND(2, llama_init_from_model);
        QS_BIND(2, llama_free);
        QS_BIND(2, llama_model_get_vocab);
        QS_BIND(2, llama_vocab_n_tokens);
        QS_BIND(2, llama_tokenize);
        QS_BIND(2, llama_token_to_piece);
        QS_BIND(2, llama_batch_init);
        QS_BIND(2, llama_batch_free);
        QS_BIND(2, llama_decode);
        QS_BIND(2, llama_get_logits_ith);
        QS_BIND(2, llama_get_memory);
        QS_BIND(2, llama_memory_clear);
#undef QS_BIND
        if (!std::getenv("QS_LLAMA_LOG"))
            f.llama_log_set(ignoreLog, nullptr);
        f.llama_backend_init();
        f.ggml_backend_load_all_from_path(folder().c_str());
        f.ggml_free(f.ggml_init({1 << 16, nullptr, true}));
        static LlamaPeer made;
        made.m_functions = &f;
        return &made;
    }();
    why = reason;
    return peer;
}

std::vector<std::byte> LlamaPeer::quantizeChunk(int type, const std::vector<float> &x, std::int64_t rowLength,
                                                const float *importance) const
{
    const auto rows = static_cast<std::int64_t>(x.size()) / rowLength;
    std::vector<std::byte> out(static_cast<std::size_t>(rows) * m_functions->ggml_row_size(type, rowLength));
    if (m_functions->ggml_quantize_chunk(type, x.data(), out.data(), 0, rows, rowLength, importance)
        != out.size())
        die("ggml_quantize_chunk failed");
    return out;
}

bool LlamaPeer::quantize(const fs::path &in, const fs::path &out, std::uint32_t fileType,
                         const QuantizeOptions &options) const
{
    QuantizeParams params = m_functions->llama_model_quantize_default_params();
    params.fileType = static_cast<int>(fileType);
    params.threads = options.threads; // llama_model_quantize takes all cores for 0, too
    params.pure = options.isPure;
    std::vector<ImportanceItem> items;
    for (const auto &[name, values] : options.importance)
        items.push_back({name.c_str(), values.data(), values.size()});
    items.push_back({nullptr, nullptr, 0});
    params.importance = options.importance.empty() ? nullptr : items.data();
    return m_functions->llama_model_quantize(in.c_str(), out.c_str(), &params) == 0;
}

LlamaPeer::Model *LlamaPeer::load(const fs::path &path, bool vocabularyOnly) const
{
    ModelParams params = m_functions->llama_model_default_params();
    params.gpuLayers = 0;
    params.useExtraBuffers = false; // plain kernels, no repacking of weights
    params.vocabOnly = vocabularyOnly;
    return m_functions->llama_model_load_from_file(path.c_str(), params);
}

void LlamaPeer::free(Model *model) const
{
    m_functions->llama_model_free(model);
}

std::vector<std::int32_t> LlamaPeer::tokenize(const Model &model, const std::string &text) const
{
    std::vector<std::int32_t> ids(text.size() + 16);
    const std::int32_t count = m_functions->llama_tokenize(
        m_functions->llama_model_get_vocab(&model), text.data(), static_cast<std::int32_t>(text.size()),
        ids.data(), static_cast<std::int32_t>(ids.size()), false, false);
    if (count < 0)
        die("tokenizing failed");
    ids.resize(static_cast<std::size_t>(count));
    return ids;
}

std::string LlamaPeer::generate(const Model &model, const std::string &prompt, int count) const
{
    Session session(*m_functions, model);
    const void *vocabulary = m_functions->llama_model_get_vocab(&model);
    const int size = m_functions->llama_vocab_n_tokens(vocabulary);
    std::vector<std::int32_t> ids = tokenize(model, prompt);
    std::string text;
    int position = 0;
    for (int i = 0; i < count; ++i) {
        const int fresh = static_cast<int>(ids.size()) - position;
        session.decode(ids.data() + position, fresh, position, false);
        position += fresh;
        const float *logits = session.logits(fresh - 1);
        const auto best = static_cast<std::int32_t>(std::max_element(logits, logits + size) - logits);
        ids.push_back(best);
        char piece[128];
        const int length = m_functions->llama_token_to_piece(vocabulary, best, piece, sizeof piece, 0, true);
        text.append(piece, static_cast<std::size_t>(std::max(0, length)));
    }
    return text;
}

LlamaPeer::Perplexity LlamaPeer::perplexity(const Model &model, const std::string &text, int maxWindows) const
{
    Session session(*m_functions, model);
    const int size = m_functions->llama_vocab_n_tokens(m_functions->llama_model_get_vocab(&model));
    const std::vector<std::int32_t> ids = tokenize(model, text);
    Perplexity result;
    result.tokens = static_cast<int>(ids.size());
    double sum = 0;
    for (; result.windows < maxWindows; ++result.windows) {
        const std::size_t start = static_cast<std::size_t>(result.windows) * kContext;
        if (start + kContext + 1 > ids.size())
            break;
        session.clear();
        session.decode(ids.data() + start, kContext, 0, true);
        for (int i = 0; i < kContext; ++i) {
            const float *logits = session.logits(i);
            const float largest = *std::max_element(logits, logits + size);
            double total = 0;
            for (int v = 0; v < size; ++v)
                total += std::exp(double(logits[v] - largest));
            sum += std::log(total) + double(largest)
                - double(logits[ids[start + static_cast<std::size_t>(i) + 1]]);
        }
    }
    result.nll = sum / (double(result.windows) * kContext);
    return result;
}

std::vector<float> LlamaPeer::logits(const Model &model, const std::vector<std::int32_t> &ids) const
{
    Session session(*m_functions, model);
    const int size = m_functions->llama_vocab_n_tokens(m_functions->llama_model_get_vocab(&model));
    if (ids.empty() || ids.size() > kContext)
        die("too many tokens for a window");
    session.decode(ids.data(), static_cast<int>(ids.size()), 0, true);
    std::vector<float> all;
    for (int i = 0; i < static_cast<int>(ids.size()); ++i)
        all.insert(all.end(), session.logits(i), session.logits(i) + size);
    return all;
}

} // namespace qs::test
