// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QCheckBox;
class QComboBox;
class QPushButton;

namespace qs {

class HistogramPlot;
struct HistogramContent;

/// The distribution of one tensor of the selected layer, with clip limits to drag. Apply turns the limits
/// into an override and runs again; the statistics are still valid, so nothing is calibrated again.
class HistogramPanel : public Panel
{
    Q_OBJECT
public:
    explicit HistogramPanel(Workflow &workflow, QWidget *parent = nullptr);

    QString title() const override { return tr("Histogram"); }
    HistogramPlot &plot() const { return *m_plot; }
    QPushButton &applyButton() const { return *m_apply; }

protected:
    void retranslate() override;

private:
    enum class Kind { Output, Activated, Input, Weight };
    struct Entry
    {
        Kind kind = Kind::Output;
        std::string tensor;
        bool operator==(const Entry &) const = default;
    };
    std::vector<Entry> entries() const;
    QString entryText(const Entry &entry) const;
    void refreshEntries();
    /// What calibration saw of it; null = nothing.
    std::shared_ptr<const Histogram> histogramOf(const Entry &entry) const;
    void showTensor();
    void showWeight(const Entry &entry);
    HistogramContent contentFor(const Entry &entry) const;
    void refreshButtons();
    void apply();
    void removeOverride();
    const Entry *current() const;

    Workflow &m_workflow;
    Session &m_session;
    HistogramPlot *m_plot;
    QComboBox *m_tensor;
    QCheckBox *m_logarithmic;
    QPushButton *m_apply;
    QPushButton *m_reset;
    std::vector<Entry> m_entries;
};

} // namespace qs
