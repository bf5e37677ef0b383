// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What survives a break of a training, and what becomes of a file that is of another one.
#include "core/base/atomicfile.h"
#include "core/trainer/trainingcheckpoint.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/memorydataset.h"
#include "tests/support/tinycnn.h"
#include "tests/support/trainingrun.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <onnx/onnx_pb.h>

using namespace qs;
using namespace qs::test;

namespace {

/// Asks the job to stop when so many samples were read.
class StoppingDataset : public MemoryDataset
{
public:
    StoppingDataset(std::vector<Sample> samples, int reads, std::stop_source stop)
        : MemoryDataset(std::move(samples))
        , m_left(reads)
        , m_stop(std::move(stop))
    { }
    Result<Sample> sample(std::size_t index) const override
    {
        if (--m_left == 0)
            m_stop.request_stop();
        return MemoryDataset::sample(index);
    }

private:
    mutable std::atomic<int> m_left;
    mutable std::stop_source m_stop;
};

} // namespace

class tst_TrainingCheckpoint : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto engine = trainingEngine();
        if (!engine.ok())
            QSKIP(engine.error().message().c_str());
        m_model = makeTinyCnn();
    }
    void resumedRunEndsTheSame();
    void resumedAfterFoldingEndsTheSame_data();
    void resumedAfterFoldingEndsTheSame();
    void damagedCheckpointIsAnError();
    void foreignCheckpointIsNotUsed();
    void checkpointIsThereFromTheStart();
    void abandonedOnesAreRemoved();

private:
    ModelPtr m_model;
};

void tst_TrainingCheckpoint::resumedRunEndsTheSame()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 48, true);
    const Recipe recipe
        = recipeOf("qat", {{"epochs", 4}, {"batch_size", 8}, {"weight_bits", 4}, {"learning_rate", 0.003}});
    const auto whole = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(whole);

    // Cancelled in the middle of an epoch, as by Ctrl-C.
    std::stop_source stop;
    std::int64_t steps = 0;
    JobContext job(stop.get_token(), [&](const Progress &progress) {
        if (progress.stage == "train" && ++steps == 15)
            stop.request_stop();
    });
    QuantizeOptions options;
    options.threads = 1;
    options.calibration = data;
    options.training.checkpoint = checkpoint;
    QVERIFY_THROWS_EXCEPTION(Cancelled,
                             (void)quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, job));
    QVERIFY(std::filesystem::exists(checkpoint));

    const auto resumed = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
    QS_VERIFY_OK(resumed);
    QVERIFY(graphBytes(*(*whole)->model) == graphBytes(*(*resumed)->model));
    QCOMPARE((*resumed)->training->epochs.size(), std::size_t(5));
    const auto isNews = [](const Finding &finding) { return finding.code == "training-resumed"; };
    QVERIFY(std::ranges::any_of((*resumed)->findings, isNews));
}

void tst_TrainingCheckpoint::resumedAfterFoldingEndsTheSame_data()
{
    QTest::addColumn<int>("reads");
    // 44 of 48 samples are trained on. Opening reads one of each part; before training 44 are read for their
    // statistics and 4 measured; an epoch reads 44 to train, 44 for statistics, and 4 to measure.
    QTest::newRow("while training") << 2 + 48 + 20;
    QTest::newRow("before statistics") << 2 + 48 + 44;
    QTest::newRow("among statistics") << 2 + 48 + 44 + 20;
    QTest::newRow("behind statistics") << 2 + 48 + 44 + 44;
    QTest::newRow("second epoch") << 2 + 48 + 92 + 44 + 44;
}

/// Statistics are folded into weights once an epoch, wherever it is interrupted.
void tst_TrainingCheckpoint::resumedAfterFoldingEndsTheSame()
{
    QFETCH(int, reads);
    QTemporaryDir folder;
    const DatasetPtr data = pictures(*m_model, 48, true);
    const Recipe recipe = recipeOf("qat",
                                   {{"epochs", 3},
                                    {"batch_size", 8},
                                    {"weight_bits", 4},
                                    {"learning_rate", 0.003},
                                    {"freeze_batch_norm_after", 0.7}});
    const auto whole = quantizeWith(m_model, recipe, data);
    QS_VERIFY_OK(whole);
    std::stop_source stop;
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < data->size(); ++i)
        samples.push_back(*data->sample(i));
    JobContext job(stop.get_token(), {});
    QuantizeOptions options {.threads = 1, .calibration = data};
    options.trainingData = std::make_shared<StoppingDataset>(samples, reads, stop);
    options.training = {.checkpoint = folder.filePath("net.training").toStdString(), .sampleMemory = 0};
    QVERIFY_THROWS_EXCEPTION(Cancelled,
                             (void)quantize(m_model, recipe, *makeOnnxRuntimeEngine(), options, job));
    const auto resumed = quantizeWith(m_model, recipe, data, options.training);
    QS_VERIFY_OK(resumed);
    QVERIFY(graphBytes(*(*whole)->model) == graphBytes(*(*resumed)->model));
    QVERIFY((*resumed)->training->epochs.back().validationLoss
            == (*whole)->training->epochs.back().validationLoss);
}

