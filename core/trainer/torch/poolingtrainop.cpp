// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/slidingwindow.h"

#include <limits>

namespace qs {
namespace {

using List = SlidingWindow::List;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A pool over any number of dimensions, one dimension carried as two.
struct Pool
{
    Pool(const TrainCall &call)
        : x(call.in(0))
        , window(call, call.list("kernel_shape"))
    {
        TORCH_CHECK(window.dims() >= 1 && window.dims() <= 3, "a pool over ", window.dims(), " dimensions");
        window.setPadding(call, x);
        const bool up = call.integer("ceil_mode", 0) != 0;
        for (std::size_t d = 0; d < window.dims(); ++d)
            beyond.push_back(pastTheEnd(d, up));
        if (window.dims() > 1)
            return;
        isLine = true;
        x = x.unsqueeze(2);
        for (List *list : {&window.kernel, &window.strides, &window.dilations})
            list->insert(list->begin(), 1);
        for (List *list : {&window.begin, &window.end, &beyond})
            list->insert(list->begin(), 0);
    }

    at::Tensor x;
    SlidingWindow window;
    List beyond; ///< how far the last window reaches over the padded end (ceil_mode)
    bool isLine = false;

    std::vector<at::Tensor> done(const at::Tensor &y) const { return {isLine ? y.squeeze(2) : y}; }

    /// Whether libtorch's pool can pad by itself.
    bool isPlain() const
    {
        for (std::size_t d = 0; d < window.dims(); ++d) {
            if (beyond[d] > 0 || window.begin[d] < 0 || window.begin[d] > window.kernel[d] / 2)
                return false;
        }
        return window.isSymmetric();
    }

    /// \a input with its padding of \a value and what the last windows need beyond that, of \a outside.
    at::Tensor framed(const at::Tensor &input, double value, double outside) const
    {
        const List none(window.dims());
        return padded(padded(input, window.begin, window.end, value), none, beyond, outside);
    }

private:
    /// A window of ceil_mode must begin before the padding at the end does.
    std::int64_t pastTheEnd(std::size_t d, bool up) const
    {
        const std::int64_t size = x.size(static_cast<std::int64_t>(d) + 2);
        const std::int64_t whole = size + window.begin[d] + window.end[d];
        const std::int64_t room = whole - window.reach(d);
        TORCH_CHECK(room >= 0, "the kernel is larger than the input");
        const std::int64_t stride = window.strides[d];
        std::int64_t last = (up ? (room + stride - 1) / stride : room / stride) * stride;
        if (last >= size + window.begin[d])
            last -= stride;
        return std::max<std::int64_t>(0, last + window.reach(d) - whole);
    }
};

std::vector<at::Tensor> maxPool(const TrainCall &call)
{
    TORCH_CHECK(!call.isWanted(1), "the places of the largest numbers are not known");
    const Pool pool(call);
    const SlidingWindow &w = pool.window;
    const bool plain = pool.isPlain();
    const at::Tensor x = plain ? pool.x : pool.framed(pool.x, -kInfinity, -kInfinity);
    const List pads = plain ? w.begin : List(w.dims());
    return pool.done(w.dims() == 2 ? at::max_pool2d(x, w.kernel, w.strides, pads, w.dilations)
                                   : at::max_pool3d(x, w.kernel, w.strides, pads, w.dilations));
}

/// Sums of the windows of \a x, which is padded already.
at::Tensor windowSums(const at::Tensor &x, const SlidingWindow &window)
{
    const List none(window.dims());
    const List ones(window.dims(), 1);
    if (window.dilations == ones)
        return window.dims() == 2 ? at::avg_pool2d(x, window.kernel, window.strides, none, false, true, 1)
                                  : at::avg_pool3d(x, window.kernel, window.strides, none, false, true, 1);
    List planes = x.sizes().slice(2).vec();
    planes.insert(planes.begin(), {-1, 1});
    List kernel = window.kernel;
    kernel.insert(kernel.begin(), {1, 1});
    const at::Tensor sums = at::convolution(x.reshape(planes), at::ones(kernel, x.options()), {},
                                            window.strides, none, window.dilations, false, none, 1);
    List shape = sums.sizes().slice(2).vec();
    shape.insert(shape.begin(), {x.size(0), x.size(1)});
    return sums.reshape(shape);
}

/// The sum of each window over the number of its elements: those inside the input, with count_include_pad
/// those inside its padding too, but never those that ceil_mode lets it reach beyond that.
std::vector<at::Tensor> averagePool(const TrainCall &call)
{
    const Pool pool(call);
    const SlidingWindow &w = pool.window;
    const bool include = call.integer("count_include_pad", 0) != 0;
    const List ones(w.dims(), 1);
    if (pool.isPlain() && w.dilations == ones)
        return pool.done(w.dims() == 2
                             ? at::avg_pool2d(pool.x, w.kernel, w.strides, w.begin, false, include)
                             : at::avg_pool3d(pool.x, w.kernel, w.strides, w.begin, false, include));
    List shape = pool.x.sizes().vec();
    shape[0] = shape[1] = 1;
    const at::Tensor counted = pool.framed(at::ones(shape, pool.x.options()), include ? 1 : 0, 0);
    return pool.done(windowSums(pool.framed(pool.x, 0, 0), w) / windowSums(counted, w));
}

List spatialAxes(const at::Tensor &x)
{
    List axes;
    for (std::int64_t d = 2; d < x.dim(); ++d)
        axes.push_back(d);
    TORCH_CHECK(!axes.empty(), "nothing to pool over");
    return axes;
}

std::vector<at::Tensor> globalAveragePool(const TrainCall &call)
{
    return {call.in(0).mean(spatialAxes(call.in(0)), true)};
}

std::vector<at::Tensor> globalMaxPool(const TrainCall &call)
{
    return {call.in(0).amax(spatialAxes(call.in(0)), true)};
}

} // namespace

void register_poolingtrainop(TrainOps &ops)
{
    ops["MaxPool"] = maxPool;
    ops["AveragePool"] = averagePool;
    ops["GlobalAveragePool"] = globalAveragePool;
    ops["GlobalMaxPool"] = globalMaxPool;
}

} // namespace qs
