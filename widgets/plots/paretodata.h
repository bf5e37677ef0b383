// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

#include <limits>
#include <optional>

namespace qs {

/// What accuracy costs; less is better.
enum class ParetoCost { Size, Latency };
/// What it is measured by; more is better.
enum class ParetoQuality { Top1, Agreement, OutputSqnr };

/// One run as a point.
struct ParetoPoint
{
    std::string name;
    int run = -1; ///< index of the run, -1 = the float model
    double cost = 0; ///< bytes or milliseconds (median)
    double costHigh = 0; ///< p90 for latency, else the same as cost
    double quality = 0; ///< percent or decibels
    double qualityLow = 0; ///< 95 % interval
    double qualityHigh = 0;
    bool onFront = false; ///< no other point is at least as good in both and better in one

    bool operator==(const ParetoPoint &) const = default;
};

/// Top-1 when any run has it, else agreement, else the SQNR of the outputs.
ParetoQuality bestQuality(std::span<const RunPtr> runs);
/// Runs that were measured in both ways, the float model first where it can be placed.
std::vector<ParetoPoint> paretoPoints(std::span<const RunPtr> runs, ParetoCost cost, ParetoQuality quality);

} // namespace qs
