// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which form is advised for a language model, and whether its size is the one that comes out.
#include "core/llm/checkpointadvice.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/llmstrategy.h"
#include "tests/support/tinyllama.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace qs;
namespace fs = std::filesystem;

namespace {

bool says(const std::vector<Text> &texts, const char *part)
{
    return std::ranges::any_of(texts,
                               [&](const Text &text) { return text.str().find(part) != std::string::npos; });
}

} // namespace

class tst_CheckpointAdvice : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        m_model = test::makeTinyLlama(at("tiny"), {.hidden = 256, .intermediate = 512});
        std::string text;
        for (int i = 0; i < 2000; ++i)
            text += static_cast<char>('a' + (i * i + 3 * i) % 26);
        QVERIFY(writeFileAtomically(at("text.txt"), text).ok());
    }
    void sizesAreThoseThatComeOut_data();
    void sizesAreThoseThatComeOut();
    void formsGoByTheWish();
    void everyFormIsCompared();
    void ggufSourcesStayGguf();
    void noWishToTuneOpensAReadyMadeModel();
    void parametersExist();

private:
    fs::path at(const char *name) const { return fs::path(m_folder.filePath(name).toStdString()); }
    Advice advise(const fs::path &model, const Wish &wish) const
    {
        JobContext job;
        const auto view = viewCheckpoint(model);
        if (!view.ok())
            qFatal("%s", view.error().message().c_str());
        return adviseCheckpoint(*view, unchangedGgufHeader(model, job).get(), wish);
    }
    Result<LlmOutcome> make(const std::string &strategy, const fs::path &output) const
    {
        JobContext job;
        const LlmStrategyDescriptor *how = builtinLlmStrategies().find(strategy);
        const fs::path text = how->needsCalibration ? at("text.txt") : fs::path();
        return how->run({m_model, output, ParamSet(how->params), text, 1}, job);
    }

    QTemporaryDir m_folder;
    fs::path m_model;
};

void tst_CheckpointAdvice::sizesAreThoseThatComeOut_data()
{
    QTest::addColumn<QString>("strategy");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("gguf") << "gguf" << 128 / 748640.0; // two keys of metadata short
    QTest::newRow("awq") << "awq" << 0.01;
    QTest::newRow("nf4") << "nf4" << 0.01;
}

void tst_CheckpointAdvice::sizesAreThoseThatComeOut()
{
    QFETCH(QString, strategy);
    QFETCH(double, tolerance);
    JobContext job;
    const auto view = viewCheckpoint(m_model);
    QVERIFY(view.ok());
    const CheckpointSizes sizes = sizesOf(*view, unchangedGgufHeader(m_model, job).get());
    const double told = double(strategy == "gguf" ? sizes.gguf : strategy == "awq" ? sizes.awq : sizes.nf4);
    const fs::path output = at(strategy == "gguf" ? "made.gguf" : qPrintable("made-" + strategy));
    const auto made = make(strategy.toStdString(), output);
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().message().c_str());
    const auto madeView = viewCheckpoint(output);
    QVERIFY(madeView.ok());
    const double real = strategy == "gguf" ? double(fs::file_size(output)) : double(madeView->byteSize);
    QVERIFY2(std::abs(told - real) <= tolerance * real, qPrintable(QString("%1, %2").arg(told).arg(real)));
}

void tst_CheckpointAdvice::formsGoByTheWish()
{
    QCOMPARE(advise(m_model, {}).strategy, std::string("gguf"));
    QVERIFY(advise(m_model, {}).parameters.empty());
    const Advice strict = advise(m_model, {.largestDrop = 0.25});
    QCOMPARE(strict.strategy, std::string("gguf"));
    QVERIFY(strict.parameters.at("type") == "Q6_K");
    QCOMPARE(advise(m_model, {.onGpu = true}).strategy, std::string("awq"));
    QCOMPARE(advise(m_model, {.hasCalibration = false, .onGpu = true}).strategy, std::string("gguf"));
    QCOMPARE(advise(m_model, {.mayTrain = true}).strategy, std::string("nf4"));
    const Advice portable = advise(m_model, {.mayTrain = true, .crossPlatform = true, .onGpu = true});
    QCOMPARE(portable.strategy, std::string("gguf"));
    QVERIFY(says(portable.reasons, "one file for several platforms"));
}

void tst_CheckpointAdvice::everyFormIsCompared()
{
    const Advice advice = advise(m_model, {});
    // 2 x 256 x 96 + 2 x (2 x 256 x 256 + 2 x 128 x 256 + 3 x 512 x 256) weights, 5 x 256 of norms: 1.23
    // million
    QVERIFY(says(advice.reasons, "1.2 million parameters, 2.5 MB"));
    for (const char *form :
         {"GGUF, Q4_K_M: ", "for llama.cpp", "AWQ: about ", "for vLLM", "NF4: about ", "for transformers"})
        QVERIFY2(says(advice.reasons, form), form);
}

void tst_CheckpointAdvice::ggufSourcesStayGguf()
{
    JobContext job;
    const LlmStrategyDescriptor *how = builtinLlmStrategies().find("gguf");
    ParamSet half(how->params);
    QVERIFY(half.parse("type=F16").ok());
    QVERIFY(how->run({m_model, at("half.gguf"), half, {}, 1}, job).ok());
    const Advice advice = advise(at("half.gguf"), {.mayTrain = true, .onGpu = true});
    QCOMPARE(advice.strategy, std::string("gguf"));
    QVERIFY(!says(advice.reasons, "AWQ: about") && !says(advice.reasons, "NF4: about"));
    QVERIFY(make("gguf", at("done.gguf")).ok());
    const Advice done = advise(at("done.gguf"), {});
    QVERIFY(done.strategy.empty());
    QVERIFY(says(done.reasons, "quantized already"));
}

void tst_CheckpointAdvice::noWishToTuneOpensAReadyMadeModel()
{
    const Advice advice = advise(m_model, {.mayTune = false});
    QVERIFY(advice.isReadyMade && advice.strategy.empty());
    QVERIFY(says(advice.reasons, "ready-made"));
    QVERIFY(says(advice.ifNotEnough, "strategy 'gguf'"));
}

void tst_CheckpointAdvice::parametersExist()
{
    for (const Wish &wish :
         {Wish {}, Wish {.mayTrain = true}, Wish {.onGpu = true}, Wish {.largestDrop = 0.1}}) {
        const Advice advice = advise(m_model, wish);
        const LlmStrategyDescriptor *strategy = builtinLlmStrategies().find(advice.strategy);
        QVERIFY(strategy);
        QVERIFY(ParamSet::fromJson(strategy->params, advice.parameters).ok());
    }
}

QTEST_GUILESS_MAIN(tst_CheckpointAdvice)
#include "tst_checkpointadvice.moc"
