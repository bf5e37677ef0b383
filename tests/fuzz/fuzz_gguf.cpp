// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointview.h"
#include "core/llm/gguf.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/tokenizer.h"
#include "core/llm/weightsource.h"
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/tinyllama.h"

#include <cmath>

using namespace qs;
using namespace qs::test;

namespace {

/// Every type of value, arrays in arrays, blocks, all numbers of dimensions, an alignment of its own.
std::string richFile()
{
    GgufHeader header;
    const auto list = [](auto... items) { return GgufArray {std::vector {items...}}; };
    header.metadata = {{"general.architecture", std::string("llama")},
                       {"general.alignment", std::uint32_t {64}},
                       {"u8", std::uint8_t {200}},
                       {"i8", std::int8_t {-3}},
                       {"u16", std::uint16_t {60000}},
                       {"i16", std::int16_t {-300}},
                       {"i32", std::int32_t {-70000}},
                       {"f32", std::nanf("5")},
                       {"bool", true},
                       {"u64", std::uint64_t {1} << 63},
                       {"i64", std::int64_t {-5}},
                       {"f64", 0.1},
                       {"strings", list(std::string(), std::string("a\0b", 3), std::string("\xE4\xB8\xAD"))},
                       {"bools", GgufArray {std::vector<bool> {false, true}}},
                       {"nested", list(list(std::uint8_t {1}), list(std::int64_t {2}))},
                       {"none", GgufArray {std::vector<double> {}}}};
    header.tensors = {{"vector", GgmlType::F32, {3}},
                      {"blocks", GgmlType::Q4_K, {256, 2}},
                      {"cube", GgmlType::Q8_0, {32, 1, 2}},
                      {"four", GgmlType::F16, {1, 2, 1, 2}}};
    const std::filesystem::path file = fuzzFolder() / "seed.gguf";
    auto writer = GgufWriter::create(file, header);
    FUZZ_CHECK(isValue(writer));
    for (const GgufTensorInfo &tensor : writer->header().tensors)
        FUZZ_CHECK(writer->append(std::vector<std::byte>(tensor.byteSize, std::byte {17})).ok());
    FUZZ_CHECK(writer->finish().ok());
    return contentOf(file);
}

/// A whole model with its tokenizer.
std::string modelFile()
{
    TinyLlama what;
    what.hidden = 32;
    what.intermediate = 64;
    what.layers = 1;
    JobContext job;
    const auto source = openHfFolder(makeTinyLlama(fuzzFolder() / "m", what), job);
    GgufQuantizeOptions options;
    options.mix = requireGgufMix("Q8_0").value();
    const std::filesystem::path file = fuzzFolder() / "m.gguf";
    FUZZ_CHECK(isValue(source) && quantizeGguf(**source, file, options, job).ok());
    return contentOf(file);
}

/// What was read can be written, and means the same then.
void writeAgain(GgufHeader header, std::string_view bytes)
{
    const std::uint64_t size = header.dataStart;
    const auto written = layOutGguf(header);
    FUZZ_CHECK(isValue(written) && written->size() == size);
    const std::string_view start = bytes.substr(8, size - 8); // but for the version
    const auto differs = std::mismatch(start.begin(), start.end(), written->begin() + 8);
    // Only padding is not kept.
    FUZZ_CHECK(std::all_of(differs.second, written->end(), [](char c) { return c == '\0'; }));
}

} // namespace

std::vector<std::string> qs::test::fuzzSeeds()
{
    return {richFile(), modelFile()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto header = parseGgufHeader(std::as_bytes(std::span(data, size)), size);
    if (!isAccepted(header))
        return 0;
    writeAgain(*header, textOf(data, size));
    const std::filesystem::path path = writeInput("x.gguf", textOf(data, size));
    const auto file = GgufFile::open(path);
    FUZZ_CHECK(isValue(file));
    for (const GgufTensorInfo &tensor : (*file)->header().tensors) {
        FUZZ_CHECK(header->dataStart + tensor.offset + tensor.byteSize <= size && tensor.rows() >= 1);
        std::vector<float> row(static_cast<std::size_t>(tensor.rowLength()));
        for (const std::int64_t at : {std::int64_t {0}, tensor.rows() - 1}) {
            if (const Status read = (*file)->rows(tensor, at, 1, row); !read.ok())
                checkError(read.error());
        }
    }
    if (const auto view = viewCheckpoint(path); isValue(view))
        FUZZ_CHECK(!toJson(*view).empty());
    if (const auto tokenizer = openTokenizer(path); isValue(tokenizer)) {
        if (const auto ids = (*tokenizer)->encode("ab abc ba"); isValue(ids))
            (void)(*tokenizer)->decode(*ids);
    }
    (void)isValue(openCheckpoint(path));
    return 0;
}
