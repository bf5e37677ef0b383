// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufquantize.h"

#include "core/base/sha256.h"
#include "core/llm/ggufcolumns.h"
#include "core/llm/ggufplan.h"
#include "core/llm/parallel.h"
#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kChunkElements = 1 << 17; ///< that a thread takes at a time
constexpr std::int64_t kSlabElements = 1 << 23; ///< that are in memory at a time, quantized

struct ErrorSums
{
    double squares = 0;
    double errors = 0;
};

ErrorSums compare(std::span<const float> x, std::span<const float> y)
{
    std::array<ErrorSums, 4> lanes {}; // so that an addition need not wait for the one before
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double value = x[i];
        const double difference = value - double {y[i]};
        lanes[i % 4].squares += value * value;
        lanes[i % 4].errors += difference * difference;
    }
    ErrorSums sums;
    for (const ErrorSums &lane : lanes) {
        sums.squares += lane.squares;
        sums.errors += lane.errors;
    }
    return sums;
}

Error about(const GgufSource &source, const GgufTensorInfo &tensor, const std::string &why)
{
    return {ErrorCode::InvalidArgument, source.name(), "tensor " + quotedName(tensor.name) + " " + why};
}

class Quantizer
{
public:
    Quantizer(const GgufSource &source, const GgufQuantizeOptions &options, GgufWriter &writer,
              JobContext &job)
        : m_source(source)
        , m_options(options)
        , m_writer(writer)
        , m_job(job)
        , m_threads(threadCount(options.threads))
    {
        for (const GgufTensorInfo &tensor : source.header().tensors)
            m_total += tensor.elements();
    }

    Status write(const GgufTensorInfo &from, const GgufTensorInfo &to, GgufQuantizedTensor &report)
    {
        const auto stored = m_source.bytes(from);
        if (from.type == to.type && stored) {
            QS_CHECK(copy(from, *stored));
        } else {
            QS_TRY(const ColumnWeights weights, columnWeights(m_source, from, to.type, m_options.importance));
            report.usedImportance = !weights.values.empty();
            QS_TRY(report.relativeError, encode(from, to, weights));
        }
        return Done {};
    }

    /// A tensor that is in the file already.
    void skip(const GgufTensorInfo &from) { m_done += from.elements(); }

private:
    Status copy(const GgufTensorInfo &from, std::span<const std::byte> bytes)
    {
        const std::int64_t elements = from.elements();
        constexpr std::size_t kPiece = std::size_t {1} << 25;
        const std::int64_t start = m_done;
        const std::size_t size = bytes.size();
        for (std::size_t at = 0; at < size; at += kPiece) {
            m_job.throwIfStopped();
            const auto piece = bytes.subspan(at, std::min(kPiece, size - at));
            QS_CHECK(m_writer.append(piece));
            m_source.forget(from); // a tensor may be as large as the memory
            m_done = start
                + static_cast<std::int64_t>(double(elements) * double(at + piece.size()) / double(size));
            m_job.progress("quantize", m_done, m_total);
        }
        m_done = start + elements;
        return Done {};
    }

