// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"

#include <QAbstractTableModel>

#include <vector>

namespace qs {

/// One row a finding, in the order given. Roles: SortRole, SeverityRole, SubjectRole.
class FindingModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { SeverityColumn, CodeColumn, SubjectColumn, DetailColumn, ColumnCount };

    explicit FindingModel(QObject *parent = nullptr);

    void setFindings(std::vector<Finding> findings);
    void append(const Finding &finding);
    const std::vector<Finding> &findings() const { return m_findings; }
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<Finding> m_findings;
};

} // namespace qs
