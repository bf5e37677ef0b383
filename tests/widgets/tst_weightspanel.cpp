// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/checkpointfixture.h"
#include "tests/support/marktranslator.h"
#include "tests/support/nodialogs.h"
#include "widgets/controls/gridlegend.h"
#include "widgets/panels/checkpointruns.h"
#include "widgets/panels/tensorgridview.h"
#include "widgets/panels/weightspanel.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QTest>

using namespace qs;

/// The panel as a user works with it: open, choose, run, look.
class TestWeightsPanel : public QObject, private test::CheckpointFixture
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(writeModelAndText()); }

    void init()
    {
        start();
        m_panel = std::make_unique<WeightsPanel>(*m_workflow, m_dialogs);
        m_panel->resize(1100, 700);
        m_panel->show();
    }

    void cleanup()
    {
        m_panel.reset();
        stop();
    }

    void saysWhatItIsFor()
    {
        QSignalSpy requested(m_panel.get(), &WeightsPanel::openRequested);
        auto *button = m_panel->findChild<QPushButton *>(QStringLiteral("openLanguageModel"));
        QVERIFY(button->isVisible());
        button->click();
        QCOMPARE(requested.count(), 1);
        open();
        QVERIFY(!button->isVisible());
        m_session->close();
        QVERIFY(button->isVisible());
    }

    void theAdviceGoesByTheWishes()
    {
        const auto box
            = [&](const char *name) { return m_panel->findChild<QAbstractButton *>(QLatin1String(name)); };
        const auto *what = m_panel->findChild<QLabel *>(QStringLiteral("advice"));
        QVERIFY(!what->isVisible()); // nothing is open
        open();
        QCOMPARE(what->text(), QString("GGUF for llama.cpp"));
        QVERIFY(!box("useAdvice")->isEnabled()); // it is set so already
        const auto *why = m_panel->findChild<QLabel *>(QStringLiteral("adviceReasons"));
        QVERIFY(why->text().contains("AWQ: about") && why->text().contains("NF4: about"));
        box("adviceWishes")->click();
        QVERIFY(box("wishGpu")->isVisible() && !box("wishLabels")->isVisible());
        box("wishGpu")->click();
        QCOMPARE(what->text(), QString("AWQ for vLLM"));
        box("useAdvice")->click();
        QCOMPARE(m_session->recipe().strategy, std::string("awq"));
        box("wishGpu")->click();
        m_panel->findChild<QDoubleSpinBox *>(QStringLiteral("wishDrop"))->setValue(0.25);
        QCOMPARE(what->text(), QString("GGUF for llama.cpp, type = Q6_K"));
        box("useAdvice")->click();
        QCOMPARE(m_session->recipe().strategy, std::string("gguf"));
        QVERIFY(m_session->recipe().parameters.at("type") == "Q6_K");
    }

    void opensRunsAndShowsTheRow()
    {
        open();
        const QString summary = m_panel->findChild<QLabel *>(QStringLiteral("modelSummary"))->text();
        QVERIFY2(summary.contains("llama") && summary.contains("16.00 bits a weight"), qPrintable(summary));
        QTableView &grid = m_panel->grid().table();
        QCOMPARE(grid.model()->rowCount(), 4); // embeddings, two layers, output
        QCOMPARE(m_panel->runs().table().model()->rowCount(), 1);

        choose(QStringLiteral("llmStrategy"), QStringLiteral("gguf"));
        choose(QStringLiteral("type"), QStringLiteral("Q8_0"));
        type(QStringLiteral("evaluationText"), m_text);
        auto *size = m_panel->findChild<QLabel *>(QStringLiteral("predictedSize"));
        QTRY_VERIFY2(size->text().contains("8.5"), qPrintable(size->text()));
        auto *run = m_panel->findChild<QPushButton *>(QStringLiteral("llmRun"));
        QSignalSpy ended(m_workflow.get(), &CheckpointWorkflow::runEnded);
        run->click();
        QCOMPARE(run->text(), QString("Cancel the run"));
        QVERIFY(!m_panel->findChild<QPushButton *>(QStringLiteral("removeRun"))->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 60000);
        QCOMPARE(run->text(), QString("Run"));

        QTableView &table = m_panel->runs().table();
        QCOMPARE(table.model()->rowCount(), 2);
        QCOMPARE(table.currentIndex().row(), 1);
        QCOMPARE(table.model()->index(1, 1).data().toString(), QString("Q8_0"));
        QVERIFY(table.model()->index(0, 4).data().toString().contains(QStringLiteral("±")));
        QVERIFY(table.model()->index(1, 4).data().toString().contains(QStringLiteral("±")));
        // The grid shows the run that is selected.
        const QModelIndex q = m_panel->grid().model().indexOf({1, "q"});
        QCOMPARE(q.data().toString(), QString("Q8_0"));
        QVERIFY(m_panel->grid().legend().texts().join(' ').contains("Q8_0  8.50 bits"));
        auto *figure = m_panel->findChild<QComboBox *>(QStringLiteral("tensorFigure"));
        figure->setCurrentIndex(1);
        QVERIFY(q.data().toString().toDouble() > 35);
        QVERIFY(m_panel->grid().legend().texts().join(' ').contains("dB"));
        table.selectRow(0);
        QCOMPARE(m_session->currentRun()->id, 0);
        figure->setCurrentIndex(0);
        QCOMPARE(m_panel->grid().model().indexOf({1, "q"}).data().toString(), QString("float16"));
        table.selectRow(1);
        m_panel->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
        table.setFocus();
        QTest::keyClick(&table, Qt::Key_Delete);
        QCOMPARE(m_session->runs().size(), std::size_t(1));
        QVERIFY(QFile::remove(m_folder.filePath("tiny-Q8_0.gguf"))); // it stayed
    }

    void theKeysMoveOverTheGrid()
    {
        open();
        QTableView &grid = m_panel->grid().table();
        auto *details = m_panel->findChild<QLabel *>(QStringLiteral("tensorDetails"));
        grid.setFocus();
        grid.setCurrentIndex(m_panel->grid().model().indexOf({0, "q"}));
        QVERIFY2(details->text().contains("model.layers.0.self_attn.q_proj.weight"),
                 qPrintable(details->text()));
        QTest::keyClick(&grid, Qt::Key_Down);
        QVERIFY(details->text().contains("model.layers.1.self_attn.q_proj.weight"));
        QTest::keyClick(&grid, Qt::Key_Right);
        QVERIFY(details->text().contains("model.layers.1.self_attn.k_proj.weight"));
    }

    void aColumnGetsAType()
    {
        open();
        QTableView &grid = m_panel->grid().table();
        const int column = m_panel->grid().model().indexOf({0, "down"}).column();
        auto *apply = m_panel->findChild<QPushButton *>(QStringLiteral("mixApply"));
        QVERIFY(!apply->isEnabled());
        grid.selectColumn(column);
        QVERIFY(apply->isEnabled());
        auto *combo = m_panel->findChild<QComboBox *>(QStringLiteral("mixType"));
        combo->setCurrentIndex(combo->findData(static_cast<int>(GgmlType::Q5_1)));
        apply->click();
        auto *rules = m_panel->findChild<QLineEdit *>(QStringLiteral("tensor_types"));
        QTRY_COMPARE(rules->text(), QString("\\.ffn_down\\.=Q5_1"));
        QTRY_COMPARE(m_panel->grid().model().indexOf({1, "down"}).data().toString(), QString("Q5_1"));
        m_panel->findChild<QPushButton *>(QStringLiteral("mixClear"))->click();
        QVERIFY(rules->text().isEmpty());
        choose(QStringLiteral("llmStrategy"), QStringLiteral("nf4"));
        QVERIFY(!m_panel->findChild<QWidget *>(QStringLiteral("mixBar"))->isVisible());
    }

    void theSliderKeepsToASize()
    {
        open();
        if (!m_workflow->parameters().contains("bits_per_weight"))
            QSKIP("the strategy keeps to no size");
        auto *box = m_panel->findChild<QCheckBox *>(QStringLiteral("sizeTarget"));
        auto *slider = m_panel->findChild<QSlider *>(QStringLiteral("sizeBits"));
        QVERIFY(!slider->isEnabled());
        box->click();
        QVERIFY(slider->isEnabled());
        QCOMPARE(m_workflow->parameters().real("bits_per_weight"), 4.5);
        slider->setValue(slider->value() + 10);
        QCOMPARE(m_workflow->parameters().real("bits_per_weight"), 5.0);
        auto *size = m_panel->findChild<QLabel *>(QStringLiteral("predictedSize"));
        QTRY_VERIFY2(size->text().contains("5.00 bits"), qPrintable(size->text()));
        box->click();
        QCOMPARE(m_workflow->parameters().real("bits_per_weight"), 0.0);
    }

    void speaksAnotherLanguage()
    {
        open();
        const QStringList before = texts();
        test::MarkTranslator translator;
        QCoreApplication::installTranslator(&translator);
        QApplication::processEvents();
        const QStringList after = texts();
        m_panel->grab();
        QCoreApplication::removeTranslator(&translator);
        QApplication::processEvents();
        for (const QString &text : after)
            QVERIFY2(!translator.sources().contains(text) || !before.contains(text),
                     qPrintable("not set anew: " + text));
    }

