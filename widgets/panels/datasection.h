// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QSpinBox;

namespace qs {

class FileField;

/// Which data calibrates and which data measures, and how much of each.
class DataSection : public Section
{
    Q_OBJECT
public:
    explicit DataSection(const Services &services, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    struct Source
    {
        QWidget *row; ///< all of it
        QLabel *label;
        FileField *field;
        QLabel *countLabel;
        QSpinBox *count;
    };
    Source addSource(const QString &id);
    void labelSource(const Source &source, const QString &label, const QString &countLabel);
    void refresh();
    void calibrationEdited();
    void evaluationEdited();
    void trainingEdited();
    bool trains() const;

    Services m_services;
    Session &m_session;
    Source m_calibration;
    Source m_training; ///< shown for strategies that train
    Source m_evaluation;
    QLabel *m_hint;
};

} // namespace qs
