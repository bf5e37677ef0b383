// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/excludematch.h"
#include "core/session/session.h"
#include "core/session/settings.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace qs;

namespace {

RunPtr makeRun(const std::string &name)
{
    auto run = std::make_shared<Run>();
    run->name = name;
    run->quantized = std::make_shared<Quantized>();
    return run;
}

OpenedModelPtr makeModel(const std::string &preset)
{
    auto model = std::make_shared<OpenedModel>();
    PreprocessingGuess guess;
    guess.preprocessing.id = preset;
    model->guess = guess;
    return model;
}

}

class TestSession : public QObject
{
    Q_OBJECT

private slots:
    void settersTellOnceAndOnlyChanges()
    {
        Session session;
        QSignalSpy recipe(&session, &Session::recipeChanged);
        QSignalSpy evaluation(&session, &Session::evaluationDataChanged);
        QSignalSpy modified(&session, &Session::modifiedChanged);
        Recipe changed = session.recipe();
        changed.target = "x86-vnni";
        session.setRecipe(changed);
        session.setRecipe(changed);
        QCOMPARE(recipe.count(), 1);
        QCOMPARE(evaluation.count(), 0);
        QCOMPARE(modified.count(), 1);
        session.setEvaluationData({"/data", 10, {}});
        session.setEvaluationData({"/data", 10, {}});
        QCOMPARE(evaluation.count(), 1);
        QVERIFY(session.isModified());
    }

    void preprocessingHoldsForBothData()
    {
        Session session;
        Preprocessing unit;
        unit.id = "unit";
        session.setPreprocessing(unit);
        session.setEvaluationData({"/data", 0, {}});
        QCOMPARE(session.recipe().calibration.preprocessing->id, std::string("unit"));
        QCOMPARE(session.evaluationData().preprocessing->id, std::string("unit"));
    }

    void aGuessGivesWayToTheNextButAChoiceStays()
    {
        Session session;
        session.setModel(makeModel("first"));
        QCOMPARE(session.preprocessing()->id, std::string("first"));
        session.setModel(makeModel("second"));
        QCOMPARE(session.preprocessing()->id, std::string("second"));
        Preprocessing chosen;
        chosen.id = "chosen";
        session.setPreprocessing(chosen);
        session.setModel(makeModel("third"));
        QCOMPARE(session.preprocessing()->id, std::string("chosen"));
    }

    void aNewModelDropsWhatBelongedToTheOld()
    {
        Session session;
        session.setModel(makeModel("a"));
        session.setExcluded("conv1", true);
        session.setOverride({.tensor = "t", .range = Range {-1, 1}, .observer = {}, .keepFloat = false});
        Recipe recipe = session.recipe();
        recipe.calibration.path = "/calibration";
        session.setRecipe(recipe);
        session.addRun(makeRun("one"));
        session.selectLayer("conv1");
        session.setModel(makeModel("b"));
        QVERIFY(session.runs().empty());
        QVERIFY(!session.currentRun());
        QVERIFY(session.selectedLayer().empty());
        QVERIFY(session.recipe().exclude.empty());
        QVERIFY(session.recipe().overrides.empty());
        QCOMPARE(session.recipe().calibration.path, std::string("/calibration"));
        QVERIFY(!session.isModified());
    }

    void overridesReplaceAndVanish()
    {
        Session session;
        session.setOverride({.tensor = "t", .range = Range {-1, 1}, .observer = {}, .keepFloat = false});
        session.setOverride({.tensor = "t", .range = Range {-2, 2}, .observer = {}, .keepFloat = false});
        QCOMPARE(session.recipe().overrides.size(), std::size_t(1));
        QCOMPARE(session.overrideOf("t")->range->max, 2.F);
        session.setOverride({.tensor = "t", .range = {}, .observer = {}, .keepFloat = false});
        QVERIFY(!session.overrideOf("t"));
    }

    void excludedLayersAreMatchedExactly()
    {
        Session session;
        session.setExcluded("a.b[0]/conv", true);
        std::vector<Layer> layers(3);
        layers[0].name = "a.b[0]/conv";
        layers[1].name = "axb0/conv";
        layers[2].name = "a.b[0]/conv2";
        const ExcludeMatches matches = matchExcludes(layers, session.recipe().exclude);
        QCOMPARE(matches.layers, std::vector<std::string> {"a.b[0]/conv"});
        session.setExcluded("a.b[0]/conv", false);
        QVERIFY(session.recipe().exclude.empty());
    }

