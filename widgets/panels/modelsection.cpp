// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/modelsection.h"

#include "core/model/graphview.h"
#include "widgets/dialogs/dialogservice.h"
#include "widgets/models/numbertext.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace qs {

namespace {

QString valueText(const ValueInfo &value)
{
    QString type = QString::fromLatin1(toString(value.type).data(),
                                       static_cast<qsizetype>(toString(value.type).size()));
    if (value.hasShape)
        type += QLatin1Char(' ')
            + QString::fromStdString(toString(value.shape)).replace(QLatin1Char('x'), QStringLiteral("×"));
    return QString::fromStdString(value.name) + QStringLiteral(": ") + type;
}

}

ModelSection::ModelSection(Workflow &workflow, DialogService &dialogs, QWidget *parent)
    : Section(parent)
    , m_workflow(workflow)
    , m_dialogs(dialogs)
    , m_name(new QLabel)
    , m_facts(makeHint())
    , m_inputs(makeHint())
    , m_open(new QPushButton)
{
    auto *row = new QHBoxLayout;
    m_name->setTextFormat(Qt::PlainText);
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->addWidget(m_name, 1);
    row->addWidget(m_open);
    content().addLayout(row);
    content().addWidget(m_facts);
    content().addWidget(m_inputs);
    connect(m_open, &QPushButton::clicked, this, &ModelSection::chooseModel);
    connect(&workflow.services().session, &Session::modelChanged, this, &ModelSection::refresh);
    connect(&workflow, &Workflow::openingChanged, this, &ModelSection::refresh);
    retranslate();
}

void ModelSection::retranslate()
{
    setTitle(tr("Model"));
    m_open->setText(tr("Open…"));
    m_open->setToolTip(tr("Open an ONNX model (Ctrl+O)"));
    refresh();
}

void ModelSection::chooseModel()
{
    Settings &settings = m_workflow.services().settings;
    const QString path = m_dialogs.openFile(window(), tr("Open model"), settings.value(settings::lastFolder),
                                            modelFilters());
    if (path.isEmpty())
        return;
    settings.setValue(settings::lastFolder, QFileInfo(path).absolutePath());
    m_workflow.openModel(path);
}

void ModelSection::refresh()
{
    const OpenedModelPtr opened = m_workflow.services().session.model();
    m_facts->setVisible(opened != nullptr);
    m_inputs->setVisible(opened != nullptr);
    if (!opened) {
        m_name->setText(m_workflow.isOpening() ? tr("Opening…") : tr("No model is open"));
        m_name->setToolTip({});
        return;
    }
    const Model &model = *opened->model;
    const QString path = QString::fromStdString(model.path().string());
    m_name->setText(QFileInfo(path).fileName());
    m_name->setToolTip(path);
    std::int64_t parameters = 0;
    for (const Layer &layer : opened->layers)
        parameters += layer.parameters;
    m_facts->setText(
        tr("%1 · opset %2 · %n layer(s) · %3 parameters", nullptr, static_cast<int>(opened->layers.size()))
            .arg(bytesText(model.sizeBytes()))
            .arg(model.opset())
            .arg(countText(parameters)));
    QStringList inputs;
    for (const ValueInfo &input : model.graph().inputs())
        inputs << valueText(input);
    m_inputs->setText(tr("Input %1").arg(inputs.join(QStringLiteral(", "))));
}

QStringList modelFilters()
{
    return {QCoreApplication::translate("Filters", "ONNX models (*.onnx)"),
            QCoreApplication::translate("Filters", "All files (*)")};
}

QStringList projectFilters()
{
    return {QCoreApplication::translate("Filters", "Projects (*.qsproj)")};
}

} // namespace qs
