// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <string_view>

namespace qs {

/// The head of a .npy file (NumPy's format.py, versions 1.0 to 3.0).
struct NpyHeader
{
    DType type = DType::Undefined;
    bool isBigEndian = false;
    bool isFortranOrder = false; ///< first dimension varies fastest
    Shape shape;
    std::size_t size = 0; ///< bytes before the elements

    bool operator==(const NpyHeader &) const = default;
};

/// Enough bytes for parseNpyHeader() of any header that NumPy itself accepts.
inline constexpr std::size_t kMaxNpyHeader = 12 + 10000;

/// \a start is the beginning of the file, at least as far as the header goes. Strict: exactly the keys descr,
/// fortran_order and shape. Errors without a subject: Format for anything damaged, Unsupported for pickled
/// objects, records, strings, complex numbers and dates.
Result<NpyHeader> parseNpyHeader(std::string_view start);

/// A version 1.0 header for \a tensor (little-endian, C order), padded so that the elements are aligned to 64
/// bytes. Unsupported for types NumPy has not.
Result<std::string> makeNpyHeader(DType type, const Shape &shape);

} // namespace qs
