// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/clipprediction.h"
#include "widgets/plots/plotwidget.h"

#include <array>
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
    const ClipPrediction &prediction() const { return m_prediction; }
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
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void addActions(QMenu &menu) override;
    void mousePressed(QMouseEvent *event) override;
    void mouseMoved(QMouseEvent *event) override;
    void mouseReleased(QMouseEvent *event) override;

private:
    enum class Limit { None, Minimum, Maximum };
    bool isEdited() const;
    Limit limitAt(QPointF position) const;
    double valueOf(Limit limit) const;
    void moveLimit(Limit limit, double value);
    void rebuild();
    void updateAxes();
    void updateLimits();
    void updateTexts();
    void styleLimits();

    TextStrip *m_heading;
    TextStrip *m_readout;
    QCPGraph *m_valuesGraph;
    QCPGraph *m_quantizedGraph;
    std::array<QCPItemLine *, 2> m_lines;
    std::array<QCPItemRect *, 2> m_clipped; ///< shades over what is cut off
    HistogramContent m_content;
    Columns m_columns;
    Range m_limits;
    ClipPrediction m_prediction;
    Range m_limitsBefore; ///< when the drag began
    Limit m_dragged = Limit::None;
    Limit m_focused = Limit::Maximum; ///< by the keyboard
    bool m_keyMoved = false;
    bool m_logarithmic = true;
};

} // namespace qs
