// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <span>

namespace qs {

/// y = sign(x) log10(1 + |x| / threshold): straight near zero, logarithmic on both sides of it.
struct Symlog
{
    double threshold = 1;

    double forward(double x) const;
    double inverse(double y) const;
    /// A threshold ten times below the small ones of \a values, and at most six decades below the largest.
    static Symlog forValues(std::span<const double> values);
};

/// Labels an axis of forward() values with 0 and powers of ten.
class SymlogTicker : public QCPAxisTicker
{
public:
    void setScale(Symlog scale) { m_scale = scale; }

protected:
    double getTickStep(const QCPRange &range) override;
    int getSubTickCount(double) override { return 0; }
    QVector<double> createTickVector(double tickStep, const QCPRange &range) override;
    QString getTickLabel(double tick, const QLocale &locale, QChar formatChar, int precision) override;

private:
    Symlog m_scale;
};

} // namespace qs
