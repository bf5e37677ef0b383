// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/base/sha256.h"
#include "core/data/arraymatch.h"
#include "core/data/datasets.h"
#include "core/data/sampling.h"
#include "core/data/tensorconvert.h"

#include <algorithm>
#include <map>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kHashedWhole = std::uint64_t {1} << 26;
constexpr std::uint64_t kHashedPiece = std::uint64_t {1} << 20;

/// All bytes of a file up to 64 MiB; of a larger one 64 evenly spaced pieces of 1 MiB, its size and its time.
Status hashFile(const RandomAccessFile &file, Sha256 &hash, JobContext &job)
{
    hash.updateField(file.path().filename().string()).updateNumber(file.size());
    const bool isWhole = file.size() <= kHashedWhole;
    if (!isWhole)
        hash.updateNumber(static_cast<std::uint64_t>(file.modified()));
    const std::uint64_t pieces = isWhole ? (file.size() + kHashedPiece - 1) / kHashedPiece : 64;
    for (std::uint64_t i = 0; i < pieces; ++i) {
        job.throwIfStopped();
        const std::uint64_t offset = isWhole ? i * kHashedPiece : (file.size() - kHashedPiece) / 63 * i;
        QS_TRY(const std::string bytes, file.read(offset, std::min(kHashedPiece, file.size() - offset)));
        hash.update(bytes);
    }
    return Done {};
}

class ArrayDataset : public Dataset
{
public:
    ArrayDataset(std::string title, ArrayMatch match, std::vector<std::size_t> order, std::string fingerprint)
        : m_title(std::move(title))
        , m_match(std::move(match))
        , m_order(std::move(order))
        , m_fingerprint(std::move(fingerprint))
    { }

    std::size_t size() const override { return m_order.size(); }
    bool hasLabels() const override { return !m_match.labels.empty(); }
    std::string fingerprint() const override { return m_fingerprint; }

    std::string sampleId(std::size_t index) const override
    {
        const std::int64_t row = firstRow(index);
        std::string id = "#" + std::to_string(row);
        if (m_match.batch > 1)
            id += "-#" + std::to_string(row + m_match.batch - 1);
        return id;
    }

    std::optional<std::int64_t> label(std::size_t index) const override
    {
        if (m_match.labels.empty())
            return std::nullopt;
        return m_match.labels[static_cast<std::size_t>(firstRow(index))];
    }

    Text description() const override
    {
        const std::int64_t used = static_cast<std::int64_t>(m_order.size()) * m_match.batch;
        const int rows = static_cast<int>(m_match.rows);
        if (used < m_match.rows)
            return countedSentence(QS_TR_N_NOOP("Sentence", "arrays %1, %2 of %n sample(s)"), rows,
                                   {m_title, std::to_string(used)});
        return countedSentence(QS_TR_N_NOOP("Sentence", "arrays %1, %n sample(s)"), rows, {m_title});
    }

    Result<Sample> sample(std::size_t index) const override
    {
        Sample sample {sampleId(index), {}, label(index)};
        for (const ArrayFeed &feed : m_match.feeds) {
            const std::int64_t count = feed.isWhole ? 1 : m_match.batch;
            QS_TRY(Tensor tensor, feed.array.rows(firstRow(index), count));
            if (feed.isWhole)
                tensor = tensor.reshaped(Shape(tensor.shape().begin() + 1, tensor.shape().end()));
            Result<Tensor> converted = convertTensor(tensor, feed.input.type);
            if (!converted.ok())
                return Error {converted.error().code, m_title + " " + sample.id,
                              "array '" + feed.array.name() + "' for input '" + feed.input.name
                                  + "': " + converted.error().detail};
            sample.inputs.push_back({feed.input.name, *std::move(converted)});
        }
        return sample;
    }

private:
    std::int64_t firstRow(std::size_t index) const
    {
        return static_cast<std::int64_t>(m_order.at(index)) * m_match.batch;
    }

