// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/tableview.h"

#include <QHeaderView>
#include <QStyledItemDelegate>
#include <QTableView>

namespace qs {

namespace {
constexpr int kMeasuredRows = 200; ///< fitting must not take longer with the model's size
constexpr int kRowPadding = 7;
constexpr int kIndent = 12;
constexpr int kColumnPadding = 4; ///< keeps a column of figures apart from the text beside it

class IndentDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->features |= QStyleOptionViewItem::HasDecoration; // an icon's room, left empty
        option->decorationSize = QSize(kIndent, 1);
    }
};

}

QTableView *makeTable(const QString &name)
{
    auto *table = new QTableView;
    table->setObjectName(name);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setAlternatingRowColors(true);
    table->setShowGrid(false);
    table->setSortingEnabled(true);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + kRowPadding);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setSectionsMovable(true);
    table->horizontalHeader()->setResizeContentsPrecision(kMeasuredRows);
    return table;
}

void fitTableColumns(QTableView &table, const std::map<int, int> &widest)
{
    table.resizeColumnsToContents();
    for (int column = 0; column < table.model()->columnCount(); ++column) {
        const auto limit = widest.find(column);
        const int wanted = table.columnWidth(column) + kColumnPadding;
        table.setColumnWidth(column, limit == widest.end() ? wanted : std::min(wanted, limit->second));
    }
}

void indentTableColumn(QTableView &table, int column)
{
    table.setItemDelegateForColumn(column, new IndentDelegate(&table));
}

} // namespace qs
