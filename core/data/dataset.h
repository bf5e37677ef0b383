// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/result.h"
#include "core/data/preprocessing.h"
#include "core/model/graphview.h"
#include "core/tensor/tensor.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace qs {

/// What one inference is fed with: batch dimension 1 (or the model's fixed batch).
struct Sample
{
    std::string id; ///< file name relative to the folder, or "#12"
    std::vector<NamedTensor> inputs;
    std::optional<std::int64_t> label;
};

/// A finite list of samples, decoded when asked for; sample(i) is the same every time and safe from any
/// thread.
class Dataset
{
public:
    virtual ~Dataset() = default;

    virtual std::size_t size() const = 0;
    virtual Result<Sample> sample(std::size_t index) const = 0;
    virtual std::string sampleId(std::size_t index) const = 0; ///< without decoding
    virtual std::optional<std::int64_t> label(std::size_t index) const = 0; ///< without decoding
    virtual bool hasLabels() const = 0;
    virtual bool isSynthetic() const { return false; }
    virtual Text description() const = 0; ///< "image folder cifar10-dev, 200 of 10000 images"
    /// SHA-256 over names, sizes and times of the files (or the bytes of an array file) and the
    /// preprocessing.
    virtual std::string fingerprint() const = 0;
    /// The picture a sample is made of, before preprocessing; empty for arrays.
    virtual std::filesystem::path sourceFile(std::size_t) const { return {}; }
};
using DatasetPtr = std::shared_ptr<const Dataset>;

struct DataSpec
{
    std::string path; ///< folder of images, .npy, .npz, or "synthetic"
    std::size_t limit = 0; ///< 0 = all; else that many, spread evenly over classes, the same ones every time
    std::optional<Preprocessing> preprocessing; ///< required for images

    bool operator==(const DataSpec &) const = default;
};

/// Opens \a spec for a model with \a inputs. Errors: nothing there, no images, arrays that do not fit the
/// inputs, images without preprocessing (the message lists the presets).
Result<DatasetPtr> openDataset(const DataSpec &spec, const std::vector<ValueInfo> &inputs, JobContext &job);

/// Walks a dataset: damaged samples are skipped, reported as findings and counted; more than a tenth of them
/// (and more than one) is an error. The loop body is given good samples only.
class SampleReader
{
public:
    SampleReader(const Dataset &dataset, JobContext &job);
    /// The next good sample with its index, null at the end.
    Result<std::optional<std::pair<std::size_t, Sample>>> next();
    std::size_t skipped() const { return m_skipped; }

private:
    const Dataset &m_dataset;
    JobContext &m_job;
    std::size_t m_next = 0;
    std::size_t m_skipped = 0;
};

} // namespace qs
