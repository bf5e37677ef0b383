// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What jobs say they will take of memory, against what they take. Too little told is a machine that swaps
// after an hour, too much one that is not tried.
#include "core/llm/ggufbudget.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/importancecollector.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/perplexity.h"
#include "tests/support/heappeak.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <ctime>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kContext = 256;

/// Wide enough for its matrices and activations to outweigh everything else.
TinyLlama wideModel()
{
    TinyLlama what;
    what.hidden = 128;
    what.intermediate = 512;
    what.layers = 2;
    what.spread = 0.05F;
    what.more["max_position_embeddings"] = kContext;
    return what;
}

double secondsOf(clockid_t clock)
{
    timespec now {};
    ::clock_gettime(clock, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

/// The memory that the finding "needs" tells, in bytes.
double toldBytes(const Finding &finding)
{
    return std::stod(finding.detail.arguments.at(2).str()) * 1e6;
}

} // namespace

class TestLlmResources : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { m_model = makeTinyLlama(path("wide"), wideModel()); }
    void folders_data();
    void folders();
    void importance();
    void sensitivity();
    void largeModels();
    void oneThread_data();
    void oneThread();

private:
    fs::path path(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }
    void verify(std::uint64_t peak, double told) const
    {
        const QString figures = QString("%1 MB told, %2 MB taken").arg(told / 1e6).arg(double(peak) / 1e6);
        qInfo("%s", qPrintable(figures));
        QVERIFY2(double(peak) <= told, qPrintable(figures));
        QVERIFY2(told <= 1.7 * double(peak) + 1e6, qPrintable(figures));
    }

    QTemporaryDir m_dir;
    fs::path m_model;
};

void TestLlmResources::folders_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<int>("windows");
    QTest::newRow("RTN") << static_cast<int>(LlmMethod::Rtn) << 0;
    QTest::newRow("NF4") << static_cast<int>(LlmMethod::Nf4) << 0;
    QTest::newRow("LLM.int8") << static_cast<int>(LlmMethod::Int8) << 0;
    QTest::newRow("GPTQ") << static_cast<int>(LlmMethod::Gptq) << 6;
    QTest::newRow("AWQ") << static_cast<int>(LlmMethod::Awq) << 6;
    QTest::newRow("AWQ, few windows") << static_cast<int>(LlmMethod::Awq) << 2;
}

void TestLlmResources::folders()
{
    QFETCH(int, method);
    QFETCH(int, windows);
    LlmQuantizeOptions options;
    options.method = static_cast<LlmMethod>(method);
    options.windows = static_cast<std::size_t>(windows);
    options.threads = 2;
    const auto tokens = tinyTokens(static_cast<std::size_t>(windows * kContext));
    double told = 0;
    JobContext job({}, {}, [&](const Finding &finding) {
        if (finding.code == "needs")
            told = toldBytes(finding);
    });
    bool isDone = false;
    const std::uint64_t peak
        = heapPeakOf([&] { isDone = quantizeCheckpoint(m_model, path("out"), options, tokens, job).ok(); });
    QVERIFY(isDone);
    verify(peak, told);
}

void TestLlmResources::importance()
{
    const WeightSourcePtr model = openCheckpoint(m_model).value();
    const auto tokens = tinyTokens(24 * kContext);
    ImportanceOptions options;
    options.threads = 2;
    options.windows = 24;
    JobContext job;
    bool isDone = false;
    const std::uint64_t peak
        = heapPeakOf([&] { isDone = collectImportance(*model, tokens, options, job).ok(); });
    QVERIFY(isDone);
    verify(peak, double(importanceMemory(model->config(), options)));
}

void TestLlmResources::sensitivity()
{
    JobContext job;
    const auto source = openHfFolder(m_model, job).value();
    const WeightSourcePtr model = openCheckpoint(m_model).value();
    const auto tokens = tinyTokens(8 * kContext);
    GgufBudgetOptions options;
    options.threads = 2;
    bool isDone = false;
    const std::uint64_t peak
        = heapPeakOf([&] { isDone = measureSensitivity(*source, *model, tokens, options, job).ok(); });
    QVERIFY(isDone);
    verify(peak, double(sensitivityMemory(model->config(), options.threads)));
}

/// Llama-3.1-8B by hand: what cannot be tried here.
void TestLlmResources::largeModels()
{
    const LlmConfig config
        = parseLlmConfig(R"({"model_type":"llama","hidden_size":4096,"intermediate_size":14336,
        "num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,
        "max_position_embeddings":131072,"rms_norm_eps":1e-5})")
              .value();
    constexpr double kBlock = 4.0 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336); // 872 MB
    ImportanceOptions options;
    options.threads = 8;
    // A block and 32 windows of 2048 tokens, which are 1 GB.
    const auto importance = double(importanceMemory(config, options));
    QVERIFY(importance > kBlock + 1.07e9 && importance < kBlock + 1.07e9 + 8 * 0.25e9);
    // A block, what goes into six depths, and two heads of 2.1 GB each.
    const auto sensitivity = double(sensitivityMemory(config, 8));
    QVERIFY(sensitivity > kBlock + 2 * 2.1e9 && sensitivity < kBlock + 2 * 2.1e9 + 2e9);
}

void TestLlmResources::oneThread_data()
{
    QTest::addColumn<int>("method"); ///< -1: GGUF
    const auto row
        = [](const char *name, LlmMethod method) { QTest::newRow(name) << static_cast<int>(method); };
    row("RTN", LlmMethod::Rtn);
    row("GPTQ", LlmMethod::Gptq);
    row("AWQ", LlmMethod::Awq);
    row("HQQ", LlmMethod::Hqq);
    row("NF4", LlmMethod::Nf4);
    row("LLM.int8", LlmMethod::Int8);
    QTest::newRow("GGUF") << -1;
}

/// With one thread all processor time is that of the thread that calls: quantizing, and running the result.
void TestLlmResources::oneThread()
{
    QFETCH(int, method);
    const auto tokens = tinyTokens(3 * kContext);
    JobContext job;
    const double processBefore = secondsOf(CLOCK_PROCESS_CPUTIME_ID);
    const double threadBefore = secondsOf(CLOCK_THREAD_CPUTIME_ID);
    const fs::path out = path(method < 0 ? "out.gguf" : "out");
    if (method < 0) {
        const WeightSourcePtr model = openCheckpoint(m_model).value();
        const ImportanceMatrix matrix
            = collectImportance(*model, tokens, {.windows = 2, .threads = 1}, job).value();
        GgufQuantizeOptions options;
        options.mix = requireGgufMix("Q4_K_M").value();
        options.importance = &matrix;
        options.threads = 1;
        QVERIFY(quantizeGguf(*openHfFolder(m_model, job).value(), out, options, job).ok());
    } else {
        LlmQuantizeOptions options;
        options.method = static_cast<LlmMethod>(method);
        options.threads = 1;
        QVERIFY(quantizeCheckpoint(m_model, out, options, tokens, job).ok());
    }
    PerplexityOptions options;
    options.threads = 1;
    QVERIFY(measurePerplexity(*openCheckpoint(out).value(), tokens, options, nullptr, job).ok());
    const double process = secondsOf(CLOCK_PROCESS_CPUTIME_ID) - processBefore;
    const double others = process - (secondsOf(CLOCK_THREAD_CPUTIME_ID) - threadBefore);
    const QString figures = QString("%1 s, of these %2 s in other threads").arg(process).arg(others);
    QVERIFY2(others < 0.02 * process + 0.002, qPrintable(figures));
}

QTEST_APPLESS_MAIN(TestLlmResources)
#include "tst_llmresources.moc"
