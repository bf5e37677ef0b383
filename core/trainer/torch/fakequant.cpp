// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/fakequant.h"

#include "core/tensor/vectorize.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

namespace qs {
namespace {

/// The last bits of a float or double below which there are no halves: adding and taking off rounds half to
/// even.
template <typename T> constexpr T kRounder = T(1.5) * (std::is_same_v<T, float> ? T(1 << 23) : T(1LL << 52));

template <typename T> QS_INLINE T roundEven(T x)
{
    return (x + kRounder<T>)-kRounder<T>;
}

template <typename T> struct GridOf
{
    T scale, low, high; ///< bounds are distances from the zero point, in steps
};

template <typename T> QS_INLINE void roundBlock(const T *x, T *y, std::size_t count, GridOf<T> grid)
{
    for (std::size_t i = 0; i < count; ++i) {
        // One step beyond the bounds is far enough to be seen as outside, and keeps roundEven() exact.
        T steps = x[i] / grid.scale;
        steps = steps < grid.low - 1 ? grid.low - 1 : steps;
        steps = steps > grid.high + 1 ? grid.high + 1 : steps;
        T q = roundEven(steps);
        q = q < grid.low ? grid.low : q;
        q = q > grid.high ? grid.high : q;
        y[i] = q * grid.scale;
    }
}

/// Sums over one block: gradients of the scale (per scale) and of the zero point.
template <typename T>
QS_INLINE void gradientBlock(const T *x, const T *g, T *gx, std::size_t count, GridOf<T> grid, T &scaleSum,
                             T &zeroSum)
{
    T ofScale = 0;
    T ofZero = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const T steps = x[i] / grid.scale;
        T bounded = steps < grid.low - 1 ? grid.low - 1 : steps;
        bounded = bounded > grid.high + 1 ? grid.high + 1 : bounded;
        const T q = roundEven(bounded);
        const bool below = q < grid.low;
        const bool above = q > grid.high;
        const T clipped = below ? grid.low : grid.high;
        const bool outside = below || above;
        gx[i] = outside ? T(0) : g[i];
        ofScale += g[i] * (outside ? clipped : q - steps);
        ofZero += outside ? g[i] : T(0);
    }
    scaleSum = ofScale;
    zeroSum = ofZero;
}

QS_VECTORIZE void roundAll(const float *x, float *y, std::size_t count, GridOf<float> grid)
{
    roundBlock(x, y, count, grid);
}
QS_VECTORIZE void roundAll(const double *x, double *y, std::size_t count, GridOf<double> grid)
{
    roundBlock(x, y, count, grid);
}
QS_VECTORIZE void gradientAll(const float *x, const float *g, float *gx, std::size_t count,
                              GridOf<float> grid, float &scaleSum, float &zeroSum)
{
    gradientBlock(x, g, gx, count, grid, scaleSum, zeroSum);
}
QS_VECTORIZE void gradientAll(const double *x, const double *g, double *gx, std::size_t count,
                              GridOf<double> grid, double &scaleSum, double &zeroSum)
{
    gradientBlock(x, g, gx, count, grid, scaleSum, zeroSum);
}

/// How a tensor falls into runs that share a scale: [outer][channels][inner], and each run into pieces of a
/// fixed size, whose sums are added in order: the result does not depend on the number of threads.
struct Pieces
{
    static constexpr std::int64_t kPiece = 8192;

    Pieces(const at::Tensor &x, std::optional<int> axis, std::int64_t scales)
    {
        channels = axis && scales > 1 ? scales : 1;
        inner = x.numel() / std::max<std::int64_t>(channels, 1);
        if (channels > 1) {
            inner = 1;
            for (std::int64_t d = *axis + 1; d < x.dim(); ++d)
                inner *= x.size(d);
        }
        runs = inner > 0 ? x.numel() / inner : 0;
        perRun = (inner + kPiece - 1) / kPiece;
    }
    std::int64_t count() const { return runs * perRun; }
    std::int64_t channelOf(std::int64_t piece) const { return piece / perRun % channels; }
    std::int64_t begin(std::int64_t piece) const { return piece / perRun * inner + piece % perRun * kPiece; }
    std::size_t sizeOf(std::int64_t piece) const
    {
        return static_cast<std::size_t>(std::min(kPiece, inner - piece % perRun * kPiece));
    }

