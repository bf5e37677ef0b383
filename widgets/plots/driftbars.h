// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "widgets/plots/plotwidget.h"

#include <memory>

namespace qs {

/// Drift of each layer as bars: the quantized model as a whole beside the layer alone, so that one sees who
/// causes an error and who only inherits it.
class DriftBars final : public PlotWidget
{
    Q_OBJECT
public:
    enum class Metric { Sqnr, Cosine, MaxAbs, Clipped };

    explicit DriftBars(QWidget *parent = nullptr);

    void setDrift(std::shared_ptr<const Drift> drift);
    Metric metric() const { return m_metric; }

public slots:
    void setMetric(qs::DriftBars::Metric metric);

signals:
    void metricChanged(qs::DriftBars::Metric metric); ///< by the user

protected:
    void retranslate() override;
    void applyTheme(const PlotTheme &theme) override;
    void updateSelection() override;
    QString describe(QPointF position) const override;
    QPointF cursorPosition() const override;
    void clicked(QPointF position) override;
    void addActions(QMenu &menu) override;

private:
    double value(const DriftMetrics &metrics) const;
    QString label(Metric metric) const;
    int indexAt(QPointF position) const;
    void rebuild();

    std::shared_ptr<const Drift> m_drift;
    QCPItemRect *m_marker;
    QCPBars *m_accumulated;
    QCPBars *m_alone;
    Metric m_metric = Metric::Sqnr;
};

} // namespace qs
