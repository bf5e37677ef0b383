// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/welcomepanel.h"

#include "widgets/panels/section.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

namespace qs {

namespace {
constexpr int kWidth = 440;
constexpr int kShownRecent = 6;
}

WelcomePanel::WelcomePanel(Settings &settings, QWidget *parent)
    : Panel(QStringLiteral("welcome"), parent)
    , m_settings(settings)
    , m_title(new QLabel)
    , m_text(makeHint())
    , m_openModel(new QPushButton)
    , m_openLanguageModel(new QPushButton)
    , m_openProject(new QPushButton)
    , m_recentTitle(new QLabel)
    , m_recent(new QVBoxLayout)
{
    m_openModel->setObjectName(QStringLiteral("welcomeOpenModel"));
    auto *column = new QWidget;
    column->setFixedWidth(kWidth);
    m_text->setFixedWidth(kWidth - 2 * style()->pixelMetric(QStyle::PM_LayoutLeftMargin));
    auto *layout = new QVBoxLayout(column);
    layout->setSpacing(12);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.7);
    m_title->setFont(large);
    QFont bold = font();
    bold.setBold(true);
    m_recentTitle->setFont(bold);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_openModel);
    buttons->addWidget(m_openLanguageModel);
    buttons->addWidget(m_openProject);
    buttons->addStretch();
    layout->addLayout(buttons);
    layout->addSpacing(12);
    layout->addWidget(m_recentTitle);
    m_recent->setSpacing(2);
    layout->addLayout(m_recent);
    auto *outer = new QVBoxLayout(this);
    outer->addStretch(2);
    outer->addWidget(column, 0, Qt::AlignHCenter);
    outer->addStretch(3);
    m_openModel->setDefault(true);
    connect(m_openModel, &QPushButton::clicked, this, &WelcomePanel::openModelRequested);
    connect(m_openLanguageModel, &QPushButton::clicked, this, &WelcomePanel::openLanguageModelRequested);
    connect(m_openProject, &QPushButton::clicked, this, &WelcomePanel::openProjectRequested);
    connect(&settings, &Settings::recentFilesChanged, this, &WelcomePanel::refreshRecent);
    retranslate();
}

void WelcomePanel::setBusy(bool busy)
{
    m_busy = busy;
    m_openModel->setEnabled(!busy);
    m_openLanguageModel->setEnabled(!busy);
    m_openProject->setEnabled(!busy);
    retranslate();
}

void WelcomePanel::retranslate()
{
    m_title->setText(m_busy ? tr("Opening…") : tr("Quantize a network"));
    m_text->setText(
        tr("Open an ONNX model, choose calibration data, a strategy and a target, and run. You will see "
           "what it costs in accuracy, size and latency, and which layers drift. A language model is a "
           "Hugging Face folder or a GGUF file. All can also be dropped onto the window."));
    // The centred column does not ask how high a text of its width is.
    m_text->setMinimumHeight(m_text->heightForWidth(m_text->maximumWidth()));
    m_openModel->setText(tr("Open model…"));
    m_openLanguageModel->setText(tr("Open language model…"));
    m_openProject->setText(tr("Open project…"));
    m_recentTitle->setText(tr("Recent files"));
    refreshRecent();
}

void WelcomePanel::refreshRecent()
{
    while (QLayoutItem *item = m_recent->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    const QStringList files = m_settings.recentFiles().mid(0, kShownRecent);
    m_recentTitle->setVisible(!files.isEmpty());
    for (const QString &path : files) {
        const QFileInfo info(path);
        auto *link = new QLabel(
            QStringLiteral("<a href=\"file\">%1</a> <span>&nbsp;%2</span>")
                .arg(info.fileName().toHtmlEscaped(), QDir::toNativeSeparators(info.path()).toHtmlEscaped()));
        link->setToolTip(QDir::toNativeSeparators(path));
        link->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
        link->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        connect(link, &QLabel::linkActivated, this, [this, path] { emit fileRequested(path); });
        m_recent->addWidget(link);
    }
}

} // namespace qs
