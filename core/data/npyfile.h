// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/randomaccessfile.h"
#include "core/data/npyheader.h"

namespace qs {

/// An array in a .npy file or in an .npz archive. Stays on disk and is read in pieces, so that its size does
/// not matter, unless it is compressed or in Fortran order. Any thread may read it.
class NpyArray
{
public:
    const std::string &name() const { return m_name; } ///< file or archive entry without ".npy"
    DType type() const { return m_header.type; }
    const Shape &shape() const { return m_header.shape; }
    const RandomAccessFilePtr &file() const { return m_file; }

    Result<Tensor> read() const;
    /// Rows [\a first, \a first + \a count) along the first dimension, which must exist and hold them.
    Result<Tensor> rows(std::int64_t first, std::int64_t count) const;

private:
    friend class NpyLoader;

    Result<Tensor> readElements(std::uint64_t first, Shape shape) const;

    std::string m_name;
    RandomAccessFilePtr m_file;
    NpyHeader m_header;
    std::uint64_t m_offset = 0; ///< of the elements in the file
    Tensor m_loaded; ///< what could not stay on disk
};

/// Opens \a path; its size is checked against the shape. Errors name the file.
Result<NpyArray> openNpy(const std::filesystem::path &path, JobContext &job);
/// Opens all arrays of an archive in their order and checks their checksums. Compressed ones are unpacked, up
/// to 4 GiB together.
Result<std::vector<NpyArray>> openNpz(const std::filesystem::path &path, JobContext &job);

/// Written beside and renamed. Types: those of NumPy (float16, 32, 64, integers, bool), else Unsupported.
Status writeNpy(const std::filesystem::path &path, const Tensor &tensor);
/// As numpy.savez: stored, not compressed; entries "<name>.npy". Names must be unique.
Status writeNpz(const std::filesystem::path &path, const std::vector<NamedTensor> &tensors);

} // namespace qs
