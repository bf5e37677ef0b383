// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/findingmodel.h"

#include "widgets/models/errortext.h"
#include "widgets/models/roles.h"

namespace qs {
namespace {

QString cellText(const Finding &finding, int column)
{
    switch (column) {
    case FindingModel::SeverityColumn:
        return severityText(finding.severity);
    case FindingModel::CodeColumn:
        return findingTitle(finding.code);
    case FindingModel::SubjectColumn:
        return finding.subject.empty() ? FindingModel::tr("Whole model")
                                       : QString::fromStdString(finding.subject);
    case FindingModel::DetailColumn:
        return translated(finding.detail);
    default:
        return {};
    }
}

} // namespace

FindingModel::FindingModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void FindingModel::setFindings(std::vector<Finding> findings)
{
    beginResetModel();
    m_findings = std::move(findings);
    endResetModel();
}

void FindingModel::append(const Finding &finding)
{
    beginInsertRows({}, rowCount(), rowCount());
    m_findings.push_back(finding);
    endInsertRows();
}

void FindingModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_findings.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int FindingModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_findings.size());
}

int FindingModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant FindingModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Finding &finding = m_findings[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return cellText(finding, index.column());
    case Qt::ToolTipRole:
        return index.column() == DetailColumn || index.column() == SubjectColumn
            ? cellText(finding, index.column())
            : QString::fromStdString(finding.code);
    case SortRole:
        return index.column() == SeverityColumn ? QVariant(static_cast<int>(finding.severity))
                                                : QVariant(cellText(finding, index.column()));
    case SeverityRole:
        return static_cast<int>(finding.severity);
    case SubjectRole:
        return QString::fromStdString(finding.subject);
    default:
        return {};
    }
}

QVariant FindingModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case SeverityColumn:
        return tr("Severity");
    case CodeColumn:
        return tr("Finding");
    case SubjectColumn:
        return tr("Where");
    case DetailColumn:
        return tr("What to do");
    default:
        return {};
    }
}

} // namespace qs
