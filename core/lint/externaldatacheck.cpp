// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// protobuf ends at 2 GiB, so what is larger keeps its tensors in files beside it: named relative to the
// model, and large ones at offsets that can be mapped into memory (onnx.proto, TensorProto.external_data: a
// multiple of the page size, 4096).
#include "core/lint/lint.h"

#include "core/model/subgraphs.h"
#include "core/model/tensorview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace qs {
namespace {

constexpr std::uint64_t kLargestMessage = 0x7fffffff; // protobuf counts in 31 bits
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kWorthMapping = std::uint64_t {1} << 20; // onnx.proto: "above 1 MB"

struct Place
{
    std::string location;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

std::uint64_t numberOf(const std::string &text)
{
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Place placeOf(const onnx::TensorProto &tensor)
{
    Place place;
    for (const auto &entry : tensor.external_data()) {
        if (entry.key() == "location")
            place.location = entry.value();
        else if (entry.key() == "offset")
            place.offset = numberOf(entry.value());
        else if (entry.key() == "length")
            place.length = numberOf(entry.value());
    }
    return place;
}

bool leavesTheFolder(const std::string &location)
{
    const std::filesystem::path path(location);
    return location.empty() || path.is_absolute() || location.find('\\') != std::string::npos
        || std::find(path.begin(), path.end(), "..") != path.end();
}

void checkExternal(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    int unaligned = 0;
    std::string first;
    std::set<std::string> locations;
    forEachTensor(input.model().proto(), [&](const onnx::TensorProto &tensor) {
        if (!isExternal(tensor))
            return;
        const Place place = placeOf(tensor);
        if (leavesTheFolder(place.location) && locations.insert(place.location).second)
            findings.push_back(
                {Severity::Error, "external-location", tensor.name(),
                 sentence(QS_TR_NOOP("Sentence",
                                     "its data is in '%1', which is not a file name beside the model; save "
                                     "the model again"),
                          {place.location})});
        if (place.length >= kWorthMapping && place.offset % kPage != 0 && unaligned++ == 0)
            first = tensor.name();
    });
    if (unaligned > 0)
        findings.push_back(
            {Severity::Info, "external-not-aligned", first,
             countedSentence(QS_TR_N_NOOP("Sentence",
                                          "%n large tensor(s) at offsets that are no multiple of 4096, so "
                                          "not to be mapped into memory: save the model again"),
                             unaligned)});
    if (input.model().proto().ByteSizeLong() > kLargestMessage)
        findings.push_back(
            {Severity::Error,
             "file-too-large",
             {},
             sentence(QS_TR_NOOP("Sentence",
                                 "the model is over the 2 GiB that protobuf can hold; keep its tensors in a "
                                 "file beside it"))});
}

} // namespace

void register_externaldatacheck(LintRegistry &registry)
{
    registry.add({.id = "external-data", .ofFile = true, .apply = checkExternal});
}

} // namespace qs
