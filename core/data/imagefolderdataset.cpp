// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"
#include "core/data/datasets.h"
#include "core/data/imagedecoder.h"
#include "core/data/imagefolderscan.h"
#include "core/data/imagepipeline.h"
#include "core/data/presets.h"
#include "core/data/sampling.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace fs = std::filesystem;
namespace {

class ImageFolderDataset : public Dataset
{
public:
    ImageFolderDataset(ImageFolder folder, std::vector<std::size_t> order, Preprocessing preprocessing,
                       ImageInput input)
        : m_folder(std::move(folder))
        , m_order(std::move(order))
        , m_preprocessing(std::move(preprocessing))
        , m_input(std::move(input))
        , m_fingerprint(makeFingerprint())
    { }

    std::size_t size() const override { return m_order.size(); }
    std::string sampleId(std::size_t index) const override { return file(index).name; }
    std::optional<std::int64_t> label(std::size_t index) const override { return file(index).label; }
    bool hasLabels() const override { return m_folder.hasLabels; }
    std::string fingerprint() const override { return m_fingerprint; }
    fs::path sourceFile(std::size_t index) const override { return m_folder.root / file(index).name; }

    Result<Sample> sample(std::size_t index) const override
    {
        const fs::path path = sourceFile(index);
        QS_TRY(const Image image, loadImage(path));
        Result<Tensor> tensor = preprocessImage(image, m_preprocessing, m_input);
        if (!tensor.ok())
            return Error {tensor.error().code, path.string(), tensor.error().detail};
        return Sample {sampleId(index), {{m_input.name, *std::move(tensor)}}, label(index)};
    }

    Text description() const override
    {
        const int all = static_cast<int>(m_folder.files.size());
        if (m_order.size() < m_folder.files.size())
            return countedSentence(QS_TR_N_NOOP("Sentence", "image folder %1, %2 of %n image(s)"), all,
                                   {m_folder.title, std::to_string(m_order.size())});
        return countedSentence(QS_TR_N_NOOP("Sentence", "image folder %1, %n image(s)"), all,
                               {m_folder.title});
    }

private:
    const ImageFile &file(std::size_t index) const { return m_folder.files[m_order.at(index)]; }

    std::string makeFingerprint() const
    {
        Sha256 hash;
        hash.updateField("images").updateField(toJson(m_preprocessing).dump());
        for (const std::size_t i : m_order) {
            const ImageFile &file = m_folder.files[i];
            std::error_code gone;
            const fs::path path = m_folder.root / file.name;
            hash.updateField(file.name);
            hash.updateNumber(static_cast<std::uint64_t>(file.label.value_or(-1)));
            hash.updateNumber(fs::file_size(path, gone));
            const auto time = fs::last_write_time(path, gone).time_since_epoch().count();
            hash.updateNumber(static_cast<std::uint64_t>(time));
        }
        return hash.hexDigest();
    }

    ImageFolder m_folder;
    std::vector<std::size_t> m_order;
    Preprocessing m_preprocessing;
    ImageInput m_input;
    std::string m_fingerprint;
};

/// The one input that takes the picture.
Result<ImageInput> pictureInput(const std::string &path, const std::vector<ValueInfo> &inputs,
                                const Preprocessing &preprocessing)
{
    if (inputs.size() != 1) {
        std::string names;
        for (const ValueInfo &input : inputs)
            names += (names.empty() ? "" : ", ") + input.name;
        return Error {ErrorCode::InvalidArgument, path,
                      "pictures feed one input, but the model has " + std::to_string(inputs.size()) + " ("
                          + names + "); give an .npz file with an array for each"};
    }
    return resolveImageInput(inputs.front(), preprocessing);
}

} // namespace

Result<DatasetPtr> openImageFolder(const DataSpec &spec, const std::vector<ValueInfo> &inputs,
                                   JobContext &job)
{
    QS_TRY(ImageFolder folder, scanImageFolder(spec.path, job));
    if (!spec.preprocessing)
        return Error {ErrorCode::InvalidArgument, spec.path,
                      "pictures need a preprocessing; choose one of: " + presetIds()};
    QS_TRY(ImageInput input, pictureInput(spec.path, inputs, *spec.preprocessing));
    std::vector<std::size_t> order = spreadOverClasses(folder.classes, spec.limit);
    return DatasetPtr(std::make_shared<ImageFolderDataset>(std::move(folder), std::move(order),
                                                           *spec.preprocessing, std::move(input)));
}

} // namespace qs
