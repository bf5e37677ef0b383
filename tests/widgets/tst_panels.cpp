// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/modelio.h"
#include "core/targets/target.h"
#include "tests/support/examplerun.h"
#include "tests/support/marktranslator.h"
#include "tests/support/nodialogs.h"
#include "tests/support/tinycnn.h"
#include "widgets/dialogs/dialogservice.h"
#include "widgets/panels/comparepanel.h"
#include "widgets/panels/driftpanel.h"
#include "widgets/panels/findingspanel.h"
#include "widgets/panels/histogrampanel.h"
#include "widgets/panels/jobspanel.h"
#include "widgets/panels/layerspanel.h"
#include "widgets/panels/rangespanel.h"
#include "widgets/panels/setuppanel.h"
#include "widgets/panels/trainingpanel.h"
#include "widgets/panels/welcomepanel.h"
#include "widgets/plots/driftheatmap.h"
#include "widgets/plots/histogramplot.h"
#include "widgets/plots/rangeplot.h"
#include "widgets/plots/trainingplot.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace qs;

namespace {

using test::NoDialogs;

/// Every text a user can read on \a root.
QStringList shownTexts(const QWidget &root)
{
    QStringList texts;
    for (const auto *label : root.findChildren<QLabel *>())
        texts << label->text();
    for (const auto *button : root.findChildren<QAbstractButton *>())
        texts << button->text();
    for (const auto *combo : root.findChildren<QComboBox *>())
        for (int i = 0; i < combo->count(); ++i)
            texts << combo->itemText(i);
    for (const auto *tabs : root.findChildren<QTabBar *>())
        for (int i = 0; i < tabs->count(); ++i)
            texts << tabs->tabText(i);
    for (const auto *spin : root.findChildren<QSpinBox *>())
        texts << spin->specialValueText();
    for (const auto *line : root.findChildren<QLineEdit *>())
        texts << line->placeholderText();
    for (const auto *edit : root.findChildren<QPlainTextEdit *>())
        texts << edit->placeholderText();
    for (const auto *table : root.findChildren<QTableView *>())
        for (int i = 0; i < table->model()->columnCount(); ++i)
            texts << table->model()->headerData(i, Qt::Horizontal).toString();
    for (const auto *widget : root.findChildren<QWidget *>())
        texts << widget->toolTip();
    texts.removeAll(QString());
    return texts;
}

}

