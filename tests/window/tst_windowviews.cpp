// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/marktranslator.h"
#include "tests/support/tinyllama.h"
#include "tests/support/windowfixture.h"
#include "widgets/controls/theme.h"
#include "widgets/panels/layerspanel.h"
#include "widgets/panels/welcomepanel.h"
#include "widgets/plots/driftheatmap.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QTableView>
#include <QToolBar>

using namespace qs;

/// How the window looks and speaks, what it remembers of that, and what it becomes for language models.
class TestWindowViews : public QObject, private test::WindowFixture
{
    Q_OBJECT

private slots:
    void init() { start(); }

    void cleanup()
    {
        stop();
        applyTheme(*qApp, ThemeKind::Light);
    }

    void everyTextIsSetAnew()
    {
        openExample();
        runShortly();
        const QStringList before = shownTexts();
        QVERIFY(before.size() > 200);
        test::MarkTranslator translator;
        QCoreApplication::installTranslator(&translator);
        QApplication::processEvents();
        const QStringList after = shownTexts();
        QCoreApplication::removeTranslator(&translator);
        QApplication::processEvents();
        for (const QString &text : after)
            QVERIFY2(!translator.sources().contains(text) || !before.contains(text),
                     qPrintable("not set anew: " + text));
        QVERIFY(window().windowTitle().startsWith("shapes.onnx")); // and back
    }

    void speaksChineseAndRemembersIt()
    {
        openExample();
        choose(actions().languages, "zh_CN");
        QCOMPARE(window().menuBar()->actions().at(0)->text(), QStringLiteral("文件(&F)"));
        QVERIFY(isHan(find<QPushButton>("run").text()));
        for (const QDockWidget *dock : window().findChildren<QDockWidget *>())
            QVERIFY2(isHan(dock->windowTitle()), qPrintable(dock->windowTitle()));
        stop();
        start({}); // which speaks English first
        QCOMPARE(m_composition->settings().value(settings::language), QString("zh_CN"));
        window().setLanguage(m_composition->settings().value(settings::language));
        QTRY_VERIFY(isHan(find<QPushButton>("run").text()));
        choose(actions().languages, "en");
        QCOMPARE(find<QPushButton>("run").text(), QString("Run"));
    }

    void theThemeReachesThePlots()
    {
        choose(actions().themes, "dark");
        QVERIFY(isDark(window().palette()));
        auto &heatmap = *window().findChild<DriftHeatmap *>();
        QTRY_VERIFY(heatmap.plot().toPixmap().toImage().pixelColor(1, 1).lightness() < 80);
        stop();
        applyTheme(*qApp, ThemeKind::Light);
        start({});
        QVERIFY(isDark(window().palette())); // remembered
        choose(actions().themes, "light");
        QVERIFY(!isDark(window().palette()));
        auto &again = *window().findChild<DriftHeatmap *>();
        QTRY_VERIFY(again.plot().toPixmap().toImage().pixelColor(1, 1).lightness() > 200);
    }

    void theLayoutIsRememberedAndReset()
    {
        auto &jobs = find<QDockWidget>("dock.jobs");
        jobs.toggleViewAction()->trigger();
        QVERIFY(!jobs.isVisible());
        QVERIFY(window().close());
        stop();
        start({});
        QVERIFY(!find<QDockWidget>("dock.jobs").isVisible());
        QVERIFY(find<QDockWidget>("dock.drift").isVisible());
        actions().resetLayout->trigger();
        QVERIFY(find<QDockWidget>("dock.jobs").isVisible());
    }

    void fitsASmallScreen_data()
    {
        QTest::addColumn<QString>("language");
        QTest::newRow("English") << "en";
        QTest::newRow("Chinese") << "zh_CN";
    }

    void fitsASmallScreen()
    {
        QFETCH(QString, language);
        window().setLanguage(language);
        openExample();
        window().resize(1024, 700);
        window().resetLayout();
        for (QDockWidget *dock : window().findChildren<QDockWidget *>()) {
            window().showPanel(dock->widget()->objectName());
            QTRY_VERIFY2(isShown(*dock->widget()), qPrintable(dock->objectName()));
            QCOMPARE(window().size(), QSize(1024, 700));
        }
    }

    /// A button that cannot be pressed says why.
    void whatIsDisabledSaysWhy()
    {
        for (const bool isOpen : {false, true}) {
            if (isOpen)
                openExample();
            int disabled = 0;
            for (const QAction *action : window().findChild<QToolBar *>()->actions()) {
                if (action->isSeparator() || action->isEnabled())
                    continue;
                ++disabled;
                QVERIFY2(action->toolTip().contains('\n'), qPrintable(action->toolTip()));
            }
            QVERIFY(disabled >= 3);
        }
        QVERIFY(actions().openModel->isEnabled() && !actions().openModel->toolTip().contains('\n'));
        QVERIFY2(find<QPushButton>("applyLimits").toolTip().contains("Select"), "no reason");
    }

