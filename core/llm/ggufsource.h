// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/gguf.h"

#include <optional>

namespace qs {

/// Tensors from which a GGUF file can be made, one at a time: another GGUF file, or a checkpoint in another
/// format. Any thread may read it.
class GgufSource
{
public:
    virtual ~GgufSource() = default;
    /// Names the file or folder in messages.
    virtual std::string name() const = 0;
    /// Metadata and tensors of the file that would hold everything unchanged.
    virtual const GgufHeader &header() const = 0;
    /// Rows [\a first, \a first + \a count) of a tensor of header() as floats.
    virtual Status rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                        std::span<float> out) const = 0;
    /// All of a tensor, if it lies somewhere just as header() describes it.
    virtual std::optional<std::span<const std::byte>> bytes(const GgufTensorInfo &tensor) const = 0;
    /// The tensor is not needed any more; its memory may go.
    virtual void forget(const GgufTensorInfo &tensor) const = 0;
};

/// A GGUF file as a source.
class GgufFileSource : public GgufSource
{
public:
    explicit GgufFileSource(GgufFilePtr file)
        : m_file(std::move(file))
    { }

    std::string name() const override { return m_file->path().string(); }
    const GgufHeader &header() const override { return m_file->header(); }
    Status rows(const GgufTensorInfo &tensor, std::int64_t first, std::int64_t count,
                std::span<float> out) const override
    {
        return m_file->rows(tensor, first, count, out);
    }
    std::optional<std::span<const std::byte>> bytes(const GgufTensorInfo &tensor) const override
    {
        return m_file->bytes(tensor);
    }
    void forget(const GgufTensorInfo &tensor) const override { m_file->forget(tensor); }

private:
    GgufFilePtr m_file;
};

} // namespace qs
