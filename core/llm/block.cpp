// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/block.h"

#include "core/llm/blas.h"
#include "core/llm/floatmath.h"
#include "core/llm/inputrounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qs {
namespace {

/// Rotates pairs of elements half the rotated width apart (transformers' "rotate_half"), in each of \a heads
/// heads.
void rotate(const RopeTable &rope, std::int64_t heads, std::int64_t headDim, Matrix &x)
{
    const std::int64_t half = rope.cosine.cols;
    for (std::int64_t position = 0; position < x.rows; ++position) {
        const float *cosine = rope.cosine.row(position);
        const float *sine = rope.sine.row(position);
        for (std::int64_t head = 0; head < heads; ++head) {
            float *low = x.row(position) + head * headDim;
            float *high = low + half;
            for (std::int64_t i = 0; i < half; ++i) {
                const float a = low[i];
                const float b = high[i];
                low[i] = a * cosine[i] - b * sine[i];
                high[i] = b * cosine[i] + a * sine[i];
            }
        }
    }
}

void normHeads(std::span<const float> weight, float epsilon, std::int64_t heads, Matrix &x)
{
    const auto size = static_cast<std::int64_t>(weight.size());
    for (std::int64_t row = 0; row < x.rows; ++row) {
        for (std::int64_t head = 0; head < heads; ++head) {
            float *values = x.row(row) + head * size;
            const float mean = squaredNorm({values, weight.size()}) / static_cast<float>(size);
            const float factor = 1.F / std::sqrt(mean + epsilon);
            for (std::int64_t i = 0; i < size; ++i)
                values[i] = values[i] * factor * weight[static_cast<std::size_t>(i)];
        }
    }
}

/// Query, key and value of all tokens, with what is to be done to them before they meet.
void project(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &normed,
             BlockScratch &scratch)
{
    const std::int64_t queries = config.queryWidth();
    const std::int64_t keys = config.keyWidth();
    if (config.hasFusedProjections) {
        applyLinear(block.linears.at(LinearRole::Qkv), normed, scratch.fused, scratch.rounded);
        scratch.query.resize(normed.rows, queries);
        scratch.key.resize(normed.rows, keys);
        scratch.value.resize(normed.rows, keys);
        for (std::int64_t row = 0; row < normed.rows; ++row) {
            const float *from = scratch.fused.row(row);
            std::copy_n(from, queries, scratch.query.row(row));
            std::copy_n(from + queries, keys, scratch.key.row(row));
            std::copy_n(from + queries + keys, keys, scratch.value.row(row));
        }
    } else {
        applyLinear(block.linears.at(LinearRole::Query), normed, scratch.query, scratch.rounded);
        applyLinear(block.linears.at(LinearRole::Key), normed, scratch.key, scratch.rounded);
        applyLinear(block.linears.at(LinearRole::Value), normed, scratch.value, scratch.rounded);
    }
    if (config.hasQkNorm) {
        normHeads(block.queryNorm, config.normEpsilon, config.heads, scratch.query);
        normHeads(block.keyNorm, config.normEpsilon, config.kvHeads, scratch.key);
    }
    rotate(rope, config.heads, config.headDim, scratch.query);
    rotate(rope, config.kvHeads, config.headDim, scratch.key);
}

/// Softmax over the positions row \a query may see; 0 elsewhere. \a firstKey is the position of column 0.
void softmaxRow(std::span<float> scores, std::int64_t query, std::int64_t firstKey, std::int64_t window)
{
    const std::int64_t first = window > 0 ? std::max<std::int64_t>(query - window + 1, 0) : 0;
    const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(first - firstKey, 0));
    const auto end = static_cast<std::size_t>(query - firstKey + 1);
    const std::span<float> seen = scores.subspan(begin, end - begin);
    const float largest = maximum(seen);
    for (float &score : seen)
        score -= largest;
    expInPlace(seen);
    float sum = 0;
    for (const float score : seen)
        sum += score;
    const float factor = 1.F / sum;
    for (float &score : seen)
        score *= factor;
    std::fill(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(begin), 0.F);
    std::fill(scores.begin() + static_cast<std::ptrdiff_t>(end), scores.end(), 0.F);
}

