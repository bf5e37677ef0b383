// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/tensorgridview.h"

#include "widgets/controls/gridlegend.h"
#include "widgets/controls/tensorcelldelegate.h"
#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"
#include "widgets/panels/section.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr int kRowPadding = 8;
constexpr int kNarrowest = 46;
constexpr int kAsTheMix = -1;
constexpr int kLeastSteps = 6; ///< dB that the scale spans at least

QTableView *makeGrid()
{
    auto *table = new QTableView;
    table->setObjectName(QStringLiteral("tensorGrid"));
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setSelectionBehavior(QAbstractItemView::SelectItems);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setCornerButtonEnabled(true);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + kRowPadding);
    table->verticalHeader()->setHighlightSections(true);
    table->horizontalHeader()->setMinimumSectionSize(kNarrowest);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    return table;
}

} // namespace

TensorGridView::TensorGridView(CheckpointWorkflow &workflow, QWidget *parent)
    : QWidget(parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_model(new TensorGridModel(this))
    , m_delegate(new TensorCellDelegate(this))
    , m_table(makeGrid())
    , m_figureLabel(new QLabel)
    , m_figure(new QComboBox)
    , m_legend(new GridLegend)
    , m_details(makeHint())
    , m_mixBar(makeMixBar())
{
    m_table->setModel(m_model);
    m_table->setItemDelegate(m_delegate);
    m_figureLabel->setBuddy(m_figure);
    m_figure->setObjectName(QStringLiteral("tensorFigure"));
    m_details->setObjectName(QStringLiteral("tensorDetails"));
    m_details->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(8, 6, 8, 4);
    head->setSpacing(8);
    head->addWidget(m_figureLabel);
    head->addWidget(m_figure);
    head->addSpacing(8);
    head->addWidget(m_legend, 1);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(8, 4, 8, 2);
    foot->addWidget(m_details, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);
    layout->addLayout(foot);
    layout->addWidget(m_mixBar);

    connect(m_figure, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_model->setFigure(static_cast<TensorFigure>(std::max(0, index)));
        refreshLegend();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &TensorGridView::refreshSelection);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &TensorGridView::refreshSelection);
    connect(&m_session, &CheckpointSession::currentRunChanged, this, &TensorGridView::refreshGrid);
    connect(&m_session, &CheckpointSession::recipeChanged, this, &TensorGridView::refreshSelection);
    connect(&workflow, &CheckpointWorkflow::previewChanged, this, &TensorGridView::refreshPlanned);
    retranslate();
    refreshGrid();
}

QWidget *TensorGridView::makeMixBar()
{
    auto *bar = new QWidget;
    bar->setObjectName(QStringLiteral("mixBar"));
    m_selected = new QLabel;
    m_type = new QComboBox;
    m_type->setObjectName(QStringLiteral("mixType"));
    m_apply = new QPushButton;
    m_apply->setObjectName(QStringLiteral("mixApply"));
    m_clear = new QPushButton;
    m_clear->setObjectName(QStringLiteral("mixClear"));
    m_apply->setAutoDefault(false);
    m_clear->setAutoDefault(false);
    m_type->addItem(QString(), kAsTheMix);
    for (const GgmlTraits &traits : ggmlTypes())
        if (traits.quantize)
            m_type->addItem(QStringLiteral("%1  (%2)")
                                .arg(QString::fromStdString(std::string(traits.name)),
                                     numberText(traits.bitsPerWeight())),
                            static_cast<int>(traits.type));
    m_type->setCurrentIndex(m_type->findData(static_cast<int>(GgmlType::Q6_K)));
    auto *layout = new QHBoxLayout(bar);
    layout->setContentsMargins(8, 2, 8, 6);
    layout->addWidget(m_selected, 1);
    layout->addWidget(m_type);
    layout->addWidget(m_apply);
    layout->addWidget(m_clear);
    m_selected->setBuddy(m_type);
    connect(m_apply, &QPushButton::clicked, this, &TensorGridView::applyType);
    connect(m_clear, &QPushButton::clicked, this, [this] {
        ParamSet parameters = m_workflow.parameters();
        if (parameters.contains("tensor_types") && parameters.set("tensor_types", std::string()).ok())
            m_workflow.setParameters(parameters);
    });
    return bar;
}

void TensorGridView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    else if (event->type() == QEvent::PaletteChange)
        refreshLegend();
    QWidget::changeEvent(event);
}

void TensorGridView::retranslate()
{
    m_figureLabel->setText(tr("Co&lour by"));
    {
        const QSignalBlocker blocker(m_figure);
        const int index = std::max(0, m_figure->currentIndex());
        m_figure->clear();
        m_figure->addItems({tr("Type"), tr("Error"), tr("Planned type")});
        m_figure->setCurrentIndex(index);
    }
    m_figure->setToolTip(tr("Type: as the selected run stores it. Error: how far its weights are from the "
                            "original's. Planned type: what the next run would store."));
    m_table->setAccessibleName(tr("Tensors: layers by kinds"));
    m_legend->setAccessibleName(tr("Legend"));
    m_type->setItemText(0, tr("as the mix has it"));
    m_type->setToolTip(tr("Type of the selected tensors in the next GGUF file, with its bits a weight"));
    m_apply->setText(tr("Set &type"));
    m_apply->setToolTip(
        tr("Make a rule for the selected tensors; it appears among the strategy's parameters"));
    m_clear->setText(tr("Clear rules"));
    m_clear->setToolTip(tr("Let the mix decide on all tensors again"));
    m_model->retranslate();
    refreshLegend();
    refreshSelection();
}

