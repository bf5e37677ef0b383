// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/atomicfile.h"
#include "core/data/datasets.h"
#include "core/data/imagedecoder.h"

#include <algorithm>

namespace qs {
namespace fs = std::filesystem;
namespace {

bool hasSuffix(const fs::path &path, const char *suffix)
{
    return path.extension() == suffix;
}

/// A folder with .npy files and no pictures of its own.
bool isArrayFolder(const fs::path &folder)
{
    bool hasArrays = false;
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        if (hasImageSuffix(it->path()))
            return false;
        hasArrays = hasArrays || hasSuffix(it->path(), ".npy");
    }
    return hasArrays;
}

} // namespace

Result<DatasetPtr> openDataset(const DataSpec &spec, const std::vector<ValueInfo> &inputs, JobContext &job)
{
    if (inputs.empty())
        return Error {ErrorCode::InvalidArgument, spec.path, "the model has no inputs to feed"};
    if (spec.path == "synthetic")
        return openSynthetic(spec, inputs);
    const fs::path path = spec.path;
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
        return systemError(path, error ? error.value() : ENOENT);
    if (fs::is_directory(status))
        return isArrayFolder(path) ? openArrays(spec, inputs, job) : openImageFolder(spec, inputs, job);
    if (hasSuffix(path, ".npy") || hasSuffix(path, ".npz"))
        return openArrays(spec, inputs, job);
    if (hasImageSuffix(path))
        return openImageFolder(spec, inputs, job);
    return Error {ErrorCode::Unsupported, spec.path,
                  "is no data: give a folder of pictures or of .npy files, a .npy or .npz file, or "
                  "\"synthetic\""};
}

SampleReader::SampleReader(const Dataset &dataset, JobContext &job)
    : m_dataset(dataset)
    , m_job(job)
{ }

Result<std::optional<std::pair<std::size_t, Sample>>> SampleReader::next()
{
    while (m_next < m_dataset.size()) {
        m_job.throwIfStopped();
        const std::size_t index = m_next++;
        Result<Sample> sample = m_dataset.sample(index);
        if (sample.ok())
            return std::optional(std::pair(index, *std::move(sample)));
        if (sample.error().code == ErrorCode::OutOfMemory)
            return sample.error();
        ++m_skipped;
        const std::size_t total = m_dataset.size();
        if (m_skipped == total || (m_skipped > 1 && m_skipped > total / 10))
            return Error {sample.error().code, sample.error().subject,
                          sample.error().detail + "; " + std::to_string(m_skipped) + " of "
                              + std::to_string(total) + " samples cannot be used, which is too many"};
        m_job.report(
            {Severity::Warning, "sample-skipped", m_dataset.sampleId(index), sample.error().message()});
    }
    return std::optional<std::pair<std::size_t, Sample>>();
}

} // namespace qs
