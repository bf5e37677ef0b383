// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/modelio.h"
#include "tests/support/imagewriter.h"
#include "tests/support/plotprobe.h"
#include "tests/support/windowfixture.h"
#include "widgets/panels/comparepanel.h"
#include "widgets/panels/histogrampanel.h"
#include "widgets/panels/layerspanel.h"
#include "widgets/panels/rangespanel.h"
#include "widgets/plots/driftheatmap.h"
#include "widgets/plots/histogramplot.h"
#include "widgets/plots/rangeplot.h"

#include <QDirIterator>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScopeGuard>
#include <QTableView>
#include <QToolButton>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace qs;

/// The main job as a user does it, from the model to the exported file, in one window; each step goes on from
/// the one before.
class TestWindow : public QObject, private test::WindowFixture
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        start();
        // A copy, for a later step destroys it.
        m_calibration = m_folder.filePath("calibration");
        QDirIterator files(example("calibration"), QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const QString from = files.next();
            const QString to = m_calibration + from.mid(example("calibration").size());
            QVERIFY(QDir().mkpath(QFileInfo(to).path()));
            QVERIFY(QFile::copy(from, to));
        }
    }

    void cleanupTestCase() { stop(); }

    void opensTheModel()
    {
        QVERIFY(!actions().run->isEnabled());
        QVERIFY(!actions().exportModel->isEnabled());
        dialogs().path = example("shapes.onnx");
        QSignalSpy opened(&workflow(), &Workflow::opened);
        actions().openModel->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kLong);
        QVERIFY(window().windowTitle().startsWith("shapes.onnx"));
        QVERIFY(isShown(layers().table()));
        QCOMPARE(layers().table().model()->rowCount(), static_cast<int>(session().model()->layers.size()));
        QVERIFY(!actions().run->isEnabled());
        QVERIFY2(actions().run->toolTip().contains("calibration data"), qPrintable(actions().run->toolTip()));
    }

    void takesDroppedData()
    {
        QVERIFY(drop({m_calibration}));
        QCOMPARE(session().recipe().calibration.path, m_calibration.toStdString());
        QVERIFY(banner().isVisible());
        QCOMPARE(banner().kind(), MessageBanner::Kind::Success);
        QVERIFY(banner().text().contains("calibration"));
        QVERIFY(drop({example("evaluation")}));
        QCOMPARE(session().evaluationData().path, example("evaluation").toStdString());
        QVERIFY(banner().text().contains("evaluation"));
        QVERIFY(actions().run->isEnabled());
    }

    void cancelsInMidRun_data()
    {
        QTest::addColumn<QString>("stage");
        QTest::addColumn<QString>("way");
        QTest::newRow("calibration, by the tool bar") << "calibrate"
                                                      << "action";
        QTest::newRow("calibration, by Esc") << "calibrate"
                                             << "key";
        QTest::newRow("drift, by Setup's button") << "drift"
                                                  << "setup";
        QTest::newRow("latency, by the status bar") << "latency"
                                                    << "status";
    }

    void cancelsInMidRun()
    {
        QFETCH(QString, stage);
        QFETCH(QString, way);
        const Recipe recipe = session().recipe();
        const DataSpec evaluation = session().evaluationData();
        const auto restore = qScopeGuard([&] {
            session().setRecipe(recipe);
            session().setEvaluationData(evaluation);
        });
        useSlowData();
        session().setModified(false);
        const std::size_t before = session().runs().size();
        bool isReached = false;
        const auto stop = connect(&jobs(), &JobRunner::jobChanged, this, [&](const JobStatus &status) {
            if (status.id == workflow().runJob() && status.progress.stage == stage.toStdString()
                && !std::exchange(isReached, true))
                cancelBy(way);
        });
        QSignalSpy ended(&workflow(), &Workflow::runEnded);
        actions().run->trigger();
        QVERIFY(workflow().isRunning());
        QVERIFY(!actions().run->isEnabled());
        QVERIFY(actions().cancel->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        disconnect(stop);
        QVERIFY(isReached);
        QCOMPARE(ended.at(0).at(0).value<JobState>(), JobState::Cancelled);
        QVERIFY2(!banner().isVisible(), qPrintable(banner().text()));
        QVERIFY(!actions().cancel->isEnabled());
        QVERIFY(actions().run->isEnabled());
        QCOMPARE(find<QPushButton>("run").text(), QString("Run"));
        const QString log = find<QPlainTextEdit>("log").toPlainText();
        QVERIFY2(log.section('\n', -1).contains("cancelled"), qPrintable(log));
        // What was ready stays; what was only begun leaves nothing.
        QCOMPARE(session().runs().size(), stage == "calibrate" ? before : before + 1);
        while (!session().runs().empty())
            session().removeRun(0);
    }

    void runs()
    {
        QSignalSpy ended(&workflow(), &Workflow::runEnded);
        QTest::mouseClick(&find<QPushButton>("run"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        QCOMPARE(ended.at(0).at(0).value<JobState>(), JobState::Finished);
        QCOMPARE(session().runs().size(), std::size_t(1));
        const RunPtr run = session().currentRun();
        QVERIFY(run && run->evaluation && run->drift);
        QVERIFY(run->evaluation->top1->value > 0.9);
        QCOMPARE(find<ComparePanel>("compare").table().model()->rowCount(), 2); // beside the float model
        QVERIFY(!heatmap().isEmpty());
        QVERIFY(!ranges().plot().isEmpty());
        QVERIFY(actions().exportModel->isEnabled());
        QVERIFY(window().isWindowModified());
    }

    void aClickInTheHeatmapSelectsEverywhere()
    {
        window().showPanel("drift");
        QTRY_VERIFY(isShown(heatmap()));
        heatmap().plot().replot();
        const auto &drift = session().currentRun()->drift->layers;
        int clicked
            = -1; // a convolution in the middle: all views know it, or the activation computed with it
        for (std::size_t i = drift.size() / 3; i < drift.size() && clicked < 0; ++i)
            clicked = drift[i].op == "Conv" ? static_cast<int>(i) : -1;
        QVERIFY(clicked > 0);
        const QString name = QString::fromStdString(drift[static_cast<std::size_t>(clicked)].name);
        QTest::mouseClick(&heatmap().plot(), Qt::LeftButton, {}, probe::pixel(heatmap(), 2, clicked));
        QCOMPARE(QString::fromStdString(session().selectedLayer()), name);
        QCOMPARE(heatmap().selectedLayer(), name);
        QCOMPARE(layers().table().currentIndex().siblingAtColumn(0).data().toString(), name);
        QVERIFY(layers().table().viewport()->rect().intersects(
            layers().table().visualRect(layers().table().currentIndex())));
        QVERIFY(ranges().plot().hasLayer(ranges().plot().selectedLayer().toStdString()));
        QCOMPARE(histogram().plot().content().layer, name);
        QVERIFY(!histogram().plot().isEmpty());

        // And back from the table, by the keyboard.
        layers().table().setFocus();
        QTest::keyClick(&layers().table(), Qt::Key_Home, Qt::ControlModifier);
        const QString first = layers().table().model()->index(0, 0).data().toString();
        QCOMPARE(QString::fromStdString(session().selectedLayer()), first);
        QCOMPARE(histogram().plot().content().layer, first);
        QTest::mouseClick(&heatmap().plot(), Qt::LeftButton, {}, probe::pixel(heatmap(), 2, clicked));
        QCOMPARE(layers().table().currentIndex().siblingAtColumn(0).data().toString(), name);
    }

    void aDoubleClickShowsTheHistogram()
    {
        window().resize(1000, 700); // where it is a tab behind the others
        window().resetLayout();
        window().showPanel("drift");
        QTRY_VERIFY(isShown(heatmap()) && !isShown(histogram()));
        heatmap().plot().replot();
        const QPoint cell = probe::pixel(heatmap(), 1, 1);
        QTest::mouseClick(&heatmap().plot(), Qt::LeftButton, {}, cell); // the first half of a real one
        probe::doubleClick(heatmap(), cell);
        QTRY_VERIFY(isShown(histogram()));
        QCOMPARE(QString::fromStdString(session().selectedLayer()),
                 QString::fromStdString(session().currentRun()->drift->layers[1].name));
        window().resize(1440, 900);
        window().resetLayout();
    }

    void theExportedFileRuns()
    {
        const QString path = m_folder.filePath("out/exported");
        QVERIFY(QDir().mkpath(m_folder.filePath("out")));
        dialogs().path = path;
        QSignalSpy exported(&workflow(), &Workflow::exported);
        actions().exportModel->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(exported.count(), 1, kLong);
        QCOMPARE(banner().kind(), MessageBanner::Kind::Success);
        QVERIFY2(banner().text().contains("exported.onnx"), qPrintable(banner().text()));

        JobContext job;
        const auto model = loadModel((path + ".onnx").toStdString(), job);
        QVERIFY(model.ok());
        const auto engine = makeOnnxRuntimeEngine();
        const auto opened = engine->open(**model, {});
        QVERIFY(opened.ok());
        const auto data = openDataset(session().evaluationData(), (*model)->graph().inputs(), job);
        QVERIFY(data.ok());
        const auto &results = session().currentRun()->evaluation->results;
        QVERIFY(results.size() >= 20);
        for (std::size_t i = 0; i < 20; ++i) {
            const auto sample = (*data)->sample(results[i].index);
            QVERIFY(sample.ok());
            const auto outputs = (*opened)->run(sample->inputs, job);
            QVERIFY(outputs.ok());
            const auto scores = outputs->front().floats();
            QCOMPARE(std::ranges::max_element(scores) - scores.begin(), results[i].prediction);
        }
    }

    void theReportIsWritten()
    {
        const QString folder = m_folder.filePath("report");
        QVERIFY(QDir().mkpath(folder));
        dialogs().path = folder;
        QSignalSpy exported(&workflow(), &Workflow::exported);
        actions().exportReport->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(exported.count(), 1, kLong);
        QVERIFY(banner().text().contains(folder));
        QFile page(folder + "/index.html");
        QVERIFY(page.open(QIODevice::ReadOnly));
        QVERIFY(page.readAll().contains(QByteArray::fromStdString(session().currentRun()->name)));
    }

    /// Drags the upper clip limit with the mouse and applies it. The calibration pictures cannot be read any
    /// more, though they look the same from outside: whoever calibrates again, fails.
    void draggedLimitsAreAppliedWithoutCalibrating()
    {
        destroyCalibrationPictures();
        const RunPtr before = session().currentRun();
        selectLayerWithLimits();
        window().showPanel("histogram");
        HistogramPlot &plot = histogram().plot();
        QTRY_VERIFY(isShown(plot));
        plot.plot().replot();
        const Range planned = plot.limits();
        const int y = plot.plot().axisRect()->center().y();
        const auto at = [&](float value) {
            return QPoint(static_cast<int>(plot.plot().xAxis->coordToPixel(static_cast<double>(value))), y);
        };
        QVERIFY(!histogram().applyButton().isEnabled());
        QTest::mousePress(&plot.plot(), Qt::LeftButton, {}, at(planned.max));
        QTest::mouseMove(&plot.plot(), at(planned.max * 0.8F));
        QTest::mouseMove(&plot.plot(), at(planned.max * 0.6F));
        QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, at(planned.max * 0.6F));
        const Range dragged = plot.limits();
        QVERIFY(std::abs(dragged.max - planned.max * 0.6F) < planned.max * 0.02F);
        QVERIFY(histogram().applyButton().isEnabled());

        const std::string tensor = plot.content().tensor.toStdString();
        QSignalSpy ended(&workflow(), &Workflow::runEnded);
        QTest::mouseClick(&histogram().applyButton(), Qt::LeftButton);
        QVERIFY(workflow().isRunning());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        QVERIFY2(ended.at(0).at(0).value<JobState>() == JobState::Finished, qPrintable(banner().text()));
        const RunPtr after = session().currentRun();
        QVERIFY(after != before);
        QCOMPARE(after->quantized->plan.tensors.at(tensor).ranges.front(), dragged);
        QCOMPARE(after->quantized->statistics->fingerprint, before->quantized->statistics->fingerprint);
        QCOMPARE(plot.limits(), dragged);
        QVERIFY(!histogram().applyButton().isEnabled());

        // "Automatic" takes it back.
        QTest::mouseClick(&find<QPushButton>("resetLimits"), Qt::LeftButton);
        QVERIFY(session().recipe().overrides.empty());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 2, kLong);
        QCOMPARE(session().currentRun()->quantized->plan.tensors.at(tensor).ranges.front(), planned);
        QCOMPARE(session().runs().size(), std::size_t(3));
    }

private:
    /// Pictures so large that every stage lasts longer than the time between two reports of progress.
    void useSlowData()
    {
        const QString folder = m_folder.filePath("slow/0");
        if (QDir().mkpath(folder) && QDir(folder).isEmpty()) {
            const std::string png = test::makePng(test::gradient(2000, 2000, 3));
            for (int i = 0; i < 24; ++i)
                test::writeBytes(folder.toStdString() + "/" + std::to_string(i) + ".png", png);
        }
        Recipe recipe = session().recipe();
        recipe.calibration.path = m_folder.filePath("slow").toStdString();
        DataSpec evaluation = session().evaluationData();
        evaluation.path = recipe.calibration.path;
        session().setRecipe(std::move(recipe));
        session().setEvaluationData(std::move(evaluation));
    }

    LayersPanel &layers() { return find<LayersPanel>("layers"); }
    RangesPanel &ranges() { return find<RangesPanel>("ranges"); }
    HistogramPanel &histogram() { return find<HistogramPanel>("histogram"); }
    DriftHeatmap &heatmap() { return *window().findChild<DriftHeatmap *>(); }

    void cancelBy(const QString &way)
    {
        if (way == "action")
            actions().cancel->trigger();
        else if (way == "key")
            QTest::keyClick(&window(), Qt::Key_Escape);
        else if (way == "setup")
            QTest::mouseClick(&find<QPushButton>("run"), Qt::LeftButton);
        else
            QTest::mouseClick(&find<QToolButton>("cancelJob"), Qt::LeftButton);
    }

    /// The first layer whose output has one range and values above zero.
    void selectLayerWithLimits()
    {
        for (const Layer &layer : session().model()->layers) {
            session().selectLayer(layer.name);
            const HistogramPlot &plot = histogram().plot();
            const auto &tensors = session().currentRun()->quantized->plan.tensors;
            if (!plot.isEmpty() && plot.content().limits && plot.limits().max > 0
                && plot.content().tensor.toStdString() == layer.outputs.front()
                && tensors.contains(layer.outputs.front())
                && tensors.at(layer.outputs.front()).sharedWith.empty())
                return;
        }
        QFAIL("no layer has limits");
    }

    /// Name, size and time of each picture stay; its bytes do not.
    void destroyCalibrationPictures()
    {
        QDirIterator files(m_calibration, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const std::filesystem::path path = files.next().toStdString();
            const auto time = std::filesystem::last_write_time(path); // to the nanosecond, which Qt's is not
            {
                std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
                file << std::string(std::filesystem::file_size(path), 'x');
                QVERIFY(file.good());
            }
            std::filesystem::last_write_time(path, time);
        }
    }

    QString m_calibration;
};

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