void TensorGridView::refreshGrid()
{
    const CheckpointRunPtr run = m_session.currentRun();
    const bool wasEmpty = m_model->rowCount() == 0;
    m_model->setGrid(run && run->view ? makeTensorGrid(*run->view, run->drift.get()) : TensorGrid());
    if (wasEmpty && m_model->rowCount() > 0)
        m_table->scrollToTop();
    refreshPlanned();
    refreshSelection();
}

void TensorGridView::refreshPlanned()
{
    std::map<TensorPlace, GgmlType> planned;
    const OpenedCheckpointPtr &checkpoint = m_session.checkpoint();
    if (checkpoint && m_workflow.preview()) {
        const bool isGemma = checkpoint->view.architecture.starts_with("gemma");
        for (const auto &[name, type] : m_workflow.preview()->types)
            planned.try_emplace(tensorPlaceOf(name, isGemma), type);
    }
    m_model->setPlanned(std::move(planned));
    refreshLegend();
}

void TensorGridView::refreshLegend()
{
    m_model->figure() == TensorFigure::Error ? showErrorLegend() : showTypeLegend();
    m_table->viewport()->update();
}

void TensorGridView::showErrorLegend()
{
    double low = INFINITY;
    double high = -INFINITY;
    for (const auto &[place, cell] : m_model->grid().cells) {
        if (cell.sqnrDb && std::isfinite(*cell.sqnrDb)) {
            low = std::min(low, std::floor(*cell.sqnrDb));
            high = std::max(high, std::ceil(*cell.sqnrDb));
        }
    }
    const bool isKnown = low <= high;
    const ColorScale scale {.low = isKnown ? low : 0,
                            .high = isKnown ? std::max(high, low + kLeastSteps) : 1};
    m_delegate->setErrorScale(scale);
    if (isKnown)
        m_legend->setStrip(scale, tr("worse  %1").arg(decibelText(scale.low)),
                           tr("%1  better").arg(decibelText(scale.high)));
    else
        m_legend->setPatches({{neutralCellColor(palette()),
                               m_session.currentRun() && m_session.currentRun()->id == 0
                                   ? tr("the original: select a run to see its error")
                                   : tr("not compared yet")}});
}

void TensorGridView::showTypeLegend()
{
    struct Sum
    {
        double bits = 0;
        double elements = 0;
    };
    std::map<QString, Sum> types;
    bool hasVectors = false;
    for (int row = 0; row < m_model->rowCount(); ++row)
        for (int column = 0; column < m_model->columnCount(); ++column) {
            const QModelIndex index = m_model->index(row, column);
            const QVariant bits = index.data(BitsRole);
            const TensorCell *cell = m_model->cellAt(index);
            hasVectors = hasVectors || (cell && !cell->isMatrix());
            if (!bits.isValid() || !cell->isMatrix())
                continue;
            Sum &sum = types[index.data().toString()];
            sum.bits += bits.toDouble() * double(cell->elements);
            sum.elements += double(cell->elements);
        }
    std::map<std::pair<double, QString>, GridLegend::Patch> byBits;
    for (const auto &[name, sum] : types) {
        const double bits = sum.elements > 0 ? sum.bits / sum.elements : 0;
        byBits[{bits, name}] = {bitsColor(bits), tr("%1  %2 bits").arg(name, fixedText(bits, 2))};
    }
    std::vector<GridLegend::Patch> patches;
    for (const auto &[key, patch] : byBits)
        patches.push_back(patch);
    if (patches.empty() && m_model->figure() == TensorFigure::PlannedType)
        patches.push_back({neutralCellColor(palette()), tr("only GGUF mixes are told beforehand")});
    else if (hasVectors)
        patches.push_back({neutralCellColor(palette()), tr("vectors, never quantized")});
    m_legend->setPatches(std::move(patches));
}

std::set<TensorPlace> TensorGridView::selectedPlaces() const
{
    std::set<TensorPlace> places;
    for (const QModelIndex &index : m_table->selectionModel()->selectedIndexes()) {
        const TensorCell *cell = m_model->cellAt(index);
        if (cell && cell->isMatrix())
            places.insert(m_model->placeAt(index));
    }
    return places;
}

void TensorGridView::refreshSelection()
{
    const QString details = m_model->describe(m_table->currentIndex());
    m_details->setText(details.isEmpty() ? tr("Point at a tensor or go to it with the arrow keys.")
                                         : details);
    const ParamSet parameters = m_workflow.parameters();
    const bool hasRules = parameters.contains("tensor_types");
    m_mixBar->setVisible(hasRules);
    if (!hasRules)
        return;
    const auto count = static_cast<int>(selectedPlaces().size());
    m_selected->setText(count == 0 ? tr("Select tensors, or a column by its head, to give them another type.")
                                   : tr("%n tensor(s) selected", nullptr, count));
    m_type->setEnabled(count > 0);
    m_apply->setEnabled(count > 0);
    m_clear->setEnabled(!parameters.text("tensor_types").empty());
}

void TensorGridView::applyType()
{
    const int type = m_type->currentData().toInt();
    m_workflow.setTypes(selectedPlaces(),
                        type == kAsTheMix ? std::nullopt : std::optional(static_cast<GgmlType>(type)));
    m_figure->setCurrentIndex(static_cast<int>(TensorFigure::PlannedType));
}

} // namespace qs
