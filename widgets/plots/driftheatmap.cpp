// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/driftheatmap.h"

#include "widgets/models/numbertext.h"
#include "widgets/plots/driftlayers.h"

#include <QActionGroup>
#include <QKeyEvent>
#include <QMenu>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTail = 0.01; ///< of the cells, the best or the largest, do not stretch the colours
constexpr double kFloorDb = -20; ///< worse than this is all the same: no signal left

void place(QCPItemRect &rect, double left, double right, int layer)
{
    rect.topLeft->setCoords(left, layer - 0.5);
    rect.bottomRight->setCoords(right, layer + 0.5);
}

} // namespace

DriftHeatmap::DriftHeatmap(QWidget *parent)
    : PlotWidget(parent)
    , m_heading(addTextStrip())
    , m_map(new WorstColorMap(plot().xAxis, plot().yAxis))
    , m_bar(new QCPColorScale(&plot()))
{
    plot().yAxis->setRangeReversed(true); // the first layer on top
    plot().xAxis->grid()->setVisible(false);
    plot().yAxis->grid()->setVisible(false);
    auto wholeNumbers = QSharedPointer<QCPAxisTickerFixed>(new QCPAxisTickerFixed);
    wholeNumbers->setTickStep(1);
    wholeNumbers->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    plot().xAxis->setTicker(wholeNumbers);
    plot().xAxis->setSubTicks(false);
    useLayerTicks(plot().yAxis);

    m_map->setColorScale(m_bar);
    m_bar->setType(QCPAxis::atRight);
    m_bar->setBarWidth(12);
    m_bar->setMinimumMargins(QMargins(0, 0, 8, 0)); // its title must not touch the window's edge
    m_bar->setRangeDrag(false);
    m_bar->setRangeZoom(false);
    m_bar->axis()->setSubTicks(false);
    plot().plotLayout()->addElement(1, 1, m_bar);
    auto *sameHeight = new QCPMarginGroup(&plot());
    m_bar->setMarginGroup(QCP::msTop | QCP::msBottom, sameHeight);
    plot().axisRect()->setMarginGroup(QCP::msTop | QCP::msBottom, sameHeight);

    for (auto *rects : {&m_row, &m_cell})
        for (auto &rect : *rects)
            rect = new QCPItemRect(&plot());
    updateSelection();
    initialize();
}

bool DriftHeatmap::isAvailable(Mode mode, Metric metric, Variant variant)
{
    return mode == Mode::Samples ? metric == Metric::Sqnr : variant == Variant::Accumulated;
}

void DriftHeatmap::setDrift(std::shared_ptr<const Drift> drift)
{
    m_drift = std::move(drift);
    setLayerNames(driftLayerNames(m_drift.get()));
    m_column = -1;
    rebuild();
}

void DriftHeatmap::setView(Mode mode, Metric metric, Variant variant)
{
    if (!isAvailable(mode, metric, variant)) {
        metric = mode == Mode::Samples ? Metric::Sqnr : metric;
        variant = mode == Mode::Channels ? Variant::Accumulated : variant;
    }
    if (mode == m_mode && metric == m_metric && variant == m_variant)
        return;
    if (mode != m_mode)
        m_column = -1;
    m_mode = mode;
    m_metric = metric;
    m_variant = variant;
    rebuild();
}

void DriftHeatmap::setColorMap(ColorMap map)
{
    m_colors.map = map;
    updateColors();
    replot();
}

std::span<const float> DriftHeatmap::values(int layer) const
{
    const LayerDrift &drift = m_drift->layers[static_cast<std::size_t>(layer)];
    if (m_mode == Mode::Samples)
        return m_variant == Variant::Alone ? drift.sampleAloneSqnrDb : drift.sampleSqnrDb;
    return m_metric == Metric::MaxAbs ? drift.channelMaxAbs : drift.channelSqnrDb;
}

double DriftHeatmap::valueAt(int layer, int column) const
{
    if (!m_drift || layer < 0 || layer >= static_cast<int>(m_drift->layers.size()))
        return kNan;
    const std::span<const float> row = values(layer);
    return column < 0 || column >= static_cast<int>(row.size())
        ? kNan
        : static_cast<double>(row[static_cast<std::size_t>(column)]);
}