private:
    void open()
    {
        QSignalSpy opened(m_workflow.get(), &CheckpointWorkflow::opened);
        m_workflow->open(m_model);
        QTRY_COMPARE(opened.count(), 1);
    }
    void choose(const QString &name, const QString &data)
    {
        auto *combo = m_panel->findChild<QComboBox *>(name);
        QVERIFY(combo);
        const int index = combo->findData(data);
        QVERIFY(index >= 0);
        combo->setCurrentIndex(index);
        emit combo->activated(index);
    }
    void type(const QString &name, const QString &text)
    {
        auto *line = m_panel->findChild<QWidget *>(name)->findChild<QLineEdit *>();
        line->setText(text);
        QTest::keyClick(line, Qt::Key_Return);
    }
    QStringList texts() const
    {
        QStringList texts;
        for (const auto *label : m_panel->findChildren<QLabel *>())
            texts << label->text();
        for (const auto *button : m_panel->findChildren<QAbstractButton *>())
            texts << button->text();
        for (const auto *combo : m_panel->findChildren<QComboBox *>())
            for (int i = 0; i < combo->count(); ++i)
                texts << combo->itemText(i);
        for (const auto *line : m_panel->findChildren<QLineEdit *>())
            texts << line->placeholderText();
        for (const auto *table : m_panel->findChildren<QTableView *>())
            for (int i = 0; i < table->model()->columnCount(); ++i)
                texts << table->model()->headerData(i, Qt::Horizontal).toString();
        for (const auto *widget : m_panel->findChildren<QWidget *>())
            texts << widget->toolTip();
        texts << m_panel->grid().legend().texts();
        texts.removeAll(QString());
        return texts;
    }

    test::NoDialogs m_dialogs;
    std::unique_ptr<WeightsPanel> m_panel;
};

QTEST_MAIN(TestWeightsPanel)
#include "tst_weightspanel.moc"