/// softmax(q k^T) v, head by head; several heads of queries share one of keys and values.
void attend(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &normed,
            BlockScratch &scratch)
{
    project(config, rope, block, normed, scratch);
    const std::int64_t tokens = normed.rows;
    const std::int64_t size = config.headDim;
    const std::int64_t window = config.slidingWindow[static_cast<std::size_t>(block.layer)];
    scratch.context.resize(tokens, config.queryWidth());
    for (std::int64_t head = 0; head < config.heads; ++head) {
        const std::int64_t shared = head / (config.heads / config.kvHeads);
        for (std::int64_t first = 0; first < tokens; first += kQueryRows) {
            const std::int64_t rows = std::min(kQueryRows, tokens - first);
            const std::int64_t firstKey = window > 0 ? std::max<std::int64_t>(first - window + 1, 0) : 0;
            const std::int64_t keys = first + rows - firstKey;
            const auto part
                = [&](const Matrix &matrix, std::int64_t row, std::int64_t count, std::int64_t which) {
                      return Panel<const float>(matrix.row(row) + which * size, count, size, matrix.cols);
                  };
            scratch.scores.resize(rows, keys);
            multiplyTransposed(part(scratch.query, first, rows, head),
                               part(scratch.key, firstKey, keys, shared), panelOf(scratch.scores),
                               static_cast<float>(config.attentionScale));
            if (config.attentionSoftcap > 0)
                softcap(scratch.scores.values, config.attentionSoftcap);
            for (std::int64_t row = 0; row < rows; ++row)
                softmaxRow(scratch.scores.rowSpan(row), first + row, firstKey, window);
            multiply(panelOf(std::as_const(scratch.scores)), part(scratch.value, firstKey, keys, shared),
                     {scratch.context.row(first) + head * size, rows, size, scratch.context.cols});
        }
    }
}

/// act(gate) * up of some rows, in scratch.gate.
void activate(const LlmConfig &config, const Block &block, const Matrix &normed, BlockScratch &scratch)
{
    if (config.hasFusedProjections) {
        const std::int64_t inner = config.intermediate;
        applyLinear(block.linears.at(LinearRole::GateUp), normed, scratch.fused, scratch.rounded);
        scratch.gate.resize(normed.rows, inner);
        scratch.up.resize(normed.rows, inner);
        for (std::int64_t row = 0; row < normed.rows; ++row) {
            std::copy_n(scratch.fused.row(row), inner, scratch.gate.row(row));
            std::copy_n(scratch.fused.row(row) + inner, inner, scratch.up.row(row));
        }
    } else {
        applyLinear(block.linears.at(LinearRole::Gate), normed, scratch.gate, scratch.rounded);
        applyLinear(block.linears.at(LinearRole::Up), normed, scratch.up, scratch.rounded);
    }
    if (config.isGelu)
        geluMultiply(scratch.gate.values, scratch.up.values);
    else
        siluMultiply(scratch.gate.values, scratch.up.values);
}

void addTo(Matrix &x, std::int64_t first, const Matrix &y)
{
    float *to = x.row(first);
    for (std::size_t i = 0; i < y.values.size(); ++i)
        to[i] += y.values[i];
}

/// \a stop: where to end, for captureInputs().
void run(const LlmConfig &config, const RopeTable &rope, const Block &block, Matrix &x, BlockScratch &scratch,
         const InputSink &sink, std::optional<InputPoint> stop)
{
    const auto reached = [&](InputPoint point, const Matrix &input) {
        if (sink && (!stop || *stop == point))
            sink(point, input);
        return stop == point;
    };
    rmsNorm(x, block.inputNorm, config.normEpsilon, scratch.normed);
    if (reached(InputPoint::Attention, scratch.normed))
        return;
    attend(config, rope, block, scratch.normed, scratch);
    if (reached(InputPoint::Output, scratch.context))
        return;
    applyLinear(block.linears.at(LinearRole::Output), scratch.context, scratch.output, scratch.rounded);
    if (config.isGemma) {
        rmsNorm(scratch.output, block.postAttentionNorm, config.normEpsilon, scratch.normed);
        addTo(x, 0, scratch.normed);
    } else {
        addTo(x, 0, scratch.output);
    }
    const std::vector<float> &mlpNorm = config.isGemma ? block.preMlpNorm : block.postAttentionNorm;
    Matrix rows;
    for (std::int64_t first = 0; first < x.rows; first += kMlpRows) {
        rows.resize(std::min(kMlpRows, x.rows - first), x.cols);
        std::copy_n(x.row(first), rows.values.size(), rows.values.data());
        rmsNorm(rows, mlpNorm, config.normEpsilon, scratch.normed);
        if (reached(InputPoint::Mlp, scratch.normed))
            continue;
        activate(config, block, scratch.normed, scratch);
        if (reached(InputPoint::Down, scratch.gate))
            continue;
        applyLinear(block.linears.at(LinearRole::Down), scratch.gate, scratch.output, scratch.rounded);
        if (config.isGemma) {
            rmsNorm(scratch.output, block.postMlpNorm, config.normEpsilon, scratch.normed);
            addTo(x, first, scratch.normed);
        } else {
            addTo(x, first, scratch.output);
        }
    }
}

} // namespace

