// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QComboBox;
class QToolButton;

namespace qs {

struct SamplePreview;

/// How pictures become tensors: a preset, where it came from, and one sample as the model will see it.
class PreprocessingSection : public Section
{
    Q_OBJECT
public:
    explicit PreprocessingSection(const Services &services, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    void fillPresets();
    void presetChosen(int row);
    void refresh();
    void requestPreview();
    void showPreview(const SamplePreview &preview);
    void showNoPreview(const QString &why);
    void step(int by);

    Services m_services;
    QComboBox *m_presets;
    QLabel *m_reason;
    QLabel *m_picture;
    QLabel *m_caption;
    QToolButton *m_previous;
    QToolButton *m_next;
    DataSpec m_shown; ///< what the preview was asked for
    OpenedModelPtr m_shownModel;
    std::size_t m_index = 0;
    std::size_t m_count = 0;
};

} // namespace qs
