// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/parameterform.h"

#include "widgets/models/errortext.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace qs {
namespace {

constexpr const char *kContext = "Params";
/// In average characters. One longer label would widen the column of all, and push fields below their labels.
constexpr int kWidestLabel = 20;

/// In one line where it is short, else over several.
void setLabel(QLabel &label, const QString &title)
{
    const int widest = label.fontMetrics().averageCharWidth() * kWidestLabel;
    const bool isLong = label.fontMetrics().horizontalAdvance(title) > widest;
    label.setText(title);
    label.setWordWrap(isLong);
    label.setMinimumWidth(isLong ? widest : 0);
    label.setMaximumWidth(isLong ? widest : QWIDGETSIZE_MAX);
}

int toInt(double value)
{
    return static_cast<int>(std::clamp(value, static_cast<double>(std::numeric_limits<int>::min()),
                                       static_cast<double>(std::numeric_limits<int>::max())));
}

bool isBounded(const ParamSpec &spec)
{
    return spec.minimum != spec.maximum;
}

/// So many that a hundredth of the range and the default can both be entered.
int decimalsFor(const ParamSpec &spec)
{
    int decimals = 2;
    const double value = std::get<double>(spec.defaultValue);
    const auto isExact = [&](double v) {
        const double scaled = v * std::pow(10, decimals);
        return std::abs(scaled - std::round(scaled)) < 1e-6;
    };
    while (decimals < 9 && !(isExact(value) && isExact(spec.minimum) && isExact(spec.maximum)))
        ++decimals;
    while (decimals < 9 && isBounded(spec) && std::pow(10, -decimals) > (spec.maximum - spec.minimum) / 100)
        ++decimals;
    return decimals;
}

} // namespace

ParameterForm::ParameterForm(QWidget *parent)
    : QWidget(parent)
    , m_layout(new QFormLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_layout->setRowWrapPolicy(QFormLayout::WrapLongRows);
}

void ParameterForm::setParameters(const ParamSet &parameters)
{
    const bool rebuild = parameters.specs() != m_parameters.specs();
    m_parameters = parameters;
    for (auto &[key, field] : m_fields)
        setError(key, {});
    if (rebuild)
        build();
    showValues();
}

void ParameterForm::resetToDefaults()
{
    setParameters(ParamSet(m_parameters.specs()));
    emit changed();
}

void ParameterForm::build()
{
    while (m_layout->rowCount() > 0)
        m_layout->removeRow(0);
    m_fields.clear();
    for (const ParamSpec &spec : m_parameters.specs()) {
        Field field;
        field.editor = makeEditor(spec);
        field.editor->setObjectName(QString::fromStdString(spec.key));
        field.error = new QLabel;
        field.error->setWordWrap(true);
        field.error->setForegroundRole(QPalette::Text);
        field.error->hide();
        auto *column = new QVBoxLayout;
        column->setSpacing(2);
        const bool grows = !qobject_cast<QAbstractSpinBox *>(field.editor); // a number needs no width
        column->addWidget(field.editor, 0, grows ? Qt::Alignment() : Qt::AlignLeft);
        column->addWidget(field.error);
        if (std::holds_alternative<bool>(spec.defaultValue)) {
            m_layout->addRow(column); // a check box says its own name
        } else {
            field.label = new QLabel;
            field.label->setBuddy(field.editor);
            m_layout->addRow(field.label, column);
        }
        m_fields.emplace(spec.key, field);
    }
    retranslate();
}

