// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/layerrows.h"
#include "core/report/xmlwriter.h"

#include <span>

/// Inline SVG. Colours come from the page's style sheet, so the charts follow light, dark and print.
namespace qs {

/// Style class of a SQNR: "good" from 30 dB, "fair" from 15 dB, else "poor". 30 dB is an error of 3 % of the
/// signal's magnitude, about what 8 bits cost a layer; below 15 dB (18 %) predictions usually change.
const char *driftClass(double sqnrDb);

/// A column a layer: SQNR on its own activations, with a dot for the layer alone. More layers than fit are
/// grouped, each group shown by its worst.
void writeDriftChart(XmlWriter &xml, std::span<const LayerRow> rows);

/// For each layer the range seen in calibration and the range its grid covers, on a symmetric log scale.
void writeRangeChart(XmlWriter &xml, std::span<const LayerRow> rows);

struct ParetoPoint
{
    std::string name;
    double cost = 0; ///< further left is better
    double quality = 0; ///< further up is better
    double low = 0; ///< interval of quality; equal to quality when there is none
    double high = 0;
    std::string costText;
    std::string qualityText;
    bool isReference = false; ///< the float model
};

/// Quality over cost with the front of those that nothing beats in both.
void writeParetoChart(XmlWriter &xml, std::span<const ParetoPoint> points, std::string_view costTitle,
                      std::string_view qualityTitle);

} // namespace qs
