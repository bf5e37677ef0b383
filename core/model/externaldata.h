// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
}

namespace qs {

/// The files that hold a model's external tensors, memory-mapped read-only for as long as this lives.
class ExternalData
{
public:
    /// Maps every file that \a tensors of a model in \a folder refer to.
    static Result<std::shared_ptr<const ExternalData>>
    open(const std::filesystem::path &folder, std::span<const onnx::TensorProto *const> tensors);

    /// The bytes of an external tensor: offset and length were checked against the mapped file.
    Result<std::span<const std::byte>> bytes(const onnx::TensorProto &tensor) const;
    /// Location (as written in the model) → content, to hand to a runtime.
    const std::map<std::string, std::span<const std::byte>> &files() const { return m_files; }

private:
    std::map<std::string, std::span<const std::byte>> m_files;
    std::vector<std::shared_ptr<const void>> m_mappings;
};

} // namespace qs
