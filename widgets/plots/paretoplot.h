// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/paretodata.h"
#include "widgets/plots/plotwidget.h"

#include <array>
#include <functional>

namespace qs {

/// The runs by what they cost and how good they are, with the front of those that no other run beats.
class ParetoPlot final : public PlotWidget
{
    Q_OBJECT
public:
    explicit ParetoPlot(QWidget *parent = nullptr);

    /// Shows the best quality that was measured, see bestQuality(), until another one is chosen.
    void setRuns(std::vector<RunPtr> runs);
    ParetoCost cost() const { return m_cost; }
    ParetoQuality quality() const { return m_quality; }
    /// By ascending cost.
    const std::vector<ParetoPoint> &points() const { return m_points; }
    /// Index of the run, -1 = none.
    int selectedRun() const { return m_selectedRun; }
    /// Where \a point is drawn, in pixels of plot().
    QPointF pixelOf(const ParetoPoint &point) const;

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
    enum Series { Front, Runs, Reference, Selected, SeriesCount };
    const ParetoPoint *pointAt(QPointF position) const;
    const ParetoPoint *selectedPoint() const;
    QString nameOf(const ParetoPoint &point) const;
    double axisCost(double cost) const;
    void selectByUser(int run);
    void rebuild();
    void fillSeries();
    void updateMarker();
    void fitAxes();
    void placeLabels();
    void addChoice(QMenu &menu, const QString &title, bool current, std::function<void()> choose);

    std::vector<RunPtr> m_runs;
    std::vector<ParetoPoint> m_points;
    std::array<QCPGraph *, SeriesCount> m_series;
    QCPGraph *m_all; ///< invisible, carries the error bars
    QCPErrorBars *m_qualityBars;
    QCPErrorBars *m_costBars;
    std::vector<QCPItemText *> m_labels; ///< parallel to m_points
    ParetoCost m_cost = ParetoCost::Size;
    ParetoQuality m_quality = ParetoQuality::Top1;
    bool m_qualityChosen = false;
    int m_selectedRun = -1;
};

} // namespace qs
