// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/parameterform.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace qs;

namespace {

std::vector<ParamSpec> specs()
{
    return {
        boolParam("per_channel", true, "Per channel", "A scale for each channel"),
        intParam("bits", 8, 2, 16, "Bits", "Bits per weight"),
        realParam("percentile", 99.999, 90, 100, "Percentile", "Share kept, in percent"),
        choiceParam("observer", "entropy", {"minmax", "entropy", "mse"}, "Observer", "How ranges are chosen"),
        choiceParam("note", "", {}, "Note", "Anything")};
}

} // namespace

class TestParameterForm : public QObject
{
    Q_OBJECT
private slots:
    void buildsAField_forEachKind();
    void entersValues();
    void settingIsSilent();
    void showsErrors();
    void rebuildsForOtherSpecs();
    void resets();
};

void TestParameterForm::buildsAField_forEachKind()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    QVERIFY(form.findChild<QCheckBox *>("per_channel")->isChecked());
    QCOMPARE(form.findChild<QCheckBox *>("per_channel")->text(), "Per channel");
    QCOMPARE(form.findChild<QSpinBox *>("bits")->maximum(), 16);
    QCOMPARE(form.findChild<QDoubleSpinBox *>("percentile")->value(), 99.999);
    QCOMPARE(form.findChild<QComboBox *>("observer")->currentText(), "entropy");
    QCOMPARE(form.findChild<QComboBox *>("observer")->count(), 3);
    QCOMPARE(form.findChild<QLineEdit *>("note")->text(), "");
    QCOMPARE(form.findChild<QSpinBox *>("bits")->toolTip(), "Bits per weight");
    QCOMPARE(form.findChild<QSpinBox *>("bits")->accessibleName(), "Bits");
}

void TestParameterForm::entersValues()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    QSignalSpy changed(&form, &ParameterForm::changed);
    form.findChild<QCheckBox *>("per_channel")->click();
    form.findChild<QSpinBox *>("bits")->setValue(4);
    form.findChild<QDoubleSpinBox *>("percentile")->setValue(99.9);
    form.findChild<QComboBox *>("observer")->setCurrentIndex(2);
    QTest::keyClicks(form.findChild<QLineEdit *>("note"), "ab");
    QCOMPARE(changed.size(), 6);
    QCOMPARE(form.parameters().flag("per_channel"), false);
    QCOMPARE(form.parameters().integer("bits"), 4);
    QCOMPARE(form.parameters().real("percentile"), 99.9);
    QCOMPARE(form.parameters().text("observer"), std::string("mse"));
    QCOMPARE(form.parameters().text("note"), std::string("ab"));
}

void TestParameterForm::settingIsSilent()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    QSignalSpy changed(&form, &ParameterForm::changed);
    ParamSet other(specs());
    QVERIFY(other.set("bits", std::int64_t {5}).ok());
    form.setParameters(other);
    QCOMPARE(form.findChild<QSpinBox *>("bits")->value(), 5);
    QCOMPARE(changed.size(), 0);
}

void TestParameterForm::showsErrors()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    form.show();
    QSignalSpy validity(&form, &ParameterForm::validityChanged);
    form.setError("bits", "does not fit this target");
    QVERIFY(!form.isValid());
    bool found = false;
    for (const QLabel *label : form.findChildren<QLabel *>())
        found = found || (label->isVisible() && label->text().contains("does not fit this target"));
    QVERIFY(found);
    form.findChild<QSpinBox *>("bits")->setValue(4); // a new value, a new chance
    QVERIFY(form.isValid());
    QCOMPARE(validity.size(), 2);
}

void TestParameterForm::rebuildsForOtherSpecs()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    form.setParameters(
        ParamSet({intParam("group_size", 128, 16, 1024, "Group size", "Weights that share a scale")}));
    QVERIFY(!form.findChild<QSpinBox *>("bits"));
    QCOMPARE(form.findChild<QSpinBox *>("group_size")->value(), 128);
    form.setParameters(ParamSet());
    QVERIFY(!form.findChild<QSpinBox *>("group_size"));
}

void TestParameterForm::resets()
{
    ParameterForm form;
    form.setParameters(ParamSet(specs()));
    form.findChild<QSpinBox *>("bits")->setValue(4);
    form.resetToDefaults();
    QCOMPARE(form.findChild<QSpinBox *>("bits")->value(), 8);
    QCOMPARE(form.parameters(), ParamSet(specs()));
}

QTEST_MAIN(TestParameterForm)
#include "tst_parameterform.moc"
