// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/npyfile.h"
#include "core/runtime/inferenceengine.h"

#include <cmath>

/// models/llama-tiny.onnx of the shared files in ONNX Runtime.
namespace qs::test {

inline constexpr std::size_t kLlamaWindow = 256; ///< tokens; the model knows no more positions

/// Token ids as the .npy files of data/llama-tiny have them.
inline std::vector<std::int32_t> readTokens(const std::filesystem::path &path)
{
    JobContext job;
    const Tensor ids = openNpy(path, job).value().read().value();
    return {ids.data<std::int32_t>().begin(), ids.data<std::int32_t>().end()};
}

/// [1, tokens, vocabulary]
inline Tensor onnxLogits(InferenceSession &session, std::span<const std::int32_t> tokens)
{
    JobContext job;
    Tensor ids(DType::Int64, {1, static_cast<std::int64_t>(tokens.size())});
    std::copy(tokens.begin(), tokens.end(), ids.mutableData<std::int64_t>().begin());
    const std::vector<NamedTensor> inputs {{"input_ids", ids}};
    return session.run(inputs, job).value().front();
}

/// -log softmax(scores)[token]
inline double negativeLogLikelihood(std::span<const float> scores, std::int32_t token)
{
    const auto largest = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
    double sum = 0;
    for (const float score : scores)
        sum += std::exp(static_cast<double>(score) - largest);
    return std::log(sum) + largest - static_cast<double>(scores[static_cast<std::size_t>(token)]);
}

/// Of every position of the first \a windows windows of \a text, as measurePerplexity() scores them: each
/// predicts the next token, the last one the first of the next window.
inline std::vector<double> onnxNll(const Model &model, std::span<const std::int32_t> text,
                                   std::size_t windows)
{
    const auto session = makeOnnxRuntimeEngine()->open(model, {}).value();
    std::vector<double> nll;
    for (std::size_t w = 0; w < windows; ++w) {
        const Tensor logits = onnxLogits(*session, text.subspan(w * kLlamaWindow, kLlamaWindow));
        const std::size_t vocabulary = logits.size() / kLlamaWindow;
        for (std::size_t i = 0; i < kLlamaWindow; ++i)
            nll.push_back(negativeLogLikelihood(logits.floats().subspan(i * vocabulary, vocabulary),
                                                text[w * kLlamaWindow + i + 1]));
    }
    return nll;
}

inline double meanOf(std::span<const double> values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

} // namespace qs::test
