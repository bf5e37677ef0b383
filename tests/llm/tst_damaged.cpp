// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whole checkpoints with damage somewhere: each is refused with one line or runs, and none makes the program
// take memory that its files do not warrant.
#include "core/llm/block.h"
#include "core/llm/checkpointview.h"
#include "core/llm/decoder.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufquantize.h"
#include "core/llm/llmquantizer.h"
#include "core/llm/safetensors.h"
#include "core/llm/tokenizer.h"
#include "core/llm/weightdrift.h"
#include "tests/support/mutate.h"
#include "tests/support/tinyllama.h"

#include <QtTest>

#include <QTemporaryDir>

#include <fstream>

using namespace qs;
using namespace qs::test;
namespace fs = std::filesystem;

namespace {

/// Everything that may be done with a model; returns the first error there is.
Status tryAll(const fs::path &path, const fs::path &original)
{
    const auto check = [](const auto &result) -> Status {
        if (result.ok())
            return Done {};
        const std::string line = result.error().message();
        if (line.empty() || line.find('\n') != std::string::npos)
            qFatal("no line: '%s'", line.c_str());
        return result.error();
    };
    Status worst = Done {};
    const auto note = [&](const auto &result) {
        if (const Status status = check(result); !status.ok())
            worst = status;
    };
    JobContext job;
    note(viewCheckpoint(path));
    note(compareWeights(original, path, job));
    if (const auto tokenizer = openTokenizer(path); tokenizer.ok())
        note((*tokenizer)->encode("ab abc ba"));
    const auto opened = openCheckpoint(path);
    note(opened);
    if (!opened.ok())
        return worst;
    const WeightSource &model = **opened;
    const std::int64_t layers = std::min<std::int64_t>(model.config().layers, 3);
    for (std::int64_t layer = 0; layer < layers; ++layer)
        note(loadBlock(model, layer));
    note(model.head());
    // What runs at all runs to the end, whatever the numbers come to be.
    if (worst.ok()) {
        const std::vector<std::int32_t> tokens {0, 1, 2, 3};
        auto x = embed(model, tokens, 4);
        note(x);
        if (x.ok())
            note(runLayers(model, *x, job, 1));
    }
    return worst;
}

/// Not synced, unlike the program's own files: hundreds are written here.
void writePlainly(const fs::path &file, const std::string &bytes)
{
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace

class TestDamaged : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { limitMemory(std::size_t {2} << 30); }
    void folders_data();
    void folders();
    void gguf();
    void hugeSizes();

private:
    fs::path path(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }
    QTemporaryDir m_dir;
};

void TestDamaged::folders_data()
{
    QTest::addColumn<int>("method");
    QTest::newRow("GPTQ") << static_cast<int>(LlmMethod::Rtn);
    QTest::newRow("AWQ") << static_cast<int>(LlmMethod::Awq);
    QTest::newRow("NF4") << static_cast<int>(LlmMethod::Nf4);
    QTest::newRow("LLM.int8") << static_cast<int>(LlmMethod::Int8);
}

void TestDamaged::folders()
{
    QFETCH(int, method);
    const fs::path original = makeTinyLlama(path("m"));
    LlmQuantizeOptions options;
    options.method = static_cast<LlmMethod>(method);
    options.scheme.groupSize = 32;
    JobContext job;
    const fs::path folder = path("q");
    QVERIFY(quantizeCheckpoint(original, folder, options, tinyTokens(64 * 3), job).ok());
    QVERIFY(tryAll(folder, original).ok());
    Random random(11);
    int refused = 0;
    constexpr int kRounds = 150;
    for (int round = 0; round < kRounds; ++round) {
        const fs::path file = folder / (round % 3 == 0 ? "config.json" : "model.safetensors");
        const std::string good = readFile(file).value();
        std::uint64_t header = 0;
        QCOMPARE(good.copy(reinterpret_cast<char *>(&header), sizeof header), sizeof header);
        // The safetensors header, or anywhere: scales, groups, the state of 4-bit weights.
        const std::size_t part = round % 3 == 1 ? 8 + header : good.size();
        writePlainly(file, damaged(good, part, random));
        refused += tryAll(folder, original).ok() ? 0 : 1;
        writePlainly(file, good);
    }
    QVERIFY2(refused > kRounds / 4 && refused < kRounds, qPrintable(QString::number(refused)));
    QVERIFY(tryAll(folder, original).ok());
}

void TestDamaged::gguf()
{
    TinyLlama what;
    what.hidden = 32;
    what.intermediate = 64;
    const fs::path original = makeTinyLlama(path("m"), what);
    JobContext job;
    const auto source = openHfFolder(original, job).value();
    GgufQuantizeOptions options;
    options.mix = requireGgufMix("Q8_0").value();
    const fs::path file = path("m.gguf");
    QVERIFY(quantizeGguf(*source, file, options, job).ok());
    QVERIFY(tryAll(file, original).ok());
    const std::string good = readFile(file).value();
    const std::size_t header = GgufFile::open(file).value()->header().dataStart;
    Random random(5);
    int refused = 0;
    constexpr int kRounds = 600;
    for (int round = 0; round < kRounds; ++round) {
        writePlainly(file, damaged(good, round % 4 == 0 ? good.size() : header, random));
        refused += tryAll(file, original).ok() ? 0 : 1;
    }
    QVERIFY2(refused > kRounds / 4 && refused < kRounds, qPrintable(QString::number(refused)));
}

/// Sizes a configuration may claim, and no file has.
void TestDamaged::hugeSizes()
{
    for (const char *key : {"hidden_size", "intermediate_size", "vocab_size", "num_hidden_layers",
                            "max_position_embeddings", "head_dim"}) {
        for (const std::int64_t size : {std::int64_t {9'999}, std::int64_t {1} << 26}) {
            TinyLlama what;
            const fs::path folder = makeTinyLlama(path("huge"), what);
            auto config = nlohmann::json::parse(readFile(folder / "config.json").value());
            config[key] = size;
            QVERIFY(writeFileAtomically(folder / "config.json", config.dump()).ok());
            const Status status = tryAll(folder, folder);
            const bool isHarmless = std::string(key) == "max_position_embeddings";
            QVERIFY2(status.ok() == isHarmless, key);
        }
    }
}

QTEST_APPLESS_MAIN(TestDamaged)
#include "tst_damaged.moc"