    /// Returns the relative error.
    Result<double> encode(const GgufTensorInfo &from, const GgufTensorInfo &to, const ColumnWeights &weights)
    {
        const GgmlTraits &traits = ggmlTraits(to.type);
        const std::int64_t length = from.rowLength();
        const std::int64_t chunkRows = std::max<std::int64_t>(1, kChunkElements / length);
        const std::int64_t slabRows
            = std::max<std::int64_t>(1, kSlabElements / length / chunkRows) * chunkRows;
        ErrorSums total;
        std::vector<std::byte> slab;
        for (std::int64_t first = 0; first < from.rows(); first += slabRows) {
            const std::int64_t rows = std::min(slabRows, from.rows() - first);
            const std::int64_t chunks = (rows + chunkRows - 1) / chunkRows;
            slab.resize(static_cast<std::size_t>(traits.bytesFor(rows * length)));
            std::vector<ErrorSums> sums(static_cast<std::size_t>(chunks));
            std::vector<Status> outcomes(static_cast<std::size_t>(chunks), Done {});
            const auto encodeChunk = [&](std::size_t i) {
                m_job.throwIfStopped();
                const std::int64_t at = static_cast<std::int64_t>(i) * chunkRows;
                const std::int64_t count = std::min(chunkRows, rows - at);
                const auto out
                    = std::span(slab).subspan(static_cast<std::size_t>(traits.bytesFor(at * length)),
                                              static_cast<std::size_t>(traits.bytesFor(count * length)));
                const auto compared = encodeRows(from, traits, weights, first + at, count, out);
                if (compared.ok())
                    sums[i] = *compared;
                else
                    outcomes[i] = compared.error();
            };
            parallelFor(static_cast<std::size_t>(chunks), encodeChunk, m_threads);
            for (const Status &outcome : outcomes)
                QS_CHECK(outcome);
            QS_CHECK(m_writer.append(slab));
            m_source.forget(from);
            for (const ErrorSums &sum : sums) {
                total.squares += sum.squares;
                total.errors += sum.errors;
            }
            m_done += rows * length;
            m_job.progress("quantize", m_done, m_total);
        }
        return total.squares > 0 ? total.errors / total.squares : 0.0;
    }

    Result<ErrorSums> encodeRows(const GgufTensorInfo &from, const GgmlTraits &traits,
                                 const ColumnWeights &weights, std::int64_t first, std::int64_t count,
                                 std::span<std::byte> out) const
    {
        const std::int64_t length = from.rowLength();
        std::vector<float> values(static_cast<std::size_t>(count * length));
        QS_CHECK(m_source.rows(from, first, count, values));
        if (!isFinite(ggmlTraits(GgmlType::F32), std::as_bytes(std::span(values))))
            return about(m_source, from, "has values that are infinite or no numbers");
        for (std::int64_t done = 0; done < count;) { // rows of one matrix at a time
            std::int64_t rows = count - done;
            if (weights.rowsPerMatrix > 0)
                rows = std::min(rows, weights.rowsPerMatrix - (first + done) % weights.rowsPerMatrix);
            traits.quantize(values.data() + done * length, out.data() + traits.bytesFor(done * length), rows,
                            length, weights.forRow(first + done, length));
            done += rows;
        }
        if (!isFinite(traits, out))
            return about(m_source, from, "has values too large for type " + std::string(traits.name));
        std::vector<float> back(values.size());
        traits.dequantize(out.data(), back.data(), count * length);
        return compare(values, back);
    }

    const GgufSource &m_source;
    const GgufQuantizeOptions &m_options;
    GgufWriter &m_writer;
    JobContext &m_job;
    int m_threads;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
};

/// "blk.3" of "blk.3.attn_q.weight", else the whole name.
std::string_view layerNameOf(std::string_view name)
{
    return name.starts_with("blk.") ? name.substr(0, name.find('.', 4)) : name;
}

/// What a file's bytes depend on.
std::string fingerprintOf(const GgufSource &source, const GgufHeader &target,
                          const GgufQuantizeOptions &options)
{
    Sha256 hash;
    hash.updateField("gguf 1").updateField(modelStamp(source.name()));
    for (const GgufTensorInfo &tensor : target.tensors)
        hash.updateField(tensor.name).updateNumber(static_cast<std::uint64_t>(tensor.type));
    GgufHeader copy = target;
    if (const auto bytes = layOutGguf(copy); bytes.ok())
        hash.updateField(*bytes);
    if (options.importance) {
        for (const auto &[name, entry] : options.importance->entries) {
            hash.updateField(name);
            hash.update(std::as_bytes(std::span(entry.values)));
        }
    }
    return hash.hexDigest();
}

struct GgufJournalEntry
{
    bool usedImportance = false;
    double relativeError = 0;
};

