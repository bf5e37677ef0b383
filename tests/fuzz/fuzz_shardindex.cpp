// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The index of a checkpoint in several files; the files beside it are good ones.
#include "core/llm/safetensors.h"
#include "core/llm/safetensorswriter.h"
#include "tests/fuzz/fuzztarget.h"

using namespace qs;
using namespace qs::test;

namespace {

constexpr const char *kIndex = "model.safetensors.index.json";

} // namespace

std::vector<std::string> qs::test::fuzzSeeds()
{
    std::vector<SafetensorsDeclaration> list;
    for (const char *name : {"a", "b", "c", "d"})
        list.push_back({name, DType::Float32, {8}, {}, false});
    SafetensorsWriteOptions options;
    options.shardBytes = 64;
    auto writer = SafetensorsWriter::create(fuzzFolder(), list, options);
    FUZZ_CHECK(isValue(writer));
    for (const auto &tensor : list)
        FUZZ_CHECK(writer->write(tensor.name, Tensor::fromFloats({8}, std::vector<float>(8, 1.F))).ok());
    FUZZ_CHECK(writer->finish().value().size() == 3); // two shards and the index
    return {contentOf(fuzzFolder() / kIndex)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    [[maybe_unused]] static const auto shards = fuzzSeeds();
    const std::filesystem::path index = writeInput(kIndex, textOf(data, size));
    const auto set = SafetensorsSet::open(index);
    if (!isAccepted(set))
        return 0;
    for (const SafetensorsFilePtr &file : set->files())
        FUZZ_CHECK(std::filesystem::equivalent(file->path().parent_path(), fuzzFolder()));
    for (const std::string &name : set->names()) {
        const auto tensor = set->tensor(name);
        FUZZ_CHECK(isValue(tensor) && tensor->size() == 8);
    }
    return 0;
}
