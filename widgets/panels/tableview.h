// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <map>

class QTableView;

namespace qs {

/// A table as all panels have it: rows selected whole and one at a time, sortable, no grid, compact rows.
QTableView *makeTable(const QString &name);

/// Fits the columns to what they show; \a widest limits some of them, in pixels.
void fitTableColumns(QTableView &table, const std::map<int, int> &widest);

/// Sets the texts of \a column apart from figures that end where they begin.
void indentTableColumn(QTableView &table, int column);

} // namespace qs
