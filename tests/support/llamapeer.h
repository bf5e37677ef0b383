// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace qs::test {

/// llama.cpp's own libraries (resources/scripts/fetch-llamacpp.sh), to compare with: its block coders, its
/// quantizer, its tokenizer, and what it makes of a file. A failure of llama.cpp ends the program.
class LlamaPeer
{
public:
    struct QuantizeOptions
    {
        bool isPure = false;
        int threads = 1; ///< 0 = all cores
        std::map<std::string, std::vector<float>> importance; ///< by tensor
    };
    struct Perplexity
    {
        int tokens = 0;
        int windows = 0;
        double nll = 0; ///< mean, in nats
    };

    /// Null, with the reason in \a why, where the libraries are not there.
    static const LlamaPeer *find(std::string &why);

    /// \a type is ggml's number of it, \a importance null or a value a column.
    std::vector<std::byte> quantizeChunk(int type, const std::vector<float> &x, std::int64_t rowLength,
                                         const float *importance) const;
    /// What llama-quantize makes of \a in; \a fileType as in llama.h, enum llama_ftype.
    bool quantize(const std::filesystem::path &in, const std::filesystem::path &out, std::uint32_t fileType,
                  const QuantizeOptions &options) const;

    /// A loaded model; null when llama.cpp refuses the file.
    class Model;
    Model *load(const std::filesystem::path &path, bool vocabularyOnly = false) const;
    void free(Model *model) const;

    std::vector<std::int32_t> tokenize(const Model &model, const std::string &text) const;
    /// \a count tokens after \a prompt, the likeliest each.
    std::string generate(const Model &model, const std::string &prompt, int count) const;
    /// Windows of 256 tokens, a fresh context each; position i predicts token i + 1, the last one the first
    /// of the next window; \a maxWindows limits them.
    Perplexity perplexity(const Model &model, const std::string &text, int maxWindows) const;
    /// Logits after every token of \a ids: [ids][vocabulary].
    std::vector<float> logits(const Model &model, const std::vector<std::int32_t> &ids) const;

private:
    LlamaPeer() = default;

    struct Functions;
    const Functions *m_functions = nullptr;
};

} // namespace qs::test
