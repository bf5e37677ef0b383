// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/findingspanel.h"

#include "widgets/models/findingmodel.h"
#include "widgets/models/roles.h"
#include "widgets/panels/section.h"
#include "widgets/panels/tableview.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedLayout>
#include <QTableView>

#include <algorithm>

namespace qs {

namespace {

/// The layer that \a subject names, or that makes the tensor it names; empty = neither.
std::string layerOf(const OpenedModel &opened, const std::string &subject)
{
    for (const Layer &layer : opened.layers)
        if (layer.name == subject
            || std::find(layer.outputs.begin(), layer.outputs.end(), subject) != layer.outputs.end())
            return layer.name;
    return {};
}

}

FindingsPanel::FindingsPanel(const Services &services, QWidget *parent)
    : Panel(QStringLiteral("findings"), parent)
    , m_session(services.session)
    , m_model(new FindingModel(this))
    , m_table(makeTable(QStringLiteral("findingTable")))
    , m_empty(makeHint())
{
    m_table->setSortingEnabled(false);
    m_table->setModel(m_model);
    // What to do is read whole: over several lines where there is less room.
    m_table->setWordWrap(true);
    m_table->horizontalHeader()->setSectionResizeMode(FindingModel::DetailColumn, QHeaderView::Stretch);
    connect(m_table->horizontalHeader(), &QHeaderView::sectionResized, m_table,
            &QTableView::resizeRowsToContents);
    m_empty->setAlignment(Qt::AlignCenter);
    auto *layout = new QStackedLayout(this);
    layout->addWidget(m_empty);
    layout->addWidget(m_table);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                const OpenedModelPtr opened = m_session.model();
                if (!opened || !index.isValid())
                    return;
                const std::string layer = layerOf(*opened, index.data(SubjectRole).toString().toStdString());
                if (!layer.empty())
                    m_session.selectLayer(layer);
            });
    connect(&services.jobs, &JobRunner::findingReported, this,
            [this](JobId, const Finding &finding) { report(finding); });
    connect(&m_session, &Session::modelChanged, this, &FindingsPanel::refresh);
    connect(&m_session, &Session::currentRunChanged, this, &FindingsPanel::refresh);
    retranslate();
    refresh();
}

QString FindingsPanel::title() const
{
    const int count = m_model->rowCount();
    return count == 0 ? tr("Findings") : tr("Findings (%1)").arg(count);
}

void FindingsPanel::retranslate()
{
    m_empty->setText(tr("Nothing to report."));
    m_model->retranslate();
}

void FindingsPanel::report(const Finding &finding)
{
    if (std::find(m_others.begin(), m_others.end(), finding) != m_others.end())
        return;
    m_others.push_back(finding);
    refresh();
}

void FindingsPanel::refresh()
{
    std::vector<Finding> shown;
    if (const RunPtr run = m_session.currentRun())
        shown = findingsOf(*run);
    // A run's own findings were reported by its job as well.
    for (const Finding &finding : m_others)
        if (std::find(shown.begin(), shown.end(), finding) == shown.end())
            shown.push_back(finding);
    std::stable_sort(shown.begin(), shown.end(),
                     [](const Finding &a, const Finding &b) { return a.severity > b.severity; });
    if (shown == m_model->findings() && !shown.empty())
        return;
    m_model->setFindings(std::move(shown));
    fitTableColumns(*m_table, {{FindingModel::SubjectColumn, 240}});
    m_table->resizeRowsToContents();
    static_cast<QStackedLayout *>(layout())->setCurrentIndex(m_model->rowCount() == 0 ? 0 : 1);
    emit titleChanged();
}

} // namespace qs