nlohmann::json ggufJournal(const std::vector<GgufQuantizedTensor> &tensors)
{
    nlohmann::json list = nlohmann::json::array();
    for (const GgufQuantizedTensor &tensor : tensors)
        list.push_back({tensor.usedImportance, tensor.relativeError});
    return {{"tensors", std::move(list)}};
}

/// Empty when there is none.
std::vector<GgufJournalEntry> readGgufJournal(const nlohmann::json &json)
{
    std::vector<GgufJournalEntry> entries;
    if (!json.is_object() || !json.contains("tensors") || !json["tensors"].is_array())
        return entries;
    for (const nlohmann::json &entry : json["tensors"]) {
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_boolean() || !entry[1].is_number())
            return {};
        entries.push_back({entry[0].get<bool>(), entry[1].get<double>()});
    }
    return entries;
}

} // namespace

double GgufQuantizeResult::bitsPerWeight() const
{
    double bits = 0;
    double elements = 0;
    for (const GgufQuantizedTensor &tensor : tensors) {
        bits += 8.0 * double(tensor.byteSize);
        elements += double(tensor.elements);
    }
    return elements > 0 ? bits / elements : 0;
}

std::uint64_t ggufQuantizeMemory(const GgufHeader &header, int threads)
{
    std::int64_t longest = 0;
    for (const GgufTensorInfo &tensor : header.tensors)
        longest = std::max(longest, tensor.rowLength());
    const auto chunk = static_cast<std::uint64_t>(std::max(kChunkElements, longest));
    const auto slab = static_cast<std::uint64_t>(std::max(kSlabElements, longest));
    // A slab of the source and of the result, and each thread's floats, and floats again.
    return 8 * slab + static_cast<std::uint64_t>(threadCount(threads)) * chunk * 2 * sizeof(float);
}

Result<GgufQuantizeResult> quantizeGguf(const GgufSource &source, const fs::path &out,
                                        const GgufQuantizeOptions &options, JobContext &job)
{
    QS_TRY(const GgufPlan plan, planGguf(source, options));
    const std::vector<GgufTypeChoice> &choices = plan.choices;
    QS_TRY(const WorkFolder work, WorkFolder::open(out, fingerprintOf(source, plan.header, options)));
    const std::vector<GgufJournalEntry> journal = readGgufJournal(work.journal());
    QS_TRY(GgufWriter writer, GgufWriter::resume(out, work.path() / "data", plan.header, journal.size()));
    if (writer.tensor() > 0)
        job.report({Severity::Info, "resumed", out.string(),
                    sentence(QS_TR_NOOP("Sentence", "goes on where it was ended: %1 of %2 are done"),
                             {std::to_string(writer.tensor()), std::to_string(choices.size())})});
    Quantizer quantizer(source, options, writer, job);
    GgufQuantizeResult result;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        job.throwIfStopped();
        const GgufTensorInfo &from = source.header().tensors[i];
        const GgufTensorInfo &to = writer.header().tensors[i];
        GgufQuantizedTensor report {
            from.name,  from.type, to.type, choices[i].reason, static_cast<std::uint64_t>(from.elements()),
            to.byteSize};
        if (i < writer.tensor()) {
            report.usedImportance = journal[i].usedImportance;
            report.relativeError = journal[i].relativeError;
            quantizer.skip(from);
        } else {
            QS_CHECK(quantizer.write(from, to, report));
        }
        result.tensors.push_back(std::move(report));
        const bool endsLayer = i + 1 == choices.size()
            || layerNameOf(source.header().tensors[i + 1].name) != layerNameOf(from.name);
        if (endsLayer && i + 1 == writer.tensor()) {
            QS_CHECK(writer.sync());
            QS_CHECK(work.writeJournal(ggufJournal(result.tensors)));
        }
    }
    job.throwIfStopped();
    QS_TRY(result.byteSize, writer.finish());
    return result;
}

} // namespace qs
