// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/theme.h"

#include <QApplication>
#include <QStyleFactory>

namespace qs {
namespace {

struct Colors
{
    QRgb window, base, alternate, text, muted, disabled, button, border, accent, onAccent, link, visited, tip;
};

// Neutral greys with one blue accent; every pair of text and ground is checked in tst_theme.
constexpr Colors kLight {0xfff3f4f6, 0xffffffff, 0xfff7f8fa, 0xff1c2026, 0xff626a75, 0xff828994, 0xffffffff,
                         0xffc3c8d0, 0xff1a66c9, 0xffffffff, 0xff1558b0, 0xff6a3fb5, 0xffffffff};
constexpr Colors kDark {0xff1f2226, 0xff17191c, 0xff1c1f23, 0xffe6e8eb, 0xffa2a9b3, 0xff757c86, 0xff2b2f35,
                        0xff454b54, 0xff2f6fca, 0xffffffff, 0xff79b0ff, 0xffc3a5ff, 0xff2b2f35};

QPalette makePalette(const Colors &c, bool dark)
{
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, QRgb color) { palette.setColor(role, QColor(color)); };
    set(QPalette::Window, c.window);
    set(QPalette::WindowText, c.text);
    set(QPalette::Base, c.base);
    set(QPalette::AlternateBase, c.alternate);
    set(QPalette::Text, c.text);
    set(QPalette::PlaceholderText, c.muted);
    set(QPalette::Button, c.button);
    set(QPalette::ButtonText, c.text);
    set(QPalette::BrightText, c.onAccent);
    set(QPalette::ToolTipBase, c.tip);
    set(QPalette::ToolTipText, c.text);
    set(QPalette::Highlight, c.accent);
    set(QPalette::HighlightedText, c.onAccent);
    set(QPalette::Link, c.link);
    set(QPalette::LinkVisited, c.visited);
    // Fusion draws its edges and grooves with these.
    palette.setColor(QPalette::Light, dark ? QColor(c.button).lighter(130) : QColor(Qt::white));
    palette.setColor(QPalette::Midlight,
                     dark ? QColor(c.button).lighter(115) : QColor(c.window).lighter(103));
    set(QPalette::Mid, c.border);
    palette.setColor(QPalette::Dark, QColor(c.border).darker(dark ? 140 : 130));
    palette.setColor(QPalette::Shadow, dark ? QColor(0, 0, 0) : QColor(c.border).darker(160));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText,
                            QPalette::PlaceholderText})
        palette.setColor(QPalette::Disabled, role, QColor(c.disabled));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(c.border));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, QColor(c.text));
    return palette;
}

} // namespace

QPalette lightPalette()
{
    return makePalette(kLight, false);
}

QPalette darkPalette()
{
    return makePalette(kDark, true);
}

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

void applyTheme(QApplication &application, ThemeKind kind)
{
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    if (kind == ThemeKind::System) {
        application.setPalette(QPalette()); // back to what the desktop says, to see which side it is on
        kind = isDark(application.palette()) ? ThemeKind::Dark : ThemeKind::Light;
    }
    application.setPalette(kind == ThemeKind::Dark ? darkPalette() : lightPalette());
}

} // namespace qs