    void excludePatterns()
    {
        std::vector<Layer> layers(3);
        layers[0].name = "layer1.conv";
        layers[1].name = "layer1.relu";
        layers[2].name = "layer2.conv";
        QCOMPARE(matchExcludes(layers, {"layer1", "conv$"}).layers.size(), std::size_t(3));
        QCOMPARE(matchExcludes(layers, {"^layer2"}).layers, std::vector<std::string> {"layer2.conv"});
        QCOMPARE(matchExcludes(layers, {"conv", "(("}).invalidPattern, std::string("(("));
        QVERIFY(matchExcludes(layers, {}).layers.empty());
    }

    void runsGrowAndGo()
    {
        Session session;
        QSignalSpy current(&session, &Session::currentRunChanged);
        QSignalSpy replaced(&session, &Session::runReplaced);
        const RunPtr first = makeRun("#1 static");
        const RunPtr second = makeRun("#2 static");
        session.addRun(first);
        session.addRun(second);
        QCOMPARE(session.currentRun(), second);
        QCOMPARE(current.count(), 2);
        const RunPtr fuller = makeRun("#1 static");
        session.replaceRun(first, fuller);
        QCOMPARE(replaced.count(), 1);
        QCOMPARE(current.count(), 2); // it is not the current one
        session.replaceRun(second, makeRun("#2 static"));
        QCOMPARE(current.count(), 3);
        session.replaceRun(first, makeRun("gone")); // not there any more
        QCOMPARE(replaced.count(), 2);
        session.removeRun(1);
        QCOMPARE(session.currentRun(), fuller);
        session.removeRun(0);
        QVERIFY(!session.currentRun());
        QCOMPARE(session.currentRunIndex(), -1);
    }

    void removingAnEarlierRunKeepsTheCurrentOne()
    {
        Session session;
        session.addRun(makeRun("a"));
        session.addRun(makeRun("b"));
        session.addRun(makeRun("c"));
        session.setCurrentRun(1);
        QSignalSpy current(&session, &Session::currentRunChanged);
        session.removeRun(0);
        QCOMPARE(session.currentRun()->name, std::string("b"));
        QCOMPARE(current.count(), 0);
    }

    void runNamesCountOn()
    {
        Session session;
        Recipe recipe;
        recipe.strategy = "static";
        recipe.parameters = {{"observer", "entropy"}};
        QCOMPARE(session.nextRunName(recipe), std::string("#1 static entropy"));
        session.addRun(makeRun("#7 static"));
        QCOMPARE(session.nextRunName(recipe), std::string("#8 static entropy"));
        session.removeRun(0);
        session.renameRun(0, "nothing there");
        QVERIFY(session.runs().empty());
    }

    void selectionTellsOnlyChanges()
    {
        Session session;
        QSignalSpy spy(&session, &Session::selectedLayerChanged);
        session.selectLayer("conv1");
        session.selectLayer("conv1");
        QCOMPARE(spy.count(), 1);
    }

    void settingsHaveDefaultsAndAreKept()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath("settings.ini");
        {
            Settings store(std::make_unique<QSettings>(file, QSettings::IniFormat));
            QCOMPARE(store.value(settings::theme), QString("system"));
            store.setValue(settings::theme, QString("dark"));
            for (int i = 0; i < 14; ++i)
                store.addRecentFile(QString("/models/%1.onnx").arg(i));
            store.addRecentFile("/models/9.onnx");
        }
        Settings store(std::make_unique<QSettings>(file, QSettings::IniFormat));
        QCOMPARE(store.value(settings::theme), QString("dark"));
        QCOMPARE(store.recentFiles().size(), Settings::kRecentFiles);
        QCOMPARE(store.recentFiles().first(), QString("/models/9.onnx"));
        QCOMPARE(store.recentFiles().count("/models/9.onnx"), 1);
        store.clearRecentFiles();
        QVERIFY(store.recentFiles().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
