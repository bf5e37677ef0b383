// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>

class QApplication;

namespace qs {

enum class ThemeKind { System, Light, Dark };

/// Palettes whose texts have a contrast of at least 4.5 to what they stand on (3 for disabled ones).
QPalette lightPalette();
QPalette darkPalette();
bool isDark(const QPalette &palette);

/// Fusion style with the light or the dark palette; System takes whichever the desktop uses.
void applyTheme(QApplication &application, ThemeKind kind);

} // namespace qs
