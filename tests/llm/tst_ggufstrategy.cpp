// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the strategy "gguf" finds out and says before the long work.
#include "core/llm/imatrix.h"
#include "core/llm/llmstrategy.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <algorithm>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

/// What a job says, in order: its stages, and findings with their codes.
struct Log
{
    std::vector<std::string> events;
    std::vector<Finding> findings;
    JobContext job {{},
                    [this](const Progress &progress) {
                        if (events.empty() || events.back() != progress.stage)
                            events.push_back(progress.stage);
                    },
                    [this](const Finding &finding) {
                        events.push_back(finding.code);
                        findings.push_back(finding);
                    }};

    QString detailOf(const std::string &code) const
    {
        const auto found = std::find_if(findings.begin(), findings.end(),
                                        [&](const Finding &finding) { return finding.code == code; });
        return found == findings.end() ? QString() : QString::fromStdString(found->detail.str());
    }
};

} // namespace

class TestGgufStrategy : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void refusedBeforeTheModelRuns_data();
    void refusedBeforeTheModelRuns();
    void needsAreToldFirst_data();
    void needsAreToldFirst();
    void typesAreTold_data();
    void typesAreTold();

private:
    fs::path path(const std::string &name) const { return fs::path(m_dir->path().toStdString()) / name; }
    Result<LlmOutcome> quantize(const fs::path &source, const std::vector<std::string> &settings, Log &log,
                                bool hasText = true) const
    {
        const LlmStrategyDescriptor &gguf = *builtinLlmStrategies().require("gguf", "strategy").value();
        LlmTask task {source, path("out.gguf"), ParamSet(gguf.params),
                      hasText ? path("text.txt") : fs::path(), 2};
        for (const std::string &setting : settings) {
            if (const Status status = task.parameters.parse(setting); !status.ok())
                return status.error();
        }
        return gguf.run(task, log.job);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestGgufStrategy::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    std::string text;
    for (int i = 0; i < 400; ++i)
        text += static_cast<char>('a' + (i * i + 3 * i) % 26);
    QVERIFY(writeFileAtomically(path("text.txt"), text).ok());
}

void TestGgufStrategy::refusedBeforeTheModelRuns_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QStringList>("settings");
    QTest::addColumn<QString>("why");
    QTest::newRow("quantized already") << "q8.gguf" << QStringList {} << "q8.gguf: is quantized already";
    QTest::newRow("quantized already, by size")
        << "q8.gguf" << QStringList {"bits_per_weight=6"} << "q8.gguf: is quantized already";
    QTest::newRow("family") << "gemma" << QStringList {}
                            << "architecture 'Gemma2ForCausalLM' is not converted";
    QTest::newRow("size") << "tiny" << QStringList {"bits_per_weight=3"}
                          << "bits_per_weight: is less than the ";
    QTest::newRow("pattern") << "tiny" << QStringList {"tensor_types=attn_x=Q4_0"} << "decides on no tensor";
    QTest::newRow("importance") << "tiny" << QStringList {"imatrix=other.imatrix", "bits_per_weight=6"}
                                << "has 64 inputs, but the importance matrix has 32";
    QTest::newRow("output") << "blocked" << QStringList {} << "out.gguf: Is a directory";
}

// The model would run on the calibration text in each of these: no stage of that may be told.
void TestGgufStrategy::refusedBeforeTheModelRuns()
{
    QFETCH(QString, source);
    QFETCH(QStringList, settings);
    QFETCH(QString, why);
    makeTinyLlama(path("tiny"));
    makeTinyLlama(path("blocked"));
    TinyLlama gemma;
    gemma.more = {{"model_type", "gemma2"}, {"architectures", {"Gemma2ForCausalLM"}}, {"head_dim", 16}};
    makeTinyLlama(path("gemma"), gemma);
    Log first;
    QVERIFY(quantize(path("tiny"), {"type=Q8_0"}, first, false).ok());
    fs::rename(path("out.gguf"), path("q8.gguf"));
    ImportanceMatrix matrix;
    matrix.entries["blk.0.attn_q.weight"] = {std::vector<float>(32, 1.F), {1}};
    matrix.chunkCount = 1;
    matrix.chunkSize = 1;
    QVERIFY(writeImatrix(path("other.imatrix"), matrix, ImatrixFormat::Gguf).ok());
    if (source == QLatin1String("blocked"))
        fs::create_directory(path("out.gguf"));
    std::vector<std::string> given;
    for (QString setting : settings)
        given.push_back(setting.replace("imatrix=", "imatrix=" + m_dir->path() + "/").toStdString());

    Log log;
    const auto outcome = quantize(path(source.toStdString()), given, log);
    QVERIFY(!outcome.ok());
    QVERIFY2(outcome.error().message().find(why.toStdString()) != std::string::npos,
             outcome.error().message().c_str());
    for (const char *stage : {"calibrate", "sensitivity", "weigh", "quantize"})
        QVERIFY2(std::find(log.events.begin(), log.events.end(), stage) == log.events.end(), stage);
    QVERIFY(fs::is_directory(path("out.gguf")) || !fs::exists(path("out.gguf")));
    QVERIFY(!fs::exists(path("out.gguf.work")));
}

