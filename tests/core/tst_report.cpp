// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/axis.h"
#include "core/report/figures.h"
#include "core/report/layerrows.h"
#include "core/report/report.h"
#include "core/report/text.h"
#include "core/report/trainingtext.h"

#include <QXmlStreamReader>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

using namespace qs;

namespace {

const std::string kHostile = "</td><script>alert('x')</script> & \"q\" |`*` \x01\xFF =1+1";

std::shared_ptr<Quantized> makeQuantized()
{
    auto quantized = std::make_shared<Quantized>();
    quantized->recipe.strategy = "static";
    quantized->recipe.target = "x86-vnni";
    quantized->recipe.exclude = {kHostile};
    quantized->plan.nodes = {{"conv1", "Conv", NodeForm::Integer, "QLinearConv"},
                             {kHostile, "Softmax", NodeForm::Float, "kept float: <faster> & better"},
                             {"conv2", "Conv", NodeForm::Integer, "QLinearConv"}};
    TensorPlan tensor;
    tensor.tensor = "t1";
    tensor.ranges = {{-1.F, 3.F}};
    tensor.reason = "entropy over 200 samples";
    quantized->plan.tensors["t1"] = tensor;
    auto statistics = std::make_shared<Statistics>();
    statistics->samples = 200;
    statistics->synthetic = true;
    statistics->tensors["t1"].extent = {-1.5F, 4.F};
    quantized->statistics = statistics;
    quantized->findings = {{Severity::Warning, "clipped-activations", kHostile, kHostile}};
    quantized->passes = {{"fold-batchnorm", 19, 1.25, {}}};
    quantized->quantizedNodes = 2;
    quantized->floatNodes = 1;
    return quantized;
}

std::shared_ptr<Evaluation> makeEvaluation()
{
    auto e = std::make_shared<Evaluation>();
    e->samples = 2000;
    e->top1 = makeProportion(1580, 2000);
    e->referenceTop1 = makeProportion(1609, 2000);
    e->agreement = makeProportion(1900, 2000);
    e->paired = PairedComparison {40, 11, 0.00005, -0.0145, -0.0216, -0.0074};
    e->outputSqnrDb = 21.5;
    e->sizeBytes = 300000;
    e->referenceSizeBytes = 1100000;
    e->latency = Latency {1.5, 1.7, 1.4, 60, 5, 2};
    e->referenceLatency = Latency {3.0, 3.3, 2.9, 60, 5, 2};
    return e;
}

std::shared_ptr<Drift> makeDrift()
{
    auto drift = std::make_shared<Drift>();
    LayerDrift first;
    first.name = "conv1";
    first.op = "Conv";
    first.tensor = "t1";
    first.accumulated = {35.25, 0.9999, 0.1, 0.5};
    first.alone = DriftMetrics {36, 0.9999, 0.1, 0.5};
    LayerDrift second = first;
    second.name = kHostile;
    second.op = "Softmax";
    second.tensor = "t2";
    second.accumulated.sqnrDb = 9.5;
    second.alone.reset();
    LayerDrift third = first;
    third.name = "only in the drift";
    third.tensor = "t3";
    third.accumulated.sqnrDb = std::numeric_limits<double>::infinity();
    drift->layers = {first, second, third};
    drift->sampleIds = {"a", "b"};
    return drift;
}

std::vector<RunPtr> makeRuns()
{
    auto first = std::make_shared<Run>();
    first->name = kHostile;
    first->quantized = makeQuantized();
    first->evaluation = makeEvaluation();
    first->drift = makeDrift();
    auto second = std::make_shared<Run>();
    second->name = "bare";
    return {first, second};
}

/// All text of the elements called \a name; empty list and a failure when the markup is not well-formed.
QStringList elementTexts(const std::string &markup, const QString &name, const QString &style = {})
{
    QXmlStreamReader reader(QString::fromStdString(markup));
    QStringList texts;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement() && reader.name() == name
            && (style.isEmpty() || reader.attributes().value("class") == style))
            texts << reader.readElementText(QXmlStreamReader::IncludeChildElements);
    }
    if (reader.hasError()) {
        qWarning() << reader.errorString() << reader.lineNumber();
        return {};
    }
    return texts;
}

} // namespace

