// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// GGUF files run here against the same files in llama.cpp, and importance collected here.
#include "core/base/atomicfile.h"
#include "core/llm/ggufbudget.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/importancecollector.h"
#include "core/llm/perplexity.h"
#include "core/llm/tokenizer.h"
#include "tests/support/llamapeer.h"

#include <QtTest>

#include <QTemporaryDir>

#include <cmath>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

const fs::path kModel = fs::path(QS_SHARED_DIR) / "models" / "llama-tiny";
const fs::path kTexts = fs::path(QS_SHARED_DIR) / "data" / "llama-tiny";
/// The whole text takes long; the first windows, on which llama.cpp runs too, tell a wrong file as well.
constexpr std::size_t kWindows = 40;

std::size_t windows()
{
    return qEnvironmentVariableIsSet("QS_WHOLE_PERPLEXITY") ? 0 : kWindows;
}

std::vector<TokenId> tokensOf(const char *text, const fs::path &model)
{
    return openTokenizer(model).value()->encode(readFile(kTexts / text).value()).value();
}

} // namespace

class TestRealGgufWeights : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!fs::exists(kModel) || !fs::exists(kTexts))
            QSKIP("models/llama-tiny or data/llama-tiny is not in the folder of shared files");
    }
    void tokensAsFolder();
    void perplexity_data();
    void perplexity();
    void importanceHelps();
    void sizeTargetBeatsMix();

private:
    fs::path make(const char *mix, const ImportanceMatrix *importance = nullptr, bool isPure = false) const
    {
        JobContext job;
        const auto source = openHfFolder(kModel, job);
        GgufQuantizeOptions options;
        options.mix = requireGgufMix(mix).value();
        options.types.isPure = isPure;
        options.importance = importance;
        const fs::path path = fs::path(m_folder.path().toStdString())
            / (std::string(mix) + (importance ? "-importance.gguf" : ".gguf"));
        const auto result = quantizeGguf(**source, path, options, job);
        if (!result.ok())
            qFatal("%s", result.error().message().c_str());
        return path;
    }

    QTemporaryDir m_folder;
};

void TestRealGgufWeights::tokensAsFolder()
{
    QVERIFY(tokensOf("valid.txt", make("F16")) == tokensOf("valid.txt", kModel));
}

void TestRealGgufWeights::perplexity_data()
{
    // What llama.cpp measures on all of valid.txt (shared/models/README-llm.md).
    QTest::addColumn<QString>("mix");
    QTest::addColumn<bool>("isPure");
    QTest::addColumn<double>("expected");
    QTest::newRow("F32") << "F32" << false << 45.982;
    QTest::newRow("F16") << "F16" << false << 45.982;
    QTest::newRow("Q8_0") << "Q8_0" << false << 45.984;
    QTest::newRow("Q6_K") << "Q6_K" << false << 46.005;
    QTest::newRow("Q5_K_M") << "Q5_K_M" << false << 46.046;
    QTest::newRow("Q4_K_M") << "Q4_K_M" << false << 46.215;
    QTest::newRow("Q4_0") << "Q4_0" << true << 46.693;
    QTest::newRow("Q2_K") << "Q2_K" << false << 49.165;
}

void TestRealGgufWeights::perplexity()
{
    QFETCH(QString, mix);
    QFETCH(bool, isPure);
    QFETCH(double, expected);
    const fs::path path = make(mix.toUtf8().constData(), nullptr, isPure);
    const WeightSourcePtr model = openCheckpoint(path).value();
    const auto tokens = tokensOf("valid.txt", path);
    JobContext job;
    const auto found = measurePerplexity(*model, tokens, {.maxWindows = windows()}, nullptr, job).value();
    qInfo("%s: perplexity %.4f, nll %.6f", qPrintable(mix), found.perplexity, found.nll);
    if (windows() == 0) {
        QVERIFY2(std::abs(found.perplexity - expected) <= 0.02, qPrintable(QString::number(expected)));
        return;
    }
    std::string why;
    const LlamaPeer *peer = LlamaPeer::find(why);
    if (!peer)
        QSKIP(why.c_str());
    LlamaPeer::Model *theirs = peer->load(path);
    QVERIFY(theirs);
    const double nll = peer->perplexity(*theirs, readFile(kTexts / "valid.txt").value(), kWindows).nll;
    peer->free(theirs);
    qInfo("llama.cpp: nll %.6f", nll);
    QVERIFY2(std::abs(found.nll - nll) < 0.002, qPrintable(QString::number(found.nll - nll)));
}

