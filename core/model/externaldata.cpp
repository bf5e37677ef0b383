// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/externaldata.h"

#include "core/base/mappedfile.h"
#include "core/model/tensorview.h"

#include <onnx/onnx_pb.h>

#include <charconv>
#include <optional>

namespace qs {
namespace fs = std::filesystem;
namespace {

Error badReference(const onnx::TensorProto &tensor, const std::string &why)
{
    return {ErrorCode::Format, "external tensor '" + tensor.name() + "'", why};
}

std::optional<std::string> entry(const onnx::TensorProto &tensor, const char *key)
{
    for (const auto &pair : tensor.external_data()) {
        if (pair.key() == key)
            return pair.value();
    }
    return std::nullopt;
}

Result<std::optional<std::uint64_t>> number(const onnx::TensorProto &tensor, const char *key)
{
    const std::optional<std::string> text = entry(tensor, key);
    if (!text)
        return std::optional<std::uint64_t>();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc {} || end != text->data() + text->size())
        return badReference(tensor, std::string(key) + " '" + *text + "' is not a byte count");
    return std::optional(value);
}

/// A model must not be able to make this program read any file of the user's.
Result<std::string> safeLocation(const onnx::TensorProto &tensor)
{
    const std::string location = entry(tensor, "location").value_or(std::string());
    const fs::path path(location);
    if (location.empty() || location.find('\0') != std::string::npos)
        return badReference(tensor, "names no file");
    if (path.is_absolute())
        return badReference(tensor, "refers to the absolute path '" + location + "', which is refused");
    for (const fs::path &part : path) {
        if (part == "..")
            return badReference(tensor, "refers to '" + location + "' outside the model's folder");
    }
    return location;
}

} // namespace

Result<std::shared_ptr<const ExternalData>>
ExternalData::open(const fs::path &folder, std::span<const onnx::TensorProto *const> tensors)
{
    auto data = std::make_shared<ExternalData>();
    for (const onnx::TensorProto *tensor : tensors) {
        QS_TRY(const std::string location, safeLocation(*tensor));
        if (data->m_files.count(location) == 0) {
            QS_TRY(const MappedFilePtr mapping, MappedFile::open(folder / location));
            data->m_files[location] = mapping->bytes();
            data->m_mappings.push_back(mapping);
        }
        QS_CHECK(data->bytes(*tensor));
    }
    return std::shared_ptr<const ExternalData>(std::move(data));
}

Result<std::span<const std::byte>> ExternalData::bytes(const onnx::TensorProto &tensor) const
{
    const std::string location = entry(tensor, "location").value_or(std::string());
    const auto file = m_files.find(location);
    if (file == m_files.end())
        return badReference(tensor, "refers to '" + location + "', which was not opened");
    const std::span<const std::byte> content = file->second;
    QS_TRY(const std::optional<std::uint64_t> offset, number(tensor, "offset"));
    QS_TRY(std::optional<std::uint64_t> length, number(tensor, "length"));
    const std::uint64_t begin = offset.value_or(0);
    if (begin > content.size())
        return badReference(tensor,
                            "starts at byte " + std::to_string(begin) + " of '" + location + "', which has "
                                + std::to_string(content.size()));
    if (!length) {
        // Optional in the format: the shape says it, or the tensor takes the rest of the file.
        QS_TRY(const Shape shape, checkedShape(tensor));
        const auto type = static_cast<DType>(tensor.data_type());
        length = bitsOf(type) > 0 ? bytesFor(type, static_cast<std::size_t>(elementCount(shape)))
                                  : content.size() - begin;
    }
    if (*length > content.size() - begin)
        return badReference(tensor,
                            "needs " + std::to_string(*length) + " bytes from byte " + std::to_string(begin)
                                + " of '" + location + "', which has " + std::to_string(content.size()));
    return content.subspan(begin, *length);
}

} // namespace qs
