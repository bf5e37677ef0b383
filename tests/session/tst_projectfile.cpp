// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/model/modelio.h"
#include "core/session/projectfile.h"
#include "tests/support/textmodel.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace qs;
namespace fs = std::filesystem;

namespace {

constexpr const char *kFloatModel = R"(<ir_version: 8, opset_import: ["" : 13]>
    g (float[1,4] x) => (float[1,2] y)
    <float[4,2] w = {1,2,3,4,5,6,7,8}> { t = MatMul(x, w)  y = Relu(t) })";
/// Stands for a quantized one: any other model will do.
constexpr const char *kOtherModel = R"(<ir_version: 8, opset_import: ["" : 13]>
    g (float[1,4] x) => (float[1,2] y)
    <float[4,2] w = {1,2,3,4,5,6,7,9}> { t = MatMul(x, w)  y = Relu(t) })";

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Evaluation makeEvaluation()
{
    Evaluation e;
    e.samples = 3;
    e.skipped = 1;
    e.top1 = makeProportion(2, 3);
    e.referenceTop1 = makeProportion(3, 3);
    e.agreement = makeProportion(2, 3);
    e.paired = PairedComparison {1, 0, 1.0, -0.1, -0.3, 0.2};
    e.outputSqnrDb = 31.25;
    e.sizeBytes = 1234;
    e.referenceSizeBytes = 4321;
    e.latency = Latency {0.5, 0.7, 0.4, 30, 5, 2};
    e.results = {{"a/1.png", 0, 3, 3, 3, 20.5}, {"a/ä.png", 1, std::nullopt, 2, 3, kInfinity}};
    return e;
}

Drift makeDrift()
{
    Drift drift;
    drift.sampleIds = {"a/1.png", "a/2.png"};
    drift.skipped = 2;
    LayerDrift first {"MatMul_0",
                      "MatMul",
                      "t",
                      {33.0, 0.999, 0.25, 0.5},
                      DriftMetrics {40.0, 1.0, 0.125, 0.0},
                      {30.F, 36.5F},
                      {41.F, 39.F},
                      {33.F, 32.F},
                      {0.25F, 0.125F}};
    LayerDrift second;
    second.name = "Relu_1";
    second.op = "Relu";
    second.tensor = "y";
    second.sampleSqnrDb = {std::numeric_limits<float>::infinity(), 10.1F};
    drift.layers = {first, second};
    return drift;
}

RunPtr makeRun(const ModelPtr &source, const std::string &name)
{
    Quantized quantized;
    quantized.recipe.parameters = {{"observer", "minmax"}};
    quantized.recipe.exclude = {"^head"};
    quantized.recipe.overrides = {{"t", Range {-1, 1}, {}, false}};
    quantized.source = source;
    quantized.prepared = source;
    quantized.model = modelFromText(kOtherModel);
    quantized.plan.strategy = "static";
    quantized.plan.target = "onnxruntime-cpu";
    quantized.plan.nodes = {
        {"t", "MatMul", NodeForm::Integer, sentence("integer kernel, weights %1", {sentence("per channel")})},
        {"y", "Relu", NodeForm::Absorbed, "part of t"}};
    TensorPlan tensor {"t",
                       TensorRole::Weight,
                       {DType::Int8, true, 7},
                       {{-1, 1}, {-2, 2}},
                       {{0.0078125F, 0}, {0.015625F, 3}},
                       {0.5F, -0.25F},
                       1,
                       "x",
                       countedSentence("%1 over %n sample(s)", 8, {"minmax"})};
    tensor.roundUp = {0x5A, 0x01, 0xFF};
    quantized.plan.tensors = {{"t", tensor}};
    quantized.plan.findings
        = {{Severity::Warning, "saturation", "t", countedSentence("%n value(s) did not fit in 32 bits", 1)}};
    auto statistics = std::make_shared<Statistics>();
    TensorStatistics t;
    t.extent = {-1.5F, 2.F};
    t.histogram.emplace();
    const std::vector<float> values {-1.5F, 0.25F, 2.F, 2.F};
    t.histogram->add(values);
    t.count = 4;
    statistics->tensors = {{"t", t}};
    statistics->samples = 8;
    statistics->fingerprint = std::string(64, 'a');
    quantized.statistics = statistics;
    quantized.passes = {{"fold-affine", 2, 1.5, {{Severity::Info, "folded", "t", "two"}}}};
    quantized.findings = quantized.plan.findings;
    quantized.seconds = 1.25;
    quantized.quantizedNodes = 2;

    auto run = std::make_shared<Run>();
    run->name = name;
    run->quantized = std::make_shared<Quantized>(std::move(quantized));
    run->evaluation = std::make_shared<Evaluation>(makeEvaluation());
    run->drift = std::make_shared<Drift>(makeDrift());
    return run;
}

