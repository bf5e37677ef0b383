// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/paretodata.h"
#include "widgets/plots/plotwidget.h"

namespace qs {

/// The runs by what they cost and how good they are, with the front of those that no other run beats.
class ParetoPlot final : public PlotWidget
{
    Q_OBJECT
public:
    explicit ParetoPlot(QWidget *parent = nullptr);

    void setRuns(std::vector<RunPtr> runs);
    ParetoCost cost() const { return m_cost; }
    ParetoQuality quality() const { return m_quality; }
    const std::vector<ParetoPoint> &points() const { return m_points; }
    /// Index of the run, -1 = none.
    int selectedRun() const { return m_selectedRun; }

public slots:
    void setCost(qs::ParetoCost cost);
    void setQuality(qs::ParetoQuality quality);
    void setSelectedRun(int run);

signals:
    void runSelected(int run); ///< by the user
    void runActivated(int run); ///< double-click or Enter
    void axesChanged(); ///< by the user, from the context menu

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    void clicked(QPointF position) override;
    bool activated(QPointF position) override;
    bool keyPressed(QKeyEvent *event) override;
    void addActions(QMenu &menu) override;

private:
    int pointAt(QPointF position) const;
    QPointF pixelOf(const ParetoPoint &point) const;
    void select(int point);
    void rebuild();
    void rebuildErrorBars();
    void rebuildLabels();
    void placeLabels();
    void updateMarker();

    std::vector<RunPtr> m_runs;
    std::vector<ParetoPoint> m_points;
    QCPGraph *m_front;
    QCPGraph *m_dominated;
    QCPGraph *m_best;
    QCPGraph *m_reference;
    QCPGraph *m_selected;
    QCPCurve *m_errors;
    std::vector<QCPItemText *> m_labels;
    ParetoCost m_cost = ParetoCost::Size;
    ParetoQuality m_quality = ParetoQuality::Top1;
    int m_selectedRun = -1;
};

} // namespace qs