void DriftHeatmap::rebuild()
{
    const int layers = m_drift ? static_cast<int>(m_drift->layers.size()) : 0;
    m_columns = 0;
    for (int layer = 0; layer < layers; ++layer)
        m_columns = std::max(m_columns, static_cast<int>(values(layer).size()));
    if (m_columns == 0) {
        m_map->data()->clear();
        retranslate();
        setEmpty(true);
        return;
    }
    std::vector<double> finite;
    bool missing = false;
    for (int layer = 0; layer < layers; ++layer) {
        const std::span<const float> row = values(layer);
        missing = missing || static_cast<int>(row.size()) < m_columns;
        for (const float value : row) {
            if (std::isfinite(value))
                finite.push_back(static_cast<double>(value));
            missing = missing || std::isnan(value);
        }
    }
    const auto quantile = [&](double fraction) {
        if (finite.empty())
            return 0.0;
        const auto at
            = finite.begin() + static_cast<std::ptrdiff_t>(fraction * static_cast<double>(finite.size() - 1));
        std::nth_element(finite.begin(), at, finite.end());
        return *at;
    };
    m_colors.reversed = m_metric == Metric::MaxAbs; // dark is bad in either case
    m_map->setHighIsWorse(m_colors.reversed);
    if (m_metric == Metric::Sqnr) {
        // From the very worst cell on, which must stand out; equal cells are light, not dark.
        m_colors.high = std::max(5 * std::ceil(quantile(1 - kTail) / 5), kFloorDb + 10);
        m_colors.low = std::clamp(5 * std::floor(quantile(0) / 5), kFloorDb, m_colors.high - 10);
    } else {
        m_colors.low = 0;
        m_colors.high = std::max(quantile(1 - kTail), 1e-30);
    }

    QCPColorMapData *cells = m_map->data();
    cells->setSize(m_columns, layers);
    cells->setRange({0, static_cast<double>(m_columns - 1)}, {0, static_cast<double>(layers - 1)});
    for (int layer = 0; layer < layers; ++layer) {
        const std::span<const float> row = values(layer);
        for (int column = 0; column < m_columns; ++column) {
            const double value = column < static_cast<int>(row.size())
                ? static_cast<double>(row[static_cast<std::size_t>(column)])
                : kNan;
            // The gradient cannot take infinity, which stands for equal tensors.
            cells->setCell(column, layer,
                           std::isinf(value) ? (value > 0 ? m_colors.high : m_colors.low) : value);
        }
    }
    updateColors();
    limitAxis(plot().xAxis, {-0.5, m_columns - 0.5}, 4);
    limitAxis(plot().yAxis, {-0.5, layers - 0.5}, 4);
    retranslate();
    updateHeading(missing);
    updateSelection();
    setEmpty(false);
}

void DriftHeatmap::updateColors()
{
    const QCPColorGradient gradient = m_colors.gradient(theme().missing);
    m_bar->setGradient(gradient);
    m_map->setGradient(gradient);
    m_bar->setDataRange({m_colors.low, m_colors.high});
}

QString DriftHeatmap::metricText() const
{
    return m_metric == Metric::Sqnr ? tr("SQNR (dB)") : tr("Largest error");
}

void DriftHeatmap::updateHeading(bool missing)
{
    m_missing = missing;
    const QString what = m_variant == Variant::Accumulated ? tr("All layers quantized (accumulated)")
                                                           : tr("Each layer quantized alone");
    m_heading->setText(missing ? tr("%1   ·   grey: no value").arg(what) : what);
}

void DriftHeatmap::retranslate()
{
    setTitle(tr("Drift"));
    const bool hasDrift = m_drift && !m_drift->layers.empty();
    setEmptyText(!hasDrift
                     ? tr("Measure the drift of a run to see how far each layer is from the float model.")
                     : m_variant == Variant::Alone ? tr("The layers of this run were not measured alone.")
                                                   : tr("This run has no values to show here."));
    setAxisTitle(plot().xAxis, m_mode == Mode::Samples ? tr("Sample") : tr("Channel"));
    setAxisTitle(plot().yAxis, tr("Layer"));
    m_bar->setLabel(metricText());
    updateHeading(m_missing);
}

void DriftHeatmap::applyTheme(const PlotTheme &theme)
{
    QCPAxis *axis = m_bar->axis();
    for (QCPAxis *each : {axis, m_bar->axis()}) {
        each->setTickLabelFont(theme.smallFont);
        each->setLabelFont(theme.font);
        each->setTickLabelColor(theme.text);
        each->setLabelColor(theme.text);
        each->setBasePen(QPen(theme.axis, 1));
        each->setTickPen(QPen(theme.axis, 1));
    }
    m_heading->setFont(theme.font);
    m_heading->setColor(theme.text);
    for (auto *rects : {&m_row, &m_cell}) {
        (*rects)[0]->setPen(QPen(Qt::black, 4));
        (*rects)[1]->setPen(QPen(Qt::white, 2));
    }
    updateColors();
}