    std::int64_t channels = 1, inner = 1, runs = 0, perRun = 1;
};

template <typename T>
std::vector<GridOf<T>> gridsOf(const at::Tensor &scale, const at::Tensor &zero, QuantLimits limits)
{
    const at::Tensor scales = scale.contiguous();
    const at::Tensor zeros = zero.contiguous();
    std::vector<GridOf<T>> grids;
    for (std::int64_t c = 0; c < scales.numel(); ++c) {
        const T s = scales.data_ptr<T>()[c];
        const T z = zeros.data_ptr<T>()[c];
        grids.push_back({s, T(limits.min) - z, T(limits.max) - z});
    }
    return grids;
}

class FakeQuantizeFunction : public torch::autograd::Function<FakeQuantizeFunction>
{
public:
    static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                              const at::Tensor &scale, const at::Tensor &zero, std::int64_t axis,
                              std::int64_t low, std::int64_t high)
    {
        const at::Tensor x = input.contiguous();
        const at::Tensor rounded = zero.round();
        at::Tensor y = at::empty_like(x);
        context->save_for_backward({x, scale, rounded});
        context->saved_data["axis"] = axis;
        context->saved_data["low"] = low;
        context->saved_data["high"] = high;
        const QuantLimits limits {static_cast<std::int32_t>(low), static_cast<std::int32_t>(high)};
        const Pieces pieces(x, axisOf(axis), scale.numel());
        AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "fakeQuantize", [&] {
            const std::vector<GridOf<scalar_t>> grids = gridsOf<scalar_t>(scale, rounded, limits);
            const scalar_t *from = x.data_ptr<scalar_t>();
            scalar_t *to = y.data_ptr<scalar_t>();
            at::parallel_for(0, pieces.count(), 4, [&](std::int64_t first, std::int64_t last) {
                for (std::int64_t p = first; p < last; ++p)
                    roundAll(from + pieces.begin(p), to + pieces.begin(p), pieces.sizeOf(p),
                             grids[static_cast<std::size_t>(pieces.channelOf(p))]);
            });
        });
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                   const torch::autograd::variable_list &outputs)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0];
        const at::Tensor g = outputs[0].contiguous();
        at::Tensor gx = at::empty_like(x);
        const QuantLimits limits {static_cast<std::int32_t>(context->saved_data["low"].toInt()),
                                  static_cast<std::int32_t>(context->saved_data["high"].toInt())};
        const Pieces pieces(x, axisOf(context->saved_data["axis"].toInt()), saved[1].numel());
        at::Tensor ofScale = at::zeros_like(saved[1]);
        at::Tensor ofZero = at::zeros_like(saved[1]);
        AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "fakeQuantizeBackward", [&] {
            const std::vector<GridOf<scalar_t>> grids = gridsOf<scalar_t>(saved[1], saved[2], limits);
            std::vector<scalar_t> scaleSums(static_cast<std::size_t>(pieces.count()));
            std::vector<scalar_t> zeroSums(scaleSums.size());
            at::parallel_for(0, pieces.count(), 4, [&](std::int64_t first, std::int64_t last) {
                for (std::int64_t p = first; p < last; ++p) {
                    const auto at = pieces.begin(p);
                    const auto index = static_cast<std::size_t>(p);
                    gradientAll(x.data_ptr<scalar_t>() + at, g.data_ptr<scalar_t>() + at,
                                gx.data_ptr<scalar_t>() + at, pieces.sizeOf(p),
                                grids[static_cast<std::size_t>(pieces.channelOf(p))], scaleSums[index],
                                zeroSums[index]);
                }
            });
            for (std::int64_t p = 0; p < pieces.count(); ++p) {
                const auto channel = pieces.channelOf(p);
                const auto index = static_cast<std::size_t>(p);
                ofScale.data_ptr<scalar_t>()[channel] += scaleSums[index];
                ofZero.data_ptr<scalar_t>()[channel]
                    -= zeroSums[index] * grids[static_cast<std::size_t>(channel)].scale;
            }
        });
        return {gx, ofScale, ofZero, {}, {}, {}};
    }

private:
    static std::optional<int> axisOf(std::int64_t axis)
    {
        return axis < 0 ? std::nullopt : std::optional<int>(static_cast<int>(axis));
    }
};

/// \a value, with the gradient going to what it stands for.
class StraightThrough : public torch::autograd::Function<StraightThrough>
{
public:
    static at::Tensor forward(torch::autograd::AutogradContext *, const at::Tensor &, const at::Tensor &value)
    {
        return value.clone();
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *,
                                                   const torch::autograd::variable_list &outputs)
    {
        return {outputs[0], {}};
    }
};

} // namespace

LearnedGrid::LearnedGrid(const TrainGrid &grid, at::ScalarType floating)
    : start(grid)
{
    const auto channels = static_cast<std::int64_t>(grid.params.size());
    base = at::empty({channels}, at::TensorOptions(floating));
    zero = at::empty({channels}, at::TensorOptions(floating));
    reach = 0.5 * (double(grid.limits.max) - double(grid.limits.min));
    setParams(grid.params);
    // A grid that starts at its lowest or highest integer has the zero there for a reason: what it holds has
    // one sign.
    learnsZero = !grid.fixed && !grid.scheme.symmetric && !grid.isWeight;
    for (const ScaleZeroPoint &params : grid.params)
        learnsZero = learnsZero && params.zeroPoint != grid.limits.min && params.zeroPoint != grid.limits.max;
}

