// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npyfile.h"
#include "core/llm/perplexity.h"
#include "core/model/modelio.h"
#include "core/runtime/inferenceengine.h"

#include <QtTest>

#include <cmath>

using namespace qs;
namespace fs = std::filesystem;

namespace {

const fs::path kModels = fs::path(QS_SHARED_DIR) / "models";
const fs::path kTexts = fs::path(QS_SHARED_DIR) / "data" / "llama-tiny";

std::vector<std::int32_t> tokensOf(const char *name)
{
    JobContext job;
    const Tensor ids = openNpy(kTexts / name, job).value().read().value();
    return {ids.data<std::int32_t>().begin(), ids.data<std::int32_t>().end()};
}

} // namespace

class TestRealLlama : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!fs::exists(kModels / "llama-tiny") || !fs::exists(kTexts))
            QSKIP("models/llama-tiny or data/llama-tiny is not in the folder of shared files");
        m_model = openCheckpoint(kModels / "llama-tiny").value();
        m_tokens = tokensOf("valid-ids.npy");
    }
    void logitsAsOnnxRuntime();
    void perplexityAsLlamaCpp();
    void batchesMakeNoDifference();
    void divergenceFromItself();
    void refuses();

private:
    WeightSourcePtr m_model;
    std::vector<std::int32_t> m_tokens;
};

void TestRealLlama::logitsAsOnnxRuntime()
{
    JobContext job;
    const auto onnx = loadModel(kModels / "llama-tiny.onnx", job).value();
    const auto session = makeOnnxRuntimeEngine()->open(*onnx, {}).value();
    for (const std::size_t length : {256, 100, 1}) {
        const std::span<const std::int32_t> part = std::span(m_tokens).subspan(1000, length);
        Tensor ids(DType::Int64, {1, static_cast<std::int64_t>(length)});
        std::copy(part.begin(), part.end(), ids.mutableData<std::int64_t>().begin());
        const std::vector<NamedTensor> inputs {{"input_ids", ids}};
        const Tensor expected = session->run(inputs, job).value().front();

        Activations x = embed(*m_model, part, 256).value();
        QVERIFY(runLayers(*m_model, x, job).ok());
        Matrix logits;
        Matrix scratch;
        Head::load(*m_model).value().logits(x[0], 0, x[0].rows, logits, scratch);
        QCOMPARE(logits.values.size(), expected.size());
        float largest = 0;
        for (std::size_t i = 0; i < logits.values.size(); ++i)
            largest = std::max(largest, std::abs(logits.values[i] - expected.floats()[i]));
        qInfo("%zu tokens: largest difference of a logit %.2e", length, double(largest));
        QVERIFY(largest < 1e-3F);
    }
}

// models/README-llm.md: llama.cpp measures 3.828252, and 3.829134 on the first 40 windows.
void TestRealLlama::perplexityAsLlamaCpp()
{
    JobContext job;
    const PerplexityResult all = measurePerplexity(*m_model, m_tokens, {}, nullptr, job).value();
    qInfo("perplexity %.4f +- %.4f, nll %.6f, %.1f s", all.perplexity, all.perplexityError, all.nll,
          all.seconds);
    QCOMPARE(all.tokens, 108337);
    QCOMPARE(all.windows, 423);
    QCOMPARE(all.scored, 108288);
    QCOMPARE(all.context, 256);
    QVERIFY(std::abs(all.nll - 3.828252) < 2e-5);
    QVERIFY(std::abs(all.perplexity - 45.982) < 0.01);
    QVERIFY(all.perplexityError > 0.3
            && all.perplexityError < 0.6); // deviation of about 3 nats in 108288 tokens

    PerplexityOptions some;
    some.maxWindows = 40;
    QVERIFY(std::abs(measurePerplexity(*m_model, m_tokens, some, nullptr, job).value().nll - 3.829134)
            < 2e-5);
}

void TestRealLlama::batchesMakeNoDifference()
{
    JobContext job;
    PerplexityOptions options;
    options.maxWindows = 7;
    const PerplexityResult whole = measurePerplexity(*m_model, m_tokens, options, nullptr, job).value();
    options.activationBytes = 2 * 256 * 256 * 4; // two windows
    options.threads = 1;
    const PerplexityResult parts = measurePerplexity(*m_model, m_tokens, options, nullptr, job).value();
    QCOMPARE(parts.nll, whole.nll);
    QCOMPARE(parts.scored, 7 * 256);
}

void TestRealLlama::divergenceFromItself()
{
    JobContext job;
    PerplexityOptions options;
    options.maxWindows = 4;
    const PerplexityResult result
        = measurePerplexity(*m_model, m_tokens, options, m_model.get(), job).value();
    QVERIFY(result.divergence.has_value());
    QCOMPARE(result.divergence->mean, 0.0);
    QCOMPARE(result.divergence->sameTop.estimate, 1.0);
    QCOMPARE(result.divergence->nllDifference, 0.0);
    QCOMPARE(result.divergence->referenceNll, result.nll);
}

void TestRealLlama::refuses()
{
    JobContext job;
    const std::vector<std::int32_t> few(100, 1);
    QVERIFY(!measurePerplexity(*m_model, few, {}, nullptr, job).ok());
    const std::vector<std::int32_t> wrong(300, 4096);
    const auto result = measurePerplexity(*m_model, wrong, {}, nullptr, job);
    QVERIFY(!result.ok() && result.error().detail.starts_with("token 4096 is not in its vocabulary"));
    PerplexityOptions options;
    options.context = 257;
    QVERIFY(!measurePerplexity(*m_model, m_tokens, options, nullptr, job).ok());
    std::stop_source stop;
    stop.request_stop();
    JobContext stopped(stop.get_token(), {});
    bool isCancelled = false;
    try {
        (void)measurePerplexity(*m_model, m_tokens, {}, nullptr, stopped).ok();
    } catch (const Cancelled &) {
        isCancelled = true;
    }
    QVERIFY(isCancelled);
}

QTEST_APPLESS_MAIN(TestRealLlama)
#include "tst_real_llama.moc"
