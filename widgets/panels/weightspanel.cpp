// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/weightspanel.h"

#include "widgets/models/checkpointrunmodel.h"
#include "widgets/models/numbertext.h"
#include "widgets/panels/checkpointruns.h"
#include "widgets/panels/checkpointsetup.h"
#include "widgets/panels/section.h"
#include "widgets/panels/tensorgridview.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>

namespace qs {

WeightsPanel::WeightsPanel(CheckpointWorkflow &workflow, DialogService &dialogs, QWidget *parent)
    : Panel(QStringLiteral("weights"), parent)
    , m_workflow(workflow)
    , m_pages(new QStackedLayout(this))
    , m_purpose(makeHint())
    , m_open(new QPushButton)
    , m_name(new QLabel)
    , m_summary(new QLabel)
    , m_obstacle(new QLabel)
{
    m_pages->addWidget(makeEmptyPage());
    m_pages->addWidget(makePage(dialogs));
    connect(m_open, &QPushButton::clicked, this, &WeightsPanel::openRequested);
    connect(&workflow.services().session, &CheckpointSession::checkpointChanged, this,
            &WeightsPanel::refresh);
    retranslate();
}

QWidget *WeightsPanel::makeEmptyPage()
{
    auto *page = new QWidget;
    m_purpose->setAlignment(Qt::AlignCenter);
    m_open->setObjectName(QStringLiteral("openLanguageModel"));
    auto *layout = new QVBoxLayout(page);
    layout->addStretch();
    layout->addWidget(m_purpose);
    layout->addWidget(m_open, 0, Qt::AlignHCenter);
    layout->addStretch();
    return page;
}

QWidget *WeightsPanel::makePage(DialogService &dialogs)
{
    QFont bold = font();
    bold.setBold(true);
    m_name->setFont(bold);
    m_summary->setObjectName(QStringLiteral("modelSummary"));
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_obstacle->setWordWrap(true);
    m_grid = new TensorGridView(m_workflow);
    m_runs = new CheckpointRuns(m_workflow, dialogs);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(8, 8, 8, 2);
    head->setSpacing(12);
    head->addWidget(m_name);
    head->addWidget(m_summary, 1);
    auto *top = new QWidget;
    auto *topLayout = new QVBoxLayout(top);
    topLayout->setContentsMargins(0, 0, 0, 0);
    topLayout->setSpacing(0);
    topLayout->addLayout(head);
    m_obstacle->setContentsMargins(8, 2, 8, 2);
    topLayout->addWidget(m_obstacle);
    topLayout->addWidget(m_grid, 1);

    auto *views = new QSplitter(Qt::Vertical);
    views->setObjectName(QStringLiteral("weightsViews"));
    views->setChildrenCollapsible(false);
    views->addWidget(top);
    views->addWidget(m_runs);
    views->setStretchFactor(0, 3);
    views->setStretchFactor(1, 2);
    views->setSizes({620, 380});
    auto *splitter = new QSplitter;
    splitter->setObjectName(QStringLiteral("weightsSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(new CheckpointSetup(m_workflow));
    splitter->addWidget(views);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({310, 900});
    // The page that is not shown must not make the dock as large as this one.
    splitter->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    return splitter;
}

void WeightsPanel::retranslate()
{
    m_purpose->setText(tr("For language models: open a Hugging Face folder or a GGUF file to see, quantize "
                          "and compare its weights."));
    m_open->setText(tr("Open language model…"));
    refresh();
}

void WeightsPanel::refresh()
{
    const OpenedCheckpointPtr &checkpoint = m_workflow.services().session.checkpoint();
    m_pages->setCurrentIndex(checkpoint ? 1 : 0);
    if (!checkpoint)
        return;
    const CheckpointView &view = checkpoint->view;
    m_name->setText(QString::fromStdString(checkpoint->name()));
    m_name->setToolTip(QString::fromStdString(checkpoint->path.string()));
    QStringList facts {
        view.architecture.empty() ? tr("unknown architecture") : QString::fromStdString(view.architecture),
        tr("%1 parameters").arg(compactText(view.parameters())), bytesText(checkpoint->fileBytes),
        tr("%1, %2 bits a weight").arg(checkpointTypeText(view), fixedText(view.bitsPerWeight(), 2)),
        checkpoint->tokens > 0
            ? tr("tokenizer of %1 tokens").arg(countText(static_cast<std::int64_t>(checkpoint->tokens)))
            : tr("no tokenizer: %1").arg(QString::fromStdString(checkpoint->tokenizerError))};
    m_summary->setText(facts.join(QStringLiteral("  ·  ")));
    m_summary->setToolTip(facts.join(QLatin1Char('\n')));
    m_obstacle->setText(
        tr("⚠ It can be looked at but not measured here: %1").arg(QString::fromStdString(view.obstacle)));
    m_obstacle->setVisible(!view.obstacle.empty());
}

} // namespace qs
