// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/checkpointsetup.h"

#include "widgets/controls/filefield.h"
#include "widgets/controls/formpage.h"
#include "widgets/controls/parameterform.h"
#include "widgets/models/errortext.h"
#include "widgets/panels/checkpointadvice.h"
#include "widgets/panels/section.h"
#include "widgets/panels/sizetarget.h"

#include <QComboBox>
#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

namespace qs {

/// More than a gigabyte of text; longer numbers would make the field wider than a narrow panel has room for.
constexpr int kMostWindows = 999'999;

CheckpointSetup::CheckpointSetup(CheckpointWorkflow &workflow, QWidget *parent)
    : QWidget(parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_strategyLabel(new QLabel)
    , m_strategy(new QComboBox)
    , m_help(makeHint())
    , m_form(new ParameterForm)
    , m_calibrationLabel(new QLabel)
    , m_calibration(new FileField(FileField::Kind::OpenFile))
    , m_evaluationLabel(new QLabel)
    , m_evaluation(new FileField(FileField::Kind::OpenFile))
    , m_windowsLabel(new QLabel)
    , m_windows(new QSpinBox)
    , m_outputLabel(new QLabel)
    , m_output(new FileField(FileField::Kind::SaveAny))
    , m_obstacle(makeHint())
    , m_run(new QPushButton)
{
    makeFields();
    connectFields();
    retranslate();
}

void CheckpointSetup::makeFields()
{
    m_strategy->setObjectName(QStringLiteral("llmStrategy"));
    m_strategy->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_strategy->setMinimumContentsLength(12);
    m_form->setObjectName(QStringLiteral("llmParameters"));
    m_calibration->setObjectName(QStringLiteral("calibrationText"));
    m_evaluation->setObjectName(QStringLiteral("evaluationText"));
    m_output->setObjectName(QStringLiteral("llmOutput"));
    m_windows->setObjectName(QStringLiteral("evaluationWindows"));
    m_windows->setRange(0, kMostWindows);
    m_windows->setKeyboardTracking(false);
    m_windows->setGroupSeparatorShown(true);
    m_run->setObjectName(QStringLiteral("llmRun"));
    m_run->setMinimumHeight(32);
    m_run->setAutoDefault(false);
    m_strategyLabel->setBuddy(m_strategy);
    m_calibrationLabel->setBuddy(m_calibration->lineEdit());
    m_evaluationLabel->setBuddy(m_evaluation->lineEdit());
    m_windowsLabel->setBuddy(m_windows);
    m_outputLabel->setBuddy(m_output->lineEdit());

    auto *inside = new QWidget;
    auto *column = new QVBoxLayout(inside);
    column->setContentsMargins(10, 8, 10, 8);
    column->setSpacing(5);
    const auto addGroup = [column] { column->addSpacing(7); };
    column->addWidget(new CheckpointAdvice(m_workflow.services()));
    addGroup();
    column->addWidget(m_strategyLabel);
    column->addWidget(m_strategy);
    column->addWidget(m_help);
    addGroup();
    column->addWidget(m_form);
    column->addWidget(new SizeTarget(m_workflow));
    addGroup();
    column->addWidget(m_calibrationLabel);
    column->addWidget(m_calibration);
    addGroup();
    auto *head = new QHBoxLayout;
    head->addWidget(m_evaluationLabel, 1);
    head->addWidget(m_windowsLabel);
    head->addWidget(m_windows);
    column->addLayout(head);
    column->addWidget(m_evaluation);
    addGroup();
    column->addWidget(m_outputLabel);
    column->addWidget(m_output);
    column->addStretch(1);
    auto *foot = new QVBoxLayout;
    foot->setContentsMargins(10, 6, 10, 8);
    foot->setSpacing(6);
    foot->addWidget(m_obstacle);
    foot->addWidget(m_run);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(new FormPage(inside), 1);
    layout->addLayout(foot);
}

void CheckpointSetup::connectFields()
{
    connect(m_strategy, &QComboBox::activated, this, &CheckpointSetup::strategyChosen);
    connect(m_form, &ParameterForm::changed, this,
            [this] { m_workflow.setParameters(m_form->parameters()); });
    connect(m_calibration, &FileField::pathChanged, this, [this](const QString &path) {
        edit([&](CheckpointRecipe &recipe) { recipe.calibration = path.toStdString(); });
    });
    connect(m_evaluation, &FileField::pathChanged, this, [this](const QString &path) {
        edit([&](CheckpointRecipe &recipe) { recipe.evaluation = path.toStdString(); });
    });
    connect(m_windows, &QSpinBox::valueChanged, this, [this](int value) {
        edit([&](CheckpointRecipe &recipe) { recipe.windows = static_cast<std::size_t>(value); });
    });
    connect(m_output, &FileField::pathChanged, this, [this](const QString &path) {
        edit([&](CheckpointRecipe &recipe) {
            recipe.output = path.toStdString();
            if (!path.isEmpty())
                recipe.outputFolder = QFileInfo(path).absolutePath().toStdString();
        });
        refresh(); // an emptied field shows the new name, though nothing may have changed
    });
    connect(m_run, &QPushButton::clicked, this,
            [this] { m_workflow.isRunning() ? m_workflow.cancelRun() : m_workflow.run(); });
    connect(&m_session, &CheckpointSession::recipeChanged, this, &CheckpointSetup::refresh);
    connect(&m_session, &CheckpointSession::checkpointChanged, this, &CheckpointSetup::refresh);
    connect(&m_workflow, &CheckpointWorkflow::runningChanged, this, &CheckpointSetup::refresh);
}

void CheckpointSetup::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void CheckpointSetup::retranslate()
{
    m_strategyLabel->setText(tr("&Strategy"));
    m_calibrationLabel->setText(tr("&Calibration text"));
    m_calibration->setPlaceholderText(tr("Text file"));
    m_calibration->setToolTip(
        tr("Typical text. What the weights are multiplied with decides which of them matter."));
    m_evaluationLabel->setText(tr("&Evaluation text"));
    m_evaluation->setPlaceholderText(tr("Text file; without one nothing is measured"));
    m_evaluation->setToolTip(
        tr("Text that was not calibrated with. Perplexity and divergence are measured on it."));
    m_windowsLabel->setText(tr("&Windows"));
    m_windows->setSpecialValueText(tr("all"));
    m_windows->setToolTip(
        tr("How many windows of the text to measure on, from its beginning; 0 = all of them"));
    m_outputLabel->setText(tr("&Output"));
    m_output->setToolTip(tr("File or folder to write; emptied, a new name beside the model is taken"));
    const QStringList texts {QStringLiteral("%1 (*.txt *.md *.raw *.text)").arg(tr("Text files")),
                             QStringLiteral("%1 (*)").arg(tr("All files"))};
    m_calibration->setNameFilters(texts);
    m_evaluation->setNameFilters(texts);
    fillStrategies();
    refresh();
}

void CheckpointSetup::fillStrategies()
{
    const QSignalBlocker blocker(m_strategy);
    m_strategy->clear();
    for (const LlmStrategyDescriptor &strategy : m_workflow.services().strategies.all()) {
        m_strategy->addItem(translateCore("Strategy", strategy.title), QString::fromStdString(strategy.id));
        m_strategy->setItemData(m_strategy->count() - 1, translateCore("Strategy", strategy.help),
                                Qt::ToolTipRole);
    }
}

void CheckpointSetup::refresh()
{
    const CheckpointRecipe &recipe = m_session.recipe();
    m_strategy->setCurrentIndex(m_strategy->findData(QString::fromStdString(recipe.strategy)));
    m_help->setText(m_strategy->currentData(Qt::ToolTipRole).toString());
    const ParamSet parameters = m_workflow.parameters();
    if (parameters != m_form->parameters())
        m_form->setParameters(parameters);
    const auto show = [](FileField &field, const QString &path) {
        if (field.path() != path)
            field.setPath(path);
    };
    show(*m_calibration, QString::fromStdString(recipe.calibration));
    show(*m_evaluation, QString::fromStdString(recipe.evaluation));
    if (!m_workflow.isRunning()) // what is being written stays in sight
        show(*m_output, m_workflow.outputPath());
    const QSignalBlocker blocker(m_windows);
    m_windows->setValue(static_cast<int>(std::min<std::size_t>(recipe.windows, kMostWindows)));
    refreshRun();
}

void CheckpointSetup::refreshRun()
{
    const bool running = m_workflow.isRunning();
    const CheckpointWorkflow::Obstacle obstacle = m_workflow.obstacle();
    m_run->setText(running ? tr("Cancel the run") : tr("Run"));
    m_run->setToolTip(running ? tr("Stop quantizing or measuring (Esc)")
                              : tr("Quantize, compare the weights and measure (Ctrl+R)"));
    m_run->setEnabled(running || obstacle == CheckpointWorkflow::Obstacle::None);
    m_obstacle->setText(obstacle == CheckpointWorkflow::Obstacle::NoCalibrationText
                            ? tr("This strategy needs a calibration text.")
                            : QString());
    m_obstacle->setVisible(!m_obstacle->text().isEmpty());
}

void CheckpointSetup::strategyChosen(int row)
{
    const std::string id = m_strategy->itemData(row).toString().toStdString();
    edit([&](CheckpointRecipe &recipe) {
        if (id == recipe.strategy)
            return;
        recipe.strategy = id;
        recipe.parameters = nlohmann::json::object(); // another strategy's mean nothing to this one
        recipe.output.clear();
    });
}

void CheckpointSetup::edit(const std::function<void(CheckpointRecipe &)> &change)
{
    CheckpointRecipe recipe = m_session.recipe();
    change(recipe);
    m_session.setRecipe(std::move(recipe));
}

} // namespace qs