at::Tensor LearnedGrid::scale() const
{
    return (base * (delta.detach() / reach).exp()).detach();
}

std::vector<ScaleZeroPoint> LearnedGrid::params() const
{
    const at::Tensor scales = scale().to(at::kFloat);
    const at::Tensor zeros = zero.detach().round().to(at::kInt);
    std::vector<ScaleZeroPoint> result;
    for (std::int64_t c = 0; c < scales.numel(); ++c)
        result.push_back({scales.data_ptr<float>()[c], zeros.data_ptr<int>()[c]});
    return result;
}

void LearnedGrid::setParams(const std::vector<ScaleZeroPoint> &params)
{
    at::NoGradGuard guard;
    if (!delta.defined())
        delta = at::zeros_like(base);
    delta.zero_();
    for (std::size_t c = 0; c < params.size(); ++c) {
        base[static_cast<std::int64_t>(c)] = params[c].scale;
        zero[static_cast<std::int64_t>(c)] = params[c].zeroPoint;
    }
}

void LearnedGrid::clampToLimits()
{
    at::NoGradGuard guard;
    zero.clamp_(start.limits.min, start.limits.max);
    const at::Tensor rounded = zero.round();
    const auto narrow = [&](double limit, const at::Tensor &steps) {
        // scale · steps <= limit
        if (std::isfinite(limit))
            delta.copy_(at::minimum(delta, reach * (limit / steps.clamp_min(1) / base).log()));
    };
    if (start.lowest < 0.F)
        narrow(-double(start.lowest), rounded - start.limits.min);
    if (start.highest > 0.F)
        narrow(start.highest, start.limits.max - rounded);
}

at::Tensor fakeQuantize(const at::Tensor &x, const LearnedGrid &grid)
{
    const at::Tensor scale
        = grid.delta.requires_grad() ? grid.base * (grid.delta / grid.reach).exp() : grid.scale();
    const auto low = std::int64_t {grid.start.limits.min};
    const auto high = std::int64_t {grid.start.limits.max};
    const std::int64_t axis = grid.start.axis.value_or(-1);
    // Scales along the last axis change with every number: the kernel likes them in the first.
    if (axis > 0 && axis == x.dim() - 1 && scale.numel() > 1)
        return FakeQuantizeFunction::apply(x.movedim(axis, 0), scale, grid.zero, 0, low, high)
            .movedim(0, axis);
    return FakeQuantizeFunction::apply(x, scale, grid.zero, axis, low, high);
}

at::Tensor fakeQuantizeBias(const at::Tensor &bias, const at::Tensor &inputScale,
                            const at::Tensor &weightScale)
{
    constexpr std::int64_t kMin = std::numeric_limits<std::int32_t>::min();
    constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
    // The product is of the model's type, as in the kernels, the division exact, as in quantizeBias().
    const at::Tensor step = inputScale * weightScale;
    const at::Tensor steps = (bias.detach().to(at::kDouble) / step.to(at::kDouble)).round().clamp(kMin, kMax);
    return StraightThrough::apply(bias, steps.to(bias.scalar_type()) * step);
}

at::Tensor rangeAtStart(const LearnedGrid &grid)
{
    const at::Tensor range = at::empty({2}, at::kFloat);
    range.data_ptr<float>()[0] = dequantize(grid.start.limits.min, grid.start.params[0]);
    range.data_ptr<float>()[1] = dequantize(grid.start.limits.max, grid.start.params[0]);
    return range;
}

void observe(const at::Tensor &x, const at::Tensor &running, double momentum)
{
    const at::Tensor values = x.detach();
    const float low = values.min().to(at::kFloat).item<float>();
    const float high = values.max().to(at::kFloat).item<float>();
    auto *range = running.data_ptr<float>();
    const auto keep = static_cast<float>(momentum);
    range[0] = range[0] * keep + low * (1 - keep);
    range[1] = range[1] * keep + high * (1 - keep);
}

void fitGrid(LearnedGrid &grid, const std::vector<at::Tensor> &running)
{
    Range whole;
    for (const at::Tensor &range : running) {
        whole.min = std::min(whole.min, range.data_ptr<float>()[0]);
        whole.max = std::max(whole.max, range.data_ptr<float>()[1]);
    }
    const Range bounded {std::max(whole.min, grid.start.lowest), std::min(whole.max, grid.start.highest)};
    grid.setParams({chooseScale(bounded, grid.start.scheme)});
}

} // namespace qs
