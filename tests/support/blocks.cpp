// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/blocks.h"

namespace qs {
namespace {

/// Calls visit(place in NCHW, place in blocks) for each number of a picture [N, C, H, W].
template <typename Visit> void forEachPlace(const Shape &shape, std::int64_t block, Visit visit)
{
    const std::int64_t blocks = (shape[1] + block - 1) / block;
    const std::int64_t area = shape[2] * shape[3];
    for (std::int64_t n = 0; n < shape[0]; ++n) {
        for (std::int64_t c = 0; c < shape[1]; ++c) {
            for (std::int64_t i = 0; i < area; ++i)
                visit(static_cast<std::size_t>((n * shape[1] + c) * area + i),
                      static_cast<std::size_t>(((n * blocks + c / block) * area + i) * block + c % block));
        }
    }
}

} // namespace

WatchedValue blocked(const Tensor &picture, std::int64_t block, float filling)
{
    Shape shape = picture.shape();
    const std::int64_t channels = shape[1];
    shape[1] = (channels + block - 1) / block * block;
    Tensor tensor(DType::Float32, shape);
    const std::span<float> to = tensor.mutableData<float>();
    std::ranges::fill(to, filling);
    forEachPlace(picture.shape(), block,
                 [&](std::size_t plain, std::size_t inBlocks) { to[inBlocks] = picture.floats()[plain]; });
    return {tensor, block, channels};
}

Tensor unblocked(const WatchedValue &value)
{
    if (value.block == 1)
        return value.tensor;
    Shape shape = value.tensor.shape();
    shape[1] = value.channels;
    Tensor picture(DType::Float32, shape);
    const std::span<float> to = picture.mutableData<float>();
    forEachPlace(shape, value.block, [&](std::size_t plain, std::size_t inBlocks) {
        to[plain] = value.tensor.floats()[inBlocks];
    });
    return picture;
}

} // namespace qs
