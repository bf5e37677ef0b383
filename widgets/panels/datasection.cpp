// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/datasection.h"

#include "widgets/controls/filefield.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <limits>

namespace qs {

DataSection::DataSection(const Services &services, QWidget *parent)
    : Section(parent)
    , m_services(services)
    , m_session(services.session)
    , m_calibration(addSource(QStringLiteral("calibration")))
    , m_training(addSource(QStringLiteral("training")))
    , m_evaluation(addSource(QStringLiteral("evaluation")))
    , m_hint(makeHint())
{
    content().addWidget(m_hint);
    connect(m_calibration.field, &FileField::pathChanged, this, &DataSection::calibrationEdited);
    connect(m_calibration.count, &QSpinBox::valueChanged, this, &DataSection::calibrationEdited);
    connect(m_training.field, &FileField::pathChanged, this, &DataSection::trainingEdited);
    connect(m_training.count, &QSpinBox::valueChanged, this, &DataSection::trainingEdited);
    connect(m_evaluation.field, &FileField::pathChanged, this, &DataSection::evaluationEdited);
    connect(m_evaluation.count, &QSpinBox::valueChanged, this, &DataSection::evaluationEdited);
    connect(&m_session, &Session::recipeChanged, this, &DataSection::refresh);
    connect(&m_session, &Session::evaluationDataChanged, this, &DataSection::refresh);
    retranslate();
    refresh();
}

DataSection::Source DataSection::addSource(const QString &id)
{
    Source source {new QWidget, new QLabel, new FileField(FileField::Kind::OpenFileOrFolder), new QLabel,
                   new QSpinBox};
    source.field->setObjectName(id + QStringLiteral("Data"));
    source.field->setSpecialValues({QStringLiteral("synthetic")});
    source.count->setObjectName(id + QStringLiteral("Samples"));
    source.count->setRange(0, std::numeric_limits<int>::max());
    source.count->setKeyboardTracking(false);
    source.count->setGroupSeparatorShown(true);
    auto *head = new QHBoxLayout;
    head->addWidget(source.label, 1);
    head->addWidget(source.countLabel);
    head->addWidget(source.count);
    auto *all = new QVBoxLayout(source.row);
    all->setContentsMargins(0, 0, 0, 0);
    all->addLayout(head);
    all->addWidget(source.field);
    content().addWidget(source.row);
    return source;
}

void DataSection::labelSource(const Source &source, const QString &label, const QString &countLabel)
{
    source.label->setText(label);
    source.label->setBuddy(source.field->lineEdit());
    source.countLabel->setText(countLabel);
    source.countLabel->setBuddy(source.count);
    source.field->setPlaceholderText(tr("Folder of images, .npy or .npz"));
    source.count->setSpecialValueText(tr("all"));
    source.count->setToolTip(
        tr("How many samples to use, spread evenly over the classes, the same ones every time; "
           "0 = all of them"));
}

void DataSection::retranslate()
{
    setTitle(tr("Data"));
    labelSource(m_calibration, tr("&Calibration"), tr("Samples"));
    m_calibration.field->setToolTip(
        tr("Typical inputs. Their activation ranges decide scales and zero points. Labels are not needed."));
    labelSource(m_training, tr("T&raining"), tr("Samples"));
    m_training.field->setPlaceholderText(tr("The calibration data"));
    m_training.field->setToolTip(
        tr("What the network is trained on. Unless labels are asked for, it learns from the float model."));
    labelSource(m_evaluation, tr("&Evaluation"), tr("Samples"));
    m_evaluation.field->setToolTip(
        tr("Inputs that were not calibrated with. Accuracy, agreement and drift are measured on them."));
    m_hint->setText(
        tr("Without evaluation data, accuracy and drift are measured on the calibration data and look "
           "better than they are."));
}

void DataSection::refresh()
{
    const auto show = [](const Source &source, const DataSpec &spec) {
        const QString path = QString::fromStdString(spec.path);
        if (source.field->path() != path)
            source.field->setPath(path);
        const QSignalBlocker blocker(source.count);
        source.count->setValue(
            static_cast<int>(std::min<std::size_t>(spec.limit, std::numeric_limits<int>::max())));
    };
    show(m_calibration, m_session.recipe().calibration);
    show(m_training, m_session.recipe().training);
    m_training.row->setVisible(trains());
    show(m_evaluation, m_session.evaluationData());
    m_hint->setVisible(m_session.evaluationData().path.empty()
                       && !m_session.recipe().calibration.path.empty());
}

void DataSection::calibrationEdited()
{
    Recipe recipe = m_session.recipe();
    recipe.calibration.path = m_calibration.field->path().toStdString();
    recipe.calibration.limit = static_cast<std::size_t>(m_calibration.count->value());
    m_session.setRecipe(std::move(recipe));
}

bool DataSection::trains() const
{
    const StrategyDescriptor *strategy = m_services.strategies.find(m_session.recipe().strategy);
    return strategy && strategy->trains;
}

void DataSection::trainingEdited()
{
    Recipe recipe = m_session.recipe();
    recipe.training.path = m_training.field->path().toStdString();
    recipe.training.limit = static_cast<std::size_t>(m_training.count->value());
    m_session.setRecipe(std::move(recipe));
}

void DataSection::evaluationEdited()
{
    DataSpec spec = m_session.evaluationData();
    spec.path = m_evaluation.field->path().toStdString();
    spec.limit = static_cast<std::size_t>(m_evaluation.count->value());
    m_session.setEvaluationData(std::move(spec));
}

} // namespace qs
