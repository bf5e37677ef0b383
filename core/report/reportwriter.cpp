// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/report/report.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace {

std::string dump(const nlohmann::json &json)
{
    // Names of layers may hold any bytes; a report is not the place to fail over them.
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace

Status writeReport(std::span<const RunPtr> runs, const std::filesystem::path &folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return systemError(folder, error.value());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        QS_CHECK(writeFileAtomically(folder / ("layers-" + number + ".csv"), csvReport(*runs[i])));
        if (runs[i]->quantized)
            QS_CHECK(writeFileAtomically(folder / ("recipe-" + number + ".json"),
                                         dump(toJson(runs[i]->quantized->recipe))));
    }
    QS_CHECK(writeFileAtomically(folder / "report.json", dump(jsonReport(runs))));
    QS_CHECK(writeFileAtomically(folder / "report.md", markdownReport(runs)));
    // Last, so that a page that is there refers to files that are there.
    return writeFileAtomically(folder / "index.html", htmlReport(runs));
}

} // namespace qs