void DriftHeatmap::updateSelection()
{
    const int layer = layerIndex(selectedLayer());
    for (QCPItemRect *rect : m_row) {
        rect->setVisible(layer >= 0);
        place(*rect, -0.5, m_columns - 0.5, layer);
    }
    for (QCPItemRect *rect : m_cell) {
        rect->setVisible(layer >= 0 && m_column >= 0);
        place(*rect, m_column - 0.5, m_column + 0.5, layer);
    }
}

DriftHeatmap::Cell DriftHeatmap::cellAt(QPointF position) const
{
    if (isEmpty() || !plot().axisRect()->rect().contains(position.toPoint()))
        return {};
    const auto layer = static_cast<int>(std::lround(plot().yAxis->pixelToCoord(position.y())));
    const auto column = static_cast<int>(std::lround(plot().xAxis->pixelToCoord(position.x())));
    return layer < 0 || layer >= layerNames().size() || column < 0 || column >= m_columns
        ? Cell()
        : Cell {layer, column};
}

QString DriftHeatmap::describe(QPointF position) const
{
    const Cell cell = cellAt(position);
    if (!cell.isValid())
        return {};
    const LayerDrift &layer = m_drift->layers[static_cast<std::size_t>(cell.layer)];
    const double value = valueAt(cell.layer, cell.column);
    QString column = QString::number(cell.column);
    if (m_mode == Mode::Samples && static_cast<std::size_t>(cell.column) < m_drift->sampleIds.size())
        column = QString::fromStdString(m_drift->sampleIds[static_cast<std::size_t>(cell.column)]);
    QString text = tipTitle(QString::fromStdString(layer.name))
        + tipLine(tr("Operator"), QString::fromStdString(layer.op))
        + tipLine(m_mode == Mode::Samples ? tr("Sample") : tr("Channel"), column);
    if (std::isnan(value))
        text += tipLine(metricText(), tr("no value"));
    else
        text += m_metric == Metric::Sqnr ? tipLine(tr("SQNR"), decibelText(value))
                                         : tipLine(metricText(), numberText(value));
    return text + tipLine(tr("SQNR of the whole layer"), decibelText(layer.accumulated.sqnrDb))
        + tipLine(tr("Cosine"), fixedText(layer.accumulated.cosine, 5));
}

QPointF DriftHeatmap::cursorPosition() const
{
    const int layer = layerIndex(selectedLayer());
    return layer < 0
        ? QPointF()
        : QPointF(plot().xAxis->coordToPixel(std::max(m_column, 0)), plot().yAxis->coordToPixel(layer));
}

void DriftHeatmap::selectCell(Cell cell)
{
    m_column = cell.column;
    const QString layer = layerNames()[cell.layer];
    updateSelection(); // also when only the column changed
    selectByUser(layer);
    replot();
    emit cellSelected(layer, cell.column);
}

void DriftHeatmap::clicked(QPointF position)
{
    if (const Cell cell = cellAt(position); cell.isValid())
        selectCell(cell);
}

bool DriftHeatmap::activated(QPointF position)
{
    const Cell cell = cellAt(position);
    if (!cell.isValid())
        return false;
    emit layerActivated(layerNames()[cell.layer]);
    emit cellActivated(layerNames()[cell.layer], cell.column);
    return true;
}

bool DriftHeatmap::keyPressed(QKeyEvent *event)
{
    const int layer = layerIndex(selectedLayer());
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const int step = event->key() == Qt::Key_Left ? -1 : 1;
        selectCell({std::max(layer, 0), std::clamp(m_column + step, 0, m_columns - 1)});
        plot().replot();
        describeCursor();
        return true;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (layer >= 0) {
            emit layerActivated(selectedLayer());
            emit cellActivated(selectedLayer(), m_column);
        }
        return true;
    default:
        return false; // up and down are moves from layer to layer
    }
}

void DriftHeatmap::addActions(QMenu &menu)
{
    struct View
    {
        QString title;
        Mode mode;
        Metric metric;
        Variant variant;
    };
    const std::array views {
        View {tr("Samples, all layers quantized"), Mode::Samples, Metric::Sqnr, Variant::Accumulated},
        View {tr("Samples, each layer alone"), Mode::Samples, Metric::Sqnr, Variant::Alone},
        View {tr("Channels, SQNR"), Mode::Channels, Metric::Sqnr, Variant::Accumulated},
        View {tr("Channels, largest error"), Mode::Channels, Metric::MaxAbs, Variant::Accumulated},
    };
    auto *group = new QActionGroup(&menu);
    for (const View &view : views) {
        QAction *action = menu.addAction(view.title);
        action->setCheckable(true);
        action->setChecked(view.mode == m_mode && view.metric == m_metric && view.variant == m_variant);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, view] {
            setView(view.mode, view.metric, view.variant);
            emit viewChanged();
        });
    }
}

} // namespace qs