class TestPanels : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        JobContext job;
        const std::string path = m_folder.filePath("tiny.onnx").toStdString();
        QVERIFY(saveModel(*test::makeTinyCnn(), path, {}, job).ok());
        m_engine = makeOnnxRuntimeEngine();
        auto opened = openModelFile(path, m_engine.get(), job);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().message().c_str());
        m_opened = opened.value();
        m_run = test::makeExampleRun(m_opened->model, m_opened->prepared, "#1 static");
    }

    void init()
    {
        m_settings = std::make_unique<Settings>(
            std::make_unique<QSettings>(m_folder.filePath("settings.ini"), QSettings::IniFormat));
        m_jobs = std::make_unique<JobRunner>();
        m_session = std::make_unique<Session>();
        m_workflow = std::make_unique<Workflow>(Services {.session = *m_session,
                                                          .jobs = *m_jobs,
                                                          .settings = *m_settings,
                                                          .engine = m_engine,
                                                          .strategies = builtinStrategies(),
                                                          .targets = builtinTargets(),
                                                          .observers = builtinObservers(),
                                                          .cacheFolder = {}});
    }

    void cleanup()
    {
        m_workflow.reset();
        m_session.reset();
        m_jobs.reset();
    }

    void everyPanelLivesThroughItAll_data()
    {
        QTest::addColumn<int>("which");
        for (int i = 0; i < kPanels; ++i)
            QTest::addRow("panel %d", i) << i;
    }

    /// Empty, filled, another language, cleared.
    void everyPanelLivesThroughItAll()
    {
        QFETCH(int, which);
        const std::unique_ptr<Panel> panel(makePanel(which));
        panel->resize(700, 400);
        panel->show();
        QVERIFY(!panel->objectName().isEmpty());
        QVERIFY(!panel->title().isEmpty());
        panel->grab();
        fill();
        panel->grab();

        const QStringList before = shownTexts(*panel);
        test::MarkTranslator translator;
        QCoreApplication::installTranslator(&translator);
        QApplication::processEvents();
        QTRY_VERIFY(m_jobs->isIdle());
        const QString title = panel->title();
        const QStringList after = shownTexts(*panel);
        panel->grab();
        QCoreApplication::removeTranslator(&translator);
        QApplication::processEvents();
        QVERIFY(title.startsWith(QStringLiteral("«")));
        for (const QString &text : after)
            QVERIFY2(!translator.sources().contains(text) || !before.contains(text),
                     qPrintable("not set anew: " + text));

        m_session->clear();
        panel->grab();
        fill(); // and once more
        panel->grab();
    }

    void selectionReachesEveryView()
    {
        LayersPanel layers(*m_workflow);
        RangesPanel ranges(*m_workflow);
        DriftPanel drift(*m_session);
        HistogramPanel histogram(*m_workflow);
        fill();
        m_session->selectLayer("conv2");
        QCOMPARE(layers.table().currentIndex().siblingAtColumn(0).data().toString(), QString("conv2"));
        QCOMPARE(ranges.plot().selectedLayer(), QString("conv2"));
        QCOMPARE(drift.heatmap().selectedLayer(), QString("conv2"));
        QCOMPARE(histogram.plot().content().layer, QString("conv2"));
        QVERIFY(!histogram.plot().isEmpty());
    }

    void theTableSelects()
    {
        LayersPanel layers(*m_workflow);
        fill();
        QSignalSpy spy(m_session.get(), &Session::selectedLayerChanged);
        layers.table().setCurrentIndex(layers.table().model()->index(1, 0));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(QString::fromStdString(m_session->selectedLayer()),
                 layers.table().currentIndex().siblingAtColumn(0).data().toString());
    }

    void theLayerMenuExcludesAndOverrides()
    {
        LayersPanel layers(*m_workflow);
        fill();
        m_session->selectLayer("conv2");
        QMenu menu;
        layers.fillMenu(menu);
        QVERIFY(menu.actions().size() >= 5);
        menu.actions().at(0)->trigger();
        QCOMPARE(m_session->recipe().exclude, std::vector<std::string> {"^conv2$"});
        menu.actions().at(2)->trigger();
        QCOMPARE(m_session->recipe().overrides.size(), std::size_t(1));
        QVERIFY(m_session->recipe().overrides.front().keepFloat);
        QTRY_COMPARE(m_workflow->excludeMatches().layers, std::vector<std::string> {"conv2"});
        QMenu again;
        layers.fillMenu(again);
        QVERIFY(again.actions().at(0)->isChecked());
        again.actions().at(0)->trigger();
        QVERIFY(m_session->recipe().exclude.empty());
    }

    void theSetupWritesTheRecipe()
    {
        NoDialogs dialogs;
        SetupPanel setup(*m_workflow, dialogs);
        fill();
        auto *samples = setup.findChild<QSpinBox *>(QStringLiteral("calibrationSamples"));
        samples->setValue(33);
        QCOMPARE(m_session->recipe().calibration.limit, std::size_t(33));
        auto *target = setup.findChild<QComboBox *>(QStringLiteral("target"));
        QVERIFY(target->count() > 1);
        const int other = target->currentIndex() == 0 ? 1 : 0;
        target->setCurrentIndex(other);
        emit target->activated(other);
        QCOMPARE(m_session->recipe().target, target->itemData(other).toString().toStdString());
        auto *exclude = setup.findChild<QPlainTextEdit *>(QStringLiteral("exclude"));
        exclude->setPlainText("conv\n\n relu1 ");
        QTRY_COMPARE(m_session->recipe().exclude, (std::vector<std::string> {"conv", "relu1"}));
        auto *matches = setup.findChild<QLabel *>(QStringLiteral("excludeMatches"));
        QTRY_VERIFY2(matches->text().startsWith(QStringLiteral("3 "))
                         || matches->text().startsWith(QStringLiteral("2 ")),
                     qPrintable(matches->text()));
        exclude->setPlainText("((");
        QTRY_VERIFY(matches->text().contains(QStringLiteral("((")));
    }

    void theSetupSaysWhatIsMissing()
    {
        NoDialogs dialogs;
        SetupPanel setup(*m_workflow, dialogs);
        auto *run = setup.findChild<QPushButton *>(QStringLiteral("run"));
        QVERIFY(!run->isEnabled());
        m_session->setModel(m_opened);
        Recipe recipe = m_session->recipe();
        recipe.calibration.path = "synthetic";
        m_session->setRecipe(recipe);
        QVERIFY(run->isEnabled());
    }

    void thePreviewShowsASample()
    {
        test::writePictures(m_folder.filePath("pictures").toStdString(), 2);
        NoDialogs dialogs;
        SetupPanel setup(*m_workflow, dialogs);
        m_session->setModel(m_opened);
        auto unit = presetById("unit");
        QVERIFY(unit.ok());
        m_session->setPreprocessing(*unit);
        Recipe recipe = m_session->recipe();
        recipe.calibration.path = m_folder.filePath("pictures").toStdString();
        m_session->setRecipe(recipe);
        auto *preview = setup.findChild<QLabel *>(QStringLiteral("preview"));
        QTRY_VERIFY(!preview->pixmap().isNull());
        const QColor middle = preview->pixmap().toImage().pixelColor(preview->pixmap().rect().center());
        QVERIFY(middle.red() > middle.green() && middle.red() > middle.blue()); // 0_red/0.png
    }

    void clipLimitsBecomeAnOverride()
    {
        HistogramPanel histogram(*m_workflow);
        fill();
        m_session->selectLayer("relu1");
        QVERIFY(!histogram.applyButton().isEnabled());
        const Range before = histogram.plot().limits();
        histogram.plot().setLimits({before.min / 2, before.max / 2});
        emit histogram.plot().limitsChanged(histogram.plot().limits());
        QVERIFY(histogram.applyButton().isEnabled());
        histogram.applyButton().click();
        QCOMPARE(m_session->recipe().overrides.size(), std::size_t(1));
        QCOMPARE(*m_session->recipe().overrides.front().range, histogram.plot().limits());
        QVERIFY(m_workflow->isRunning());
        m_workflow->cancelRun();
        QTRY_VERIFY(!m_workflow->isRunning());
    }

    void comparingChoosesTheCurrentRun()
    {
        NoDialogs dialogs;
        ComparePanel compare(*m_workflow, dialogs);
        fill();
        m_session->addRun(test::makeExampleRun(m_opened->model, m_opened->prepared, "#2 static"));
        QCOMPARE(compare.table().model()->rowCount(), 3); // the float model and two runs
        compare.table().selectRow(1);
        QCOMPARE(m_session->currentRunIndex(), 0);
        dialogs.text = QStringLiteral("best");
        QMenu menu;
        compare.fillMenu(menu);
        menu.actions().at(0)->trigger();
        QCOMPARE(m_session->runs().front()->name, std::string("best"));
        menu.actions().at(2)->trigger();
        QCOMPARE(m_session->runs().size(), std::size_t(1));
    }

    void findingsGoToTheLayer()
    {
        FindingsPanel findings(m_workflow->services());
        fill();
        QCOMPARE(findings.table().model()->rowCount(), 2);
        QVERIFY(findings.title().contains(QLatin1Char('2')));
        findings.table().selectRow(0); // warnings stand before notes
        QCOMPARE(QString::fromStdString(m_session->selectedLayer()),
                 QString::fromStdString(m_opened->layers.front().name));
    }

    void jobsAreListedAndCancelled()
    {
        JobsPanel panel(*m_jobs);
        m_jobs->start(
            {.title = "Open model", .subject = "a.onnx"},
            [](JobContext &job) -> Result<int> {
                while (true) {
                    job.throwIfStopped();
                    QThread::msleep(1);
                }
            },
            this, [](const Outcome<int> &) {});
        QCOMPARE(panel.table().model()->rowCount(), 1);
        auto *cancel = panel.findChildren<QPushButton *>().at(1);
        QVERIFY(cancel->isEnabled());
        cancel->click();
        QTRY_VERIFY(!cancel->isEnabled());
        QVERIFY(panel.findChild<QPlainTextEdit *>(QStringLiteral("log"))->toPlainText().contains("a.onnx"));
    }

    void trainingShowsItsCurves()
    {
        TrainingPanel panel(*m_workflow);
        fill();
        QVERIFY(panel.plot().isEmpty()); // static quantization does not train
        auto history = std::make_shared<TrainingHistory>();
        history->plannedEpochs = 2;
        history->bestEpoch = 1;
        history->stepsPerEpoch = 4;
        history->stepLosses = {0.5F, 0.4F, 0.45F, 0.3F, 0.2F, 0.25F, 0.2F, 0.2F};
        history->epochs
            = {{.validationLoss = 0.6, .validationAccuracy = 0.8, .ranges = {{"relu1", {0.F, 4.F}}}},
               {.epoch = 1,
                .loss = 0.4,
                .accuracy = 0.85,
                .validationLoss = 0.3,
                .validationAccuracy = 0.9,
                .ranges = {{"relu1", {0.F, 2.F}}}},
               {.epoch = 2,
                .loss = 0.2,
                .accuracy = 0.95,
                .validationLoss = 0.35,
                .validationAccuracy = 0.9,
                .ranges = {{"relu1", {0.F, 8.F}}}}};
        history->differences = {{"relu1", 0.1, 1, 40.0}};
        history->sameTop1 = 1.0;
        history->simulatedTop1 = 0.71;
        history->exportedTop1 = 0.72;
        auto run = std::make_shared<Run>(*m_run);
        auto quantized = std::make_shared<Quantized>(*m_run->quantized);
        quantized->training = history;
        run->quantized = quantized;
        m_session->addRun(run);
        QVERIFY(!panel.plot().isEmpty());
        QCOMPARE(panel.plot().curveCount(), 5);
        const QString text = panel.findChild<QLabel *>(QStringLiteral("trainingSummary"))->text();
        for (const char *number : {"80.00", "90.00", "72.00", "71.00"})
            QVERIFY2(text.contains(QLatin1String(number)), qPrintable(text));
        auto *view = panel.findChild<QComboBox *>(QStringLiteral("trainingView"));
        view->setCurrentIndex(1);
        emit view->activated(1);
        QCOMPARE(panel.plot().curveCount(), 1);
        QCOMPARE(panel.plot().plot().graph(5)->data()->at(1)->value, -1.0); // half as wide
        QCOMPARE(panel.plot().plot().graph(5)->data()->at(2)->value, 1.0);
        view->setCurrentIndex(2);
        emit view->activated(2);
        QCOMPARE(panel.table().model()->rowCount(), 1);
        m_session->setCurrentRun(0);
        QVERIFY(panel.plot().isEmpty());
    }

    void theAdviceGoesByTheWishes()
    {
        SetupPanel panel(*m_workflow, m_dialogs);
        panel.resize(330, 700);
        panel.show();
        fill();
        Recipe recipe = m_session->recipe();
        recipe.strategy = "dynamic";
        recipe.target = "tensorrt";
        m_session->setRecipe(recipe);
        const auto *what = panel.findChild<QLabel *>(QStringLiteral("advice"));
        const auto *why = panel.findChild<QLabel *>(QStringLiteral("adviceReasons"));
        auto *use = panel.findChild<QPushButton *>(QStringLiteral("useAdvice"));
        const auto box
            = [&](const char *name) { return panel.findChild<QAbstractButton *>(QLatin1String(name)); };
        QCOMPARE(what->text(), QString("Static INT8"));
        QVERIFY(why->isVisible() && why->text().contains("% of its multiplications are convolutions"));
        QVERIFY(!box("wishTraining")->isVisible()); // folded away
        box("adviceWishes")->click();
        QVERIFY(box("wishTraining")->isVisible() && !box("wishGpu")->isVisible());

        box("wishLabels")->click();
        QVERIFY(why->text().contains("without labels"));
        box("wishTraining")->click();
        QCOMPARE(what->text(), QString("Static INT8"));
        panel.findChild<QDoubleSpinBox *>(QStringLiteral("wishDrop"))->setValue(0.25);
        QCOMPARE(what->text(), QString("Quantization-aware training"));
        box("wishPlatforms")->click();
        QCOMPARE(what->text(), QString("Quantization-aware training, ONNX Runtime on any CPU"));
        QVERIFY(use->isEnabled());
        use->click();
        QCOMPARE(m_session->recipe().strategy, std::string("qat"));
        QCOMPARE(m_session->recipe().target, std::string("onnxruntime-cpu"));
        QVERIFY(!use->isEnabled());
        box("wishReadyMade")->click();
        QCOMPARE(what->text(), QString("Open a ready-made quantized model"));
        QVERIFY(!use->isVisible());
        QVERIFY(why->text().contains("where there is none, strategy 'qat'"));
    }

    void recentFilesAreOffered()
    {
        m_settings->addRecentFile("/models/<b>odd & name.onnx");
        WelcomePanel welcome(*m_settings);
        QSignalSpy spy(&welcome, &WelcomePanel::fileRequested);
        const auto labels = welcome.findChildren<QLabel *>();
        const auto link = std::find_if(labels.begin(), labels.end(),
                                       [](const QLabel *label) { return label->text().contains("<a href"); });
        QVERIFY(link != labels.end());
        emit(*link)->linkActivated(QStringLiteral("file"));
        QCOMPARE(spy.at(0).at(0).toString(), QString("/models/<b>odd & name.onnx"));
    }

