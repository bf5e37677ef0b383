// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggufquantize.h"

/// What quantizing to GGUF will do, found out and told before it starts; no weights are read.
namespace qs {

struct GgufPlan
{
    std::vector<GgufTypeChoice> choices; ///< one for each tensor of the source
    GgufHeader header; ///< of the file, laid out
    std::uint64_t fileBytes = 0;
};

/// Types, header and size of the file that quantizeGguf() makes. Errors: what is quantized already or not
/// decoded here, one of several parts, rules that match nothing, importance of another width.
Result<GgufPlan> planGguf(const GgufSource &source, const GgufQuantizeOptions &options);

/// Says that \a disk bytes are written to \a out and about \a memory bytes taken. Errors where \a out cannot
/// be written, or its disk has no room beside what a killed job has left there.
Status tellGgufNeeds(const std::filesystem::path &out, std::uint64_t disk, std::uint64_t memory,
                     JobContext &job);

/// Says what of the types may surprise: embeddings that are the output matrix, too, and rows that do not fit
/// the type the mix has for them.
void tellGgufTypes(const GgufSource &source, const GgufPlan &plan, JobContext &job);

} // namespace qs
