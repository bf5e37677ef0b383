// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufweights.h"

#include "core/llm/ggufnames.h"
#include "core/llm/inputrounding.h"
#include "core/llm/parallel.h"
#include "core/llm/safetensorsheader.h"

#include <algorithm>

namespace qs {
namespace {

/// Elements a thread dequantizes at a time, at least.
constexpr std::int64_t kPiece = 1 << 18;
constexpr const char *kEmbeddings = "model.embed_tokens.weight";
constexpr const char *kHead = "lm_head.weight";

class GgufWeights : public WeightSource
{
public:
    GgufWeights(GgufFilePtr file, LlmConfig config)
        : m_file(std::move(file))
        , m_architecture(m_file->header().architecture())
        , m_config(std::move(config))
    {
        for (const GgufTensorInfo &tensor : m_file->header().tensors)
            m_storedBytes += tensor.byteSize;
    }

    const LlmConfig &config() const override { return m_config; }
    std::string name() const override { return m_file->path().string(); }
    std::uint64_t storedBytes() const override { return m_storedBytes; }
    bool contains(const std::string &tensor) const override
    {
        const auto place = ggufPlaceOf(tensor, m_architecture);
        return place.ok() && m_file->header().findTensor(place->name);
    }

    Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                          bool hasBias) const override
    {
        QS_TRY(Linear linear, matrix(module + ".weight", out, in));
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
        QS_TRY(const Stored table, stored(kEmbeddings, {m_config.vocabulary, m_config.hidden}));
        Matrix rows(static_cast<std::int64_t>(ids.size()), m_config.hidden);
        for (std::size_t i = 0; i < ids.size(); ++i)
            QS_CHECK(m_file->rows(*table.tensor, ids[i], 1, rows.rowSpan(static_cast<std::int64_t>(i))));
        return rows;
    }

    Result<Linear> head() const override
    {
        return matrix(m_config.tiedEmbeddings ? kEmbeddings : kHead, m_config.vocabulary, m_config.hidden);
    }

private:
    struct Stored
    {
        const GgufTensorInfo *tensor;
        bool isReordered; ///< its rows, head by head
    };

    /// The tensor of the file that is \a name in transformers; \a shape as it is there.
    Result<Stored> stored(const std::string &name, const Shape &shape) const
    {
        QS_TRY(const GgufPlace place, ggufPlaceOf(name, m_architecture));
        const GgufTensorInfo *tensor = m_file->header().findTensor(place.name);
        if (!tensor)
            return Error {ErrorCode::Format, m_file->path().string(),
                          "has no tensor " + quotedName(place.name)};
        const Shape found(tensor->shape.rbegin(), tensor->shape.rend());
        if (found != shape)
            return Error {ErrorCode::Format, m_file->path().string(),
                          "tensor " + quotedName(place.name) + " is " + toString(found) + ", the model takes "
                              + toString(shape)};
        return Stored {tensor, place.order != RowOrder::AsStored};
    }

    Result<Linear> matrix(const std::string &name, std::int64_t rows, std::int64_t cols) const
    {
        Linear linear;
        QS_TRY(const Stored from, stored(name, {rows, cols}));
        QS_TRY(linear.weight.values, read(name, {rows, cols}));
        linear.weight.rows = rows;
        linear.weight.cols = cols;
        linear.inputBlock = inputBlockOf(ggmlTraits(from.tensor->type));
        return linear;
    }

    /// The elements of a tensor; nothing is allocated before it is known to have that shape.
    Result<std::vector<float>> read(const std::string &name, const Shape &shape) const
    {
        QS_TRY(const Stored from, stored(name, shape));
        std::vector<float> values(static_cast<std::size_t>(from.tensor->elements()));
        const std::span<float> out(values);
        const std::int64_t rows = shape.front();
        const std::int64_t length = shape.size() > 1 ? shape.back() : 1;
        // Rows of a vector are its elements, but it is dequantized as one.
        const std::int64_t each = shape.size() > 1 ? std::max<std::int64_t>(kPiece / length, 1) : rows;
        QS_CHECK(m_file->rows(*from.tensor, 0, 0, {})); // whether its type is known at all
        parallelFor(static_cast<std::size_t>((rows + each - 1) / each), [&](std::size_t piece) {
            const std::int64_t first = static_cast<std::int64_t>(piece) * each;
            const std::int64_t count = std::min(each, rows - first);
            std::vector<float> scratch;
            std::span<float> to = out.subspan(static_cast<std::size_t>(first * length),
                                              static_cast<std::size_t>(count * length));
            if (from.isReordered) {
                scratch.resize(to.size());
                to = scratch;
            }
            const bool isVector = shape.size() == 1;
            (void)m_file->rows(*from.tensor, isVector ? 0 : first, isVector ? 1 : count, to).ok();
            for (std::int64_t row = 0; from.isReordered && row < count; ++row)
                std::copy_n(scratch.data() + row * length, length,
                            out.data() + storedRow(first + row, m_config.headDim) * length);
        });
        m_file->forget(*from.tensor);
        return values;
    }

    GgufFilePtr m_file;
    std::string m_architecture;
    LlmConfig m_config;
    std::uint64_t m_storedBytes = 0;
};

} // namespace

Result<WeightSourcePtr> openGgufWeights(const std::filesystem::path &path)
{
    QS_TRY(GgufFilePtr file, GgufFile::open(path));
    QS_TRY(LlmConfig config, ggufConfig(*file));
    return WeightSourcePtr(std::make_shared<GgufWeights>(std::move(file), std::move(config)));
}

} // namespace qs
