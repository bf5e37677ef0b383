// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/rangeplot.h"

#include "widgets/models/numbertext.h"

#include <QMenu>

#include <cmath>

namespace qs {
namespace {

QString rangeText(const Range &range)
{
    return RangePlot::tr("%1 to %2")
        .arg(numberText(static_cast<double>(range.min)), numberText(static_cast<double>(range.max)));
}

/// A line across the column at \a key, and a gap after it.
void addDash(QVector<QCPGraphData> &line, double key, double value)
{
    line.append({key - 0.45, value});
    line.append({key + 0.45, value});
    line.append({key + 0.5, std::numeric_limits<double>::quiet_NaN()});
}

QColor withAlpha(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

} // namespace

RangePlot::RangePlot(QWidget *parent)
    : PlotWidget(parent)
    , m_marker(new QCPItemRect(&plot()))
    , m_extentKey(plot().addGraph())
    , m_bandKey(plot().addGraph())
    , m_boxes(new QCPFinancial(plot().xAxis, plot().yAxis))
    , m_clipLow(plot().addGraph())
    , m_clipHigh(plot().addGraph())
    , m_symlogTicker(new SymlogTicker)
{
    m_boxes->setChartStyle(QCPFinancial::csCandlestick);
    m_boxes->setTwoColored(false);
    m_boxes->setWidth(0.7);
    m_marker->setLayer(QStringLiteral("overlay")); // behind the bars it would hardly be seen
    m_marker->setVisible(false);
    m_extentKey->addToLegend();
    m_bandKey->addToLegend();
    m_clipHigh->addToLegend();
    addLegendAbove();
    initialize();
}

void RangePlot::setLayers(std::vector<LayerRange> layers)
{
    m_layers = std::move(layers);
    QStringList names;
    for (const LayerRange &range : m_layers)
        names << QString::fromStdString(range.layer);
    setLayerNames(names);
    rebuild();
}

void RangePlot::setChannels(const QString &layer, std::vector<Range> channels)
{
    m_channelLayer = layer;
    m_channels = std::move(channels);
    if (m_mode == Mode::Channels)
        rebuild();
}

void RangePlot::clear()
{
    m_channels.clear();
    m_channelLayer.clear();
    setLayers({});
}

void RangePlot::setMode(Mode mode)
{
    if (mode == m_mode)
        return;
    m_mode = mode;
    rebuild();
}

void RangePlot::setSymlog(bool on)
{
    if (on == m_symlog)
        return;
    m_symlog = on;
    rebuild();
}

std::size_t RangePlot::count() const
{
    return m_mode == Mode::Layers ? m_layers.size() : m_channels.size();
}

double RangePlot::forward(double value) const
{
    return m_symlog ? m_scale.forward(value) : value;
}

void RangePlot::rebuild()
{
    const bool layers = m_mode == Mode::Layers;
    std::vector<double> ends;
    const auto note = [&](const Range &range) {
        ends.push_back(static_cast<double>(range.min));
        ends.push_back(static_cast<double>(range.max));
    };
    for (std::size_t i = 0; i < count(); ++i) {
        note(layers ? m_layers[i].extent : m_channels[i]);
        if (layers && m_layers[i].clip)
            note(*m_layers[i].clip);
    }
    m_scale = Symlog::forValues(ends);
    m_symlogTicker->setScale(m_scale);

    QVector<QCPFinancialData> boxes;
    QVector<QCPGraphData> low;
    QVector<QCPGraphData> high;
    boxes.reserve(static_cast<qsizetype>(count()));
    for (std::size_t i = 0; i < count(); ++i) {
        const auto key = static_cast<double>(i);
        const Range &extent = layers ? m_layers[i].extent : m_channels[i];
        const Range band = layers ? m_layers[i].band.value_or(extent) : extent;
        const auto at = [this](float value) { return forward(static_cast<double>(value)); };
        boxes.append({key, at(band.min), at(extent.max), at(extent.min), at(band.max)});
        const auto clip = layers ? m_layers[i].clip : std::nullopt;
        if (clip) {
            addDash(low, key, at(clip->min));
            addDash(high, key, at(clip->max));
        }
    }
    m_boxes->data()->set(boxes, true);
    m_clipLow->data()->set(low, true);
    m_clipHigh->data()->set(high, true);
    m_clipLow->setVisible(layers);
    m_clipHigh->setVisible(layers);
    showLegend(layers);

    if (layers)
        useLayerTicks(plot().xAxis);
    else
        useNumberTicks(plot().xAxis);
    plot().yAxis->setTicker(m_symlog ? QSharedPointer<QCPAxisTicker>(m_symlogTicker)
                                     : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    if (!ends.empty()) {
        const auto [least, most] = std::minmax_element(ends.begin(), ends.end());
        const double bottom = std::min(0.0, forward(*least));
        const double top = std::max(0.0, forward(*most));
        const double margin = std::max((top - bottom) * 0.05, 1e-12);
        limitAxis(plot().yAxis, {bottom - margin, top + margin}, (top - bottom) * 1e-4);
        limitAxis(plot().xAxis, {-0.5, static_cast<double>(count()) - 0.5}, 4);
    }
    retranslate();
    updateSelection();
    setEmpty(count() == 0);
}

void RangePlot::retranslate()
{
    const bool layers = m_mode == Mode::Layers;
    setTitle(layers ? tr("Ranges of the activations") : tr("Ranges of the weights"));
    setEmptyText(
        layers ? tr("Run a quantization to see how far the values of each layer reach.")
            : m_channelLayer.isEmpty()
            ? tr("Select a layer to see the range of its weights, channel by channel.")
            : tr("%1 has no weights. Select a layer with weights to see their range, channel by channel.")
                  .arg(shortLayerName(m_channelLayer)));
    const QString what = layers ? tr("Activation") : tr("Weight");
    setAxisTitle(plot().yAxis, m_symlog ? tr("%1 (log scale)").arg(what) : what);
    setAxisTitle(plot().xAxis,
                 layers ? tr("Layer, in order of execution")
                        : tr("Output channel of %1").arg(shortLayerName(m_channelLayer)));
    m_extentKey->setName(tr("Minimum to maximum"));
    m_bandKey->setName(tr("99.8 % of the values"));
    m_clipHigh->setName(tr("Clip limits"));
}

void RangePlot::applyTheme(const PlotTheme &theme)
{
    const QColor fill = withAlpha(theme.blue, theme.dark ? 150 : 120);
    m_boxes->setPen(QPen(theme.blue, 1));
    m_boxes->setBrush(fill);
    m_extentKey->setPen(QPen(theme.blue, 1));
    m_bandKey->setPen(Qt::NoPen);
    m_bandKey->setBrush(fill);
    for (QCPGraph *graph : {m_clipLow, m_clipHigh})
        graph->setPen(QPen(theme.orange, 2));
    plot().xAxis->grid()->setZeroLinePen(Qt::NoPen);
    m_marker->setPen(QPen(theme.text, 1.5)); // the highlight is too near the blue of the bars
    m_marker->setBrush(withAlpha(theme.highlight, 45));
}

void RangePlot::updateSelection()
{
    const int index = m_mode == Mode::Layers ? layerIndex(selectedLayer()) : -1;
    m_marker->setVisible(index >= 0);
    if (index >= 0)
        placeColumn(*m_marker, index);
}

int RangePlot::indexAt(QPointF position) const
{
    if (!plot().axisRect()->rect().contains(position.toPoint()))
        return -1;
    const double key = plot().xAxis->pixelToCoord(position.x());
    const auto index = std::lround(key);
    return index >= 0 && index < static_cast<long>(count()) ? static_cast<int>(index) : -1;
}

QString RangePlot::describe(QPointF position) const
{
    const int index = indexAt(position);
    if (index < 0)
        return {};
    if (m_mode == Mode::Channels)
        return tipTitle(tr("Channel %1").arg(index))
            + tipLine(tr("Weights"), rangeText(m_channels[static_cast<std::size_t>(index)]));
    const LayerRange &layer = m_layers[static_cast<std::size_t>(index)];
    QString text = tipTitle(QString::fromStdString(layer.layer))
        + tipLine(tr("Operator"), QString::fromStdString(layer.op))
        + tipLine(tr("Minimum to maximum"), rangeText(layer.extent));
    if (layer.band)
        text += tipLine(tr("99.8 % of the values"), rangeText(*layer.band));
    text += tipLine(tr("Clip limits"),
                    layer.clip ? rangeText(*layer.clip) : tr("none, kept in floating point"));
    return text;
}

QPointF RangePlot::cursorPosition() const
{
    const int index = layerIndex(selectedLayer());
    return index < 0 || m_mode != Mode::Layers
        ? QPointF()
        : QPointF(plot().xAxis->coordToPixel(index), plot().axisRect()->center().y());
}

void RangePlot::clicked(QPointF position)
{
    if (const int index = indexAt(position); index >= 0 && m_mode == Mode::Layers)
        selectByUser(layerNames()[index]);
}

void RangePlot::addActions(QMenu &menu)
{
    QAction *symlog = menu.addAction(tr("Logarithmic scale"));
    symlog->setCheckable(true);
    symlog->setChecked(m_symlog);
    connect(symlog, &QAction::toggled, this, [this](bool on) {
        setSymlog(on);
        emit symlogChanged(on);
    });
    QAction *channels = menu.addAction(tr("Weights of the selected layer by channel"));
    channels->setCheckable(true);
    channels->setChecked(m_mode == Mode::Channels);
    connect(channels, &QAction::toggled, this, [this](bool on) {
        setMode(on ? Mode::Channels : Mode::Layers);
        emit modeChanged(m_mode);
    });
}

} // namespace qs
