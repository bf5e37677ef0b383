// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/advice.h"

#include <QWidget>

class QCheckBox;
class QDoubleSpinBox;
class QLabel;

namespace qs {

/// What the user has and wants, as far as the advisor asks.
class WishForm : public QWidget
{
    Q_OBJECT
public:
    enum class Subject { Network, LanguageModel };

    explicit WishForm(Subject subject, QWidget *parent = nullptr);

    Wish wish() const; ///< hasCalibration is not asked

signals:
    void changed(); ///< by the user

protected:
    void changeEvent(QEvent *event) override;

private:
    QCheckBox *addBox(const char *name);
    void retranslate();

    Subject m_subject;
    QCheckBox *m_labels;
    QCheckBox *m_training;
    QCheckBox *m_platforms;
    QCheckBox *m_readyMade;
    QCheckBox *m_gpu;
    QLabel *m_dropLabel;
    QDoubleSpinBox *m_drop;
};

} // namespace qs
