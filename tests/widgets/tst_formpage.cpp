// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/formpage.h"

#include <QApplication>
#include <QComboBox>
#include <QScrollBar>
#include <QSpinBox>
#include <QTest>
#include <QVBoxLayout>
#include <QWheelEvent>

using namespace qs;

class TestFormPage : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void theWheelScrollsOverFields();
    void theWheelChangesTheFieldOneIsIn();
    void fieldsThatComeLaterBehaveAlike();
    void otherWindowsAreLeftAlone();
    void nothingIsCutOffAtTheSide();

private:
    /// One notch towards the user.
    static void turnWheel(QWidget *over)
    {
        QWheelEvent wheel({5, 5}, over->mapToGlobal(QPointF(5, 5)), {}, {0, -120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QSpontaneKeyEvent::setSpontaneous(&wheel); // as from a mouse; others do not go to the parents
        qApp->notify(over, &wheel);
    }

    std::unique_ptr<FormPage> m_page;
    QVBoxLayout *m_column = nullptr;
    QSpinBox *m_number = nullptr;
    QComboBox *m_choice = nullptr;
};

void TestFormPage::init()
{
    auto *inside = new QWidget;
    m_column = new QVBoxLayout(inside);
    m_number = new QSpinBox;
    m_number->setValue(8);
    m_choice = new QComboBox;
    m_choice->addItems({"static", "qat", "dynamic"});
    m_column->addWidget(m_number);
    m_column->addWidget(m_choice);
    m_column->addSpacing(900);
    m_page = std::make_unique<FormPage>(inside);
    m_page->resize(200, 200);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_page->setFocus();
}

void TestFormPage::theWheelScrollsOverFields()
{
    turnWheel(m_number);
    const int once = m_page->verticalScrollBar()->value();
    QVERIFY(once > 0);
    turnWheel(m_choice);
    QVERIFY(m_page->verticalScrollBar()->value() > once);
    QCOMPARE(m_number->value(), 8);
    QCOMPARE(m_choice->currentIndex(), 0);
    // A wheel must not be what goes to a field.
    QVERIFY(!(m_number->focusPolicy() & Qt::WheelFocus & ~Qt::StrongFocus));
    QVERIFY(!(m_choice->focusPolicy() & Qt::WheelFocus & ~Qt::StrongFocus));
}

void TestFormPage::theWheelChangesTheFieldOneIsIn()
{
    m_number->setFocus();
    turnWheel(m_number);
    QCOMPARE(m_number->value(), 7);
    m_choice->setFocus();
    turnWheel(m_choice);
    QCOMPARE(m_choice->currentIndex(), 1);
    QCOMPARE(m_page->verticalScrollBar()->value(), 0);
}

void TestFormPage::fieldsThatComeLaterBehaveAlike()
{
    auto *group = new QWidget;
    auto *row = new QVBoxLayout(group);
    auto *number = new QDoubleSpinBox;
    row->addWidget(number);
    m_column->insertWidget(0, group);
    QTRY_VERIFY(number->isVisible());
    turnWheel(number);
    QCOMPARE(number->value(), 0.0);
    QVERIFY(m_page->verticalScrollBar()->value() > 0);
    QVERIFY(!(number->focusPolicy() & Qt::WheelFocus & ~Qt::StrongFocus));
}

void TestFormPage::otherWindowsAreLeftAlone()
{
    QSpinBox other;
    other.setValue(8);
    other.show();
    turnWheel(&other);
    QCOMPARE(other.value(), 7);
}

void TestFormPage::nothingIsCutOffAtTheSide()
{
    m_choice->setMinimumWidth(400); // as a field that came later
    QTRY_VERIFY(m_page->minimumSizeHint().width() > 400);
    m_page->resize(m_page->minimumSizeHint().width(), 200);
    QApplication::processEvents();
    QVERIFY(m_page->verticalScrollBar()->isVisible());
    QCOMPARE(m_page->horizontalScrollBar()->maximum(), 0);
    QVERIFY(m_choice->mapTo(m_page->viewport(), m_choice->rect().topRight()).x()
            < m_page->viewport()->width());
}

QTEST_MAIN(TestFormPage)
#include "tst_formpage.moc"
