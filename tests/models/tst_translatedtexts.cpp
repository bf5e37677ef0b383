// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the core says, as the window shows it in Chinese.
#include "core/data/presets.h"
#include "core/model/layertable.h"
#include "core/run/run.h"
#include "tests/support/chinesetranslator.h"
#include "tests/support/tinycnn.h"
#include "widgets/models/errortext.h"
#include "widgets/models/findingmodel.h"
#include "widgets/models/layermodel.h"

#include <QDirIterator>
#include <QRegularExpression>
#include <QTest>

using namespace qs;

namespace {

bool isChinese(const QString &text)
{
    return text.contains(QRegularExpression(QStringLiteral("\\p{Han}")));
}

/// All sources of the core in one string.
QByteArray coreSources()
{
    QByteArray all;
    QDirIterator files(QStringLiteral(QS_SOURCE_DIR "/core"), {QStringLiteral("*.cpp")}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            all += file.readAll();
    }
    return all;
}

} // namespace

class TestTranslatedTexts : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanupTestCase();
    void sentences();
    void literalsStay();
    void findings();
    void everyFindingHasATitle();
    void everyStageHasAText();
    void reasonsOfARealPlan();
    void guess();

private:
    std::unique_ptr<test::ChineseTranslator> m_chinese;
};

void TestTranslatedTexts::initTestCase()
{
    m_chinese = std::make_unique<test::ChineseTranslator>();
    if (m_chinese->isEmpty())
        QSKIP("lrelease is not installed");
    QVERIFY(QCoreApplication::installTranslator(m_chinese.get()));
}

void TestTranslatedTexts::cleanupTestCase()
{
    QCoreApplication::removeTranslator(m_chinese.get());
}

void TestTranslatedTexts::sentences()
{
    QCOMPARE(translated(sentence("excluded")), QStringLiteral("已排除"));
    QCOMPARE(translated(sentence("same grid as %1", {"conv1"})), QStringLiteral("与 conv1 同一网格"));
    QCOMPARE(translated(sentence("integer kernel, weights %1", {sentence("per channel")})),
             QStringLiteral("整数内核，权重逐通道量化"));
    QCOMPARE(translated(countedSentence("%1 over %n sample(s)", 200, {"mse"})),
             QStringLiteral("mse，200 个样本"));
    // Chinese puts the whole before the part.
    QCOMPARE(translated(
                 sentence("%1 of %2 %3 nodes run in float, though planned as integers", {"1", "3", "Conv"})),
             QStringLiteral("计划为整数的 3 个 Conv 节点中有 1 个以浮点运行"));
}

/// A tensor may bear any name, also that of a text which has a translation.
void TestTranslatedTexts::literalsStay()
{
    QCOMPARE(translated("excluded"), QStringLiteral("excluded"));
    QCOMPARE(translated(sentence("same grid as %1", {"excluded"})), QStringLiteral("与 excluded 同一网格"));
    QCOMPARE(translated(sentence("same grid as %1", {"%1 %n 层"})), QStringLiteral("与 %1 %n 层 同一网格"));
    QCOMPARE(translated(countedSentence("%1 over %n sample(s)", 2, {"%n(s)"})),
             QStringLiteral("%n(s)，2 个样本"));
}

void TestTranslatedTexts::findings()
{
    FindingModel model;
    model.setFindings({{Severity::Warning, "bias-scale-widened", "conv1",
                        countedSentence("%n weight scale(s) widened so that the bias fits in 32 bits", 1)}});
    const auto text = [&](int column) { return model.index(0, column).data().toString(); };
    QCOMPARE(text(FindingModel::SeverityColumn), QStringLiteral("警告"));
    QCOMPARE(text(FindingModel::CodeColumn), QStringLiteral("偏置缩放系数已放大"));
    QCOMPARE(text(FindingModel::SubjectColumn), QStringLiteral("conv1"));
    QCOMPARE(text(FindingModel::DetailColumn), QStringLiteral("已放大 1 个权重缩放系数，使偏置不超出 32 位"));
}

void TestTranslatedTexts::everyFindingHasATitle()
{
    static const QRegularExpression finding(
        QStringLiteral("(?:Severity::\\w+,\\s*|&TensorStatistics::\\w+,\\s*)\"([a-z-]+)\""));
    int codes = 0;
    for (const auto &match : finding.globalMatch(QString::fromUtf8(coreSources()))) {
        QVERIFY2(isChinese(findingTitle(match.captured(1).toStdString())), qPrintable(match.captured(1)));
        ++codes;
    }
    QVERIFY(codes >= 31);
}

void TestTranslatedTexts::everyStageHasAText()
{
    static const QRegularExpression stage(QStringLiteral("progress\\(\"([a-z_]+)\""));
    int stages = 0;
    for (const auto &match : stage.globalMatch(QString::fromUtf8(coreSources()))) {
        QVERIFY2(isChinese(stageText(match.captured(1).toStdString())), qPrintable(match.captured(1)));
        ++stages;
    }
    QVERIFY(stages >= 10);
}

void TestTranslatedTexts::reasonsOfARealPlan()
{
    const auto engine = makeOnnxRuntimeEngine();
    Recipe recipe;
    recipe.strategy = "static";
    recipe.target = "x86-vnni";
    recipe.calibration.path = "synthetic";
    recipe.calibration.limit = 4;
    JobContext job;
    const auto result = quantize(test::makeTinyCnn(), recipe, *engine, {}, job);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Quantized &quantized = **result;
    LayerModel model;
    LayerContent content;
    content.layers = std::make_shared<std::vector<Layer>>(
        makeLayerTable(*quantized.prepared, inferShapes(*quantized.prepared, engine.get(), job)));
    content.plan = std::make_shared<Plan>(quantized.plan);
    model.setContent(content);
    QVERIFY(model.rowCount() > 3);
    for (int row = 0; row < model.rowCount(); ++row) {
        const QString reason = model.index(row, LayerModel::ReasonColumn).data().toString();
        QVERIFY2(isChinese(reason), qPrintable(reason));
        const QString range = model.index(row, LayerModel::PrecisionColumn).data(Qt::ToolTipRole).toString();
        QVERIFY2(isChinese(range), qPrintable(range));
    }
    for (const auto &[name, tensor] : quantized.plan.tensors)
        QVERIFY2(isChinese(translated(tensor.reason)), tensor.reason.str().c_str());
    QVERIFY(!quantized.findings.empty()); // "synthetic-calibration" at least
    for (const Finding &finding : quantized.findings)
        QVERIFY2(isChinese(translated(finding.detail)), finding.detail.str().c_str());
}

void TestTranslatedTexts::guess()
{
    const auto guess = guessPreprocessing(*test::makeTinyCnn());
    QVERIFY(guess && !guess->isStored);
    QVERIFY2(translated(guess->reason).startsWith(QStringLiteral("输入 ")), guess->reason.str().c_str());
}

QTEST_MAIN(TestTranslatedTexts)
#include "tst_translatedtexts.moc"
