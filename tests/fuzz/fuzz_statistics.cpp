// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/statistics.h"
#include "tests/fuzz/fuzztarget.h"

using namespace qs;
using namespace qs::test;

namespace {

constexpr const char *kFingerprint = "f00d";

} // namespace

std::vector<std::string> qs::test::fuzzSeeds()
{
    Statistics statistics;
    TensorStatistics tensor;
    tensor.extent = {-1.5F, 2};
    tensor.movingAverage = {-1, 1.75F};
    tensor.histogram.emplace();
    tensor.histogram->add(std::vector<float> {-1.5F, 0.25F, 2, 2});
    tensor.channels = {{-1.5F, 0.25F}, {2, 2}};
    tensor.channelMeans = {-0.625, 2};
    tensor.channelMeanSquares = {0.5, 4};
    tensor.count = 4;
    statistics.tensors["t"] = tensor;
    tensor.histogram.reset();
    statistics.tensors["\xC3\xA4"] = tensor;
    statistics.samples = 8;
    statistics.fingerprint = kFingerprint;
    const std::filesystem::path file = fuzzFolder() / "seed.json";
    FUZZ_CHECK(saveStatistics(statistics, file).ok());
    return {contentOf(file)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto statistics = loadStatistics(writeInput("s.json", textOf(data, size)), kFingerprint);
    if (!isAccepted(statistics))
        return 0;
    for (const auto &[name, tensor] : (*statistics)->tensors) {
        if (!tensor.histogram || tensor.histogram->isEmpty())
            continue;
        const Range extent = tensor.histogram->extent();
        const double middle = tensor.histogram->quantile(0.5);
        FUZZ_CHECK(middle >= extent.min && middle <= extent.max);
        const double outside = tensor.histogram->fractionOutside({extent.min / 2, extent.max / 2});
        FUZZ_CHECK(outside >= 0 && outside <= 1);
    }
    return 0;
}
