// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufplan.h"

#include "core/llm/ggufcolumns.h"
#include "core/llm/safetensorsheader.h"

#include <algorithm>

namespace qs {
namespace {

constexpr std::uint32_t kQuantizationVersion = 2; // GGML_QNT_VERSION

Status checkSource(const GgufSource &source, const std::vector<GgufTypeChoice> &choices, bool allowRequantize)
{
    const GgufHeader &header = source.header();
    if (header.number("split.count").value_or(0) > 1)
        return Error {ErrorCode::Unsupported, source.name(),
                      "is one of several parts of a model; put them together first"};
    for (std::size_t i = 0; i < header.tensors.size(); ++i) {
        const GgufTensorInfo &tensor = header.tensors[i];
        const GgmlTraits &traits = ggmlTraits(tensor.type);
        if (tensor.type == choices[i].type)
            continue;
        if (!traits.dequantize)
            return Error {ErrorCode::Unsupported, source.name(),
                          "tensor " + quotedName(tensor.name) + " is of type " + std::string(traits.name)
                              + ", which is not decoded here"};
        if (traits.isQuantized && !allowRequantize)
            return Error {ErrorCode::InvalidArgument, source.name(),
                          "is quantized already (tensor " + quotedName(tensor.name) + " is "
                              + std::string(traits.name)
                              + "); take the original, or allow quantizing it again"};
    }
    return Done {};
}

std::uint64_t fileBytesOf(const GgufHeader &header)
{
    if (header.tensors.empty())
        return header.dataStart;
    const GgufTensorInfo &last = header.tensors.back();
    return header.dataStart + last.offset + padded(last.byteSize, header.alignment);
}

} // namespace

Result<GgufPlan> planGguf(const GgufSource &source, const GgufQuantizeOptions &options)
{
    assert(options.mix);
    GgufMixOptions types = options.types;
    types.hasImportance = types.hasImportance || options.importance;
    auto choices = options.choices.empty() ? chooseGgufTypes(source.header(), *options.mix, types)
                                           : Result<std::vector<GgufTypeChoice>>(options.choices);
    if (!choices.ok())
        return Error {choices.error().code, source.name(), choices.error().detail};
    GgufPlan plan {*std::move(choices), source.header(), 0};
    assert(plan.choices.size() == plan.header.tensors.size());
    QS_CHECK(checkSource(source, plan.choices, options.allowRequantize));
    for (std::size_t i = 0; i < plan.choices.size(); ++i) {
        const GgufTensorInfo &tensor = source.header().tensors[i];
        if (tensor.type != plan.choices[i].type) // the others are copied
            QS_CHECK(columnWeights(source, tensor, plan.choices[i].type, options.importance));
    }
    plan.header.set("general.file_type", options.mix->fileType);
    plan.header.set("general.quantization_version", kQuantizationVersion);
    for (std::size_t i = 0; i < plan.choices.size(); ++i)
        plan.header.tensors[i].type = plan.choices[i].type;
    if (const auto bytes = layOutGguf(plan.header); !bytes.ok())
        return Error {bytes.error().code, source.name(), bytes.error().detail};
    plan.fileBytes = fileBytesOf(plan.header);
    return plan;
}

Status tellGgufNeeds(const std::filesystem::path &out, std::uint64_t disk, std::uint64_t memory,
                     JobContext &job)
{
    QS_TRY([[maybe_unused]] const AtomicFile probe, AtomicFile::create(out)); // leaves nothing behind
    tellNeeds(out, disk, memory, job);
    return checkRoom(out, disk - std::min(disk, workBytes(out)));
}

void tellGgufTypes(const GgufSource &source, const GgufPlan &plan, JobContext &job)
{
    const std::vector<GgufTensorInfo> &tensors = plan.header.tensors;
    const GgufTensorInfo *embeddings = plan.header.findTensor("token_embd.weight");
    if (embeddings && !plan.header.findTensor("output.weight"))
        job.report(
            {Severity::Info, "tied-embeddings", source.name(),
             sentence(QS_TR_NOOP("Sentence", "the embeddings are the output matrix, too: stored once, as %1"),
                      {std::string(ggmlTraits(embeddings->type).name)})});
    const auto isFallback = [](const GgufTypeChoice &choice) { return choice.isFallback; };
    const auto first = std::find_if(plan.choices.begin(), plan.choices.end(), isFallback);
    if (first == plan.choices.end())
        return;
    const GgufTensorInfo &example = tensors[static_cast<std::size_t>(first - plan.choices.begin())];
    const auto count = std::count_if(plan.choices.begin(), plan.choices.end(), isFallback);
    job.report(
        {Severity::Info, "type-fallback", source.name(),
         countedSentence(
             QS_TR_N_NOOP("Sentence", "another type than asked for in %n tensor(s); %1 becomes %2: %3"),
             static_cast<int>(count),
             {example.name, std::string(ggmlTraits(example.type).name), first->reason})});
}

} // namespace qs
