// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traininghistory.h"
#include "widgets/plots/plotwidget.h"

#include <memory>

namespace qs {

/// A training, epoch by epoch: the loss and the accuracy, or how far the ranges of activations have moved.
class TrainingPlot final : public PlotWidget
{
    Q_OBJECT
public:
    enum class Mode { Curves, Ranges };

    explicit TrainingPlot(QWidget *parent = nullptr);

    void setHistory(std::shared_ptr<const TrainingHistory> history);
    Mode mode() const { return m_mode; }
    int curveCount() const; ///< lines that have points
    /// 0.9412 → "94.12 %"
    static QString accuracyText(double share);

public slots:
    void setMode(qs::TrainingPlot::Mode mode);

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    void updateSelection() override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    void clicked(QPointF position) override;

private:
    enum Curve { Steps, TrainLoss, HeldLoss, TrainAccuracy, HeldAccuracy, CurveCount };
    void rebuild();
    void fillCurves();
    void fillRanges();
    void fitCurves();
    void fitRanges();
    void refreshColours();
    const TrainingEpoch *epochAt(QPointF position) const;
    QCPGraph *rangeAt(QPointF position) const;

    std::shared_ptr<const TrainingHistory> m_history;
    Mode m_mode = Mode::Curves;
    QCPGraph *m_curves[CurveCount];
    QCPItemStraightLine *m_best; ///< the epoch that is kept
    std::vector<QCPGraph *> m_ranges; ///< in the order of layerNames()
};

} // namespace qs
