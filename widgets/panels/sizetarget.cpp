// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/sizetarget.h"

#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"

#include <QCheckBox>
#include <QEvent>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>

#include <cmath>

namespace qs {
namespace {

constexpr const char *kKey = "bits_per_weight";
/// Hundredths of a bit: from Q2_K to what is as good as the original.
constexpr int kLowest = 250;
constexpr int kHighest = 900;
constexpr int kStep = 5;
constexpr double kUnit = 100;
constexpr int kFirstTarget = 450;

} // namespace

SizeTarget::SizeTarget(CheckpointWorkflow &workflow, QWidget *parent)
    : QWidget(parent)
    , m_workflow(workflow)
    , m_isOn(new QCheckBox)
    , m_bits(new QSlider(Qt::Horizontal))
    , m_size(new QLabel)
{
    m_isOn->setObjectName(QStringLiteral("sizeTarget"));
    m_bits->setObjectName(QStringLiteral("sizeBits"));
    m_size->setObjectName(QStringLiteral("predictedSize"));
    m_size->setWordWrap(true);
    m_bits->setRange(kLowest / kStep, kHighest / kStep);
    m_bits->setPageStep(10);
    m_bits->setValue(kFirstTarget / kStep);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_isOn);
    layout->addWidget(m_bits);
    layout->addWidget(m_size);
    connect(m_isOn, &QCheckBox::toggled, this, &SizeTarget::enter);
    connect(m_bits, &QSlider::valueChanged, this, &SizeTarget::enter);
    connect(&workflow, &CheckpointWorkflow::previewChanged, this, &SizeTarget::refresh);
    connect(&workflow.services().session, &CheckpointSession::recipeChanged, this, &SizeTarget::refresh);
    retranslate();
}

void SizeTarget::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void SizeTarget::retranslate()
{
    m_isOn->setText(tr("Keep to a si&ze"));
    m_isOn->setToolTip(
        tr("Give each tensor the type that costs least for a file of this size, in place of a mix"));
    m_bits->setToolTip(tr("Bits a weight, over all tensors"));
    m_bits->setAccessibleName(m_bits->toolTip());
    refresh();
}

void SizeTarget::refresh()
{
    const ParamSet parameters = m_workflow.parameters();
    const bool canKeep = parameters.contains(kKey);
    setVisible(canKeep || m_workflow.preview() || m_workflow.previewError());
    m_showing = true;
    const double bits = canKeep ? parameters.real(kKey) : 0;
    m_isOn->setVisible(canKeep);
    m_bits->setVisible(canKeep);
    m_isOn->setChecked(bits > 0);
    m_bits->setEnabled(bits > 0);
    if (bits > 0)
        m_bits->setValue(static_cast<int>(std::lround(bits * kUnit / kStep)));
    m_showing = false;
    if (const auto &preview = m_workflow.preview())
        m_size->setText(tr("Predicted: %1, %2 bits a weight")
                            .arg(bytesText(preview->byteSize), fixedText(preview->bitsPerWeight, 2)));
    else if (m_workflow.previewError())
        m_size->setText(tr("⚠ %1").arg(errorText(*m_workflow.previewError())));
    else
        m_size->clear();
}

void SizeTarget::enter()
{
    if (m_showing)
        return;
    ParamSet parameters = m_workflow.parameters();
    const double bits = m_isOn->isChecked() ? m_bits->value() * kStep / kUnit : 0.0;
    if (parameters.contains(kKey) && parameters.set(kKey, bits).ok())
        m_workflow.setParameters(parameters);
}

} // namespace qs
