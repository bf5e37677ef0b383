// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/safetensors.h"
#include "core/llm/safetensorswriter.h"
#include "tests/fuzz/fuzztarget.h"

using namespace qs;
using namespace qs::test;

std::vector<std::string> qs::test::fuzzSeeds()
{
    std::vector<NamedTensor> tensors;
    for (const char *name : {"BOOL", "F4", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "F16", "BF16", "I32",
                             "F32", "C64", "F64", "I64", "U64"})
        tensors.push_back({name, Tensor(*safetensorsType(name), {3, 2})});
    const std::filesystem::path file = fuzzFolder() / "seed.safetensors";
    FUZZ_CHECK(writeSafetensors(file, tensors).ok());
    const std::string all = contentOf(file);
    const std::vector<NamedTensor> few {{"scalar", Tensor(DType::UInt8, {})},
                                        {"nothing", Tensor(DType::Float32, {4, 0})},
                                        {"w", Tensor(DType::Float16, {2, 3})}};
    FUZZ_CHECK(writeSafetensors(file, few, {{"format", "pt"}, {"note", "\xC3\xA4 \"quoted\""}}).ok());
    return {all, contentOf(file)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto file = SafetensorsFile::open(writeInput("x.safetensors", textOf(data, size)));
    if (!isAccepted(file))
        return 0;
    std::uint64_t total = 0;
    unsigned sum = 0;
    for (const SafetensorsEntry &entry : (*file)->header().entries) {
        const Tensor tensor = (*file)->tensor(entry);
        total += tensor.byteSize();
        for (const std::byte byte : tensor.bytes()) // touches every byte
            sum += static_cast<unsigned>(byte);
        (*file)->forget(entry);
    }
    FUZZ_CHECK(total <= size && sum <= 255 * total); // tensors are never larger than their file
    // What was read can be written, and means the same then.
    const std::string header = makeSafetensorsHeader((*file)->header());
    const auto again = parseSafetensorsHeader(std::string_view(header).substr(8), total);
    FUZZ_CHECK(isValue(again) && *again == (*file)->header());
    return 0;
}
