// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/histogram.h"
#include "widgets/plots/plotwidget.h"

#include <memory>
#include <optional>

namespace qs {

/// The tensor that HistogramPlot shows.
struct HistogramContent
{
    QString layer;
    QString tensor;
    std::shared_ptr<const Histogram> values; ///< as the float model computes them
    std::shared_ptr<const Histogram> quantized; ///< as measured behind the quantized layer; may be null
    QuantScheme scheme;
    std::optional<Range> limits; ///< the range it is quantized over; the extent of the values when unset
};

/// What clipping and rounding would do to the values of a histogram.
struct ClipPrediction
{
    double sqnrDb = 0; ///< 10 log10(E[x^2] / mean squared error)
    double clippedPercent = 0; ///< 0..100
    double step = 0; ///< distance of two neighbours on the grid
};
/// NaN where \a values is empty.
ClipPrediction predictClipping(const Histogram &values, Range limits, const QuantScheme &scheme);

/// How the values of one tensor are distributed, before and after quantization, with clip limits to drag. The
/// limits always contain 0, which must stay exact, and are mirror images for symmetric schemes.
class HistogramPlot final : public PlotWidget
{
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget *parent = nullptr);

    void setContent(HistogramContent content);
    void clear();
    const HistogramContent &content() const { return m_content; }
    Range limits() const { return m_limits; }
    ClipPrediction prediction() const { return m_prediction; }
    bool isLogarithmic() const { return m_logarithmic; }

public slots:
    void setLimits(qs::Range limits);
    void setLogarithmic(bool on);

signals:
    void limitsChanged(qs::Range limits); ///< while the user drags, at mouse speed
    void limitsCommitted(qs::Range limits); ///< let go
    void logarithmicChanged(bool on); ///< by the user

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    bool keyPressed(QKeyEvent *event) override;
    void keyReleaseEvent(QKeyEvent *event) override;
    void addActions(QMenu &menu) override;
    void mousePressed(QMouseEvent *event) override;
    void mouseMoved(QMouseEvent *event) override;
    void mouseReleased(QMouseEvent *event) override;

private:
    enum class Limit { None, Minimum, Maximum };
    Limit limitAt(QPointF position) const;
    void moveLimit(Limit limit, double value);
    void updateLimits();
    void updateQuantized();
    void updateReadout();
    void rebuild();

    QCPTextElement *m_heading;
    QCPTextElement *m_readout;
    QCPGraph *m_valuesGraph;
    QCPGraph *m_quantizedGraph;
    std::array<QCPItemLine *, 2> m_lines {};
    std::array<QCPItemRect *, 2> m_clipped {};
    HistogramContent m_content;
    QVector<double> m_binCenters; ///< as displayed, several bins of the histogram each
    QVector<double> m_binPercent;
    double m_binWidth = 0;
    Range m_limits;
    ClipPrediction m_prediction;
    Limit m_dragged = Limit::None;
    Limit m_focused = Limit::Maximum;
    bool m_keyMoved = false;
    bool m_logarithmic = false;
};

} // namespace qs
