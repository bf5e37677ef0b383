// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What quantization costs llama-tiny, in the order published for larger models. All figures are of folders
// that were written and read back, on the same windows of valid.txt, token by token against the original.
#include "core/data/npyfile.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/perplexity.h"

#include <QtTest>

using namespace qs;
namespace fs = std::filesystem;

namespace {

const fs::path kModel = fs::path(QS_SHARED_DIR) / "models" / "llama-tiny";
const fs::path kTexts = fs::path(QS_SHARED_DIR) / "data" / "llama-tiny";
constexpr std::size_t kWindows = 24; ///< 6,144 tokens

std::vector<std::int32_t> tokensOf(const char *name)
{
    JobContext job;
    const Tensor ids = openNpy(kTexts / name, job).value().read().value();
    return {ids.data<std::int32_t>().begin(), ids.data<std::int32_t>().end()};
}

} // namespace

class TestRealLlmQuantizer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!fs::exists(kModel) || !fs::exists(kTexts))
            QSKIP("models/llama-tiny or data/llama-tiny is not in the folder of shared files");
        m_text = tokensOf("valid-ids.npy");
        m_calibration = tokensOf("train-sample-ids.npy");
        m_original = openCheckpoint(kModel).value();
    }
    void gptqBeatsRounding();
    void actOrderBeatsRounding();
    void awqBeatsRounding();
    void nf4BeatsAbsmax();
    void int8IsNearlyFree();

private:
    PredictionDivergence cost(const char *name, LlmQuantizeOptions options)
    {
        JobContext job;
        options.windows = 32;
        options.searchWindows = 8;
        const fs::path folder = fs::path(m_folder.path().toStdString()) / "out";
        const auto report = quantizeCheckpoint(kModel, folder, options, m_calibration, job).value();
        PerplexityOptions perplexity;
        perplexity.maxWindows = kWindows;
        const auto result
            = measurePerplexity(*openCheckpoint(folder).value(), m_text, perplexity, m_original.get(), job)
                  .value();
        const PredictionDivergence d = *result.divergence;
        qInfo("%-28s %.3f bits, nll %+.6f +- %.6f, divergence %.6f, same top %.4f", name,
              report.bitsPerWeight, d.nllDifference, d.nllDifferenceError, d.mean, d.sameTop.estimate);
        return d;
    }
    const PredictionDivergence &rounding()
    {
        if (!m_rounding)
            m_rounding = cost("RTN 4 bit g128", options(LlmMethod::Rtn));
        return *m_rounding;
    }
    static LlmQuantizeOptions options(LlmMethod method)
    {
        LlmQuantizeOptions made;
        made.method = method;
        return made;
    }

    QTemporaryDir m_folder;
    std::vector<std::int32_t> m_text;
    std::vector<std::int32_t> m_calibration;
    WeightSourcePtr m_original;
    std::optional<PredictionDivergence> m_rounding;
};

void TestRealLlmQuantizer::gptqBeatsRounding()
{
    const PredictionDivergence gptq = cost("GPTQ 4 bit g128", options(LlmMethod::Gptq));
    QVERIFY(rounding().nllDifference > 3 * rounding().nllDifferenceError);
    QVERIFY(gptq.nllDifference < rounding().nllDifference && gptq.mean < 0.8 * rounding().mean);
}

void TestRealLlmQuantizer::actOrderBeatsRounding()
{
    LlmQuantizeOptions ordered = options(LlmMethod::Gptq);
    ordered.usesActOrder = true;
    ordered.hasStaticGroups = false;
    const PredictionDivergence gptq = cost("GPTQ 4 bit g128, act-order", ordered);
    QVERIFY(gptq.nllDifference < 0.7 * rounding().nllDifference && gptq.mean < 0.7 * rounding().mean);
}

void TestRealLlmQuantizer::awqBeatsRounding()
{
    LlmQuantizeOptions asymmetric = options(LlmMethod::Rtn);
    asymmetric.scheme.isSymmetric = false;
    const PredictionDivergence sameGrid = cost("RTN 4 bit g128, asymmetric", asymmetric);
    const PredictionDivergence awq = cost("AWQ 4 bit g128", options(LlmMethod::Awq));
    QVERIFY(awq.nllDifference < rounding().nllDifference && awq.mean < rounding().mean);
    QVERIFY(awq.mean < sameGrid.mean); // the same codes without AWQ's search
}

void TestRealLlmQuantizer::nf4BeatsAbsmax()
{
    LlmQuantizeOptions absmax = options(LlmMethod::Rtn);
    absmax.scheme.groupSize = 64;
    const PredictionDivergence rtn = cost("absmax 4 bit g64", absmax);
    const PredictionDivergence nf4 = cost("NF4, double", options(LlmMethod::Nf4));
    LlmQuantizeOptions single = options(LlmMethod::Nf4);
    single.isDouble = false;
    const PredictionDivergence plain = cost("NF4", single);
    const PredictionDivergence fp4 = cost("FP4, double", options(LlmMethod::Fp4));
    QVERIFY(nf4.mean < rtn.mean && nf4.nllDifference < rtn.nllDifference);
    QVERIFY(nf4.mean < fp4.mean);
    QVERIFY(std::fabs(nf4.mean / plain.mean - 1) < 0.1); // double quantization costs next to nothing
}

void TestRealLlmQuantizer::int8IsNearlyFree()
{
    const PredictionDivergence int8 = cost("LLM.int8", options(LlmMethod::Int8));
    QVERIFY(std::fabs(int8.nllDifference) < 0.001); // 0.1 % of the perplexity
    QVERIFY(int8.sameTop.estimate > 0.97);
}

QTEST_APPLESS_MAIN(TestRealLlmQuantizer)
#include "tst_real_llmquantizer.moc"
