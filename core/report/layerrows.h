// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

namespace qs {

/// All that a run knows of one layer, joined: a row of the reports' tables.
struct LayerRow
{
    std::string name;
    std::string op;
    bool quantized = false;
    std::string reason; ///< why it is quantized or kept float
    std::string tensor; ///< its output, as compared and planned
    std::string precision; ///< of its output: "uint8", "int8 (4 bit) symmetric", "float"
    std::string weights; ///< "int8 per channel"; empty without quantized weights
    std::string observer; ///< where the range came from
    std::optional<Range> extent; ///< seen in calibration
    std::optional<Range> clip; ///< range of the grid
    std::optional<DriftMetrics> drift; ///< on its own activations
    std::optional<DriftMetrics> alone; ///< on float activations
};

/// One row a node of the plan, in its order, then the layers that only the drift knows.
std::vector<LayerRow> makeLayerRows(const Run &run);

std::string schemeText(const QuantScheme &scheme);

} // namespace qs
