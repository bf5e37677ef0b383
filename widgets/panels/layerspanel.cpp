// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/layerspanel.h"

#include "widgets/controls/heatdelegate.h"
#include "widgets/controls/searchline.h"
#include "widgets/models/layerfiltermodel.h"
#include "widgets/models/layermodel.h"
#include "widgets/models/roles.h"
#include "widgets/panels/tableview.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QTableView>
#include <QVBoxLayout>

namespace qs {

namespace {

constexpr int kWidestName = 300;
constexpr int kWidestReason = 260;
// Below 10 dB a layer's output is mostly noise; above 50 dB it hardly differs from float.
constexpr double kBadDb = 10;
constexpr double kGoodDb = 50;

}

LayersPanel::LayersPanel(Workflow &workflow, QWidget *parent)
    : Panel(QStringLiteral("layers"), parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_model(new LayerModel(this))
    , m_filter(new LayerFilterModel(this))
    , m_search(new SearchLine)
    , m_precision(new QComboBox)
    , m_count(new QLabel)
    , m_table(makeTable(QStringLiteral("layerTable")))
    , m_heat(new HeatDelegate(this))
{
    m_search->setObjectName(QStringLiteral("search"));
    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // topological until the user sorts
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_heat->setScale({.low = kBadDb, .high = kGoodDb});
    m_table->setItemDelegateForColumn(LayerModel::SqnrColumn, m_heat);
    indentTableColumn(*m_table, LayerModel::ReasonColumn);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(6, 6, 6, 4);
    bar->addWidget(m_search, 1);
    bar->addWidget(m_precision);
    bar->addWidget(m_count);
    bar->setSpacing(8);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_table, 1);

    connect(m_search, &SearchLine::searchChanged, m_filter, &LayerFilterModel::setText);
    connect(m_search, &SearchLine::searchChanged, this, &LayersPanel::refreshCount);
    connect(m_precision, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_filter->setPrecision(static_cast<LayerFilterModel::Precision>(std::max(0, index)));
        refreshCount();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &LayersPanel::selectionChanged);
    connect(m_table, &QTableView::activated, this,
            [this](const QModelIndex &index) { emit layerActivated(index.data(LayerNameRole).toString()); });
    connect(m_table, &QTableView::customContextMenuRequested, this, [this](const QPoint &position) {
        if (!m_table->indexAt(position).isValid())
            return;
        QMenu menu;
        fillMenu(menu);
        menu.exec(m_table->viewport()->mapToGlobal(position));
    });
    auto *copy = new QAction(m_table);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    m_table->addAction(copy);
    connect(copy, &QAction::triggered, this, &LayersPanel::copySelection);
    connect(&m_session, &Session::modelChanged, this, [this] {
        m_search->clear();
        refresh();
        fitColumns();
    });
    connect(&m_session, &Session::currentRunChanged, this, &LayersPanel::refresh);
    connect(&m_session, &Session::selectedLayerChanged, this, &LayersPanel::showSelection);
    connect(&workflow, &Workflow::excludeMatchesChanged, this, &LayersPanel::refreshExcluded);
    retranslate();
    refresh();
    fitColumns();
}

void LayersPanel::retranslate()
{
    m_search->setPlaceholderText(tr("Filter by name or operator"));
    const int current = std::max(0, m_precision->currentIndex());
    m_precision->clear();
    m_precision->addItems({tr("All"), tr("Quantized"), tr("Float")});
    m_precision->setCurrentIndex(current);
    m_precision->setToolTip(tr("Which layers to show"));
    m_model->retranslate();
    refreshCount();
}

void LayersPanel::refresh()
{
    LayerContent content;
    if (const OpenedModelPtr opened = m_session.model()) {
        content.layers = {opened, &opened->layers};
        content.quantized = opened->quantized;
    }
    if (const RunPtr run = m_session.currentRun()) {
        content.plan = {run, &run->quantized->plan};
        content.statistics = run->quantized->statistics;
        content.drift = run->drift;
    }
    const bool gotMore
        = (content.drift && !m_model->content().drift) || (content.plan && !m_model->content().plan);
    m_selecting = true; // the reset clears the table's selection, not the session's
    m_model->setContent(std::move(content));
    m_selecting = false;
    if (gotMore)
        fitColumns();
    refreshExcluded();
    refreshCount();
    showSelection();
}

void LayersPanel::refreshExcluded()
{
    QSet<QString> excluded;
    for (const std::string &layer : m_workflow.excludeMatches().layers)
        excluded.insert(QString::fromStdString(layer));
    m_model->setExcluded(excluded);
}

void LayersPanel::refreshCount()
{
    const int shown = m_filter->rowCount();
    const int all = m_model->rowCount();
    m_count->setText(shown == all ? tr("%n layer(s)", nullptr, all) : tr("%1 of %2").arg(shown).arg(all));
}

void LayersPanel::fitColumns()
{
    fitTableColumns(*m_table,
                    {{LayerModel::NameColumn, kWidestName}, {LayerModel::ReasonColumn, kWidestReason}});
}

void LayersPanel::showSelection()
{
    const int row = m_model->rowOf(QString::fromStdString(m_session.selectedLayer()));
    const QModelIndex index = m_filter->mapFromSource(m_model->index(row, 0));
    if (index.row() == m_table->currentIndex().row() && index.isValid()
        && m_table->selectionModel()->hasSelection())
        return;
    m_selecting = true;
    if (index.isValid()) {
        m_table->setCurrentIndex(index);
        m_table->scrollTo(index);
    } else {
        m_table->clearSelection();
        m_table->setCurrentIndex({});
    }
    m_selecting = false;
}

void LayersPanel::selectionChanged()
{
    if (m_selecting)
        return;
    const QModelIndex current = m_table->currentIndex();
    if (current.isValid())
        m_session.selectLayer(current.data(LayerNameRole).toString().toStdString());
}

void LayersPanel::fillMenu(QMenu &menu)
{
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid())
        return;
    const std::string layer = current.data(LayerNameRole).toString().toStdString();
    const std::string tensor = current.data(TensorNameRole).toString().toStdString();
    const std::string pattern = exactPattern(layer);
    const auto &patterns = m_session.recipe().exclude;
    const bool byName = std::find(patterns.begin(), patterns.end(), pattern) != patterns.end();
    const bool byPattern = !byName && current.data(ExcludedRole).toBool();

