// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggmllanes.h"

#include <algorithm>

/// The searches for scales of ggml's reference quantizers (ggml-quants.c: make_qx_quants, make_qkx2_quants,
/// make_qkx3_quants, make_qp_quants), a group a lane. Files are compared bit by bit with those of the
/// reference: the order of additions and products must stay, and nothing may be fused (-ffp-contract=off).
namespace qs::ggml {

/// Groups whose largest magnitude is below are stored as zero.
inline constexpr float kTiny = 1e-15F;

/// First element of the largest magnitude of each lane.
template <int kSize> QS_INLINE FloatLanes extreme(const FloatLanes *x)
{
    FloatLanes best {};
    FloatLanes value {};
    for (int i = 0; i < kSize; ++i) {
        const FloatLanes size = magnitude(x[i]);
        value = select(size > best, x[i], value);
        best = greater(size, best);
    }
    return value;
}

/// Scale for codes in [-nmax, nmax - 1], by weighted least squares over 19 roundings. \a codes get nmax
/// added. Lanes without anything but zeros have scale and codes 0.
template <int kSize>
QS_INLINE FloatLanes searchSymmetric(const FloatLanes *x, const FloatLanes *w, int nmax, IntLanes *codes)
{
    FloatLanes peak = extreme<kSize>(x);
    const IntLanes isZero = magnitude(peak) < kTiny;
    peak = select(isZero, broadcast(1.F), peak);
    const auto top = static_cast<float>(nmax);

    FloatLanes scale {};
    FloatLanes best {};
    FloatLanes bestInverse {};
    for (int candidate = -1; candidate < 19; ++candidate) {
        const int step = candidate < 0 ? 0 : candidate - 9;
        if (candidate >= 0 && step == 0)
            continue;
        const FloatLanes inverse = -(top + 0.1F * static_cast<float>(step)) / peak;
        FloatLanes sumLx {};
        FloatLanes sumL2 {};
        for (int i = 0; i < kSize; ++i) {
            // |inverse * x| is at most nmax + 1, so rounding can stay in floats.
            FloatLanes l = (inverse * x[i] + kRounder) - kRounder;
            l = lesser(greater(l, broadcast(-top)), broadcast(top - 1.F));
            sumLx += w[i] * x[i] * l;
            sumL2 += w[i] * l * l;
        }
        if (candidate < 0) {
            scale = select(sumL2 != 0.F, sumLx / sumL2, FloatLanes {});
            best = scale * sumLx;
            bestInverse = inverse;
            continue;
        }
        const IntLanes isBetter = (sumL2 > 0.F) & (sumLx * sumLx > best * sumL2);
        scale = select(isBetter, sumLx / sumL2, scale);
        best = select(isBetter, scale * sumLx, best);
        bestInverse = select(isBetter, inverse, bestInverse);
    }
    for (int i = 0; i < kSize; ++i)
        codes[i] = select(isZero, IntLanes {}, clamp(nearestInt(bestInverse * x[i]), -nmax, nmax - 1) + nmax);
    return select(isZero, FloatLanes {}, scale);
}

/// The numbers of a search for a scale and a minimum.
struct GridSteps
{
    float first; ///< added to the largest code
    float step;
    int count; ///< candidates are 0 … count
    bool isAbsolute; ///< weighs |error| instead of its square
};

/// What a search for a scale and a minimum finds: x ~ scale * code - minimum, minimum >= 0.
struct ScaleAndMinimum
{
    FloatLanes scale;
    FloatLanes minimum;
};

template <int kSize, GridSteps kSteps>
QS_INLINE FloatLanes gridError(const FloatLanes *x, const FloatLanes *w, const FloatLanes *l,
                               FloatLanes scale, FloatLanes low)
{
    FloatLanes error {};
    for (int i = 0; i < kSize; ++i) {
        const FloatLanes difference = scale * l[i] + low - x[i];
        error += w[i] * (kSteps.isAbsolute ? magnitude(difference) : difference * difference);
    }
    return error;
}

/// Codes in [0, kMax].
template <int kSize, int kMax, GridSteps kSteps>
QS_INLINE ScaleAndMinimum searchGrid(const FloatLanes *x, const FloatLanes *w, IntLanes *codes)
{
    constexpr auto kTop = static_cast<float>(kMax);
    FloatLanes low = x[0];
    FloatLanes high = x[0];
    FloatLanes sumW {};
    FloatLanes sumX {};
    for (int i = 0; i < kSize; ++i) {
        low = lesser(x[i], low);
        high = greater(x[i], high);
        sumW += w[i];
        sumX += w[i] * x[i];
    }
    const FloatLanes smallest = low;
    low = select(low > 0.F, FloatLanes {}, low); // keeps the sign of a zero, which is stored
    const IntLanes isFlat = high <= low;
    FloatLanes l[kSize];

    FloatLanes inverse = kTop / select(isFlat, broadcast(1.F), high - low);
    FloatLanes scale = 1.F / inverse;
    for (int i = 0; i < kSize; ++i)
        l[i] = toFloat(clamp(nearestInt(inverse * (x[i] - low)), 0, kMax));
    FloatLanes best = gridError<kSize, kSteps>(x, w, l, scale, low);
    FloatLanes bestInverse = inverse;
    FloatLanes bestBase = low;

    for (int step = 0; step <= kSteps.count; ++step) {
        inverse = (kSteps.first + kSteps.step * static_cast<float>(step) + kTop)
            / select(isFlat, broadcast(1.F), high - low);
        FloatLanes sumL {};
        FloatLanes sumL2 {};
        FloatLanes sumXl {};
        // Both roundings below are monotonic, so the ends tell whether all values can be rounded as floats.
        const FloatLanes from = magnitude(inverse * (smallest - low));
        const FloatLanes to = magnitude(inverse * (high - low));
        const bool isTame = !any(~((from < 4194303.F) & (to < 4194303.F)));
        for (int i = 0; i < kSize; ++i) {
            const FloatLanes position = inverse * (x[i] - low);
            if (isTame)
                l[i] = lesser(greater(position + kRounder, broadcast(kRounder)), broadcast(kRounder + kTop))
                    - kRounder;
            else
                l[i] = toFloat(clamp(nearestInt(position), 0, kMax));
            sumL += w[i] * l[i];
            sumL2 += w[i] * l[i] * l[i];
            sumXl += w[i] * l[i] * x[i];
        }
        const FloatLanes determinant = sumW * sumL2 - sumL * sumL;
        FloatLanes newScale = (sumW * sumXl - sumX * sumL) / determinant;
        FloatLanes newLow = (sumL2 * sumX - sumL * sumXl) / determinant;
        const IntLanes isAbove = newLow > 0.F;
        newScale = select(isAbove, sumXl / sumL2, newScale);
        newLow = select(isAbove, FloatLanes {}, newLow);
        const FloatLanes error = gridError<kSize, kSteps>(x, w, l, newScale, newLow);
        const IntLanes isBetter = (determinant > 0.F) & (error < best) & ~isFlat;
        bestInverse = select(isBetter, inverse, bestInverse);
        bestBase = select(isBetter, low, bestBase);
        best = select(isBetter, error, best);
        scale = select(isBetter, newScale, scale);
        low = select(isBetter, newLow, low); // later candidates start from it
    }
    for (int i = 0; i < kSize; ++i)
        codes[i] = select(isFlat, IntLanes {}, clamp(nearestInt(bestInverse * (x[i] - bestBase)), 0, kMax));
    return {select(isFlat, FloatLanes {}, scale), -low};
}

/// Scale for \a size values >= 0 with codes in [0, nmax]: the scales of the groups of a super-block.
inline float searchPositive(int size, const float *x, const float *w, int nmax, std::uint8_t *codes)
{
    const float peak = *std::max_element(x, x + size);
    if (!(peak >= kTiny)) {
        std::fill(codes, codes + size, std::uint8_t {0});
        return 0.F;
    }
    const auto squareError = [&](float inverse) {
        const float scale = 1.F / inverse;
        float error = 0.F;
        for (int i = 0; i < size; ++i) {
            const float difference
                = x[i] - scale * static_cast<float>(std::min(nmax, nearestInt(inverse * x[i])));
            error += w[i] * difference * difference;
        }
        return error;
    };
    float inverse = static_cast<float>(nmax) / peak;
    float best = squareError(inverse);
    for (int step = -4; step <= 4; ++step) {
        const float candidate = (0.1F * static_cast<float>(step) + static_cast<float>(nmax)) / peak;
        const float error = step == 0 ? best : squareError(candidate);
        if (error < best) {
            best = error;
            inverse = candidate;
        }
    }
    float sumLx = 0.F;
    float sumL2 = 0.F;
    for (int i = 0; i < size; ++i) {
        codes[i] = static_cast<std::uint8_t>(std::min(nmax, nearestInt(inverse * x[i])));
        const float l = codes[i];
        sumLx += w[i] * x[i] * l;
        sumL2 += w[i] * l * l;
    }
    for (int pass = 0; pass < 5; ++pass) {
        bool isChanged = false;
        for (int i = 0; i < size; ++i) {
            const float l = codes[i];
            float restLx = sumLx - w[i] * x[i] * l;
            float restL2 = sumL2 - w[i] * l * l;
            if (!(restLx > 0.F && restL2 > 0.F))
                continue;
            const int code = std::min(nmax, nearestInt(x[i] * restL2 / restLx));
            if (code == codes[i])
                continue;
            restLx += w[i] * x[i] * static_cast<float>(code);
            restL2 += w[i] * static_cast<float>(code) * static_cast<float>(code);
            if (restLx * restLx * sumL2 > sumLx * sumLx * restL2) {
                codes[i] = static_cast<std::uint8_t>(code);
                sumLx = restLx;
                sumL2 = restL2;
                isChanged = true;
            }
        }
        if (!isChanged)
            break;
    }
    return sumL2 > 0.F ? sumLx / sumL2 : 0.F;
}

} // namespace qs::ggml
