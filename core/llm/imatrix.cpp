// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Formats: tools/imatrix/imatrix.cpp of llama.cpp (save_imatrix, save_imatrix_legacy).
#include "core/llm/imatrix.h"

#include "core/llm/gguf.h"
#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSums = ".in_sum2";
constexpr std::string_view kCounts = ".counts";
constexpr const char *kDatasets = "imatrix.datasets";
constexpr const char *kChunkCount = "imatrix.chunk_count";
constexpr const char *kChunkSize = "imatrix.chunk_size";

Error formatError(const fs::path &path, const std::string &why)
{
    return {ErrorCode::Format, path.string(), why};
}

bool isSound(const std::vector<float> &values)
{
    return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v) && v >= 0.F; });
}

Status add(ImportanceMatrix &matrix, const fs::path &path, const std::string &name, ImportanceEntry entry)
{
    if (name.empty() || entry.values.empty())
        return formatError(path, "has an entry without a name or without values");
    if (!isSound(entry.values))
        return formatError(path,
                           "tensor " + quotedName(name) + " has values that are negative or not finite");
    if (!matrix.entries.emplace(name, std::move(entry)).second)
        return formatError(path, "has tensor " + quotedName(name) + " twice");
    return Done {};
}

Result<std::vector<float>> floatsOf(const GgufFile &file, const GgufTensorInfo &tensor)
{
    if (tensor.type != GgmlType::F32)
        return formatError(file.path(), "tensor " + quotedName(tensor.name) + " is not of type F32");
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    QS_CHECK(file.rows(tensor, 0, tensor.rows(), values));
    return values;
}

Result<ImportanceMatrix> readGguf(const fs::path &path)
{
    QS_TRY(const GgufFilePtr file, GgufFile::open(path));
    const GgufHeader &header = file->header();
    const auto *type = header.get<std::string>("general.type");
    if (!type || *type != "imatrix")
        return formatError(path, "is a GGUF file, but no importance matrix");
    ImportanceMatrix matrix;
    if (const auto *datasets = header.get<GgufArray>(kDatasets)) {
        if (const auto *names = std::get_if<std::vector<std::string>>(&datasets->items))
            matrix.datasets = *names;
    }
    const auto number = [&](const char *key) {
        const auto *value = header.get<std::uint32_t>(key);
        return value ? *value : 0U;
    };
    matrix.chunkCount = number(kChunkCount);
    matrix.chunkSize = number(kChunkSize);
    for (const GgufTensorInfo &sums : header.tensors) {
        if (!sums.name.ends_with(kSums))
            continue;
        const std::string name = sums.name.substr(0, sums.name.size() - kSums.size());
        const GgufTensorInfo *counts = header.findTensor(name + std::string(kCounts));
        if (!counts || counts->elements() != sums.rows())
            return formatError(path, "tensor " + quotedName(name) + " has no counts that fit its sums");
        ImportanceEntry entry;
        QS_TRY(entry.values, floatsOf(*file, sums));
        QS_TRY(entry.counts, floatsOf(*file, *counts));
        if (!isSound(entry.counts))
            return formatError(path,
                               "tensor " + quotedName(name) + " has a count that is no number of tokens");
        const std::size_t inputs = entry.inputs();
        for (std::size_t i = 0; i < entry.values.size(); ++i) {
            // An expert that no token reached tells nothing: all its inputs count the same.
            const float count = entry.counts[i / inputs];
            entry.values[i] = count > 0.F ? entry.values[i] / count : 1.F;
        }
        QS_CHECK(add(matrix, path, name, std::move(entry)));
    }
    if (matrix.entries.empty())
        return formatError(path, "is an importance matrix without tensors");
    return matrix;
}

/// Takes numbers and bytes off the front; false when there are not enough.
class Bytes
{
public:
    explicit Bytes(std::string_view bytes)
        : m_rest(bytes)
    { }
    bool take(std::int32_t &value) { return take(&value, sizeof value); }
    bool take(std::string &text, std::int32_t size)
    {
        if (size < 0 || static_cast<std::size_t>(size) > m_rest.size())
            return false;
        text.resize(static_cast<std::size_t>(size));
        return take(text.data(), text.size());
    }
    bool take(std::vector<float> &values, std::int32_t count)
    {
        if (count < 0 || static_cast<std::size_t>(count) > m_rest.size() / sizeof(float))
            return false;
        values.resize(static_cast<std::size_t>(count));
        return take(values.data(), values.size() * sizeof(float));
    }
    bool isEmpty() const { return m_rest.empty(); }

private:
    bool take(void *to, std::size_t size)
    {
        if (size > m_rest.size())
            return false;
        if (size > 0)
            std::memcpy(to, m_rest.data(), size);
        m_rest.remove_prefix(size);
        return true;
    }

    std::string_view m_rest;
};

