// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPalette>

namespace qs {

/// Our own icon \a name drawn in the text colour of \a palette, so that it suits the theme.
QIcon themedIcon(const QString &name, const QPalette &palette);

} // namespace qs
