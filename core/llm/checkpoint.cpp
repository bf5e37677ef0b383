// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/floatmath.h"
#include "core/llm/ggufweights.h"
#include "core/llm/moduleformat.h"
#include "core/llm/parallel.h"

#include <algorithm>

namespace qs {
namespace {

/// Elements a thread converts at a time.
constexpr std::size_t kPiece = 1 << 18;

class Checkpoint : public WeightSource
{
public:
    Checkpoint(std::filesystem::path folder, LlmConfig config, CheckpointFormat format,
               SafetensorsSet tensors)
        : m_folder(std::move(folder))
        , m_config(std::move(config))
        , m_format(format)
        , m_tensors(std::move(tensors))
    { }

    const LlmConfig &config() const override { return m_config; }
    std::string name() const override { return m_folder.string(); }
    std::uint64_t storedBytes() const override { return m_tensors.byteSize(); }
    bool contains(const std::string &tensor) const override { return m_tensors.contains(tensor); }

    Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                          bool hasBias) const override
    {
        auto quantized = readQuantized(m_tensors, m_format, module, out, in);
        if (!quantized.ok())
            return Error {quantized.error().code, m_folder.string(),
                          "module " + quotedName(module) + ": " + quantized.error().detail};
        Linear linear;
        if (*quantized) {
            linear = std::move(**quantized);
        } else {
            QS_TRY(linear.weight, matrix(module + ".weight", out, in));
        }
        if (hasBias) {
            QS_TRY(linear.bias, vector(module + ".bias", out));
        }
        return linear;
    }

    Result<std::vector<float>> vector(const std::string &tensor, std::int64_t size) const override
    {
        return read(tensor, {size});
    }

    Result<Matrix> embeddings(std::span<const std::int32_t> ids) const override
    {
        const Shape shape {m_config.vocabulary, m_config.hidden};
        QS_TRY(const Tensor table, stored(kEmbeddings, shape));
        Matrix rows(static_cast<std::int64_t>(ids.size()), m_config.hidden);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto first = static_cast<std::size_t>(ids[i]) * static_cast<std::size_t>(m_config.hidden);
            QS_CHECK(copyFloats(table, first, rows.rowSpan(static_cast<std::int64_t>(i))));
        }
        return rows;
    }

    Result<Linear> head() const override
    {
        // Some checkpoints say nothing and have no head: the embeddings serve as one.
        const bool isTied = m_config.tiedEmbeddings || !contains("lm_head.weight");
        Linear head;
        QS_TRY(head.weight,
               matrix(isTied ? kEmbeddings : "lm_head.weight", m_config.vocabulary, m_config.hidden));
        return head;
    }

private:
    static constexpr const char *kEmbeddings = "model.embed_tokens.weight";

    Result<Tensor> stored(const std::string &name, const Shape &shape) const
    {
        QS_TRY(Tensor tensor, m_tensors.tensor(name));
        const bool isFloat = tensor.type() == DType::Float32 || tensor.type() == DType::Float16
            || tensor.type() == DType::BFloat16;
        if (tensor.shape() != shape || !isFloat)
            return Error {ErrorCode::Format, m_folder.string(),
                          "tensor " + quotedName(name) + " is " + std::string(toString(tensor.type())) + " "
                              + toString(tensor.shape()) + ", the model takes floats " + toString(shape)};
        return tensor;
    }

    Result<Matrix> matrix(const std::string &name, std::int64_t rows, std::int64_t cols) const
    {
        Matrix matrix;
        QS_TRY(matrix.values, read(name, {rows, cols}));
        matrix.rows = rows;
        matrix.cols = cols;
        return matrix;
    }

    /// The elements of a tensor; nothing is allocated before it is known to have that shape.
    Result<std::vector<float>> read(const std::string &name, const Shape &shape) const
    {
        QS_TRY(const Tensor tensor, stored(name, shape));
        std::vector<float> values(tensor.size());
        const std::span<float> out(values);
        parallelFor((out.size() + kPiece - 1) / kPiece, [&](std::size_t piece) {
            const std::size_t first = piece * kPiece;
            (void)copyFloats(tensor, first, out.subspan(first, std::min(kPiece, out.size() - first))).ok();
        });
        m_tensors.forget(name);
        return values;
    }

    std::filesystem::path m_folder;
    LlmConfig m_config;
    CheckpointFormat m_format;
    SafetensorsSet m_tensors;
};

} // namespace

Result<WeightSourcePtr> openCheckpoint(const std::filesystem::path &folder)
{
    std::error_code ignored;
    if (std::filesystem::is_regular_file(folder, ignored))
        return openGgufWeights(folder);
    QS_TRY(LlmConfig config, readLlmConfig(folder));
    const auto format = parseCheckpointFormat(config.quantization);
    if (!format.ok())
        return Error {format.error().code, (folder / "config.json").string(), format.error().detail};
    QS_TRY(SafetensorsSet tensors, SafetensorsSet::open(folder));
    return WeightSourcePtr(
        std::make_shared<Checkpoint>(folder, std::move(config), *format, std::move(tensors)));
}

} // namespace qs
