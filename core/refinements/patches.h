// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/model/graphview.h"

namespace qs {

/// How a Conv, Gemm or MatMul multiplies its input with rows of its weight: which numbers of the input meet
/// the weights of an output channel, at every place of the output.
class PatchReader
{
public:
    /// Null for other operators, transposed inputs and shapes that are not a layer's.
    static std::optional<PatchReader> make(const onnx::NodeProto &node, const Shape &weight);

    std::int64_t groups() const { return m_groups; }
    std::int64_t outputs() const { return m_outputs; } ///< rows of the weight, all groups
    std::int64_t length() const { return m_length; } ///< numbers a row
    /// Element of the weight that is number \a k of \a row.
    std::size_t element(std::int64_t row, std::int64_t k) const
    {
        return static_cast<std::size_t>(m_inputFirst ? k * m_outputs + row : row * m_length + k);
    }

    /// What group \a group sees of \a input (float32) at \a count places drawn from \a random, or at all of
    /// them when there are not more: rows of \a stride numbers, zero padding and all. Empty when the input
    /// does not fit.
    std::vector<float> read(const Tensor &input, std::int64_t group, std::size_t count, std::size_t stride,
                            Random &random) const;

private:
    std::vector<float> readRows(const Tensor &input, std::size_t count, std::size_t stride,
                                Random &random) const;
    void readPatch(std::span<const float> image, const Shape &size, const Shape &begins, std::int64_t group,
                   float *patch) const;
    bool placeWindows(const Shape &size, Shape &places, Shape &padding) const;

    bool m_isConv = false;
    bool m_inputFirst = false;
    std::int64_t m_groups = 1;
    std::int64_t m_outputs = 0;
    std::int64_t m_length = 0;
    std::int64_t m_channels = 0; ///< of a Conv's input, one group
    Shape m_kernel;
    Shape m_strides;
    Shape m_dilations;
    Shape m_pads; ///< begins, then ends
    std::string m_autoPad;
};

} // namespace qs