    std::string m_title;
    ArrayMatch m_match;
    std::vector<std::size_t> m_order;
    std::string m_fingerprint;
};

Result<std::vector<NpyArray>> openAll(const fs::path &path, JobContext &job)
{
    std::error_code error;
    if (path.extension() == ".npz")
        return openNpz(path, job);
    std::vector<fs::path> files {path};
    if (fs::is_directory(path, error)) {
        files.clear();
        fs::directory_iterator it(path, error);
        for (; !error && it != fs::directory_iterator(); it.increment(error)) {
            const fs::path &file = it->path();
            if (file.extension() == ".npy" && !file.filename().string().starts_with('.'))
                files.push_back(file);
        }
        if (error)
            return systemError(path, error.value());
        std::sort(files.begin(), files.end());
    }
    std::vector<NpyArray> arrays;
    for (const fs::path &file : files) {
        QS_TRY(NpyArray array, openNpy(file, job));
        arrays.push_back(std::move(array));
    }
    return arrays;
}

/// Samples by label, or all in one class.
std::vector<std::size_t> chooseSamples(const ArrayMatch &match, std::size_t limit)
{
    const auto samples = static_cast<std::size_t>(match.rows / match.batch);
    if (match.labels.empty())
        return spreadEvenly(samples, limit);
    std::map<std::int64_t, std::vector<std::size_t>> byLabel;
    for (std::size_t i = 0; i < samples; ++i)
        byLabel[match.labels[i]].push_back(i);
    std::vector<std::vector<std::size_t>> classes;
    for (auto &[label, members] : byLabel)
        classes.push_back(std::move(members));
    return spreadOverClasses(classes, limit);
}

/// Of the files, before it is known how many samples are taken.
Result<Sha256> hashArrays(const std::vector<NpyArray> &arrays, JobContext &job)
{
    Sha256 hash;
    hash.updateField("arrays");
    const RandomAccessFile *last = nullptr; // arrays of an archive share the file
    for (const NpyArray &array : arrays) {
        if (array.file().get() != last)
            QS_CHECK(hashFile(*array.file(), hash, job));
        last = array.file().get();
    }
    return hash;
}

} // namespace

Result<DatasetPtr> openArrays(const DataSpec &spec, const std::vector<ValueInfo> &inputs, JobContext &job)
{
    const fs::path path = spec.path;
    QS_TRY(std::vector<NpyArray> arrays, openAll(path, job));
    QS_TRY(Sha256 hash, hashArrays(arrays, job));
    QS_TRY(ArrayMatch match, matchArrays(spec.path, std::move(arrays), inputs));
    for (const std::string &name : match.unused)
        job.report({Severity::Info, "array-unused", name,
                    sentence(QS_TR_NOOP("Sentence", "feeds no input of the model"))});
    if (match.batch > 1 && !match.labels.empty()) {
        // One sample is several rows then, and has no label of its own.
        job.report(
            {Severity::Warning, "labels-unused", spec.path,
             sentence(
                 QS_TR_NOOP(
                     "Sentence",
                     "the model's fixed batch of %1 takes several rows at once, so the labels are not used"),
                 {std::to_string(match.batch)})});
        match.labels.clear();
    }
    if (match.rows % match.batch != 0)
        job.report(
            {Severity::Warning, "rows-unused", spec.path,
             countedSentence(QS_TR_N_NOOP("Sentence", "the last %n row(s) left out, too few to fill a batch"),
                             static_cast<int>(match.rows % match.batch))});
    std::vector<std::size_t> order = chooseSamples(match, spec.limit);
    hash.updateNumber(order.size());
    const auto dataset = std::make_shared<ArrayDataset>(path.filename().string(), std::move(match),
                                                        std::move(order), hash.hexDigest());
    // Values that never fit are told at once and not sample by sample.
    QS_CHECK(dataset->sample(0));
    return DatasetPtr(dataset);
}

} // namespace qs
