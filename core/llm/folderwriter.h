// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/folderjournal.h"
#include "core/llm/moduleformat.h"
#include "core/llm/outputfolder.h"
#include "core/llm/skippedmodules.h"
#include "core/llm/weightsource.h"
#include "core/llm/workfolder.h"

#include <set>

namespace qs {

/// What a FolderWriter works for; all of it outlives the writer.
struct FolderJob
{
    const std::filesystem::path &source; ///< the plain model's folder
    const LlmConfig &config; ///< its configuration
    const SafetensorsSet &tensors; ///< its weights
    const LlmQuantizeOptions &options; ///< resolved
    const SkippedModules &skipped; ///< Linears that are copied as they are
};

/// The folder that quantizing a Hugging Face folder makes: what is copied, what is packed, what is said of
/// it, and what of it is finished already. It appears under its name with finish(), whole; destroyed before,
/// it leaves nothing behind.
class FolderWriter
{
public:
    /// Plans all tensors, takes their space, and takes up what the same job (\a fingerprint) has written
    /// before a kill. \a changed are tensors beside the Linears that come with their block; \a memory bytes
    /// the job will take. Io when the disk has no room.
    static Result<FolderWriter> open(const FolderJob &what, const std::filesystem::path &destination,
                                     const std::string &fingerprint, std::set<std::string> changed,
                                     std::uint64_t memory, JobContext &job);

    /// Blocks that need not be quantized again.
    std::int64_t finishedLayers() const { return m_journal.layers; }
    /// Writes what is neither a Linear of a block nor changed.
    Status copyTensors(JobContext &job);
    /// Writes a Linear that \a quantized holds and notes how far it is from \a weight [out, in]; \a loss is
    /// the method's own measure.
    Status writeModule(std::int64_t layer, const LinearShape &shape, const Matrix &weight,
                       const QuantizedLinear &quantized, double loss);
    /// Writes \a values as the tensor \a name, if that is one of the changed ones.
    Status writeChanged(const std::string &name, const std::vector<float> &values);
    /// All tensors of the block \a layer are written: a kill costs none of them from here on.
    Status finishLayer(std::int64_t layer);
    /// The weight [out, in] that a finished layer has for \a shape; not for bitsandbytes' layouts.
    Result<Matrix> writtenWeight(std::int64_t layer, const LinearShape &shape) const;
    /// Completes the folder. All of the report but the windows and the seconds.
    Result<LlmQuantizeReport> finish();

private:
    FolderWriter(const FolderJob &what, WorkFolder work, OutputFolder folder, std::set<std::string> changed);
    Status createWriter(const std::filesystem::path &destination, std::uint64_t memory, JobContext &job);
    Status takeUp(const std::filesystem::path &destination, JobContext &job);
    void tellTied(JobContext &job) const;
    std::vector<SafetensorsDeclaration> plan();
    DType storedType(DType type) const;
    DType floatType(const std::string &module) const;
    Status write(const std::string &name, const Tensor &tensor);
    Status writeOfLayer(const std::string &name, const Tensor &tensor);
    Status writeConfig() const;

    FolderJob m_what;
    std::optional<SafetensorsWriter> m_writer;
    WorkFolder m_work;
    OutputFolder m_folder;
    std::set<std::string> m_changed;
    std::vector<std::string> m_copied; ///< tensors that are not quantized, the changed ones among them
    std::map<std::string, std::uint64_t> m_declared; ///< bytes of all tensors of the result
    FolderJournal m_journal;
    std::uint64_t m_sizeBytes = 0; ///< of all tensors that are written
};

} // namespace qs