class TestReport : public QObject
{
    Q_OBJECT

private slots:
    void texts();
    void utf8();
    void escaping();
    void axes();
    void rows();
    void figures();
    void htmlIsWellFormedAndEscaped();
    void htmlNeedsNothingFromElsewhere();
    void htmlMarksSyntheticData();
    void htmlOfNothing();
    void htmlOfManyLayers();
    void htmlOfATraining();
    void trainingTexts();
    void json();
    void csv();
    void markdown();
    void writes();
    void writesIntoAFileFail();
    void whatCannotBeWrittenWholeIsNotWritten();
    void foldersAreCheckedWithoutATrace();
};

void TestReport::texts()
{
    QCOMPARE(fixed(1.005, 1), std::string("1.0"));
    QCOMPARE(fixed(-INFINITY, 1), std::string("−∞"));
    QCOMPARE(compact(0.012345678), std::string("0.01235"));
    QCOMPARE(percent(0.8045), std::string("80.45 %"));
    QCOMPARE(percentagePoints(-0.004), std::string("−0.40 points"));
    QCOMPARE(fileSize(999), std::string("999 B"));
    QCOMPARE(fileSize(1096981), std::string("1.10 MB"));
    QCOMPARE(fileSize(999999), std::string("1.00 MB"));
    QCOMPARE(pValue(0.0312), std::string("p = 0.031"));
    QCOMPARE(pValue(1e-9), std::string("p < 0.0001"));
}

void TestReport::utf8()
{
    const std::string replacement = "\xEF\xBF\xBD";
    QCOMPARE(cleanUtf8("a\xC3\xA4\xE4\xBD\xA0\xF0\x9F\x98\x80"),
             std::string("a\xC3\xA4\xE4\xBD\xA0\xF0\x9F\x98\x80"));
    QCOMPARE(cleanUtf8("a\xFF"), "a" + replacement);
    QCOMPARE(cleanUtf8("\xC0\x80"), replacement + replacement); // overlong
    QCOMPARE(cleanUtf8("\xED\xA0\x80"), replacement + replacement + replacement); // surrogate
    QCOMPARE(cleanUtf8("\xE4\xBD"), replacement + replacement); // cut off
    QCOMPARE(cleanUtf8(std::string("\0\x1B", 2)), replacement + replacement);
    QCOMPARE(cleanUtf8("\xEF\xBF\xBF"), replacement); // no XML character
}

void TestReport::escaping()
{
    QCOMPARE(escapeXml("<a href=\"x\">'&'"), std::string("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;"));
    QCOMPARE(csvField("plain"), std::string("plain"));
    QCOMPARE(csvField("a,\"b\""), std::string("\"a,\"\"b\"\"\""));
    QCOMPARE(csvField("=cmd()"), std::string("'=cmd()"));
    QCOMPARE(markdownCell("a|b\n<i>"), std::string("a\\|b &lt;i&gt;"));
}

void TestReport::axes()
{
    const Axis linear = linearAxis(0, 42);
    QCOMPARE(linear.ticks.front().label, std::string("0"));
    QCOMPARE(linear.ticks.back().value, 50.0);
    QCOMPARE(linear.position(25), 0.5);
    QCOMPARE(linear.position(-5), 0.0);
    QVERIFY(!linearAxis(3, 3).ticks.empty());
    QVERIFY(!linearAxis(NAN, NAN).ticks.empty());
    const Axis log = symmetricLogAxis({-1, 100, 10, 10});
    QCOMPARE(log.position(-1), 0.0);
    QCOMPARE(log.position(100), 1.0);
    QVERIFY(log.position(0) > 0 && log.position(0) < log.position(1) && log.position(1) < log.position(10));
    QVERIFY(
        std::any_of(log.ticks.begin(), log.ticks.end(), [](const AxisTick &t) { return t.label == "10"; }));
    QVERIFY(!symmetricLogAxis({}).ticks.empty());
}

void TestReport::rows()
{
    const auto rows = makeLayerRows(*makeRuns()[0]);
    QCOMPARE(rows.size(), std::size_t {4});
    QCOMPARE(rows[0].name, std::string("conv1"));
    QVERIFY(rows[0].quantized && rows[0].drift && rows[0].alone);
    QCOMPARE(rows[0].precision, std::string("uint8"));
    QVERIFY(rows[0].clip == (Range {-1.F, 3.F}) && rows[0].extent == (Range {-1.5F, 4.F}));
    QVERIFY(!rows[1].quantized);
    QCOMPARE(rows[1].precision, std::string("float"));
    QVERIFY(!rows[2].drift);
    QCOMPARE(rows[3].name, std::string("only in the drift"));
    QVERIFY(makeLayerRows(*makeRuns()[1]).empty());
}