void TestRealGgufWeights::importanceHelps()
{
    const WeightSourcePtr reference = openCheckpoint(kModel).value();
    JobContext job;
    const ImportanceMatrix matrix
        = collectImportance(*reference, tokensOf("train-sample.txt", kModel), {}, job).value();
    const auto tokens = tokensOf("valid.txt", kModel);
    const auto measured = [&](const fs::path &path) {
        const WeightSourcePtr model = openCheckpoint(path).value();
        return measurePerplexity(*model, tokens, {.maxWindows = windows()}, reference.get(), job).value();
    };
    const PerplexityResult without = measured(make("Q4_K_M"));
    const PerplexityResult with = measured(make("Q4_K_M", &matrix));
    qInfo("Q4_K_M: perplexity %.4f, mean divergence %.6f; with importance %.4f, %.6f", without.perplexity,
          without.divergence->mean, with.perplexity, with.divergence->mean);
    QVERIFY(without.divergence->mean > 0);
    QVERIFY(with.divergence->mean <= without.divergence->mean);
    QVERIFY(with.perplexity <= without.perplexity);
}

/// Types solved for the size of a mix, against that mix; both with importance.
void TestRealGgufWeights::sizeTargetBeatsMix()
{
    const WeightSourcePtr original = openCheckpoint(kModel).value();
    const auto calibration = tokensOf("train-sample.txt", kModel);
    JobContext job;
    const ImportanceMatrix matrix = collectImportance(*original, calibration, {}, job).value();
    const auto source = openHfFolder(kModel, job).value();
    const auto tokens = tokensOf("valid.txt", kModel);
    const auto measured = [&](const fs::path &path) {
        const WeightSourcePtr model = openCheckpoint(path).value();
        return measurePerplexity(*model, tokens, {.maxWindows = windows()}, original.get(), job).value();
    };
    const fs::path stock = make("Q4_K_M", &matrix);
    GgufQuantizeOptions options;
    options.importance = &matrix;
    const GgufFilePtr file = GgufFile::open(stock).value();
    double bytes = 0;
    double elements = 0;
    for (const GgufTensorInfo &tensor : file->header().tensors) {
        bytes += double(tensor.byteSize);
        elements += double(tensor.elements());
    }
    const GgufBudgetOptions budget {8 * bytes / elements, &matrix, {}, 0};
    const auto sensitivity = measureSensitivity(*source, *original, calibration, budget, job).value();
    options.choices = solveGgufTypes(*source, sensitivity, budget, job).value();
    options.mix = &nearestGgufMix(source->header(), options.choices);
    const fs::path solved = fs::path(m_folder.path().toStdString()) / "solved.gguf";
    const auto result = quantizeGguf(*source, solved, options, job).value();
    QVERIFY(result.bitsPerWeight() <= budget.bitsPerWeight
            && result.bitsPerWeight() > 0.99 * budget.bitsPerWeight);
    const PerplexityResult mix = measured(stock);
    const PerplexityResult ours = measured(solved);
    qInfo("%.3f bits: Q4_K_M perplexity %.4f, divergence %.6f; solved %.3f bits, %.4f, %.6f",
          budget.bitsPerWeight, mix.perplexity, mix.divergence->mean, result.bitsPerWeight(), ours.perplexity,
          ours.divergence->mean);
    QVERIFY(ours.perplexity <= mix.perplexity);
    QVERIFY(ours.divergence->mean < mix.divergence->mean);
}

QTEST_APPLESS_MAIN(TestRealGgufWeights)
#include "tst_real_ggufweights.moc"
