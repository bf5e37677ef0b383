// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "widgets/plots/colorscale.h"
#include "widgets/plots/plotwidget.h"
#include "widgets/plots/worstcolormap.h"

#include <array>
#include <memory>
#include <span>

namespace qs {

/// How far each layer is from its float twin, for every sample or every channel. A click selects the layer, a
/// double-click or Enter activates it.
class DriftHeatmap final : public PlotWidget
{
    Q_OBJECT
public:
    enum class Mode { Samples, Channels };
    enum class Metric { Sqnr, MaxAbs };
    /// Accumulated: the quantized model as a whole. Alone: only that layer is quantized.
    enum class Variant { Accumulated, Alone };

    explicit DriftHeatmap(QWidget *parent = nullptr);

    void setDrift(std::shared_ptr<const Drift> drift);
    Mode mode() const { return m_mode; }
    Metric metric() const { return m_metric; }
    Variant variant() const { return m_variant; }
    /// Samples have SQNR, accumulated and alone; channels have SQNR and the largest error, accumulated.
    static bool isAvailable(Mode mode, Metric metric, Variant variant);
    /// The value shown for \a layer at \a column; NaN = missing, infinite = equal.
    double valueAt(int layer, int column) const;
    int columnCount() const { return m_columns; }
    const ColorScale &colorScale() const { return m_colors; }

public slots:
    /// What is not available in the new mode falls back to SQNR and accumulated.
    void setView(qs::DriftHeatmap::Mode mode, qs::DriftHeatmap::Metric metric,
                 qs::DriftHeatmap::Variant variant);
    void setColorMap(qs::ColorMap map);

signals:
    void cellSelected(const QString &layer, int column); ///< by the user; column = sample or channel
    void cellActivated(const QString &layer, int column); ///< double-click or Enter
    void viewChanged(); ///< by the user, from the context menu

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    void updateSelection() override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    void clicked(QPointF position) override;
    bool activated(QPointF position) override;
    bool keyPressed(QKeyEvent *event) override;
    void addActions(QMenu &menu) override;

private:
    struct Cell
    {
        int layer = -1;
        int column = -1;
        bool isValid() const { return layer >= 0; }
    };
    Cell cellAt(QPointF position) const;
    std::span<const float> values(int layer) const;
    QString metricText() const;
    void selectCell(Cell cell);
    void rebuild();
    void updateColors();
    void updateHeading(bool missing);

    std::shared_ptr<const Drift> m_drift;
    TextStrip *m_heading;
    WorstColorMap *m_map;
    QCPColorScale *m_bar;
    std::array<QCPItemRect *, 2> m_row; ///< a dark and a bright outline, to be seen on any colour
    std::array<QCPItemRect *, 2> m_cell;
    Mode m_mode = Mode::Samples;
    Metric m_metric = Metric::Sqnr;
    Variant m_variant = Variant::Accumulated;
    ColorScale m_colors;
    int m_columns = 0;
    int m_column = -1; ///< of the selected cell, -1 = none
    bool m_missing = false; ///< some cells have no value
};

} // namespace qs