void TestReport::figures()
{
    const auto figures = keyFigures(*makeRuns()[0]);
    const auto find = [&](const char *label) {
        const auto it
            = std::find_if(figures.begin(), figures.end(), [&](const Figure &f) { return f.label == label; });
        return it == figures.end() ? Figure {} : *it;
    };
    QCOMPARE(find("Top-1 accuracy").value, std::string("79.00 %"));
    QVERIFY(find("Top-1 accuracy").note.find("95 % CI 77.1") != std::string::npos);
    QCOMPARE(find("Change from float").value, std::string("−1.45 points"));
    QVERIFY(find("Change from float").isBad);
    QVERIFY(find("Change from float").note.find("p < 0.0001") != std::string::npos);
    QCOMPARE(find("Size").value, std::string("300.00 kB"));
    QVERIFY(find("Size").note.starts_with("3.67 × smaller"));
    QVERIFY(find("Latency").note.starts_with("2.00 × faster"));
    QVERIFY(find("Latency").note.find("2 threads") != std::string::npos);
    QCOMPARE(find("Worst layer").value, std::string("9.5 dB"));
    QCOMPARE(find("Quantized nodes").value, std::string("2 of 3"));

    auto notSure = makeEvaluation();
    notSure->paired->pValue = 0.3;
    Run run;
    run.evaluation = notSure;
    QVERIFY(!keyFigures(run)[1].isBad);
    QVERIFY(keyFigures(run)[1].note.find("may be chance") != std::string::npos);
}

void TestReport::htmlIsWellFormedAndEscaped()
{
    const std::string html = htmlReport(makeRuns());
    QVERIFY(html.find("<script") == std::string::npos);
    const QString shown = QString::fromStdString(cleanUtf8(kHostile));
    const QStringList headings = elementTexts(html, "h2");
    QCOMPARE(headings, (QStringList {"Comparison", shown, "bare"}));
    QVERIFY(elementTexts(html, "td", "layer").contains(shown));
    QVERIFY(elementTexts(html, "div", "subject").contains(shown));
    QVERIFY(elementTexts(html, "div", "value").contains("79.00 %"));
    QVERIFY(elementTexts(html, "td", "reason").contains("kept float: <faster> & better"));
    QVERIFY(elementTexts(html, "td").contains("fold-batchnorm"));
    QCOMPARE(elementTexts(html, "svg").size(), 4); // drift, ranges, trade-off by size and by latency
    QVERIFY(elementTexts(html, "pre")[0].contains("x86-vnni"));
    QVERIFY(elementTexts(html, "dd")[0].startsWith("ONNX Runtime"));
}

void TestReport::htmlNeedsNothingFromElsewhere()
{
    QXmlStreamReader reader(QString::fromStdString(htmlReport(makeRuns())));
    while (!reader.atEnd()) {
        reader.readNext();
        if (!reader.isStartElement())
            continue;
        QVERIFY(reader.name() != QStringLiteral("link") && reader.name() != QStringLiteral("img"));
        QVERIFY(!reader.attributes().hasAttribute("src"));
        for (const QXmlStreamAttribute &attribute : reader.attributes())
            QVERIFY(attribute.name() != QStringLiteral("href") || attribute.value().startsWith('#'));
    }
    QVERIFY(!reader.hasError());
}

void TestReport::htmlMarksSyntheticData()
{
    auto runs = makeRuns();
    const auto tags = [&] { return elementTexts(htmlReport(runs), "span", "tag warn"); };
    QVERIFY(tags().contains("calibrated on synthetic data: ranges mean nothing"));
    QVERIFY(!tags().contains("synthetic data"));
    auto run = std::make_shared<Run>(*runs[0]);
    auto evaluation = makeEvaluation();
    evaluation->synthetic = true;
    run->evaluation = evaluation;
    runs[0] = run;
    QVERIFY(tags().count("synthetic data") >= 4); // each figure it was measured for
}

void TestReport::htmlOfNothing()
{
    QVERIFY(!elementTexts(htmlReport({}), "h1").isEmpty());
}