void TestGgufStrategy::needsAreToldFirst_data()
{
    QTest::addColumn<QStringList>("settings");
    QTest::addColumn<QStringList>("stages");
    QTest::newRow("mix") << QStringList {"type=Q8_0"} << QStringList {"needs", "calibrate", "quantize"};
    QTest::newRow("size") << QStringList {"bits_per_weight=6"}
                          << QStringList {"needs", "calibrate", "sensitivity", "weigh", "quantize"};
}

void TestGgufStrategy::needsAreToldFirst()
{
    QFETCH(QStringList, settings);
    QFETCH(QStringList, stages);
    std::vector<std::string> given;
    for (const QString &setting : settings)
        given.push_back(setting.toStdString());
    Log log;
    const auto outcome = quantize(makeTinyLlama(path("tiny")), given, log);
    QVERIFY2(outcome.ok(), outcome.ok() ? "" : outcome.error().message().c_str());
    QStringList told;
    for (const std::string &event : log.events)
        told.push_back(QString::fromStdString(event));
    QCOMPARE(told, stages);
    // Disk: no less than what is written, in whole megabytes.
    const std::vector<Text> &figures = log.findings.front().detail.arguments;
    const double megabytes = double(fs::file_size(path("out.gguf"))) / 1e6;
    QVERIFY(std::stod(figures[0].str()) >= megabytes && std::stod(figures[0].str()) < megabytes + 1.1);
}

void TestGgufStrategy::typesAreTold_data()
{
    QTest::addColumn<bool>("isTied");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("tied");
    QTest::addColumn<QString>("fallback");
    // Rows of 64 fit no block of 256. The output's type is llama.cpp's own choice for such rows.
    QTest::newRow("tied, Q4_K_M")
        << true << "Q4_K_M"
        << "the embeddings are the output matrix, too: stored once, as Q8_0"
        << "another type than asked for in 14 tensors; blk.0.attn_k.weight becomes Q5_0: rows of 64 are no "
           "multiple of a block of Q4_K";
    QTest::newRow("tied, F16") << true << "F16"
                               << "the embeddings are the output matrix, too: stored once, as F16"
                               << QString();
    QTest::newRow("Q6_K") << false << "Q6_K" << QString()
                          << "another type than asked for in 15 tensors; token_embd.weight becomes Q8_0: "
                             "rows of 64 are no multiple of a block of Q6_K";
    QTest::newRow("Q8_0") << false << "Q8_0" << QString() << QString();
}

void TestGgufStrategy::typesAreTold()
{
    QFETCH(bool, isTied);
    QFETCH(QString, type);
    QFETCH(QString, tied);
    QFETCH(QString, fallback);
    TinyLlama what;
    what.more["tie_word_embeddings"] = isTied;
    Log log;
    const auto outcome
        = quantize(makeTinyLlama(path("tiny"), what), {"type=" + type.toStdString()}, log, false);
    QVERIFY2(outcome.ok(), outcome.ok() ? "" : outcome.error().message().c_str());
    QCOMPARE(log.detailOf("tied-embeddings"), tied);
    QCOMPARE(log.detailOf("type-fallback"), fallback);
    const auto quantizing = std::find(log.events.begin(), log.events.end(), "quantize");
    QVERIFY(quantizing != log.events.end());
    QVERIFY(std::none_of(quantizing, log.events.end(),
                         [](const std::string &event) { return event.find('-') != std::string::npos; }));
}

QTEST_APPLESS_MAIN(TestGgufStrategy)
#include "tst_ggufstrategy.moc"
