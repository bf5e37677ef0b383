// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/wishform.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>

namespace qs {

WishForm::WishForm(Subject subject, QWidget *parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_labels(addBox("wishLabels"))
    , m_training(addBox("wishTraining"))
    , m_platforms(addBox("wishPlatforms"))
    , m_readyMade(addBox("wishReadyMade"))
    , m_gpu(addBox("wishGpu"))
    , m_dropLabel(new QLabel)
    , m_drop(new QDoubleSpinBox)
{
    m_labels->setChecked(true);
    m_drop->setObjectName(QStringLiteral("wishDrop"));
    m_drop->setRange(0, 100);
    m_drop->setSingleStep(0.25);
    m_drop->setValue(Wish().largestDrop);
    m_dropLabel->setBuddy(m_drop);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(2);
    auto *drop = new QHBoxLayout;
    drop->setSpacing(6);
    drop->addWidget(m_dropLabel);
    drop->addWidget(m_drop);
    drop->addStretch(1);
    grid->addLayout(drop, 0, 0, 1, 2);
    grid->addWidget(subject == Subject::Network ? m_labels : m_gpu, 1, 0);
    grid->addWidget(m_training, 1, 1);
    grid->addWidget(m_platforms, 2, 0);
    grid->addWidget(m_readyMade, 2, 1);
    (subject == Subject::Network ? m_gpu : m_labels)->hide(); // asked of the other kind only
    connect(m_drop, &QDoubleSpinBox::valueChanged, this, &WishForm::changed);
    retranslate();
}

QCheckBox *WishForm::addBox(const char *name)
{
    auto *box = new QCheckBox(this);
    box->setObjectName(QLatin1String(name));
    connect(box, &QCheckBox::toggled, this, &WishForm::changed);
    return box;
}

Wish WishForm::wish() const
{
    return {.hasLabels = m_labels->isChecked(),
            .mayTrain = m_training->isChecked(),
            .mayTune = !m_readyMade->isChecked(),
            .crossPlatform = m_platforms->isChecked(),
            .onGpu = m_gpu->isChecked(),
            .largestDrop = m_drop->value()};
}

void WishForm::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void WishForm::retranslate()
{
    m_dropLabel->setText(tr("May lose"));
    m_drop->setSuffix(tr(" points"));
    m_drop->setToolTip(tr("How many points of accuracy may be lost"));
    m_labels->setText(tr("Has labels"));
    m_labels->setToolTip(tr("The samples have labels to measure accuracy with"));
    m_training->setText(tr("May train"));
    m_training->setToolTip(tr("There are time and data to go on training"));
    m_platforms->setText(tr("Cross-platform"));
    m_platforms->setToolTip(tr("One file for several kinds of machines"));
    m_readyMade->setText(tr("No tuning"));
    m_readyMade->setToolTip(tr("Rather open a model that somebody has quantized already"));
    m_gpu->setText(tr("On GPUs"));
    m_gpu->setToolTip(tr("The language model will be served on GPUs"));
}

} // namespace qs