QWidget *ParameterForm::makeEditor(const ParamSpec &spec)
{
    const std::string key = spec.key;
    if (std::holds_alternative<bool>(spec.defaultValue)) {
        auto *box = new QCheckBox;
        connect(box, &QCheckBox::toggled, this, [=, this](bool on) { enter(key, on); });
        return box;
    }
    if (std::holds_alternative<std::int64_t>(spec.defaultValue)) {
        auto *spin = new QSpinBox;
        spin->setRange(isBounded(spec) ? toInt(spec.minimum) : std::numeric_limits<int>::min(),
                       isBounded(spec) ? toInt(spec.maximum) : std::numeric_limits<int>::max());
        spin->setGroupSeparatorShown(true);
        connect(spin, &QSpinBox::valueChanged, this,
                [=, this](int value) { enter(key, static_cast<std::int64_t>(value)); });
        return spin;
    }
    if (std::holds_alternative<double>(spec.defaultValue)) {
        auto *spin = new QDoubleSpinBox;
        spin->setDecimals(decimalsFor(spec));
        spin->setRange(isBounded(spec) ? spec.minimum : -1e12, isBounded(spec) ? spec.maximum : 1e12);
        spin->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        connect(spin, &QDoubleSpinBox::valueChanged, this, [=, this](double value) { enter(key, value); });
        return spin;
    }
    if (!spec.choices.empty()) {
        auto *combo = new QComboBox;
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(12);
        combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        for (const std::string &choice : spec.choices)
            combo->addItem(QString(), QString::fromStdString(choice));
        connect(combo, &QComboBox::currentIndexChanged, this,
                [=, this] { enter(key, combo->currentData().toString().toStdString()); });
        return combo;
    }
    auto *line = new QLineEdit;
    connect(line, &QLineEdit::textChanged, this,
            [=, this](const QString &text) { enter(key, text.toStdString()); });
    return line;
}

void ParameterForm::setChoiceText(ChoiceText text)
{
    m_choiceText = std::move(text);
    retranslate();
}

void ParameterForm::enter(const std::string &key, const ParamValue &value)
{
    if (m_showing)
        return;
    const Status status = m_parameters.set(key, value);
    setError(key, status.ok() ? QString() : QString::fromStdString(status.error().detail));
    if (status.ok())
        emit changed();
}

void ParameterForm::setError(const std::string &key, const QString &message)
{
    const auto field = m_fields.find(key);
    if (field == m_fields.end())
        return;
    const bool wasValid = isValid();
    if (message.isEmpty())
        m_errors.erase(key);
    else
        m_errors[key] = message;
    field->second.error->setText(message.isEmpty() ? QString() : tr("⚠ %1").arg(message));
    field->second.error->setVisible(!message.isEmpty());
    field->second.editor->setAccessibleDescription(message);
    if (wasValid != isValid())
        emit validityChanged(isValid());
}

void ParameterForm::showValues()
{
    m_showing = true;
    for (const auto &[key, field] : m_fields) {
        const ParamValue &value = m_parameters.value(key);
        if (auto *box = qobject_cast<QCheckBox *>(field.editor))
            box->setChecked(std::get<bool>(value));
        else if (auto *spin = qobject_cast<QSpinBox *>(field.editor))
            spin->setValue(toInt(static_cast<double>(std::get<std::int64_t>(value))));
        else if (auto *real = qobject_cast<QDoubleSpinBox *>(field.editor))
            real->setValue(std::get<double>(value));
        else if (auto *combo = qobject_cast<QComboBox *>(field.editor))
            combo->setCurrentIndex(combo->findData(QString::fromStdString(std::get<std::string>(value))));
        else if (auto *line = qobject_cast<QLineEdit *>(field.editor))
            line->setText(QString::fromStdString(std::get<std::string>(value)));
    }
    m_showing = false;
}

void ParameterForm::retranslate()
{
    for (const ParamSpec &spec : m_parameters.specs()) {
        const Field &field = m_fields.at(spec.key);
        const QString title = translateCore(kContext, spec.title);
        const QString help = translateCore(kContext, spec.help);
        field.editor->setToolTip(help);
        field.editor->setWhatsThis(help);
        field.editor->setAccessibleName(title);
        if (auto *box = qobject_cast<QCheckBox *>(field.editor))
            box->setText(title);
        if (field.label) {
            setLabel(*field.label, title);
            field.label->setToolTip(help);
        }
        if (auto *combo = qobject_cast<QComboBox *>(field.editor))
            for (int i = 0; i < combo->count(); ++i) {
                const std::string choice = combo->itemData(i).toString().toStdString();
                const QString own = m_choiceText ? m_choiceText(spec.key, choice) : QString();
                combo->setItemText(i, own.isEmpty() ? translateCore(kContext, choice) : own);
            }
    }
}

void ParameterForm::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

} // namespace qs
