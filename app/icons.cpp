// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/icons.h"

#include <QFile>
#include <QPainter>
#include <QSvgRenderer>

namespace qs {

namespace {

QPixmap draw(QByteArray svg, const QColor &color, int side)
{
    svg.replace("#000000", color.name().toLatin1());
    QSvgRenderer renderer(svg);
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    return pixmap;
}

}

QIcon themedIcon(const QString &name, const QPalette &palette)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray svg = file.readAll();
    QIcon icon;
    for (const int side : {16, 24, 32, 48}) {
        icon.addPixmap(draw(svg, palette.color(QPalette::Active, QPalette::ButtonText), side), QIcon::Normal);
        icon.addPixmap(draw(svg, palette.color(QPalette::Disabled, QPalette::ButtonText), side),
                       QIcon::Disabled);
    }
    return icon;
}

} // namespace qs
