// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/setuppanel.h"

#include "widgets/controls/formpage.h"
#include "widgets/panels/advicesection.h"
#include "widgets/panels/datasection.h"
#include "widgets/panels/excludesection.h"
#include "widgets/panels/modelsection.h"
#include "widgets/panels/preprocessingsection.h"
#include "widgets/panels/recipesection.h"

#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace qs {

namespace {

QFrame *makeLine()
{
    auto *line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setForegroundRole(QPalette::Mid);
    return line;
}

/// Shows a line while the section below it is shown.
class LineFollower : public QObject
{
public:
    LineFollower(QFrame *line, QWidget *section)
        : QObject(line)
        , m_line(line)
    {
        m_line->setVisible(!section->isHidden());
        section->installEventFilter(this);
    }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::ShowToParent || event->type() == QEvent::HideToParent)
            m_line->setVisible(event->type() == QEvent::ShowToParent);
        return false;
    }

private:
    QFrame *m_line;
};

}

SetupPanel::SetupPanel(Workflow &workflow, DialogService &dialogs, QWidget *parent)
    : Panel(QStringLiteral("setup"), parent)
    , m_workflow(workflow)
    , m_run(new QPushButton)
    , m_obstacle(makeHint())
{
    const Services &services = workflow.services();
    auto *inside = new QWidget;
    auto *sections = new QVBoxLayout(inside);
    sections->setContentsMargins(10, 8, 10, 8);
    sections->setSpacing(9);
    const std::vector<QWidget *> parts {new ModelSection(workflow, dialogs), new DataSection(services),
                                        new PreprocessingSection(services),  new AdviceSection(services),
                                        new RecipeSection(services),         new ExcludeSection(workflow)};
    for (QWidget *part : parts) {
        QFrame *line = sections->count() > 0 ? makeLine() : nullptr;
        if (line)
            sections->addWidget(line);
        sections->addWidget(part);
        if (line)
            new LineFollower(line, part); // belongs to the line
    }
    sections->addStretch(1); // all of the room left, or the sections would share it
    auto *page = new FormPage(inside);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(page, 1);
    auto *foot = new QVBoxLayout;
    foot->setContentsMargins(10, 6, 10, 8);
    foot->setSpacing(6);
    foot->addWidget(m_obstacle);
    foot->addWidget(m_run);
    layout->addLayout(foot);
    m_run->setObjectName(QStringLiteral("run"));
    m_run->setMinimumHeight(32);
    connect(m_run, &QPushButton::clicked, this,
            [this] { m_workflow.isRunning() ? m_workflow.cancelRun() : m_workflow.run(); });
    connect(&workflow, &Workflow::runningChanged, this, &SetupPanel::refreshRun);
    connect(&services.session, &Session::modelChanged, this, &SetupPanel::refreshRun);
    connect(&services.session, &Session::recipeChanged, this, &SetupPanel::refreshRun);
    retranslate();
}

void SetupPanel::retranslate()
{
    refreshRun();
}

void SetupPanel::refreshRun()
{
    const bool running = m_workflow.isRunning();
    const Workflow::Obstacle obstacle = m_workflow.obstacle();
    m_run->setText(running ? tr("Cancel the run") : tr("Run"));
    m_run->setToolTip(running ? tr("Stop calibration, quantization or evaluation (Esc)")
                              : tr("Calibrate, quantize, measure drift and evaluate (Ctrl+R)"));
    m_run->setEnabled(running || obstacle == Workflow::Obstacle::None);
    m_obstacle->setText(running ? QString() : obstacleText(obstacle));
    m_obstacle->setVisible(!m_obstacle->text().isEmpty());
}

QString obstacleText(Workflow::Obstacle obstacle)
{
    switch (obstacle) {
    case Workflow::Obstacle::None:
        return {};
    case Workflow::Obstacle::NoModel:
        return SetupPanel::tr("Open a model to begin.");
    case Workflow::Obstacle::NoCalibrationData:
        return SetupPanel::tr("This strategy needs calibration data.");
    case Workflow::Obstacle::Running:
        return SetupPanel::tr("A run is in progress.");
    }
    return {};
}

} // namespace qs
