// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/evaluation/evaluation.h"
#include "widgets/models/thumbnailloader.h"

#include <QAbstractTableModel>
#include <QMultiHash>

namespace qs {

/// The samples whose prediction changed, in dataset order; column 0 has the picture as Qt::DecorationRole
/// (QImage), read in the background. Roles: SortRole, SampleIndexRole.
class ChangedSamplesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { SampleColumn, LabelColumn, ReferenceColumn, QuantizedColumn, SqnrColumn, ColumnCount };
    static constexpr QSize kThumbnailSize {96, 96};

    explicit ChangedSamplesModel(QObject *parent = nullptr);

    /// \a dataset gives the pictures and may be null; \a classNames, when given, name the classes by index.
    void setContent(std::shared_ptr<const Evaluation> evaluation, DatasetPtr dataset,
                    QStringList classNames = {});
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString className(std::int64_t index) const;
    QString text(const SampleResult &result, int column) const;
    QString sourceFile(const SampleResult &result) const;
    void pictureLoaded(const QString &path);

    std::shared_ptr<const Evaluation> m_evaluation;
    DatasetPtr m_dataset;
    QStringList m_classNames;
    std::vector<const SampleResult *> m_rows;
    mutable ThumbnailLoader m_loader {kThumbnailSize};
    mutable QMultiHash<QString, int> m_rowsByPath; ///< of pictures asked for
};

} // namespace qs