void TestReport::htmlOfManyLayers()
{
    auto drift = std::make_shared<Drift>();
    for (int i = 0; i < 5000; ++i) {
        LayerDrift layer;
        layer.name = "layer" + std::to_string(i);
        layer.accumulated.sqnrDb = i == 2345 ? 3 : 40;
        drift->layers.push_back(layer);
    }
    auto run = std::make_shared<Run>();
    run->drift = drift;
    const std::vector<RunPtr> runs {run};
    const std::string html = htmlReport(runs);
    const QStringList titles = elementTexts(html, "title");
    QVERIFY(titles.size() < 300);
    QVERIFY(std::any_of(titles.begin(), titles.end(),
                        [](const QString &t) { return t.startsWith("layer2345 "); }));
    QCOMPARE(elementTexts(html, "td", "layer").size(), 5001); // and the run itself
}

void TestReport::json()
{
    const nlohmann::json report = jsonReport(makeRuns());
    QCOMPARE(report.at("runs").size(), std::size_t {2});
    const auto &run = report["runs"][0];
    QCOMPARE(run.at("name").get<std::string>(), kHostile);
    QCOMPARE(run.at("evaluation").at("top1").get<double>(), 0.79);
    QCOMPARE(run.at("drift").at("layers").size(), std::size_t {3});
    QVERIFY(run["drift"]["layers"][2].at("sqnr_db").is_null());
    QCOMPARE(run.at("passes")[0].at("changes").get<int>(), 19);
    QCOMPARE(run.at("findings")[0].at("severity").get<std::string>(), std::string("warning"));
    QVERIFY(run.at("calibration").at("synthetic").get<bool>());
    QVERIFY(report["runs"][1].at("evaluation").is_null());
    QVERIFY(report.at("environment").at("runtime").get<std::string>().starts_with("ONNX Runtime"));
}

void TestReport::csv()
{
    const QStringList lines = QString::fromStdString(csvReport(*makeRuns()[0])).split("\r\n");
    QCOMPARE(lines.size(), 6); // heading, four rows, end
    const qsizetype columns = lines[0].count(',') + 1;
    QCOMPARE(lines[1].count(',') + 1, columns);
    QVERIFY(lines[1].startsWith(
        "conv1,Conv,1,uint8,,QLinearConv,t1,entropy over 200 samples,-1.5,4,-1,3,35.25,"));
    QVERIFY(lines[2].startsWith("\"</td><script>"));
    QCOMPARE(lines[3].count(',') + 1, columns);
    QVERIFY(lines[4].contains(",inf,"));
}

void TestReport::markdown()
{
    const QString text = QString::fromStdString(markdownReport(makeRuns()));
    QVERIFY(!text.contains("<script"));
    QVERIFY(text.contains("| Top-1 accuracy | 79.00 % |"));
    QVERIFY(text.contains("**−1.45 points**"));
    QVERIFY(text.contains("calibrated on 200 **synthetic** samples"));
    QVERIFY(text.indexOf("| 9.5 |") < text.indexOf("| 35.2 |") && text.contains("| 9.5 |"));
}

void TestReport::writes()
{
    const QTemporaryDir dir;
    const std::filesystem::path folder = dir.filePath("a/b").toStdString();
    const Status status = writeReport(makeRuns(), folder);
    QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    for (const char *name :
         {"index.html", "report.json", "report.md", "layers-1.csv", "layers-2.csv", "recipe-1.json"})
        QVERIFY2(std::filesystem::file_size(folder / name) > 0, name);
    QVERIFY(!std::filesystem::exists(folder / "recipe-2.json"));
    std::ifstream file(folder / "report.json");
    QCOMPARE(nlohmann::json::parse(file).at("runs").size(), std::size_t {2});
    int files = 0;
    for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator(folder))
        ++files;
    QCOMPARE(files, 6); // nothing half written is left behind
}

void TestReport::writesIntoAFileFail()
{
    QTemporaryFile file;
    QVERIFY(file.open());
    const std::filesystem::path folder = file.fileName().toStdString();
    const Status status = writeReport(makeRuns(), folder / "report");
    QVERIFY(!status.ok());
    QVERIFY(status.error().message().find(folder.string()) != std::string::npos);
}