    void theAdviceIsFollowed()
    {
        openExample();
        auto &use = find<QPushButton>("useAdvice");
        QVERIFY(use.isVisible());
        const QString advised = find<QLabel>("advice").text();
        auto &strategy = find<QComboBox>("strategy");
        const int other = strategy.findData("dynamic");
        QVERIFY(other >= 0);
        strategy.setCurrentIndex(other);
        emit strategy.activated(other);
        QCOMPARE(session().recipe().strategy, std::string("dynamic"));
        QVERIFY2(use.isEnabled(), qPrintable(advised));
        QTest::mouseClick(&use, Qt::LeftButton);
        QVERIFY(session().recipe().strategy != "dynamic");
        QCOMPARE(strategy.currentData().toString().toStdString(), session().recipe().strategy);
        QVERIFY(!use.isEnabled());
    }

    void aLanguageModelHasTheWindowToItself()
    {
        openExample();
        const QString folder = makeLlama();
        QSignalSpy opened(&checkpoints(), &CheckpointWorkflow::opened);
        dialogs().path = folder;
        actions().openLanguageFolder->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kLong);
        QVERIFY(!session().model());
        QVERIFY(window().windowTitle().startsWith("tiny"));
        for (const QDockWidget *dock : window().findChildren<QDockWidget *>())
            QCOMPARE(dock->isVisible(), dock->objectName() == "dock.weights");
        QCOMPARE(find<QTableView>("tensorGrid").model()->rowCount(), 4); // embeddings, two layers, output
        QVERIFY(actions().save->isEnabled() && !actions().exportModel->isEnabled());

        // A run by the tool bar; text dropped onto the window is what it measures on.
        QFile text(m_folder.filePath("text.txt"));
        QVERIFY(text.open(QIODevice::WriteOnly));
        for (int i = 0; i < 400; ++i)
            text.write(QByteArray(1, static_cast<char>('a' + (i * i + 3 * i) % 26)));
        text.close();
        QVERIFY(drop({text.fileName()}, middleOf(find<QTableView>("tensorGrid"))));
        QCOMPARE(checkpoint().recipe().calibration, text.fileName().toStdString());
        QVERIFY(drop({text.fileName()}, middleOf(find<QTableView>("tensorGrid"))));
        QCOMPARE(checkpoint().recipe().evaluation, text.fileName().toStdString());
        QSignalSpy ended(&checkpoints(), &CheckpointWorkflow::runEnded);
        actions().run->trigger();
        QVERIFY(actions().cancel->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kLong);
        QVERIFY2(ended.at(0).at(0).value<JobState>() == JobState::Finished, qPrintable(banner().text()));
        QCOMPARE(checkpoint().runs().size(), std::size_t(2));
        QVERIFY(QFileInfo(QString::fromStdString(checkpoint().currentRun()->path.string())).size() > 0);

        actions().run->trigger();
        actions().cancel->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 2, kLong);
        QCOMPARE(ended.at(1).at(0).value<JobState>(), JobState::Cancelled);
        QVERIFY(!banner().isVisible() || banner().kind() != MessageBanner::Kind::Error);

        // Its runs are asked about like those of networks.
        dialogs().answer = DialogService::SaveAnswer::Cancel;
        actions().close->trigger();
        QVERIFY(checkpoint().checkpoint());
        dialogs().answer = DialogService::SaveAnswer::Discard;
        actions().close->trigger();
        QVERIFY(!checkpoint().checkpoint());
        QVERIFY(find<QDockWidget>("dock.setup").isVisible());
        QTRY_VERIFY(isShown(find<WelcomePanel>("welcome")));

        // It comes back through the recent files.
        window().openAny(m_composition->settings().recentFiles().first());
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 2, kLong);
        openExample();
        QVERIFY(!checkpoint().checkpoint());
        QVERIFY(find<QDockWidget>("dock.setup").isVisible());
        QTRY_VERIFY(isShown(find<LayersPanel>("layers")));
    }

private:
    void choose(QActionGroup *group, const char *value)
    {
        for (QAction *action : group->actions())
            if (action->data().toString() == QLatin1String(value))
                action->trigger();
        QApplication::processEvents();
    }

    static bool isHan(const QString &text)
    {
        return std::any_of(text.begin(), text.end(), [](QChar c) { return c.script() == QChar::Script_Han; });
    }

    QString makeLlama()
    {
        return QString::fromStdString(test::makeTinyLlama(m_folder.filePath("tiny").toStdString()).string());
    }

    /// Every text that a user can read in the window.
    QStringList shownTexts()
    {
        QStringList texts {window().windowTitle()};
        for (const auto *action : window().findChildren<QAction *>())
            texts << action->text() << action->toolTip();
        for (const auto *menu : window().findChildren<QMenu *>())
            texts << menu->title();
        for (const auto *dock : window().findChildren<QDockWidget *>())
            texts << dock->windowTitle();
        for (const auto *label : window().findChildren<QLabel *>())
            texts << label->text();
        for (const auto *button : window().findChildren<QAbstractButton *>())
            texts << button->text();
        for (const auto *combo : window().findChildren<QComboBox *>())
            for (int i = 0; i < combo->count(); ++i)
                texts << combo->itemText(i);
        for (const auto *table : window().findChildren<QTableView *>())
            for (int i = 0; i < table->model()->columnCount(); ++i)
                texts << table->model()->headerData(i, Qt::Horizontal).toString();
        for (const auto *widget : window().findChildren<QWidget *>())
            texts << widget->toolTip() << widget->accessibleName();
        texts.removeAll(QString());
        return texts;
    }
};

QTEST_MAIN(TestWindowViews)
#include "tst_windowviews.moc"
