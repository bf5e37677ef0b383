// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/layerrows.h"
#include "core/report/report.h"
#include "core/report/text.h"

#include <cmath>

namespace qs {
namespace {

/// Spreadsheets read "inf" as text and a number as a number; an absent value is an empty field.
std::string number(double value)
{
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    return compact(value, 9);
}

std::string metrics(const std::optional<DriftMetrics> &m)
{
    if (!m)
        return ",,,";
    return number(m->sqnrDb) + ',' + number(m->cosine) + ',' + number(m->maxAbs) + ','
        + number(m->clippedPercent);
}

std::string range(const std::optional<Range> &r)
{
    return r ? number(r->min) + ',' + number(r->max) : std::string(",");
}

} // namespace

std::string csvReport(const Run &run)
{
    std::string csv
        = "layer,op,quantized,precision,weights,reason,tensor,range_reason,seen_min,seen_max,grid_min,"
          "grid_max,sqnr_db,cosine,max_abs,clipped_percent,alone_sqnr_db,alone_cosine,alone_max_abs,"
          "alone_clipped_percent\r\n";
    for (const LayerRow &row : makeLayerRows(run)) {
        csv += csvField(row.name) + ',' + csvField(row.op) + (row.quantized ? ",1," : ",0,")
            + csvField(row.precision) + ',' + csvField(row.weights) + ',' + csvField(row.reason) + ','
            + csvField(row.tensor) + ',' + csvField(row.observer) + ',' + range(row.extent) + ','
            + range(row.clip) + ',' + metrics(row.drift) + ',' + metrics(row.alone) + "\r\n";
    }
    return csv;
}

} // namespace qs
