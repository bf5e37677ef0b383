// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/preprocessingsection.h"

#include "core/model/graphview.h"
#include "core/session/preview.h"
#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QImage>
#include <QLabel>
#include <QListView>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

namespace qs {

namespace {

constexpr int kPictureSide = 112;

QPixmap scaledPicture(const Image &image, qreal ratio)
{
    const QImage picture(image.pixels.data(), image.width, image.height,
                         static_cast<qsizetype>(image.stride()), QImage::Format_RGB888);
    const QSize size = QSize(kPictureSide, kPictureSide) * ratio;
    // Small pictures keep their pixels, so that one sees what the model gets.
    const bool enlarge = image.width < size.width() && image.height < size.height();
    QPixmap pixmap = QPixmap::fromImage(picture.scaled(
        size, Qt::KeepAspectRatio, enlarge ? Qt::FastTransformation : Qt::SmoothTransformation));
    pixmap.setDevicePixelRatio(ratio);
    return pixmap;
}

}

PreprocessingSection::PreprocessingSection(const Services &services, QWidget *parent)
    : Section(parent)
    , m_services(services)
    , m_presets(new QComboBox)
    , m_reason(makeHint())
    , m_picture(new QLabel)
    , m_caption(makeHint())
    , m_previous(new QToolButton)
    , m_next(new QToolButton)
{
    m_presets->setObjectName(QStringLiteral("preset"));
    m_presets->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_presets->setMinimumContentsLength(12);
    m_picture->setObjectName(QStringLiteral("preview"));
    m_picture->setFixedSize(kPictureSide, kPictureSide);
    m_picture->setAlignment(Qt::AlignCenter);
    m_picture->setFrameShape(QFrame::StyledPanel);
    m_previous->setText(QStringLiteral("‹"));
    m_next->setText(QStringLiteral("›"));
    content().addWidget(m_presets);
    content().addWidget(m_reason);
    auto *row = new QHBoxLayout;
    row->addWidget(m_picture, 0, Qt::AlignTop);
    auto *side = new QVBoxLayout;
    side->addWidget(m_caption, 1, Qt::AlignTop);
    auto *steps = new QHBoxLayout;
    steps->addWidget(m_previous);
    steps->addWidget(m_next);
    steps->addStretch();
    side->addLayout(steps);
    row->addLayout(side, 1);
    content().addLayout(row);
    connect(m_presets, &QComboBox::activated, this, &PreprocessingSection::presetChosen);
    connect(m_previous, &QToolButton::clicked, this, [this] { step(-1); });
    connect(m_next, &QToolButton::clicked, this, [this] { step(1); });
    connect(&services.session, &Session::modelChanged, this, &PreprocessingSection::refresh);
    connect(&services.session, &Session::recipeChanged, this, &PreprocessingSection::refresh);
    connect(&services.session, &Session::evaluationDataChanged, this, &PreprocessingSection::refresh);
    retranslate();
}

void PreprocessingSection::retranslate()
{
    setTitle(tr("Preprocessing"));
    m_previous->setToolTip(tr("Previous sample"));
    m_next->setToolTip(tr("Next sample"));
    m_picture->setToolTip(
        tr("A sample as the model sees it, with the normalization undone: check crop and colours"));
    fillPresets();
    m_shownModel.reset(); // its caption is text too
    m_shown = {};
    refresh();
}

void PreprocessingSection::fillPresets()
{
    const QSignalBlocker blocker(m_presets);
    m_presets->clear();
    m_presets->addItem(tr("None (arrays are taken as they are)"), QString());
    for (const PreprocessingPreset &preset : preprocessingPresets()) {
        m_presets->addItem(translateCore("Presets", preset.title), QString::fromStdString(preset.id));
        m_presets->setItemData(m_presets->count() - 1, translateCore("Presets", preset.help),
                               Qt::ToolTipRole);
    }
    m_presets->addItem(tr("Custom"), QStringLiteral("custom"));
}

void PreprocessingSection::presetChosen(int row)
{
    const std::string id = m_presets->itemData(row).toString().toStdString();
    if (id.empty()) {
        m_services.session.setPreprocessing(std::nullopt);
        return;
    }
    if (const auto preset = presetById(id); preset.ok())
        m_services.session.setPreprocessing(*preset);
    refresh(); // "custom" cannot be chosen, only arrived at
}

void PreprocessingSection::refresh()
{
    const OpenedModelPtr model = m_services.session.model();
    const auto &preprocessing = m_services.session.preprocessing();
    const QString id = preprocessing ? QString::fromStdString(preprocessing->id) : QString();
    const int row = m_presets->findData(id);
    m_presets->setCurrentIndex(row >= 0 ? row : m_presets->count() - 1);
    // "Custom" cannot be chosen, only arrived at: it is there only while it is so.
    if (auto *list = qobject_cast<QListView *>(m_presets->view()))
        list->setRowHidden(m_presets->count() - 1, row >= 0);
    m_presets->setToolTip(m_presets->itemData(m_presets->currentIndex(), Qt::ToolTipRole).toString());

    const bool isGuess = model && model->guess && preprocessing == model->guess->preprocessing;
    if (isGuess) {
        const QString reason = translated(model->guess->reason);
        m_reason->setText(model->guess->isStored
                              ? tr("Stored in the model.")
                              : tr("Guessed from the model: %1. Please check.").arg(reason));
    } else {
        m_reason->setText(model && !preprocessing ? tr("Images need a preprocessing; arrays do not.")
                                                  : QString());
    }
    m_reason->setVisible(!m_reason->text().isEmpty());
    requestPreview();
}

void PreprocessingSection::step(int by)
{
    if (m_count == 0)
        return;
    m_index = (m_index + m_count + static_cast<std::size_t>(by + static_cast<int>(m_count))) % m_count;
    m_shown = {};
    requestPreview();
}

void PreprocessingSection::requestPreview()
{
    const Session &session = m_services.session;
    DataSpec spec = session.recipe().calibration;
    if (spec.path.empty())
        spec = session.evaluationData();
    if (spec == m_shown && session.model() == m_shownModel && session.model())
        return;
    m_shown = spec;
    m_shownModel = session.model();
    if (!session.model() || spec.path.empty()) {
        showNoPreview(session.model() ? tr("Choose calibration data to see a sample.") : QString());
        return;
    }
    const auto work = [spec, model = session.model()->model, index = m_index](JobContext &job) {
        return makePreview(spec, model->graph().inputs(), index, job);
    };
    m_services.jobs.start({.title = QS_TR_NOOP("Job", "Preview"), .key = "preview", .hidden = true}, work,
                          this, [this](const Outcome<SamplePreview> &outcome) {
                              if (outcome.isFinished())
                                  showPreview(outcome.value());
                              else if (outcome.isFailed())
                                  showNoPreview(errorText(outcome.error()));
                          });
}

void PreprocessingSection::showPreview(const SamplePreview &preview)
{
    m_index = preview.index;
    m_count = preview.count;
    if (preview.picture.pixels.empty())
        m_picture->setText(tr("No picture"));
    else
        m_picture->setPixmap(scaledPicture(preview.picture, devicePixelRatioF()));
    QStringList lines {QString::fromStdString(preview.id)};
    if (preview.label)
        lines << tr("class %1").arg(*preview.label);
    lines << QString::fromStdString(preview.shape).replace(QLatin1Char('x'), QStringLiteral("×"));
    lines << tr("%1 … %2").arg(numberText(static_cast<double>(preview.range.min), 3),
                               numberText(static_cast<double>(preview.range.max), 3));
    m_caption->setText(lines.join(QLatin1Char('\n')));
    m_caption->setToolTip(translated(preview.description));
    m_previous->setEnabled(m_count > 1);
    m_next->setEnabled(m_count > 1);
    m_previous->show();
    m_next->show();
    m_picture->show();
    m_caption->show();
}

void PreprocessingSection::showNoPreview(const QString &why)
{
    m_picture->hide();
    m_previous->hide();
    m_next->hide();
    m_count = 0;
    m_index = 0;
    m_caption->setText(why);
    m_caption->setVisible(!why.isEmpty());
}

} // namespace qs