    QAction *exclude = menu.addAction(tr("Keep this layer in float"));
    exclude->setCheckable(true);
    exclude->setChecked(byName || byPattern);
    exclude->setEnabled(!byPattern); // a pattern of the setup panel matches it
    connect(exclude, &QAction::triggered, this, [this, layer](bool on) { m_session.setExcluded(layer, on); });
    QAction *again = menu.addAction(byName ? tr("Quantize this layer and run again")
                                           : tr("Keep this layer in float and run again"));
    again->setEnabled(!byPattern && m_workflow.obstacle() == Workflow::Obstacle::None);
    connect(again, &QAction::triggered, this, [this, layer, byName] {
        m_session.setExcluded(layer, !byName);
        m_workflow.run();
    });
    const TensorOverride *present = m_session.overrideOf(tensor);
    QAction *keep = menu.addAction(tr("Keep its output in float"));
    keep->setCheckable(true);
    keep->setChecked(present && present->keepFloat);
    keep->setEnabled(!tensor.empty());
    connect(keep, &QAction::triggered, this, [this, tensor](bool on) { setKeepFloat(tensor, on); });
    menu.addSeparator();
    connect(menu.addAction(tr("Show its histogram")), &QAction::triggered, this,
            [this, layer] { emit layerActivated(QString::fromStdString(layer)); });
    menu.addSeparator();
    connect(menu.addAction(tr("Copy the name")), &QAction::triggered, this,
            [layer] { QGuiApplication::clipboard()->setText(QString::fromStdString(layer)); });
    connect(menu.addAction(tr("Copy the row")), &QAction::triggered, this, &LayersPanel::copySelection);
}

void LayersPanel::setKeepFloat(const std::string &tensor, bool keep)
{
    TensorOverride change;
    if (const TensorOverride *present = m_session.overrideOf(tensor))
        change = *present;
    change.tensor = tensor;
    change.keepFloat = keep;
    m_session.setOverride(change);
}

void LayersPanel::copySelection() const
{
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid())
        return;
    QStringList cells;
    for (int column = 0; column < m_filter->columnCount(); ++column)
        cells << current.siblingAtColumn(column).data().toString();
    QGuiApplication::clipboard()->setText(cells.join(QLatin1Char('\t')));
}

} // namespace qs