bool sameReports(const std::vector<PassReport> &a, const std::vector<PassReport> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const PassReport &x, const PassReport &y) {
        return x.pass == y.pass && x.changes == y.changes && x.milliseconds == y.milliseconds
            && x.findings == y.findings;
    });
}

}

class TestProjectFile : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_root = m_folder->path().toStdString();
        fs::create_directories(m_root / "models");
        fs::create_directories(m_root / "data");
        JobContext job;
        const ModelPtr model = modelFromText(kFloatModel);
        QVERIFY(saveModel(*model, m_root / "models" / "float.onnx", {}, job).ok());
        auto opened = openModelFile(m_root / "models" / "float.onnx", nullptr, job);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().message().c_str());
        m_project = {};
        m_project.model = opened.value();
        m_project.recipe.calibration.path = (m_root / "data").string();
        m_project.recipe.calibration.limit = 17;
        m_project.recipe.exclude = {"conv"};
        m_project.evaluationData.path = "synthetic";
        m_project.evaluationData.limit = 5;
        m_project.runs
            = {makeRun(m_project.model->model, "#1 static"), makeRun(m_project.model->model, "two")};
        m_project.currentRun = 1;
        m_project.selectedLayer = "t";
        m_path = m_root / "work.qsproj";
    }

    void everythingComesBack()
    {
        save();
        const Project loaded = load();
        QCOMPARE(loaded.model->model->fingerprint(), m_project.model->model->fingerprint());
        QVERIFY(loaded.recipe == m_project.recipe);
        QVERIFY(loaded.evaluationData == m_project.evaluationData);
        QCOMPARE(loaded.currentRun, 1);
        QCOMPARE(loaded.selectedLayer, std::string("t"));
        QCOMPARE(loaded.runs.size(), std::size_t(2));
        QCOMPARE(loaded.runs[1]->name, std::string("two"));
        const Run &was = *m_project.runs[0];
        const Run &is = *loaded.runs[0];
        QVERIFY(*is.evaluation == *was.evaluation);
        QVERIFY(*is.drift == *was.drift);
        QVERIFY(is.quantized->plan == was.quantized->plan);
        QVERIFY(is.quantized->recipe == was.quantized->recipe);
        QVERIFY(*is.quantized->statistics == *was.quantized->statistics);
        QVERIFY(is.quantized->findings == was.quantized->findings);
        QVERIFY(sameReports(is.quantized->passes, was.quantized->passes));
        QCOMPARE(is.quantized->model->fingerprint(), was.quantized->model->fingerprint());
        QCOMPARE(is.quantized->seconds, 1.25);
        QCOMPARE(is.quantized->quantizedNodes, 2);
    }

    void aRunWithoutFiguresComesBackWithoutThem()
    {
        auto bare = std::make_shared<Run>(*m_project.runs[0]);
        bare->evaluation.reset();
        bare->drift.reset();
        m_project.runs = {bare};
        save();
        const Project loaded = load();
        QVERIFY(!loaded.runs.front()->evaluation);
        QVERIFY(!loaded.runs.front()->drift);
    }

    void aTrainedRunKeepsItsWeightsAndItsHistory()
    {
        TrainingHistory history;
        history.engine = "a trainer";
        history.supervision = "both";
        history.samples = 90;
        history.validationSamples = 10;
        history.plannedEpochs = 3;
        history.bestEpoch = 1;
        history.stepLosses = {0.5F, 0.25F};
        history.stepStride = 2;
        history.stepsPerEpoch = 4;
        history.checkedSamples = 100;
        history.sameTop1 = 0.99;
        history.simulatedTop1 = 0.75;
        history.exportedTop1 = 0.76;
        history.epochs = {{.validationLoss = 0.5, .ranges = {{"t", {-1.F, 2.F}}}},
                          {.epoch = 1,
                           .loss = 0.25,
                           .accuracy = 0.75,
                           .validationLoss = 0.125,
                           .validationAccuracy = 0.875,
                           .learningRate = 1e-4,
                           .seconds = 1.5,
                           .ranges = {{"t", {-2.F, 2.F}}}}};
        history.differences = {{"t", 0.5, 2, 30.5}, {"y", 0, 0, kInfinity}};
        auto run = std::make_shared<Run>(*m_project.runs[0]);
        auto quantized = std::make_shared<Quantized>(*run->quantized);
        quantized->training = std::make_shared<TrainingHistory>(history);
        quantized->prepared = modelFromText(kOtherModel);
        run->quantized = quantized;
        m_project.runs = {run};
        m_project.recipe.training = {(m_root / "data").string(), 90, {}};
        save();
        const Project loaded = load();
        QVERIFY(loaded.recipe == m_project.recipe);
        QVERIFY(*loaded.runs.front()->quantized->training == history);
        QCOMPARE(loaded.runs.front()->quantized->prepared->fingerprint(), quantized->prepared->fingerprint());
    }

    void movesTogetherWithItsFiles()
    {
        save();
        const fs::path elsewhere = m_root.parent_path() / (m_root.filename().string() + "-moved");
        fs::rename(m_root, elsewhere);
        m_path = elsewhere / "work.qsproj";
        const Project loaded = load();
        QCOMPARE(loaded.model->model->path(), elsewhere / "models" / "float.onnx");
        QCOMPARE(loaded.recipe.calibration.path, (elsewhere / "data").string());
        fs::rename(elsewhere, m_root);
    }

    void movesAlone()
    {
        save();
        fs::create_directories(m_root / "deep" / "er");
        fs::rename(m_path, m_root / "deep" / "er" / "p.qsproj");
        fs::rename(m_root / "work.qsproj.d", m_root / "deep" / "er" / "p.qsproj.d");
        m_path = m_root / "deep" / "er" / "p.qsproj";
        QCOMPARE(load().model->model->path(), m_root / "models" / "float.onnx");
    }

    void savingAgainKeepsWhatIsUsedAndDropsTheRest()
    {
        save();
        const fs::path files = m_root / "work.qsproj.d";
        writeFileAtomically(files / "notes.txt", "mine").ok();
        const auto count
            = [&] { return std::distance(fs::directory_iterator(files), fs::directory_iterator()); };
        QCOMPARE(count(), std::ptrdiff_t(3)); // both runs have the same model and statistics
        m_project.runs.clear();
        save();
        QCOMPARE(count(), std::ptrdiff_t(1)); // what is not ours stays
        QVERIFY(fs::exists(files / "notes.txt"));
    }

    void badFilesGiveOneClearError_data()
    {
        QTest::addColumn<QString>("content");
        QTest::addColumn<QString>("message");
        QTest::newRow("empty") << ""
                               << "not a project file";
        QTest::newRow("truncated") << "{\"format\": \"quantstudio-pro"
                                   << "not a project file";
        QTest::newRow("array") << "[1, 2]"
                               << "not a project file";
        QTest::newRow("other JSON") << "{\"format\": \"something\"}"
                                    << "not a project file";
        QTest::newRow("no format") << "{}"
                                   << "damaged project file";
        QTest::newRow("newer") << R"({"format": "quantstudio-project", "version": 99})"
                               << "newer version";
        QTest::newRow("no model") << R"({"format": "quantstudio-project", "version": 1})"
                                  << "damaged project file";
    }

    void badFilesGiveOneClearError()
    {
        QFETCH(QString, content);
        QFETCH(QString, message);
        QVERIFY(writeFileAtomically(m_path, content.toStdString()).ok());
        JobContext job;
        const auto loaded = loadProject(m_path, nullptr, job);
        QVERIFY(!loaded.ok());
        const QString text = QString::fromStdString(loaded.error().message());
        QVERIFY2(text.contains(message), qPrintable(text));
        QVERIFY(text.contains("work.qsproj"));
        QVERIFY(!text.contains('\n'));
    }

    void everyTruncationIsAnErrorAndNoCrash()
    {
        save();
        const std::string whole = readFile(m_path).value();
        JobContext job;
        for (std::size_t length = 0; length + 3 < whole.size(); length += 97) {
            QVERIFY(writeFileAtomically(m_path, whole.substr(0, length)).ok());
            QVERIFY(!loadProject(m_path, nullptr, job).ok());
        }
    }

    void wrongKindsOfValuesAreErrorsOrLeaveTheRunOut()
    {
        save();
        const nlohmann::json whole = nlohmann::json::parse(readFile(m_path).value());
        JobContext job;
        for (const auto &[key, value] : whole.items()) {
            nlohmann::json damaged = whole;
            damaged[key] = 7.5;
            QVERIFY(writeFileAtomically(m_path, damaged.dump()).ok());
            (void)loadProject(m_path, nullptr, job).ok();
        }
        for (const auto &[key, value] : whole["runs"][0].items()) {
            nlohmann::json damaged = whole;
            damaged["runs"][0][key] = nlohmann::json::array({"x"});
            QVERIFY(writeFileAtomically(m_path, damaged.dump()).ok());
            (void)loadProject(m_path, nullptr, job).ok();
        }
    }

    void aMissingFloatModelIsNamed()
    {
        save();
        fs::remove(m_root / "models" / "float.onnx");
        JobContext job;
        const auto loaded = loadProject(m_path, nullptr, job);
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ErrorCode::NotFound);
        QVERIFY(QString::fromStdString(loaded.error().message()).contains("float.onnx"));
    }

    void aChangedFloatModelIsReported()
    {
        save();
        JobContext job;
        QVERIFY(saveModel(*modelFromText(kOtherModel), m_root / "models" / "float.onnx", {}, job).ok());
        load();
        QVERIFY(hasFinding("model-changed"));
    }

    void missingStatisticsAreReported()
    {
        save();
        for (const auto &entry : fs::directory_iterator(m_root / "work.qsproj.d"))
            if (entry.path().extension() == ".statistics")
                fs::remove(entry.path());
        const Project loaded = load();
        QCOMPARE(loaded.runs.size(), std::size_t(2));
        QVERIFY(!loaded.runs[0]->quantized->statistics);
        QVERIFY(hasFinding("statistics-missing"));
    }

    void filesOutsideTheFolderAreRefused()
    {
        save();
        nlohmann::json root = nlohmann::json::parse(readFile(m_path).value());
        root["runs"][0]["model"] = "../models/float.onnx";
        QVERIFY(writeFileAtomically(m_path, root.dump()).ok());
        JobContext job;
        const auto loaded = loadProject(m_path, nullptr, job);
        QVERIFY(!loaded.ok());
        QVERIFY(QString::fromStdString(loaded.error().message()).contains("not a plain file name"));
    }

    void aFolderThatCannotBeWrittenIsAnErrorAndKeepsTheOldFile()
    {
        save();
        const std::string before = readFile(m_path).value();
        fs::remove_all(m_root / "work.qsproj.d");
        QVERIFY(writeFileAtomically(m_root / "work.qsproj.d", "in the way").ok());
        JobContext job;
        const Status status = saveProject(m_project, m_path, job);
        QVERIFY(!status.ok());
        QCOMPARE(readFile(m_path).value(), before);
    }

    void stoppingIsObeyed()
    {
        std::stop_source stop;
        stop.request_stop();
        JobContext job(stop.get_token(), {});
        QVERIFY_THROWS_EXCEPTION(Cancelled, (void)saveProject(m_project, m_path, job));
        QVERIFY(!fs::exists(m_path));
    }

private:
    void save()
    {
        JobContext job;
        const Status status = saveProject(m_project, m_path, job);
        QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    }

    Project load()
    {
        m_findings.clear();
        JobContext job({}, {}, [this](const Finding &finding) { m_findings.push_back(finding); });
        auto loaded = loadProject(m_path, nullptr, job);
        if (!loaded.ok()) {
            QTest::qFail(loaded.error().message().c_str(), __FILE__, __LINE__);
            return m_project;
        }
        return std::move(loaded).value();
    }

    bool hasFinding(const std::string &code) const
    {
        return std::any_of(m_findings.begin(), m_findings.end(),
                           [&](const Finding &finding) { return finding.code == code; });
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_root;
    fs::path m_path;
    Project m_project;
    std::vector<Finding> m_findings;
};

QTEST_GUILESS_MAIN(TestProjectFile)
#include "tst_projectfile.moc"
