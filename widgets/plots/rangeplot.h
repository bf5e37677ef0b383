// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plotwidget.h"
#include "widgets/plots/rangedata.h"
#include "widgets/plots/symlog.h"

namespace qs {

/// How far the values of each layer reach: minimum to maximum, the band that holds nearly all of them, and
/// where quantization clips. The second mode shows the weights of the selected layer, channel by channel.
class RangePlot final : public PlotWidget
{
    Q_OBJECT
public:
    enum class Mode { Layers, Channels };

    explicit RangePlot(QWidget *parent = nullptr);

    void setLayers(std::vector<LayerRange> layers);
    /// Ranges of the weights of \a layer, one a channel; empty when it has none.
    void setChannels(const QString &layer, std::vector<Range> channels);
    void clear();
    Mode mode() const { return m_mode; }
    bool isSymlog() const { return m_symlog; }

public slots:
    void setMode(qs::RangePlot::Mode mode);
    /// Logarithmic on both sides of zero, since the ranges of layers differ by orders of magnitude.
    void setSymlog(bool on);

signals:
    void modeChanged(qs::RangePlot::Mode mode); ///< by the user
    void symlogChanged(bool on); ///< by the user

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    void updateSelection() override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    void clicked(QPointF position) override;
    void addActions(QMenu &menu) override;

private:
    void rebuild();
    int indexAt(QPointF position) const;
    std::size_t count() const;
    double forward(double value) const;

    QCPItemRect *m_marker;
    QCPGraph *m_extentKey; ///< without data, for the legend
    QCPGraph *m_bandKey;
    QCPFinancial *m_boxes;
    QCPGraph *m_clipLow;
    QCPGraph *m_clipHigh;
    QSharedPointer<SymlogTicker> m_symlogTicker;
    std::vector<LayerRange> m_layers;
    QString m_channelLayer;
    std::vector<Range> m_channels;
    Mode m_mode = Mode::Layers;
    bool m_symlog = false;
    Symlog m_scale;
};

} // namespace qs