void tst_TrainingCheckpoint::damagedCheckpointIsAnError()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 16, true);
    const Recipe recipe = recipeOf("qat", {{"epochs", 1}});
    QS_VERIFY_OK(quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint}));
    const auto bytes = readFile(checkpoint);
    QS_VERIFY_OK(bytes);
    QS_VERIFY_OK(loadCheckpoint(checkpoint));
    QS_VERIFY_OK(quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint}));
    const std::size_t places[] = {0, 20, 100, bytes->size() / 2, bytes->size() - 1};
    for (const std::size_t place : places) {
        std::string damaged = *bytes;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
        QVERIFY(writeFileAtomically(checkpoint, damaged).ok());
        const auto result = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
        QVERIFY(!result.ok() && result.error().code == ErrorCode::Format);
    }
    for (const std::size_t size : places) {
        QVERIFY(writeFileAtomically(checkpoint, bytes->substr(0, size)).ok());
        QVERIFY(!loadCheckpoint(checkpoint).ok());
    }
}

void tst_TrainingCheckpoint::foreignCheckpointIsNotUsed()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    const DatasetPtr data = pictures(*m_model, 16, true);
    QS_VERIFY_OK(quantizeWith(m_model, recipeOf("qat", {{"epochs", 1}}), data, {.checkpoint = checkpoint}));
    const auto hours = readFile(checkpoint);
    QS_VERIFY_OK(hours);
    const Recipe recipe = recipeOf("qat", {{"epochs", 1}, {"seed", 9}});
    const auto refused = quantizeWith(m_model, recipe, data, {.checkpoint = checkpoint});
    QVERIFY(!refused.ok() && refused.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(refused.error().message().find("of another training") != std::string::npos,
             refused.error().message().c_str());
    QVERIFY(*readFile(checkpoint) == *hours);

    const auto isNews = [](const Finding &finding) { return finding.code == "other-checkpoint"; };
    const TrainingOptions replacing {.checkpoint = checkpoint, .replacesOther = true};
    const auto other = quantizeWith(m_model, recipe, data, replacing);
    QS_VERIFY_OK(other);
    QVERIFY(std::ranges::any_of((*other)->findings, isNews));
    QVERIFY(*readFile(checkpoint) != *hours);

    QVERIFY(writeFileAtomically(checkpoint, "damaged").ok());
    const auto third = quantizeWith(m_model, recipe, data, replacing);
    QS_VERIFY_OK(third);
    QVERIFY(std::ranges::any_of((*third)->findings, isNews));
    QS_VERIFY_OK(loadCheckpoint(checkpoint));
}

/// A kill before the end of the first epoch does not start from nothing again.
void tst_TrainingCheckpoint::checkpointIsThereFromTheStart()
{
    QTemporaryDir folder;
    const std::filesystem::path checkpoint = folder.filePath("net.training").toStdString();
    bool isThere = false;
    TrainingOptions options {.checkpoint = checkpoint};
    JobContext job({}, [&](const Progress &progress) {
        if (progress.stage == "train" && progress.done == 1)
            isThere = std::filesystem::exists(checkpoint);
    });
    QuantizeOptions how {.threads = 1, .calibration = pictures(*m_model, 16, true), .training = options};
    QS_VERIFY_OK(quantize(m_model, recipeOf("qat", {{"epochs", 1}}), *makeOnnxRuntimeEngine(), how, job));
    QVERIFY(isThere);
}

void tst_TrainingCheckpoint::abandonedOnesAreRemoved()
{
    namespace fs = std::filesystem;
    using std::chrono::hours;
    QTemporaryDir scratch;
    const fs::path folder = scratch.path().toStdString();
    const auto now = fs::file_time_type::clock::now();
    const auto write = [&](const std::string &name, hours age) {
        const fs::path path = folder / name;
        if (!writeFileAtomically(path, "x").ok())
            qFatal("cannot write");
        fs::last_write_time(path, now - age);
        return path;
    };
    const fs::path wanted = write("wanted.training", hours(24 * 90));
    const fs::path other = write("statistics.json", hours(24 * 90));
    const fs::path forgotten = write("forgotten.training", hours(24 * 31));
    std::vector<fs::path> recent;
    for (int i = 0; i < 12; ++i)
        recent.push_back(write("recent" + std::to_string(i) + ".training", hours(i + 1)));
    fs::create_directory(folder / "folder.training");
    removeAbandonedCheckpoints(folder, wanted);
    QVERIFY(fs::exists(wanted) && fs::exists(other) && fs::exists(folder / "folder.training"));
    QVERIFY(!fs::exists(forgotten));
    for (std::size_t i = 0; i < recent.size(); ++i)
        QCOMPARE(fs::exists(recent[i]), i < 10);
    fs::remove(recent[0]);
    write("forgotten.training", hours(24 * 31)); // goes for its age alone
    removeAbandonedCheckpoints(folder, wanted);
    QVERIFY(!fs::exists(forgotten) && fs::exists(recent[9]));
    removeAbandonedCheckpoints(folder / "missing", wanted);
}

QTEST_GUILESS_MAIN(tst_TrainingCheckpoint)
#include "tst_trainingcheckpoint.moc"