private:
    static constexpr int kPanels = 10;

    Panel *makePanel(int which)
    {
        switch (which) {
        case 0:
            return new SetupPanel(*m_workflow, m_dialogs);
        case 1:
            return new LayersPanel(*m_workflow);
        case 2:
            return new RangesPanel(*m_workflow);
        case 3:
            return new HistogramPanel(*m_workflow);
        case 4:
            return new DriftPanel(*m_session);
        case 5:
            return new ComparePanel(*m_workflow, m_dialogs);
        case 6:
            return new FindingsPanel(m_workflow->services());
        case 7:
            return new JobsPanel(*m_jobs);
        case 8:
            return new TrainingPanel(*m_workflow);
        default:
            return new WelcomePanel(*m_settings);
        }
    }

    void fill()
    {
        m_session->setModel(m_opened);
        Recipe recipe = m_session->recipe();
        recipe.calibration.path = "synthetic";
        m_session->setRecipe(recipe);
        m_session->addRun(m_run);
        m_session->selectLayer("conv1");
        QTRY_VERIFY(m_jobs->isIdle());
    }

    QTemporaryDir m_folder;
    NoDialogs m_dialogs;
    std::shared_ptr<const InferenceEngine> m_engine;
    OpenedModelPtr m_opened;
    RunPtr m_run;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<JobRunner> m_jobs;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<Workflow> m_workflow;
};

QTEST_MAIN(TestPanels)
#include "tst_panels.moc"
