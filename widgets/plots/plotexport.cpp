// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plotexport.h"

#include <qcustomplot.h>

#include <QFileInfo>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace qs {
namespace {

constexpr double kPngScale = 2; ///< pixels a screen pixel, for print

void paint(QCustomPlot &plot, QPaintDevice &device)
{
    QCPPainter painter;
    painter.begin(&device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    plot.toPainter(&painter, plot.width(), plot.height());
    painter.end();
}

void writeSvg(QCustomPlot &plot, QIODevice &file)
{
    QSvgGenerator generator;
    generator.setOutputDevice(&file);
    generator.setSize(plot.size());
    generator.setViewBox(QRect(QPoint(), plot.size()));
    generator.setResolution(plot.logicalDpiX());
    generator.setTitle(plot.accessibleName());
    paint(plot, generator);
}

void writePdf(QCustomPlot &plot, QIODevice &file)
{
    QPdfWriter writer(&file);
    const int dpi = plot.logicalDpiX();
    writer.setResolution(dpi);
    writer.setPageSize(QPageSize(QSizeF(plot.width(), plot.height()) * 72.0 / dpi, QPageSize::Point,
                                 QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF());
    writer.setTitle(plot.accessibleName());
    paint(plot, writer);
}

} // namespace

Status savePlot(QCustomPlot &plot, const QString &path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    if (suffix != QLatin1String("png") && suffix != QLatin1String("svg") && suffix != QLatin1String("pdf"))
        return Error {ErrorCode::InvalidArgument, path.toStdString(),
                      "the file name must end in .png, .svg or .pdf"};
    QSaveFile file(path);
    const auto failed = [&] {
        return Error {ErrorCode::Io, path.toStdString(), file.errorString().toStdString()};
    };
    if (!file.open(QIODevice::WriteOnly))
        return failed();
    bool written = true;
    if (suffix == QLatin1String("png"))
        written = plot.toPixmap(0, 0, kPngScale).save(&file, "PNG");
    else if (suffix == QLatin1String("svg"))
        writeSvg(plot, file);
    else
        writePdf(plot, file);
    if (!written || !file.commit())
        return failed();
    return Done {};
}

} // namespace qs
