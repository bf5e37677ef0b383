// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Jobs that are killed in the middle, by a signal that nothing can be done about, and taken up again.
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/workfolder.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <csignal>
#include <map>

#include <sys/wait.h>
#include <unistd.h>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

QString errorOf(const auto &result)
{
    return result.ok() ? QString("no error") : QString::fromStdString(result.error().message());
}

std::map<std::string, std::string> filesOf(const fs::path &folder)
{
    std::map<std::string, std::string> files;
    for (const auto &entry : fs::directory_iterator(folder))
        files[entry.path().filename().string()] = readFile(entry.path()).value();
    return files;
}

/// Runs \a job in a process of its own that is killed when its progress in "quantize" first reaches \a at.
/// Returns whether it was.
bool runAndKill(std::int64_t at, const std::function<void(JobContext &)> &work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        JobContext job({}, [at](const Progress &progress) {
            if (progress.stage == "quantize" && progress.done >= at)
                ::raise(SIGKILL);
        });
        work(job);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/// Counts how often each stage was told, and keeps the findings' codes.
struct Watch
{
    std::vector<std::string> codes;
    std::vector<std::string> details;
    JobContext job {{}, {}, [this](const Finding &finding) {
                        codes.push_back(finding.code);
                        details.push_back(finding.detail.str());
                    }};

    bool isResumed() const { return std::count(codes.begin(), codes.end(), "resumed") > 0; }
};

} // namespace

class TestResume : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void folders_data();
    void folders();
    void gguf_data();
    void gguf();
    void damagedWork();
    void otherWorkIsThrownAway();
    void oneAtATime();
    void needsAreTold();

