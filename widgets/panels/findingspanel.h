// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QLabel;
class QTableView;

namespace qs {

class FindingModel;

/// What the user should know: findings of the current run and of everything else since the model was opened.
/// A click on one that is about a layer goes to the layer.
class FindingsPanel : public Panel
{
    Q_OBJECT
public:
    explicit FindingsPanel(const Services &services, QWidget *parent = nullptr);

    QString title() const override;
    QTableView &table() const { return *m_table; }

signals:
    void titleChanged();

protected:
    void retranslate() override;

private:
    void refresh();
    void report(const Finding &finding);

    Session &m_session;
    FindingModel *m_model;
    QTableView *m_table;
    QLabel *m_empty;
    std::vector<Finding> m_others; ///< reported by jobs
};

} // namespace qs
