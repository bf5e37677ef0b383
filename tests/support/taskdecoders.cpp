// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/taskdecoders.h"

#include <algorithm>
#include <cmath>

namespace qs::test {
namespace {

float overlap(const Box &a, const Box &b)
{
    const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
    const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (width <= 0 || height <= 0)
        return 0;
    const auto area = [](const Box &box) { return (box.right - box.left) * (box.bottom - box.top); };
    const float both = width * height;
    return both / (area(a) + area(b) - both);
}

std::vector<Box> suppress(std::vector<Box> boxes, float limit)
{
    std::ranges::stable_sort(boxes, std::greater<>(), &Box::score);
    std::vector<Box> kept;
    for (const Box &box : boxes) {
        const auto hides
            = [&](const Box &other) { return other.label == box.label && overlap(other, box) > limit; };
        if (std::ranges::none_of(kept, hides))
            kept.push_back(box);
    }
    return kept;
}

float sigmoid(float x)
{
    return 1.F / (1.F + std::exp(-x));
}

} // namespace

std::string decodeLine(const Tensor &scores, const std::vector<std::string> &keys)
{
    const auto steps = static_cast<std::size_t>(scores.shape()[1]);
    const auto classes = static_cast<std::size_t>(scores.shape()[2]);
    std::string text;
    std::size_t last = 0;
    for (std::size_t t = 0; t < steps; ++t) {
        const auto step = scores.floats().subspan(t * classes, classes);
        const auto best = static_cast<std::size_t>(std::ranges::max_element(step) - step.begin());
        if (best != last && best > 0 && best <= keys.size())
            text += keys[best - 1];
        last = best;
    }
    return text;
}

std::vector<Box> decodeFaces(const Tensor &scores, const Tensor &boxes)
{
    std::vector<Box> found;
    const auto s = scores.floats();
    const auto b = boxes.floats();
    for (std::size_t p = 0; p < s.size() / 2; ++p) {
        if (s[2 * p + 1] > 0.7F)
            found.push_back({b[4 * p], b[4 * p + 1], b[4 * p + 2], b[4 * p + 3], 0, s[2 * p + 1]});
    }
    return suppress(std::move(found), 0.3F);
}

std::vector<Box> decodeObjects(const Tensor &map)
{
    constexpr std::size_t kFirstClass = 5;
    const auto channels = static_cast<std::size_t>(map.shape()[1]);
    const auto height = static_cast<std::size_t>(map.shape()[2]);
    const auto width = static_cast<std::size_t>(map.shape()[3]);
    const auto at
        = [&](std::size_t channel, std::size_t i) { return map.floats()[channel * height * width + i]; };
    const auto tanh2 = [](float t) { return 2.F / (1.F + std::exp(-2.F * t)) - 1.F; };
    std::vector<Box> found;
    for (std::size_t i = 0; i < height * width; ++i) {
        std::size_t best = kFirstClass;
        for (std::size_t c = kFirstClass; c < channels; ++c)
            best = at(c, i) > at(best, i) ? c : best;
        const float score = std::pow(at(0, i), 0.6F) * std::pow(at(best, i), 0.4F);
        if (!(score > 0.4F))
            continue;
        const float x = (static_cast<float>(i % width) + tanh2(at(1, i))) / static_cast<float>(width);
        const float y = (static_cast<float>(i / width) + tanh2(at(2, i))) / static_cast<float>(height);
        const float w = sigmoid(at(3, i)) / 2;
        const float h = sigmoid(at(4, i)) / 2;
        found.push_back({x - w, y - h, x + w, y + h, static_cast<int>(best - kFirstClass), score});
    }
    return suppress(std::move(found), 0.45F);
}

std::vector<Box> decodeTextRegions(const Tensor &probabilities)
{
    constexpr int kSmallestRegion = 16;
    const auto height = static_cast<int>(probabilities.shape()[2]);
    const auto width = static_cast<int>(probabilities.shape()[3]);
    const auto p = probabilities.floats();
    std::vector<char> seen(p.size(), 0);
    std::vector<Box> found;
    for (int start = 0; start < height * width; ++start) {
        if (seen[static_cast<std::size_t>(start)] || p[static_cast<std::size_t>(start)] <= 0.3F)
            continue;
        std::vector<int> region {start};
        seen[static_cast<std::size_t>(start)] = 1;
        Box box {1e9F, 1e9F, 0, 0, 0, 0};
        for (std::size_t k = 0; k < region.size(); ++k) {
            const int x = region[k] % width;
            const int y = region[k] / width;
            box.left = std::min(box.left, static_cast<float>(x));
            box.top = std::min(box.top, static_cast<float>(y));
            box.right = std::max(box.right, static_cast<float>(x + 1));
            box.bottom = std::max(box.bottom, static_cast<float>(y + 1));
            for (const auto &[nx, ny] : {std::pair(x - 1, y), {x + 1, y}, {x, y - 1}, {x, y + 1}}) {
                const auto next = static_cast<std::size_t>(ny * width + nx);
                if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] || p[next] <= 0.3F)
                    continue;
                seen[next] = 1;
                region.push_back(static_cast<int>(next));
            }
        }
        if (static_cast<int>(region.size()) >= kSmallestRegion)
            found.push_back(box);
    }
    return found;
}

void BoxAgreement::add(const std::vector<Box> &reference, const std::vector<Box> &found)
{
    m_reference += static_cast<int>(reference.size());
    m_found += static_cast<int>(found.size());
    std::vector<Box> left = found;
    for (const Box &box : reference) {
        const auto match = std::ranges::find_if(
            left, [&](const Box &other) { return other.label == box.label && overlap(box, other) >= 0.5F; });
        if (match == left.end())
            continue;
        ++m_matched;
        left.erase(match);
    }
}

double BoxAgreement::f1() const
{
    return m_reference + m_found == 0 ? 1.0 : 2.0 * m_matched / double(m_reference + m_found);
}

} // namespace qs::test