private:
    fs::path path(const char *name) const { return fs::path(m_dir->path().toStdString()) / name; }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestResume::folders_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<bool>("isOrdered");
    QTest::addColumn<int>("killedAt"); ///< layer
    QTest::addColumn<qint64>("shardBytes");
    QTest::addColumn<QString>("skip");
    const auto row = [](const char *name, LlmMethod method, bool isOrdered, int at,
                        qint64 shard = 5'000'000'000, const char *skip = "") {
        QTest::newRow(name) << static_cast<int>(method) << isOrdered << at << shard << skip;
    };
    row("RTN", LlmMethod::Rtn, false, 2);
    row("GPTQ, first layer", LlmMethod::Gptq, false, 0);
    row("GPTQ", LlmMethod::Gptq, false, 2);
    row("GPTQ, act-order, last layer", LlmMethod::Gptq, true, 3);
    row("GPTQ, shards", LlmMethod::Gptq, false, 2, 40'000);
    row("GPTQ, some kept", LlmMethod::Gptq, false, 2, 5'000'000'000, "0.self_attn|down_proj");
    row("AWQ", LlmMethod::Awq, false, 2);
    row("NF4", LlmMethod::Nf4, false, 1);
    row("LLM.int8", LlmMethod::Int8, false, 3);
}

void TestResume::folders()
{
    QFETCH(int, method);
    QFETCH(bool, isOrdered);
    QFETCH(int, killedAt);
    QFETCH(qint64, shardBytes);
    QFETCH(QString, skip);
    TinyLlama what;
    what.layers = 4;
    const fs::path source = makeTinyLlama(path("m"), what);
    LlmQuantizeOptions options;
    options.method = static_cast<LlmMethod>(method);
    options.usesActOrder = isOrdered;
    options.hasStaticGroups = false;
    options.scheme.groupSize = 32;
    options.shardBytes = static_cast<std::uint64_t>(shardBytes);
    options.skip = skip.toStdString();
    const auto tokens = tinyTokens(64 * 6);
    JobContext job;
    const auto whole = quantizeCheckpoint(source, path("whole"), options, tokens, job);
    QVERIFY2(whole.ok(), qPrintable(errorOf(whole)));

    QVERIFY(runAndKill(killedAt, [&](JobContext &killed) {
        (void)quantizeCheckpoint(source, path("out"), options, tokens, killed).ok();
    }));
    QVERIFY(!fs::exists(path("out"))); // nothing half to be seen
    Watch watch;
    const auto resumed = quantizeCheckpoint(source, path("out"), options, tokens, watch.job);
    QVERIFY2(resumed.ok(), qPrintable(errorOf(resumed)));
    QCOMPARE(watch.isResumed(), killedAt > 0);
    QVERIFY(filesOf(path("out")) == filesOf(path("whole")));
    QVERIFY(!fs::exists(path("out.work")));
    // The report is that of the whole job.
    QCOMPARE(resumed->modules.size(), whole->modules.size());
    for (std::size_t i = 0; i < whole->modules.size(); ++i) {
        QCOMPARE(resumed->modules[i].module, whole->modules[i].module);
        QCOMPARE(resumed->modules[i].relativeError, whole->modules[i].relativeError);
    }
    QCOMPARE(resumed->sizeBytes, whole->sizeBytes);
    QCOMPARE(resumed->bitsPerWeight, whole->bitsPerWeight);
}

void TestResume::gguf_data()
{
    QTest::addColumn<double>("share"); ///< of the elements, when it is killed
    for (const double share : {0.0, 0.3, 0.7, 1.0})
        QTest::addRow("%.1f", share) << share;
}

void TestResume::gguf()
{
    QFETCH(double, share);
    TinyLlama what;
    what.hidden = 256;
    what.intermediate = 512;
    what.layers = 4;
    const fs::path folder = makeTinyLlama(path("m"), what);
    JobContext job;
    const auto source = openHfFolder(folder, job).value();
    double elements = 0;
    for (const GgufTensorInfo &tensor : source->header().tensors)
        elements += double(tensor.elements());
    GgufQuantizeOptions options;
    options.mix = requireGgufMix("Q4_K_M").value();
    const auto whole = quantizeGguf(*source, path("whole.gguf"), options, job);
    QVERIFY2(whole.ok(), qPrintable(errorOf(whole)));
    QVERIFY(runAndKill(static_cast<std::int64_t>(share * elements), [&](JobContext &killed) {
        (void)quantizeGguf(*source, path("out.gguf"), options, killed).ok();
    }));
    QVERIFY(!fs::exists(path("out.gguf")) && fs::exists(path("out.gguf.work")));
    Watch watch;
    const auto resumed = quantizeGguf(*source, path("out.gguf"), options, watch.job);
    QVERIFY2(resumed.ok(), qPrintable(errorOf(resumed)));
    QCOMPARE(watch.isResumed(), share > 0);
    QVERIFY(readFile(path("out.gguf")).value() == readFile(path("whole.gguf")).value());
    QVERIFY(!fs::exists(path("out.gguf.work")));
    for (std::size_t i = 0; i < whole->tensors.size(); ++i)
        QCOMPARE(resumed->tensors[i].relativeError, whole->tensors[i].relativeError);
}

/// Whatever has become of the work, the result is right.
void TestResume::damagedWork()
{
    TinyLlama what;
    what.hidden = 256;
    what.intermediate = 512;
    const fs::path folder = makeTinyLlama(path("m"), what);
    JobContext job;
    const auto source = openHfFolder(folder, job).value();
    GgufQuantizeOptions options;
    options.mix = requireGgufMix("Q4_K_M").value();
    const auto tokens = tinyTokens(64 * 3);
    LlmQuantizeOptions gptq;
    gptq.scheme.groupSize = 32;
    QVERIFY(quantizeGguf(*source, path("whole.gguf"), options, job).ok());
    QVERIFY(quantizeCheckpoint(folder, path("whole"), gptq, tokens, job).ok());
    const std::vector<std::string> journals {"",
                                             "[",
                                             "{}",
                                             R"({"tensors": 3})",
                                             R"({"tensors": [[1, 2]]})",
                                             R"({"layers": 1, "modules": [], "tensors": ["x"], "texts": {}})",
                                             R"({"layers": -1, "modules": [1], "tensors": [], "texts": {}})"};
    for (const std::string &journal : journals) {
        QVERIFY(runAndKill(500'000, [&](JobContext &killed) {
            (void)quantizeGguf(*source, path("out.gguf"), options, killed).ok();
        }));
        QVERIFY(writeFileAtomically(path("out.gguf.work") / "journal.json", journal).ok());
        QVERIFY(quantizeGguf(*source, path("out.gguf"), options, job).ok());
        QVERIFY(readFile(path("out.gguf")).value() == readFile(path("whole.gguf")).value());
        QVERIFY(runAndKill(1, [&](JobContext &killed) {
            (void)quantizeCheckpoint(folder, path("out"), gptq, tokens, killed).ok();
        }));
        QVERIFY(writeFileAtomically(path("out.work") / "journal.json", journal).ok());
        QVERIFY(quantizeCheckpoint(folder, path("out"), gptq, tokens, job).ok());
        QVERIFY(filesOf(path("out")) == filesOf(path("whole")));
    }
    // The file is shorter than the journal has it.
    QVERIFY(runAndKill(500'000, [&](JobContext &killed) {
        (void)quantizeGguf(*source, path("out.gguf"), options, killed).ok();
    }));
    fs::resize_file(path("out.gguf.work") / "data", 1000);
    QVERIFY(quantizeGguf(*source, path("out.gguf"), options, job).ok());
    QVERIFY(readFile(path("out.gguf")).value() == readFile(path("whole.gguf")).value());
}