void TestReport::whatCannotBeWrittenWholeIsNotWritten()
{
    const QTemporaryDir dir;
    const std::filesystem::path folder = dir.path().toStdString();
    std::ofstream(folder / "report.md") << "old";
    std::filesystem::create_directory(folder / "index.html"); // in the way of the last file
    const Status status = writeReport(makeRuns(), folder);
    QVERIFY(!status.ok());
    QCOMPARE(status.error().message(), (folder / "index.html").string() + ": Is a directory");
    QCOMPARE(QDir(dir.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             (QStringList {"index.html", "report.md"}));
    QCOMPARE(std::filesystem::file_size(folder / "report.md"), std::uintmax_t {3});
    QVERIFY(!checkReportFolder(folder).ok());
}

void TestReport::foldersAreCheckedWithoutATrace()
{
    const QTemporaryDir dir;
    const std::filesystem::path folder = dir.path().toStdString();
    std::filesystem::create_directory(folder / "there");
    for (const char *name : {"a/b/c", "a/b/c/", "there", "there/d", "."})
        QVERIFY2(checkReportFolder(folder / name).ok(), name);
    QVERIFY(!checkReportFolder("/proc/no/such").ok());
    QCOMPARE(QDir(dir.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList {"there"});
    QVERIFY(QDir(dir.filePath("there")).isEmpty());
}

namespace {

TrainingHistory makeTraining()
{
    TrainingHistory history;
    history.supervision = "distillation";
    history.samples = 900;
    history.validationSamples = 100;
    history.bestEpoch = 1;
    history.epochs = {{.epoch = 0, .validationLoss = 0.3101},
                      {.epoch = 1, .loss = 0.2, .validationLoss = 0.0812},
                      {.epoch = 2, .loss = 0.1, .validationLoss = 0.09}};
    history.sameTop1 = 0.998;
    history.checkedSamples = 500;
    // Exact ones first, as in the network; the worst is hostile.
    for (int i = 0; i < 12; ++i)
        history.differences.push_back({"exact" + std::to_string(i), 0, 0, HUGE_VAL});
    history.differences.push_back({"near", 0.01, 1, 55.5});
    history.differences.push_back({kHostile, 0.125, 3, 21.25});
    return history;
}

} // namespace

void TestReport::htmlOfATraining()
{
    auto quantized = makeQuantized();
    quantized->training = std::make_shared<TrainingHistory>(makeTraining());
    auto run = std::make_shared<Run>();
    run->name = "trained";
    run->quantized = quantized;
    const std::string html = htmlReport(std::vector<RunPtr> {run});
    const QStringList captions = elementTexts(html, "p", "caption");
    const auto has = [&](const char *text) {
        return std::ranges::any_of(captions, [&](const QString &c) { return c.contains(text); });
    };
    QVERIFY2(has("epoch 1 of 2 was kept; loss 0.3101 → 0.0812"), qPrintable(captions.join('\n')));
    QVERIFY(has("same class for 99.80 % of 500"));
    QVERIFY(has("the 10 worst of 14 activations"));
    const QStringList cells = elementTexts(html, "td");
    const auto worst = cells.indexOf("12.50 %");
    const auto next = cells.indexOf("1.00 %");
    QVERIFY(worst > 0 && next == worst + 4);
    QVERIFY(cells[worst - 1].contains("<script>")); // escaped, so text
    QCOMPARE(cells[worst + 1], QString("3"));
    QCOMPARE(cells[worst + 2], QString("21.2"));
    QCOMPARE(cells.filter(QRegularExpression("^exact")).size(), 8);
}

void TestReport::trainingTexts()
{
    TrainingHistory history = makeTraining();
    history.simulatedTop1 = 0.874;
    history.exportedTop1 = 0.876;
    QVERIFY(QString::fromStdString(trainingText(history))
                .endsWith("the right one for 87.60 % exported and 87.40 % simulated"));
    history.bestEpoch = 0;
    QVERIFY(trainingText(history).starts_with("no epoch of 2 was better than none; loss 0.3101 → 0.3101"));
    history.epochs.front().validationAccuracy = 0.5;
    QVERIFY(trainingText(history).find("accuracy 50.00 % → 50.00 %") != std::string::npos);
    history.epochs.clear();
    QCOMPARE(trainingText(history), std::string("no epoch was measured"));
    const auto worst = worstDifferences(makeTraining(), 3);
    QCOMPARE(worst.size(), std::size_t(3));
    QCOMPARE(worst[0].largest, 3);
    QCOMPARE(worst[1].tensor, std::string("near"));
    QCOMPARE(worst[2].tensor, std::string("exact0"));
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