Result<ImportanceMatrix> readDat(const fs::path &path)
{
    QS_TRY(const MappedFilePtr file, MappedFile::open(path));
    Bytes in({reinterpret_cast<const char *>(file->bytes().data()), file->bytes().size()});
    ImportanceMatrix matrix;
    std::int32_t count = 0;
    if (!in.take(count) || count < 1)
        return formatError(path, "is no importance matrix");
    for (std::int32_t i = 0; i < count; ++i) {
        std::int32_t length = 0;
        std::int32_t calls = 0;
        std::string name;
        ImportanceEntry entry;
        if (!in.take(length) || !in.take(name, length) || !in.take(calls) || !in.take(length)
            || !in.take(entry.values, length))
            return formatError(path,
                               "is no importance matrix, or ends in entry " + std::to_string(i + 1) + " of "
                                   + std::to_string(count));
        if (calls < 1)
            return formatError(path, "tensor " + quotedName(name) + " was never called");
        entry.counts = {static_cast<float>(calls)};
        for (float &value : entry.values)
            value /= static_cast<float>(calls);
        QS_CHECK(add(matrix, path, name, std::move(entry)));
    }
    std::int32_t chunks = 0;
    std::int32_t length = 0;
    std::string dataset;
    if (in.isEmpty()) // the first versions of the tool ended here
        return matrix;
    if (!in.take(chunks) || chunks < 0)
        return formatError(path, "ends in the number of chunks");
    matrix.chunkCount = static_cast<std::uint32_t>(chunks);
    if (in.take(length) && in.take(dataset, length))
        matrix.datasets = {dataset};
    return matrix;
}

Status writeGguf(const fs::path &path, const ImportanceMatrix &matrix)
{
    GgufHeader header;
    GgufArray datasets;
    datasets.items = matrix.datasets;
    header.metadata = {{"general.type", std::string("imatrix")},
                       {kDatasets, std::move(datasets)},
                       {kChunkCount, matrix.chunkCount},
                       {kChunkSize, matrix.chunkSize}};
    for (const auto &[name, entry] : matrix.entries) {
        const auto inputs = static_cast<std::int64_t>(entry.inputs());
        const auto matrices = static_cast<std::int64_t>(entry.matrices());
        header.tensors.push_back({name + std::string(kSums), GgmlType::F32, {inputs, matrices}});
        header.tensors.push_back({name + std::string(kCounts), GgmlType::F32, {1, matrices}});
    }
    QS_TRY(GgufWriter writer, GgufWriter::create(path, std::move(header)));
    for (const auto &[name, entry] : matrix.entries) {
        std::vector<float> sums = entry.values;
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] *= entry.counts[i / entry.inputs()];
        QS_CHECK(writer.append(std::as_bytes(std::span(sums))));
        QS_CHECK(writer.append(std::as_bytes(std::span(entry.counts))));
    }
    QS_CHECK(writer.finish());
    return Done {};
}

Status writeDat(const fs::path &path, const ImportanceMatrix &matrix)
{
    std::string out;
    const auto number = [&](std::size_t value) {
        const auto stored = static_cast<std::int32_t>(value);
        out.append(reinterpret_cast<const char *>(&stored), sizeof stored);
    };
    const auto text = [&](const std::string &value) {
        number(value.size());
        out += value;
    };
    number(matrix.entries.size());
    for (const auto &[name, entry] : matrix.entries) {
        text(name);
        const float calls
            = std::max(1.F, std::round(*std::max_element(entry.counts.begin(), entry.counts.end())));
        number(static_cast<std::size_t>(std::min(calls, 1e9F)));
        number(entry.values.size());
        for (const float value : entry.values) {
            const float sum = value * std::min(calls, 1e9F);
            out.append(reinterpret_cast<const char *>(&sum), sizeof sum);
        }
    }
    number(matrix.chunkCount);
    text(matrix.datasets.empty() ? std::string() : matrix.datasets.front());
    return writeFileAtomically(path, out);
}

} // namespace

const ImportanceEntry *ImportanceMatrix::find(const std::string &tensor) const
{
    const auto it = entries.find(tensor);
    return it == entries.end() ? nullptr : &it->second;
}

Result<ImportanceMatrix> readImatrix(const fs::path &path)
{
    QS_TRY(const MappedFilePtr file, MappedFile::open(path));
    const auto bytes = file->bytes();
    return bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0 ? readGguf(path) : readDat(path);
}

Status writeImatrix(const fs::path &path, const ImportanceMatrix &matrix, ImatrixFormat format)
{
    for (const auto &[name, entry] : matrix.entries) {
        if (entry.values.empty() || entry.counts.empty() || entry.values.size() % entry.counts.size() != 0
            || !isSound(entry.values) || !isSound(entry.counts))
            return Error {ErrorCode::InvalidArgument, path.string(),
                          "the importance of " + quotedName(name) + " is incomplete or not finite"};
    }
    return format == ImatrixFormat::Gguf ? writeGguf(path, matrix) : writeDat(path, matrix);
}

} // namespace qs