RopeTable::RopeTable(const LlmConfig &config, std::int64_t positions)
    : cosine(positions, config.rotaryDim / 2)
    , sine(positions, config.rotaryDim / 2)
{
    const std::vector<double> frequencies = ropeFrequencies(config, positions);
    for (std::int64_t position = 0; position < positions; ++position) {
        for (std::size_t i = 0; i < frequencies.size(); ++i) {
            const double angle = double(position) * frequencies[i];
            cosine.row(position)[i]
                = static_cast<float>(std::cos(angle) * config.ropeScaling.attentionFactor);
            sine.row(position)[i] = static_cast<float>(std::sin(angle) * config.ropeScaling.attentionFactor);
        }
    }
}

Result<Block> loadBlock(const WeightSource &source, std::int64_t layer)
{
    const LlmConfig &config = source.config();
    Block block;
    block.layer = layer;
    for (const LinearShape &shape : linearsOf(config)) {
        QS_TRY(Linear linear,
               source.linear(moduleName(layer, shape.role), shape.out, shape.in, shape.hasBias));
        block.linears[shape.role] = std::move(linear);
    }
    const auto norm = [&](const char *name, std::int64_t size) -> Result<std::vector<float>> {
        QS_TRY(std::vector<float> weight, source.vector(layerTensor(layer, name), size));
        for (float &value : weight)
            value += config.isGemma ? 1.F : 0.F;
        return weight;
    };
    QS_TRY(block.inputNorm, norm("input_layernorm.weight", config.hidden));
    QS_TRY(block.postAttentionNorm, norm("post_attention_layernorm.weight", config.hidden));
    if (config.isGemma) {
        QS_TRY(block.preMlpNorm, norm("pre_feedforward_layernorm.weight", config.hidden));
        QS_TRY(block.postMlpNorm, norm("post_feedforward_layernorm.weight", config.hidden));
    }
    if (config.hasQkNorm) {
        QS_TRY(block.queryNorm, norm("self_attn.q_norm.weight", config.headDim));
        QS_TRY(block.keyNorm, norm("self_attn.k_norm.weight", config.headDim));
    }
    return block;
}

void applyLinear(const Linear &linear, const Matrix &x, Matrix &y, Matrix &scratch)
{
    y.resize(x.rows, linear.weight.rows);
    multiplyTransposed(panelOf(roundedInputs(linear, x, scratch)), panelOf(linear.weight), panelOf(y));
    if (linear.bias.empty())
        return;
    for (std::int64_t row = 0; row < y.rows; ++row) {
        float *values = y.row(row);
        for (std::size_t i = 0; i < linear.bias.size(); ++i)
            values[i] += linear.bias[i];
    }
}

void rmsNorm(const Matrix &x, std::span<const float> weight, float epsilon, Matrix &y)
{
    y.resize(x.rows, x.cols);
    for (std::int64_t row = 0; row < x.rows; ++row) {
        const float mean = squaredNorm(x.rowSpan(row)) / static_cast<float>(x.cols);
        const float factor = 1.F / std::sqrt(mean + epsilon);
        const float *from = x.row(row);
        float *to = y.row(row);
        for (std::size_t i = 0; i < weight.size(); ++i)
            to[i] = from[i] * factor * weight[i];
    }
}

void runBlock(const LlmConfig &config, const RopeTable &rope, const Block &block, Matrix &x,
              BlockScratch &scratch, const InputSink &sink)
{
    run(config, rope, block, x, scratch, sink, std::nullopt);
}

void captureInputs(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &x,
                   InputPoint point, BlockScratch &scratch, const InputSink &sink)
{
    Matrix copy = x;
    run(config, rope, block, copy, scratch, sink, point);
}

void runAttention(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &normed,
                  Matrix &output, BlockScratch &scratch)
{
    attend(config, rope, block, normed, scratch);
    applyLinear(block.linears.at(LinearRole::Output), scratch.context, output, scratch.rounded);
}

void runMlp(const LlmConfig &config, const Block &block, const Matrix &normed, Matrix &output,
            BlockScratch &scratch)
{
    output.resize(normed.rows, config.hidden);
    Matrix rows;
    for (std::int64_t first = 0; first < normed.rows; first += kMlpRows) {
        rows.resize(std::min(kMlpRows, normed.rows - first), normed.cols);
        std::copy_n(normed.row(first), rows.values.size(), rows.values.data());
        activate(config, block, rows, scratch);
        applyLinear(block.linears.at(LinearRole::Down), scratch.gate, scratch.output, scratch.rounded);
        std::copy_n(scratch.output.values.data(), scratch.output.values.size(), output.row(first));
    }
}

} // namespace qs