void TestResume::otherWorkIsThrownAway()
{
    const fs::path source = makeTinyLlama(path("m"));
    const auto tokens = tinyTokens(64 * 3);
    LlmQuantizeOptions options;
    options.scheme.groupSize = 32;
    QVERIFY(runAndKill(1, [&](JobContext &killed) {
        (void)quantizeCheckpoint(source, path("out"), options, tokens, killed).ok();
    }));
    options.damping = 0.02;
    Watch watch;
    QVERIFY(quantizeCheckpoint(source, path("out"), options, tokens, watch.job).ok());
    QVERIFY(!watch.isResumed());
    JobContext job;
    QVERIFY(quantizeCheckpoint(source, path("whole"), options, tokens, job).ok());
    QVERIFY(filesOf(path("out")) == filesOf(path("whole")));
    // What is there under the name and is no work stays.
    fs::create_directory(path("other.work"));
    QVERIFY(writeFileAtomically(path("other.work") / "mine.txt", "text").ok());
    QVERIFY(errorOf(quantizeCheckpoint(source, path("other"), options, tokens, job))
                .contains("other.work: is in the way"));
    QVERIFY(fs::exists(path("other.work") / "mine.txt"));
}

void TestResume::oneAtATime()
{
    const auto first = WorkFolder::open(path("x"), "a");
    QVERIFY2(first.ok(), qPrintable(errorOf(first)));
    QVERIFY(errorOf(WorkFolder::open(path("x"), "a")).contains("is being written by another process"));
}

void TestResume::needsAreTold()
{
    const fs::path source = makeTinyLlama(path("m"));
    Watch watch;
    LlmQuantizeOptions options;
    options.method = LlmMethod::Nf4;
    QVERIFY(quantizeCheckpoint(source, path("out"), options, {}, watch.job).ok());
    QVERIFY(watch.codes.size() == 1 && watch.codes[0] == "needs");
    TinyLlama tied;
    tied.more["tie_word_embeddings"] = true;
    for (const LlmMethod method : {LlmMethod::Nf4, LlmMethod::Rtn}) {
        tied.type = DType::BFloat16; // bitsandbytes keeps it, GPTQ's layout has halves
        options.method = method;
        options.scheme.groupSize = 32;
        Watch again;
        QVERIFY(
            quantizeCheckpoint(makeTinyLlama(path("tied"), tied), path("out"), options, {}, again.job).ok());
        QVERIFY(again.codes == std::vector<std::string>({"tied-embeddings", "needs"}));
        QCOMPARE(QString::fromStdString(again.details[0]),
                 QString("the embeddings are the output matrix, too: they stay %1")
                     .arg(method == LlmMethod::Nf4 ? "bfloat16" : "float16"));
        QVERIFY(SafetensorsSet::open(path("out")).value().find("model.embed_tokens.weight")->type
                == (method == LlmMethod::Nf4 ? DType::BFloat16 : DType::Float16));
    }
    QVERIFY(
        errorOf(checkRoom(path("x"), UINT64_MAX)).contains("x: needs 18446744073709551615 bytes, but only"));
    QVERIFY(checkRoom(path("x"), 1000).ok() && checkRoom("x", 1000).ok());
}

QTEST_APPLESS_MAIN(TestResume)
#include "tst_resume.moc"
